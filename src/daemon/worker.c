#include "daemon/worker.h"

#include "authority/answer.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/query.h"
#include "io/loop.h"
#include "io/udp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(
    (int)IO_UDP_BATCH <= (int)AUTHORITY_BATCH, "the engine takes a whole batch");

struct worker {
	pthread_t thread;
	bool started;
	unsigned index;
	struct io_loop *loop;
	struct io_udp *udp;
	struct io_tcp *tcp;
	struct authority_worker *authority;

	struct dns_query queries[IO_UDP_BATCH];
	struct dns_client clients[IO_UDP_BATCH];
	struct dns_reply replies[IO_UDP_BATCH];
	const struct dns_query *query_at[IO_UDP_BATCH];
	struct dns_reply *reply_at[IO_UDP_BATCH];

	/* TCP: one at a time, and apart, since the batch's clients say UDP. */
	struct dns_query query;
	struct dns_client client;
};

static void answer_batch(void *ctx, struct io_packet *packets, unsigned n)
{
	struct worker *w = ctx;
	struct kt_instant now = io_loop_now(w->loop);
	kt_unix unix_now = io_loop_unix(w->loop);
	for (unsigned i = 0; i < n; i++) {
		struct io_packet *p = &packets[i];
		w->clients[i] = (struct dns_client){
			.peer = p->peer,
			.local = p->local,
			.transport = DNS_OVER_UDP,
			.now = now,
			.unix_now = unix_now,
		};
		w->replies[i] = (struct dns_reply){ .wire = p->out,
			.size = IO_UDP_OUT_MAX };
		dns_query_read(&w->queries[i], p->in, p->in_len, &w->clients[i]);
	}
	authority_answer_batch(w->authority, w->query_at, w->reply_at, n);
	for (unsigned i = 0; i < n; i++)
		packets[i].out_len = (uint32_t)w->replies[i].len;
}

static void answer_message(void *ctx, struct io_message *m)
{
	struct worker *w = ctx;
	w->client = (struct dns_client){
		.peer = m->peer,
		.local = m->local,
		.transport = DNS_OVER_TCP,
		.now = io_loop_now(w->loop),
		.unix_now = io_loop_unix(w->loop),
	};
	struct dns_reply reply = { .wire = m->out, .size = IO_MESSAGE_MAX };
	dns_query_read(&w->query, m->in, m->in_len, &w->client);
	authority_answer(w->authority, &w->query, &reply);
	m->out_len = reply.len;
	if (!reply.more)
		return;
	m->stream = authority_begin_stream(w->authority, &w->query);
	m->close = !m->stream;
}

static void continue_stream(void *ctx, struct io_message *m)
{
	struct worker *w = ctx;
	struct dns_reply reply = { .wire = m->out, .size = IO_MESSAGE_MAX };
	authority_continue(m->stream, io_loop_unix(w->loop), &reply);
	m->out_len = reply.len;
	m->close = !reply.len;
	if (reply.more && reply.len)
		return;
	authority_end_stream(m->stream);
	m->stream = NULL;
}

static void end_stream(void *ctx, void *stream)
{
	(void)ctx;
	authority_end_stream(stream);
}

struct worker *worker_new(const struct worker_options *options)
{
	struct worker *w = kt_calloc(1, sizeof(*w));
	w->index = options->index;
	w->loop = io_loop_new();
	if (!w->loop) {
		free(w);
		return NULL;
	}
	for (unsigned i = 0; i < IO_UDP_BATCH; i++) {
		w->query_at[i] = &w->queries[i];
		w->reply_at[i] = &w->replies[i];
	}
	w->authority = authority_worker_new(options->config, options->images_size);
	w->udp = io_udp_new(w->loop, answer_batch, w);
	struct io_tcp_handler handler = { answer_message, continue_stream, end_stream,
		w };
	w->tcp = io_tcp_new(w->loop, options->clients, &options->tcp, &handler);
	return w;
}

static void *run(void *ctx)
{
	struct worker *w = ctx;
	char name[16];
	snprintf(name, sizeof(name), "worker-%u", w->index);
	pthread_setname_np(pthread_self(), name);
	io_loop_run(w->loop);
	return NULL;
}

int worker_start(struct worker *w)
{
	/* Signals are the control thread's. */
	sigset_t all, before;
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		errno = error;
		return KT_E_SYSTEM;
	}
	w->started = true;
	return 0;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->started) {
		io_loop_stop(w->loop);
		pthread_join(w->thread, NULL);
	}
	io_tcp_free(w->tcp);
	io_udp_free(w->udp);
	authority_worker_free(w->authority);
	io_loop_free(w->loop);
	free(w);
}

/* What is done to a worker's sockets is done in its thread. */
struct socket_order {
	struct worker *worker;
	int fd;
	bool tcp;
	int rc;
	int error;
};

static void add_socket(void *ctx)
{
	struct socket_order *o = ctx;
	o->rc = o->tcp ? io_tcp_add(o->worker->tcp, o->fd)
		       : io_udp_add(o->worker->udp, o->fd);
	o->error = errno;
}

static void remove_socket(void *ctx)
{
	struct socket_order *o = ctx;
	if (o->tcp)
		io_tcp_remove(o->worker->tcp, o->fd);
	else
		io_udp_remove(o->worker->udp, o->fd);
}

int worker_add_socket(struct worker *w, int fd, bool tcp)
{
	struct socket_order order = { .worker = w, .fd = fd, .tcp = tcp };
	io_loop_call(w->loop, add_socket, &order);
	errno = order.error;
	return order.rc;
}

void worker_remove_socket(struct worker *w, int fd, bool tcp)
{
	struct socket_order order = { .worker = w, .fd = fd, .tcp = tcp };
	io_loop_call(w->loop, remove_socket, &order);
}

struct limits_order {
	struct worker *worker;
	const struct io_tcp_limits *limits;
};

static void set_limits(void *ctx)
{
	struct limits_order *o = ctx;
	io_tcp_set_limits(o->worker->tcp, o->limits);
}

void worker_set_tcp(struct worker *w, const struct io_tcp_limits *limits)
{
	struct limits_order order = { w, limits };
	io_loop_call(w->loop, set_limits, &order);
}

static void answer_ping(void *ctx)
{
	(void)ctx;
}

void worker_ping(struct worker *w)
{
	io_loop_call(w->loop, answer_ping, w);
}

size_t worker_short_sources(
    const struct worker *worker, struct authority_short_source *out, size_t size)
{
	return authority_short_sources(worker->authority, out, size);
}

const uint64_t *worker_authority_counters(const struct worker *w)
{
	return authority_counters(w->authority);
}

const uint64_t *worker_udp_counters(const struct worker *w)
{
	return io_udp_counters(w->udp);
}

const uint64_t *worker_tcp_counters(const struct worker *w)
{
	return io_tcp_counters(w->tcp);
}

unsigned worker_tcp_connections(const struct worker *w)
{
	return io_tcp_connections(w->tcp);
}
