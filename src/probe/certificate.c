#include "probe/certificate.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static int month_of(const char *name)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++)
		if (strncmp(months + 3 * i, name, 3) == 0)
			return i;
	return -1;
}

int probe_date_scan(const char *text, kt_unix *out)
{
	char month[4] = "";
	struct tm t = { 0 };
	if (sscanf(text, "%3s %2d %2d:%2d:%2d %4d GMT", month, &t.tm_mday, &t.tm_hour,
		&t.tm_min, &t.tm_sec, &t.tm_year) == 6)
		t.tm_mon = month_of(month);
	else if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d GMT", &t.tm_year, &t.tm_mon,
		     &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6)
		t.tm_mon--;
	else
		return KT_E_FORMAT;
	t.tm_year -= 1900;
	if (t.tm_mon < 0 || t.tm_mon > 11 || t.tm_mday < 1 || t.tm_mday > 31 ||
	    t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 ||
	    t.tm_sec < 0 || t.tm_sec > 60)
		return KT_E_RANGE;
	*out = timegm(&t);
	return 0;
}

char *probe_date_print(kt_unix at, char *out)
{
	time_t time = at;
	struct tm t = { 0 };
	if (!gmtime_r(&time, &t) || !strftime(out, PROBE_DATE_TEXT, "%Y-%m-%d", &t))
		memcpy(out, "?", 2);
	return out;
}

/* The end of the i-th; 0: it is not told. */
static kt_unix end_of(const struct curl_certinfo *chain, int i)
{
	static const char field[] = "Expire date:";
	kt_unix end = 0;
	for (const struct curl_slist *s = chain->certinfo[i]; s; s = s->next)
		if (strncasecmp(s->data, field, sizeof(field) - 1) == 0 &&
		    !probe_date_scan(s->data + sizeof(field) - 1, &end))
			return end;
	return 0;
}

static const struct curl_certinfo *chain_of(CURL *easy)
{
	static const struct curl_certinfo none;
	struct curl_certinfo *chain = NULL;
	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) || !chain)
		return &none;
	return chain;
}

kt_unix probe_certificate_end(CURL *easy)
{
	const struct curl_certinfo *chain = chain_of(easy);
	return chain->num_of_certs > 0 ? end_of(chain, 0) : 0;
}

kt_unix probe_certificate_ended(CURL *easy, kt_unix now)
{
	const struct curl_certinfo *chain = chain_of(easy);
	for (int i = 0; i < chain->num_of_certs; i++) {
		kt_unix end = end_of(chain, i);
		if (end && end <= now)
			return end;
	}
	return 0;
}
