#include "control/text.h"

#include "base/assert.h"
#include "base/text.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

/* Octets of the UTF-8 character at p (RFC 3629 s.4), 0 when it is none; p ends in NUL. */
static size_t utf8_len(const uint8_t *p)
{
	static const struct {
		uint8_t first, last, low, high; /* of the first octet; of the second */
		uint8_t len;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	for (size_t i = 0; i < KT_COUNT(forms); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].len > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return forms[i].len;
	}
	return 0;
}

static json_t *repaired(const char *text)
{
	struct kt_text out = { 0 };
	const uint8_t *p = (const uint8_t *)text;
	while (*p) {
		size_t len = utf8_len(p);
		if (len)
			kt_text_add_n(&out, (const char *)p, len);
		else
			kt_text_add(&out, "\xef\xbf\xbd");
		p += len ? len : 1;
	}
	json_t *string = json_stringn(kt_text_of(&out), out.len);
	kt_text_fini(&out);
	return string;
}

json_t *control_string(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();
	if (!string)
		string = repaired(text);
	kt_require(string);
	return string;
}
