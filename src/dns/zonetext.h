/*
 * dns/zonetext.h -- zone files: records out of text, text out of records.
 *
 * Reads RFC 1035 s.5 text: $ORIGIN, $TTL (RFC 2308), $INCLUDE (relative to the
 * including file; loops and more than DNS_INCLUDE_DEPTH levels refused), $GENERATE with
 * BIND's modifiers, owners carried over, TTL units, classes and TTLs in either order,
 * missing TTLs from $TTL, the record before or the SOA's minimum.  After an error in a
 * record reading goes on with the next, until errs is full.
 *
 * Input:    hostile text; bounds: file size DNS_ZONE_FILE_MAX, $GENERATE steps
 *           DNS_GENERATE_MAX a directive.
 * Memory:   one file at a time in memory (mapped), plus one for each level of $INCLUDE.
 * RFC:      1035 s.5, 2308 s.4, 3597 s.5, 9460 s.2.1.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_INCLUDE_DEPTH 10
#define DNS_GENERATE_MAX  (1u << 24)
#define DNS_ZONE_FILE_MAX ((size_t)64 << 30)

/* One record; everything is borrowed until the callback returns. */
struct dns_record {
	const uint8_t *owner; /* wire, letter case as written */
	uint16_t type;
	uint16_t class;
	uint32_t ttl_s;
	uint16_t rdlen;
	const uint8_t *rdata; /* uncompressed */
	/* where it stands; file NULL when it does not come from text */
	const char *file;
	unsigned line;
};

/*
 * Takes a record.  Returns 0, or a negative KT_E_* to stop reading at once (the callback
 * has reported why).  An owner equal to the one of the call before has the same
 * pointer: compare pointers to see runs.
 */
typedef int dns_record_take(void *ctx, const struct dns_record *record);

struct dns_zonetext_options {
	struct dns_name origin; /* the zone's name, and the first $ORIGIN */
	uint16_t class;         /* DNS_CLASS_IN */
	bool no_include;        /* refuse $INCLUDE */
};

/*
 * 0 when the whole file was read without an error; else the code of the first error;
 * errs has them all up to its limit.  Unreadable file: KT_E_SYSTEM, reported too.
 */
KT_MUST KT_NONNULL int dns_zonetext_read_file(const char *path,
    const struct dns_zonetext_options *options, dns_record_take *take, void *ctx,
    struct kt_errs *errs);
/* The same from memory: text[len] must be readable and 0; file is for messages and $INCLUDE, may be NULL. */
KT_MUST int dns_zonetext_read(const char *text, size_t len, const char *file,
    const struct dns_zonetext_options *options, dns_record_take *take, void *ctx,
    struct kt_errs *errs);

/*
 * Appends "owner ttl class TYPE rdata\n" with absolute names, tab-separated, so that it
 * reads back to the same record under any origin.
 */
KT_NONNULL void dns_record_print(struct kt_text *text, const struct dns_record *record);
