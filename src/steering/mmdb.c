#include "steering/mmdb.h"

#include "base/err.h"
#include "base/reader.h"

#include <stdbool.h>
#include <string.h>

#define MARKER     "\xab\xcd\xefMaxMind.com"
#define MARKER_LEN (sizeof(MARKER) - 1)
#define NESTED_MAX 16
#define GAP        16 /* between tree and data */

enum type {
	POINTER = 1,
	TEXT = 2,
	MAP = 7,
	ARRAY = 11,
	BOOLEAN = 14,
};

struct value {
	unsigned type;
	uint32_t size; /* octets; of a map the pairs, of an array the values */
	uint64_t number;
};

/* A value's head: type and size in one octet, and what does not fit there behind it. */
static void read_head(struct kt_reader *r, struct value *v)
{
	unsigned control = kt_read8(r);
	v->type = control >> 5;
	v->size = control & 31;
	if (v->type == POINTER) {
		v->size = (control >> 3 & 3) + 1;
		return;
	}
	if (!v->type)
		v->type = 7u + kt_read8(r);
	unsigned more = v->size >= 29 ? v->size - 28 : 0;
	uint32_t extra = 0;
	static const uint32_t from[] = { 0, 29, 285, 65821 };
	for (unsigned i = 0; i < more; i++)
		extra = extra << 8 | kt_read8(r);
	if (more)
		v->size = from[more] + extra;
}

/* The rest of a value: its number if it may be one, and otherwise past it. */
static void read_rest(struct kt_reader *r, struct value *v, unsigned nested)
{
	v->number = 0;
	if (v->type == BOOLEAN)
		return;
	if (v->type != MAP && v->type != ARRAY) {
		const uint8_t *at = kt_read(r, v->size);
		for (uint32_t i = 0; at && i < v->size && i < 8; i++)
			v->number = v->number << 8 | at[i];
		return;
	}
	if (nested == NESTED_MAX)
		r->err = KT_E_FORMAT;
	uint64_t n = (uint64_t)v->size * (v->type == MAP ? 2 : 1);
	for (uint64_t i = 0; i < n && !r->err; i++) {
		struct value inner;
		read_head(r, &inner);
		read_rest(r, &inner, nested + 1);
	}
}

static bool is_key(const uint8_t *at, uint32_t len, const char *name)
{
	return at && len == strlen(name) && memcmp(at, name, len) == 0;
}

static int check_metadata(struct kt_reader *r, size_t before)
{
	uint64_t nodes = 0, bits = 0;
	struct value map, key, value;
	read_head(r, &map);
	if (r->err || map.type != MAP)
		return KT_E_FORMAT;
	for (uint32_t i = 0; i < map.size && !r->err; i++) {
		read_head(r, &key);
		if (key.type != TEXT)
			return KT_E_FORMAT;
		const uint8_t *name = kt_read(r, key.size);
		read_head(r, &value);
		read_rest(r, &value, 0);
		/* Twice, or elsewhere: the library might take another. */
		bool is_nodes = is_key(name, key.size, "node_count");
		bool is_bits = is_key(name, key.size, "record_size");
		if ((is_nodes && nodes) || (is_bits && bits) ||
		    ((is_nodes || is_bits) && value.type == POINTER))
			return KT_E_FORMAT;
		nodes = is_nodes ? value.number : nodes;
		bits = is_bits ? value.number : bits;
	}
	if (r->err || !nodes || nodes > UINT32_MAX || !bits || bits > 32 || bits % 4)
		return KT_E_FORMAT;
	return nodes * (bits / 4) + GAP <= before ? 0 : KT_E_FORMAT;
}

int steering_mmdb_check(const uint8_t *octets, size_t len)
{
	/* the last marker counts */
	for (size_t at = len < MARKER_LEN ? 0 : len - MARKER_LEN + 1; at--;) {
		if (octets[at] != 0xab || memcmp(octets + at, MARKER, MARKER_LEN) != 0)
			continue;
		struct kt_reader r = kt_reader_of(octets, len);
		r.at += at + MARKER_LEN;
		return check_metadata(&r, at);
	}
	return KT_E_FORMAT;
}
