/* From gathered records to the block of a snapshot. */
#include "zone/layout_p.h"

#include "base/block.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/rdata.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	SMALL_BLOCK = 64 * 1024,
	SET_RECORDS_MAX = UINT16_MAX,
	SET_SIGNATURES_MAX = UINT8_MAX,
	SET_SIGNATURE_OCTETS_MAX = (1 << 24) - 1,
};

struct layout {
	struct zone_builder *b;
	struct zone_snapshot *z;
	zone_ref node;                      /* at hand */
	struct zone_steered_entry *steered; /* where the next one goes */
	uint8_t *at;                        /* where the next octet goes */
	int err;
};

void zone_layout_free_scratch(struct zone_builder *b)
{
	free(b->group);
	free(b->small);
}

static void pad(struct layout *l, size_t to)
{
	while ((size_t)(l->at - (uint8_t *)l->z) % to)
		*l->at++ = 0;
}

/* RRSIGs stand behind the set that they cover; then canonical order of rdata. */
static int compare_items(const void *x, const void *y)
{
	const struct builder_item *a = *(const struct builder_item *const *)x;
	const struct builder_item *b = *(const struct builder_item *const *)y;
	unsigned ta = a->type == DNS_TYPE_RRSIG ? builder_covered(a) * 2u + 1
						: a->type * 2u;
	unsigned tb = b->type == DNS_TYPE_RRSIG ? builder_covered(b) * 2u + 1
						: b->type * 2u;
	if (ta != tb)
		return ta < tb ? -1 : 1;
	return dns_rdata_compare(a->type, a->rdata, a->rdlen, b->rdata, b->rdlen);
}

static bool same_item(const struct builder_item *a, const struct builder_item *b)
{
	return a->type == b->type &&
	       dns_rdata_compare(a->type, a->rdata, a->rdlen, b->rdata, b->rdlen) == 0;
}

/* Sorts the items of a node into b->group, without duplicates; how many there are. */
static uint32_t group_items(struct zone_builder *b, const struct builder_node *node)
{
	uint32_t n = 0;
	bool sorted = true;
	for (builder_place at = node->first; at; n++) {
		struct builder_item *item = builder_at(b, at);
		kt_grow(b->group, n, b->group_size);
		b->group[n] = item;
		sorted = sorted &&
			 (n == 0 || compare_items(&b->group[n - 1], &b->group[n]) < 0);
		at = item->next;
	}
	if (sorted)
		return n;
	qsort(b->group, n, sizeof(*b->group), compare_items);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (kept && same_item(b->group[kept - 1], b->group[i])) {
			/* The smaller TTL stays (RFC 2181 s.5.2). */
			if (b->group[i]->ttl_s < b->group[kept - 1]->ttl_s)
				b->group[kept - 1]->ttl_s = b->group[i]->ttl_s;
			continue;
		}
		b->group[kept++] = b->group[i];
	}
	return kept;
}

static void put_item(struct layout *l, const struct builder_item *item)
{
	kt_put16(l->at, item->rdlen);
	memcpy(l->at + 2, item->rdata, item->rdlen);
	l->at += 2 + item->rdlen;
}

static void note_mixed_ttl(struct layout *l, uint16_t type)
{
	struct zone_builder *b = l->b;
	if (b->n_mixed_ttls < ZONE_BUILDER_TTLS_MAX)
		b->mixed_ttl[b->n_mixed_ttls++] =
		    (struct zone_builder_ttl){ .node = l->node, .type = type };
}

/* Lays out one RRset of n records and n_sig signatures behind them. */
static void put_set(struct layout *l, struct builder_item *const *item, uint32_t n,
    uint32_t n_sig, uint16_t type)
{
	if (n > SET_RECORDS_MAX || n_sig > SET_SIGNATURES_MAX) {
		l->err = KT_E_LIMIT;
		return;
	}
	struct zone_rrset *set = (struct zone_rrset *)l->at;
	l->at += sizeof(*set);
	*set = (struct zone_rrset){
		.type = type, .n_rr = (uint16_t)n, .ttl_s = UINT32_MAX
	};
	uint8_t *start = l->at;
	bool mixed = false;
	for (uint32_t i = 0; i < n; i++) {
		mixed = mixed || item[i]->ttl_s != item[0]->ttl_s;
		if (item[i]->ttl_s < set->ttl_s)
			set->ttl_s = item[i]->ttl_s;
		put_item(l, item[i]);
	}
	/* Each signature has the TTL of the set that it covers (RFC 4034 s.3). */
	if (kt_unlikely(mixed) && type != DNS_TYPE_RRSIG)
		note_mixed_ttl(l, type);
	set->rr_size = (uint32_t)(l->at - start);
	start = l->at;
	for (uint32_t i = 0; i < n_sig; i++)
		put_item(l, item[n + i]);
	if (l->at - start > SET_SIGNATURE_OCTETS_MAX) {
		l->err = KT_E_LIMIT;
		return;
	}
	set->sig_size = (uint32_t)(l->at - start) & SET_SIGNATURE_OCTETS_MAX;
	set->n_sig = n_sig & SET_SIGNATURES_MAX;
	l->z->n_rrsets++;
	l->z->n_records += n + n_sig;
	pad(l, 4);
}

