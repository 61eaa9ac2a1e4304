#include "base/addr.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

int kt_addr_scan(const char *text, struct kt_addr *out)
{
	struct kt_addr a = { 0 };
	if (inet_pton(AF_INET, text, a.octets) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, text, a.octets) == 1)
		a.family = 6;
	else
		return KT_E_FORMAT;
	*out = a;
	return 0;
}

/* True when any was set. */
static bool clear_host_bits(struct kt_prefix *p)
{
	bool any = false;
	for (unsigned i = p->len / 8u; i < sizeof(p->addr.octets); i++) {
		unsigned kept = p->len > i * 8 ? p->len - i * 8 : 0;
		uint8_t host = (uint8_t)(0xff >> kept);
		any |= (p->addr.octets[i] & host) != 0;
		p->addr.octets[i] &= (uint8_t)~host;
	}
	return any;
}

int kt_prefix_scan_loose(const char *text, struct kt_prefix *out, bool *host_bits)
{
	char addr[KT_ADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(addr))
		return KT_E_FORMAT;
	memcpy(addr, text, len);
	addr[len] = 0;
	struct kt_prefix p = { 0 };
	int rc = kt_addr_scan(addr, &p.addr);
	if (rc)
		return rc;
	uint64_t bits = p.addr.family == 4 ? 32 : 128;
	if (slash)
		rc = kt_scan_number(slash + 1, strlen(slash + 1), bits, &bits);
	if (rc)
		return rc;
	p.len = (uint8_t)bits;
	*host_bits = clear_host_bits(&p);
	*out = p;
	return 0;
}

int kt_prefix_scan(const char *text, struct kt_prefix *out)
{
	struct kt_prefix p;
	bool host_bits;
	int rc = kt_prefix_scan_loose(text, &p, &host_bits);
	if (rc)
		return rc;
	if (host_bits)
		return KT_E_RANGE;
	*out = p;
	return 0;
}

char *kt_addr_print(const struct kt_addr *addr, char *out)
{
	if (!addr->family || !inet_ntop(addr->family == 4 ? AF_INET : AF_INET6,
				 addr->octets, out, KT_ADDR_TEXT))
		strcpy(out, "-");
	return out;
}

char *kt_prefix_print(const struct kt_prefix *prefix, char *out)
{
	kt_addr_print(&prefix->addr, out);
	size_t len = strlen(out);
	snprintf(out + len, KT_PREFIX_TEXT - len, "/%u", prefix->len);
	return out;
}

struct kt_addr kt_addr_of_socket(const struct sockaddr *sa)
{
	struct kt_addr a = { 0 };
	if (sa->sa_family == AF_INET) {
		a.family = 4;
		memcpy(a.octets, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		a.family = 6;
		memcpy(a.octets, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
	}
	return a;
}

uint16_t kt_port_of_socket(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)sa)->sin_port);
	if (sa->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)sa)->sin6_port);
	return 0;
}

socklen_t kt_addr_to_socket(
    const struct kt_addr *addr, uint16_t port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (addr->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->octets, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->octets, 16);
	return sizeof(*in6);
}

void kt_addr_unmap(struct kt_addr *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (addr->family != 6 || memcmp(addr->octets, mapped, 12) != 0)
		return;
	struct kt_addr v4 = { .family = 4 };
	memcpy(v4.octets, addr->octets + 12, 4);
	*addr = v4;
}

bool kt_addr_equal(const struct kt_addr *a, const struct kt_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool kt_prefix_covers(const struct kt_prefix *prefix, const struct kt_addr *addr)
{
	if (prefix->addr.family != addr->family)
		return false;
	unsigned whole = prefix->len / 8, rest = prefix->len % 8;
	if (memcmp(prefix->addr.octets, addr->octets, whole) != 0)
		return false;
	unsigned differ = whole < 16 ? (unsigned)(prefix->addr.octets[whole] ^
						  addr->octets[whole])
				     : 0;
	return rest == 0 || (differ >> (8 - rest)) == 0;
}
