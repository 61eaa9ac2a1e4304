#include "io/udp.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECEIVE_BUFFER = 4 << 20,
	/* Distances between buffers: odd multiples of a cache line, so that the
	 * starts of all buffers do not compete for the same cache sets. */
	IN_STRIDE = IO_UDP_IN_MAX + 64,
	OUT_STRIDE = IO_UDP_OUT_MAX + 64,
	CONTROL_SIZE = 64,
	/* Batches in a row before others have their turn. */
	ROUNDS = 16,
	/* A batch smaller than this means that the socket is probably empty. */
	WORTH_ANOTHER = 4,
	/* A batch of this size means that the socket is busy. */
	BUSY = 32,
	WATCH_WAIT_MS = 10,
	SEND_WAITS = 5,
	SEND_WAIT_MS = 1,
};

_Static_assert(CONTROL_SIZE >= CMSG_SPACE(sizeof(struct in6_pktinfo)),
    "room for the address asked");

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct udp_socket {
	struct io_watch watch;
	struct io_udp *udp;
	struct udp_socket *next;
	union address bound;
	bool any; /* a wildcard: the address asked comes with the packet */
};

struct io_udp {
	struct io_loop *loop;
	io_udp_batch *handler;
	void *ctx;
	struct udp_socket *sockets;
	uint64_t counters[IO_UDP_N_COUNTERS];

	struct mmsghdr rx[IO_UDP_BATCH], tx[IO_UDP_BATCH];
	struct iovec rx_iov[IO_UDP_BATCH], tx_iov[IO_UDP_BATCH];
	struct io_packet packets[IO_UDP_BATCH];
	union address peers[IO_UDP_BATCH];
	union address locals[IO_UDP_BATCH];
	alignas(struct cmsghdr) uint8_t control[IO_UDP_BATCH][CONTROL_SIZE];
	uint8_t *in, *out;
	unsigned used;   /* rx headers that the last batch changed */
	bool tx_control; /* tx headers may have an address to leave from */
	uint8_t tx_from[IO_UDP_BATCH]; /* packet whose buffers a tx header has */
	bool control_ready;            /* rx headers have room for the address asked */
};

static void wire_up(struct io_udp *udp)
{
	for (unsigned i = 0; i < IO_UDP_BATCH; i++) {
		uint8_t *in = udp->in + (size_t)i * IN_STRIDE;
		uint8_t *out = udp->out + (size_t)i * OUT_STRIDE;
		udp->rx_iov[i] = (struct iovec){ in, IO_UDP_IN_MAX };
		udp->rx[i].msg_hdr = (struct msghdr){
			.msg_name = &udp->peers[i],
			.msg_namelen = sizeof(udp->peers[i]),
			.msg_iov = &udp->rx_iov[i],
			.msg_iovlen = 1,
		};
		udp->tx_iov[i].iov_base = out;
		udp->tx_from[i] = (uint8_t)i;
		udp->tx[i].msg_hdr = (struct msghdr){
			.msg_name = &udp->peers[i],
			.msg_iov = &udp->tx_iov[i],
			.msg_iovlen = 1,
		};
		udp->packets[i] = (struct io_packet){
			.in = in,
			.out = out,
			.peer = &udp->peers[i].sa,
		};
	}
}

struct io_udp *io_udp_new(struct io_loop *loop, io_udp_batch *handler, void *ctx)
{
	struct io_udp *udp = kt_calloc(1, sizeof(*udp));
	udp->loop = loop;
	udp->handler = handler;
	udp->ctx = ctx;
	udp->in = kt_malloc((size_t)IO_UDP_BATCH * IN_STRIDE);
	udp->out = kt_malloc((size_t)IO_UDP_BATCH * OUT_STRIDE);
	udp->used = IO_UDP_BATCH;
	wire_up(udp);
	return udp;
}

void io_udp_free(struct io_udp *udp)
{
	if (!udp)
		return;
	while (udp->sockets) {
		struct udp_socket *s = udp->sockets;
		udp->sockets = s->next;
		io_loop_remove(udp->loop, &s->watch);
		close(s->watch.fd);
		free(s);
	}
	free(udp->in);
	free(udp->out);
	free(udp);
}

