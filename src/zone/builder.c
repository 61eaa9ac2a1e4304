#include "zone/builder.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "zone/layout_p.h"

#include <stdlib.h>
#include <string.h>

/* A block that is reset for the next zone keeps this much memory at most. */
enum {
	KEEP_NODES = 1 << 16,
	KEEP_ITEMS = 1 << 18
};

struct zone_builder *zone_builder_new(void)
{
	struct zone_builder *b = kt_calloc(1, sizeof(*b));
	kt_arena_init(&b->octets, 0);
	return b;
}

static void drop(struct zone_builder *b)
{
	free(b->nodes);
	free(b->items);
	free(b->slots);
	b->nodes = NULL;
	b->items = NULL;
	b->slots = NULL;
	b->nodes_size = b->items_size = 0;
	b->n_slots = 0;
}

void zone_builder_free(struct zone_builder *b)
{
	if (!b)
		return;
	drop(b);
	zone_layout_free_scratch(b);
	kt_arena_fini(&b->octets);
	free(b);
}

static void make_slots(struct zone_builder *b, uint32_t n)
{
	free(b->slots);
	b->n_slots = n;
	b->slots = kt_calloc(n, sizeof(*b->slots));
	for (uint32_t i = 0; i < b->n_nodes; i++) {
		uint32_t at = kt_hash_slot(b->nodes[i].hash, n);
		while (b->slots[at])
			at = at + 1 == n ? 0 : at + 1;
		b->slots[at] = i + 1;
	}
}

/* The node of a name in lower case, made if it is not there.  KT_E_LIMIT past 2^31 nodes. */
static int node_of(struct zone_builder *b, const uint8_t *wire, uint8_t len,
    uint8_t labels, uint64_t hash, uint32_t *out)
{
	uint32_t at = kt_hash_slot(hash, b->n_slots);
	for (; b->slots[at]; at = at + 1 == b->n_slots ? 0 : at + 1) {
		const struct builder_node *node = &b->nodes[b->slots[at] - 1];
		if (node->hash == hash && node->len == len &&
		    memcmp(node->name, wire, len) == 0) {
			*out = b->slots[at] - 1;
			return 0;
		}
	}
	if (b->n_nodes >= UINT32_MAX / 2)
		return KT_E_LIMIT;
	uint8_t *name = kt_arena_octets(&b->octets, len);
	memcpy(name, wire, len);
	kt_grow(b->nodes, b->n_nodes, b->nodes_size);
	b->nodes[b->n_nodes] = (struct builder_node){
		.hash = hash,
		.name = name,
		.len = len,
		.labels = labels,
		.first = BUILDER_NONE,
		.last = BUILDER_NONE,
		.parent = BUILDER_NONE,
	};
	*out = b->n_nodes++;
	b->slots[at] = b->n_nodes;
	if (b->n_nodes > b->n_slots - b->n_slots / 3)
		make_slots(b, b->n_slots * 2);
	return 0;
}

/* Links a new node to its parent; names between it and the apex that are missing are made. */
static int add_parents(struct zone_builder *b, uint32_t node, const uint64_t *hash)
{
	for (unsigned i = 1; b->nodes[node].parent == BUILDER_NONE; i++) {
		unsigned labels = b->nodes[node].labels;
		if (labels <= b->apex.labels)
			return 0;
		const uint8_t *name = b->nodes[node].name;
		unsigned skip = name[0] + 1u;
		uint32_t parent = 0; /* the apex is node 0 */
		if (labels - 1 > b->apex.labels) {
			int rc = node_of(b, name + skip,
			    (uint8_t)(b->nodes[node].len - skip), (uint8_t)(labels - 1),
			    hash[i], &parent);
			if (rc)
				return rc;
		}
		b->nodes[node].parent = parent;
		node = parent;
	}
	return 0;
}

/* Lower-cases, hashes and finds the owner's node. */
static int owner_node(struct zone_builder *b, const uint8_t *owner, uint32_t *out)
{
	uint8_t at[DNS_LABELS_MAX + 1];
	uint64_t hash[DNS_LABELS_MAX + 1];
	struct dns_name name;
	unsigned labels = 0, len = 0;
	while (owner[len]) {
		at[labels++] = (uint8_t)len;
		len += owner[len] + 1u;
	}
	at[labels] = (uint8_t)len++;
	memcpy(name.wire, owner, len);
	dns_lower(name.wire, len);
	if (labels < b->apex.labels || memcmp(name.wire + at[labels - b->apex.labels],
					   b->apex.wire, b->apex.len) != 0)
		return KT_E_RANGE;
	unsigned own = labels - b->apex.labels;
	hash[own] = b->apex_hash;
	for (unsigned i = own; i--;)
		hash[i] = dns_hash_label(hash[i + 1], name.wire + at[i]);
	uint32_t before = b->n_nodes;
	int rc = node_of(b, name.wire, (uint8_t)len, (uint8_t)labels, hash[0], out);
	if (!rc && b->n_nodes != before)
		rc = add_parents(b, *out, hash);
	return rc;
}

void zone_builder_begin(struct zone_builder *b, const struct dns_name *apex)
{
	if (b->nodes_size > KEEP_NODES || b->items_size > KEEP_ITEMS)
		drop(b);
	kt_arena_reset(&b->octets);
	b->n_nodes = b->n_items = 0;
	b->apex = *apex;
	dns_name_lower(&b->apex);
	b->apex_hash = dns_suffix_hash(b->apex.wire);
	b->run_owner = NULL;
	b->items_octets = 0;
	if (b->n_slots != BUILDER_SLOTS_MIN)
		make_slots(b, BUILDER_SLOTS_MIN);
	else
		memset(b->slots, 0, b->n_slots * sizeof(*b->slots));
	uint32_t node;
	int rc = node_of(
	    b, b->apex.wire, b->apex.len, b->apex.labels, b->apex_hash, &node);
	kt_require(rc == 0 && node == 0);
}

int zone_builder_add(struct zone_builder *b, const struct dns_record *record)
{
	/*
	 * A reader hands out runs of one owner with one pointer; the memory behind it may
	 * have been written again since, so the name is compared too.
	 */
	uint32_t node = b->run_node;
	if (record->owner != b->run_owner ||
	    !dns_wire_equal(b->nodes[node].name, record->owner)) {
		int rc = owner_node(b, record->owner, &node);
		if (rc)
			return rc;
		b->run_owner = record->owner;
		b->run_node = node;
	}
	if (b->n_items >= UINT32_MAX - 1 ||
	    b->items_octets + record->rdlen > ZONE_OCTETS_MAX)
		return KT_E_LIMIT;
	b->items_octets += record->rdlen + BUILDER_ITEM_COST;
	kt_grow(b->items, b->n_items, b->items_size);
	uint32_t item = b->n_items++;
	uint8_t *rdata = kt_arena_octets(&b->octets, record->rdlen);
	memcpy(rdata, record->rdata, record->rdlen);
	b->items[item] = (struct builder_item){
		.rdata = rdata,
		.next = BUILDER_NONE,
		.ttl_s = record->ttl_s,
		.type = record->type,
		.rdlen = record->rdlen,
	};
	struct builder_node *owner = &b->nodes[node];
	if (owner->first == BUILDER_NONE)
		owner->first = item;
	else
		b->items[owner->last].next = item;
	owner->last = item;
	owner->n_items++;
	return 0;
}

struct zone_snapshot *zone_builder_finish(struct zone_builder *b)
{
	return zone_layout(b);
}
