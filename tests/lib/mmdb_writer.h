/*
 * tests/lib/mmdb_writer.h -- writes MaxMind DB files for tests.
 *
 *   struct mmdb *db = mmdb_new("Test-Country", 6);
 *   mmdb_begin(db, 1); mmdb_text(db, "country"); mmdb_map(db, 1); ...
 *   mmdb_put(db, "192.0.2.0/24");            shorter prefixes before longer ones in them
 *   mmdb_write(db, path); mmdb_free(db);
 *
 * IPv4 hangs at ::/96, and 2002::/16 is an alias of it, as in files that one can buy.
 */
#pragma once

#include "base/addr.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/text.h"

#include "kt_test.h"

#define MMDB_EMPTY UINT32_MAX
#define MMDB_DATA  0x80000000u /* and the offset in data */

struct mmdb {
	uint32_t (*nodes)[2];
	size_t n, cap;
	struct kt_text data;
	uint32_t record; /* where the last mmdb_begin() was */
	const char *type;
	unsigned version;
};

static inline uint32_t mmdb_node(struct mmdb *db, uint32_t fill)
{
	kt_grow(db->nodes, db->n, db->cap);
	db->nodes[db->n][0] = db->nodes[db->n][1] = fill;
	return (uint32_t)db->n++;
}

static inline struct mmdb *mmdb_new(const char *type, unsigned version)
{
	struct mmdb *db = calloc(1, sizeof(*db));
	db->type = type;
	db->version = version;
	mmdb_node(db, MMDB_EMPTY);
	return db;
}

static inline void mmdb_free(struct mmdb *db)
{
	free(db->nodes);
	kt_text_fini(&db->data);
	free(db);
}

/* Values: a control octet (type and size), for types above 7 a second one. */
static inline void mmdb_control(struct kt_text *to, unsigned type, unsigned size)
{
	unsigned shown = size < 29 ? size : 29;
	kt_text_char(to, (char)((type > 7 ? 0 : type << 5) | shown));
	if (type > 7)
		kt_text_char(to, (char)(type - 7));
	if (size >= 29)
		kt_text_char(to, (char)(size - 29));
}

static inline void mmdb_text_to(struct kt_text *to, const char *text)
{
	mmdb_control(to, 2, (unsigned)strlen(text));
	kt_text_add(to, text);
}

static inline void mmdb_number_to(
    struct kt_text *to, unsigned type, unsigned octets, uint64_t value)
{
	mmdb_control(to, type, octets);
	for (unsigned i = octets; i--;)
		kt_text_char(to, (char)(value >> 8 * i));
}

static inline void mmdb_map(struct mmdb *db, unsigned n)
{
	mmdb_control(&db->data, 7, n);
}

static inline void mmdb_array(struct mmdb *db, unsigned n)
{
	mmdb_control(&db->data, 11, n);
}

static inline void mmdb_text(struct mmdb *db, const char *text)
{
	mmdb_text_to(&db->data, text);
}

static inline void mmdb_u32(struct mmdb *db, uint32_t value)
{
	mmdb_number_to(&db->data, 6, 4, value);
}

/* A new record: a map of n pairs, which the caller adds. */
static inline void mmdb_begin(struct mmdb *db, unsigned n)
{
	db->record = (uint32_t)db->data.len;
	mmdb_map(db, n);
}

/* {key: {"iso_code": code}} or, for continents, "code". */
static inline void mmdb_code(
    struct mmdb *db, const char *key, const char *name, const char *code)
{
	mmdb_text(db, key);
	mmdb_map(db, 1);
	mmdb_text(db, name);
	mmdb_text(db, code);
}

static inline uint32_t mmdb_descend(
    struct mmdb *db, const uint8_t *octets, unsigned len, uint32_t *side)
{
	uint32_t node = 0;
	for (unsigned i = 0; i + 1 < len; i++) {
		unsigned bit = octets[i / 8] >> (7 - i % 8) & 1;
		uint32_t next = db->nodes[node][bit];
		if (next & MMDB_DATA) { /* empty has the bit, too */
			next = mmdb_node(db, next);
			db->nodes[node][bit] = next;
		}
		node = next;
	}
	*side = octets[(len - 1) / 8] >> (7 - (len - 1) % 8) & 1;
	return node;
}

/* The last record belongs to the prefix. */
static inline void mmdb_put(struct mmdb *db, const char *text)
{
	struct kt_prefix prefix;
	uint8_t octets[16] = { 0 };
	uint32_t side;
	assert_int_equal(kt_prefix_scan(text, &prefix), 0);
	unsigned len = prefix.len;
	if (prefix.addr.family == 4 && db->version == 6) {
		memcpy(octets + 12, prefix.addr.octets, 4);
		len += 96;
	} else {
		memcpy(octets, prefix.addr.octets, 16);
	}
	uint32_t node = mmdb_descend(db, octets, len, &side);
	db->nodes[node][side] = MMDB_DATA | db->record;
}

/* 2002::/16 leads to where IPv4 hangs. */
static inline void mmdb_alias_6to4(struct mmdb *db)
{
	static const uint8_t v4[16] = { 0 }, v6to4[16] = { 0x20, 0x02 };
	uint32_t side, from = mmdb_descend(db, v6to4, 16, &side), unused;
	uint32_t root = mmdb_descend(db, v4, 97, &unused);
	db->nodes[from][side] = root;
}

static inline void mmdb_metadata(const struct mmdb *db, struct kt_text *out)
{
	kt_text_add_n(out, "\xab\xcd\xefMaxMind.com", 14);
	mmdb_control(out, 7, 9);
	mmdb_text_to(out, "node_count");
	mmdb_number_to(out, 6, 4, db->n);
	mmdb_text_to(out, "record_size");
	mmdb_number_to(out, 5, 2, 32);
	mmdb_text_to(out, "ip_version");
	mmdb_number_to(out, 5, 2, db->version);
	mmdb_text_to(out, "database_type");
	mmdb_text_to(out, db->type);
	mmdb_text_to(out, "languages");
	mmdb_control(out, 11, 0);
	mmdb_text_to(out, "binary_format_major_version");
	mmdb_number_to(out, 5, 2, 2);
	mmdb_text_to(out, "binary_format_minor_version");
	mmdb_number_to(out, 5, 2, 0);
	mmdb_text_to(out, "build_epoch");
	mmdb_number_to(out, 9, 8, 1700000000);
	mmdb_text_to(out, "description");
	mmdb_control(out, 7, 0);
}

static inline void mmdb_octets(const struct mmdb *db, struct kt_text *out)
{
	for (size_t i = 0; i < db->n; i++)
		for (unsigned side = 0; side < 2; side++) {
			uint32_t v = db->nodes[i][side];
			uint8_t record[4];
			if (v == MMDB_EMPTY)
				v = (uint32_t)db->n;
			else if (v & MMDB_DATA)
				v = (v & ~MMDB_DATA) + (uint32_t)db->n + 16;
			kt_put32(record, v);
			kt_text_add_n(out, (char *)record, 4);
		}
	kt_text_add_n(out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	kt_text_add_n(out, kt_text_of(&db->data), db->data.len);
	mmdb_metadata(db, out);
}

static inline void mmdb_save(const char *path, const char *octets, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void mmdb_write(const struct mmdb *db, const char *path)
{
	struct kt_text out = { 0 };
	mmdb_octets(db, &out);
	mmdb_save(path, out.at, out.len);
	kt_text_fini(&out);
}
