/*
 * dns/scan.h -- zone text as tokens.
 *
 * Splits zone text (RFC 1035 s.5.1) into tokens and ends of records: comments, white
 * space and parentheses are gone, a quoted string is one token without its quotes,
 * escapes are still in.  Tokens point into the text.  A quote also ends a word, so
 * `alpn="h2,h3"` (RFC 9460 s.2.1) are two tokens: the first ends in '=' and *s->at is then
 * '"'.  A carriage return is white space; a byte order mark before the first line is
 * skipped.
 *
 * Input:    hostile octets of any size; no NUL needed, but at[len] must be readable
 *           and 0 (base/file.h gives that).
 * Memory:   borrows the text; allocates nothing.
 * Threads:  a scanner belongs to one.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_token_kind {
	DNS_TOKEN_END_OF_FILE,
	DNS_TOKEN_END_OF_RECORD, /* a line end outside parentheses */
	DNS_TOKEN_WORD,
	DNS_TOKEN_QUOTED,
	DNS_TOKEN_ERROR, /* unterminated quote, unbalanced parenthesis, NUL: reported to errs already */
};

#define DNS_TOKEN_MAX \
 (1u << 20) /* octets; the longest rdata in \ddd escapes is a quarter of it */

struct dns_token {
	enum dns_token_kind kind;
	bool first_column; /* the word starts in column 1: an owner (or a directive) */
	uint32_t len;
	const char *at;
};

struct dns_scanner {
	const char *text, *at, *end;
	const char *file; /* for messages; NULL: none */
	unsigned line;    /* of `at`, counting from 1 */
	const char *line_start;
	unsigned depth;     /* open parentheses */
	unsigned open_line; /* of the outermost one */
	const char *open_at, *open_line_start;
	bool recovered; /* `at` was moved to the start of a record */
	struct kt_errs *errs;
	/* What is being read, so that an error can name it. */
	const char *type_name;  /* "MX", or NULL */
	struct dns_token token; /* the current one */
	unsigned token_line;
	const char *token_line_start;
};

KT_NONNULL void dns_scanner_init(
    struct dns_scanner *s, const char *text, size_t len, struct kt_errs *errs);

/* Moves to the next token and returns its kind; s->token holds it. */
KT_NONNULL enum dns_token_kind dns_scan(struct dns_scanner *s);
/*
 * Skips to behind the end of the record at hand (error recovery); nothing when the
 * current token is that end.  When a parenthesis of the record is never closed, that is
 * reported and reading goes on at the next line that starts in column 1.
 */
KT_NONNULL void dns_scan_skip_record(struct dns_scanner *s);

/*
 * Reports an error at the current token: file, line, column, the line's text; the
 * sentence is "TYPE field: found ..., expected ...".  field may be NULL.  Returns code.
 */
KT_PRINTF(4, 5)
int dns_scan_error(
    struct dns_scanner *s, int code, const char *field, const char *format, ...);
KT_PRINTF(4, 5)
int dns_scan_warning(
    struct dns_scanner *s, int code, const char *field, const char *format, ...);

#define DNS_TOKEN_TEXT 64 /* octets for dns_token_print(), with NUL */

/*
 * The current token for a message: "text" in quotes, shortened and without control
 * characters, or `the end of the record`.  Returns out.
 */
KT_NONNULL char *dns_token_print(const struct dns_scanner *s, char *out);

/*
 * Next token as what a field is; each reports its own error and returns 0 or
 * negative.  `field` names the field in the error.
 */
KT_MUST int dns_scan_word(
    struct dns_scanner *s, const char *field); /* any token of text */
KT_MUST int dns_scan_number(
    struct dns_scanner *s, const char *field, uint64_t max, uint64_t *out);
/* seconds, or TTL units as in "1h30m" (BIND); at most 2^31-1 (RFC 2181 s.8) */
KT_MUST int dns_scan_ttl(struct dns_scanner *s, const char *field, uint32_t *out);
KT_MUST int dns_scan_name(struct dns_scanner *s, const char *field,
    const struct dns_name *origin, struct dns_name *out);
/* TTL text that may be something else: 0, KT_E_FORMAT, KT_E_RANGE; reports nothing. */
KT_MUST int dns_ttl_scan(const char *text, size_t len, uint32_t *out);
/* The same for other spans of time, of at most max seconds. */
KT_MUST int dns_span_scan(const char *text, size_t len, uint32_t max, uint32_t *out);
/* Reports that the current token is no name, code being dns_name_scan()'s; returns code. */
KT_COLD int dns_scan_bad_name(struct dns_scanner *s, int code, const char *field);
/* The next token must be the end of the record. */
KT_MUST int dns_scan_end(struct dns_scanner *s);
/* True and consumes nothing when the record ends here. */
KT_NONNULL bool dns_scan_at_end(struct dns_scanner *s);
