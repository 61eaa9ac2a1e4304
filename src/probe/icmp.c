/*
 * icmp: one echo.  All targets of a family share a socket; a reply must come from the target
 * and bring back the nonce of its probe.
 */
#include "base/log.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "probe/echo.h"
#include "probe/probe_p.h"
#include "probe/spawner.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	AT_ONCE = 64, /* replies read before the loop has others' turn */
};

struct family {
	struct probe_icmp *icmp;
	unsigned number; /* 4, 6 */
	struct probe_echo_socket socket;
	uint32_t wait_id;
	bool ours; /* opened here */
};

struct probe_icmp {
	struct prober *prober;
	struct family families[2]; /* IPv4, IPv6 */
	uint16_t id;               /* on raw sockets */
};

static struct family *family_of(const struct probe *p)
{
	return &p->prober->icmp->families[p->target->address.family == 6];
}

/* The probe that an echo reply from there is of, or NULL. */
static struct probe *find(struct prober *prober, const struct probe_echo *echo,
    const struct sockaddr_storage *from)
{
	if (echo->target >= prober->n_targets)
		return NULL;
	struct probe *p = prober->running[echo->target];
	struct kt_addr address = kt_addr_of_socket((const struct sockaddr *)from);
	/* no lane: it has ended */
	if (!p || !p->lane || p->monitor->type != CONF_MONITOR_ICMP ||
	    p->icmp.nonce != echo->nonce ||
	    !kt_addr_equal(&p->target->address, &address))
		return NULL;
	return p;
}

static void on_ready(void *ctx, uint32_t events)
{
	struct family *f = ctx;
	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		uint8_t octets[PROBE_ECHO_MAX];
		struct sockaddr_storage from = { 0 };
		socklen_t from_len = sizeof(from);
		struct probe_echo echo;
		ssize_t n = recvfrom(f->socket.fd, octets, sizeof(octets), 0,
		    (struct sockaddr *)&from, &from_len);
		if (n < 0)
			return;
		if (!probe_echo_read(
			f->number, f->socket.raw, octets, (size_t)n, &echo))
			continue;
		struct probe *p = find(f->icmp->prober, &echo, &from);
		if (p)
			probe_pass(p);
	}
}

static void start(struct probe *p)
{
	struct sockaddr_storage to;
	uint8_t octets[PROBE_ECHO_LEN];
	const struct kt_addr *address = &p->target->address;
	if (!address->family) {
		probe_fail(p, "no address to probe");
		return;
	}
	const struct family *f = family_of(p);
	if (f->socket.fd < 0) {
		probe_fail(p, "no socket for ICMP: %s", probe_echo_advice);
		return;
	}
	crypto_random(&p->icmp.nonce, sizeof(p->icmp.nonce));
	struct probe_echo echo = { p->number, p->icmp.nonce };
	probe_echo_write(f->number, f->icmp->id, &echo, octets);
	socklen_t len = kt_addr_to_socket(address, 0, &to);
	if (sendto(f->socket.fd, octets, sizeof(octets), 0, (struct sockaddr *)&to,
		len) < 0)
		probe_fail_errno(p, "", errno);
}

static void stop(struct probe *p)
{
	(void)p; /* holds nothing */
}

const struct probe_kind probe_icmp = { start, stop };

static void open_family(struct probe_icmp *icmp, unsigned number)
{
	struct family *f = &icmp->families[number == 6];
	const struct probe_spawner *spawner = icmp->prober->spawner;
	*f = (struct family){ .icmp = icmp, .number = number, .socket.fd = -1 };
	if (spawner)
		f->socket = spawner->echo[number == 6];
	if (f->socket.fd < 0) {
		f->socket = probe_echo_open(number);
		f->ours = f->socket.fd >= 0;
	}
	if (f->socket.fd < 0)
		return;
	if (probe_wait_add(
		&icmp->prober->wait, f->socket.fd, EPOLLIN, on_ready, f, &f->wait_id)) {
		log_error("probe: cannot wait for ICMP: %s", strerrordesc_np(errno));
		if (f->ours)
			close(f->socket.fd);
		f->socket.fd = -1;
	}
}

struct probe_icmp *probe_icmp_new(struct prober *prober)
{
	struct probe_icmp *icmp = kt_calloc(1, sizeof(*icmp));
	icmp->prober = prober;
	crypto_random(&icmp->id, sizeof(icmp->id));
	open_family(icmp, 4);
	open_family(icmp, 6);
	return icmp;
}

void probe_icmp_free(struct probe_icmp *icmp)
{
	if (!icmp)
		return;
	for (size_t i = 0; i < KT_COUNT(icmp->families); i++) {
		const struct family *f = &icmp->families[i];
		if (f->socket.fd < 0)
			continue;
		probe_wait_remove(&icmp->prober->wait, f->wait_id, f->socket.fd);
		if (f->ours)
			close(f->socket.fd);
	}
	free(icmp);
}
