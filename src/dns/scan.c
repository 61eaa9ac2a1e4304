#include "dns/scan.h"

#include <string.h>
#ifdef __SSE2__
 #include <emmintrin.h>
#endif

/* What a character does to the scanner; 0: it goes on with a word. */
enum char_class {
	CHAR_WORD,
	CHAR_ESCAPE,
	CHAR_BLANK,
	CHAR_NEWLINE,
	CHAR_COMMENT,
	CHAR_OPEN,
	CHAR_CLOSE,
	CHAR_QUOTE,
	CHAR_NUL,
};

static const uint8_t char_class[256] = {
	['\\'] = CHAR_ESCAPE,
	[' '] = CHAR_BLANK,
	['\t'] = CHAR_BLANK,
	['\r'] = CHAR_BLANK,
	['\n'] = CHAR_NEWLINE,
	[';'] = CHAR_COMMENT,
	['('] = CHAR_OPEN,
	[')'] = CHAR_CLOSE,
	['"'] = CHAR_QUOTE,
	['\0'] = CHAR_NUL,
};

static const char a_nul[] = "a NUL octet in the text";

static inline enum char_class class_at(const char *p)
{
	return char_class[(uint8_t)*p];
}

void dns_scanner_init(
    struct dns_scanner *s, const char *text, size_t len, struct kt_errs *errs)
{
	*s = (struct dns_scanner){
		.text = text,
		.at = text,
		.end = text + len,
		.line = 1,
		.errs = errs,
		.token_line = 1,
	};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		s->at += 3;
	s->line_start = s->token_line_start = s->at;
	s->token = (struct dns_token){ .kind = DNS_TOKEN_END_OF_RECORD, .at = s->at };
}

/* To the line feed that ends a comment, or to the end of the text. */
static const char *comment_end(const struct dns_scanner *s, const char *p)
{
	const char *newline = memchr(p, '\n', (size_t)(s->end - p));
	return newline ? newline : s->end;
}

static void next_line(struct dns_scanner *s)
{
	s->line_start = ++s->at;
	s->line++;
}

static void open_parenthesis(struct dns_scanner *s)
{
	if (s->depth++ == 0) {
		s->open_line = s->line;
		s->open_line_start = s->line_start;
		s->open_at = s->at;
	}
	s->at++;
}

/*
 * Skips what separates tokens: white space, comments, and within parentheses line ends.
 * Stops at a token, the end of a record, the end of the text, or something wrong.
 */
static void skip_blank(struct dns_scanner *s)
{
	for (;;) {
		switch (class_at(s->at)) {
		case CHAR_BLANK:
			s->at++;
			break;
		case CHAR_NEWLINE:
			if (!s->depth)
				return;
			next_line(s);
			break;
		case CHAR_COMMENT:
			s->at = comment_end(s, s->at);
			break;
		case CHAR_OPEN:
			open_parenthesis(s);
			break;
		case CHAR_CLOSE:
			if (!s->depth)
				return;
			s->depth--;
			s->at++;
			break;
		case CHAR_WORD:
		case CHAR_ESCAPE:
		case CHAR_QUOTE:
		case CHAR_NUL:
			return;
		}
	}
}

static void set_token(
    struct dns_scanner *s, enum dns_token_kind kind, const char *at, size_t len)
{
	s->token.kind = kind;
	s->token.first_column = false;
	s->token.len = (uint32_t)len;
	s->token.at = at;
	s->token_line = s->line;
	s->token_line_start = s->line_start;
}

/* An error of the text itself, len characters at `at`; the cursor goes to next. */
KT_COLD static enum dns_token_kind wrong(
    struct dns_scanner *s, const char *at, const char *next, const char *sentence)
{
	set_token(s, DNS_TOKEN_ERROR, at, 1);
	dns_scan_error(s, KT_E_FORMAT, NULL, "%s", sentence);
	s->at = next;
	return DNS_TOKEN_ERROR;
}

/* A line that looks like the start of a record or directive. */
static bool starts_record(const struct dns_scanner *s, const char *p)
{
	return p < s->end && (class_at(p) == CHAR_WORD || class_at(p) == CHAR_ESCAPE);
}

/*
 * The text ends in parentheses.  Only one line is certainly lost, that of the outermost
 * one; from there the first line with something in column 1 is taken for a record.
 */
KT_COLD static void recover_open(struct dns_scanner *s)
{
	s->line = s->open_line;
	s->line_start = s->open_line_start;
	s->depth = 0;
	s->type_name = NULL;
	wrong(s, s->open_at, s->open_at, "this parenthesis is never closed");
	while (s->at < s->end) {
		s->at = comment_end(s, s->at);
		if (s->at == s->end)
			break;
		next_line(s);
		if (starts_record(s, s->at))
			break;
	}
	s->recovered = true;
}

static enum dns_token_kind scan_quoted(struct dns_scanner *s)
{
	const char *start = s->at + 1, *p = start;
	for (; *p != '"' && *p != '\n' && *p; p++)
		if (*p == '\\' && p[1] && p[1] != '\n')
			p++;
	if (p >= s->end || *p == '\n')
		return wrong(
		    s, s->at, p, "this quote is not closed before the end of the line");
	if (!*p)
		return wrong(s, p, p + 1, a_nul);
	if (p - start > DNS_TOKEN_MAX)
		return wrong(
		    s, s->at, p + 1, "this quoted string is longer than any field");
	set_token(s, DNS_TOKEN_QUOTED, start, (size_t)(p - start));
	s->at = p + 1;
	return DNS_TOKEN_QUOTED;
}

