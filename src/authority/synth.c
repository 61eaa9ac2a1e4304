#include "authority/synth.h"

#include "base/err.h"
#include "dns/type.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS "{address}"

enum {
	TEXT_V4_MAX = 15, /* 255-255-255-255 */
	TEXT_V6_MAX = 39, /* eight groups of four digits */
	TEXT_MAX = 45,    /* any form of an IPv6 address */
};

static bool label_text(const char *text, size_t len, char *out, uint8_t *out_len)
{
	if (len > DNS_LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!isalnum(c) && c != '-' && c != '_')
			return false;
		out[i] = (char)tolower(c);
	}
	*out_len = (uint8_t)len;
	return true;
}

int authority_synth_init(struct authority_synth *out, bool reverse,
    const struct kt_prefix *prefix, const char *pattern, const struct dns_name *origin,
    uint32_t ttl_s)
{
	*out = (struct authority_synth){
		.reverse = reverse, .prefix = *prefix, .ttl_s = ttl_s, .origin = *origin
	};
	dns_name_lower(&out->origin);
	const char *at = strstr(pattern, ADDRESS);
	if (!at)
		return KT_E_FORMAT;
	const char *after = at + strlen(ADDRESS);
	if (!label_text(
		pattern, (size_t)(at - pattern), out->before, &out->before_len) ||
	    !label_text(after, strlen(after), out->after, &out->after_len))
		return KT_E_FORMAT;
	size_t label = (size_t)out->before_len + out->after_len +
		       (prefix->addr.family == 4 ? TEXT_V4_MAX : TEXT_V6_MAX);
	if (label > DNS_LABEL_MAX || 1 + label + origin->len > DNS_NAME_MAX)
		return KT_E_LONG;
	return 0;
}

/* The address in a label such as "dyn-192-0-2-1": the text between before and after. */
static bool scan_label(
    const struct authority_synth *s, const uint8_t *label, struct kt_addr *out)
{
	size_t around = (size_t)s->before_len + s->after_len, len = label[0];
	if (len <= around || len - around > TEXT_MAX ||
	    memcmp(label + 1, s->before, s->before_len) != 0 ||
	    memcmp(label + 1 + len - s->after_len, s->after, s->after_len) != 0)
		return false;
	char text[TEXT_MAX + 1];
	len -= around;
	for (size_t i = 0; i < len; i++) {
		char c = (char)label[1 + s->before_len + i];
		if (!isxdigit((unsigned char)c) && c != '-')
			return false;
		text[i] = c != '-' ? c : s->prefix.addr.family == 4 ? '.' : ':';
	}
	text[len] = 0;
	*out = (struct kt_addr){ .family = s->prefix.addr.family };
	return inet_pton(out->family == 4 ? AF_INET : AF_INET6, text, out->octets) == 1;
}

static enum authority_synth_result forward(const struct authority_synth *s,
    const struct dns_query *q, struct authority_synth_answer *out)
{
	struct kt_addr addr;
	if (q->qname.labels != dns_wire_labels(s->origin.wire) + 1u ||
	    !dns_wire_under(q->qname.wire, s->origin.wire) ||
	    !scan_label(s, q->qname.wire, &addr) ||
	    !kt_prefix_covers(&s->prefix, &addr))
		return AUTHORITY_SYNTH_NONE;
	out->type = addr.family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
	out->rdlen = addr.family == 4 ? 4 : 16;
	memcpy(out->rdata, addr.octets, out->rdlen);
	return AUTHORITY_SYNTH_DATA;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One label of in-addr.arpa: a decimal octet without leading zeros.  -1: it is not. */
static int scan_octet(const uint8_t *label)
{
	int value = 0;
	if (!label[0] || label[0] > 3 || (label[0] > 1 && label[1] == '0'))
		return -1;
	for (unsigned i = 1; i <= label[0]; i++) {
		if (label[i] < '0' || label[i] > '9')
			return -1;
		value = value * 10 + label[i] - '0';
	}
	return value <= 255 ? value : -1;
}

/*
 * Reads a reverse name (RFC 1035 s.3.5, RFC 3596 s.2.5): the address as far as the labels go, and
 * how many bits that is.
 */
static bool scan_reverse(
    const struct dns_query *q, unsigned family, struct kt_addr *out, unsigned *bits)
{
	static const uint8_t tree4[] = "\7in-addr\4arpa", tree6[] = "\3ip6\4arpa";
	unsigned labels = q->qname.labels;
	if (labels < 2 || labels > (family == 4 ? 4 : 32) + 2u ||
	    !dns_wire_equal(
		q->qname.wire + q->label_at[labels - 2], family == 4 ? tree4 : tree6))
		return false;
	unsigned n = labels - 2;
	*out = (struct kt_addr){ .family = (uint8_t)family };
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *label = q->qname.wire + q->label_at[n - 1 - i];
		int value = family == 4     ? scan_octet(label)
			    : label[0] == 1 ? hex_digit(label[1])
					    : -1;
		if (value < 0)
			return false;
		if (family == 4)
			out->octets[i] = (uint8_t)value;
		else
			out->octets[i / 2] |= (uint8_t)(value << (i % 2 ? 0 : 4));
	}
	*bits = n * (family == 4 ? 8 : 4);
	return true;
}

