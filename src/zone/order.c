/* Nodes into canonical order: a radix sort on key prefixes, full comparison on ties. */
#include "base/mem.h"
#include "zone/key_p.h"
#include "zone/layout_p.h"

#include <stdlib.h>
#include <string.h>

enum {
	INSERTION_MAX = 24
};

static int compare(const struct zone_builder *b, const struct builder_order *x,
    const struct builder_order *y)
{
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return dns_wire_compare(b->nodes[x->node].name, b->nodes[y->node].name);
}

static void insertion_sort(
    const struct zone_builder *b, struct builder_order *at, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct builder_order x = at[i];
		uint32_t j = i;
		for (; j && compare(b, &at[j - 1], &x) > 0; j--)
			at[j] = at[j - 1];
		at[j] = x;
	}
}

/* Least significant octet first; octets that all keys share cost one look. */
static void radix_sort(struct zone_builder *b, uint32_t n)
{
	static const unsigned n_octets = 8;
	uint32_t(*count)[256] = kt_calloc(n_octets, sizeof(*count));
	for (uint32_t i = 0; i < n; i++)
		for (unsigned o = 0; o < n_octets; o++)
			count[o][b->order[i].key >> (8 * o) & 255]++;
	for (unsigned o = 0; o < n_octets; o++) {
		if (count[o][b->order[0].key >> (8 * o) & 255] == n)
			continue;
		uint32_t sum = 0;
		for (unsigned v = 0; v < 256; v++) {
			uint32_t here = count[o][v];
			count[o][v] = sum;
			sum += here;
		}
		for (uint32_t i = 0; i < n; i++)
			b->order_other[count[o][b->order[i].key >> (8 * o) & 255]++] =
			    b->order[i];
		struct builder_order *other = b->order;
		b->order = b->order_other;
		b->order_other = other;
	}
	free(count);
}

static int compare_names(const void *x, const void *y, void *ctx)
{
	const struct zone_builder *b = ctx;
	const struct builder_order *ox = x, *oy = y;
	return dns_wire_compare(b->nodes[ox->node].name, b->nodes[oy->node].name);
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
	uint32_t n = b->n_nodes;
	if (n > b->order_size) {
		b->order_size = n;
		b->order = kt_realloc(b->order, n * sizeof(*b->order));
		b->order_other = kt_realloc(
		    b->order_other, n * sizeof(*b->order_other));
	}
	bool sorted = true;
	for (uint32_t i = 0; i < n; i++) {
		b->order[i] = (struct builder_order){
			.key = zone_name_key(b->nodes[i].name, b->apex.labels),
			.node = i,
		};
		sorted = sorted &&
			 (i == 0 || compare(b, &b->order[i - 1], &b->order[i]) < 0);
	}
	if (sorted)
		return;
	if (n <= INSERTION_MAX) {
		insertion_sort(b, b->order, n);
	} else {
		radix_sort(b, n);
		sort_ties(b, n);
	}
}
