/*
 * LOC (RFC 1876): version 0; size, horizontal and vertical precision as a digit and a
 * power of ten of centimetres; latitude and longitude in thousandths of an arc second
 * around 2^31; altitude in centimetres above 100,000 m below the reference.
 */
#include "base/err.h"
#include "dns/rdata_p.h"

#include <inttypes.h>
#include <string.h>

enum {
	LOC_OCTETS = 16,
	DEGREE = 3600000, /* thousandths of an arc second */
	MINUTE = 60000,
};
#define EQUATOR   (1u << 31)
#define REFERENCE 10000000 /* centimetres */

/*
 * A decimal with up to `places` digits behind the point, times ten to that power.
 * A sign is the caller's matter.  KT_E_FORMAT, KT_E_RANGE past max.
 */
static int fixed_scan(
    const char *p, size_t len, int places, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	int behind = -1; /* digits behind the point */
	size_t digits = 0;
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '.' && behind < 0 && digits) {
			behind = 0;
			continue;
		}
		unsigned d = (uint8_t)(p[i] - '0');
		if (d > 9 || behind == places || ++digits > 18)
			return KT_E_FORMAT;
		v = v * 10 + d;
		behind += behind >= 0;
	}
	if (!digits)
		return KT_E_FORMAT;
	for (int i = behind < 0 ? 0 : behind; i < places; i++) {
		if (v > max)
			return KT_E_RANGE;
		v *= 10;
	}
	if (v > max)
		return KT_E_RANGE;
	*out = v;
	return 0;
}

/* "d [m [s[.fff]]] X", X one of two letters. */
struct axis {
	const char *name;
	unsigned degrees;
	char plus, minus;
	const char *hint;
};

static const struct axis latitude = { "latitude", 90, 'N', 'S',
	"degrees up to 90, minutes, seconds, N or S" };
static const struct axis longitude = { "longitude", 180, 'E', 'W',
	"degrees up to 180, minutes, seconds, E or W" };

static int scan_axis(struct rdata_scan *x, const struct axis *axis)
{
	static const int places[] = { 0, 0, 3 };
	static const uint32_t unit[] = { DEGREE, MINUTE, 1 };
	const uint64_t max[] = { axis->degrees, 59, 59999 };
	const struct dns_field f = { .name = axis->name };
	const struct dns_token *t = &x->s->token;
	uint64_t angle = 0;
	for (int part = 0; part <= 3; part++) {
		int rc = rdata_word(x, &f);
		if (rc)
			return rc;
		char letter = t->len == 1 ? (char)(t->at[0] & ~0x20) : 0;
		if (part && (letter == axis->plus || letter == axis->minus)) {
			if (angle > (uint64_t)axis->degrees * DEGREE)
				return rdata_bad(x, &f, KT_E_RANGE, axis->hint);
			uint32_t a = (uint32_t)angle;
			kt_write32(
			    x->out, letter == axis->plus ? EQUATOR + a : EQUATOR - a);
			return 0;
		}
		uint64_t v;
		rc = part < 3 ? fixed_scan(t->at, t->len, places[part], max[part], &v)
			      : KT_E_FORMAT;
		if (rc)
			return rdata_bad(x, &f, rc, axis->hint);
		angle += v * unit[part];
	}
	return KT_E_FORMAT;
}

/* Metres with at most two decimals and an "m" or none, in centimetres. */
static int metres(const struct dns_token *t, size_t skip, uint64_t max, uint64_t *out)
{
	size_t len = t->len;
	if (len > skip && (t->at[len - 1] | 0x20) == 'm')
		len--;
	return len > skip ? fixed_scan(t->at + skip, len - skip, 2, max, out)
			  : KT_E_FORMAT;
}

static int scan_altitude(struct rdata_scan *x)
{
	static const struct dns_field f = { .name = "altitude" };
	int rc = rdata_word(x, &f);
	if (rc)
		return rc;
	const struct dns_token *t = &x->s->token;
	bool below = t->len && t->at[0] == '-';
	uint64_t v = 0;
	rc = metres(t, below, below ? REFERENCE : UINT32_MAX - (uint64_t)REFERENCE, &v);
	if (rc)
		return rdata_bad(x, &f, rc, "metres from -100000.00 to 42849672.95");
	kt_write32(x->out, (uint32_t)(below ? REFERENCE - v : REFERENCE + v));
	return 0;
}

