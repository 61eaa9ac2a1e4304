/*
 * Fields that are sets of bits: types (RFC 4034 s.4.1.2), the older form of NXT
 * (RFC 2535 s.5.2), and the services of WKS (RFC 1035 s.3.4.2).
 */
#include "base/err.h"
#include "dns/rdata_p.h"
#include "dns/type.h"

#include <string.h>
#include <strings.h>

enum {
	WINDOW_OCTETS = 32,
	WINDOWS = 256
};

static int scan_type_word(
    struct rdata_scan *x, const struct dns_field *f, uint16_t *type)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	if (dns_type_scan(x->s->token.at, x->s->token.len, type))
		return rdata_bad(x, f, KT_E_TYPE, "a record type");
	return 0;
}

static void add_type(struct kt_text *text, unsigned type, bool first)
{
	char name[DNS_TYPE_TEXT];
	if (!first)
		kt_text_char(text, ' ');
	kt_text_add(text, dns_type_print((uint16_t)type, name));
}

static size_t octets_used(const uint8_t *bits, size_t n)
{
	while (n && bits[n - 1] == 0)
		n--;
	return n;
}

static int scan_types(struct rdata_scan *x, const struct dns_field *f)
{
	/* Windows are cleared when they are first used: most records use one. */
	uint8_t bits[WINDOWS][WINDOW_OCTETS];
	bool used[WINDOWS] = { false };
	unsigned last = 0;
	if (dns_scan_at_end(x->s) && f->flags & DNS_FIELD_EMPTY)
		return 0;
	do {
		uint16_t type;
		int rc = scan_type_word(x, f, &type);
		if (rc)
			return rc;
		unsigned window = type >> 8;
		if (!used[window]) {
			memset(bits[window], 0, WINDOW_OCTETS);
			used[window] = true;
			last = window > last ? window : last;
		}
		bits[window][(type & 255) >> 3] |= (uint8_t)(0x80 >> (type & 7));
	} while (!dns_scan_at_end(x->s));
	for (unsigned window = 0; window <= last; window++) {
		if (!used[window])
			continue;
		size_t n = octets_used(bits[window], WINDOW_OCTETS);
		kt_write8(x->out, (uint8_t)window);
		kt_write8(x->out, (uint8_t)n);
		kt_write(x->out, bits[window], n);
	}
	return 0;
}

/* RFC 4034 s.4.1.2: windows ascend, have 1..32 octets, and the last is not zero. */
static int measure_types(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	int last = -1;
	if (at == len && !(f->flags & DNS_FIELD_EMPTY))
		return KT_E_FORMAT;
	for (size_t i = at; i < len;) {
		if (len - i < 2)
			return KT_E_FORMAT;
		size_t n = rdata[i + 1];
		if (rdata[i] <= last || n == 0 || n > WINDOW_OCTETS || len - i - 2 < n)
			return KT_E_FORMAT;
		if (rdata[i + 1 + n] == 0)
			return KT_E_FORMAT;
		last = rdata[i];
		i += 2 + n;
	}
	return (int)(len - at);
}

/* Appends the types of n octets of bits; says whether the next is the first still. */
static bool print_bits(
    struct kt_text *text, unsigned base, const uint8_t *bits, size_t n, bool first)
{
	for (unsigned bit = 0; bit < n * 8; bit++) {
		if (bits[bit >> 3] & 0x80 >> (bit & 7)) {
			add_type(text, base + bit, first);
			first = false;
		}
	}
	return first;
}

static bool print_types(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	bool first = true;
	for (size_t i = at; i < at + n; i += 2u + rdata[i + 1])
		first = print_bits(
		    text, rdata[i] * 256u, rdata + i + 2, rdata[i + 1], first);
	return true;
}

const struct dns_field_kind dns_kind_types = { scan_types, measure_types, print_types,
	0 };

/* NXT: types 1 to 127 in one bitmap; bit 0 would say another format. */
enum {
	OLD_OCTETS = 16
};

