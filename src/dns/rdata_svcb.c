/*
 * The parameters of SVCB and HTTPS (RFC 9460 s.2.1, s.2.2): keys ascending, each with a
 * length and a value whose form the key's row says (dns/svcb_key.c).
 *
 * Text is KEY or KEY=VALUE.  The value is a character-string (RFC 9460 s.2.1), so
 * escapes of zone text are undone first; lists are split after that, with an escaping
 * of their own (appendix A.1).
 */
#include "base/err.h"
#include "dns/svcb_p.h"

#include <string.h>
#include <strings.h>

/* The value of a word "key=...": behind "=" in the word, or the quoted string there. */
static int take_value(struct svcb_value *v, const char *equals)
{
	struct dns_scanner *s = v->x->s;
	const char *end = s->token.at + s->token.len;
	if (!equals) {
		v->chars = (struct rdata_chars){ end, end };
		return 0;
	}
	v->chars = (struct rdata_chars){ equals + 1, end };
	if (equals + 1 < end || s->at != end || *end != '"')
		return 0;
	int rc = dns_scan_word(s, v->f.name);
	if (!rc)
		v->chars = (struct rdata_chars){ s->token.at,
			s->token.at + s->token.len };
	return rc;
}

/* The place of a key among the n octets of parameters; n: at the end.  -1: there already. */
static ptrdiff_t key_place(const uint8_t *params, size_t n, unsigned key)
{
	for (size_t at = 0; at < n;) {
		unsigned here = kt_get16(params + at);
		if (here >= key)
			return here == key ? -1 : (ptrdiff_t)at;
		at += SVCB_PARAM_HEAD + kt_get16(params + at + 2);
	}
	return (ptrdiff_t)n;
}

static void reverse(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		uint8_t t = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = t;
	}
}

/* Moves the last `tail` octets of n to the front. */
static void rotate(uint8_t *p, size_t n, size_t tail)
{
	reverse(p, n - tail);
	reverse(p + n - tail, tail);
	reverse(p, n);
}

/* What the parameters so far look like. */
struct svcb_params {
	uint8_t *at; /* the first of them */
	int last;    /* the highest key; -1: none */
	int moves;   /* parameters that did not come in order */
};

/* Moving costs work in the length of all: nobody needs so many out of order. */
enum {
	MOVES_MAX = 256
};

static int scan_param(
    struct rdata_scan *x, struct svcb_params *params, const struct dns_field *f)
{
	unsigned key;
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const char *word = x->s->token.at;
	const char *equals = memchr(word, '=', x->s->token.len);
	size_t len = equals ? (size_t)(equals - word) : x->s->token.len;
	if (svcb_key_scan(word, len, &key))
		return rdata_bad(x, f, KT_E_FORMAT,
		    "a parameter key, or \"key\" and a number up to 65534");
	const struct svcb_key *row = svcb_key_row(key);
	bool generic = !row->name || strncasecmp(word, "key", 3) == 0;
	struct svcb_value v = { .x = x,
		.f = { .name = row->name ? row->name : f->name } };
	size_t before = (size_t)(x->out->at - params->at);
	ptrdiff_t place = (int)key > params->last ? (ptrdiff_t)before
						  : key_place(params->at, before, key);
	if (place < 0)
		return dns_scan_error(x->s, KT_E_EXISTS, v.f.name,
		    "found the key a second time, expected each once");
	rc = take_value(&v, equals);
	if (rc)
		return rc;
	uint8_t *head = kt_write_room(x->out, SVCB_PARAM_HEAD), *value = x->out->at;
	rc = generic ? svcb_scan_octets(&v) : row->scan(&v);
	size_t n = (size_t)(x->out->at - value);
	if (!head || x->out->err || n > UINT16_MAX)
		return dns_scan_error(
		    x->s, KT_E_LONG, v.f.name, "the value is too long");
	if (rc || !row->check(value, n))
		return rdata_bad(x, &v.f, KT_E_FORMAT, row->expected);
	kt_put16(head, (uint16_t)key);
	kt_put16(head + 2, (uint16_t)n);
	if ((size_t)place < before && ++params->moves > MOVES_MAX)
		return dns_scan_error(x->s, KT_E_LIMIT, v.f.name,
		    "more than %d parameters are not in ascending order", MOVES_MAX);
	if ((size_t)place < before)
		rotate(params->at + place, before + SVCB_PARAM_HEAD + n - (size_t)place,
		    SVCB_PARAM_HEAD + n);
	else
		params->last = (int)key;
	return 0;
}

