#include "io/tcp.h"

#include "io/socket.h"
#include "io/tcp_p.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	BACKLOG = 4096,
	DEFER_ACCEPT_S = 3, /* then it is told of without one */
	FAST_OPEN_QUEUE = 256,
	ACCEPTS = 64, /* a turn */
	CLIENT_SLOTS = 1 << 16,
	SEARCH_OLDER = 256, /* connections looked at for one of the same client */
	IDLE_LEAST_MS = 500,
};

/*
 * Counts by a keyed hash of the address: two clients share a slot by chance only, and
 * nobody can choose to.
 */
struct io_clients {
	struct kt_sip_key key;
	_Atomic uint32_t n[CLIENT_SLOTS];
};

struct io_clients *io_clients_new(void)
{
	struct io_clients *clients = kt_calloc(1, sizeof(*clients));
	ssize_t n = getrandom(clients->key.octets, sizeof(clients->key.octets), 0);
	kt_require(n == (ssize_t)sizeof(clients->key.octets));
	return clients;
}

void io_clients_free(struct io_clients *clients)
{
	free(clients);
}

static uint32_t client_slot(
    const struct io_clients *clients, const struct sockaddr *peer)
{
	struct kt_addr a = kt_addr_of_socket(peer);
	size_t len = a.family == 4 ? 4 : 8;
	return (uint32_t)(kt_siphash24(&clients->key, a.octets, len) % CLIENT_SLOTS);
}

static io_tick close_idle;

struct io_tcp *io_tcp_new(struct io_loop *loop, struct io_clients *clients,
    const struct io_tcp_limits *limits, const struct io_tcp_handler *handler)
{
	struct io_tcp *tcp = kt_calloc(1, sizeof(*tcp));
	tcp->loop = loop;
	tcp->clients = clients;
	tcp->handler = *handler;
	io_tcp_set_limits(tcp, limits);
	tcp->in = kt_malloc(TCP_IN_SIZE);
	tcp->out = kt_malloc(TCP_OUT_SIZE);
	tcp->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	io_loop_on_tick(loop, close_idle, tcp);
	return tcp;
}

void io_tcp_set_limits(struct io_tcp *tcp, const struct io_tcp_limits *limits)
{
	tcp->limits = *limits;
	if (!tcp->limits.connections)
		tcp->limits.connections = 1;
	while (tcp->n > tcp->limits.connections) {
		tcp->counters[IO_TCP_N_evicted]++;
		tcp_connection_close(tcp->oldest);
	}
}

void io_tcp_free(struct io_tcp *tcp)
{
	if (!tcp)
		return;
	while (tcp->oldest)
		tcp_connection_close(tcp->oldest);
	while (tcp->listeners) {
		struct tcp_listener *l = tcp->listeners;
		tcp->listeners = l->next;
		io_loop_remove(tcp->loop, &l->watch);
		close(l->watch.fd);
		free(l);
	}
	if (tcp->spare >= 0)
		close(tcp->spare);
	free(tcp->in);
	free(tcp->out);
	free(tcp);
}

const uint64_t *io_tcp_counters(const struct io_tcp *tcp)
{
	return tcp->counters;
}

unsigned io_tcp_connections(const struct io_tcp *tcp)
{
	return tcp->n;
}

/* The table in order of use */

static void unlink_connection(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	*(c->newer ? &c->newer->older : &tcp->newest) = c->older;
	*(c->older ? &c->older->newer : &tcp->oldest) = c->newer;
}

static void link_newest(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	c->newer = NULL;
	c->older = tcp->newest;
	*(tcp->newest ? &tcp->newest->newer : &tcp->oldest) = c;
	tcp->newest = c;
	c->used = io_loop_now(tcp->loop);
}

void tcp_connection_touch(struct tcp_connection *c)
{
	unlink_connection(c);
	link_newest(c);
}

void tcp_connection_close(struct tcp_connection *c)
{
	struct io_tcp *tcp = c->tcp;
	if (c->stream)
		tcp->handler.end(tcp->handler.ctx, c->stream);
	tcp_connection_drop(c);
	unlink_connection(c);
	tcp->n--;
	atomic_fetch_sub_explicit(&tcp->clients->n[c->client], 1, memory_order_relaxed);
	io_loop_forget(tcp->loop, &c->watch);
	close(c->watch.fd);
	free(c);
}

/* RFC 7766 s.6.2.3: the time may be shorter under load.  Whole up to half a table, then down. */
uint32_t tcp_idle_ms(const struct io_tcp *tcp)
{
	uint64_t max = tcp->limits.connections, idle = tcp->limits.idle_ms;
	if ((uint64_t)tcp->n * 2 <= max || idle <= IDLE_LEAST_MS)
		return (uint32_t)idle;
	uint64_t left = max > tcp->n ? max - tcp->n : 0;
	idle = idle * left * 2 / max;
	return (uint32_t)(idle < IDLE_LEAST_MS ? IDLE_LEAST_MS : idle);
}

/* Everybody has the same time, so the order of use is the order of deadlines. */
static struct kt_instant close_idle(void *ctx, struct kt_instant now)
{
	struct io_tcp *tcp = ctx;
	while (tcp->oldest) {
		struct kt_instant due = kt_instant_add(
		    tcp->oldest->used, kt_span_ms(tcp_idle_ms(tcp)));
		if (due.ns > now.ns)
			return due;
		tcp->counters[IO_TCP_N_closed_idle]++;
		tcp_connection_close(tcp->oldest);
	}
	return IO_NEVER;
}

