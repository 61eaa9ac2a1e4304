/*
 * io/tcp_p.h -- what io/tcp.c (who may be there, and how long) and io/connection.c (what
 * is said) share.
 */
#pragma once

#include "base/addr.h"
#include "io/loop.h"
#include "io/tcp.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TCP_IN_SIZE = 2 + IO_MESSAGE_MAX +
		      1,         /* always room for a whole message and one octet */
	TCP_FLUSH_AT = 64 << 10, /* answers are sent when there is so much */
	TCP_OUT_SIZE = TCP_FLUSH_AT + 2 + IO_MESSAGE_MAX,
};

union tcp_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Octets that belong to a connection for a while. */
struct tcp_held {
	uint8_t *at;
	uint32_t len;
	uint32_t from; /* octets already used up */
};

struct tcp_connection {
	struct io_watch watch;
	struct io_tcp *tcp;
	struct tcp_connection *newer, *older; /* by last use */
	struct kt_instant used;               /* the last useful moment */
	union tcp_address peer, local;
	uint32_t client;     /* slot in io_clients */
	uint32_t events;     /* what epoll was asked for */
	struct tcp_held in;  /* queries not yet answered, the last one cut */
	struct tcp_held out; /* answers that the peer does not take yet */
	void *stream;
	bool closing; /* when out is sent */
};

struct tcp_listener {
	struct io_watch watch;
	struct io_tcp *tcp;
	struct tcp_listener *next;
	union tcp_address bound;
	bool any;
};

struct io_tcp {
	struct io_loop *loop;
	struct io_clients *clients;
	struct io_tcp_limits limits;
	struct io_tcp_handler handler;
	struct tcp_listener *listeners;
	struct tcp_connection *newest, *oldest;
	unsigned n;
	size_t held;
	int spare; /* a descriptor to give up when there are none left */
	uint64_t counters[IO_TCP_N_COUNTERS];
	uint8_t *in, *out;
	size_t out_len;
};

/* io/tcp.c */
void tcp_connection_close(struct tcp_connection *c);
void tcp_connection_touch(struct tcp_connection *c);
uint32_t tcp_idle_ms(const struct io_tcp *tcp);

/* io/connection.c */
void tcp_connection_ready(struct io_watch *watch, uint32_t events);
/* Frees what is held. */
void tcp_connection_drop(struct tcp_connection *c);
