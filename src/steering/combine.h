/*
 * steering/combine.h -- sets out of the sets of several members.
 *
 * A part is a member with the sets that it may answer with: a record has one, a pool as many
 * as its method gives.
 *
 * Memory:   results in the arena; they never share the list of records with a part.
 * Threads:  no shared state.
 */
#pragma once

#include "steering/variants.h"

struct steering_part {
	struct steering_sets sets; /* at least one */
	uint64_t weight;           /* at least 1 */
	uint32_t id;
};

/* All n parts in one answer. */
KT_NONNULL void steering_union(struct kt_arena *arena,
    const struct steering_part *parts, size_t n, struct steering_sets *out);
/* Windows of `width` parts, in turn. */
KT_NONNULL void steering_windows(struct kt_arena *arena,
    const struct steering_part *parts, size_t n, size_t width,
    struct steering_sets *out);
/* How many windows over n things: n, or less where they would hold too much. */
size_t steering_windows_count(size_t n, size_t width);
/* `width` of the parts by chance. */
KT_NONNULL void steering_draws(struct kt_arena *arena,
    const struct steering_part *parts, size_t n, size_t width,
    struct steering_sets *out);
/* One by the client's network, and those that rank behind it. */
KT_NONNULL void steering_ranks(struct kt_arena *arena,
    const struct steering_part *parts, size_t n, size_t width,
    struct steering_sets *out);