/* One digit and a power of ten: what is behind the first digit is cut off. */
static uint8_t encode_size(uint64_t cm)
{
	uint8_t power = 0;
	while (cm > 9) {
		cm /= 10;
		power++;
	}
	return (uint8_t)(cm << 4 | power);
}

static int scan_loc(struct rdata_scan *x, const struct dns_field *f)
{
	(void)f;
	static const struct dns_field sizes[] = { { .name = "size" },
		{ .name = "horizontal precision" }, { .name = "vertical precision" } };
	uint8_t *head = kt_write_room(x->out, 4);
	uint8_t size[] = { 0x12, 0x16, 0x13 }; /* 1 m, 10 km, 10 m: RFC 1876 s.3 */
	int rc = scan_axis(x, &latitude);
	if (!rc)
		rc = scan_axis(x, &longitude);
	if (!rc)
		rc = scan_altitude(x);
	for (int i = 0; !rc && i < 3 && !dns_scan_at_end(x->s); i++) {
		uint64_t cm;
		rc = rdata_word(x, &sizes[i]);
		if (rc)
			break;
		rc = metres(&x->s->token, 0, 9000000000, &cm);
		if (rc)
			rc = rdata_bad(x, &sizes[i], rc, "metres up to 90000000.00");
		else
			size[i] = encode_size(cm);
	}
	if (rc || !head)
		return rc;
	head[0] = 0;
	memcpy(head + 1, size, 3);
	return 0;
}

static bool in_range(uint32_t angle, uint32_t degrees)
{
	return angle >= EQUATOR - degrees * DEGREE &&
	       angle <= EQUATOR + degrees * DEGREE;
}

static int measure_loc(
    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len)
{
	(void)f;
	const uint8_t *p = rdata + at;
	if (len - at < 1)
		return KT_E_FORMAT;
	/* RFC 1876 s.2: other versions have another form. */
	if (p[0] != 0)
		return (int)(len - at);
	if (len - at != LOC_OCTETS)
		return KT_E_FORMAT;
	for (int i = 1; i <= 3; i++)
		if (p[i] >> 4 > 9 || (p[i] & 15) > 9)
			return KT_E_FORMAT;
	if (!in_range(kt_get32(p + 4), 90) || !in_range(kt_get32(p + 8), 180))
		return KT_E_FORMAT;
	return LOC_OCTETS;
}

static void print_axis(struct kt_text *text, uint32_t v, const struct axis *axis)
{
	uint32_t a = v >= EQUATOR ? v - EQUATOR : EQUATOR - v;
	kt_text_addf(text, "%u %u %u.%03u %c ", a / DEGREE, a / MINUTE % 60,
	    a / 1000 % 60, a % 1000, v >= EQUATOR ? axis->plus : axis->minus);
}

static bool print_size(struct kt_text *text, uint8_t v)
{
	uint64_t cm = v >> 4;
	/* No metres say "nothing times a power of ten". */
	if (cm == 0 && v != 0)
		return false;
	for (int i = v & 15; i; i--)
		cm *= 10;
	if (cm % 100)
		kt_text_addf(text, " %" PRIu64 ".%02" PRIu64 "m", cm / 100, cm % 100);
	else
		kt_text_addf(text, " %" PRIu64 "m", cm / 100);
	return true;
}

static bool print_loc(const struct dns_field *f, struct kt_text *text,
    const uint8_t *rdata, size_t at, size_t n)
{
	(void)f, (void)n;
	const uint8_t *p = rdata + at;
	if (p[0] != 0)
		return false;
	print_axis(text, kt_get32(p + 4), &latitude);
	print_axis(text, kt_get32(p + 8), &longitude);
	int64_t altitude = (int64_t)kt_get32(p + 12) - REFERENCE;
	uint64_t cm = (uint64_t)(altitude < 0 ? -altitude : altitude);
	kt_text_addf(text, "%s%" PRIu64 ".%02" PRIu64 "m", altitude < 0 ? "-" : "",
	    cm / 100, cm % 100);
	return print_size(text, p[1]) && print_size(text, p[2]) &&
	       print_size(text, p[3]);
}

const struct dns_field_kind dns_kind_loc = { scan_loc, measure_loc, print_loc, 0 };