/* Signatures that cover nothing at the node: one set of type RRSIG, after the others. */
static uint16_t put_orphans(struct layout *l, uint32_t n_group)
{
	struct zone_builder *b = l->b;
	uint32_t n = 0;
	for (uint32_t i = 0; i < n_group; i++)
		if (b->group[i]->type == DNS_TYPE_RRSIG)
			b->group[n++] = b->group[i];
	if (n)
		put_set(l, b->group, n, 0, DNS_TYPE_RRSIG);
	return n ? 1 : 0;
}

static void put_sets(struct layout *l, struct zone_node *node, uint32_t n_group)
{
	struct builder_item **group = l->b->group;
	uint32_t orphans = 0;
	for (uint32_t i = 0; i < n_group && !l->err;) {
		uint32_t n = 0, n_sig = 0;
		uint16_t type = group[i]->type;
		if (type == DNS_TYPE_RRSIG) { /* what it covers is not here */
			group[orphans++] = group[i++];
			continue;
		}
		while (i + n < n_group && group[i + n]->type == type)
			n++;
		while (i + n + n_sig < n_group &&
		       group[i + n + n_sig]->type == DNS_TYPE_RRSIG &&
		       builder_covered(group[i + n + n_sig]) == type)
			n_sig++;
		put_set(l, group + i, n, n_sig, type);
		node->n_rrsets++;
		i += n + n_sig;
	}
	if (!l->err)
		node->n_rrsets = (uint16_t)(node->n_rrsets + put_orphans(l, orphans));
}

static uint16_t flags_of(const struct zone_snapshot *z, const struct zone_node *node)
{
	uint16_t flags = 0;
	bool nsec3 = false, other = false;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = 0; i < node->n_rrsets; i++, set = zone_rrset_next(set)) {
		if (set->type == DNS_TYPE_NS && node->parent)
			flags |= ZONE_NODE_CUT;
		else if (set->type == DNS_TYPE_DNAME)
			flags |= ZONE_NODE_DNAME;
		else if (set->type == DNS_TYPE_CNAME)
			flags |= ZONE_NODE_CNAME;
		if (set->type == DNS_TYPE_NSEC3)
			nsec3 = true;
		else
			other = true;
	}
	if (node->n_rrsets == 0)
		flags |= ZONE_NODE_EMPTY;
	if (nsec3 && !other)
		flags |= ZONE_NODE_NSEC3_ONLY;
	if (!node->parent)
		return flags | ZONE_NODE_APEX;
	if (zone_node_at(z, node->parent)->flags &
	    (ZONE_NODE_CUT | ZONE_NODE_DNAME | ZONE_NODE_BELOW))
		flags |= ZONE_NODE_BELOW;
	return flags;
}

static void put_slot(struct zone_snapshot *z, uint64_t hash, zone_ref ref)
{
	struct zone_slot *slots = (struct zone_slot *)((uint8_t *)z +
						       (size_t)z->slots_at * 8);
	uint32_t at = kt_hash_slot(hash, z->n_slots);
	while (slots[at].node)
		at = at + 1 == z->n_slots ? 0 : at + 1;
	slots[at] = (struct zone_slot){ .tag = (uint32_t)hash, .node = ref };
}

static zone_ref parent_ref(
    const struct zone_builder *b, const struct builder_node *node)
{
	if (!node->parent)
		return 0;
	const struct builder_node *parent = builder_at(b, node->parent);
	return parent->ref;
}

static int compare_steered(const void *x, const void *y)
{
	const struct builder_steered *a = x, *b = y;
	return a->node < b->node ? -1 : a->node > b->node;
}

static void put_steered(struct layout *l, builder_place place, struct zone_node *node)
{
	const struct builder_steered want = { .node = place };
	const struct builder_steered *found = bsearch(
	    &want, l->b->steered, l->b->n_steered, sizeof(want), compare_steered);
	node->flags |= ZONE_NODE_STEERED;
	*l->steered++ = (struct zone_steered_entry){ l->node, found->number };
}

