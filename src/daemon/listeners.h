/*
 * daemon/listeners.h -- the sockets that the configuration asks for, and how they change.
 *
 * A listener is an address, a port and a transport, with one socket for each worker.  A
 * change is prepared first (new sockets are opened and bound: all that can fail) and
 * then committed: listeners that stay are not touched.
 *
 * Threads:  one at a time.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/worker.h"

#include <stdbool.h>
#include <stddef.h>

struct listener {
	struct kt_addr address;
	uint16_t port;
	bool tcp;
	int *fds; /* one a worker; owned by the workers once committed */
};

struct listeners {
	struct listener *list;
	size_t n;
};

/*
 * Opens what config asks for and old (NULL: nothing) does not have.  KT_E_SYSTEM,
 * reported with the place in the configuration: nothing is open then that was not before.
 * At the first start a port that another program has is an error, too.
 */
KT_MUST int listeners_prepare(const struct listeners *old,
    const struct conf_config *config, unsigned n_workers, struct kt_errs *errs,
    struct listeners **out);

/* Closes what listeners_prepare() opened. */
KT_NONNULL void listeners_abandon(
    struct listeners *next, const struct listeners *old, unsigned n_workers);

/* Hands new sockets to the workers, takes back what is not wanted any more; frees old. */
void listeners_commit(struct listeners *next, struct listeners *old,
    struct worker *const *workers, unsigned n_workers);

/* Frees the list; the sockets are closed with their workers. */
void listeners_free(struct listeners *listeners);
