/* Nodes into canonical order: a radix sort on key prefixes, full comparison on ties. */
#include "base/block.h"
#include "base/mem.h"
#include "zone/layout_p.h"

#include <stdlib.h>
#include <string.h>

enum {
	INSERTION_MAX = 24
};

static const uint8_t *name_of(
    const struct zone_builder *b, const struct builder_order *x)
{
	const struct builder_node *node = builder_at(b, x->node);
	return node->name;
}

int zone_layout_compare(const struct zone_builder *b, const struct builder_order *x,
    const struct builder_order *y)
{
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return dns_wire_compare(name_of(b, x), name_of(b, y));
}

static void insertion_sort(
    const struct zone_builder *b, struct builder_order *at, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct builder_order x = at[i];
		uint32_t j = i;
		for (; j && zone_layout_compare(b, &at[j - 1], &x) > 0; j--)
			at[j] = at[j - 1];
		at[j] = x;
	}
}

/* Least significant octet first; octets that all keys share cost one look. */
static void radix_sort(struct zone_builder *b)
{
	enum {
		OCTETS = 8
	};
	uint32_t n = b->n_nodes, count[OCTETS][256] = { 0 };
	size_t size = b->order_size * sizeof(*b->order);
	struct builder_order *other = kt_block_new(size);
	kt_require(other != NULL);
	for (uint32_t i = 0; i < n; i++)
		for (unsigned o = 0; o < OCTETS; o++)
			count[o][b->order[i].key >> (8 * o) & 255]++;
	for (unsigned o = 0; o < OCTETS; o++) {
		if (count[o][b->order[0].key >> (8 * o) & 255] == n)
			continue;
		uint32_t sum = 0;
		for (unsigned v = 0; v < 256; v++) {
			uint32_t here = count[o][v];
			count[o][v] = sum;
			sum += here;
		}
		for (uint32_t i = 0; i < n; i++)
			other[count[o][b->order[i].key >> (8 * o) & 255]++] =
			    b->order[i];
		struct builder_order *swap = b->order;
		b->order = other;
		other = swap;
	}
	kt_block_free(other, size);
}

static int compare_names(const void *x, const void *y, void *ctx)
{
	return dns_wire_compare(name_of(ctx, x), name_of(ctx, y));
}

/* Runs of one key are put in order by their whole names. */
static void sort_ties(struct zone_builder *b, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		uint32_t j = i + 1;
		while (j < n && b->order[j].key == b->order[i].key)
			j++;
		if (j - i > INSERTION_MAX)
			qsort_r(
			    b->order + i, j - i, sizeof(*b->order), compare_names, b);
		else
			insertion_sort(b, b->order + i, j - i);
		i = j;
	}
}

void zone_layout_sort(struct zone_builder *b)
{
	if (b->sorted)
		return;
	if (b->n_nodes <= INSERTION_MAX) {
		insertion_sort(b, b->order, b->n_nodes);
	} else {
		radix_sort(b);
		sort_ties(b, b->n_nodes);
	}
	b->sorted = true;
}
