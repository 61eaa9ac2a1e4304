/*
 * io/udp.h -- datagrams in batches: a batch comes in, a batch goes out.
 *
 * An io_udp holds a worker's sockets for datagrams.  Every worker opens its own
 * socket for every address (SO_REUSEPORT), so the kernel spreads clients over workers
 * and nothing is shared.  The handler sees a whole batch, to look ahead in it.
 *
 * Input:    hostile octets from anybody; ICMP errors are ignored, and path MTU
 *           discovery is off, so a forged error makes no fragments.
 * Memory:   packet buffers belong to the io_udp; valid until the handler returns.
 * Threads:  one loop's thread, but counters, which others may read.
 * RFC:      8085 s.5.1.2 (a multihomed host answers from the address asked).
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "io/loop.h"

#include <stddef.h>
#include <stdint.h>

#define IO_UDP_BATCH   64
#define IO_UDP_IN_MAX  2048 /* octets of a query; longer ones arrive cut */
#define IO_UDP_OUT_MAX 4096 /* octets of an answer */

struct io_packet {
	const uint8_t *in;
	uint8_t *out; /* IO_UDP_OUT_MAX octets */
	uint32_t in_len;
	uint32_t out_len; /* 0 when the handler is called; 0: no answer */
	const struct sockaddr *peer;
	const struct sockaddr *local; /* the address asked */
};

/* Fills out and out_len of n packets, 1 <= n <= IO_UDP_BATCH. */
typedef void io_udp_batch(void *ctx, struct io_packet *packets, unsigned n);

enum io_udp_counter {
#define IO_UDP_COUNTERS(X)                                              \
 X(received, "datagrams received")                                      \
 X(sent, "datagrams sent")                                              \
 X(cut, "datagrams that were longer than any query")                    \
 X(dropped_full, "answers dropped because the send buffer stayed full") \
 X(dropped_error, "answers that the system refused to send")            \
 X(batches, "batches received")
#define X(name, help) IO_UDP_N_##name,
	IO_UDP_COUNTERS(X)
#undef X
	IO_UDP_N_COUNTERS
};

struct io_udp;

KT_MUST struct io_udp *io_udp_new(
    struct io_loop *loop, io_udp_batch *handler, void *ctx);
void io_udp_free(struct io_udp *udp);

/*
 * A bound socket for datagrams: non-blocking, close-on-exec.  The address may be one
 * that the host does not have yet.  The descriptor, or KT_E_SYSTEM with errno.
 */
KT_MUST KT_NONNULL int io_udp_open(const struct kt_addr *address, uint16_t port);

/*
 * Serves a socket of io_udp_open() from now on and owns it; io_udp_remove() closes it.
 * Removing loses no query that was received; what waits in the socket is answered
 * first.
 */
KT_MUST KT_NONNULL int io_udp_add(struct io_udp *udp, int fd);
KT_NONNULL void io_udp_remove(struct io_udp *udp, int fd);

KT_NONNULL const uint64_t *io_udp_counters(const struct io_udp *udp);
