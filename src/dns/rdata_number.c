/*
 * Fields that are numbers: plain, as words, durations, times, types, and identifiers
 * written as groups of hex digits.
 */
#include "base/err.h"
#include "dns/radix.h"
#include "dns/rdata_p.h"
#include "dns/type.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return (uint8_t)(c - '0') < 10;
}

static const struct dns_word *word_find(
    const struct dns_word *words, const char *text, size_t len)
{
	for (; words->name; words++)
		if (strlen(words->name) == len &&
		    strncasecmp(words->name, text, len) == 0)
			return words;
	return NULL;
}

/* "SIG0".."SIG15" of RFC 2535 s.3.1.2 are the low bits, and too many for the list. */
static int word_value(
    const struct dns_field *f, const char *text, size_t len, unsigned *out)
{
	const struct dns_word *word = word_find(f->words, text, len);
	uint64_t sig;
	if (word)
		*out |= word->value;
	else if (f->flags & DNS_FIELD_BITS && len > 3 &&
		 strncasecmp(text, "SIG", 3) == 0 &&
		 kt_scan_number(text + 3, len - 3, 15, &sig) == 0)
		*out |= (unsigned)sig;
	else
		return KT_E_FORMAT;
	return 0;
}

/* A mnemonic, or several joined by "|". */
static int scan_words(struct rdata_scan *x, const struct dns_field *f, unsigned *out)
{
	const char *at = x->s->token.at, *end = at + x->s->token.len;
	unsigned value = 0;
	for (;;) {
		const char *bar = f->flags & DNS_FIELD_BITS
				      ? memchr(at, '|', (size_t)(end - at))
				      : NULL;
		size_t len = (size_t)((bar ? bar : end) - at);
		if (word_value(f, at, len, &value))
			return rdata_bad(
			    x, f, KT_E_FORMAT, "a number or a known mnemonic");
		if (!bar)
			break;
		at = bar + 1;
	}
	*out = value;
	return 0;
}

/* A number of up to 16 bits that may be given as a word. */
static int scan_small(struct rdata_scan *x, const struct dns_field *f, unsigned max)
{
	uint64_t v = 0;
	unsigned words = 0;
	int rc = f->words ? rdata_word(x, f) : rdata_number(x, f, max, &v);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	if (f->words && t->len && is_digit(t->at[0])) {
		rc = kt_scan_number(t->at, t->len, max, &v);
		if (rc)
			return rdata_bad(x, f, rc,
			    max > 255 ? "a number up to 65535" : "a number up to 255");
	} else if (f->words) {
		rc = scan_words(x, f, &words);
		if (rc)
			return rc;
		v = words;
	}
	if (max > 255)
		kt_write16(x->out, (uint16_t)v);
	else
		kt_write8(x->out, (uint8_t)v);
	return 0;
}

static bool print_small(const struct dns_field *f, struct kt_text *text, unsigned v)
{
	if (f->flags & DNS_FIELD_MNEMONIC) {
		for (const struct dns_word *w = f->words; w->name; w++) {
			if (w->value == v) {
				kt_text_add(text, w->name);
				return true;
			}
		}
	}
	rdata_print_number(text, v, 1);
	return true;
}

static int scan_u8(struct rdata_scan *x, const struct dns_field *f)
{
	return scan_small(x, f, UINT8_MAX);
}

static bool print_u8(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)n;
	return print_small(f, text, rdata[at]);
}

static int scan_u16(struct rdata_scan *x, const struct dns_field *f)
{
	return scan_small(x, f, UINT16_MAX);
}

static bool print_u16(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)n;
	return print_small(f, text, kt_get16(rdata + at));
}

static int scan_u32(struct rdata_scan *x, const struct dns_field *f)
{
	uint64_t v;
	int rc = rdata_number(x, f, UINT32_MAX, &v);
	if (!rc)
		kt_write32(x->out, (uint32_t)v);
	return rc;
}

static bool print_u32(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	rdata_print_number(text, kt_get32(rdata + at), 1);
	return true;
}

static int scan_u64(struct rdata_scan *x, const struct dns_field *f)
{
	uint64_t v;
	int rc = rdata_number(x, f, UINT64_MAX, &v);
	if (!rc)
		kt_write64(x->out, v);
	return rc;
}

static bool print_u64(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	rdata_print_number(text, kt_get64(rdata + at), 1);
	return true;
}

const struct dns_field_kind dns_kind_u8 = { scan_u8, NULL, print_u8, 1 };
const struct dns_field_kind dns_kind_u16 = { scan_u16, NULL, print_u16, 2 };
const struct dns_field_kind dns_kind_u32 = { scan_u32, NULL, print_u32, 4 };
const struct dns_field_kind dns_kind_u64 = { scan_u64, NULL, print_u64, 8 };

static int scan_span(struct rdata_scan *x, const struct dns_field *f)
{
	uint32_t v;
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	/* Unlike a TTL, all 32 bits may be used (RFC 1035 s.3.3.13). */
	rc = dns_span_scan(x->s->token.at, x->s->token.len, UINT32_MAX, &v);
	if (rc == KT_E_RANGE)
		return rdata_bad(x, f, rc, "at most 4294967295 seconds");
	if (rc)
		return rdata_bad(x, f, rc, "seconds, or units as in \"1h30m\"");
	kt_write32(x->out, v);
	return 0;
}

