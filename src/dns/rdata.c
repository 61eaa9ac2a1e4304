#include "dns/rdata.h"

#include "base/err.h"
#include "dns/radix.h"
#include "dns/rdata_p.h"
#include "dns/type.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int rdata_bad(
    struct rdata_scan *x, const struct dns_field *f, int code, const char *expected)
{
	char found[DNS_TOKEN_TEXT];
	return dns_scan_error(x->s, code, f->name, "found %s, expected %s",
	    dns_token_print(x->s, found), expected);
}

int rdata_word(struct rdata_scan *x, const struct dns_field *f)
{
	return dns_scan_word(x->s, f->name);
}

int rdata_number(
    struct rdata_scan *x, const struct dns_field *f, uint64_t max, uint64_t *out)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	rc = kt_scan_number(x->s->token.at, x->s->token.len, max, out);
	if (kt_likely(!rc))
		return 0;
	char expected[48];
	snprintf(expected, sizeof(expected), "a number up to %" PRIu64, max);
	return rdata_bad(x, f, rc, expected);
}

void rdata_print_number(struct kt_text *text, uint64_t v, int digits)
{
	char line[20], *p = line + sizeof(line);
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
		digits--;
	} while (v || digits > 0);
	kt_text_add_n(text, p, (size_t)(line + sizeof(line) - p));
}

bool rdata_token_is(const struct rdata_scan *x, const char *word)
{
	const struct dns_token *t = &x->s->token;
	return t->len == strlen(word) && strncasecmp(t->at, word, t->len) == 0;
}

/*
 * Does "\#" come next?  It is taken then.  1, 0, or negative: the text is broken, and
 * that was reported.
 */
static int take_generic_mark(struct dns_scanner *s)
{
	const char *p = s->at;
	while (*p == ' ' || *p == '\t')
		p++;
	/* The usual first character of rdata: nothing to look closer at. */
	if (*p != '\\' && *p != '(' && *p != ';' && *p != '\n' && *p != '\r')
		return 0;
	struct dns_scanner ahead = *s;
	enum dns_token_kind kind = dns_scan(&ahead);
	if (kind == DNS_TOKEN_ERROR) {
		*s = ahead; /* it has been reported */
		return KT_E_FORMAT;
	}
	if (kind != DNS_TOKEN_WORD || ahead.token.len != 2 ||
	    ahead.token.at[0] != '\\' || ahead.token.at[1] != '#')
		return 0;
	*s = ahead;
	return 1;
}

/* RFC 3597 s.5: the number of octets, then as many in hex. */
static int scan_generic(struct rdata_scan *x, uint16_t type)
{
	static const struct dns_field octets = { .name = "octets" };
	uint64_t len;
	int rc = dns_scan_number(x->s, "length", DNS_RDATA_MAX, &len);
	int odd = -1;
	while (!rc && !dns_scan_at_end(x->s)) {
		rc = rdata_word(x, &octets);
		if (!rc && dns_hex_feed(&odd, x->s->token.at, x->s->token.len, x->out))
			rc = rdata_bad(x, &octets, KT_E_FORMAT, "hexadecimal digits");
	}
	if (rc)
		return rc;
	size_t found = (size_t)(x->out->at - x->start);
	if (x->out->err)
		return 0;
	if (odd >= 0)
		return dns_scan_error(x->s, KT_E_FORMAT, octets.name,
		    "found half an octet at the end, expected two digits for each "
		    "octet");
	if (found != len)
		return dns_scan_error(x->s, KT_E_FORMAT, octets.name,
		    "found %zu octets, expected %zu as the length says", found,
		    (size_t)len);
	if (dns_rdata_check(type, x->start, found))
		return dns_scan_error(x->s, KT_E_FORMAT, NULL,
		    "found %zu octets that are not well-formed for this type", found);
	return 0;
}

static int scan_fields(struct rdata_scan *x, const struct dns_field *f)
{
	for (; f->name; f++) {
		if (f->flags & DNS_FIELD_OPTIONAL && dns_scan_at_end(x->s))
			break;
		int rc = f->kind->scan(x, f);
		if (rc)
			return rc;
	}
	if (kt_likely(dns_scan_at_end(x->s)))
		return 0;
	static const struct dns_field end = { .name = NULL };
	int rc = rdata_word(x, &end);
	return rc ? rc : rdata_bad(x, &end, KT_E_FORMAT, "the end of the record");
}

