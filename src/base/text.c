#include "base/text.h"

#include "base/err.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void kt_text_fini(struct kt_text *text)
{
	free(text->at);
	*text = (struct kt_text){ 0 };
}

void kt_text_clear(struct kt_text *text)
{
	text->len = 0;
	if (text->at)
		text->at[0] = 0;
}

static void reserve(struct kt_text *text, size_t more)
{
	size_t want = text->len + more + 1;
	if (want <= text->size)
		return;
	size_t size = text->size ? text->size : 64;
	while (size < want)
		size *= 2;
	text->at = kt_realloc(text->at, size);
	text->size = size;
}

void kt_text_add_n(struct kt_text *text, const char *chars, size_t len)
{
	reserve(text, len);
	memcpy(text->at + text->len, chars, len);
	text->len += len;
	text->at[text->len] = 0;
}

void kt_text_char(struct kt_text *text, char c)
{
	kt_text_add_n(text, &c, 1);
}

void kt_text_add(struct kt_text *text, const char *chars)
{
	kt_text_add_n(text, chars, strlen(chars));
}

void kt_text_addf(struct kt_text *text, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	kt_require(n >= 0);
	reserve(text, (size_t)n);
	vsnprintf(text->at + text->len, (size_t)n + 1, format, again);
	va_end(again);
	text->len += (size_t)n;
}

const char *kt_text_of(const struct kt_text *text)
{
	return text->at ? text->at : "";
}

/* Levenshtein's distance, a swap of neighbours counting as one; words to 63 characters. */
static unsigned distance(const char *a, const char *b)
{
	enum {
		MAX = 63
	};
	size_t la = strlen(a), lb = strlen(b);
	if (la > MAX || lb > MAX)
		return MAX;
	unsigned row[3][MAX + 1];
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *up = row[(i - 1) % 3],
			 *up2 = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);
			unsigned best = up[j - 1] + (ca != cb);
			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]) &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *kt_text_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(word) / 3 + 1;
	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(word, candidates[i]);
		if (d < least || (d == least && !best)) {
			least = d;
			best = candidates[i];
		}
	}
	return best;
}

int kt_scan_number(const char *text, size_t len, uint64_t max, uint64_t *out)
{
	if (len == 0)
		return KT_E_FORMAT;
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return KT_E_FORMAT;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text[i] - '0'), &v))
			return KT_E_RANGE;
	}
	if (v > max)
		return KT_E_RANGE;
	*out = v;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static int scan_unit(
    const char *text, size_t len, const struct unit *units, uint64_t *out)
{
	size_t digits = 0;
	while (digits < len && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	uint64_t v = 0;
	int rc = kt_scan_number(text, digits, UINT64_MAX, &v);
	if (rc)
		return rc;
	for (const struct unit *u = units; u->name; u++) {
		if (strlen(u->name) != len - digits ||
		    strncasecmp(u->name, text + digits, len - digits) != 0)
			continue;
		return __builtin_mul_overflow(v, u->factor, out) ? KT_E_RANGE : 0;
	}
	return KT_E_FORMAT;
}

int kt_scan_duration(const char *text, size_t len, uint64_t *ms)
{
	static const struct unit units[] = {
		{ "", 1000 },
		{ "ms", 1 },
		{ "s", 1000 },
		{ "m", 60 * 1000 },
		{ "h", 3600 * 1000 },
		{ "d", 86400 * 1000 },
		{ "w", 7 * 86400 * (uint64_t)1000 },
		{ NULL, 0 },
	};
	uint64_t v = 0;
	int rc = scan_unit(text, len, units, &v);
	if (!rc)
		*ms = v;
	return rc;
}

int kt_scan_size(const char *text, size_t len, uint64_t *octets)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "KiB", (uint64_t)1 << 10 },
		{ "MiB", (uint64_t)1 << 20 },
		{ "GiB", (uint64_t)1 << 30 },
		{ "TiB", (uint64_t)1 << 40 },
		{ NULL, 0 },
	};
	uint64_t v = 0;
	int rc = scan_unit(text, len, units, &v);
	if (!rc)
		*octets = v;
	return rc;
}
