/*
 * $GENERATE range lhs [ttl] [class] type rhs, as BIND reads it.
 *
 * range is start-stop or start-stop/step.  In lhs and rhs "$" is the step, "$$" a dollar
 * sign, "\$" a dollar sign that stays escaped, and ${offset,width,base} the step plus
 * offset, zero-padded to width, in base d, o, x, X, or in nibbles n, N as below ip6.arpa
 * (width then counts the dots).  An rhs of several words may stand in quotes as a whole;
 * a quote within is then written \".
 */
#include "base/mem.h"
#include "base/text.h"
#include "dns/zonetext_p.h"

#include <stdlib.h>
#include <string.h>

enum {
	WIDTH_MAX = 255,
	EXPANDED_MAX = 4 * DNS_RDATA_MAX, /* octets as \ddd */
};

struct range {
	uint32_t start, stop, step;
};

struct generate {
	struct zonetext *z;
	struct dns_scanner lhs, rhs; /* as they were at those words, for errors */
	struct kt_text rhs_text;     /* the template */
	struct kt_text expanded;
	const char *type_name;
	struct dns_record record;
	uint32_t step;
	bool warned;
};

static int scan_range(struct dns_scanner *s, struct range *out)
{
	static const uint32_t max = 0x7fffffff;
	int rc = dns_scan_word(s, "a range");
	if (rc)
		return rc;
	const char *text = s->token.at, *end = text + s->token.len;
	const char *dash = memchr(text, '-', s->token.len);
	const char *slash = memchr(text, '/', s->token.len);
	const char *stop_end = slash ? slash : end;
	uint64_t start = 0, stop = 0, step = 1;
	if (!dash || (slash && slash < dash) ||
	    kt_scan_number(text, (size_t)(dash - text), max, &start) ||
	    kt_scan_number(dash + 1, (size_t)(stop_end - dash - 1), max, &stop) ||
	    (slash &&
		kt_scan_number(slash + 1, (size_t)(end - slash - 1), max, &step)) ||
	    start > stop || step == 0) {
		char found[DNS_TOKEN_TEXT];
		return dns_scan_error(s, KT_E_FORMAT, "range",
		    "found %s, expected START-STOP or START-STOP/STEP, from 0 to "
		    "2147483647, START not above STOP",
		    dns_token_print(s, found));
	}
	if ((stop - start) / step >= DNS_GENERATE_MAX)
		return dns_scan_error(s, KT_E_LIMIT, "range",
		    "%llu steps are too many, at most %u can be made",
		    (unsigned long long)((stop - start) / step + 1), DNS_GENERATE_MAX);
	*out = (struct range){ (uint32_t)start, (uint32_t)stop, (uint32_t)step };
	return 0;
}

/* "{offset,width,base}" behind a dollar sign. */
struct modifier {
	int64_t offset;
	uint32_t width;
	char base;
};

static int scan_signed(const char *text, size_t len, int64_t *out)
{
	bool minus = len && *text == '-';
	uint64_t v = 0;
	if (len && (*text == '-' || *text == '+')) {
		text++;
		len--;
	}
	int rc = kt_scan_number(text, len, 0x7fffffff, &v);
	if (!rc)
		*out = minus ? -(int64_t)v : (int64_t)v;
	return rc;
}

/* Characters up to a comma or the end. */
static size_t part_len(const char *p, const char *end)
{
	const char *comma = memchr(p, ',', (size_t)(end - p));
	return (size_t)((comma ? comma : end) - p);
}

static int scan_modifier(const char *p, const char *end, struct modifier *out)
{
	uint64_t width = 0;
	size_t len = part_len(p, end);
	*out = (struct modifier){ .base = 'd' };
	if (scan_signed(p, len, &out->offset))
		return KT_E_FORMAT;
	p += len;
	if (p == end)
		return 0;
	len = part_len(++p, end);
	if (kt_scan_number(p, len, WIDTH_MAX, &width))
		return KT_E_FORMAT;
	out->width = (uint32_t)width;
	p += len;
	if (p == end)
		return 0;
	if (end - p != 2 || !strchr("doxXnN", p[1]))
		return KT_E_FORMAT;
	out->base = p[1];
	return 0;
}

