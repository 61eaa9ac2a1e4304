/*
 * Fields that are domain names.
 */
#include "base/err.h"
#include "dns/rdata_p.h"

#include <string.h>

/*
 * The usual name, straight into the rdata: a word without escapes whose labels and
 * length are good.  False: nothing was written, look closer.
 */
static bool scan_plain(struct rdata_scan *x)
{
	const struct dns_token *t = &x->s->token;
	struct kt_writer *out = x->out;
	if (t->kind != DNS_TOKEN_WORD || t->len >= DNS_NAME_MAX || t->at[0] == '@' ||
	    out->err || kt_writer_left(out) < 2 * DNS_NAME_MAX)
		return false;
	uint8_t *length = out->at, *to = length + 1;
	for (const char *p = t->at, *end = p + t->len; p < end; p++) {
		if (*p == '\\')
			return false;
		if (*p != '.') {
			*to++ = (uint8_t)*p;
			continue;
		}
		size_t n = (size_t)(to - length) - 1;
		if (n == 0 || n > DNS_LABEL_MAX)
			return false;
		*length = (uint8_t)n;
		length = to++;
	}
	size_t n = (size_t)(to - length) - 1;
	if (n > DNS_LABEL_MAX)
		return false;
	*length = (uint8_t)n;
	/* No final dot: the origin goes on where the root label would be. */
	if (n) {
		memcpy(to, x->origin->wire, x->origin->len);
		to += x->origin->len;
	}
	if (to - out->at > DNS_NAME_MAX)
		return false;
	out->at = to;
	return true;
}

static int scan_name(struct rdata_scan *x, const struct dns_field *f)
{
	const struct dns_scanner before = *x->s;
	if (dns_scan(x->s) == DNS_TOKEN_ERROR)
		return KT_E_FORMAT;
	if (kt_likely(scan_plain(x)))
		return 0;
	*x->s = before;
	struct dns_name name;
	int rc = dns_scan_name(x->s, f->name, x->origin, &name);
	if (!rc)
		kt_write(x->out, name.wire, name.len);
	return rc;
}

static int measure_name(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	return dns_name_measure(rdata + at, len - at);
}

static bool print_name(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	dns_name_add(text, rdata + at);
	return true;
}

const struct dns_field_kind dns_kind_name = { scan_name, measure_name, print_name, 0 };

static int scan_names(struct rdata_scan *x, const struct dns_field *f)
{
	while (!dns_scan_at_end(x->s)) {
		int rc = scan_name(x, f);
		if (rc)
			return rc;
	}
	return 0;
}

static int measure_names(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	for (size_t i = at; i < len;) {
		int n = dns_name_measure(rdata + i, len - i);
		if (n < 0)
			return n;
		i += (size_t)n;
	}
	return (int)(len - at);
}

static bool print_names(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	for (size_t i = at; i < at + n; i += dns_wire_len(rdata + i)) {
		if (i > at)
			kt_text_char(text, ' ');
		dns_name_add(text, rdata + i);
	}
	return true;
}

const struct dns_field_kind dns_kind_names = { scan_names, measure_names, print_names,
	0 };
