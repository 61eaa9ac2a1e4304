/* What a token stands for, and what is said when it does not. */
#include "base/mem.h"
#include "base/text.h"
#include "dns/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOURCE_MAX = 1024
}; /* characters of a line that are shown */

#define TTL_MAX 0x7fffffffu /* RFC 2181 s.8 */

static bool is_printable(char c)
{
	return (uint8_t)c >= 0x20 && c != 0x7f;
}

/* The line for showing, fit for a terminal; NULL when the column is far out. */
static const char *source_line(const struct dns_scanner *s, size_t column, char *out)
{
	if (column > SOURCE_MAX)
		return NULL;
	size_t left = (size_t)(s->end - s->token_line_start), n = 0;
	const char *p = s->token_line_start;
	while (n < left && n < SOURCE_MAX && p[n] != '\n') {
		out[n] = is_printable(p[n]) || p[n] == '\t' ? p[n] : ' ';
		n++;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = 0;
	return out;
}

KT_PRINTF(5, 0)
KT_COLD static int report(struct dns_scanner *s, enum kt_grade grade, int code,
    const char *field, const char *format, va_list ap)
{
	size_t column = (size_t)(s->token.at - s->token_line_start) + 1;
	if (s->token.kind == DNS_TOKEN_QUOTED)
		column--;
	char source[SOURCE_MAX + 1];
	char *sentence = NULL;
	kt_require(vasprintf(&sentence, format, ap) >= 0);
	struct kt_text text = { 0 };
	if (s->type_name)
		kt_text_addf(&text, "%s%s", s->type_name, field ? " " : ": ");
	if (field)
		kt_text_addf(&text, "%s: ", field);
	kt_text_add(&text, sentence);
	if (s->depth && s->open_line < s->token_line)
		kt_text_addf(
		    &text, " (inside the parenthesis opened in line %u)", s->open_line);
	kt_errs_add(s->errs, grade, code, s->file, s->token_line, (unsigned)column,
	    source_line(s, column, source), "%s", kt_text_of(&text));
	kt_text_fini(&text);
	free(sentence);
	return code;
}

int dns_scan_error(
    struct dns_scanner *s, int code, const char *field, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(s, KT_ERROR, code, field, format, ap);
	va_end(ap);
	return code;
}

int dns_scan_warning(
    struct dns_scanner *s, int code, const char *field, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(s, KT_WARNING, code, field, format, ap);
	va_end(ap);
	return code;
}

char *dns_token_print(const struct dns_scanner *s, char *out)
{
	static const char more[] = "...";
	const struct dns_token *t = &s->token;
	if (t->kind != DNS_TOKEN_WORD && t->kind != DNS_TOKEN_QUOTED)
		return strcpy(out, t->kind == DNS_TOKEN_END_OF_FILE
				       ? "the end of the file"
				       : "the end of the record");
	size_t room = DNS_TOKEN_TEXT - 3, n = t->len;
	bool cut = n > room;
	if (cut)
		n = room - (sizeof(more) - 1);
	char *p = out;
	*p++ = '"';
	for (size_t i = 0; i < n; i++)
		*p++ = is_printable(t->at[i]) ? t->at[i] : '?';
	if (cut) {
		memcpy(p, more, sizeof(more) - 1);
		p += sizeof(more) - 1;
	}
	*p++ = '"';
	*p = 0;
	return out;
}

/* "found X, expected Y" at the current token. */
KT_COLD static int unexpected(
    struct dns_scanner *s, int code, const char *field, const char *expected)
{
	char found[DNS_TOKEN_TEXT];
	return dns_scan_error(s, code, field, "found %s, expected %s",
	    dns_token_print(s, found), expected);
}

int dns_scan_word(struct dns_scanner *s, const char *field)
{
	enum dns_token_kind kind = dns_scan(s);
	if (kt_likely(kind == DNS_TOKEN_WORD || kind == DNS_TOKEN_QUOTED))
		return 0;
	if (kind == DNS_TOKEN_ERROR)
		return KT_E_FORMAT;
	return unexpected(s, KT_E_FORMAT, NULL, field ? field : "more");
}

/* A token without quotes. */
static int bare_word(struct dns_scanner *s, const char *field, const char *expected)
{
	enum dns_token_kind kind = dns_scan(s);
	if (kt_likely(kind == DNS_TOKEN_WORD))
		return 0;
	if (kind == DNS_TOKEN_ERROR)
		return KT_E_FORMAT;
	return unexpected(s, KT_E_FORMAT, field, expected);
}

KT_COLD static int bad_number(
    struct dns_scanner *s, int code, const char *field, uint64_t max)
{
	char expected[64];
	snprintf(expected, sizeof(expected), "a number from 0 to %llu",
	    (unsigned long long)max);
	return unexpected(s, code, field, expected);
}

int dns_scan_number(
    struct dns_scanner *s, const char *field, uint64_t max, uint64_t *out)
{
	int rc = KT_E_FORMAT;
	if (kt_likely(dns_scan(s) == DNS_TOKEN_WORD))
		rc = kt_scan_number(s->token.at, s->token.len, max, out);
	else if (s->token.kind == DNS_TOKEN_ERROR)
		return rc;
	return rc ? bad_number(s, rc, field, max) : 0;
}

static uint64_t ttl_unit(char c)
{
	switch (c | 0x20) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

int dns_span_scan(const char *text, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t sum = 0;
	bool too_large = false;
	size_t i = 0;
	if (!len)
		return KT_E_FORMAT;
	while (i < len) {
		uint64_t v = 0, factor = 1;
		size_t start = i;
		for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
			if (v <= max)
				v = v * 10 + (uint64_t)(text[i] - '0');
		if (i == start)
			return KT_E_FORMAT;
		/* A number without a unit stands alone. */
		if (i < len)
			factor = ttl_unit(text[i++]);
		else if (start)
			return KT_E_FORMAT;
		if (!factor)
			return KT_E_FORMAT;
		sum += v * factor;
		if (sum > max)
			too_large = true, sum = 0;
	}
	if (too_large)
		return KT_E_RANGE;
	*out = (uint32_t)sum;
	return 0;
}

int dns_ttl_scan(const char *text, size_t len, uint32_t *out)
{
	return dns_span_scan(text, len, TTL_MAX, out);
}

int dns_scan_ttl(struct dns_scanner *s, const char *field, uint32_t *out)
{
	static const char expected[] = "seconds up to 2147483647, or units as in 1h30m";
	int rc = bare_word(s, field, expected);
	if (rc)
		return rc;
	rc = dns_ttl_scan(s->token.at, s->token.len, out);
	return rc ? unexpected(s, rc, field, expected) : 0;
}

int dns_scan_bad_name(struct dns_scanner *s, int code, const char *field)
{
	char found[DNS_TOKEN_TEXT];
	const char *why = code == KT_E_LONG ? "is longer than 255 octets"
			  : code == KT_E_LABEL
			      ? "has a label that is empty or longer than 63 octets"
			      : "has a bad escape: \\X or \\DDD from 000 to 255";
	return dns_scan_error(
	    s, code, field, "the name %s %s", dns_token_print(s, found), why);
}

int dns_scan_name(struct dns_scanner *s, const char *field,
    const struct dns_name *origin, struct dns_name *out)
{
	int rc = bare_word(s, field, "a domain name");
	if (rc)
		return rc;
	rc = dns_name_scan(s->token.at, s->token.len, origin, out);
	return rc ? dns_scan_bad_name(s, rc, field) : 0;
}

int dns_scan_end(struct dns_scanner *s)
{
	enum dns_token_kind kind = dns_scan(s);
	if (kt_likely(kind == DNS_TOKEN_END_OF_RECORD || kind == DNS_TOKEN_END_OF_FILE))
		return 0;
	if (kind == DNS_TOKEN_ERROR)
		return KT_E_FORMAT;
	return unexpected(s, KT_E_FORMAT, NULL, "the end of the record");
}
