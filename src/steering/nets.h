/*
 * steering/nets.h -- lists of networks on the way to regions: collected, sorted, laid over
 * each other.
 *
 * Memory:   lists grow up to STEERING_PREFIXES_MAX and can fail with KT_E_LIMIT.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "steering/partition.h"
#include "steering/regions.h"

#include <stddef.h>
#include <stdint.h>

/* Whose word a network is: special blocks, a map's files in their order, inline. */
#define STEERING_SOURCE_SPECIAL 0
#define STEERING_SOURCE_FILE    1 /* and on */
#define STEERING_SOURCE_INLINE  255

struct steering_net {
	uint64_t high, low; /* left-aligned (steering/partition.h) */
	uint32_t line;      /* in its source; inline: index in conf's networks */
	uint16_t region;
	uint8_t len, source;
};

struct steering_nets {
	struct steering_net *list;
	size_t n, cap;
};

static inline steering_key steering_net_key(const struct steering_net *net)
{
	return (steering_key)net->high << 64 | net->low;
}

KT_NONNULL void steering_nets_fini(struct steering_nets *nets);
KT_MUST KT_NONNULL int steering_nets_add(
    struct steering_nets *nets, const struct steering_net *net);
/* By address, shorter first; equal ones stay in the order in which they were added. */
KT_MUST KT_NONNULL int steering_nets_sort(struct steering_nets *nets);

#define STEERING_NOWHERE 0xfffc /* in place of a region: nobody has said anything */

/* A run of either family, left-aligned. */
struct steering_span {
	uint64_t high, low;
	uint16_t region;
};

struct steering_spans {
	struct steering_span *list;
	size_t n, cap;
};

KT_NONNULL void steering_spans_fini(struct steering_spans *spans);
/* Ends the run before; one of the same region is not told apart. */
KT_MUST KT_NONNULL int steering_spans_add(
    struct steering_spans *spans, steering_key first, uint16_t region);

/*
 * Lays sorted networks over the base (at least one span, the first at 0): the longest
 * prefix wins, of equal ones the last.
 */
KT_MUST KT_NONNULL int steering_nets_overlay(const struct steering_nets *nets,
    const struct steering_spans *base, struct steering_spans *out);
/* What over says, and under where that is STEERING_NOWHERE.  Both begin at 0. */
KT_MUST KT_NONNULL int steering_spans_merge(const struct steering_spans *over,
    const struct steering_spans *under, struct steering_spans *out);