const struct dns_field_kind dns_kind_span = { scan_span, NULL, print_u32, 4 };

/* Days from 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = year / 400;
	int64_t in_era = year % 400;
	int64_t in_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 +
			  day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year -
	       719468;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static unsigned two_digits(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* YYYYMMDDHHMMSS; 14 digits. */
static int date_value(const char *p, uint64_t *out)
{
	unsigned year = two_digits(p) * 100 + two_digits(p + 2);
	unsigned month = two_digits(p + 4), day = two_digits(p + 6);
	unsigned hour = two_digits(p + 8), minute = two_digits(p + 10);
	unsigned second = two_digits(p + 12);
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return KT_E_RANGE;
	*out = (uint64_t)days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 +
	       second;
	return *out > UINT32_MAX ? KT_E_RANGE : 0;
}

/* RFC 4034 s.3.2: YYYYMMDDHHMMSS, or seconds since 1970 of at most 10 digits. */
static int scan_time(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	uint64_t v = 0;
	rc = KT_E_FORMAT;
	if (t->len == 14) {
		size_t i = 0;
		while (i < 14 && is_digit(t->at[i]))
			i++;
		if (i == 14)
			rc = date_value(t->at, &v);
	} else if (t->len <= 10) {
		rc = kt_scan_number(t->at, t->len, UINT32_MAX, &v);
	}
	if (rc)
		return rdata_bad(x, f, rc,
		    "YYYYMMDDHHMMSS from 1970 to 2106, or seconds since 1970");
	kt_write32(x->out, (uint32_t)v);
	return 0;
}

static bool print_time(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	uint32_t t = kt_get32(rdata + at), of_day = t % 86400;
	/* The inverse of days_of(): years start in March. */
	uint32_t z = t / 86400 + 719468, era = z / 146097, doe = z % 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t day = doy - (153 * mp + 2) / 5 + 1;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	uint32_t year = yoe + era * 400 + (month <= 2);
	/* At most 2106: the date fits as one number. */
	uint64_t date = (uint64_t)year * 10000 + month * 100 + day;
	uint64_t clock = of_day / 3600 * 10000 + of_day / 60 % 60 * 100 + of_day % 60;
	rdata_print_number(text, date * 1000000 + clock, 14);
	return true;
}

const struct dns_field_kind dns_kind_time = { scan_time, NULL, print_time, 4 };

static int scan_type(struct rdata_scan *x, const struct dns_field *f)
{
	uint16_t type;
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	if (dns_type_scan(x->s->token.at, x->s->token.len, &type))
		return rdata_bad(x, f, KT_E_TYPE, "a record type");
	kt_write16(x->out, type);
	return 0;
}

static bool print_type(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	char name[DNS_TYPE_TEXT];
	kt_text_add(text, dns_type_print(kt_get16(rdata + at), name));
	return true;
}

const struct dns_field_kind dns_kind_type = { scan_type, NULL, print_type, 2 };

/* RFC 7043 s.3.2, s.4.2: "00-00-5e-00-53-2a". */
static int scan_eui(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	size_t n = f->kind->size;
	const char *expected = n == 6 ? "six octets in hex, joined by \"-\""
				      : "eight octets in hex, joined by \"-\"";
	if (t->len != n * 3 - 1)
		return rdata_bad(x, f, KT_E_FORMAT, expected);
	for (size_t i = 0; i < n; i++) {
		const char *p = t->at + i * 3;
		int high = dns_hex_digit(p[0]), low = dns_hex_digit(p[1]);
		if ((high | low) < 0 || (i + 1 < n && p[2] != '-'))
			return rdata_bad(x, f, KT_E_FORMAT, expected);
		kt_write8(x->out, (uint8_t)(high << 4 | low));
	}
	return 0;
}

static bool print_eui(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f;
	for (size_t i = 0; i < n; i++)
		kt_text_addf(text, "%s%02x", i ? "-" : "", rdata[at + i]);
	return true;
}

const struct dns_field_kind dns_kind_eui48 = { scan_eui, NULL, print_eui, 6 };
const struct dns_field_kind dns_kind_eui64 = { scan_eui, NULL, print_eui, 8 };

/* RFC 6742 s.2.1.2: four groups of one to four hex digits, joined by ":". */
static int scan_id64(struct rdata_scan *x, const struct dns_field *f)
{
	int rc = rdata_word(x, f);
	if (rc)
		return rc;
	const char *p = x->s->token.at, *end = p + x->s->token.len;
	static const char expected[] = "four groups of hex digits, joined by \":\"";
	for (int group = 0; group < 4; group++) {
		unsigned v = 0, digits = 0;
		for (; p < end && dns_hex_digit(*p) >= 0 && digits < 4; p++, digits++)
			v = v << 4 | (unsigned)dns_hex_digit(*p);
		if (!digits || (group < 3 && (p == end || *p++ != ':')))
			return rdata_bad(x, f, KT_E_FORMAT, expected);
		kt_write16(x->out, (uint16_t)v);
	}
	return p == end ? 0 : rdata_bad(x, f, KT_E_FORMAT, expected);
}

static bool print_id64(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	for (size_t i = 0; i < 8; i += 2)
		kt_text_addf(text, "%s%04x", i ? ":" : "", kt_get16(rdata + at + i));
	return true;
}

const struct dns_field_kind dns_kind_id64 = { scan_id64, NULL, print_id64, 8 };
