/* What stands between owner and rdata: TTL, class and type. */
#include "dns/zonetext_p.h"

#include <string.h>

/* Words of up to 8 characters as a number; they hold no NUL. */
static inline uint64_t word_octets(const char *text, size_t len)
{
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | (uint8_t)text[i];
	return v;
}

static inline struct zonetext_word *word_slot(struct zonetext *z, uint64_t octets)
{
	return &z->words[(octets * 0x9e3779b97f4a7c15u) >> 60];
}

_Static_assert(ZONETEXT_WORDS == 16, "word_slot() takes four bits");

KT_COLD static int unknown_type(struct dns_scanner *s)
{
	char found[DNS_TOKEN_TEXT];
	const char *near = dns_type_nearest(s->token.at, s->token.len);
	dns_token_print(s, found);
	if (near)
		return dns_scan_error(
		    s, KT_E_TYPE, "type", "found %s, did you mean %s?", found, near);
	return dns_scan_error(s, KT_E_TYPE, "type",
	    "found %s, expected a record type, or TYPEn (RFC 3597)", found);
}

static int read_type(
    struct zonetext *z, struct dns_scanner *s, uint64_t octets, uint16_t *out)
{
	struct zonetext_word *w = word_slot(z, octets);
	uint16_t type;
	if (dns_type_scan(s->token.at, s->token.len, &type))
		return unknown_type(s);
	if (type == 0 || dns_type_is_meta(type)) {
		char found[DNS_TOKEN_TEXT];
		return dns_scan_error(s, KT_E_TYPE, "type",
		    "%s is for questions and messages, not for zones",
		    dns_token_print(s, found));
	}
	/* Long words take the slot of 0 each time, and are never found there. */
	w->octets = octets;
	w->type = type;
	s->type_name = dns_type_print(type, w->name);
	*out = type;
	return 0;
}

static int read_class(struct zonetext *z, struct dns_scanner *s, uint16_t class)
{
	if (class == z->class)
		return 0;
	char found[DNS_TOKEN_TEXT], expected[DNS_TYPE_TEXT];
	return dns_scan_error(s, KT_E_CONFLICT, "class",
	    "found %s in a zone of class %s", dns_token_print(s, found),
	    dns_class_print(z->class, expected));
}

static int read_ttl(struct dns_scanner *s, uint32_t *out)
{
	char found[DNS_TOKEN_TEXT];
	int rc = dns_ttl_scan(s->token.at, s->token.len, out);
	if (kt_likely(!rc))
		return 0;
	return dns_scan_error(s, rc, "TTL",
	    rc == KT_E_RANGE
		? "found %s, expected at most 2147483647 seconds (RFC 2181 s.8)"
		: "found %s, expected seconds, or units as in 1h30m",
	    dns_token_print(s, found));
}

static inline bool is_digit(char c)
{
	return (uint8_t)(c - '0') < 10;
}

KT_COLD static int no_word(struct dns_scanner *s)
{
	char found[DNS_TOKEN_TEXT];
	if (s->token.kind == DNS_TOKEN_ERROR)
		return KT_E_FORMAT;
	return dns_scan_error(s, KT_E_FORMAT, NULL,
	    "found %s, expected a TTL, class or type", dns_token_print(s, found));
}

int zonetext_head(
    struct zonetext *z, struct dns_scanner *s, struct dns_record *record, bool *no_ttl)
{
	bool have_class = false, have_ttl = false;
	int rc = 0;
	for (;; dns_scan(s)) {
		const struct dns_token *t = &s->token;
		uint16_t class;
		if (kt_unlikely(t->kind != DNS_TOKEN_WORD))
			return no_word(s);
		/* Neither a type nor a class starts with a digit, and each TTL does. */
		if (is_digit(t->at[0]) && !have_ttl) {
			rc = read_ttl(s, &record->ttl_s);
			have_ttl = true;
			if (rc)
				return rc;
			continue;
		}
		uint64_t octets = t->len <= ZONETEXT_WORD_MAX
				      ? word_octets(t->at, t->len)
				      : 0;
		const struct zonetext_word *w = word_slot(z, octets);
		if (kt_likely(w->octets == octets && octets)) {
			record->type = w->type;
			s->type_name = w->name;
			break;
		}
		if (!have_class && dns_class_scan(t->at, t->len, &class) == 0) {
			rc = read_class(z, s, class);
			have_class = true;
			if (rc)
				return rc;
			continue;
		}
		rc = read_type(z, s, octets, &record->type);
		if (rc)
			return rc;
		break;
	}
	record->class = z->class;
	if (have_ttl) {
		z->have_last = true;
		z->last_ttl_s = record->ttl_s;
	} else if (z->have_default) {
		record->ttl_s = z->default_ttl_s;
	} else if (z->have_last) {
		record->ttl_s = z->last_ttl_s;
	} else {
		*no_ttl = true;
	}
	return 0;
}
