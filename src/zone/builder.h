/*
 * zone/builder.h -- from records to a snapshot.
 *
 * Records come in any order; zone_builder_finish() sorts, groups, drops duplicates,
 * adds empty non-terminals, marks cuts and glue, links the denial chain and lays
 * everything out in one block.  A builder is used again for the next zone: its memory
 * stays.
 *
 * Input:    names and rdata that are well-formed (dns/zonetext.h, dns/rdata.h make them).
 * Memory:   about 30 octets and its rdata for each record until the builder is reset.
 * Threads:  one at a time.
 */
#pragma once

#include "base/attr.h"
#include "dns/zonetext.h"
#include "zone/snapshot.h"

#include <stddef.h>
#include <stdint.h>

struct zone_builder;

KT_MUST struct zone_builder *zone_builder_new(void);
void zone_builder_free(struct zone_builder *b);

/* Starts a zone; forgets what was added before. */
KT_NONNULL void zone_builder_begin(struct zone_builder *b, const struct dns_name *apex);

/*
 * Adds a record at or below the apex (its class is not looked at).  A TTL that differs
 * from that of its set is lowered or the set's is (RFC 2181 s.5.2): the smallest stays.
 * 0; KT_E_RANGE: the owner is not in the zone; KT_E_LIMIT: the zone is
 * larger than 32 GiB.
 */
KT_MUST KT_NONNULL int zone_builder_add(
    struct zone_builder *b, const struct dns_record *record);

/*
 * The snapshot, with one reference that is the caller's, or NULL when memory is short, a
 * set has more than 65,535 records, 255 signatures or 16 MiB of them.  A zone without a
 * record is a snapshot with an empty apex.
 */
KT_MUST struct zone_snapshot *zone_builder_finish(struct zone_builder *b);

/*
 * Sets of the snapshot just finished whose records came with different TTLs (RFC 2181
 * s.5.2), the first of them; they have the smallest.  Valid until the next begin.
 */
#define ZONE_BUILDER_TTLS_MAX 20
struct zone_builder_ttl {
	zone_ref node;
	uint16_t type;
};
KT_NONNULL size_t zone_builder_mixed_ttls(
    const struct zone_builder *b, const struct zone_builder_ttl **out);
