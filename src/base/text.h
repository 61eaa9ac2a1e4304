/*
 * base/text.h -- text that grows, and small jobs on text.
 *
 * Memory:  a kt_text owns its characters until kt_text_fini().
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Always ends in NUL; len does not count it.  All zeros is an empty text. */
struct kt_text {
	char *at; /* NULL as long as nothing was added */
	size_t len;
	size_t size;
};

KT_NONNULL void kt_text_fini(struct kt_text *text);
KT_NONNULL void kt_text_clear(struct kt_text *text);
KT_NONNULL void kt_text_char(struct kt_text *text, char c);
KT_NONNULL void kt_text_add(struct kt_text *text, const char *chars);
KT_NONNULL void kt_text_add_n(struct kt_text *text, const char *chars, size_t len);
KT_PRINTF(2, 3) void kt_text_addf(struct kt_text *text, const char *format, ...);
/* Never NULL. */
KT_NONNULL const char *kt_text_of(const struct kt_text *text);

/*
 * Of the n candidates the one nearest to word by edit distance (letter case
 * ignored), or NULL when none is near enough to be worth proposing.
 */
const char *kt_text_nearest(const char *word, const char *const *candidates, size_t n);

/*
 * Scan a whole text of len characters: a decimal number up to max; a duration
 * ("300ms", "10s", "5m", "2h", "1d", "1w", result in milliseconds; a bare number is
 * seconds); a size ("512", "4KiB", "512MiB", "2GiB", result in octets).
 * 0, KT_E_FORMAT or KT_E_RANGE; *out is set on success only.
 */
KT_MUST int kt_scan_number(const char *text, size_t len, uint64_t max, uint64_t *out);
KT_MUST int kt_scan_duration(const char *text, size_t len, uint64_t *ms);
KT_MUST int kt_scan_size(const char *text, size_t len, uint64_t *octets);
