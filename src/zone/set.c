#include "zone/set.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct slot {
	uint32_t tag;
	uint32_t entry; /* index + 1; 0: free */
};

struct zone_set {
	struct zone_entry *entries;
	size_t n, size;
	struct slot *slots;
	uint32_t n_slots;
	/* depth[i] is set when a zone has i labels: most suffixes need no look at all */
	uint64_t depth[2];
};

struct zone_set *zone_set_new(size_t n)
{
	struct zone_set *set = kt_calloc(1, sizeof(*set));
	set->size = n;
	set->entries = kt_calloc(n, sizeof(*set->entries));
	set->n_slots = (uint32_t)(n * 2 + 1);
	set->slots = kt_calloc(set->n_slots, sizeof(*set->slots));
	return set;
}

void zone_set_free(struct zone_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++) {
		if (!set->entries[i].zone)
			free((void *)set->entries[i].name);
		zone_snapshot_put(set->entries[i].zone);
	}
	free(set->entries);
	free(set->slots);
	free(set);
}

static inline const struct zone_entry *find(
    const struct zone_set *set, const uint8_t *wire, size_t len, uint64_t hash)
{
	uint32_t tag = (uint32_t)hash;
	for (uint32_t i = kt_hash_slot(hash, set->n_slots); set->slots[i].entry;
	     i = i + 1 == set->n_slots ? 0 : i + 1) {
		if (set->slots[i].tag != tag)
			continue;
		const struct zone_entry *entry = &set->entries[set->slots[i].entry - 1];
		if (kt_likely(
			entry->len == len && kt_equal_short(entry->name, wire, len)))
			return entry;
	}
	return NULL;
}

int zone_set_add(struct zone_set *set, const struct dns_name *name,
    struct zone_snapshot *zone, uint32_t policy)
{
	struct dns_name lower = *name;
	dns_name_lower(&lower);
	uint64_t hash = dns_suffix_hash(lower.wire);
	if (find(set, lower.wire, lower.len, hash))
		return KT_E_EXISTS;
	kt_require(set->n < set->size);
	struct zone_entry *entry = &set->entries[set->n++];
	*entry = (struct zone_entry){
		.zone = zone ? zone_snapshot_get(zone) : NULL,
		.policy = policy,
		.labels = lower.labels,
		.len = lower.len,
	};
	if (zone) {
		entry->name = zone_apex(zone)->name;
	} else {
		uint8_t *own = kt_malloc(lower.len);
		memcpy(own, lower.wire, lower.len);
		entry->name = own;
	}
	uint32_t i = kt_hash_slot(hash, set->n_slots);
	while (set->slots[i].entry)
		i = i + 1 == set->n_slots ? 0 : i + 1;
	set->slots[i] = (struct slot){ (uint32_t)hash, (uint32_t)set->n };
	set->depth[lower.labels / 64] |= (uint64_t)1 << (lower.labels % 64);
	return 0;
}

/* The largest depth of a zone that is at most `most`, or -1. */
static inline int next_depth(const struct zone_set *set, int most)
{
	if (most >= 64) {
		uint64_t high = set->depth[1] << (127 - most) >> (127 - most);
		if (high)
			return 127 - __builtin_clzll(high);
		most = 63;
	}
	if (most < 0)
		return -1;
	uint64_t low = set->depth[0] << (63 - most) >> (63 - most);
	return low ? 63 - __builtin_clzll(low) : -1;
}

const struct zone_entry *zone_set_find(
    const struct zone_set *set, const struct dns_query *q, unsigned skip)
{
	int labels = q->qname.labels;
	for (int depth = labels - (int)skip; (depth = next_depth(set, depth)) >= 0;
	     depth--) {
		unsigned i = (unsigned)(labels - depth), at = q->label_at[i];
		const struct zone_entry *entry = find(
		    set, q->qname.wire + at, q->qname.len - at, q->hash[i]);
		if (entry)
			return entry;
	}
	return NULL;
}
