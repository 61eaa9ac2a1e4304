#include "cli/when.h"

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	RRSIG_DIGITS = 14,
	NOON = 12,
};

/* timegm() carries "February 30" over to March; such a day is refused. */
static int unix_of(struct tm tm, kt_unix *out)
{
	struct tm check = tm;
	kt_unix at = timegm(&check);
	if (check.tm_year != tm.tm_year || check.tm_mon != tm.tm_mon ||
	    check.tm_mday != tm.tm_mday || check.tm_hour != tm.tm_hour ||
	    check.tm_min != tm.tm_min || check.tm_sec != tm.tm_sec)
		return KT_E_FORMAT;
	*out = at;
	return 0;
}

static bool all_of(const char *text, const char *format)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, format, &tm);
	return end && !*end;
}

int cli_when_scan(const char *text, kt_unix *out)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ",
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M" };
	uint64_t seconds;
	size_t len = strlen(text);
	struct tm tm = { 0 };
	if (len == RRSIG_DIGITS && strspn(text, "0123456789") == len) {
		if (sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon,
			&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
			return KT_E_FORMAT;
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		return unix_of(tm, out);
	}
	if (kt_scan_number(text, len, INT64_MAX, &seconds) == 0) {
		*out = (kt_unix)seconds;
		return 0;
	}
	for (size_t i = 0; i < KT_COUNT(formats); i++) {
		if (!all_of(text, formats[i]))
			continue;
		strptime(text, formats[i], &tm);
		if (i == 0)
			tm.tm_hour = NOON;
		return unix_of(tm, out);
	}
	return KT_E_FORMAT;
}
