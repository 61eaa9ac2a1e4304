#include "steering/monitor_heap.h"

#include "base/mem.h"

#include <stdlib.h>

void monitor_heap_init(struct monitor_heap *heap, size_t n_targets)
{
	*heap = (struct monitor_heap){
		.at = kt_calloc(n_targets, sizeof(*heap->at)),
		.order = kt_calloc(n_targets, sizeof(*heap->order)),
		.place = kt_calloc(n_targets, sizeof(*heap->place)),
	};
}

void monitor_heap_fini(struct monitor_heap *heap)
{
	free(heap->at);
	free(heap->order);
	free(heap->place);
}

static void put(struct monitor_heap *heap, size_t at, uint32_t target)
{
	heap->order[at] = target;
	heap->place[target] = (uint32_t)at + 1;
}

static bool earlier(const struct monitor_heap *heap, uint32_t a, uint32_t b)
{
	return heap->at[a].ns < heap->at[b].ns;
}

static void rise(struct monitor_heap *heap, size_t at, uint32_t target)
{
	while (at && earlier(heap, target, heap->order[(at - 1) / 2])) {
		put(heap, at, heap->order[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(heap, at, target);
}

static void sink(struct monitor_heap *heap, size_t at, uint32_t target)
{
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < heap->n &&
		    earlier(heap, heap->order[child + 1], heap->order[child]))
			child++;
		if (child >= heap->n || !earlier(heap, heap->order[child], target))
			break;
		put(heap, at, heap->order[child]);
		at = child;
	}
	put(heap, at, target);
}

static void settle(struct monitor_heap *heap, size_t at, uint32_t target)
{
	if (at && earlier(heap, target, heap->order[(at - 1) / 2]))
		rise(heap, at, target);
	else
		sink(heap, at, target);
}

void monitor_heap_set(struct monitor_heap *heap, uint32_t target, struct kt_instant at)
{
	heap->at[target] = at;
	if (heap->place[target])
		settle(heap, heap->place[target] - 1, target);
	else
		rise(heap, heap->n++, target);
}

void monitor_heap_drop(struct monitor_heap *heap, uint32_t target)
{
	if (!heap->place[target])
		return;
	size_t at = heap->place[target] - 1;
	heap->place[target] = 0;
	uint32_t last = heap->order[--heap->n];
	if (last != target)
		settle(heap, at, last);
}
