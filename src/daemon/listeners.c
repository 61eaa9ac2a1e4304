#include "daemon/listeners.h"

#include "base/log.h"
#include "base/mem.h"
#include "io/socket.h"
#include "io/tcp.h"
#include "io/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct listener *find(
    const struct listeners *in, const struct kt_addr *address, uint16_t port, bool tcp)
{
	for (size_t i = 0; in && i < in->n; i++) {
		const struct listener *l = &in->list[i];
		if (l->port == port && l->tcp == tcp &&
		    kt_addr_equal(&l->address, address))
			return l;
	}
	return NULL;
}

static const char *transport(bool tcp)
{
	return tcp ? "TCP" : "UDP";
}

static int report(struct kt_errs *errs, const struct conf_listen *at, bool tcp)
{
	int error = errno;
	char text[KT_ADDR_TEXT];
	const char *hint = "";
	if (error == EACCES)
		hint = ": ports below 1024 need CAP_NET_BIND_SERVICE";
	else if (error == EADDRINUSE)
		hint = ": another program serves it";
	return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, at->place.file, at->place.line,
	    at->place.column, NULL, "cannot listen on %s port %u (%s): %s%s",
	    kt_addr_print(&at->address, text), at->port, transport(tcp),
	    strerror(error), hint);
}

/*
 * SO_REUSEPORT lets a second daemon of the same user take half of the queries: a socket
 * without it finds out whether somebody is there.
 */
static int probe(const struct conf_listen *at, bool tcp)
{
	int fd = io_socket_new(&at->address, tcp ? SOCK_STREAM : SOCK_DGRAM);
	if (fd < 0)
		return KT_E_SYSTEM;
	io_socket_try(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	if (tcp)
		io_socket_try(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	int rc = io_socket_bind(fd, &at->address, at->port);
	io_close(fd);
	return rc;
}

static int probe_all(const struct conf_config *config, struct kt_errs *errs)
{
	int rc = 0;
	for (size_t i = 0; i < config->n_listens; i++)
		for (unsigned tcp = 0; tcp < 2; tcp++) {
			const struct conf_listen *at = &config->listens[i];
			if ((tcp ? at->tcp : at->udp) && probe(at, tcp))
				rc = report(errs, at, tcp);
		}
	return rc;
}

static void close_all(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		io_close(fds[i]);
	free(fds);
}

/* One socket for each worker, or NULL. */
static int *open_all(const struct conf_listen *at, bool tcp, unsigned n)
{
	int *fds = kt_calloc(n, sizeof(*fds));
	for (unsigned i = 0; i < n; i++) {
		fds[i] = tcp ? io_tcp_open(&at->address, at->port)
			     : io_udp_open(&at->address, at->port);
		if (fds[i] < 0) {
			close_all(fds, i);
			return NULL;
		}
	}
	return fds;
}

static int prepare_one(const struct listeners *old, const struct conf_listen *at,
    bool tcp, unsigned n_workers, struct kt_errs *errs, struct listeners *next)
{
	if (find(next, &at->address, at->port, tcp))
		return 0;
	const struct listener *had = find(old, &at->address, at->port, tcp);
	int *fds = had ? had->fds : open_all(at, tcp, n_workers);
	if (!fds)
		return report(errs, at, tcp);
	next->list = kt_realloc(next->list, (next->n + 1) * sizeof(*next->list));
	next->list[next->n++] = (struct listener){ at->address, at->port, tcp, fds };
	return 0;
}

int listeners_prepare(const struct listeners *old, const struct conf_config *config,
    unsigned n_workers, struct kt_errs *errs, struct listeners **out)
{
	int rc = old ? 0 : probe_all(config, errs);
	if (rc)
		return rc;
	struct listeners *next = kt_calloc(1, sizeof(*next));
	for (size_t i = 0; !rc && i < config->n_listens; i++) {
		const struct conf_listen *at = &config->listens[i];
		if (at->udp)
			rc = prepare_one(old, at, false, n_workers, errs, next);
		if (!rc && at->tcp)
			rc = prepare_one(old, at, true, n_workers, errs, next);
	}
	if (rc) {
		listeners_abandon(next, old, n_workers);
		return rc;
	}
	*out = next;
	return 0;
}

void listeners_abandon(
    struct listeners *next, const struct listeners *old, unsigned n_workers)
{
	for (size_t i = 0; i < next->n; i++) {
		struct listener *l = &next->list[i];
		if (!find(old, &l->address, l->port, l->tcp))
			close_all(l->fds, n_workers);
	}
	free(next->list);
	free(next);
}

static void hand_over(
    const struct listener *l, struct worker *const *workers, unsigned n_workers)
{
	char text[KT_ADDR_TEXT];
	for (unsigned w = 0; w < n_workers; w++) {
		if (!worker_add_socket(workers[w], l->fds[w], l->tcp))
			continue;
		log_error(
		    "listen: address=%s port=%u transport=%s worker=%u not served: %s",
		    kt_addr_print(&l->address, text), l->port, transport(l->tcp), w,
		    strerror(errno));
	}
}

static void take_back(
    const struct listener *l, struct worker *const *workers, unsigned n_workers)
{
	for (unsigned w = 0; w < n_workers; w++)
		worker_remove_socket(workers[w], l->fds[w], l->tcp);
	free(l->fds);
}

void listeners_commit(struct listeners *next, struct listeners *old,
    struct worker *const *workers, unsigned n_workers)
{
	for (size_t i = 0; i < next->n; i++) {
		const struct listener *l = &next->list[i];
		if (!find(old, &l->address, l->port, l->tcp))
			hand_over(l, workers, n_workers);
	}
	if (!old)
		return;
	for (size_t i = 0; i < old->n; i++) {
		const struct listener *l = &old->list[i];
		if (!find(next, &l->address, l->port, l->tcp))
			take_back(l, workers, n_workers);
	}
	free(old->list);
	free(old);
}

void listeners_free(struct listeners *listeners)
{
	if (!listeners)
		return;
	for (size_t i = 0; i < listeners->n; i++)
		free(listeners->list[i].fds);
	free(listeners->list);
	free(listeners);
}
