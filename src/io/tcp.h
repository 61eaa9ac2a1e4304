/*
 * io/tcp.h -- messages over TCP, each behind two octets of length.
 *
 * An io_tcp holds a worker's listeners and connections.  Answers go out in the order of
 * the queries, many in one write.  A connection owns no buffer while it idles: input
 * is read into, and answers are written from, buffers that the worker owns; only what
 * is left over (half a query, what the peer does not take) is kept with the connection,
 * and that within a budget.
 *
 * A connection is closed when it did nothing useful -- no whole query came, no chunk of
 * answers was taken -- for the idle time, which shrinks as the table fills; when the
 * table is full a new connection takes the place of the one that is longest without
 * use.  A client over its share loses its own oldest.  So slow peers bound themselves.
 *
 * Input:    hostile octets and timing from anybody.
 * Memory:   at most IO_TCP_HELD_MAX octets a worker for what is left over.
 * Threads:  one loop's thread, but counters; io_clients is shared by all.
 * RFC:      1035 s.4.2.2, 7766 s.6.2, 7828, 9210.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IO_MESSAGE_MAX  65535
#define IO_TCP_HELD_MAX ((size_t)64 << 20)

struct io_message {
	const uint8_t *in; /* more(): what the query was is not kept */
	size_t in_len;
	uint8_t *out;   /* IO_MESSAGE_MAX octets */
	size_t out_len; /* 0 when called; 0: no message */
	const struct sockaddr *peer;
	const struct sockaddr *local;
	void *stream; /* see struct io_tcp_handler */
	bool close;   /* set it: the connection ends when all is sent */
};

struct io_tcp_handler {
	/* Answers a query.  Setting m->stream says that more() has further messages. */
	void (*answer)(void *ctx, struct io_message *m);
	/* The next message of m->stream; sets it NULL, and forgets it, with the last one. */
	void (*more)(void *ctx, struct io_message *m);
	/* The connection went away before the last message. */
	void (*end)(void *ctx, void *stream);
	void *ctx;
};

struct io_tcp_limits {
	unsigned connections; /* of this worker */
	unsigned per_client;  /* of all workers: an IPv4 address, an IPv6 /64 */
	uint32_t idle_ms;
};

enum io_tcp_counter {
#define IO_TCP_COUNTERS(X)                                                 \
 X(accepted, "connections accepted")                                       \
 X(closed_idle, "connections closed because they idled or were too slow")  \
 X(evicted, "connections closed to make room for another")                 \
 X(refused_client, "connections refused because the client has its share") \
 X(accept_failed, "connections lost for want of descriptors or memory")    \
 X(held_full, "connections closed because the buffer budget was used up")  \
 X(queries, "queries over TCP")                                            \
 X(answers, "messages sent over TCP")                                      \
 X(streams, "answers of many messages")
#define X(name, help) IO_TCP_N_##name,
	IO_TCP_COUNTERS(X)
#undef X
	IO_TCP_N_COUNTERS
};

/* How many connections each client has, over all workers. */
struct io_clients;
KT_MUST struct io_clients *io_clients_new(void);
void io_clients_free(struct io_clients *clients);

struct io_tcp;

KT_MUST KT_NONNULL struct io_tcp *io_tcp_new(struct io_loop *loop,
    struct io_clients *clients, const struct io_tcp_limits *limits,
    const struct io_tcp_handler *handler);
/* Closes everything at once. */
void io_tcp_free(struct io_tcp *tcp);
KT_NONNULL void io_tcp_set_limits(
    struct io_tcp *tcp, const struct io_tcp_limits *limits);

/* A listening socket: the descriptor, or KT_E_SYSTEM with errno. */
KT_MUST KT_NONNULL int io_tcp_open(const struct kt_addr *address, uint16_t port);
/* Owns fd from now on.  KT_E_SYSTEM. */
KT_MUST KT_NONNULL int io_tcp_add(struct io_tcp *tcp, int fd);
/* Accepts what already waits and closes the listener; its connections live on. */
KT_NONNULL void io_tcp_remove(struct io_tcp *tcp, int fd);

KT_NONNULL const uint64_t *io_tcp_counters(const struct io_tcp *tcp);
KT_NONNULL unsigned io_tcp_connections(const struct io_tcp *tcp);
