/*
 * zone/layout_p.h -- what a builder has gathered, and how it becomes one block.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "zone/builder.h"

#define BUILDER_NONE      UINT32_MAX
#define BUILDER_SLOTS_MIN 64
#define ZONE_OCTETS_MAX   ((uint64_t)32 << 30) /* what 32-bit references reach */
/* A record's share of the block beyond its rdata, at the most. */
#define BUILDER_ITEM_COST (sizeof(struct zone_rrset) + 2 + 3)

struct builder_node {
	uint64_t hash;
	const uint8_t *name;  /* lower case, in the builder's octets */
	uint32_t first, last; /* items, in the order in which they came */
	uint32_t n_items;
	uint32_t parent; /* index of a node; BUILDER_NONE at the apex */
	zone_ref ref;    /* once laid out */
	uint8_t len;
	uint8_t labels;
};

struct builder_item {
	const uint8_t *rdata;
	uint32_t next;
	uint32_t ttl_s;
	uint16_t type;
	uint16_t rdlen;
};

/* A node in sorting. */
struct builder_order {
	uint64_t key;
	uint32_t node;
};

struct zone_builder {
	struct dns_name apex; /* lower case */
	uint64_t apex_hash;
	struct kt_arena octets;
	struct builder_node *nodes; /* [0] is the apex */
	uint32_t n_nodes, nodes_size;
	struct builder_item *items;
	uint32_t n_items, items_size;
	uint64_t items_octets;
	uint32_t *slots; /* node index + 1; 0: free */
	uint32_t n_slots;
	/* the owner of the record before */
	const uint8_t *run_owner;
	uint32_t run_node;
	/* scratch of the layout, kept */
	struct builder_order *order, *order_other;
	uint32_t order_size;
	const struct builder_item **group;
	uint32_t group_size;
	uint8_t *small; /* where small zones are laid out before they are copied */
};

KT_MUST struct zone_snapshot *zone_layout(struct zone_builder *b);
KT_NONNULL void zone_layout_free_scratch(struct zone_builder *b);
/* Fills b->order with all nodes in canonical order. */
KT_NONNULL void zone_layout_sort(struct zone_builder *b);
/* Reads the serial and whether the zone is signed from the apex. */
KT_NONNULL void zone_layout_apex(struct zone_snapshot *z);
/* Fills the denial chain, for which room was left. */
KT_NONNULL void zone_layout_chain(struct zone_snapshot *z);