const uint64_t *io_udp_counters(const struct io_udp *udp)
{
	return udp->counters;
}

int io_udp_open(const struct kt_addr *address, uint16_t port)
{
	int fd = io_socket_new(address, SOCK_DGRAM);
	if (fd < 0)
		return KT_E_SYSTEM;
	bool any = io_addr_is_any(address);
	io_socket_try(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	io_socket_try(fd, SOL_SOCKET, SO_SNDBUF, RECEIVE_BUFFER);
	if (address->family == 6) {
		io_socket_try(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
		io_socket_try(fd, IPPROTO_IPV6, IPV6_MTU, 1280);
		if (any)
			io_socket_try(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	} else {
		io_socket_try(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
		if (any)
			io_socket_try(fd, IPPROTO_IP, IP_PKTINFO, 1);
	}
	if (io_socket_bind(fd, address, port)) {
		io_close(fd);
		return KT_E_SYSTEM;
	}
	return fd;
}

/* The address asked, into local; and the same control message made ready to send from it. */
static void take_destination(struct msghdr *msg, union address *local, in_port_t port)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);
			local->in = (struct sockaddr_in){ .sin_family = AF_INET,
				.sin_port = port,
				.sin_addr = info->ipi_addr };
			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0; /* the route decides */
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);
			local->in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				.sin6_port = port,
				.sin6_addr = info->ipi6_addr };
			if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
				info->ipi6_ifindex = 0;
		}
	}
}

static void prepare_header(struct io_udp *udp, unsigned i, bool any)
{
	struct msghdr *msg = &udp->rx[i].msg_hdr;
	msg->msg_namelen = sizeof(udp->peers[i]);
	msg->msg_control = any ? udp->control[i] : NULL;
	msg->msg_controllen = any ? CONTROL_SIZE : 0;
}

/* Makes good what the last batch changed; then receives one. */
static int receive(struct io_udp *udp, struct udp_socket *s)
{
	unsigned n = s->any == udp->control_ready ? udp->used : IO_UDP_BATCH;
	for (unsigned i = 0; i < n; i++)
		prepare_header(udp, i, s->any);
	udp->control_ready = s->any;
	udp->used = 0;
	int got = recvmmsg(s->watch.fd, udp->rx, IO_UDP_BATCH, MSG_DONTWAIT, NULL);
	if (got > 0)
		udp->used = (unsigned)got;
	return got;
}

static void take_batch(struct io_udp *udp, struct udp_socket *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct io_packet *p = &udp->packets[i];
		p->in_len = udp->rx[i].msg_len;
		p->out_len = 0;
		p->local = &s->bound.sa;
		if (kt_unlikely(udp->rx[i].msg_hdr.msg_flags & MSG_TRUNC))
			udp->counters[IO_UDP_N_cut]++;
		if (s->any) {
			udp->locals[i] = s->bound;
			p->local = &udp->locals[i].sa;
			/* The port is at the same offset in both families. */
			take_destination(
			    &udp->rx[i].msg_hdr, &udp->locals[i], s->bound.in.sin_port);
		}
	}
	udp->counters[IO_UDP_N_received] += n;
	udp->counters[IO_UDP_N_batches]++;
}

/* Slot m of what is sent takes the answer of packet i, m <= i; alike but for a gap before. */
static void place_answer(struct io_udp *udp, unsigned m, unsigned i)
{
	struct msghdr *to = &udp->tx[m].msg_hdr;
	udp->tx_iov[m].iov_len = udp->packets[i].out_len;
	to->msg_namelen = udp->rx[i].msg_hdr.msg_namelen;
	if (kt_unlikely(udp->tx_from[m] != i)) {
		udp->tx_from[m] = (uint8_t)i;
		udp->tx_iov[m].iov_base = udp->packets[i].out;
		to->msg_name = &udp->peers[i];
	}
}

static unsigned gather_answers(struct io_udp *udp, struct udp_socket *s, unsigned n)
{
	unsigned m = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!udp->packets[i].out_len)
			continue;
		place_answer(udp, m, i);
		if (s->any || udp->tx_control) {
			struct msghdr *to = &udp->tx[m].msg_hdr;
			to->msg_control = udp->rx[i].msg_hdr.msg_control;
			to->msg_controllen = udp->rx[i].msg_hdr.msg_controllen;
		}
		m++;
	}
	udp->tx_control |= s->any;
	return m;
}

