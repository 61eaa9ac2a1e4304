/*
 * Fields that are octets in hex, base32hex or base64.
 */
#include "base/err.h"
#include "dns/radix.h"
#include "dns/rdata_p.h"

/* Fields that fill the rest of the rdata. */
static int measure_rest(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)rdata;
	return len > at || f->flags & DNS_FIELD_EMPTY ? (int)(len - at) : KT_E_FORMAT;
}

static int scan_base64(struct rdata_scan *x, const struct dns_field *f)
{
	struct dns_base64 d = { 0 };
	const uint8_t *from = x->out->at;
	if (f->flags & DNS_FIELD_EMPTY && dns_scan_at_end(x->s))
		return 0;
	do {
		int rc = rdata_word(x, f);
		if (rc)
			return rc;
		if (dns_base64_feed(&d, x->s->token.at, x->s->token.len, x->out))
			return rdata_bad(x, f, KT_E_FORMAT, "base64");
	} while (!dns_scan_at_end(x->s));
	if (dns_base64_end(&d))
		return rdata_bad(
		    x, f, KT_E_FORMAT, "base64 in groups of four characters");
	/* An empty quoted string is a token too. */
	if (x->out->at == from && !x->out->err && !(f->flags & DNS_FIELD_EMPTY))
		return rdata_bad(x, f, KT_E_FORMAT, "base64");
	return 0;
}

static bool print_base64(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	dns_base64_print(text, rdata + at, n);
	return true;
}

const struct dns_field_kind dns_kind_base64 = { scan_base64, measure_rest, print_base64,
	0 };

/* "-" says that there is none (DOA). */
static int scan_data(struct rdata_scan *x, const struct dns_field *f)
{
	static const struct dns_field rest = { .name = "data",
		.flags = DNS_FIELD_EMPTY };
	int rc = rdata_word(x, f);
	if (rc || rdata_token_is(x, "-"))
		return rc;
	struct dns_base64 d = { 0 };
	for (;;) {
		if (dns_base64_feed(&d, x->s->token.at, x->s->token.len, x->out))
			return rdata_bad(x, f, KT_E_FORMAT, "base64 or \"-\"");
		if (dns_scan_at_end(x->s))
			break;
		rc = rdata_word(x, &rest);
		if (rc)
			return rc;
	}
	if (dns_base64_end(&d))
		return rdata_bad(
		    x, f, KT_E_FORMAT, "base64 in groups of four characters");
	return 0;
}

static int measure_data(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f, (void)rdata;
	return (int)(len - at);
}

static bool print_data(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	if (n)
		dns_base64_print(text, rdata + at, n);
	else
		kt_text_char(text, '-');
	return true;
}

const struct dns_field_kind dns_kind_data = { scan_data, measure_data, print_data, 0 };

static int scan_hex(struct rdata_scan *x, const struct dns_field *f)
{
	int odd = -1;
	const uint8_t *from = x->out->at;
	do {
		int rc = rdata_word(x, f);
		if (rc)
			return rc;
		if (dns_hex_feed(&odd, x->s->token.at, x->s->token.len, x->out))
			return rdata_bad(x, f, KT_E_FORMAT, "hexadecimal digits");
	} while (!dns_scan_at_end(x->s));
	if (odd >= 0 || (x->out->at == from && !x->out->err))
		return rdata_bad(
		    x, f, KT_E_FORMAT, "two hexadecimal digits for each octet");
	return 0;
}

static bool print_hex(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	dns_hex_print(text, rdata + at, n);
	return true;
}

const struct dns_field_kind dns_kind_hex = { scan_hex, measure_rest, print_hex, 0 };

/* The word of a digest type; the end of the list for others. */
static const struct dns_word *digest_word(const struct dns_field *f, uint8_t type)
{
	const struct dns_word *w = f->words;
	while (w->name && w->value != type)
		w++;
	return w;
}

static bool digest_fits(const struct dns_word *w, size_t n)
{
	return w->name ? n == w->octets : n >= w->octets;
}

static int scan_digest(struct rdata_scan *x, const struct dns_field *f)
{
	const uint8_t *from = x->out->at;
	int rc = scan_hex(x, f);
	if (rc || x->out->err)
		return rc;
	size_t n = (size_t)(x->out->at - from);
	const struct dns_word *w = digest_word(f, from[-1]);
	if (!digest_fits(w, n))
		return dns_scan_error(x->s, KT_E_FORMAT, f->name,
		    "found %zu octets, expected %s%u for digests of type %u", n,
		    w->name ? "" : "at least ", w->octets, from[-1]);
	return 0;
}

static int measure_digest(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	size_t n = len - at;
	return n && digest_fits(digest_word(f, rdata[at - 1]), n) ? (int)n
								  : KT_E_FORMAT;
}

const struct dns_field_kind dns_kind_digest = { scan_digest, measure_digest, print_hex,
	0 };

/* A length octet and as many octets. */
static int measure_counted(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (at >= len || len - at - 1 < rdata[at])
		return KT_E_FORMAT;
	return 1 + rdata[at];
}

