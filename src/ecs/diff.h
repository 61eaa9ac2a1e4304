/*
 * ecs/diff.h -- what changes between two partitions: look at it before a reload.
 *
 * Classes are compared by name.
 *
 * Memory:   the result owns its list.
 */
#pragma once

#include "base/attr.h"
#include "ecs/parts.h"

#include <stddef.h>
#include <stdint.h>

/* A block all of whose addresses go from one class to another. */
struct ecs_change {
	struct kt_prefix block;
	uint16_t from, to; /* classes of old and new */
};

struct ecs_diff_family {
	size_t cells_old, cells_new;
	size_t cells_added, cells_removed;
	size_t changes;    /* blocks whose class changes */
	long double moved; /* addresses in them */
};

struct ecs_diff {
	struct ecs_diff_family families[2]; /* by ecs_family_index() */
	struct ecs_change *top; /* the largest blocks that change, largest first */
	size_t n_top;
};

/* top: how many changes to keep of each family. */
KT_NONNULL void ecs_diff(const struct ecs_parts *old, const struct ecs_parts *new,
    size_t top, struct ecs_diff *out);
KT_NONNULL void ecs_diff_fini(struct ecs_diff *diff);