static size_t print_address(const struct kt_addr *addr, char out[TEXT_V6_MAX + 1])
{
	const uint8_t *o = addr->octets;
	if (addr->family == 4)
		return (size_t)snprintf(
		    out, TEXT_V6_MAX + 1, "%u-%u-%u-%u", o[0], o[1], o[2], o[3]);
	for (unsigned i = 0; i < 8; i++)
		snprintf(out + i * 5, TEXT_V6_MAX + 1 - i * 5, "%02x%02x%s", o[2 * i],
		    o[2 * i + 1], i < 7 ? "-" : "");
	return TEXT_V6_MAX;
}

static void put_target(const struct authority_synth *s, const struct kt_addr *addr,
    struct authority_synth_answer *out)
{
	char text[TEXT_V6_MAX + 1];
	size_t len = print_address(addr, text);
	uint8_t *p = out->rdata;
	*p++ = (uint8_t)(s->before_len + len + s->after_len);
	memcpy(p, s->before, s->before_len);
	p += s->before_len;
	memcpy(p, text, len);
	p += len;
	memcpy(p, s->after, s->after_len);
	p += s->after_len;
	memcpy(p, s->origin.wire, s->origin.len);
	out->rdlen = (uint16_t)(p + s->origin.len - out->rdata);
	out->type = DNS_TYPE_PTR;
}

static enum authority_synth_result reverse(const struct authority_synth *s,
    const struct dns_query *q, struct authority_synth_answer *out)
{
	struct kt_addr addr;
	unsigned bits, family = s->prefix.addr.family;
	if (!scan_reverse(q, family, &addr, &bits))
		return AUTHORITY_SYNTH_NONE;
	if (bits == (family == 4 ? 32 : 128)) {
		if (!kt_prefix_covers(&s->prefix, &addr))
			return AUTHORITY_SYNTH_NONE;
		put_target(s, &addr, out);
		return AUTHORITY_SYNTH_DATA;
	}
	/*
	 * An empty non-terminal (RFC 8020 s.2): it exists when an address of the prefix is
	 * below it, so either contains the other.
	 */
	struct kt_prefix tree = { .addr = addr, .len = (uint8_t)bits };
	bool below = bits >= s->prefix.len ? kt_prefix_covers(&s->prefix, &addr)
					   : kt_prefix_covers(&tree, &s->prefix.addr);
	return below ? AUTHORITY_SYNTH_NODATA : AUTHORITY_SYNTH_NONE;
}

int authority_synth_find(const struct authority_synth *list, const struct dns_query *q,
    struct authority_synth_answer *out)
{
	bool exists = false;
	for (const struct authority_synth *s = list; s; s = s->next) {
		int found = s->reverse ? reverse(s, q, out) : forward(s, q, out);
		if (found == AUTHORITY_SYNTH_DATA) {
			out->ttl_s = s->ttl_s;
			return q->qtype == out->type || q->qtype == DNS_TYPE_ANY
				   ? AUTHORITY_SYNTH_DATA
				   : AUTHORITY_SYNTH_NODATA;
		}
		exists |= found == AUTHORITY_SYNTH_NODATA;
	}
	return exists ? AUTHORITY_SYNTH_NODATA : AUTHORITY_SYNTH_NONE;
}
