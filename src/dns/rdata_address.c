/*
 * Fields that are addresses, and APL's list of prefixes.
 */
#include "base/err.h"
#include "dns/radix.h"
#include "dns/rdata_p.h"

#include <arpa/inet.h>
#include <string.h>

int rdata_ipv4_scan(const char *text, size_t len, uint8_t out[4])
{
	const char *p = text, *end = text + len;
	for (int i = 0; i < 4; i++) {
		if (p == end)
			return KT_E_FORMAT;
		unsigned v = (uint8_t)(*p - '0'), d;
		if (v > 9)
			return KT_E_FORMAT;
		p++;
		if (p < end && (d = (uint8_t)(*p - '0')) < 10) {
			/* A leading zero could be meant as octal. */
			if (v == 0)
				return KT_E_FORMAT;
			v = v * 10 + d;
			p++;
			if (p < end && (d = (uint8_t)(*p - '0')) < 10) {
				v = v * 10 + d;
				p++;
			}
		}
		if (v > 255 || (i < 3 && (p == end || *p++ != '.')))
			return KT_E_FORMAT;
		out[i] = (uint8_t)v;
	}
	return p == end ? 0 : KT_E_FORMAT;
}

int rdata_ipv6_scan(const char *text, size_t len, uint8_t out[16])
{
	const char *p = text, *end = text + len;
	uint8_t octets[16];
	size_t n = 0, gap = 17; /* where "::" stands; 17: nowhere */
	if (len < 2)
		return KT_E_FORMAT;
	if (p[0] == ':') {
		if (p[1] != ':')
			return KT_E_FORMAT;
		p += 2;
		gap = 0;
	}
	while (p < end) {
		const char *group = p;
		unsigned v = 0;
		for (int d; p < end && (d = dns_hex_digit(*p)) >= 0; p++) {
			if (p - group == 4)
				return KT_E_FORMAT;
			v = v << 4 | (unsigned)d;
		}
		if (p < end && *p == '.') {
			if (n > 12 ||
			    rdata_ipv4_scan(group, (size_t)(end - group), octets + n))
				return KT_E_FORMAT;
			n += 4;
			break;
		}
		if (p == group || n > 14)
			return KT_E_FORMAT;
		kt_put16(octets + n, (uint16_t)v);
		n += 2;
		if (p == end)
			break;
		if (*p++ != ':' || p == end)
			return KT_E_FORMAT;
		if (*p == ':') {
			if (gap != 17)
				return KT_E_FORMAT;
			gap = n;
			p++;
		}
	}
	if (gap == 17) {
		if (n != 16)
			return KT_E_FORMAT;
		memcpy(out, octets, 16);
		return 0;
	}
	/* "::" stands for one group of zeros at least (RFC 4291 s.2.2). */
	if (n > 14)
		return KT_E_FORMAT;
	memset(out, 0, 16);
	memcpy(out, octets, gap);
	memcpy(out + 16 - (n - gap), octets + gap, n - gap);
	return 0;
}

void rdata_ipv4_print(struct kt_text *text, const uint8_t *octets)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			kt_text_char(text, '.');
		rdata_print_number(text, octets[i], 1);
	}
}

void rdata_ipv6_print(struct kt_text *text, const uint8_t *octets)
{
	char line[INET6_ADDRSTRLEN];
	if (inet_ntop(AF_INET6, octets, line, sizeof(line)))
		kt_text_add(text, line);
}

static int scan_ipv4(struct rdata_scan *x, const struct dns_field *f)
{
	uint8_t octets[4];
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	if (rdata_ipv4_scan(x->s->token.at, x->s->token.len, octets))
		return rdata_bad(x, f, KT_E_FORMAT, "an IPv4 address");
	kt_write(x->out, octets, 4);
	return 0;
}

static bool print_ipv4(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	rdata_ipv4_print(text, rdata + at);
	return true;
}

static int scan_ipv6(struct rdata_scan *x, const struct dns_field *f)
{
	uint8_t octets[16];
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	if (rdata_ipv6_scan(x->s->token.at, x->s->token.len, octets))
		return rdata_bad(x, f, KT_E_FORMAT, "an IPv6 address");
	kt_write(x->out, octets, 16);
	return 0;
}

