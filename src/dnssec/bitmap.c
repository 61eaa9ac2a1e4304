#include "dnssec/bitmap.h"

#include "base/err.h"

/* One window; false at the end of what is well-formed. */
struct window {
	unsigned number, len;
	const uint8_t *bits;
};

static bool window_next(const uint8_t **at, const uint8_t *end, struct window *out)
{
	const uint8_t *p = *at;
	if (end - p < 2 || p[1] == 0 || p[1] > 32 || end - p - 2 < p[1])
		return false;
	*out = (struct window){ .number = p[0], .len = p[1], .bits = p + 2 };
	*at = p + 2 + p[1];
	return true;
}

bool dnssec_bitmap_has(const uint8_t *bitmap, size_t len, uint16_t type)
{
	const uint8_t *end = bitmap + len;
	struct window w;
	while (window_next(&bitmap, end, &w)) {
		if (w.number != type >> 8)
			continue;
		unsigned octet = (type & 255) / 8;
		return octet < w.len && (w.bits[octet] & (0x80 >> (type & 7)));
	}
	return false;
}

int dnssec_bitmap_next(const uint8_t *bitmap, size_t len, unsigned from)
{
	const uint8_t *end = bitmap + len;
	struct window w;
	while (window_next(&bitmap, end, &w)) {
		unsigned base = w.number << 8;
		unsigned bit = from > base ? from - base : 0;
		for (; bit < w.len * 8; bit++)
			if (w.bits[bit / 8] & (0x80 >> (bit & 7)))
				return (int)(base + bit);
	}
	return -1;
}

int dnssec_bitmap_check(const uint8_t *bitmap, size_t len)
{
	const uint8_t *end = bitmap + len;
	struct window w;
	int last = -1;
	while (bitmap < end) {
		if (!window_next(&bitmap, end, &w) || (int)w.number <= last ||
		    !w.bits[w.len - 1])
			return KT_E_FORMAT;
		last = (int)w.number;
	}
	return 0;
}

void dnssec_bitmap_write(struct kt_writer *w, const uint16_t *types, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint8_t bits[32] = { 0 };
		unsigned number = types[i] >> 8, used = 0;
		for (; i < n && types[i] >> 8 == number; i++) {
			unsigned bit = types[i] & 255;
			bits[bit / 8] |= (uint8_t)(0x80 >> (bit & 7));
			used = bit / 8 + 1;
		}
		kt_write8(w, (uint8_t)number);
		kt_write8(w, (uint8_t)used);
		kt_write(w, bits, used);
	}
}
