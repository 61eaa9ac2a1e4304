/*
 * The keys of SVCB parameters: the form of each value, in wire and in text.
 */
#include "base/err.h"
#include "dns/radix.h"
#include "dns/svcb_p.h"

#include <string.h>
#include <strings.h>

/*
 * The next item of a list split at commas, into item[SVCB_ITEM_MAX]; its length, or
 * negative.  *more says whether a comma followed.
 */
static int list_next(struct svcb_value *v, uint8_t *item, bool *more)
{
	int n = 0, c;
	*more = false;
	while ((c = rdata_chars_next(&v->chars)) >= 0) {
		if (c == ',') {
			*more = true;
			break;
		}
		/* RFC 9460 s.A.1: only these two are escaped. */
		if (c == '\\') {
			c = rdata_chars_next(&v->chars);
			if (c != '\\' && c != ',')
				return KT_E_FORMAT;
		}
		if (n == SVCB_ITEM_MAX)
			return KT_E_LONG;
		item[n++] = (uint8_t)c;
	}
	return c == RDATA_CHARS_BAD ? KT_E_FORMAT : n;
}

/* Calls put for each item of a list of one at least. */
static int scan_list(struct svcb_value *v,
    int (*put)(struct kt_writer *out, const char *item, size_t len))
{
	uint8_t item[SVCB_ITEM_MAX];
	bool more = true;
	while (more) {
		int n = list_next(v, item, &more);
		if (n <= 0)
			return KT_E_FORMAT;
		int rc = put(v->x->out, (const char *)item, (size_t)n);
		if (rc)
			return rc;
	}
	return 0;
}

/* mandatory: keys, ascending, each once, without itself (RFC 9460 s.8). */

static int scan_mandatory(struct svcb_value *v)
{
	uint8_t bits[65536 / 8] = { 0 }, item[SVCB_ITEM_MAX];
	bool more = true;
	while (more) {
		unsigned key;
		int n = list_next(v, item, &more);
		if (n <= 0 || svcb_key_scan((const char *)item, (size_t)n, &key) ||
		    bits[key >> 3] >> (key & 7) & 1)
			return KT_E_FORMAT;
		bits[key >> 3] |= (uint8_t)(1 << (key & 7));
	}
	for (unsigned key = 0; key < 65536; key++)
		if (bits[key >> 3] >> (key & 7) & 1)
			kt_write16(v->x->out, (uint16_t)key);
	return 0;
}

static bool check_mandatory(const uint8_t *value, size_t n)
{
	int last = SVCB_KEY_MANDATORY;
	if (n == 0 || n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int key = kt_get16(value + i);
		if (key <= last || key == SVCB_KEY_INVALID)
			return false;
		last = key;
	}
	return true;
}

static void print_mandatory(struct kt_text *text, const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		if (i)
			kt_text_char(text, ',');
		svcb_key_print(text, kt_get16(value + i));
	}
}

/* alpn and docpath: octet strings behind their length. */

static int put_string(struct kt_writer *out, const char *item, size_t len)
{
	kt_write8(out, (uint8_t)len);
	kt_write(out, item, len);
	return 0;
}

static int scan_alpn(struct svcb_value *v)
{
	return scan_list(v, put_string);
}

static bool check_strings(const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = value[i];
		if (len == 0 || n - i - 1 < len)
			return false;
		i += 1 + len;
	}
	return true;
}

static bool check_alpn(const uint8_t *value, size_t n)
{
	return n > 0 && check_strings(value, n);
}

static void print_strings(struct kt_text *text, const uint8_t *value, size_t n)
{
	kt_text_char(text, '"');
	for (size_t i = 0; i < n; i += 1u + value[i]) {
		if (i)
			kt_text_char(text, ',');
		for (size_t j = 1; j <= value[i]; j++) {
			uint8_t c = value[i + j];
			if (c == ',' || c == '\\')
				rdata_print_char(text, '\\');
			rdata_print_char(text, c);
		}
	}
	kt_text_char(text, '"');
}