static bool wait_until_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	return poll(&p, 1, SEND_WAIT_MS) > 0;
}

/*
 * Sends n answers.  A full send buffer is waited for, briefly; then the rest is dropped:
 * the asker asks again, and a worker that waits answers nobody.
 */
static void send_answers(struct io_udp *udp, int fd, unsigned n)
{
	unsigned waits = 0;
	for (unsigned at = 0; at < n;) {
		int sent = sendmmsg(fd, udp->tx + at, n - at, MSG_DONTWAIT);
		if (kt_likely(sent > 0)) {
			udp->counters[IO_UDP_N_sent] += (unsigned)sent;
			at += (unsigned)sent;
		} else if (errno == EINTR) {
			continue;
		} else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
			if (++waits > SEND_WAITS) {
				udp->counters[IO_UDP_N_dropped_full] += n - at;
				return;
			}
			(void)wait_until_writable(fd);
		} else {
			/* This one cannot go (no route, a filter): the others may. */
			udp->counters[IO_UDP_N_dropped_error]++;
			at++;
		}
	}
}

/* One batch; returns how many came. */
static unsigned one_batch(struct io_udp *udp, struct udp_socket *s)
{
	int n = receive(udp, s);
	if (n <= 0)
		return 0;
	take_batch(udp, s, (unsigned)n);
	udp->handler(udp->ctx, udp->packets, (unsigned)n);
	unsigned m = gather_answers(udp, s, (unsigned)n);
	if (m)
		send_answers(udp, s->watch.fd, m);
	return (unsigned)n;
}

/* Puts a socket back into the loop; while that has no memory the socket is served alone. */
static void watch_again(struct udp_socket *s)
{
	while (io_loop_add(s->udp->loop, &s->watch, EPOLLIN)) {
		struct pollfd p = { .fd = s->watch.fd, .events = POLLIN };
		log_net(LOG_LEVEL_ERROR, "udp: a socket cannot be watched: %m");
		if (poll(&p, 1, WATCH_WAIT_MS) > 0)
			one_batch(s->udp, s);
	}
}

/*
 * While queries keep coming the next batch is asked for at once: that costs no more than
 * asking epoll, which would only say that there is one.  And a socket that is busy leaves
 * epoll for the time: as long as it is watched, the kernel tells epoll of each answer
 * that has gone out, which costs a tenth of a query.
 */
static void on_ready(struct io_watch *watch, uint32_t events)
{
	(void)events;
	struct udp_socket *s = (struct udp_socket *)watch;
	bool watched = true;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned n = one_batch(s->udp, s);
		if (n < WORTH_ANOTHER)
			break;
		if (watched && n >= BUSY) {
			io_loop_remove(s->udp->loop, &s->watch);
			watched = false;
		}
	}
	if (!watched)
		watch_again(s);
}

int io_udp_add(struct io_udp *udp, int fd)
{
	struct udp_socket *s = kt_calloc(1, sizeof(*s));
	s->watch = (struct io_watch){ on_ready, fd };
	s->udp = udp;
	socklen_t len = sizeof(s->bound);
	if (getsockname(fd, &s->bound.sa, &len) < 0 ||
	    io_loop_add(udp->loop, &s->watch, EPOLLIN)) {
		free(s);
		return KT_E_SYSTEM;
	}
	struct kt_addr address = kt_addr_of_socket(&s->bound.sa);
	s->any = io_addr_is_any(&address);
	s->next = udp->sockets;
	udp->sockets = s;
	return 0;
}

void io_udp_remove(struct io_udp *udp, int fd)
{
	for (struct udp_socket **at = &udp->sockets; *at; at = &(*at)->next) {
		struct udp_socket *s = *at;
		if (s->watch.fd != fd)
			continue;
		for (unsigned round = 0; round < ROUNDS && one_batch(udp, s); round++)
			;
		*at = s->next;
		io_loop_remove(udp->loop, &s->watch);
		close(fd);
		free(s);
		return;
	}
}
