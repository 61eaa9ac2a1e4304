#include "steering/partition.h"

#include "base/block.h"
#include "steering/share.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
 #include <emmintrin.h>
#endif

#define LINE 64

static steering_key run_key(const struct steering_runs *runs, size_t i)
{
	if (runs->run4)
		return (steering_key)runs->run4[i].first << 96;
	return (steering_key)runs->run6[i].first[0] << 64 | runs->run6[i].first[1];
}

static uint16_t run_class(const struct steering_runs *runs, size_t i)
{
	uint16_t region = runs->run4 ? runs->run4[i].region : runs->run6[i].region;
	if (region == STEERING_BY_RESOLVER || region == STEERING_EMBEDDED)
		return region;
	return runs->class_of[region];
}

/* Building: the same pass counts (nothing to write to yet) and then fills. */

struct build {
	uint64_t last; /* key of the last entry */
	bool last_split;
	uint16_t class; /* of the last run */
	size_t n, n_split, n_low;
	/* NULL while counting */
	void *keys;
	bool wide;
	uint16_t *classes;
	struct steering_splits *splits;
	uint32_t *low_start;
	uint64_t *low;
	uint16_t *low_class;
};

static void add_entry(struct build *b, uint64_t high, uint16_t class)
{
	if (b->classes) {
		if (b->wide)
			((uint64_t *)b->keys)[b->n] = high;
		else
			((uint32_t *)b->keys)[b->n] = (uint32_t)(high >> 32);
		b->classes[b->n] = class;
	}
	b->last = high;
	b->last_split = false;
	b->n++;
}

/* The last entry gets a table, in which `first` is the class at ::0. */
static void split_last(struct build *b, uint16_t first)
{
	if (b->classes) {
		size_t i = b->n - 1;
		b->classes[i] = STEERING_SPLIT;
		b->splits[i / 64].bits |= UINT64_C(1) << i % 64;
		b->low_start[b->n_split] = (uint32_t)b->n_low;
		b->low_class[b->n_low + b->n_split] = first;
	}
	b->n_split++;
	b->last_split = true;
}

static void add_low(struct build *b, uint64_t low, uint16_t class)
{
	if (b->classes) {
		b->low[b->n_low] = low;
		b->low_class[b->n_low + b->n_split] = class;
	}
	b->n_low++;
}

static void build_runs(struct build *b, const struct steering_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		steering_key key = run_key(runs, i);
		uint16_t class = run_class(runs, i);
		uint64_t high = (uint64_t)(key >> 64), low = (uint64_t)key;
		if (i && class == b->class)
			continue;
		if (!low) {
			add_entry(b, high, class);
		} else {
			if (b->last != high)
				add_entry(b, high, b->class);
			if (!b->last_split)
				split_last(b, b->class);
			add_low(b, low, class);
		}
		b->class = class;
	}
}

/* Layout: parts of one block, each on a line of its own. */

struct layout {
	uint8_t *at; /* NULL while sizes are summed */
	size_t size;
};

static void *part(struct layout *l, size_t n, size_t size)
{
	uint8_t *at = l->at ? l->at + l->size : NULL;
	l->size += (n * size + LINE - 1) / LINE * LINE;
	return at;
}

struct parts {
	void *level[STEERING_LEVELS_MAX];
};

static void lay_out(struct layout *l, struct steering_partition *p, struct build *b,
    struct parts *parts)
{
	size_t n = p->n, key = p->wide ? 8 : 4, line = LINE / key;
	for (p->n_levels = 0;; n = (n + line - 1) / line) {
		parts->level[p->n_levels++] = part(l, n, key);
		if (n <= line)
			break;
	}
	b->keys = parts->level[0];
	b->classes = part(l, p->n, 2);
	if (p->n_split) {
		b->splits = part(l, p->n / 64 + 1, sizeof(*b->splits));
		b->low_start = part(l, p->n_split + 1, 4);
		b->low = part(l, p->n_low, 8);
		b->low_class = part(l, p->n_low + p->n_split, 2);
		p->split_depth = part(l, p->n_split, 1);
		p->low_depth[0] = part(l, (p->n_low >> 8) + 1, 1);
		p->low_depth[1] = part(l, (p->n_low >> 16) + 1, 1);
	}
	p->depth[0] = part(l, (p->n >> 8) + 1, 1);
	p->depth[1] = part(l, (p->n >> 16) + 1, 1);
}

