#include "daemon/server.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/publish.h"
#include "conf/print.h"
#include "daemon/answers.h"
#include "daemon/steered.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	OTHER_FILES = 192, /* descriptors kept for what is no TCP connection */
};

/* Freed whole when no worker looks at it any more. */
struct generation {
	struct conf_config *config;
	struct steering *steering; /* NULL: nothing is steered */
	struct zone_table *zones;
	struct authority_config *answers;
};

struct server {
	kt_slot answers; /* what the workers follow */
	struct kt_sip_key own_secret;
	struct io_clients *clients;
	struct worker **workers;
	unsigned n_workers;
	struct health *health;

	pthread_mutex_t lock; /* what server_see() shows */
	struct generation now;
	struct listeners *listeners;
	kt_unix started, loaded;
	bool ready, reloading;
	char *config_error;
};

static void generation_free(struct generation *g)
{
	answers_free(g->answers);
	steering_free(g->steering);
	zone_table_free(g->zones);
	conf_config_free(g->config);
	*g = (struct generation){ 0 };
}

static unsigned count_workers(const struct conf_config *config)
{
	if (config->workers)
		return config->workers;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores > 0 ? (unsigned)cores : 1;
}

/*
 * Connections may not take all descriptors: a reload needs some for files and sockets, the
 * control socket and HTTP need some for whoever looks what is wrong.
 */
static unsigned connection_room(const struct conf_config *config)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur == RLIM_INFINITY)
		return config->tcp_connections;
	rlim_t room = files.rlim_cur > 4 * OTHER_FILES ? files.rlim_cur - OTHER_FILES
						       : files.rlim_cur / 2;
	if (room >= config->tcp_connections)
		return config->tcp_connections;
	log_warn(
	    "tcp: connections=%u instead of %u, since there may be %llu open files",
	    (unsigned)room, config->tcp_connections,
	    (unsigned long long)files.rlim_cur);
	return (unsigned)room;
}

static struct io_tcp_limits tcp_limits(
    const struct conf_config *config, unsigned n_workers)
{
	return (struct io_tcp_limits){
		.connections = (connection_room(config) + n_workers - 1) / n_workers,
		.per_client = config->tcp_per_client,
		.idle_ms = config->tcp_idle_ms,
	};
}

static int make_workers(struct server *s, struct kt_errs *errs)
{
	struct worker_options options = {
		.config = &s->answers,
		.images_size = s->now.config->images_size,
		.clients = s->clients,
		.tcp = tcp_limits(s->now.config, s->n_workers),
	};
	s->workers = kt_calloc(s->n_workers, sizeof(struct worker *));
	for (unsigned i = 0; i < s->n_workers; i++) {
		options.index = i;
		s->workers[i] = worker_new(&options);
		if (!s->workers[i])
			return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0,
			    NULL, "cannot make worker %u: %s", i, strerror(errno));
	}
	return 0;
}

