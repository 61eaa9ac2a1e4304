#include "probe/echo.h"

#include "base/reader.h"
#include "base/writer.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* <linux/icmp.h> has it, and cannot stand beside <netinet/ip_icmp.h>. */
#define RAW_FILTER_V4 1

static const char magic[4] = "KtPr";

const char probe_echo_advice[] =
    "set net.ipv4.ping_group_range to include the daemon's group, or start it with "
    "CAP_NET_RAW";

/* Only echo replies need to wake us. */
static void filter_raw(int fd, bool v6)
{
	if (v6) {
		struct icmp6_filter pass;
		ICMP6_FILTER_SETBLOCKALL(&pass);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &pass);
		(void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &pass, sizeof(pass));
	} else {
		uint32_t block = ~(UINT32_C(1) << ICMP_ECHOREPLY);
		(void)setsockopt(fd, SOL_RAW, RAW_FILTER_V4, &block, sizeof(block));
	}
}

struct probe_echo_socket probe_echo_open(unsigned family)
{
	bool v6 = family == 6;
	int domain = v6 ? AF_INET6 : AF_INET, type = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	struct probe_echo_socket s = { .fd = -1 };
	s.fd = socket(domain, SOCK_DGRAM | type, protocol);
	if (s.fd >= 0)
		return s;
	s.fd = socket(domain, SOCK_RAW | type, protocol);
	s.raw = true;
	if (s.fd >= 0)
		filter_raw(s.fd, v6);
	return s;
}

static uint16_t checksum(const uint8_t *octets, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += kt_get16(octets + i);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

void probe_echo_write(unsigned family, uint16_t id, const struct probe_echo *echo,
    uint8_t out[PROBE_ECHO_LEN])
{
	struct kt_writer w = kt_writer_of(out, PROBE_ECHO_LEN);
	kt_write8(&w, family == 6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
	kt_write8(&w, 0);
	kt_write16(&w, 0);
	kt_write16(&w, id);
	kt_write16(&w, (uint16_t)echo->nonce);
	kt_write(&w, magic, sizeof(magic));
	kt_write32(&w, echo->target);
	kt_write64(&w, echo->nonce);
	if (family == 4)
		kt_put16(out + 2, checksum(out, PROBE_ECHO_LEN));
}

bool probe_echo_read(unsigned family, bool raw, const uint8_t *octets, size_t len,
    struct probe_echo *out)
{
	struct kt_reader r = kt_reader_of(octets, len);
	/* a raw IPv4 socket gives the IP header too, IHL words long (RFC 791 s.3.1) */
	if (family == 4 && raw)
		(void)kt_read(&r, len ? (octets[0] & 0xfu) * 4u : 1);
	uint8_t type = kt_read8(&r), code = kt_read8(&r);
	(void)kt_read(
	    &r, 6); /* checksum; id and sequence number, which the payload outdoes */
	const uint8_t *mark = kt_read(&r, sizeof(magic));
	struct probe_echo echo = { .target = kt_read32(&r) };
	echo.nonce = (uint64_t)kt_read32(&r) << 32;
	echo.nonce |= kt_read32(&r);
	if (r.err || memcmp(mark, magic, sizeof(magic)) != 0 || code != 0 ||
	    type != (family == 6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))
		return false;
	*out = echo;
	return true;
}