/* Each level from that below; what fills up a line is larger than any key looked for. */
static void fill_levels(struct steering_partition *p, const struct parts *parts)
{
	size_t n = p->n, line = LINE / (p->wide ? 8u : 4u);
	for (unsigned l = 0; l < p->n_levels; l++) {
		if (l)
			n = (n + line - 1) / line;
		if (p->wide) {
			uint64_t *to = parts->level[l];
			for (size_t i = 0; l && i < n; i++)
				to[i] = p->key64[l - 1][i * line];
			for (size_t i = n; i % line; i++)
				to[i] = UINT64_MAX;
			p->key64[l] = to;
		} else {
			uint32_t *to = parts->level[l];
			for (size_t i = 0; l && i < n; i++)
				to[i] = p->key32[l - 1][i * line];
			for (size_t i = n; i % line; i++)
				to[i] = UINT32_MAX;
			p->key32[l] = to;
		}
	}
}

static void finish_splits(struct steering_partition *p, struct build *b)
{
	if (!p->n_split)
		return;
	b->low_start[p->n_split] = (uint32_t)p->n_low;
	uint64_t before = 0;
	for (size_t i = 0; i < p->n / 64 + 1; i++) {
		b->splits[i].before = before;
		before += (uint64_t)__builtin_popcountll(b->splits[i].bits);
	}
	p->splits = b->splits;
	p->low_start = b->low_start;
	p->low = b->low;
	p->low_class = b->low_class;
}

int steering_partition_init(
    struct steering_partition *p, const struct steering_runs *runs)
{
	struct build count = { 0 };
	struct parts parts = { 0 };
	struct layout layout = { 0 };
	build_runs(&count, runs);
	*p = (struct steering_partition){ .wide = !runs->run4,
		.n = count.n,
		.n_split = count.n_split,
		.n_low = count.n_low };
	struct build fill = { .wide = p->wide };
	lay_out(&layout, p, &fill, &parts);
	p->block_size = layout.size + LINE;
	p->block = kt_block_new(p->block_size);
	if (!p->block)
		goto failed;
	uintptr_t start = (uintptr_t)p->block;
	layout = (struct layout){ .at = (uint8_t *)p->block + (-start & (LINE - 1)) };
	lay_out(&layout, p, &fill, &parts);
	if (fill.splits)
		memset(fill.splits, 0, (p->n / 64 + 1) * sizeof(*fill.splits));
	build_runs(&fill, runs);
	fill_levels(p, &parts);
	p->class = fill.classes;
	finish_splits(p, &fill);
	steering_share_depths(p);
	if (steering_share_winners(p) == 0)
		return 0;
failed:
	steering_partition_fini(p);
	return KT_E_LIMIT;
}

void steering_partition_fini(struct steering_partition *p)
{
	free(p->winners);
	if (p->block)
		kt_block_free(p->block, p->block_size);
	*p = (struct steering_partition){ 0 };
}

size_t steering_partition_size(const struct steering_partition *p)
{
	return p->block_size + p->n_winners * sizeof(*p->winners);
}

/*
 * Searching.  How many keys of a line after its first are at most the one looked for: all
 * are compared, since guessing a branch wrong costs more than the line.
 */

