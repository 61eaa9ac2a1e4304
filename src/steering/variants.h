/*
 * steering/variants.h -- the sets of records that a pool may answer with, and how often each.
 *
 *   failover     the first, or the first `limit`, as one set
 *   multi        all as one set; with a limit windows that move along, in turn
 *   round-robin  windows of one, or of the limit, in turn
 *   weighted     one each, by weight; with a limit draws without repetition, which are
 *                made here by numbers that only the content decides
 *   hash         one each, by the client's network; with a limit each with those that rank
 *                behind it
 *
 * A pool in a pool gives its own sets in proportion to their weights.  Members with weight 0 count
 * only when there are no others.
 *
 * Memory:   in the arena that is handed in.
 */
#pragma once

#include "steering/steering_p.h"

#define STEERING_DRAWS     64   /* sets that stand for more combinations than that */
#define STEERING_SET_MAX   1000 /* records in a set: below what a message holds */
#define STEERING_TOTAL_MAX ((uint64_t)1 << 40)

struct steering_set {
	const struct steering_member **records;
	uint32_t n;
	uint32_t id;
	uint64_t weight; /* at least 1 */
};

struct steering_sets {
	enum steering_pick pick;
	struct steering_set *list;
	size_t n;       /* 0: nothing is up */
	uint64_t total; /* of the weights */
};

struct steering_variants {
	const struct steering_state *state; /* NULL: as if all were up */
	enum steering_type type;
	uint16_t limit; /* of records in an answer; 0: none */
	struct kt_arena *arena;
};

/* Sets are in canonical order (RFC 4034 s.6.3), each record once (RFC 2181 s.5). */
KT_NONNULL void steering_variants_make(const struct steering_variants *v,
    const struct steering_pool *pool, struct steering_sets *out);