/* RFC 9953: no segments at all are the root path. */
static int scan_docpath(struct svcb_value *v)
{
	return v->chars.at == v->chars.end ? 0 : scan_alpn(v);
}

/* no-default-alpn, ohttp: being there says it. */

static int scan_nothing(struct svcb_value *v)
{
	return v->chars.at == v->chars.end ? 0 : KT_E_FORMAT;
}

static bool check_nothing(const uint8_t *value, size_t n)
{
	(void)value;
	return n == 0;
}

/* port; tls-supported-groups: 16 bits, one or a list. */

static int put_u16(struct kt_writer *out, const char *item, size_t len)
{
	uint64_t v;
	int rc = kt_scan_number(item, len, UINT16_MAX, &v);
	if (!rc)
		kt_write16(out, (uint16_t)v);
	return rc;
}

static int scan_u16s(struct svcb_value *v)
{
	return scan_list(v, put_u16);
}

static bool check_port(const uint8_t *value, size_t n)
{
	(void)value;
	return n == 2;
}

/* draft-ietf-tls-key-share-prediction s.3.1: not empty, none twice. */
static bool check_groups(const uint8_t *value, size_t n)
{
	uint8_t seen[65536 / 8] = { 0 };
	if (n == 0 || n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		unsigned group = kt_get16(value + i);
		if (seen[group >> 3] >> (group & 7) & 1)
			return false;
		seen[group >> 3] |= (uint8_t)(1 << (group & 7));
	}
	return true;
}

static void print_u16s(struct kt_text *text, const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n; i += 2)
		kt_text_addf(text, "%s%u", i ? "," : "", kt_get16(value + i));
}

/* ipv4hint, ipv6hint. */

static int put_ipv4(struct kt_writer *out, const char *item, size_t len)
{
	uint8_t octets[4];
	int rc = rdata_ipv4_scan(item, len, octets);
	if (!rc)
		kt_write(out, octets, 4);
	return rc;
}

static int scan_ipv4hint(struct svcb_value *v)
{
	return scan_list(v, put_ipv4);
}

static bool check_ipv4hint(const uint8_t *value, size_t n)
{
	(void)value;
	return n > 0 && n % 4 == 0;
}

static void print_ipv4hint(struct kt_text *text, const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n; i += 4) {
		if (i)
			kt_text_char(text, ',');
		rdata_ipv4_print(text, value + i);
	}
}

static int put_ipv6(struct kt_writer *out, const char *item, size_t len)
{
	uint8_t octets[16];
	int rc = rdata_ipv6_scan(item, len, octets);
	if (!rc)
		kt_write(out, octets, 16);
	return rc;
}

static int scan_ipv6hint(struct svcb_value *v)
{
	return scan_list(v, put_ipv6);
}

static bool check_ipv6hint(const uint8_t *value, size_t n)
{
	(void)value;
	return n > 0 && n % 16 == 0;
}

static void print_ipv6hint(struct kt_text *text, const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n; i += 16) {
		if (i)
			kt_text_char(text, ',');
		rdata_ipv6_print(text, value + i);
	}
}

/* ech: base64 (RFC 9848 s.3). */

static int scan_ech(struct svcb_value *v)
{
	struct dns_base64 d = { 0 };
	int c;
	while ((c = rdata_chars_next(&v->chars)) >= 0) {
		char piece = (char)c;
		int rc = dns_base64_feed(&d, &piece, 1, v->x->out);
		if (rc)
			return rc;
	}
	return c == RDATA_CHARS_BAD ? KT_E_FORMAT : dns_base64_end(&d);
}

static bool check_ech(const uint8_t *value, size_t n)
{
	(void)value;
	return n > 0;
}

/* dohpath (RFC 9461 s.5): a relative URI template with the variable "dns", in UTF-8. */

int svcb_scan_octets(struct svcb_value *v)
{
	return rdata_chars_write(&v->chars, v->x->out);
}

