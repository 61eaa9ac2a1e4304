#include "steering/combine.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_RECORDS_MAX 65536
#define TURNS_MAX          256

static struct steering_set *new_sets(struct kt_arena *arena, size_t n,
    enum steering_pick pick, struct steering_sets *out)
{
	struct steering_set *list = kt_arena_alloc(arena, n * sizeof(*list));
	*out = (struct steering_sets){ .pick = pick, .list = list, .n = n };
	return list;
}

/* Joins one set of each part: at[i] is its number. */
static void join(struct kt_arena *arena, const struct steering_part *parts, size_t n,
    const uint32_t *at, struct steering_set *out)
{
	uint32_t n_records = 0;
	for (size_t i = 0; i < n; i++)
		n_records += parts[i].sets.list[at[i]].n;
	const struct steering_member **records = kt_arena_alloc(
	    arena, n_records * sizeof(*records));
	*out = (struct steering_set){ .records = records, .n = n_records, .weight = 1 };
	for (size_t i = 0; i < n; i++) {
		const struct steering_set *set = &parts[i].sets.list[at[i]];
		memcpy(records, set->records, set->n * sizeof(*records));
		records += set->n;
		/* Beside a pool that hashes, others may come and go. */
		if (parts[i].sets.n > 1 || n == 1)
			out->id = set->id;
	}
}

/* The set of a part at `position` of 0..total-1. */
static uint32_t set_at(const struct steering_sets *sets, uint64_t position)
{
	uint32_t i = 0;
	while (i + 1 < sets->n && position >= sets->list[i].weight)
		position -= sets->list[i++].weight;
	return i;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Weights without a common factor, and a total that leaves room for products. */
static void normalise(struct steering_sets *sets)
{
	__uint128_t sum = 0;
	uint64_t common = 0;
	for (size_t i = 0; i < sets->n; i++) {
		sum += sets->list[i].weight;
		common = gcd(common, sets->list[i].weight);
	}
	unsigned shift = 0;
	while ((sum / common) >> shift > STEERING_TOTAL_MAX)
		shift++;
	sets->total = 0;
	for (size_t i = 0; i < sets->n; i++) {
		uint64_t weight = sets->list[i].weight / common >> shift;
		sets->list[i].weight = weight ? weight : 1;
		sets->total += sets->list[i].weight;
	}
}

/* Union */

/* Combinations, or more than STEERING_DRAWS. */
static size_t count_products(const struct steering_part *parts, size_t n)
{
	size_t product = 1;
	for (size_t i = 0; i < n && product <= STEERING_DRAWS; i++)
		product *= parts[i].sets.n;
	return product;
}

/* Several pools that draw: together by chance; one alone as it does. */
static enum steering_pick pick_of(const struct steering_part *parts, size_t n)
{
	enum steering_pick pick = STEERING_PICK_ONE;
	for (size_t i = 0; i < n; i++)
		if (parts[i].sets.n > 1)
			pick = pick == STEERING_PICK_ONE ? parts[i].sets.pick
							 : STEERING_PICK_RANDOM;
	return pick;
}

static uint64_t product_weight(
    const struct steering_part *parts, size_t n, const uint32_t *at)
{
	/* As a fraction of 2^32, since totals may be large and many. */
	uint64_t weight = (uint64_t)1 << 32;
	for (size_t i = 0; i < n; i++) {
		const struct steering_sets *sets = &parts[i].sets;
		if (sets->n > 1)
			weight = (uint64_t)((__uint128_t)weight *
					    sets->list[at[i]].weight / sets->total);
	}
	return weight ? weight : 1;
}

/* The next combination, as a counter whose digits are sets. */
static void advance(const struct steering_part *parts, size_t n, uint32_t *at)
{
	for (size_t i = 0; i < n; i++) {
		if (++at[i] < parts[i].sets.n)
			return;
		at[i] = 0;
	}
}

/* A number below total that the content decides. */
static uint64_t number_for(uint64_t seed, uint64_t k, uint64_t total)
{
	uint64_t h = kt_hash_mix(kt_hash_mix(seed, k), k + 1);
	return (uint64_t)((__uint128_t)h * total >> 64);
}

static void union_draws(struct kt_arena *arena, const struct steering_part *parts,
    size_t n, uint32_t *at, struct steering_sets *out)
{
	new_sets(arena, STEERING_DRAWS, STEERING_PICK_RANDOM, out);
	for (size_t k = 0; k < STEERING_DRAWS; k++) {
		for (size_t i = 0; i < n; i++)
			at[i] = set_at(&parts[i].sets,
			    number_for(parts[i].id, k, parts[i].sets.total));
		join(arena, parts, n, at, &out->list[k]);
	}
	out->total = STEERING_DRAWS;
}

void steering_union(struct kt_arena *arena, const struct steering_part *parts, size_t n,
    struct steering_sets *out)
{
	uint32_t *at = kt_arena_alloc(arena, n * sizeof(*at));
	memset(at, 0, n * sizeof(*at));
	size_t n_sets = count_products(parts, n);
	if (n == 1) {
		/* failover to a pool: as that does, however many sets it has */
		n_sets = parts[0].sets.n;
	} else if (n_sets > STEERING_DRAWS) {
		union_draws(arena, parts, n, at, out);
		return;
	}
	new_sets(arena, n_sets, pick_of(parts, n), out);
	for (size_t k = 0; k < n_sets; k++) {
		join(arena, parts, n, at, &out->list[k]);
		out->list[k].weight = n == 1 ? parts[0].sets.list[k].weight
					     : product_weight(parts, n, at);
		advance(parts, n, at);
	}
	normalise(out);
}

/* Windows */

size_t steering_windows_count(size_t n, size_t width)
{
	if (width >= n)
		return 1;
	size_t most = WINDOW_RECORDS_MAX / width;
	return n < most ? n : most ? most : 1;
}

/* Laps after which every set of every window has had its part, if there are few. */
static size_t laps_for(const struct steering_sets *windows, size_t n)
{
	size_t most = TURNS_MAX / n, laps = 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t total = windows[i].total;
		if (total > most)
			return most ? most : 1;
		laps = laps / gcd(laps, total) * total;
		if (laps > most)
			return most ? most : 1;
	}
	return laps;
}

