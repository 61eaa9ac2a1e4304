/*
 * steering/monitor_heap.h -- which target is next: a heap of times, one for each target at most.
 *
 * Memory:   for all targets from the start, so that nothing here can fail.
 * Threads:  one.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct monitor_heap {
	struct kt_instant *at; /* by target */
	uint32_t *order;       /* the heap: targets, the earliest first */
	uint32_t *place;       /* by target: where in order, plus 1; 0: not in it */
	size_t n;
};

KT_NONNULL void monitor_heap_init(struct monitor_heap *heap, size_t n_targets);
KT_NONNULL void monitor_heap_fini(struct monitor_heap *heap);

/* Puts a target in, or gives it another time. */
KT_NONNULL void monitor_heap_set(
    struct monitor_heap *heap, uint32_t target, struct kt_instant at);
/* Takes it out if it is there. */
KT_NONNULL void monitor_heap_drop(struct monitor_heap *heap, uint32_t target);
/* The earliest; false: the heap is empty. */
KT_NONNULL static inline bool monitor_heap_first(
    const struct monitor_heap *heap, uint32_t *target, struct kt_instant *at)
{
	if (!heap->n)
		return false;
	*target = heap->order[0];
	*at = heap->at[*target];
	return true;
}