/* Admission */

static void evict(struct io_tcp *tcp, struct tcp_connection *c)
{
	tcp->counters[IO_TCP_N_evicted]++;
	tcp_connection_close(c);
}

/* The longest unused connection of the client, if it is among the longest unused of all. */
static struct tcp_connection *oldest_of_client(struct io_tcp *tcp, uint32_t client)
{
	struct tcp_connection *c = tcp->oldest;
	for (unsigned i = 0; c && i < SEARCH_OLDER; i++, c = c->newer)
		if (c->client == client)
			return c;
	return NULL;
}

static bool make_room(struct io_tcp *tcp, uint32_t client)
{
	uint32_t has = atomic_load_explicit(
	    &tcp->clients->n[client], memory_order_relaxed);
	if (has >= tcp->limits.per_client) {
		struct tcp_connection *own = oldest_of_client(tcp, client);
		if (!own)
			return false;
		evict(tcp, own);
	}
	if (tcp->n >= tcp->limits.connections)
		evict(tcp, tcp->oldest);
	return true;
}

static void admit(struct tcp_listener *l, int fd, const union tcp_address *peer)
{
	struct io_tcp *tcp = l->tcp;
	uint32_t client = client_slot(tcp->clients, &peer->sa);
	if (!make_room(tcp, client)) {
		tcp->counters[IO_TCP_N_refused_client]++;
		close(fd);
		return;
	}
	struct tcp_connection *c = kt_calloc(1, sizeof(*c));
	c->watch = (struct io_watch){ tcp_connection_ready, fd };
	c->tcp = tcp;
	c->peer = *peer;
	c->client = client;
	c->events = EPOLLIN;
	socklen_t len = sizeof(c->local);
	if (!l->any)
		c->local = l->bound;
	else if (getsockname(fd, &c->local.sa, &len) < 0)
		c->local = l->bound;
	if (io_loop_add(tcp->loop, &c->watch, EPOLLIN)) {
		tcp->counters[IO_TCP_N_accept_failed]++;
		close(fd);
		free(c);
		return;
	}
	atomic_fetch_add_explicit(&tcp->clients->n[client], 1, memory_order_relaxed);
	tcp->n++;
	link_newest(c);
	tcp->counters[IO_TCP_N_accepted]++;
}

/*
 * No descriptor or no memory for a connection that waits: the longest unused one makes
 * room; without one, the spare descriptor serves to take the new one and close it, so
 * that the listener does not stay ready for ever.
 */
static void accept_starved(struct tcp_listener *l)
{
	struct io_tcp *tcp = l->tcp;
	log_net(LOG_LEVEL_WARN, "tcp: connections=%u not accepted: %s", tcp->n,
	    strerror(errno));
	tcp->counters[IO_TCP_N_accept_failed]++;
	if (tcp->oldest) {
		evict(tcp, tcp->oldest);
		return;
	}
	if (tcp->spare >= 0)
		close(tcp->spare);
	int fd = accept4(l->watch.fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	tcp->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool is_starved(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* False when nobody waits any more. */
static bool accept_one(struct tcp_listener *l)
{
	union tcp_address peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(l->watch.fd, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		admit(l, fd, &peer);
	else if (is_starved(errno))
		accept_starved(l);
	else if (errno == EAGAIN)
		return false;
	return true; /* the others are errors of that connection (accept(2)) */
}

static void accept_some(struct io_watch *watch, uint32_t events)
{
	(void)events;
	struct tcp_listener *l = (struct tcp_listener *)watch;
	for (unsigned i = 0; i < ACCEPTS && accept_one(l); i++)
		;
}

int io_tcp_open(const struct kt_addr *address, uint16_t port)
{
	int fd = io_socket_new(address, SOCK_STREAM);
	if (fd < 0)
		return KT_E_SYSTEM;
	io_socket_try(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Connections inherit it. */
	io_socket_try(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	io_socket_try(fd, IPPROTO_TCP, TCP_FASTOPEN, FAST_OPEN_QUEUE);
	/* A connection is told of when its first query is there: one wake-up less. */
	io_socket_try(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_ACCEPT_S);
	if (io_socket_bind(fd, address, port) || listen(fd, BACKLOG) < 0) {
		io_close(fd);
		return KT_E_SYSTEM;
	}
	return fd;
}

int io_tcp_add(struct io_tcp *tcp, int fd)
{
	struct tcp_listener *l = kt_calloc(1, sizeof(*l));
	l->watch = (struct io_watch){ accept_some, fd };
	l->tcp = tcp;
	socklen_t len = sizeof(l->bound);
	if (getsockname(fd, &l->bound.sa, &len) < 0 ||
	    io_loop_add(tcp->loop, &l->watch, EPOLLIN)) {
		free(l);
		return KT_E_SYSTEM;
	}
	struct kt_addr address = kt_addr_of_socket(&l->bound.sa);
	l->any = io_addr_is_any(&address);
	l->next = tcp->listeners;
	tcp->listeners = l;
	return 0;
}

void io_tcp_remove(struct io_tcp *tcp, int fd)
{
	for (struct tcp_listener **at = &tcp->listeners; *at; at = &(*at)->next) {
		struct tcp_listener *l = *at;
		if (l->watch.fd != fd)
			continue;
		for (unsigned i = 0; i < BACKLOG && accept_one(l); i++)
			;
		*at = l->next;
		io_loop_remove(tcp->loop, &l->watch);
		close(fd);
		free(l);
		return;
	}
}
