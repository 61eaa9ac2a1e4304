/*
 * bench/src/tcpload.c -- a light single-threaded load generator for DNS over TCP.
 *
 *   tcpload -d FILE [-s addr] [-p port] [-l secs] [-n queries] [-c connections]
 *           [-w window] [-k queries a connection]
 *
 *   -c N   connections at a time, default 16
 *   -w N   queries outstanding on each, default 12 (1..256); answers may come in any order
 *   -k N   close a connection after N answers and open the next; 0: never (default)
 *
 * `-k 1 -w 1` is one query a connection.  Connections come from 127.0.1.1 and up in
 * turn, so that ports in TIME_WAIT do not run out (only when addr is on 127/8).  Prints
 * one JSON line.
 */
#include "hist.h"
#include "queries.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WINDOW_MAX 256
#define SOURCES    200
#define IN_SIZE    (2 * 65537)

struct conn {
	int fd;
	bool connected, writing; /* writing: EPOLLOUT is asked for */
	uint32_t sent, got;
	uint64_t when[WINDOW_MAX]; /* by id modulo WINDOW_MAX; 0: not outstanding */
	size_t in_len, out_len, out_at;
	uint8_t in[IN_SIZE];
	uint8_t out[WINDOW_MAX * (QUERY_MAX + 2)];
};

static struct {
	const char *file, *address;
	uint16_t port;
	unsigned connections, window, per_connection;
	uint64_t n;
	double secs;
} opt = {
	.address = "127.0.0.1", .port = 53, .connections = 16, .window = 12, .secs = 3
};

static struct {
	uint64_t sent, got, lost, bad, failed, opened, octets, rcode[16];
	struct hist latency;
} stat_;

static struct queries queries;
static size_t next_query;
static struct sockaddr_in server;
static bool local;
static int poller;
static bool draining;

static bool may_send(const struct conn *c)
{
	return !draining && (!opt.n || stat_.sent < opt.n) &&
	       (!opt.per_connection || c->sent < opt.per_connection);
}

static void conn_watch(struct conn *c, bool writing)
{
	struct epoll_event ev = { .events = EPOLLIN | (writing ? EPOLLOUT : 0),
		.data.ptr = c };
	if (c->writing == writing)
		return;
	c->writing = writing;
	if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &ev))
		die("epoll_ctl");
}

static void conn_close(struct conn *c)
{
	stat_.lost += c->sent - c->got;
	close(c->fd);
	c->fd = -1;
}

static void bind_source(int fd)
{
	static uint32_t turn;
	int one = 1;
	uint32_t host = INADDR_LOOPBACK + 256 + turn++ % SOURCES;
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(host) };
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("bind");
}

static void conn_open(struct conn *c)
{
	int one = 1;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	if (local)
		bind_source(c->fd);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->sent = c->got = 0;
	c->in_len = c->out_len = c->out_at = 0;
	memset(c->when, 0, sizeof(c->when));
	c->connected = !connect(c->fd, (struct sockaddr *)&server, sizeof(server));
	if (!c->connected && errno != EINPROGRESS) {
		stat_.failed++;
		conn_close(c);
		return;
	}
	stat_.opened++;
	c->writing = !c->connected;
	struct epoll_event ev = { .events = EPOLLIN | (c->writing ? EPOLLOUT : 0),
		.data.ptr = c };
	if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &ev))
		die("epoll_ctl");
}

/* Puts as many queries into the buffer as the window allows. */
static void conn_fill(struct conn *c)
{
	uint64_t now = now_ns();
	if (c->out_at == c->out_len)
		c->out_at = c->out_len = 0;
	while (c->sent - c->got < opt.window && may_send(c)) {
		const struct q *q = &queries.at[next_query];
		if (c->out_len + 2 + q->len > sizeof(c->out))
			return;
		uint16_t id = (uint16_t)c->sent;
		if (c->when[id % WINDOW_MAX])
			return; /* the one before it in this slot is still out */
		uint8_t *p = c->out + c->out_len;
		p[0] = (uint8_t)(q->len >> 8);
		p[1] = (uint8_t)q->len;
		memcpy(p + 2, q->p, q->len);
		p[2] = (uint8_t)(id >> 8);
		p[3] = (uint8_t)id;
		c->out_len += 2u + q->len;
		c->when[id % WINDOW_MAX] = now;
		c->sent++;
		stat_.sent++;
		next_query = next_query + 1 == queries.n ? 0 : next_query + 1;
	}
}

/* False: the connection is gone. */
static bool conn_send(struct conn *c)
{
	conn_fill(c);
	if (c->out_at < c->out_len) {
		ssize_t n = send(
		    c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0)
			c->out_at += (size_t)n;
	}
	conn_watch(c, c->out_at < c->out_len);
	return true;
}

static void take_answer(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
	uint16_t id = len >= 12 ? (uint16_t)(p[0] << 8 | p[1]) : 0;
	uint64_t *when = &c->when[id % WINDOW_MAX];
	if (len < 12 || !(p[2] & 0x80) || !*when) {
		stat_.bad++;
		return;
	}
	hist_add(&stat_.latency, now - *when);
	*when = 0;
	c->got++;
	stat_.got++;
	stat_.octets += len;
	stat_.rcode[p[3] & 15]++;
}