/*
 * Where the word at p may end: the first character that is not CHAR_WORD, or a control
 * character before it.
 */
#ifdef __SSE2__
static inline const char *word_end(const char *p, const char *end)
{
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i blank = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
		__m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
		__m128i escape = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
		__m128i comment = _mm_cmpeq_epi8(v, _mm_set1_epi8(';'));
		/* '(' and ')' differ in the lowest bit */
		__m128i paren = _mm_cmpeq_epi8(
		    _mm_and_si128(v, _mm_set1_epi8((char)0xfe)), _mm_set1_epi8('('));
		__m128i stop = _mm_or_si128(
		    _mm_or_si128(_mm_or_si128(blank, quote), escape),
		    _mm_or_si128(comment, paren));
		unsigned mask = (unsigned)_mm_movemask_epi8(stop);
		if (kt_likely(mask))
			return p + __builtin_ctz(mask);
		p += 16;
	}
	return p;
}
#else
static inline const char *word_end(const char *p, const char *end)
{
	(void)end;
	return p;
}
#endif

static inline enum dns_token_kind scan_word(struct dns_scanner *s, bool first)
{
	const char *start = s->at, *p = word_end(start, s->end);
	for (;;) {
		while (class_at(p) == CHAR_WORD)
			p++;
		if (kt_likely(class_at(p) != CHAR_ESCAPE))
			break;
		p++;
		if (*p && *p != '\n' && *p != '\r')
			p++;
	}
	if (kt_unlikely(p - start > DNS_TOKEN_MAX))
		return wrong(s, start, p, "this word is longer than any field");
	set_token(s, DNS_TOKEN_WORD, start, (size_t)(p - start));
	s->token.first_column = first;
	s->at = p;
	return DNS_TOKEN_WORD;
}

/* What is neither word nor white space. */
static enum dns_token_kind scan_special(struct dns_scanner *s, bool first)
{
	if (class_at(s->at) == CHAR_QUOTE) {
		enum dns_token_kind kind = scan_quoted(s);
		s->token.first_column = first;
		return kind;
	}
	if (class_at(s->at) == CHAR_CLOSE)
		return wrong(s, s->at, s->at + 1, "this parenthesis was never opened");
	if (s->at < s->end)
		return wrong(s, s->at, s->at + 1, a_nul);
	if (s->depth) {
		recover_open(s);
		return DNS_TOKEN_ERROR;
	}
	set_token(s, DNS_TOKEN_END_OF_FILE, s->at, 0);
	return DNS_TOKEN_END_OF_FILE;
}

enum dns_token_kind dns_scan(struct dns_scanner *s)
{
	if (kt_unlikely(s->recovered)) {
		s->recovered = false;
		set_token(s, DNS_TOKEN_END_OF_RECORD, s->at, 0);
		return DNS_TOKEN_END_OF_RECORD;
	}
	/* Parentheses in column 1 do not make what follows them a continuation. */
	bool first = s->at == s->line_start && !s->depth &&
		     class_at(s->at) != CHAR_BLANK;
	if (class_at(s->at) != CHAR_WORD)
		skip_blank(s);
	switch (class_at(s->at)) {
	case CHAR_WORD:
	case CHAR_ESCAPE:
		return scan_word(s, first);
	case CHAR_NEWLINE:
		set_token(s, DNS_TOKEN_END_OF_RECORD, s->at, 0);
		next_line(s);
		return DNS_TOKEN_END_OF_RECORD;
	default:
		return scan_special(s, first);
	}
}

bool dns_scan_at_end(struct dns_scanner *s)
{
	if (s->recovered)
		return true;
	skip_blank(s);
	return class_at(s->at) == CHAR_NEWLINE || (s->at >= s->end && !s->depth);
}

/* Behind one character of a record that is given up, or a whole quoted string. */
static void skip_char(struct dns_scanner *s)
{
	if (class_at(s->at) == CHAR_ESCAPE) {
		s->at += s->at[1] && s->at[1] != '\n' ? 2 : 1;
		return;
	}
	if (class_at(s->at) != CHAR_QUOTE) {
		s->at++;
		return;
	}
	for (s->at++; *s->at && *s->at != '\n'; s->at++) {
		if (*s->at == '"') {
			s->at++;
			return;
		}
		if (*s->at == '\\' && s->at[1] && s->at[1] != '\n')
			s->at++;
	}
}

void dns_scan_skip_record(struct dns_scanner *s)
{
	if (s->recovered)
		goto out;
	if (s->token.kind == DNS_TOKEN_END_OF_RECORD ||
	    s->token.kind == DNS_TOKEN_END_OF_FILE)
		return;
	for (;;) {
		skip_blank(s);
		if (s->at >= s->end) {
			if (s->depth)
				recover_open(s);
			break;
		}
		if (class_at(s->at) == CHAR_NEWLINE) {
			next_line(s);
			break;
		}
		skip_char(s);
	}
out:
	s->recovered = false;
	set_token(s, DNS_TOKEN_END_OF_RECORD, s->at, 0);
}
