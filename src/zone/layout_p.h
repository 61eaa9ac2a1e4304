/*
 * zone/layout_p.h -- what a builder has gathered, and how it becomes one block.
 *
 * Names and records lie one behind the other in a stream of chunks, in the order in which
 * they came, so that what belongs together is mostly found together.  They refer to each
 * other by 32-bit places in the stream, in units of 8 octets; 0 is none.
 */
#pragma once

#include "base/attr.h"
#include "zone/builder.h"

typedef uint32_t builder_place;

enum {
	BUILDER_CHUNK_UNITS_LOG = 20, /* units in a chunk: 8 MiB */
	BUILDER_CHUNK_UNITS = 1 << BUILDER_CHUNK_UNITS_LOG,
	BUILDER_CHUNKS_MAX = 4096, /* what 32-bit places reach: 32 GiB */
	BUILDER_SLOTS_MIN = 64,
};

/* A record's share of the block beyond its rdata, at the most. */
#define BUILDER_ITEM_COST (sizeof(struct zone_rrset) + 2 + 3)
/* A name's, beyond its octets. */
#define BUILDER_NODE_COST (offsetof(struct zone_node, name) + 3 + 7)

struct builder_node {
	uint64_t hash;
	builder_place first, last; /* items, in the order in which they came */
	builder_place parent;      /* 0 at the apex */
	zone_ref ref;              /* once laid out */
	uint8_t len;
	uint8_t labels  : 7;
	uint8_t steered : 1; /* its number is in the builder's list */
	uint8_t name[];      /* lower case */
};

struct builder_item {
	builder_place next;
	uint32_t ttl_s;
	uint16_t type;
	uint16_t rdlen;
	uint8_t rdata[];
};

/* A node in sorting. */
struct builder_order {
	uint64_t key;
	builder_place node;
};

struct builder_steered {
	builder_place node;
	uint32_t number;
};

struct builder_slot {
	uint32_t tag;       /* low half of the name's hash */
	builder_place node; /* 0: free */
};

struct zone_builder {
	struct dns_name apex; /* lower case */
	builder_place apex_node;
	uint64_t apex_hash;
	/* the stream */
	uint64_t *chunks[BUILDER_CHUNKS_MAX];
	uint32_t n_chunks;     /* that exist */
	builder_place end;     /* behind the last unit used */
	uint64_t block_octets; /* upper bound of the block's nodes */
	uint32_t n_denial;     /* NSEC and NSEC3 records */
	struct builder_steered *steered;
	uint32_t n_steered, steered_size;
	/* all nodes, in the order in which they came; then in canonical order */
	struct builder_order *order;
	uint32_t n_nodes, order_size;
	bool sorted; /* they came in canonical order */
	struct builder_slot *slots;
	uint32_t n_slots;
	/* the owner of the record before */
	const uint8_t *run_owner;
	builder_place run_node;
	struct zone_builder_ttl mixed_ttl[ZONE_BUILDER_TTLS_MAX];
	unsigned n_mixed_ttls;
	/* scratch of the layout, kept */
	struct builder_item **group;
	uint32_t group_size;
	uint8_t *small; /* where small zones are laid out before they are copied */
};

static inline void *builder_at(const struct zone_builder *b, builder_place place)
{
	return b->chunks[place >> BUILDER_CHUNK_UNITS_LOG] +
	       (place & (BUILDER_CHUNK_UNITS - 1));
}

/* The node of a name in lower case; 0: it is not there. */
KT_NONNULL builder_place zone_builder_node(
    const struct zone_builder *b, const uint8_t *wire);
/* Takes the records of a type away from a node, and the signatures over them. */
KT_NONNULL void zone_builder_drop(
    struct zone_builder *b, builder_place node, uint16_t type);
/* The same for the signatures alone. */
KT_NONNULL void zone_builder_drop_signatures(
    struct zone_builder *b, builder_place node, uint16_t type);
/* Marks a node, once, as the steered name of that number. */
KT_NONNULL void zone_builder_steer(
    struct zone_builder *b, builder_place node, uint32_t number);

/* What an RRSIG covers. */
static inline uint16_t builder_covered(const struct builder_item *item)
{
	return item->rdlen >= 2 ? kt_get16(item->rdata) : 0;
}

KT_MUST struct zone_snapshot *zone_layout(struct zone_builder *b);
KT_NONNULL void zone_layout_free_scratch(struct zone_builder *b);
/* Puts b->order into canonical order. */
KT_NONNULL void zone_layout_sort(struct zone_builder *b);
/* Compares two nodes in canonical order. */
KT_NONNULL int zone_layout_compare(const struct zone_builder *b,
    const struct builder_order *x, const struct builder_order *y);
/* Reads the serial and whether the zone is signed from the apex. */
KT_NONNULL void zone_layout_apex(struct zone_snapshot *z);
/* Fills the denial chain, for which room was left. */
KT_NONNULL void zone_layout_chain(struct zone_snapshot *z);
