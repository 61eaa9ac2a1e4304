#include "zone/builder.h"

#include "base/block.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "zone/key_p.h"
#include "zone/layout_p.h"

#include <stdlib.h>
#include <string.h>

/* A builder that is used again keeps the memory of so many nodes. */
enum {
	KEEP_NODES = 1 << 16
};

struct zone_builder *zone_builder_new(void)
{
	return kt_calloc(1, sizeof(struct zone_builder));
}

static void drop_chunks(struct zone_builder *b, uint32_t keep)
{
	while (b->n_chunks > keep)
		kt_block_free(
		    b->chunks[--b->n_chunks], (size_t)BUILDER_CHUNK_UNITS * 8);
}

static void drop_tables(struct zone_builder *b)
{
	kt_block_free(b->order, b->order_size * sizeof(*b->order));
	kt_block_free(b->slots, b->n_slots * sizeof(*b->slots));
	b->order = NULL;
	b->slots = NULL;
	b->order_size = b->n_slots = 0;
}

void zone_builder_free(struct zone_builder *b)
{
	if (!b)
		return;
	drop_chunks(b, 0);
	drop_tables(b);
	zone_layout_free_scratch(b);
	free(b->steered);
	free(b);
}

static void *block(size_t size)
{
	void *at = kt_block_new(size);
	kt_require(at != NULL);
	return at;
}

/* The place of size octets at the end of the stream; 0: the zone is too large. */
static builder_place extend(struct zone_builder *b, size_t size)
{
	uint32_t units = (uint32_t)((size + 7) / 8);
	uint32_t left = BUILDER_CHUNK_UNITS - (b->end & (BUILDER_CHUNK_UNITS - 1));
	uint64_t place = units <= left ? b->end : (uint64_t)b->end + left;
	uint64_t chunk = place >> BUILDER_CHUNK_UNITS_LOG;
	if (chunk >= BUILDER_CHUNKS_MAX)
		return 0;
	if (chunk >= b->n_chunks)
		b->chunks[b->n_chunks++] = block((size_t)BUILDER_CHUNK_UNITS * 8);
	b->end = (builder_place)(place + units);
	return (builder_place)place;
}

static void insert_slot(struct zone_builder *b, uint64_t hash, builder_place node)
{
	uint32_t at = kt_hash_slot(hash, b->n_slots);
	while (b->slots[at].node)
		at = at + 1 == b->n_slots ? 0 : at + 1;
	b->slots[at] = (struct builder_slot){ (uint32_t)hash, node };
}

static void make_slots(struct zone_builder *b, uint32_t n)
{
	kt_block_free(b->slots, b->n_slots * sizeof(*b->slots));
	b->n_slots = n;
	b->slots = block(n * sizeof(*b->slots));
	memset(b->slots, 0, n * sizeof(*b->slots));
	for (uint32_t i = 0; i < b->n_nodes; i++) {
		const struct builder_node *node = builder_at(b, b->order[i].node);
		insert_slot(b, node->hash, b->order[i].node);
	}
}

static void append_order(struct zone_builder *b, uint64_t key, builder_place node)
{
	if (b->n_nodes == b->order_size) {
		uint32_t more = b->order_size ? b->order_size * 2 : BUILDER_SLOTS_MIN;
		struct builder_order *larger = block(more * sizeof(*larger));
		if (b->n_nodes)
			memcpy(larger, b->order, b->n_nodes * sizeof(*larger));
		kt_block_free(b->order, b->order_size * sizeof(*larger));
		b->order = larger;
		b->order_size = more;
	}
	struct builder_order *entry = &b->order[b->n_nodes++];
	*entry = (struct builder_order){ .key = key, .node = node };
	b->sorted = b->sorted &&
		    (b->n_nodes == 1 || zone_layout_compare(b, entry - 1, entry) < 0);
}

static builder_place find_node(
    const struct zone_builder *b, const uint8_t *wire, uint8_t len, uint64_t hash)
{
	for (uint32_t at = kt_hash_slot(hash, b->n_slots); b->slots[at].node;
	     at = at + 1 == b->n_slots ? 0 : at + 1) {
		if (b->slots[at].tag != (uint32_t)hash)
			continue;
		const struct builder_node *node = builder_at(b, b->slots[at].node);
		if (node->hash == hash && node->len == len &&
		    memcmp(node->name, wire, len) == 0)
			return b->slots[at].node;
	}
	return 0;
}

/* The node of a name in lower case, made if it is not there.  KT_E_LIMIT: too many. */
static int node_of(struct zone_builder *b, const uint8_t *wire, uint8_t len,
    uint8_t labels, uint64_t hash, builder_place *out)
{
	builder_place found = find_node(b, wire, len, hash);
	if (found) {
		*out = found;
		return 0;
	}
	builder_place place = extend(b, offsetof(struct builder_node, name) + len);
	if (!place || b->n_nodes >= UINT32_MAX / 4)
		return KT_E_LIMIT;
	struct builder_node *node = builder_at(b, place);
	*node = (struct builder_node){
		.hash = hash, .len = len, .labels = labels & DNS_LABELS_MAX
	};
	memcpy(node->name, wire, len);
	b->block_octets += BUILDER_NODE_COST + len;
	append_order(b, zone_name_key(wire, b->apex.labels), place);
	insert_slot(b, hash, place);
	if (b->n_nodes > b->n_slots - b->n_slots / 3)
		make_slots(b, b->n_slots * 2);
	*out = place;
	return 0;
}