/* The lowest nibble first, dots between them; an even width ends in a dot, as in BIND. */
static void add_nibbles(struct kt_text *text, uint32_t v, uint32_t width, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	do {
		kt_text_char(text, digits[v & 15]);
		v >>= 4;
		width -= width > 0;
		if (!v && !width)
			return;
		kt_text_char(text, '.');
		width -= width > 0;
	} while (v || width);
}

static void add_step(struct kt_text *text, uint32_t v, const struct modifier *m)
{
	int width = (int)m->width;
	switch (m->base) {
	case 'o':
		kt_text_addf(text, "%0*o", width, v);
		break;
	case 'x':
		kt_text_addf(text, "%0*x", width, v);
		break;
	case 'X':
		kt_text_addf(text, "%0*X", width, v);
		break;
	case 'n':
	case 'N':
		add_nibbles(text, v, m->width, m->base == 'N');
		break;
	default:
		kt_text_addf(text, "%0*u", width, v);
	}
}

/* What stands behind a dollar sign at p; *used characters of it.  NULL or what is wrong. */
static const char *expand_dollar(
    struct kt_text *text, const char *p, const char *end, uint32_t step, size_t *used)
{
	struct modifier m = { .base = 'd' };
	*used = 0;
	if (p < end && *p == '$') {
		kt_text_char(text, '$');
		*used = 1;
		return NULL;
	}
	if (p < end && *p == '{') {
		const char *close = memchr(p, '}', (size_t)(end - p));
		if (!close)
			return "a modifier \"${\" has no \"}\"";
		if (scan_modifier(p + 1, close, &m))
			return "expected ${offset}, ${offset,width} or "
			       "${offset,width,base}, "
			       "width up to 255, base one of d o x X n N";
		*used = (size_t)(close + 1 - p);
	}
	int64_t v = (int64_t)step + m.offset;
	if (v < 0 || v > 0x7fffffff)
		return "the step and its offset are below 0 or above 2147483647";
	add_step(text, (uint32_t)v, &m);
	return NULL;
}

/* Fills text from a template.  NULL or what is wrong. */
static const char *expand(
    struct kt_text *text, const char *p, size_t len, uint32_t step)
{
	const char *end = p + len;
	kt_text_clear(text);
	while (p < end) {
		if (text->len > EXPANDED_MAX)
			return "the text becomes longer than any record";
		if (*p == '\\' && p + 1 < end) {
			kt_text_add_n(text, p, 2);
			p += 2;
		} else if (*p == '$') {
			size_t used;
			const char *wrong = expand_dollar(text, ++p, end, step, &used);
			if (wrong)
				return wrong;
			p += used;
		} else {
			kt_text_char(text, *p++);
		}
	}
	return NULL;
}

/* "\"" within a quoted rhs is a quote of the record. */
static void add_unquoted(struct kt_text *text, const struct dns_token *t)
{
	for (uint32_t i = 0; i < t->len; i++) {
		if (t->at[i] == '\\' && i + 1 < t->len) {
			if (t->at[i + 1] != '"')
				kt_text_char(text, '\\');
			i++;
		}
		kt_text_char(text, t->at[i]);
	}
}

static void add_token(
    struct kt_text *text, const struct dns_token *t, const char *behind_last)
{
	bool quoted = t->kind == DNS_TOKEN_QUOTED;
	/* key="value" must stay in one piece (RFC 9460 s.2.1). */
	if (text->len && !(quoted && t->at - 1 == behind_last))
		kt_text_char(text, ' ');
	kt_text_add_n(text, t->at - quoted, t->len + 2u * quoted);
}

/* The rest of the record is the template of the rdata. */
static int scan_rhs(struct generate *g, struct dns_scanner *s)
{
	const char *behind = NULL;
	int rc = dns_scan_word(s, "the data to generate");
	if (rc)
		return rc;
	g->rhs = *s;
	if (s->token.kind == DNS_TOKEN_QUOTED && dns_scan_at_end(s)) {
		add_unquoted(&g->rhs_text, &s->token);
		return dns_scan_end(s);
	}
	for (;;) {
		add_token(&g->rhs_text, &s->token, behind);
		if (dns_scan_at_end(s))
			return dns_scan_end(s);
		behind = s->token.at + s->token.len +
			 (s->token.kind == DNS_TOKEN_QUOTED);
		rc = dns_scan_word(s, "the data to generate");
		if (rc)
			return rc;
	}
}