/*
 * Whole parameters, each well-formed: are they consistent?  RFC 9460 s.8: what is
 * mandatory is there; s.7.1.1: no-default-alpn goes with alpn.  NULL, or what is wrong.
 */
static const char *inconsistent(const uint8_t *params, size_t n)
{
	if (n == 0)
		return NULL;
	if (kt_get16(params) == SVCB_KEY_MANDATORY) {
		const uint8_t *list = params + SVCB_PARAM_HEAD;
		size_t len = kt_get16(params + 2), at = SVCB_PARAM_HEAD + len;
		/* Both ascend: one walk. */
		for (size_t i = 0; i < len; i += 2) {
			unsigned key = kt_get16(list + i);
			while (at < n && kt_get16(params + at) < key)
				at += SVCB_PARAM_HEAD + kt_get16(params + at + 2);
			if (at >= n || kt_get16(params + at) != key)
				return "\"mandatory\" lists a key that is not there";
		}
	}
	if (key_place(params, n, SVCB_KEY_NO_DEFAULT_ALPN) < 0 &&
	    key_place(params, n, SVCB_KEY_ALPN) >= 0)
		return "\"no-default-alpn\" needs \"alpn\"";
	return NULL;
}

static int scan_svcb(struct rdata_scan *x, const struct dns_field *f)
{
	struct svcb_params params = { .at = x->out->at, .last = -1 };
	while (!dns_scan_at_end(x->s)) {
		int rc = scan_param(x, &params, f);
		if (rc)
			return rc;
	}
	if (x->out->err)
		return 0;
	size_t n = (size_t)(x->out->at - params.at);
	const char *wrong = inconsistent(params.at, n);
	if (wrong)
		return dns_scan_error(x->s, KT_E_CONFLICT, f->name, "%s", wrong);
	/* RFC 9460 s.2.4.2: they say nothing in an alias. */
	if (n && kt_get16(x->start) == 0)
		dns_scan_warning(x->s, KT_E_CONFLICT, f->name,
		    "parameters of an alias (priority 0) are ignored by clients");
	return 0;
}

static int measure_svcb(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	int last = -1;
	for (size_t i = at; i < len;) {
		if (len - i < SVCB_PARAM_HEAD)
			return KT_E_FORMAT;
		unsigned key = kt_get16(rdata + i);
		size_t n = kt_get16(rdata + i + 2);
		/* RFC 9460 s.2.2: strictly ascending. */
		if ((int)key <= last || len - i - SVCB_PARAM_HEAD < n)
			return KT_E_FORMAT;
		if (!svcb_key_row(key)->check(rdata + i + SVCB_PARAM_HEAD, n))
			return KT_E_FORMAT;
		last = (int)key;
		i += SVCB_PARAM_HEAD + n;
	}
	return inconsistent(rdata + at, len - at) ? KT_E_FORMAT : (int)(len - at);
}

static bool print_svcb(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	for (size_t i = at; i < at + n;) {
		unsigned key = kt_get16(rdata + i);
		size_t len = kt_get16(rdata + i + 2);
		const struct svcb_key *row = svcb_key_row(key);
		/* Reserved (RFC 9460 s.14.3.2): it has no name to be written with. */
		if (key == SVCB_KEY_INVALID)
			return false;
		if (i > at)
			kt_text_char(text, ' ');
		svcb_key_print(text, key);
		if (row->print && (row->name || len)) {
			kt_text_char(text, '=');
			row->print(text, rdata + i + SVCB_PARAM_HEAD, len);
		}
		i += SVCB_PARAM_HEAD + len;
	}
	return true;
}

const struct dns_field_kind dns_kind_svcb = { scan_svcb, measure_svcb, print_svcb, 0 };
