#include "dns/radix.h"

#include "base/err.h"

/* Values of base64 characters; 64: none. */
static const uint8_t base64_value[256] = {
#define X4  64, 64, 64, 64
#define X16 X4, X4, X4, X4
	X16,
	X16,
	X4,
	X4,
	64,
	64,
	64,
	62,
	64,
	64,
	64,
	63, /* + / */
	52,
	53,
	54,
	55,
	56,
	57,
	58,
	59,
	60,
	61,
	64,
	64,
	X4, /* 0-9 */
	64,
	0,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14, /* A-O */
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	22,
	23,
	24,
	25,
	64,
	X4, /* P-Z */
	64,
	26,
	27,
	28,
	29,
	30,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40, /* a-o */
	41,
	42,
	43,
	44,
	45,
	46,
	47,
	48,
	49,
	50,
	51,
	64,
	X4, /* p-z */
	X16,
	X16,
	X16,
	X16,
	X16,
	X16,
	X16,
	X16,
#undef X16
#undef X4
};

/* Whole quanta without padding; returns the characters used. */
static size_t base64_quanta(const char *text, size_t len, struct kt_writer *out)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t room = kt_writer_left(out) / 3, n = len / 4;
	if (out->err)
		return 0;
	if (n > room)
		n = room;
	uint8_t *to = out->at;
	size_t i;
	for (i = 0; i < n; i++, p += 4, to += 3) {
		uint8_t a = base64_value[p[0]], b = base64_value[p[1]];
		uint8_t c = base64_value[p[2]], d = base64_value[p[3]];
		if ((a | b | c | d) & 64)
			break;
		uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 |
			     d;
		to[0] = (uint8_t)(v >> 16);
		to[1] = (uint8_t)(v >> 8);
		to[2] = (uint8_t)v;
	}
	out->at = to;
	return i * 4;
}

static int base64_pad(struct dns_base64 *d, struct kt_writer *out)
{
	if (d->padded)
		return d->padded == 1 && d->n == 2 ? (d->padded = 2, 0) : KT_E_FORMAT;
	/* RFC 4648 s.3.5: the bits that are left over must be zero. */
	if (d->n == 2 && !(d->bits & 15))
		kt_write8(out, (uint8_t)(d->bits >> 4));
	else if (d->n == 3 && !(d->bits & 3))
		kt_write16(out, (uint16_t)(d->bits >> 2));
	else
		return KT_E_FORMAT;
	d->padded = 1;
	return 0;
}

int dns_base64_feed(
    struct dns_base64 *d, const char *text, size_t len, struct kt_writer *out)
{
	size_t at = 0;
	if (d->n == 0 && !d->padded)
		at = base64_quanta(text, len, out);
	for (; at < len; at++) {
		if (text[at] == '=') {
			if (base64_pad(d, out))
				return KT_E_FORMAT;
			continue;
		}
		uint8_t v = base64_value[(uint8_t)text[at]];
		if (v == 64 || d->padded)
			return KT_E_FORMAT;
		d->bits = d->bits << 6 | v;
		if (++d->n < 4)
			continue;
		kt_write8(out, (uint8_t)(d->bits >> 16));
		kt_write16(out, (uint16_t)d->bits);
		d->bits = 0;
		d->n = 0;
		at += base64_quanta(text + at + 1, len - at - 1, out);
	}
	return 0;
}

int dns_base64_end(const struct dns_base64 *d)
{
	return d->n + d->padded == 0 || d->n + d->padded == 4 ? 0 : KT_E_FORMAT;
}

void dns_base64_print(struct kt_text *text, const uint8_t *octets, size_t n)
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[256];
	size_t used = 0;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)octets[i] << 16;
		v |= left > 1 ? (uint32_t)octets[i + 1] << 8 : 0;
		v |= left > 2 ? octets[i + 2] : 0;
		line[used++] = digit[v >> 18];
		line[used++] = digit[v >> 12 & 63];
		line[used++] = left > 1 ? digit[v >> 6 & 63] : '=';
		line[used++] = left > 2 ? digit[v & 63] : '=';
		if (used == sizeof(line)) {
			kt_text_add_n(text, line, used);
			used = 0;
		}
	}
	kt_text_add_n(text, line, used);
}

/* Values of hex digits, plus one; 0: none. */
static const uint8_t hex_value[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

int dns_hex_digit(char c)
{
	return hex_value[(uint8_t)c] - 1;
}

int dns_hex_feed(int *odd, const char *text, size_t len, struct kt_writer *out)
{
	size_t at = 0;
	if (*odd >= 0 && len) {
		int low = dns_hex_digit(text[at++]);
		if (low < 0)
			return KT_E_FORMAT;
		kt_write8(out, (uint8_t)(*odd << 4 | low));
		*odd = -1;
	}
	size_t whole = (len - at) / 2;
	uint8_t *to = kt_write_room(out, whole);
	for (size_t i = 0; i < whole; i++, at += 2) {
		int high = dns_hex_digit(text[at]), low = dns_hex_digit(text[at + 1]);
		if ((high | low) < 0)
			return KT_E_FORMAT;
		if (to)
			to[i] = (uint8_t)(high << 4 | low);
	}
	if (at < len && (*odd = dns_hex_digit(text[at])) < 0)
		return KT_E_FORMAT;
	return 0;
}

void dns_hex_print(struct kt_text *text, const uint8_t *octets, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	char line[256];
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		line[used++] = digit[octets[i] >> 4];
		line[used++] = digit[octets[i] & 15];
		if (used == sizeof(line)) {
			kt_text_add_n(text, line, used);
			used = 0;
		}
	}
	kt_text_add_n(text, line, used);
}

static int base32_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

int dns_base32_scan(const char *text, size_t len, struct kt_writer *out)
{
	uint32_t bits = 0;
	unsigned n = 0;
	for (size_t i = 0; i < len; i++) {
		int v = base32_digit(text[i]);
		if (v < 0)
			return KT_E_FORMAT;
		bits = bits << 5 | (uint32_t)v;
		n += 5;
		if (n >= 8) {
			n -= 8;
			kt_write8(out, (uint8_t)(bits >> n));
		}
	}
	/* No digit more than the octets need, and nothing in the bits left over. */
	return n >= 5 || bits & ((1u << n) - 1) ? KT_E_FORMAT : 0;
}

void dns_base32_print(struct kt_text *text, const uint8_t *octets, size_t n)
{
	static const char digit[] = "0123456789abcdefghijklmnopqrstuv";
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | octets[i];
		have += 8;
		for (; have >= 5; have -= 5)
			kt_text_char(text, digit[bits >> (have - 5) & 31]);
	}
	if (have)
		kt_text_char(text, digit[bits << (5 - have) & 31]);
}
