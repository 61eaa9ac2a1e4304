/*
 * ecs/cost.h -- how many entries a resolver will keep for one name and type.
 *
 * A resolver that sends `source` bits keeps one entry a cell where the cell is no longer than
 * that, else one a block of that length.  Counted are the entries that the clients' networks
 * touch, each once.
 *
 * Memory:   the prefixes are sorted in place.
 */
#pragma once

#include "base/attr.h"
#include "ecs/view.h"

/* Unbound keeps so many a name and family (max-ecs-tree-size-ipv4, -ipv6). */
#define ECS_COST_LIMIT 100
/*
 * Octets an entry costs, an estimate and not a measurement: a reply of one set of one or two
 * addresses with its headers, a node of the tree, and what the allocator rounds up.  A
 * signature adds about 150.
 */
#define ECS_COST_OCTETS 800

struct ecs_cost {
	double entries;        /* with this map's scopes */
	double entries_source; /* if the scope were the source */
	size_t blocks_short;   /* blocks of source bits that hold several cells */
};

/* source: by family index (ecs_family_index()); prefixes of the other family count too. */
KT_NONNULL void ecs_cost(const struct ecs_view *view, struct ecs_prefixes *prefixes,
    const unsigned source[2], struct ecs_cost out[2]);