static int scan_old_types(struct rdata_scan *x, const struct dns_field *f)
{
	uint8_t bits[OLD_OCTETS] = { 0 };
	do {
		uint16_t type;
		int rc = scan_type_word(x, f, &type);
		if (rc)
			return rc;
		if (type == 0 || type >= OLD_OCTETS * 8)
			return rdata_bad(x, f, KT_E_RANGE, "a type from 1 to 127");
		bits[type >> 3] |= (uint8_t)(0x80 >> (type & 7));
	} while (!dns_scan_at_end(x->s));
	kt_write(x->out, bits, octets_used(bits, OLD_OCTETS));
	return 0;
}

static int measure_old_types(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (len == at || len - at > OLD_OCTETS || rdata[at] & 0x80 ||
	    rdata[len - 1] == 0)
		return KT_E_FORMAT;
	return (int)(len - at);
}

static bool print_old_types(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	print_bits(text, 0, rdata + at, n, true);
	return true;
}

const struct dns_field_kind dns_kind_old_types = { scan_old_types, measure_old_types,
	print_old_types, 0 };

/* WKS: what RFC 1010 called by these names, and people still wrote; else numbers. */
static const struct dns_word protocols[] = {
	{ "icmp", 1, 0 },
	{ "tcp", 6, 0 },
	{ "udp", 17, 0 },
	{ NULL, 0, 0 },
};
static const struct dns_word services[] = {
	{ "echo", 7, 0 },
	{ "discard", 9, 0 },
	{ "daytime", 13, 0 },
	{ "chargen", 19, 0 },
	{ "ftp-data", 20, 0 },
	{ "ftp", 21, 0 },
	{ "ssh", 22, 0 },
	{ "telnet", 23, 0 },
	{ "smtp", 25, 0 },
	{ "time", 37, 0 },
	{ "domain", 53, 0 },
	{ "tftp", 69, 0 },
	{ "gopher", 70, 0 },
	{ "finger", 79, 0 },
	{ "http", 80, 0 },
	{ "www", 80, 0 },
	{ "kerberos", 88, 0 },
	{ "pop3", 110, 0 },
	{ "sunrpc", 111, 0 },
	{ "nntp", 119, 0 },
	{ "ntp", 123, 0 },
	{ "imap", 143, 0 },
	{ "imap2", 143, 0 },
	{ "snmp", 161, 0 },
	{ "bgp", 179, 0 },
	{ "ldap", 389, 0 },
	{ "https", 443, 0 },
	{ NULL, 0, 0 },
};

enum {
	PORTS = 65536
};

static int scan_service(struct rdata_scan *x, const struct dns_field *f,
    const struct dns_word *words, uint64_t max, uint64_t *out, const char *expected)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	if (kt_scan_number(x->s->token.at, x->s->token.len, max, out) == 0)
		return 0;
	for (; words->name; words++) {
		if (rdata_token_is(x, words->name)) {
			*out = words->value;
			return 0;
		}
	}
	return rdata_bad(x, f, KT_E_FORMAT, expected);
}

static int scan_services(struct rdata_scan *x, const struct dns_field *f)
{
	uint8_t bits[PORTS / 8] = { 0 };
	uint64_t v;
	int rc = scan_service(
	    x, f, protocols, UINT8_MAX, &v, "tcp, udp or a protocol number");
	if (rc)
		return rc;
	kt_write8(x->out, (uint8_t)v);
	while (!dns_scan_at_end(x->s)) {
		rc = scan_service(x, f, services, PORTS - 1, &v,
		    "a well-known service or a port number");
		if (rc)
			return rc;
		bits[v >> 3] |= (uint8_t)(0x80 >> (v & 7));
	}
	kt_write(x->out, bits, octets_used(bits, sizeof(bits)));
	return 0;
}

static int measure_services(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f, (void)rdata;
	if (len - at < 1 || len - at - 1 > PORTS / 8)
		return KT_E_FORMAT;
	return (int)(len - at);
}

static bool print_services(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	const uint8_t *bits = rdata + at + 1;
	if (n > 1 && bits[n - 2] == 0)
		return false;
	kt_text_addf(text, "%u", rdata[at]);
	for (size_t port = 0; port < (n - 1) * 8; port++)
		if (bits[port >> 3] & 0x80 >> (port & 7))
			kt_text_addf(text, " %zu", port);
	return true;
}

const struct dns_field_kind dns_kind_services = { scan_services, measure_services,
	print_services, 0 };