static unsigned count32(const uint32_t *line, uint32_t key)
{
#ifdef __SSE2__
	/* Signed comparisons: turning the upper bit keeps the order. */
	const __m128i turn = _mm_set1_epi32(INT32_MIN);
	const __m128i *at = (const __m128i *)line;
	__m128i want = _mm_xor_si128(_mm_set1_epi32((int32_t)key), turn), above[4];
	for (unsigned i = 0; i < 4; i++)
		above[i] = _mm_cmpgt_epi32(_mm_xor_si128(at[i], turn), want);
	__m128i all = _mm_packs_epi16(
	    _mm_packs_epi32(above[0], above[1]), _mm_packs_epi32(above[2], above[3]));
	return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(all) | 1u << 16) - 1;
#else
	unsigned n = 0;
	for (unsigned i = 1; i < 16; i++)
		n += line[i] <= key;
	return n;
#endif
}

static unsigned count64(const uint64_t *line, uint64_t key)
{
	unsigned n = 0;
#pragma GCC unroll 8
	for (unsigned i = 1; i < 8; i++)
		n += line[i] <= key;
	return n;
}

static size_t entry32(const struct steering_partition *p, uint32_t key)
{
	if (key == UINT32_MAX) /* what fills up lines would count */
		return p->n - 1;
	size_t at = 0;
	for (unsigned level = p->n_levels; --level;)
		at = at * 16 + count32(p->key32[level] + at * 16, key);
	__builtin_prefetch(p->class + at * 16); /* read next */
	return at * 16 + count32(p->key32[0] + at * 16, key);
}

static size_t entry64(const struct steering_partition *p, uint64_t key)
{
	if (key == UINT64_MAX)
		return p->n - 1;
	size_t at = 0;
	for (unsigned level = p->n_levels; --level;)
		at = at * 8 + count64(p->key64[level] + at * 8, key);
	__builtin_prefetch(p->class + at * 8);
	return at * 8 + count64(p->key64[0] + at * 8, key);
}

size_t steering_partition_entry(const struct steering_partition *p, uint64_t high)
{
	return p->wide ? entry64(p, high) : entry32(p, (uint32_t)(high >> 32));
}

size_t steering_partition_rank(const struct steering_partition *p, size_t entry)
{
	const struct steering_splits *s = &p->splits[entry / 64];
	uint64_t below = s->bits & ((UINT64_C(1) << entry % 64) - 1);
	return s->before + (size_t)__builtin_popcountll(below);
}

size_t steering_partition_low(
    const struct steering_partition *p, size_t split, uint64_t low)
{
	size_t from = p->low_start[split], to = p->low_start[split + 1];
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (p->low[mid] <= low)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static unsigned common(uint64_t a, uint64_t b)
{
	return (unsigned)__builtin_clzll(a ^ b);
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* In the split /64 of the entry. */
static struct steering_cell find_low(
    const struct steering_partition *p, size_t entry, uint64_t low)
{
	size_t k = steering_partition_rank(p, entry);
	size_t start = p->low_start[k], end = p->low_start[k + 1];
	size_t above = steering_partition_low(p, k, low);
	unsigned len = 0;
	if (above > start)
		len = common(low, p->low[above - 1] - 1);
	if (above < end)
		len = larger(len, common(low, p->low[above]));
	return (struct steering_cell){ .class = p->low_class[above + k],
		.len = (uint8_t)(64 + len + 1) };
}

struct steering_cell steering_partition_find(
    const struct steering_partition *p, steering_key key)
{
	uint64_t high = (uint64_t)(key >> 64);
	size_t i = steering_partition_entry(p, high);
	uint64_t first = steering_partition_key(p, i);
	uint16_t class = p->class[i];
	unsigned len = 0;
	if (kt_unlikely(class == STEERING_SPLIT)) {
		if (first == high)
			return find_low(p, i, (uint64_t)key);
		size_t k = steering_partition_rank(p, i);
		class = p->low_class[p->low_start[k + 1] + k];
		len = common(high, first);
	} else if (i) {
		len = common(high, first - 1);
	}
	if (i + 1 < p->n)
		len = larger(len, common(high, steering_partition_key(p, i + 1)));
	return (struct steering_cell){ .class = class, .len = (uint8_t)(len + 1) };
}