int dns_rdata_scan(struct dns_scanner *s, uint16_t type, const struct dns_name *origin,
    struct kt_writer *out)
{
	const struct dns_type_row *row = dns_type_row(type);
	struct rdata_scan x = {
		.s = s, .origin = origin, .out = out, .start = out->at
	};
	int rc = take_generic_mark(s);
	if (rc < 0)
		return rc;
	if (rc)
		rc = scan_generic(&x, type);
	else if (row->fields)
		rc = scan_fields(&x, row->fields);
	else
		rc = dns_scan_error(s, KT_E_UNSUPPORTED, NULL,
		    "this type has no text of its own, expected \"\\# LENGTH HEX\" "
		    "(RFC 3597)");
	if (rc)
		return rc;
	if (out->err || out->at - x.start > DNS_RDATA_MAX)
		return dns_scan_error(s, KT_E_LONG, NULL,
		    "the data is longer than %d octets", DNS_RDATA_MAX);
	return 0;
}

/* Octets of one field, or negative; the caller has checked that at <= len. */
static int field_measure(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	if (f->kind->measure)
		return f->kind->measure(f, rdata, at, len);
	return len - at >= f->kind->size ? f->kind->size : KT_E_FORMAT;
}

int dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_field *f = dns_type_row(type)->fields;
	size_t at = 0;
	if (len > DNS_RDATA_MAX)
		return KT_E_FORMAT;
	if (!f)
		return 0;
	for (; f->name; f++) {
		if (f->flags & DNS_FIELD_OPTIONAL && at == len)
			break;
		int n = field_measure(f, rdata, at, len);
		if (n < 0)
			return KT_E_FORMAT;
		at += (size_t)n;
	}
	return at == len ? 0 : KT_E_FORMAT;
}

/* Like dns_rdata_check(), with names that may be compressed written out in full. */
static void read_expanded(
    struct kt_reader *r, const struct dns_field *f, size_t rdlen, struct kt_writer *out)
{
	const uint8_t *rdata = r->at, *end = r->at + rdlen;
	struct kt_reader in = { .start = r->start, .at = rdata, .end = end };
	for (; f->name && !in.err; f++) {
		if (f->flags & DNS_FIELD_EXPAND && f->kind == &dns_kind_name) {
			struct dns_name name;
			dns_name_read(&in, &name);
			kt_write(out, name.wire, name.len);
			continue;
		}
		int n = field_measure(f, rdata, (size_t)(in.at - rdata), rdlen);
		if (n < 0) {
			kt_reader_fail(r, KT_E_FORMAT);
			return;
		}
		kt_write(out, in.at, (size_t)n);
		in.at += n;
	}
	if (in.err || in.at != end)
		kt_reader_fail(r, in.err ? in.err : KT_E_FORMAT);
	r->at = end;
}

void dns_rdata_read(
    struct kt_reader *r, uint16_t type, uint16_t rdlen, struct kt_writer *out)
{
	const struct dns_type_row *row = dns_type_row(type);
	if (r->err || kt_reader_left(r) < rdlen) {
		kt_reader_fail(r, KT_E_SHORT);
		return;
	}
	uint8_t *start = out->at;
	if (row->expand) {
		read_expanded(r, row->fields, rdlen, out);
	} else {
		if (dns_rdata_check(type, r->at, rdlen)) {
			kt_reader_fail(r, KT_E_FORMAT);
			return;
		}
		kt_write(out, r->at, rdlen);
		r->at += rdlen;
	}
	if (out->err || out->at - start > DNS_RDATA_MAX)
		kt_reader_fail(r, KT_E_SPACE);
}

static void print_generic(struct kt_text *text, const uint8_t *rdata, size_t len)
{
	kt_text_addf(text, "\\# %zu", len);
	if (len)
		kt_text_char(text, ' ');
	dns_hex_print(text, rdata, len);
}

static void cut(struct kt_text *text, size_t len)
{
	if (text->at) {
		text->len = len;
		text->at[len] = 0;
	}
}

/* False: some field is malformed or has no text. */
static bool print_fields(
    struct kt_text *text, const struct dns_field *f, const uint8_t *rdata, size_t len)
{
	size_t at = 0, begin = text->len;
	for (; f->name; f++) {
		if (f->flags & DNS_FIELD_OPTIONAL && at == len)
			break;
		int n = field_measure(f, rdata, at, len);
		if (n < 0)
			return false;
		size_t before = text->len;
		if (before != begin)
			kt_text_char(text, ' ');
		size_t behind = text->len;
		if (!f->kind->print(f, text, rdata, at, (size_t)n))
			return false;
		if (text->len == behind)
			cut(text, before);
		at += (size_t)n;
	}
	return at == len;
}

