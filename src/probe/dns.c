/*
 * dns: one question, over UDP or TCP.  Each probe has a socket of its own, connected: the
 * kernel chooses the port by chance (RFC 5452 s.9.2) and lets nobody else's datagrams in, and a
 * closed port is known at once.
 */
#include "base/mem.h"
#include "crypto/digest.h"
#include "probe/dns_check.h"
#include "probe/probe_p.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LENGTH = 2, /* before a message over TCP (RFC 1035 s.4.2.2) */
};

static struct probe_dns_question question_of(const struct probe *p)
{
	return (struct probe_dns_question){ .id = p->dns.id,
		.type = p->monitor->query_type,
		.name = &p->monitor->query_name };
}

static void judge(struct probe *p, int rcode)
{
	char found[16], wanted[16];
	if (rcode == p->monitor->rcode)
		probe_pass(p);
	else
		probe_fail(p, "%s, expected %s",
		    probe_dns_rcode((unsigned)rcode, found),
		    probe_dns_rcode(p->monitor->rcode, wanted));
}

static bool would_block(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

/* UDP */

static void on_datagram(void *ctx, uint32_t events)
{
	struct probe *p = ctx;
	struct probe_dns_question q = question_of(p);
	uint8_t octets[PROBE_DNS_MAX];
	(void)events;
	ssize_t n = recv(p->dns.socket.fd, octets, sizeof(octets), 0);
	if (n < 0) {
		if (!would_block(errno))
			probe_fail_errno(p, "", errno);
		return;
	}
	int rcode = probe_dns_check(&q, octets, (size_t)n);
	if (rcode >=
	    0) /* anything else is somebody's guess: the answer may still come */
		judge(p, rcode);
}

static void send_datagram(struct probe *p)
{
	struct probe_dns_question q = question_of(p);
	uint8_t octets[PROBE_DNS_MAX];
	size_t len = probe_dns_ask(&q, octets);
	if (send(p->dns.socket.fd, octets, len, MSG_NOSIGNAL) < 0)
		probe_fail_errno(p, "", errno);
}

/* TCP */

static void read_stream(struct probe *p)
{
	struct probe_dns_question q = question_of(p);
	ssize_t n = recv(p->dns.socket.fd, p->dns.answer + p->dns.have,
	    (size_t)(LENGTH + PROBE_DNS_MAX - p->dns.have), 0);
	if (n < 0) {
		if (!would_block(errno))
			probe_fail_errno(p, "", errno);
		return;
	}
	if (n == 0) {
		probe_fail(p, "closed without an answer");
		return;
	}
	p->dns.have = (uint16_t)(p->dns.have + n);
	if (p->dns.have < LENGTH)
		return;
	size_t len = kt_get16(p->dns.answer), have = p->dns.have - LENGTH;
	if (len > PROBE_DNS_MAX)
		len = PROBE_DNS_MAX;
	if (have < len)
		return;
	int rcode = probe_dns_check(&q, p->dns.answer + LENGTH, len);
	if (rcode < 0)
		probe_fail(p, "the answer is not to what was asked");
	else
		judge(p, rcode);
}

/* have counts what was sent, until all was. */
static void send_stream(struct probe *p)
{
	struct probe_dns_question q = question_of(p);
	uint8_t octets[LENGTH + PROBE_DNS_MAX];
	size_t len = probe_dns_ask(&q, octets + LENGTH);
	kt_put16(octets, (uint16_t)len);
	len += LENGTH;
	ssize_t n = send(
	    p->dns.socket.fd, octets + p->dns.have, len - p->dns.have, MSG_NOSIGNAL);
	if (n < 0) {
		if (!would_block(errno))
			probe_fail_errno(p, "", errno);
		return;
	}
	p->dns.have = (uint16_t)(p->dns.have + n);
	if (p->dns.have < len)
		return;
	p->dns.have = 0;
	p->dns.answer = kt_malloc(LENGTH + PROBE_DNS_MAX);
	probe_wait_change(
	    &p->prober->wait, p->dns.socket.id, p->dns.socket.fd, EPOLLIN);
}

static void on_stream(void *ctx, uint32_t events)
{
	struct probe *p = ctx;
	int err = probe_socket_error(p->dns.socket.fd, events);
	if (err)
		probe_fail_errno(p, "", err);
	else if (p->dns.answer)
		read_stream(p);
	else
		send_stream(p);
}

/* Both */

static void start(struct probe *p)
{
	bool tcp = p->monitor->query_tcp;
	p->dns.socket.fd = PROBE_NO_FD;
	crypto_random(&p->dns.id, sizeof(p->dns.id));
	int fd = probe_socket_connect(p, tcp ? SOCK_STREAM : SOCK_DGRAM);
	if (fd == PROBE_NO_FD)
		return;
	if (probe_wait_add(&p->prober->wait, fd, tcp ? EPOLLOUT : EPOLLIN,
		tcp ? on_stream : on_datagram, p, &p->dns.socket.id)) {
		int err = errno;
		close(fd);
		probe_fail_errno(p, "cannot wait: ", err);
		return;
	}
	p->dns.socket.fd = fd;
	if (!tcp)
		send_datagram(p);
}

static void stop(struct probe *p)
{
	probe_socket_close(p, &p->dns.socket);
	free(p->dns.answer);
	p->dns.answer = NULL;
}

const struct probe_kind probe_dns = { start, stop };