/* Tells the first thing that went wrong with the rdata of a step, at the template. */
KT_COLD static void tell(struct generate *g, const struct kt_errs *errs)
{
	for (size_t i = 0; i < errs->n; i++) {
		const struct kt_err *e = &errs->list[i];
		if (e->grade == KT_ERROR)
			dns_scan_error(&g->rhs, e->code, NULL,
			    "step %u, \"%.100s\": %s", g->step,
			    kt_text_of(&g->expanded), e->text);
		else if (!g->warned)
			dns_scan_warning(&g->rhs, e->code, NULL,
			    "step %u, \"%.100s\": %s", g->step,
			    kt_text_of(&g->expanded), e->text);
		g->warned |= e->grade == KT_WARNING;
	}
}

static int make_rdata(struct generate *g, struct kt_writer *out)
{
	struct kt_errs errs;
	struct dns_scanner s;
	kt_errs_init(&errs, 4);
	dns_scanner_init(&s, kt_text_of(&g->expanded), g->expanded.len, &errs);
	s.type_name = g->type_name;
	int rc = dns_rdata_scan(&s, g->record.type, &g->z->origin, out);
	if (!rc)
		rc = dns_scan_end(&s);
	if (!rc && s.token.kind != DNS_TOKEN_END_OF_FILE)
		rc = dns_scan_error(
		    &s, KT_E_FORMAT, NULL, "the data has more than one line");
	if (errs.n)
		tell(g, &errs);
	kt_errs_fini(&errs);
	return rc;
}

static int step_error(
    struct generate *g, struct dns_scanner *at, int code, const char *why)
{
	return dns_scan_error(at, code, NULL, "step %u: %s", g->step, why);
}

static int make_record(struct generate *g)
{
	struct zonetext *z = g->z;
	const struct dns_token *lhs = &g->lhs.token;
	const char *wrong = expand(&g->expanded, lhs->at, lhs->len, g->step);
	if (wrong)
		return step_error(g, &g->lhs, KT_E_FORMAT, wrong);
	z->owner_text = NULL;
	int rc = zonetext_set_owner(z, kt_text_of(&g->expanded), g->expanded.len);
	z->owner_text = NULL;
	if (rc)
		return dns_scan_error(&g->lhs, rc, NULL,
		    "step %u, \"%.100s\": bad owner: %s", g->step,
		    kt_text_of(&g->expanded), kt_strerror(rc));
	wrong = expand(&g->expanded, g->rhs_text.at, g->rhs_text.len, g->step);
	if (wrong)
		return step_error(g, &g->rhs, KT_E_FORMAT, wrong);
	struct kt_writer out = kt_writer_of(z->rdata, sizeof(z->rdata));
	rc = make_rdata(g, &out);
	if (rc)
		return rc;
	g->record.owner = z->owner[z->current].wire;
	g->record.rdata = z->rdata;
	g->record.rdlen = (uint16_t)kt_writer_len(&out);
	return zonetext_give(z, &g->record);
}

/* The first step that fails is the last: the others would fail in the same way. */
static int run(struct generate *g, const struct range *range)
{
	int rc = 0;
	for (uint64_t i = range->start; !rc && i <= range->stop; i += range->step) {
		g->step = (uint32_t)i;
		rc = make_record(g);
	}
	return rc;
}

static int scan_line(struct generate *g, struct dns_scanner *s, struct range *range)
{
	bool no_ttl = false;
	const char *directive = s->type_name;
	int rc = scan_range(s, range);
	if (!rc)
		rc = dns_scan_word(s, "the owner to generate");
	if (rc)
		return rc;
	g->lhs = *s;
	dns_scan(s);
	rc = zonetext_head(g->z, s, &g->record, &no_ttl);
	if (!rc && no_ttl)
		rc = zonetext_no_ttl(g->z, s);
	if (rc)
		return rc;
	g->type_name = s->type_name;
	s->type_name = directive;
	return scan_rhs(g, s);
}

int zonetext_generate(struct zonetext *z, struct dns_scanner *s)
{
	struct range range = { 0 };
	struct zonetext_saved saved;
	struct generate g = {
		.z = z,
		.record = { .file = s->file, .line = s->token_line },
	};
	int rc = scan_line(&g, s, &range);
	if (!rc) {
		zonetext_save(z, &saved);
		rc = run(&g, &range);
		zonetext_restore(z, &saved);
	}
	kt_text_fini(&g.rhs_text);
	kt_text_fini(&g.expanded);
	return rc;
}