static bool is_utf8(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = p[i++];
		unsigned more = c < 0x80       ? 0
				: c >> 5 == 6  ? 1
				: c >> 4 == 14 ? 2
				: c >> 3 == 30 ? 3
					       : 4;
		if (more > 3 || n - i < more)
			return false;
		static const uint8_t mask[] = { 0x7f, 0x1f, 0x0f, 0x07 };
		static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
		c &= mask[more];
		for (unsigned k = 0; k < more; k++, i++) {
			if (p[i] >> 6 != 2)
				return false;
			c = c << 6 | (p[i] & 0x3f);
		}
		if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

/* Is "dns" among the variables of some expression "{?a,dns:3,b*}" (RFC 6570 s.2.2)? */
static bool has_dns_variable(const uint8_t *p, size_t n)
{
	bool inside = false, begins = false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '{' || p[i] == '}') {
			inside = begins = p[i] == '{';
			continue;
		}
		if (inside && begins && n - i > 3 && memcmp(p + i, "dns", 3) == 0 &&
		    memchr(",}:*", p[i + 3], 4))
			return true;
		/* An operator may stand before the first name. */
		begins = p[i] == ',' ||
			 (begins && i && p[i - 1] == '{' && memchr("+#./;?&", p[i], 7));
	}
	return false;
}

static bool check_dohpath(const uint8_t *value, size_t n)
{
	return n > 0 && value[0] == '/' && is_utf8(value, n) &&
	       has_dns_variable(value, n);
}

/* Keys without a row: octets. */
static bool check_octets(const uint8_t *value, size_t n)
{
	(void)value, (void)n;
	return true;
}

/* IANA, Service Parameter Keys; the place in the list is the number. */
static const struct svcb_key keys[] = {
	{ "mandatory", "a list of keys, each once", scan_mandatory, check_mandatory,
	    print_mandatory },
	{ "alpn", "a list of protocols", scan_alpn, check_alpn, print_strings },
	{ "no-default-alpn", "no value", scan_nothing, check_nothing, NULL },
	{ "port", "a number up to 65535", scan_u16s, check_port, print_u16s },
	{ "ipv4hint", "a list of IPv4 addresses", scan_ipv4hint, check_ipv4hint,
	    print_ipv4hint },
	{ "ech", "base64", scan_ech, check_ech, dns_base64_print },
	{ "ipv6hint", "a list of IPv6 addresses", scan_ipv6hint, check_ipv6hint,
	    print_ipv6hint },
	{ "dohpath", "a URI template that begins with \"/\" and has the variable dns",
	    svcb_scan_octets, check_dohpath, rdata_print_quoted },
	{ "ohttp", "no value", scan_nothing, check_nothing, NULL },
	{ "tls-supported-groups", "a list of numbers up to 65535, each once", scan_u16s,
	    check_groups, print_u16s },
	{ "docpath", "a list of path segments, or nothing", scan_docpath, check_strings,
	    print_strings },
};
static const struct svcb_key other_key = { NULL, "\"\\\" and a character, or \"\\ddd\"",
	svcb_scan_octets, check_octets, rdata_print_quoted };

const struct svcb_key *svcb_key_row(unsigned key)
{
	return key < KT_COUNT(keys) ? &keys[key] : &other_key;
}

/* A registered name in lower case, or "key" and a number without zeros in front. */
int svcb_key_scan(const char *text, size_t len, unsigned *key)
{
	uint64_t v;
	for (unsigned i = 0; i < KT_COUNT(keys); i++) {
		if (strlen(keys[i].name) == len &&
		    strncasecmp(keys[i].name, text, len) == 0) {
			*key = i;
			return 0;
		}
	}
	if (len < 4 || len > 8 || strncasecmp(text, "key", 3) != 0 ||
	    (text[3] == '0' && len > 4))
		return KT_E_FORMAT;
	if (kt_scan_number(text + 3, len - 3, SVCB_KEY_INVALID - 1, &v))
		return KT_E_FORMAT;
	*key = (unsigned)v;
	return 0;
}

void svcb_key_print(struct kt_text *text, unsigned key)
{
	if (svcb_key_row(key)->name)
		kt_text_add(text, svcb_key_row(key)->name);
	else
		kt_text_addf(text, "key%u", key);
}