int server_open(struct conf_config *config, struct kt_errs *errs, struct server **out)
{
	struct server *s = kt_calloc(1, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	s->started = kt_clock_unix();
	s->now.config = config;
	s->n_workers = count_workers(config);
	s->clients = io_clients_new();
	ssize_t n = getrandom(s->own_secret.octets, sizeof(s->own_secret.octets), 0);
	kt_require(n == (ssize_t)sizeof(s->own_secret.octets));
	int rc = answers_check(config, errs);
	if (!rc)
		rc = steered_make(config, errs, &s->now.steering);
	if (!rc)
		rc = listeners_prepare(NULL, config, s->n_workers, errs, &s->listeners);
	if (!rc)
		rc = health_open(config, errs, &s->health);
	if (rc) {
		server_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

static void set_config_error(struct server *s, const struct kt_errs *errs)
{
	char *text = NULL;
	for (size_t i = 0; errs && i < errs->n && !text; i++) {
		const struct kt_err *e = &errs->list[i];
		if (e->grade != KT_ERROR)
			continue;
		text = e->file ? kt_format("%s:%u:%u: %s", e->file, e->line, e->column,
				     e->text)
			       : kt_strdup(e->text);
	}
	pthread_mutex_lock(&s->lock);
	free(s->config_error);
	s->config_error = text;
	pthread_mutex_unlock(&s->lock);
}

/* The workers read through the slot only: nobody holds what is freed after this. */
static void publish(struct server *s, struct authority_config *answers)
{
	void *old = kt_publish(&s->answers, answers);
	(void)old; /* its generation frees it */
	kt_readers_wait();
}

int server_start(struct server *s, struct kt_errs *errs)
{
	struct zone_table_result result;
	struct generation *now = &s->now;
	now->zones = zone_table_make(now->config, now->steering, NULL, errs, &result);
	if (result.homeless)
		set_config_error(s, errs); /* the others are served */
	steered_sign(now->steering, now->zones);
	health_use(s->health, now->steering);
	now->answers = answers_make(
	    now->config, now->zones, now->steering, &s->own_secret);
	s->loaded = kt_clock_unix();
	publish(s, now->answers);
	int rc = make_workers(s, errs);
	if (rc)
		return rc;
	listeners_commit(s->listeners, NULL, s->workers, s->n_workers);
	for (unsigned i = 0; !rc && i < s->n_workers; i++) {
		rc = worker_start(s->workers[i]);
		if (rc)
			kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
			    "cannot start worker %u: %s", i, strerror(errno));
	}
	pthread_mutex_lock(&s->lock);
	s->ready = !rc;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void server_stop(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->ready = false;
	for (unsigned i = 0; s->workers && i < s->n_workers; i++)
		worker_free(s->workers[i]);
	free(s->workers);
	s->workers = NULL;
	s->n_workers = 0;
	pthread_mutex_unlock(&s->lock);
}

void server_free(struct server *s)
{
	if (!s)
		return;
	server_stop(s);
	health_close(s->health);
	listeners_free(s->listeners);
	generation_free(&s->now);
	io_clients_free(s->clients);
	pthread_mutex_destroy(&s->lock);
	free(s->config_error);
	explicit_bzero(&s->own_secret, sizeof(s->own_secret));
	free(s);
}

/* Reload */

static void set_reloading(struct server *s, bool reloading)
{
	pthread_mutex_lock(&s->lock);
	s->reloading = reloading;
	pthread_mutex_unlock(&s->lock);
}

static void note_change(void *ctx, const struct conf_change *change)
{
	struct server_reload_result *result = ctx;
	result->config_changed = true;
	if (!change->restart)
		return;
	kt_grow(result->restart, result->n_restart, result->restart_size);
	result->restart[result->n_restart++] = kt_strdup(change->option);
}

void server_reload_result_fini(struct server_reload_result *result)
{
	for (size_t i = 0; i < result->n_restart; i++)
		free(result->restart[i]);
	free(result->restart);
	*result = (struct server_reload_result){ 0 };
}

/* Everything that can fail happens before this. */
static void commit(
    struct server *s, struct generation *next, struct listeners *listeners)
{
	publish(s, next->answers);
	struct io_tcp_limits limits = tcp_limits(next->config, s->n_workers);
	pthread_mutex_lock(&s->lock);
	struct generation old = s->now;
	s->now = *next;
	s->loaded = kt_clock_unix();
	listeners_commit(listeners, s->listeners, s->workers, s->n_workers);
	s->listeners = listeners;
	for (unsigned i = 0; i < s->n_workers; i++)
		worker_set_tcp(s->workers[i], &limits);
	pthread_mutex_unlock(&s->lock);
	generation_free(&old);
}

static int reload(
    struct server *s, struct kt_errs *errs, struct server_reload_result *result)
{
	struct generation next = { 0 };
	struct listeners *listeners;
	int rc = conf_config_read(s->now.config->file, errs, &next.config);
	if (rc)
		return rc;
	conf_config_diff(s->now.config, next.config, note_change, result);
	rc = answers_check(next.config, errs);
	if (!rc)
		rc = steered_make(next.config, errs, &next.steering);
	if (!rc)
		rc = listeners_prepare(
		    s->listeners, next.config, s->n_workers, errs, &listeners);
	if (rc) {
		generation_free(&next);
		return rc;
	}
	next.zones = zone_table_make(
	    next.config, next.steering, s->now.zones, errs, &result->zones);
	if (!next.zones) {
		listeners_abandon(listeners, s->listeners, s->n_workers);
		generation_free(&next);
		return KT_E_SYSTEM;
	}
	steered_sign(next.steering, next.zones);
	health_use(s->health, next.steering);
	next.answers = answers_make(
	    next.config, next.zones, next.steering, &s->own_secret);
	commit(s, &next, listeners);
	return 0;
}

int server_reload(
    struct server *s, struct kt_errs *errs, struct server_reload_result *result)
{
	*result = (struct server_reload_result){ 0 };
	set_reloading(s, true);
	int rc = reload(s, errs, result);
	set_config_error(s, rc ? errs : NULL);
	set_reloading(s, false);
	return rc;
}

struct health *server_health(struct server *s)
{
	return s->health;
}

void server_see(
    struct server *s, void (*see)(void *ctx, const struct server_view *view), void *ctx)
{
	pthread_mutex_lock(&s->lock);
	struct server_view view = {
		.config = s->now.config,
		.zones = s->now.zones,
		.steering = s->now.steering,
		.listeners = s->listeners,
		.workers = s->workers,
		.n_workers = s->workers ? s->n_workers : 0,
		.started = s->started,
		.loaded = s->loaded,
		.ready = s->ready,
		.reloading = s->reloading,
		.config_error = s->config_error,
	};
	see(ctx, &view);
	pthread_mutex_unlock(&s->lock);
}