/* False: the connection is gone, or done. */
static bool conn_receive(struct conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0)
		return false;
	c->in_len += (size_t)n;
	uint64_t now = now_ns();
	size_t at = 0;
	while (c->in_len - at >= 2) {
		size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];
		if (c->in_len - at < 2 + len)
			break;
		take_answer(c, c->in + at + 2, len, now);
		at += 2 + len;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
	return !opt.per_connection || c->got < opt.per_connection;
}

static void conn_event(struct conn *c, uint32_t events)
{
	if (!c->connected) {
		int err = 0;
		socklen_t len = sizeof(err);
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			stat_.failed++;
			conn_close(c);
			return;
		}
		c->connected = true;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !conn_receive(c))
		conn_close(c);
	else if (!conn_send(c))
		conn_close(c);
}

static void options(int argc, char **argv)
{
	int o;
	while ((o = getopt(argc, argv, "d:s:p:l:n:c:w:k:")) != -1) {
		switch (o) {
		case 'd':
			opt.file = optarg;
			break;
		case 's':
			opt.address = optarg;
			break;
		case 'p':
			opt.port = (uint16_t)atoi(optarg);
			break;
		case 'l':
			opt.secs = atof(optarg);
			break;
		case 'n':
			opt.n = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			opt.connections = (unsigned)atoi(optarg);
			break;
		case 'w':
			opt.window = (unsigned)atoi(optarg);
			break;
		case 'k':
			opt.per_connection = (unsigned)atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (!opt.file || !opt.connections || !opt.window || opt.window > WINDOW_MAX) {
		fprintf(
		    stderr, "tcpload: -d FILE is needed, -w is 1..%d\n", WINDOW_MAX);
		exit(2);
	}
}

static uint64_t outstanding(const struct conn *conns)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < opt.connections; i++)
		if (conns[i].fd >= 0)
			n += conns[i].sent - conns[i].got;
	return n;
}

/* Runs until the time or the queries are used up and the last answers are in. */
static void run(struct conn *conns)
{
	uint64_t start = now_ns(), end = start + (uint64_t)(opt.secs * 1e9),
		 last = start;
	struct epoll_event ev[64];
	for (;;) {
		uint64_t now = now_ns();
		draining = draining || now >= end || (opt.n && stat_.sent >= opt.n);
		for (unsigned i = 0; !draining && i < opt.connections; i++) {
			struct conn *c = &conns[i];
			if (c->fd >= 0)
				continue;
			conn_open(c);
			if (c->fd >= 0 && c->connected && !conn_send(c))
				conn_close(c);
		}
		if (draining && (!outstanding(conns) || now - last > 500000000u))
			return;
		int n = epoll_wait(poller, ev, 64, 20);
		for (int i = 0; i < n; i++)
			conn_event(ev[i].data.ptr, ev[i].events);
		if (n > 0)
			last = now;
	}
}

static void report(double secs)
{
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	double cpu = (double)ru.ru_utime.tv_sec + (double)ru.ru_stime.tv_sec +
		     (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	double got = stat_.got ? (double)stat_.got : 1;
	printf("{\"sent\":%lu,\"answered\":%lu,\"lost\":%lu,\"bad\":%lu,\"failed\":%lu,"
	       "\"connections\":%lu,\"secs\":%.4f,\"qps\":%.0f,\"avg_bytes\":%.1f,"
	       "\"p50_us\":%.1f,\"p99_us\":%.1f,\"gen_cpu_us\":%.3f,\"rcode\":{",
	    stat_.sent, stat_.got, stat_.lost, stat_.bad, stat_.failed, stat_.opened,
	    secs, (double)stat_.got / secs, (double)stat_.octets / got,
	    hist_quantile_us(&stat_.latency, 0.5),
	    hist_quantile_us(&stat_.latency, 0.99), cpu * 1e6 / got);
	const char *comma = "";
	for (int i = 0; i < 16; i++) {
		if (!stat_.rcode[i])
			continue;
		printf("%s\"%d\":%lu", comma, i, stat_.rcode[i]);
		comma = ",";
	}
	printf("}}\n");
}

int main(int argc, char **argv)
{
	options(argc, argv);
	queries = queries_map(opt.file);
	server = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(opt.port) };
	if (inet_pton(AF_INET, opt.address, &server.sin_addr) != 1) {
		fprintf(stderr, "tcpload: %s is not an IPv4 address\n", opt.address);
		return 2;
	}
	local = ntohl(server.sin_addr.s_addr) >> 24 == 127;
	poller = epoll_create1(0);
	struct conn *conns = calloc(opt.connections, sizeof(*conns));
	if (poller < 0 || !conns)
		die("tcpload");
	for (unsigned i = 0; i < opt.connections; i++)
		conns[i].fd = -1;
	uint64_t start = now_ns();
	run(conns);
	double secs = (double)(now_ns() - start) / 1e9;
	for (unsigned i = 0; i < opt.connections; i++)
		if (conns[i].fd >= 0)
			conn_close(&conns[i]);
	report(secs);
	free(conns);
	return 0;
}