static void put_node(struct layout *l, builder_place place)
{
	struct zone_builder *b = l->b;
	struct zone_snapshot *z = l->z;
	struct builder_node *from = builder_at(b, place);
	pad(l, 8);
	struct zone_node *node = (struct zone_node *)l->at;
	from->ref = l->node = zone_ref_of(z, node);
	*node = (struct zone_node){
		.parent = parent_ref(b, from),
		.labels = from->labels,
		.len = from->len,
	};
	memcpy(node->name, from->name, from->len);
	l->at = node->name + from->len;
	pad(l, 4);
	put_sets(l, node, group_items(b, from));
	node->flags = flags_of(z, node);
	if (kt_unlikely(from->steered))
		put_steered(l, place, node);
	if (dns_wire_is_wildcard(node->name) && node->parent) {
		struct zone_node *parent =
		    (struct zone_node *)((uint8_t *)z + (size_t)node->parent * 8);
		parent->flags |= ZONE_NODE_WILDCARD;
	}
	if (node->labels > z->max_labels)
		z->max_labels = node->labels;
	put_slot(z, from->hash, from->ref);
}

/* An upper bound: duplicates and shared set headers make it less. */
static uint64_t octets_needed(const struct zone_builder *b, uint32_t n_slots)
{
	return sizeof(struct zone_snapshot) + 16 +
	       (uint64_t)n_slots * sizeof(struct zone_slot) +
	       (uint64_t)b->n_denial * sizeof(struct zone_chain_entry) +
	       (uint64_t)b->n_steered * sizeof(struct zone_steered_entry) +
	       b->block_octets;
}

static struct zone_snapshot *get_block(struct zone_builder *b, uint64_t size)
{
	if (size > (uint64_t)UINT32_MAX * 8)
		return NULL;
	if (size > SMALL_BLOCK)
		return kt_block_new(size);
	if (!b->small)
		b->small = kt_malloc(SMALL_BLOCK);
	return (struct zone_snapshot *)b->small;
}

/* The block in its final size. */
static struct zone_snapshot *trim(
    struct zone_builder *b, struct zone_snapshot *z, size_t size)
{
	if ((uint8_t *)z != b->small)
		return kt_block_trim(z, size, z->size);
	struct zone_snapshot *own = kt_block_new(z->size);
	if (own)
		memcpy(own, z, z->size);
	return own;
}

/* Nodes come in canonical order, from all over memory: ask for what the next ones need. */
static void look_ahead(const struct layout *l, uint32_t i)
{
	enum {
		NODE = 16,
		SLOT = 8
	};
	const struct zone_builder *b = l->b;
	if (i + NODE >= b->n_nodes)
		return;
	const uint8_t *far = builder_at(b, b->order[i + NODE].node);
	__builtin_prefetch(far);
	__builtin_prefetch(far + 64);
	const struct builder_node *near = builder_at(b, b->order[i + SLOT].node);
	__builtin_prefetch(
	    &zone_slots(l->z)[kt_hash_slot(near->hash, l->z->n_slots)], 1);
}

struct zone_snapshot *zone_layout(struct zone_builder *b)
{
	static _Atomic uint64_t generation;
	b->n_mixed_ttls = 0; /* it may be the second time */
	uint32_t n_slots = b->n_nodes + b->n_nodes / 2 + 1;
	uint64_t size = octets_needed(b, n_slots);
	struct zone_snapshot *z = get_block(b, size);
	if (!z)
		return NULL;
	*z = (struct zone_snapshot){
		.generation = atomic_fetch_add(&generation, 1) + 1,
		.refs = 1,
		.n_nodes = b->n_nodes,
		.n_slots = n_slots,
	};
	struct layout l = { .b = b, .z = z, .at = (uint8_t *)z + sizeof(*z) };
	pad(&l, 8);
	z->slots_at = zone_ref_of(z, l.at);
	memset(l.at, 0, n_slots * sizeof(struct zone_slot));
	l.at += n_slots * sizeof(struct zone_slot);
	z->chain_at = zone_ref_of(z, l.at);
	l.at += b->n_denial * sizeof(struct zone_chain_entry);
	z->steered_at = zone_ref_of(z, l.at);
	z->n_steered = b->n_steered;
	l.steered = (struct zone_steered_entry *)l.at;
	l.at += b->n_steered * sizeof(struct zone_steered_entry);
	z->first = zone_ref_of(z, l.at);
	if (b->n_steered)
		qsort(b->steered, b->n_steered, sizeof(*b->steered), compare_steered);
	zone_layout_sort(b);
	for (uint32_t i = 0; i < b->n_nodes && !l.err; i++) {
		look_ahead(&l, i);
		put_node(&l, b->order[i].node);
	}
	pad(&l, 8);
	z->end = zone_ref_of(z, l.at);
	z->size = (size_t)(l.at - (uint8_t *)z);
	if (l.err) {
		if ((uint8_t *)z != b->small)
			kt_block_free(z, size);
		return NULL;
	}
	zone_layout_apex(z);
	zone_layout_chain(z);
	return trim(b, z, size);
}
