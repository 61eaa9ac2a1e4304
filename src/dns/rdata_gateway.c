/*
 * Fields whose form another field chooses: the gateways of IPSECKEY (RFC 4025) and
 * AMTRELAY (RFC 8777), the counted octets of HIP (RFC 8005), and A6 (RFC 2874).
 */
#include "base/err.h"
#include "dns/radix.h"
#include "dns/rdata_p.h"

#include <string.h>

enum {
	GATEWAY_NONE,
	GATEWAY_IPV4,
	GATEWAY_IPV6,
	GATEWAY_NAME
};

static int scan_target(struct rdata_scan *x, const struct dns_field *f, unsigned type)
{
	switch (type) {
	case GATEWAY_NONE: {
		int rc = rdata_word(x, f);
		if (rc || rdata_token_is(x, "."))
			return rc;
		return rdata_bad(x, f, KT_E_FORMAT, "\".\", as the gateway type says");
	}
	case GATEWAY_IPV4:
		return dns_kind_ipv4.scan(x, f);
	case GATEWAY_IPV6:
		return dns_kind_ipv6.scan(x, f);
	case GATEWAY_NAME:
		return dns_kind_name.scan(x, f);
	default:
		return dns_scan_error(x->s, KT_E_RANGE, f->name,
		    "found gateway type %u, expected 0 to 3 (others: \"\\# LENGTH "
		    "HEX\")",
		    type);
	}
}

static int measure_target(unsigned type, const uint8_t *octets, size_t left)
{
	switch (type) {
	case GATEWAY_NONE:
		return 0;
	case GATEWAY_IPV4:
		return left >= 4 ? 4 : KT_E_FORMAT;
	case GATEWAY_IPV6:
		return left >= 16 ? 16 : KT_E_FORMAT;
	case GATEWAY_NAME:
		return dns_name_measure(octets, left);
	default:
		/* Nobody knows where a gateway of another type ends. */
		return (int)left;
	}
}

static bool print_target(struct kt_text *text, unsigned type, const uint8_t *octets)
{
	switch (type) {
	case GATEWAY_NONE:
		kt_text_char(text, '.');
		return true;
	case GATEWAY_IPV4:
		rdata_ipv4_print(text, octets);
		return true;
	case GATEWAY_IPV6:
		rdata_ipv6_print(text, octets);
		return true;
	case GATEWAY_NAME:
		dns_name_add(text, octets);
		return true;
	default:
		return false;
	}
}

/* IPSECKEY: precedence, gateway type, algorithm stand in front. */
static int scan_gateway(struct rdata_scan *x, const struct dns_field *f)
{
	return x->out->err ? 0 : scan_target(x, f, x->start[1]);
}

static int measure_gateway(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	return measure_target(rdata[1], rdata + at, len - at);
}

static bool print_gateway(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	return print_target(text, rdata[1], rdata + at);
}

const struct dns_field_kind dns_kind_gateway = { scan_gateway, measure_gateway,
	print_gateway, 0 };

/* AMTRELAY: one octet is the D bit and the relay's type, RFC 8777 s.4.2. */
static int scan_relay(struct rdata_scan *x, const struct dns_field *f)
{
	uint64_t discovery, type;
	static const struct dns_field bit = { .name = "discovery optional" };
	static const struct dns_field kind = { .name = "relay type" };
	int rc = rdata_number(x, &bit, 1, &discovery);
	if (!rc)
		rc = rdata_number(x, &kind, 127, &type);
	if (rc)
		return rc;
	kt_write8(x->out, (uint8_t)(discovery << 7 | type));
	return scan_target(x, f, (unsigned)type);
}

static int measure_relay(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (at >= len)
		return KT_E_FORMAT;
	int n = measure_target(rdata[at] & 0x7f, rdata + at + 1, len - at - 1);
	return n < 0 ? n : n + 1;
}

static bool print_relay(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	kt_text_addf(text, "%u %u ", rdata[at] >> 7, rdata[at] & 0x7f);
	return print_target(text, rdata[at] & 0x7f, rdata + at + 1);
}

const struct dns_field_kind dns_kind_relay = { scan_relay, measure_relay, print_relay,
	0 };

/*
 * HIP: octets of the tag, algorithm, octets of the key (16 bits), tag, key.  Text is
 * the algorithm, the tag in hex, the key in base64 (RFC 8005 s.6).
 */
enum {
	HIP_HEAD = 4
};