/* RFC 5155 s.3.3: hex without white space, "-" when there is none. */
static int scan_salt(struct rdata_scan *x, const struct dns_field *f)
{
	int odd = -1, rc = rdata_word(x, f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	if (rdata_token_is(x, "-")) {
		kt_write8(x->out, 0);
		return 0;
	}
	if (t->len == 0 || t->len % 2 || t->len > 2 * UINT8_MAX)
		return rdata_bad(
		    x, f, KT_E_FORMAT, "up to 255 octets in hex, or \"-\"");
	kt_write8(x->out, (uint8_t)(t->len / 2));
	if (dns_hex_feed(&odd, t->at, t->len, x->out))
		return rdata_bad(x, f, KT_E_FORMAT, "hexadecimal digits, or \"-\"");
	return 0;
}

static bool print_salt(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	if (n == 1)
		kt_text_char(text, '-');
	else
		dns_hex_print(text, rdata + at + 1, n - 1);
	return true;
}

const struct dns_field_kind dns_kind_salt = { scan_salt, measure_counted, print_salt,
	0 };

static int scan_hash(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	size_t n = t->len * 5 / 8;
	if (n == 0 || n > UINT8_MAX)
		return rdata_bad(x, f, KT_E_FORMAT, "1 to 255 octets in base32hex");
	kt_write8(x->out, (uint8_t)n);
	if (dns_base32_scan(t->at, t->len, x->out))
		return rdata_bad(x, f, KT_E_FORMAT, "base32hex without padding");
	return 0;
}

static int measure_hash(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	int n = measure_counted(f, rdata, at, len);
	/* RFC 5155 s.3.2: the hash is there. */
	return n == 1 ? KT_E_FORMAT : n;
}

static bool print_hash(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	dns_base32_print(text, rdata + at + 1, n - 1);
	return true;
}

const struct dns_field_kind dns_kind_hash = { scan_hash, measure_hash, print_hash, 0 };

/* Hex digits with dots anywhere between octets. */
static int write_dotted_hex(
    struct rdata_scan *x, const struct dns_field *f, const char *p, const char *end)
{
	const uint8_t *from = x->out->at;
	int odd = -1;
	for (; p < end; p++) {
		if (*p == '.' && odd < 0)
			continue;
		if (dns_hex_feed(&odd, p, 1, x->out))
			return rdata_bad(x, f, KT_E_FORMAT, "hexadecimal digits");
	}
	if (odd >= 0 || (x->out->at == from && !x->out->err))
		return rdata_bad(
		    x, f, KT_E_FORMAT, "two hexadecimal digits for each octet");
	return 0;
}

/* RFC 1706 s.7: "0x", then hex digits and dots. */
static int scan_nsap(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const char *p = x->s->token.at, *end = p + x->s->token.len;
	if (end - p < 2 || p[0] != '0' || (p[1] | 0x20) != 'x')
		return rdata_bad(x, f, KT_E_FORMAT, "\"0x\" and hexadecimal digits");
	return write_dotted_hex(x, f, p + 2, end);
}

static bool print_nsap(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	kt_text_add(text, "0x");
	dns_hex_print(text, rdata + at, n);
	return true;
}

const struct dns_field_kind dns_kind_nsap = { scan_nsap, measure_rest, print_nsap, 0 };

/* ATM: format 0, octets of an end system address; format 1, "+" and digits (E.164). */
enum {
	ATM_AESA = 0,
	ATM_E164 = 1
};

static int scan_atma(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const char *p = x->s->token.at, *end = p + x->s->token.len;
	if (p == end || *p != '+') {
		kt_write8(x->out, ATM_AESA);
		return write_dotted_hex(x, f, p, end);
	}
	kt_write8(x->out, ATM_E164);
	bool some = false;
	while (++p < end) {
		if (*p == '.')
			continue;
		if ((uint8_t)(*p - '0') > 9)
			return rdata_bad(x, f, KT_E_FORMAT, "\"+\" and digits");
		kt_write8(x->out, (uint8_t)*p);
		some = true;
	}
	return some ? 0 : rdata_bad(x, f, KT_E_FORMAT, "\"+\" and digits");
}

static int measure_atma(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	if (len - at < 2)
		return KT_E_FORMAT;
	for (size_t i = at + 1; rdata[at] == ATM_E164 && i < len; i++)
		if ((uint8_t)(rdata[i] - '0') > 9)
			return KT_E_FORMAT;
	return (int)(len - at);
}

static bool print_atma(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	if (rdata[at] > ATM_E164)
		return false;
	if (rdata[at] == ATM_AESA) {
		dns_hex_print(text, rdata + at + 1, n - 1);
	} else {
		kt_text_char(text, '+');
		kt_text_add_n(text, (const char *)rdata + at + 1, n - 1);
	}
	return true;
}

const struct dns_field_kind dns_kind_atma = { scan_atma, measure_atma, print_atma, 0 };
