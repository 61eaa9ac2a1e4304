#include "io/tcp_p.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/*
 * A connection is in one of two states.  Open: what comes is read, answered and sent at
 * once.  Blocked (out.at or stream is set): nothing is read until the peer has taken
 * what there is to send, a chunk a turn; so a peer that only asks holds up itself.
 *
 * Functions that return bool return false when the connection was closed: it is gone.
 */

static bool is_blocked(const struct tcp_connection *c)
{
	return c->out.at || c->stream || c->closing;
}

static void held_free(struct io_tcp *tcp, struct tcp_held *held)
{
	tcp->held -= held->len;
	free(held->at);
	*held = (struct tcp_held){ 0 };
}

void tcp_connection_drop(struct tcp_connection *c)
{
	held_free(c->tcp, &c->in);
	held_free(c->tcp, &c->out);
}

/* Keeps octets, in place of those held before, of which they may be a part. */
static bool held_keep(
    struct tcp_connection *c, struct tcp_held *held, const uint8_t *octets, size_t len)
{
	struct io_tcp *tcp = c->tcp;
	uint8_t *copy = NULL;
	if (len) {
		/* Outsiders decide how much: a budget, and no abort. */
		if (tcp->held - held->len + len <= IO_TCP_HELD_MAX)
			copy = malloc(len);
		if (!copy) {
			tcp->counters[IO_TCP_N_held_full]++;
			tcp_connection_close(c);
			return false;
		}
		memcpy(copy, octets, len);
	}
	held_free(tcp, held);
	*held = (struct tcp_held){ .at = copy, .len = (uint32_t)len };
	tcp->held += len;
	return true;
}

static void want(struct tcp_connection *c)
{
	uint32_t events = is_blocked(c) ? EPOLLOUT : EPOLLIN;
	if (events == c->events)
		return;
	c->events = events;
	io_loop_change(c->tcp->loop, &c->watch, events);
}

/* Octets taken by the system, or -1 when the connection is dead. */
static ssize_t send_some(struct tcp_connection *c, const uint8_t *octets, size_t len)
{
	for (;;) {
		ssize_t n = send(c->watch.fd, octets, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			return n;
		if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

/* Sends the answers gathered; what is not taken is kept, and the connection blocks. */
static bool flush(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	size_t len = tcp->out_len;
	tcp->out_len = 0;
	if (!len)
		return true;
	ssize_t n = send_some(c, tcp->out, len);
	if (n < 0) {
		tcp_connection_close(c);
		return false;
	}
	if ((size_t)n == len) {
		tcp_connection_touch(c);
		return true;
	}
	return held_keep(c, &c->out, tcp->out + n, len - (size_t)n);
}

/* Sends what was kept. */
static bool flush_held(struct tcp_connection *c)
{
	if (!c->out.at)
		return true;
	ssize_t n = send_some(c, c->out.at + c->out.from, c->out.len - c->out.from);
	if (n < 0) {
		tcp_connection_close(c);
		return false;
	}
	c->out.from += (uint32_t)n;
	if (c->out.from == c->out.len) {
		held_free(c->tcp, &c->out);
		/* Only a whole chunk counts as use: an octet now and then does not. */
		tcp_connection_touch(c);
	}
	return true;
}

static struct io_message message_of(struct tcp_connection *c)
{
	return (struct io_message){
		.out = c->tcp->out + c->tcp->out_len + 2,
		.peer = &c->peer.sa,
		.local = &c->local.sa,
		.stream = c->stream,
	};
}

static void take_message(struct tcp_connection *c, const struct io_message *m)
{
	struct io_tcp *tcp = c->tcp;
	c->stream = m->stream;
	c->closing = m->close;
	if (!m->out_len || m->out_len > IO_MESSAGE_MAX)
		return;
	kt_put16(tcp->out + tcp->out_len, (uint16_t)m->out_len);
	tcp->out_len += 2 + m->out_len;
	tcp->counters[IO_TCP_N_answers]++;
}

static void answer_one(struct tcp_connection *c, const uint8_t *wire, size_t len)
{
	struct io_tcp *tcp = c->tcp;
	struct io_message m = message_of(c);
	m.in = wire;
	m.in_len = len;
	tcp->counters[IO_TCP_N_queries]++;
	tcp->handler.answer(tcp->handler.ctx, &m);
	take_message(c, &m);
	if (c->stream)
		tcp->counters[IO_TCP_N_streams]++;
}

/* A chunk of the stream.  It goes on with the next turn, when others have had theirs. */
static bool pump_stream(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	while (c->stream && !c->closing && tcp->out_len < TCP_FLUSH_AT) {
		struct io_message m = message_of(c);
		tcp->handler.more(tcp->handler.ctx, &m);
		take_message(c, &m);
	}
	return flush(c);
}

/*
 * Answers the whole queries of len octets until none is left or the connection blocks.
 * *used: the octets of those that were answered.
 */
static bool answer_all(
    struct tcp_connection *c, const uint8_t *octets, size_t len, size_t *used)
{
	size_t at = 0;
	bool any = false;
	while (len - at >= 2 && !is_blocked(c)) {
		size_t message = kt_get16(octets + at);
		if (len - at - 2 < message)
			break;
		answer_one(c, octets + at + 2, message);
		any = true;
		at += 2 + message;
		if (c->tcp->out_len >= TCP_FLUSH_AT && !flush(c))
			return false;
	}
	*used = at;
	if (any)
		tcp_connection_touch(c);
	return flush(c);
}

static bool answer_held(struct tcp_connection *c)
{
	size_t used = 0;
	if (!c->in.at || is_blocked(c))
		return true;
	if (!answer_all(c, c->in.at, c->in.len, &used))
		return false;
	return !used || held_keep(c, &c->in, c->in.at + used, c->in.len - used);
}

/* Reads once.  Octets held come first. */
static bool read_some(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	size_t have = c->in.len, used = 0;
	ssize_t n = recv(c->watch.fd, tcp->in + have, TCP_IN_SIZE - have, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		/* The peer's end, or an error.  All whole queries are answered. */
		tcp_connection_close(c);
		return false;
	}
	if (have)
		memcpy(tcp->in, c->in.at, have);
	size_t len = have + (size_t)n;
	if (!answer_all(c, tcp->in, len, &used))
		return false;
	if (used == len && !c->in.at)
		return true;
	return held_keep(c, &c->in, tcp->in + used, len - used);
}

void tcp_connection_ready(struct io_watch *watch, uint32_t events)
{
	struct tcp_connection *c = (struct tcp_connection *)watch;
	if (events & (EPOLLERR | EPOLLHUP)) {
		tcp_connection_close(c); /* reset, or closed both ways: nobody reads */
		return;
	}
	if (!flush_held(c))
		return;
	if (c->stream && !c->out.at && !pump_stream(c))
		return;
	if (!answer_held(c))
		return;
	if ((events & EPOLLIN) && !is_blocked(c) && !read_some(c))
		return;
	if (c->closing && !c->out.at)
		tcp_connection_close(c);
	else
		want(c);
}