static int scan_hip(struct rdata_scan *x, const struct dns_field *f)
{
	(void)f;
	static const struct dns_field fields[] = { { .name = "public key algorithm" },
		{ .name = "host identity tag" }, { .name = "public key" } };
	uint64_t algorithm;
	int odd = -1, rc = rdata_number(x, &fields[0], UINT8_MAX, &algorithm);
	uint8_t *head = kt_write_room(x->out, HIP_HEAD);
	if (!rc)
		rc = rdata_word(x, &fields[1]);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	size_t tag = t->len / 2;
	if (tag == 0 || tag > UINT8_MAX || dns_hex_feed(&odd, t->at, t->len, x->out) ||
	    odd >= 0)
		return rdata_bad(x, &fields[1], KT_E_FORMAT, "1 to 255 octets in hex");
	rc = rdata_word(x, &fields[2]);
	if (rc)
		return rc;
	struct dns_base64 d = { 0 };
	const uint8_t *from = x->out->at;
	if (dns_base64_feed(&d, t->at, t->len, x->out) || dns_base64_end(&d))
		return rdata_bad(
		    x, &fields[2], KT_E_FORMAT, "base64 without white space");
	size_t key = (size_t)(x->out->at - from);
	if (x->out->err || !head)
		return 0;
	if (key == 0 || key > UINT16_MAX)
		return rdata_bad(
		    x, &fields[2], KT_E_FORMAT, "a key of 1 to 65535 octets");
	head[0] = (uint8_t)tag;
	head[1] = (uint8_t)algorithm;
	kt_put16(head + 2, (uint16_t)key);
	return 0;
}

static int measure_hip(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (len - at < HIP_HEAD)
		return KT_E_FORMAT;
	size_t tag = rdata[at], key = kt_get16(rdata + at + 2);
	if (tag == 0 || key == 0 || len - at - HIP_HEAD < tag + key)
		return KT_E_FORMAT;
	return (int)(HIP_HEAD + tag + key);
}

static bool print_hip(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	size_t tag = rdata[at];
	kt_text_addf(text, "%u ", rdata[at + 1]);
	dns_hex_print(text, rdata + at + HIP_HEAD, tag);
	kt_text_char(text, ' ');
	dns_base64_print(text, rdata + at + HIP_HEAD + tag, n - HIP_HEAD - tag);
	return true;
}

const struct dns_field_kind dns_kind_hip = { scan_hip, measure_hip, print_hip, 0 };

/*
 * A6: prefix length, the octets of the address behind the prefix, and the name that
 * has the prefix when its length is not 0.
 */
static int scan_a6(struct rdata_scan *x, const struct dns_field *f)
{
	uint64_t prefix;
	static const struct dns_field fields[] = { { .name = "prefix length" },
		{ .name = "address suffix" } };
	int rc = rdata_number(x, &fields[0], 128, &prefix);
	if (rc)
		return rc;
	kt_write8(x->out, (uint8_t)prefix);
	if (prefix < 128) {
		uint8_t octets[16];
		rc = rdata_word(x, &fields[1]);
		if (rc)
			return rc;
		if (rdata_ipv6_scan(x->s->token.at, x->s->token.len, octets))
			return rdata_bad(x, &fields[1], KT_E_FORMAT, "an IPv6 address");
		/* RFC 2874 s.3.1.1: bits of the prefix are sent as zero. */
		size_t from = prefix / 8;
		octets[from] &= (uint8_t)(0xff >> prefix % 8);
		kt_write(x->out, octets + from, 16 - from);
	}
	return prefix ? dns_kind_name.scan(x, f) : 0;
}

static int measure_a6(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (at >= len || rdata[at] > 128)
		return KT_E_FORMAT;
	size_t head = 1 + (size_t)(128 - rdata[at] + 7) / 8;
	if (len - at < head)
		return KT_E_FORMAT;
	if (rdata[at] == 0)
		return (int)head;
	int n = dns_name_measure(rdata + at + head, len - at - head);
	return n < 0 ? n : (int)head + n;
}

static bool print_a6(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	unsigned prefix = rdata[at];
	size_t suffix = (size_t)(128 - prefix + 7) / 8;
	kt_text_addf(text, "%u", prefix);
	if (prefix < 128) {
		uint8_t octets[16] = { 0 };
		memcpy(octets + 16 - suffix, rdata + at + 1, suffix);
		if (octets[prefix / 8] & ~(0xff >> prefix % 8))
			return false;
		kt_text_char(text, ' ');
		rdata_ipv6_print(text, octets);
	}
	if (prefix) {
		kt_text_char(text, ' ');
		dns_name_add(text, rdata + at + 1 + suffix);
	}
	return true;
}

const struct dns_field_kind dns_kind_a6 = { scan_a6, measure_a6, print_a6, 0 };
