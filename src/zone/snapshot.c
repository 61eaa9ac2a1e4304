#include "zone/snapshot.h"

#include "base/block.h"
#include "base/hash.h"
#include "dnssec/nsec3.h"
#include "dnssec/signer.h"
#include "zone/key_p.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const struct zone_node *zone_find_name(
    const struct zone_snapshot *z, const uint8_t *wire)
{
	uint8_t lower[DNS_NAME_MAX];
	size_t len = dns_wire_len(wire);
	dns_copy_lower(lower, wire, len);
	return zone_find(z, lower, len, dns_suffix_hash(lower));
}

/* Does entry i come after what is looked for? */
static inline bool name_after(const struct zone_snapshot *z,
    const struct zone_chain_entry *entry, uint64_t key, const uint8_t *wire,
    bool *equal)
{
	if (entry->key != key)
		return entry->key > key;
	int d = dns_wire_compare(zone_node_at(z, entry->node)->name, wire);
	if (d == 0)
		*equal = true;
	return d > 0;
}

static inline uint32_t find_key(
    const struct zone_snapshot *z, uint64_t key, const uint8_t *wire, bool *exact)
{
	const struct zone_chain_entry *chain = zone_chain(z);
	uint32_t low = 0,
		 n = z->n_chain; /* the first entry after it is in low..low+n */
	*exact = false;
	while (n) {
		uint32_t half = n / 2;
		if (name_after(z, &chain[low + half], key, wire, exact)) {
			n = half;
		} else {
			low += half + 1;
			n -= half + 1;
		}
	}
	/* Before the first: the last one covers it (the chain is circular). */
	return low ? low - 1 : z->n_chain - 1;
}

uint32_t zone_chain_find_name(
    const struct zone_snapshot *z, const uint8_t *wire, bool *exact)
{
	return find_key(z, zone_name_key(wire, zone_apex(z)->labels), wire, exact);
}

uint32_t zone_chain_find_query(
    const struct zone_snapshot *z, const struct dns_query *q, bool *exact)
{
	uint64_t key = zone_labels_key(
	    q->qname.wire, q->label_at, q->qname.labels, zone_apex(z)->labels);
	return find_key(z, key, q->qname.wire, exact);
}

uint32_t zone_chain_find_hash(
    const struct zone_snapshot *z, const uint8_t hash[20], bool *exact)
{
	const struct zone_chain_entry *chain = zone_chain(z);
	uint64_t key = kt_get64(hash);
	uint8_t label[DNSSEC_NSEC3_LABEL];
	dnssec_nsec3_label_print(hash, label);
	uint32_t low = 0, n = z->n_chain;
	*exact = false;
	while (n) {
		uint32_t half = n / 2;
		const struct zone_chain_entry *entry = &chain[low + half];
		bool after = entry->key > key;
		if (entry->key == key) {
			int d = memcmp(zone_node_at(z, entry->node)->name + 1, label,
			    sizeof(label));
			*exact |= d == 0;
			after = d > 0;
		}
		if (after) {
			n = half;
		} else {
			low += half + 1;
			n -= half + 1;
		}
	}
	return low ? low - 1 : z->n_chain - 1;
}

struct zone_snapshot *zone_snapshot_get(struct zone_snapshot *z)
{
	__atomic_add_fetch(&z->refs, 1, __ATOMIC_RELAXED);
	return z;
}

void zone_snapshot_put(struct zone_snapshot *z)
{
	if (!z || __atomic_sub_fetch(&z->refs, 1, __ATOMIC_ACQ_REL))
		return;
	dnssec_signer_free(z->signer);
	free(z->source);
	kt_block_free(z, z->size);
}
