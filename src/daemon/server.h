/*
 * daemon/server.h -- the running server: a configuration, its zones, its workers.
 *
 * What runs is a generation: configuration, zones and the authority's view of both.  A
 * reload builds the next one aside, publishes it, waits until no worker looks at the old
 * one, and frees it.  Anything that is wrong with the configuration leaves everything as
 * it was; what is wrong with a zone leaves that zone as it was.
 *
 * Threads:  server_reload() by one thread at a time, which may be another than the one
 *           that started; server_see() by any.
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/health.h"
#include "daemon/listeners.h"
#include "daemon/worker.h"
#include "daemon/zones.h"

#include <stdbool.h>

struct server;

/* What runs now: valid during a server_see() callback. */
struct server_view {
	const struct conf_config *config;
	const struct zone_table *zones;
	const struct steering *steering; /* NULL: nothing is steered */
	const struct listeners *listeners;
	struct worker *const *workers;
	unsigned n_workers;
	kt_unix started, loaded;
	bool ready; /* workers answer */
	bool reloading;
	const char *
	    config_error; /* why the newest configuration was refused; NULL: it was not */
};

struct server_reload_result {
	bool config_changed;
	char **restart; /* options whose change waits for a restart */
	size_t n_restart, restart_size;
	struct zone_table_result zones;
};

KT_NONNULL void server_reload_result_fini(struct server_reload_result *result);

/*
 * Opens the sockets that config asks for and compiles what it steers; takes config over in any
 * case.  KT_E_SYSTEM and what steering_make() returns, reported.
 */
KT_MUST KT_NONNULL int server_open(
    struct conf_config *config, struct kt_errs *errs, struct server **out);
/* Loads zones (what is wrong with them goes to errs) and lets the workers answer.  KT_E_SYSTEM, reported. */
KT_MUST KT_NONNULL int server_start(struct server *server, struct kt_errs *errs);
/* Workers stop: when it returns nothing is answered any more. */
KT_NONNULL void server_stop(struct server *server);
void server_free(struct server *server);

/*
 * Reads the configuration again, loads what changed, and serves it.  0, also when zones
 * failed (errs, result->zones.failed); or the code of what is wrong with the
 * configuration or its sockets: then nothing has changed.  *result is to be freed by
 * server_reload_result_fini() in any case.
 */
KT_MUST KT_NONNULL int server_reload(
    struct server *server, struct kt_errs *errs, struct server_reload_result *result);

/* Health of what is steered; as long as the server. */
KT_NONNULL struct health *server_health(struct server *server);

/* Calls see with what runs; a reload waits until it returns. */
void server_see(struct server *server,
    void (*see)(void *ctx, const struct server_view *view), void *ctx);