void steering_windows(struct kt_arena *arena, const struct steering_part *parts,
    size_t n, size_t width, struct steering_sets *out)
{
	if (width >= n) {
		steering_union(arena, parts, n, out);
		return;
	}
	size_t n_windows = steering_windows_count(n, width);
	struct steering_sets *windows = kt_arena_alloc(
	    arena, n_windows * sizeof(*windows));
	struct steering_part *in = kt_arena_alloc(arena, width * sizeof(*in));
	for (size_t i = 0; i < n_windows; i++) {
		for (size_t k = 0; k < width; k++)
			in[k] = parts[(i * n / n_windows + k) % n];
		steering_union(arena, in, width, &windows[i]);
	}
	size_t laps = laps_for(windows, n_windows);
	struct steering_set *set = new_sets(
	    arena, laps * n_windows, STEERING_PICK_TURN, out);
	for (size_t lap = 0; lap < laps; lap++)
		for (size_t i = 0; i < n_windows; i++, set++) {
			uint64_t at = (2 * lap + 1) * windows[i].total / (2 * laps);
			const struct steering_set *from =
			    &windows[i].list[set_at(&windows[i], at)];
			/* a later lap may have the same one: its records are sorted in place */
			const struct steering_member **records = kt_arena_alloc(
			    arena, from->n * sizeof(*records));
			memcpy(records, from->records, from->n * sizeof(*records));
			*set = (struct steering_set){
				.records = records, .n = from->n, .weight = 1
			};
		}
	out->total = out->n;
}

/* Draws */

/* Every set of every part, by the part's weight: one of them is an answer. */
static void flatten(struct kt_arena *arena, const struct steering_part *parts, size_t n,
    enum steering_pick pick, struct steering_sets *out)
{
	size_t n_sets = 0;
	for (size_t i = 0; i < n; i++)
		n_sets += parts[i].sets.n;
	struct steering_set *set = new_sets(arena, n_sets, pick, out);
	/* Fractions of a weight matter only where a part has several sets. */
	unsigned scale = n_sets > n ? 16 : 0;
	for (size_t i = 0; i < n; i++) {
		const struct steering_sets *from = &parts[i].sets;
		for (uint32_t k = 0; k < from->n; k++, set++) {
			join(arena, &parts[i], 1, &k, set);
			set->id = (uint32_t)kt_hash_mix(parts[i].id, from->list[k].id);
			__uint128_t weight = (__uint128_t)parts[i].weight << scale;
			set->weight = (uint64_t)(weight * from->list[k].weight /
						 from->total);
			if (!set->weight)
				set->weight = 1;
		}
	}
	normalise(out);
}

static uint64_t seed_of(const struct steering_part *parts, size_t n)
{
	uint64_t seed = n;
	for (size_t i = 0; i < n; i++)
		seed = kt_hash_mix(kt_hash_mix(seed, parts[i].id), parts[i].weight);
	return seed;
}