/* Links a new node to its parent; names between it and the apex that are missing are made. */
static int add_parents(
    struct zone_builder *b, builder_place place, const uint64_t *hash)
{
	struct builder_node *node = builder_at(b, place);
	for (unsigned i = 1; !node->parent && node->labels > b->apex.labels; i++) {
		builder_place parent = b->apex_node;
		if (node->labels - 1 > b->apex.labels) {
			unsigned skip = node->name[0] + 1u;
			int rc = node_of(b, node->name + skip,
			    (uint8_t)(node->len - skip), (uint8_t)(node->labels - 1),
			    hash[i], &parent);
			if (rc)
				return rc;
		}
		node->parent = parent;
		node = builder_at(b, parent);
	}
	return 0;
}

/* Lower-cases, hashes and finds the owner's node. */
static int owner_node(struct zone_builder *b, const uint8_t *owner, builder_place *out)
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
	if (b->order_size > KEEP_NODES)
		drop_tables(b);
	drop_chunks(b, 1);
	b->end = 1; /* place 0 is none */
	if (!b->n_chunks)
		b->chunks[b->n_chunks++] = block((size_t)BUILDER_CHUNK_UNITS * 8);
	b->n_nodes = b->n_denial = b->n_steered = 0;
	b->block_octets = 0;
	b->sorted = true;
	b->apex = *apex;
	dns_name_lower(&b->apex);
	b->apex_hash = dns_suffix_hash(b->apex.wire);
	b->run_owner = NULL;
	make_slots(b, BUILDER_SLOTS_MIN);
	int rc = node_of(
	    b, b->apex.wire, b->apex.len, b->apex.labels, b->apex_hash, &b->apex_node);
	kt_require(rc == 0);
}

/*
 * A reader hands out runs of one owner with one pointer; the memory behind it may have
 * been written again since, so the name is compared too.
 */
static bool same_owner(const struct zone_builder *b, const uint8_t *owner)
{
	if (owner != b->run_owner)
		return false;
	const struct builder_node *node = builder_at(b, b->run_node);
	return dns_wire_equal(node->name, owner);
}

int zone_builder_add(struct zone_builder *b, const struct dns_record *record)
{
	builder_place place = b->run_node;
	if (!same_owner(b, record->owner)) {
		int rc = owner_node(b, record->owner, &place);
		if (rc)
			return rc;
		b->run_owner = record->owner;
		b->run_node = place;
	}
	builder_place item_place = extend(
	    b, sizeof(struct builder_item) + record->rdlen);
	if (!item_place)
		return KT_E_LIMIT;
	struct builder_item *item = builder_at(b, item_place);
	*item = (struct builder_item){
		.ttl_s = record->ttl_s,
		.type = record->type,
		.rdlen = record->rdlen,
	};
	memcpy(item->rdata, record->rdata, record->rdlen);
	struct builder_node *node = builder_at(b, place);
	if (node->first)
		((struct builder_item *)builder_at(b, node->last))->next = item_place;
	else
		node->first = item_place;
	node->last = item_place;
	b->block_octets += BUILDER_ITEM_COST + record->rdlen;
	b->n_denial += record->type == DNS_TYPE_NSEC || record->type == DNS_TYPE_NSEC3;
	return 0;
}

builder_place zone_builder_node(const struct zone_builder *b, const uint8_t *wire)
{
	return find_node(b, wire, (uint8_t)dns_wire_len(wire), dns_suffix_hash(wire));
}

static void drop(struct zone_builder *b, builder_place place, uint16_t type, bool data)
{
	struct builder_node *node = builder_at(b, place);
	builder_place last = 0, next;
	for (builder_place at = node->first; at; at = next) {
		struct builder_item *item = builder_at(b, at);
		next = item->next;
		if ((data && item->type == type) ||
		    (item->type == DNS_TYPE_RRSIG && builder_covered(item) == type))
			continue;
		if (last)
			((struct builder_item *)builder_at(b, last))->next = at;
		else
			node->first = at;
		last = at;
	}
	if (last)
		((struct builder_item *)builder_at(b, last))->next = 0;
	else
		node->first = 0;
	node->last = last;
}

void zone_builder_drop(struct zone_builder *b, builder_place node, uint16_t type)
{
	drop(b, node, type, true);
}

void zone_builder_drop_signatures(
    struct zone_builder *b, builder_place node, uint16_t type)
{
	drop(b, node, type, false);
}

void zone_builder_steer(struct zone_builder *b, builder_place place, uint32_t number)
{
	struct builder_node *node = builder_at(b, place);
	node->steered = 1;
	kt_grow(b->steered, b->n_steered, b->steered_size);
	b->steered[b->n_steered++] = (struct builder_steered){ place, number };
}

struct zone_snapshot *zone_builder_finish(struct zone_builder *b)
{
	return zone_layout(b);
}

size_t zone_builder_mixed_ttls(
    const struct zone_builder *b, const struct zone_builder_ttl **out)
{
	*out = b->mixed_ttl;
	return b->n_mixed_ttls;
}
