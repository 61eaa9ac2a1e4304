/*
 * daemon/worker.h -- a thread that answers: its loop, its sockets, its engine.
 *
 * Workers share nothing that is written on the way of a query.  What they serve is the
 * struct authority_config published in their slot.
 *
 * Threads:  the functions are called by one thread that is no worker; workers stop
 *           for none of them.
 */
#pragma once

#include "base/attr.h"
#include "base/publish.h"
#include "io/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;
struct authority_short_source;

struct worker_options {
	const kt_slot
	    *config; /* holds a struct authority_config before worker_start() */
	size_t images_size;
	struct io_clients *clients;
	struct io_tcp_limits tcp;
	unsigned index;
};

/* NULL: the system has no descriptors left (errno). */
KT_MUST KT_NONNULL struct worker *worker_new(const struct worker_options *options);
/* KT_E_SYSTEM: no thread (errno). */
KT_MUST KT_NONNULL int worker_start(struct worker *worker);
/* Stops and joins the thread if it runs, closes everything. */
void worker_free(struct worker *worker);

/* A bound socket (io_udp_open, io_tcp_open) that the worker owns from now on.  KT_E_SYSTEM. */
KT_MUST KT_NONNULL int worker_add_socket(struct worker *worker, int fd, bool tcp);
/* Answers what was received and closes the socket. */
KT_NONNULL void worker_remove_socket(struct worker *worker, int fd, bool tcp);
KT_NONNULL void worker_set_tcp(
    struct worker *worker, const struct io_tcp_limits *limits);

/* Returns when the worker's loop has come round: never, when it hangs. */
KT_NONNULL void worker_ping(struct worker *worker);

/* Counters: written by the worker while others read. */
KT_NONNULL const uint64_t *worker_authority_counters(const struct worker *worker);
/* As authority_short_sources(). */
KT_NONNULL size_t worker_short_sources(
    const struct worker *worker, struct authority_short_source *out, size_t size);
KT_NONNULL const uint64_t *worker_udp_counters(const struct worker *worker);
KT_NONNULL const uint64_t *worker_tcp_counters(const struct worker *worker);
KT_NONNULL unsigned worker_tcp_connections(const struct worker *worker);