struct draw {
	uint64_t seed, total;
	size_t n, width;
	const struct steering_part *parts;
	struct steering_part *in; /* `width` that were drawn, behind them those left */
};

/* Moves one of the parts left to place `at` of the drawn. */
static uint64_t draw_one(struct draw *d, size_t at, uint64_t total, uint64_t position)
{
	size_t i = at;
	while (i + 1 < d->n && position >= d->in[i].weight)
		position -= d->in[i++].weight;
	struct steering_part drawn = d->in[i];
	d->in[i] = d->in[at];
	d->in[at] = drawn;
	return total - drawn.weight;
}

/* The first of a draw is spread evenly over all draws, so it has its weight exactly. */
static void draw(struct draw *d, size_t k)
{
	memcpy(d->in, d->parts, d->n * sizeof(*d->in));
	uint64_t step = d->total / STEERING_DRAWS, left = d->total;
	uint64_t first = k * step + step / 2 +
			 (d->total % STEERING_DRAWS) * k / STEERING_DRAWS;
	left = draw_one(d, 0, left, first);
	for (size_t i = 1; i < d->width; i++)
		left = draw_one(
		    d, i, left, number_for(d->seed, k * STEERING_SET_MAX + i, left));
}

static uint64_t sum_weights(const struct steering_part *parts, size_t n)
{
	uint64_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += parts[i].weight;
	return total;
}

void steering_draws(struct kt_arena *arena, const struct steering_part *parts, size_t n,
    size_t width, struct steering_sets *out)
{
	if (width == 1) {
		flatten(arena, parts, n, STEERING_PICK_RANDOM, out);
		return;
	}
	if (width >= n) {
		steering_union(arena, parts, n, out);
		return;
	}
	struct draw d = {
		.seed = seed_of(parts, n),
		.total = sum_weights(parts, n),
		.n = n,
		.width = width,
		.parts = parts,
		.in = kt_arena_alloc(arena, n * sizeof(*d.in)),
	};
	uint32_t *at = kt_arena_alloc(arena, width * sizeof(*at));
	new_sets(arena, STEERING_DRAWS, STEERING_PICK_RANDOM, out);
	for (size_t k = 0; k < STEERING_DRAWS; k++) {
		draw(&d, k);
		for (size_t i = 0; i < width; i++)
			at[i] = set_at(&d.in[i].sets,
			    number_for(d.in[i].id, k, d.in[i].sets.total));
		join(arena, d.in, width, at, &out->list[k]);
	}
	out->total = STEERING_DRAWS;
}

/* Ranks */

struct rank {
	uint64_t hash;
	size_t part;
};

static int by_rank(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash > y->hash ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

/* The parts behind `first` in an order of its own, which the loss of one leaves as it is. */
static void rank_behind(const struct steering_part *parts, size_t n, size_t first,
    size_t width, struct rank *ranks, struct steering_part *in)
{
	for (size_t i = 0; i < n; i++)
		ranks[i] = (struct rank){
			.hash = i == first
				    ? UINT64_MAX
				    : kt_hash_mix(parts[first].id, parts[i].id) >> 1,
			.part = i,
		};
	qsort(ranks, n, sizeof(*ranks), by_rank);
	for (size_t k = 0; k < width; k++)
		in[k] = parts[ranks[k].part];
}

void steering_ranks(struct kt_arena *arena, const struct steering_part *parts, size_t n,
    size_t width, struct steering_sets *out)
{
	if (width == 1) {
		flatten(arena, parts, n, STEERING_PICK_HASH, out);
		return;
	}
	if (width >= n) {
		steering_union(arena, parts, n, out);
		return;
	}
	struct steering_part *in = kt_arena_alloc(arena, width * sizeof(*in));
	struct rank *ranks = kt_arena_alloc(arena, n * sizeof(*ranks));
	uint32_t *at = kt_arena_alloc(arena, width * sizeof(*at));
	new_sets(arena, n, STEERING_PICK_HASH, out);
	for (size_t i = 0; i < n; i++) {
		rank_behind(parts, n, i, width, ranks, in);
		for (size_t k = 0; k < width; k++)
			at[k] = set_at(&in[k].sets,
			    number_for(in[k].id, in[0].id, in[k].sets.total));
		join(arena, in, width, at, &out->list[i]);
		out->list[i].id = (uint32_t)kt_hash_mix(parts[i].id, parts[i].id);
		out->list[i].weight = parts[i].weight;
	}
	normalise(out);
}
