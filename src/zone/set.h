/*
 * zone/set.h -- all the zones of a process: from a question to the zone that answers.
 *
 * An immutable table from zone names to snapshots.  A change builds a new table and
 * publishes it (base/publish.h).
 *
 * Memory:   holds one reference to each snapshot; zone_set_free() puts them.
 * Threads:  built by one; read by any number.
 */
#pragma once

#include "base/attr.h"
#include "dns/query.h"
#include "zone/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone_entry {
	struct zone_snapshot
	    *zone;       /* NULL: configured, and nothing to serve: SERVFAIL */
	uint32_t policy; /* what the authority may do with it: an index it was given */
	uint8_t labels;
	uint8_t len;
	const uint8_t
	    *name; /* lower case; in the zone's apex, or the set's own memory */
};

struct zone_set;

/* n zones at most. */
KT_MUST struct zone_set *zone_set_new(size_t n);
void zone_set_free(struct zone_set *set);
/* Takes a reference of its own to zone (which may be NULL).  KT_E_EXISTS: the name is there. */
KT_MUST int zone_set_add(struct zone_set *set, const struct dns_name *name,
    struct zone_snapshot *zone, uint32_t policy);

/*
 * The entry whose name is the longest suffix of q's name; skip is the number of labels
 * that the suffix must lack at least (1 for a parent's view of DS).  NULL: none.
 */
KT_NONNULL KT_HOT const struct zone_entry *zone_set_find(
    const struct zone_set *set, const struct dns_query *q, unsigned skip);