static bool print_ipv6(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	rdata_ipv6_print(text, rdata + at);
	return true;
}

const struct dns_field_kind dns_kind_ipv4 = { scan_ipv4, NULL, print_ipv4, 4 };
const struct dns_field_kind dns_kind_ipv6 = { scan_ipv6, NULL, print_ipv6, 16 };

/*
 * APL (RFC 3123): items of family (16 bits), prefix length (8), negation (1) and octets
 * (7), then the address without the zeros at its end.
 */
enum {
	APL_IPV4 = 1,
	APL_IPV6 = 2,
	APL_HEAD = 4
};

static int scan_apl_item(struct rdata_scan *x, const struct dns_field *f)
{
	static const char expected[] = "[!]1:IPV4/LENGTH or [!]2:IPV6/LENGTH";
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const char *p = x->s->token.at, *end = p + x->s->token.len;
	bool negative = p < end && *p == '!';
	p += negative;
	const char *slash = memchr(p, '/', (size_t)(end - p));
	uint8_t octets[16];
	uint64_t prefix;
	if (!slash || slash - p < 2 || p[1] != ':' || (p[0] != '1' && p[0] != '2'))
		return rdata_bad(x, f, KT_E_FORMAT, expected);
	unsigned family = (unsigned)(p[0] - '0'), n = family == APL_IPV4 ? 4 : 16;
	size_t len = (size_t)(slash - p) - 2;
	if (family == APL_IPV4 ? rdata_ipv4_scan(p + 2, len, octets)
			       : rdata_ipv6_scan(p + 2, len, octets))
		return rdata_bad(x, f, KT_E_FORMAT, expected);
	if (kt_scan_number(slash + 1, (size_t)(end - slash) - 1, n * 8, &prefix))
		return rdata_bad(x, f, KT_E_RANGE,
		    n == 4 ? "a prefix length up to 32" : "a prefix length up to 128");
	/* RFC 3123 s.4: no zero octets at the end. */
	while (n && octets[n - 1] == 0)
		n--;
	kt_write16(x->out, (uint16_t)family);
	kt_write8(x->out, (uint8_t)prefix);
	kt_write8(x->out, (uint8_t)(negative << 7 | n));
	kt_write(x->out, octets, n);
	return 0;
}

static int scan_apl(struct rdata_scan *x, const struct dns_field *f)
{
	while (!dns_scan_at_end(x->s)) {
		int rc = scan_apl_item(x, f);
		if (rc)
			return rc;
	}
	return 0;
}

static int measure_apl(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	for (size_t i = at; i < len;) {
		if (len - i < APL_HEAD)
			return KT_E_FORMAT;
		unsigned family = kt_get16(rdata + i), prefix = rdata[i + 2];
		unsigned n = rdata[i + 3] & 0x7f;
		unsigned most = family == APL_IPV4 ? 4 : family == APL_IPV6 ? 16 : 127;
		if (n > len - i - APL_HEAD || n > most ||
		    (most < 127 && prefix > most * 8))
			return KT_E_FORMAT;
		i += APL_HEAD + n;
		if (n && rdata[i - 1] == 0)
			return KT_E_FORMAT;
	}
	return (int)(len - at);
}

static bool print_apl(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	for (size_t i = at; i < at + n;) {
		unsigned family = kt_get16(rdata + i), octets = rdata[i + 3] & 0x7f;
		uint8_t address[16] = { 0 };
		if (family != APL_IPV4 && family != APL_IPV6)
			return false;
		memcpy(address, rdata + i + APL_HEAD, octets);
		kt_text_addf(text, "%s%s%u:", i > at ? " " : "",
		    rdata[i + 3] & 0x80 ? "!" : "", family);
		if (family == APL_IPV4)
			rdata_ipv4_print(text, address);
		else
			rdata_ipv6_print(text, address);
		kt_text_addf(text, "/%u", rdata[i + 2]);
		i += APL_HEAD + octets;
	}
	return true;
}

const struct dns_field_kind dns_kind_apl = { scan_apl, measure_apl, print_apl, 0 };
