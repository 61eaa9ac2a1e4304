/*
 * Fields that are text: character-strings (RFC 1035 s.3.3), CAA's tag, and text that
 * fills the rest of the rdata.
 */
#include "base/err.h"
#include "dns/rdata_p.h"

#include <string.h>

int rdata_chars_next(struct rdata_chars *c)
{
	if (c->at == c->end)
		return RDATA_CHARS_END;
	uint8_t octet = (uint8_t)*c->at++;
	if (octet != '\\')
		return octet;
	if (c->at == c->end)
		return RDATA_CHARS_BAD;
	if ((uint8_t)(*c->at - '0') >= 10)
		return (uint8_t)*c->at++;
	unsigned v = 0;
	if (c->end - c->at < 3)
		return RDATA_CHARS_BAD;
	for (int i = 0; i < 3; i++) {
		unsigned digit = (uint8_t)(*c->at++ - '0');
		if (digit > 9)
			return RDATA_CHARS_BAD;
		v = v * 10 + digit;
	}
	return v > 255 ? RDATA_CHARS_BAD : (int)v;
}

int rdata_chars_write(struct rdata_chars *c, struct kt_writer *out)
{
	size_t len = (size_t)(c->end - c->at);
	if (!len)
		return 0;
	if (!memchr(c->at, '\\', len)) {
		kt_write(out, c->at, len);
		c->at = c->end;
		return 0;
	}
	int octet;
	while ((octet = rdata_chars_next(c)) >= 0)
		kt_write8(out, (uint8_t)octet);
	return octet == RDATA_CHARS_END ? 0 : KT_E_FORMAT;
}

void rdata_print_char(struct kt_text *text, uint8_t c)
{
	if (c == '"' || c == '\\') {
		kt_text_char(text, '\\');
		kt_text_char(text, (char)c);
	} else if (c < 0x20 || c >= 0x7f) {
		kt_text_addf(text, "\\%03u", c);
	} else {
		kt_text_char(text, (char)c);
	}
}

void rdata_print_quoted(struct kt_text *text, const uint8_t *octets, size_t n)
{
	kt_text_char(text, '"');
	for (size_t i = 0; i < n; i++)
		rdata_print_char(text, octets[i]);
	kt_text_char(text, '"');
}

/* The octets of the current token. */
static int write_token(struct rdata_scan *x, const struct dns_field *f)
{
	struct rdata_chars c = { x->s->token.at, x->s->token.at + x->s->token.len };
	if (rdata_chars_write(&c, x->out))
		return rdata_bad(x, f, KT_E_FORMAT,
		    "\"\\\" and a character, or \"\\000\" to \"\\255\"");
	return 0;
}

static int scan_string(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	uint8_t *len = kt_write_room(x->out, 1);
	const uint8_t *from = x->out->at;
	rc = write_token(x, f);
	if (rc || x->out->err)
		return rc;
	size_t n = (size_t)(x->out->at - from);
	if (n > UINT8_MAX)
		return dns_scan_error(x->s, KT_E_LONG, f->name,
		    "found a string of %zu octets, expected at most 255: split it into "
		    "several quoted strings",
		    n);
	*len = (uint8_t)n;
	return 0;
}

static int measure_string(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (at >= len || len - at - 1 < rdata[at])
		return KT_E_FORMAT;
	return 1 + rdata[at];
}

static bool print_string(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	rdata_print_quoted(text, rdata + at + 1, n - 1);
	return true;
}

const struct dns_field_kind dns_kind_string = { scan_string, measure_string,
	print_string, 0 };

static int scan_strings(struct rdata_scan *x, const struct dns_field *f)
{
	int rc;
	do {
		rc = scan_string(x, f);
	} while (!rc && !dns_scan_at_end(x->s));
	return rc;
}

static int measure_strings(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	size_t i = at;
	do {
		int n = measure_string(f, rdata, i, len);
		if (n < 0)
			return n;
		i += (size_t)n;
	} while (i < len);
	return (int)(len - at);
}

static bool print_strings(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i += 1u + rdata[i]) {
		if (i > at)
			kt_text_char(text, ' ');
		print_string(f, text, rdata, i, 1u + rdata[i]);
	}
	return true;
}

const struct dns_field_kind dns_kind_strings = { scan_strings, measure_strings,
	print_strings, 0 };

/* RFC 8659 s.4.1: at least one letter or digit, and nothing else. */
static bool tag_is_good(const uint8_t *tag, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = tag[i];
		if ((uint8_t)(c - '0') >= 10 && (uint8_t)((c | 0x20) - 'a') >= 26)
			return false;
	}
	return n > 0 && n <= UINT8_MAX;
}

static int scan_tag(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	if (!tag_is_good((const uint8_t *)t->at, t->len))
		return rdata_bad(x, f, KT_E_FORMAT, "1 to 255 letters and digits");
	kt_write8(x->out, (uint8_t)t->len);
	kt_write(x->out, t->at, t->len);
	return 0;
}

static int measure_tag(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	int n = measure_string(f, rdata, at, len);
	return n > 0 && tag_is_good(rdata + at + 1, (size_t)n - 1) ? n : KT_E_FORMAT;
}

static bool print_tag(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	kt_text_add_n(text, (const char *)rdata + at + 1, n - 1);
	return true;
}

const struct dns_field_kind dns_kind_tag = { scan_tag, measure_tag, print_tag, 0 };

static int scan_text(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const uint8_t *from = x->out->at;
	rc = write_token(x, f);
	if (!rc && x->out->at == from && !(f->flags & DNS_FIELD_EMPTY))
		return rdata_bad(x, f, KT_E_FORMAT, "one octet at least");
	return rc;
}

static int measure_text(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)rdata;
	return len > at || f->flags & DNS_FIELD_EMPTY ? (int)(len - at) : KT_E_FORMAT;
}

static bool print_text(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	rdata_print_quoted(text, rdata + at, n);
	return true;
}

const struct dns_field_kind dns_kind_text = { scan_text, measure_text, print_text, 0 };
