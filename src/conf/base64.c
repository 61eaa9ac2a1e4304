#include "conf/base64.h"

#include "base/err.h"

#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Four characters at p, of which `pad` are padding: 3 - pad octets. */
static int read_group(const char *p, unsigned pad, uint8_t out[3])
{
	uint32_t bits = 0;
	for (unsigned i = 0; i < 4; i++) {
		int d = i < 4 - pad ? digit_of(p[i]) : 0;
		if (d < 0)
			return KT_E_FORMAT;
		bits = bits << 6 | (uint32_t)d;
	}
	out[0] = (uint8_t)(bits >> 16);
	out[1] = (uint8_t)(bits >> 8);
	out[2] = (uint8_t)bits;
	/* RFC 4648 s.3.5: bits behind the last octet are zero. */
	return (pad >= 1 && out[2]) || (pad == 2 && out[1]) ? KT_E_FORMAT : 0;
}

int conf_base64_read(const char *text, size_t len, uint8_t *out, size_t size, size_t *n)
{
	size_t used = 0;
	if (len == 0 || len % 4)
		return KT_E_FORMAT;
	for (size_t i = 0; i < len; i += 4) {
		unsigned pad = 0;
		uint8_t group[3];
		if (i + 4 == len)
			pad = text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
		int rc = read_group(text + i, pad, group);
		if (rc)
			return rc;
		if (size - used < 3 - pad)
			return KT_E_SPACE;
		memcpy(out + used, group, 3 - pad);
		used += 3 - pad;
	}
	*n = used;
	return 0;
}

void conf_base64_add(struct kt_text *text, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)octets[i] << 16;
		bits |= have > 1 ? (uint32_t)octets[i + 1] << 8 : 0;
		bits |= have > 2 ? octets[i + 2] : 0;
		for (unsigned k = 0; k < 4; k++)
			kt_text_char(
			    text, k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=');
	}
}