void dns_rdata_print(
    struct kt_text *text, uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_type_row *row = dns_type_row(type);
	size_t begin = text->len;
	if (row->fields && len <= DNS_RDATA_MAX &&
	    print_fields(text, row->fields, rdata, len))
		return;
	cut(text, begin);
	print_generic(text, rdata, len);
}

/* Calls visit for the names of one field; those of A6 and gateways stand at its end. */
struct name_range {
	size_t at, n;
};

/*
 * Where the name of a field is, given the n octets that the field takes; n of the
 * result is 0 when there is none.
 */
static struct name_range name_in(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t n)
{
	const struct dns_field_kind *k = f->kind;
	if (k == &dns_kind_name)
		return (struct name_range){ at, n };
	if (k == &dns_kind_gateway && rdata[1] == 3)
		return (struct name_range){ at, n };
	if (k == &dns_kind_relay && (rdata[at] & 0x7f) == 3)
		return (struct name_range){ at + 1, n - 1 };
	if (k == &dns_kind_a6 && rdata[at] > 0) {
		size_t head = 1 + (size_t)(128 - rdata[at] + 7) / 8;
		return (struct name_range){ at + head, n - head };
	}
	return (struct name_range){ 0, 0 };
}

void dns_rdata_names(
    uint16_t type, const uint8_t *rdata, size_t len, dns_rdata_visit *visit, void *ctx)
{
	const struct dns_type_row *row = dns_type_row(type);
	size_t at = 0;
	if (!row->names)
		return;
	for (const struct dns_field *f = row->fields; f->name; f++) {
		int n = field_measure(f, rdata, at, len);
		if (n < 0)
			return;
		struct name_range name = name_in(f, rdata, at, (size_t)n);
		size_t behind = at + (size_t)n;
		if (f->kind == &dns_kind_names)
			name = (struct name_range){ at, (size_t)n };
		for (at = name.at; name.n && at < name.at + name.n;) {
			visit(ctx, at, rdata + at);
			at += dns_wire_len(rdata + at);
		}
		at = behind;
	}
}

/* The names that canonical form lowers; at most MAX_LOWER a type. */
enum {
	MAX_LOWER = 2
};

static unsigned lower_ranges(
    uint16_t type, const uint8_t *rdata, size_t len, struct name_range out[MAX_LOWER])
{
	const struct dns_type_row *row = dns_type_row(type);
	unsigned count = 0;
	size_t at = 0;
	if (!row->lower || dns_rdata_check(type, rdata, len))
		return 0;
	for (const struct dns_field *f = row->fields; f->name && count < MAX_LOWER;
	     f++) {
		int n = field_measure(f, rdata, at, len);
		if (n < 0)
			break;
		if (f->flags & DNS_FIELD_LOWER) {
			out[count] = name_in(f, rdata, at, (size_t)n);
			if (out[count].n)
				count++;
		}
		at += (size_t)n;
	}
	return count;
}

void dns_rdata_canonical(uint16_t type, uint8_t *rdata, size_t len)
{
	struct name_range name[MAX_LOWER];
	unsigned n = lower_ranges(type, rdata, len, name);
	for (unsigned i = 0; i < n; i++)
		dns_lower(rdata + name[i].at, name[i].n);
}

static uint8_t lower(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

static int compare_lower(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int d = lower(a[i]) - lower(b[i]);
		if (d)
			return d;
	}
	return 0;
}

int dns_rdata_compare(
    uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t both = a_len < b_len ? a_len : b_len, at = 0;
	struct name_range name[MAX_LOWER];
	/*
	 * As long as the octets are the same the names stand in the same places, so those
	 * of a serve for both.
	 */
	unsigned n = lower_ranges(type, a, a_len, name);
	for (unsigned i = 0; i < n && at < both; i++) {
		size_t to = name[i].at < both ? name[i].at : both;
		int d = memcmp(a + at, b + at, to - at);
		if (d)
			return d;
		at = to;
		to = name[i].at + name[i].n < both ? name[i].at + name[i].n : both;
		d = compare_lower(a + at, b + at, to - at);
		if (d)
			return d;
		at = to;
	}
	int d = both > at ? memcmp(a + at, b + at, both - at) : 0;
	return d ? d : (a_len > b_len) - (a_len < b_len);
}
