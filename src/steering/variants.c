#include "steering/variants.h"

#include "steering/combine.h"
#include "steering/pools.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static bool is_up(const struct steering_variants *v, const struct steering_member *m)
{
	return !v->state || v->state->shares[m->index];
}

static uint64_t weight_of(
    const struct steering_variants *v, const struct steering_member *m)
{
	uint64_t share = v->state ? v->state->shares[m->index] : 1000;
	return m->conf->weight * share;
}

static void pool_sets(const struct steering_variants *v,
    const struct steering_pool *pool, struct steering_sets *out);

static void take(const struct steering_variants *v, const struct steering_member *m,
    struct steering_part *part)
{
	*part = (struct steering_part){ .id = m->id, .weight = weight_of(v, m) };
	if (m->pool) {
		pool_sets(v, m->pool, &part->sets);
		return;
	}
	struct steering_set *set = kt_arena_alloc(v->arena, sizeof(*set));
	const struct steering_member **record = kt_arena_alloc(
	    v->arena, sizeof(*record));
	*record = m;
	*set = (struct steering_set){
		.records = record, .n = 1, .id = m->id, .weight = 1
	};
	part->sets = (struct steering_sets){ .list = set, .n = 1, .total = 1 };
}

/* Takes out parts of weight 0 where others have one; then those count alike. */
static size_t drop_idle(struct steering_part *parts, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (parts[i].weight)
			parts[kept++] = parts[i];
	if (kept)
		return kept;
	for (size_t i = 0; i < n; i++)
		parts[i].weight = 1;
	return n;
}

/* The members that can answer, in the order of the configuration. */
static size_t parts_of(const struct steering_variants *v,
    const struct steering_pool *pool, struct steering_part **out)
{
	size_t n = 0, size = pool->conf->n_members;
	struct steering_part *parts = kt_arena_alloc(v->arena, size * sizeof(*parts));
	for (size_t i = 0; i < size; i++) {
		const struct steering_member *m = &pool->members[i];
		if (!(m->types & 1u << v->type) || !is_up(v, m))
			continue;
		take(v, m, &parts[n]);
		if (parts[n].sets.n)
			n++;
	}
	*out = parts;
	return drop_idle(parts, n);
}

/* The stricter of the pool's limit and the service's; 0: none. */
static size_t limit_of(
    const struct steering_variants *v, const struct steering_pool *pool)
{
	size_t own = pool->conf->limit, all = v->limit;
	return own && all ? (own < all ? own : all) : own + all;
}

static void pool_sets(const struct steering_variants *v,
    const struct steering_pool *pool, struct steering_sets *out)
{
	struct steering_part *parts;
	size_t n = parts_of(v, pool, &parts);
	size_t limit = limit_of(v, pool), one = limit ? limit : 1;
	/* A name has one CNAME (RFC 2181 s.10.1): multi takes turns. */
	if (v->type == STEERING_CNAME)
		limit = one = 1;
	*out = (struct steering_sets){ .pick = STEERING_PICK_ONE };
	if (!n)
		return;
	switch (pool->conf->method) {
	case CONF_METHOD_FAILOVER:
		steering_union(v->arena, parts, one < n ? one : n, out);
		break;
	case CONF_METHOD_MULTI:
		steering_windows(v->arena, parts, n, limit ? limit : n, out);
		break;
	case CONF_METHOD_ROUND_ROBIN:
		steering_windows(v->arena, parts, n, one, out);
		break;
	case CONF_METHOD_WEIGHTED:
		steering_draws(v->arena, parts, n, one, out);
		break;
	case CONF_METHOD_HASH:
		steering_ranks(v->arena, parts, n, one, out);
		break;
	}
}

/* What is too long after pools in pools were joined */

static int in_order(const void *a, const void *b)
{
	const struct steering_member *const *x = a, *const *y = b;
	return steering_member_compare(*x, *y);
}

static void make_canonical(struct steering_set *set)
{
	uint32_t kept = 0;
	if (set->n > 1)
		qsort(set->records, set->n, sizeof(*set->records), in_order);
	for (uint32_t i = 0; i < set->n; i++)
		if (!kept || steering_member_compare(
				 set->records[kept - 1], set->records[i]) != 0)
			set->records[kept++] = set->records[i];
	set->n = kept;
}

/* `limit` records from `first` on, round the end. */
static void cut(const struct steering_variants *v, const struct steering_set *from,
    size_t first, size_t limit, struct steering_set *to)
{
	const struct steering_member **records = kt_arena_alloc(
	    v->arena, limit * sizeof(*records));
	for (size_t i = 0; i < limit; i++)
		records[i] = from->records[(first + i) % from->n];
	*to = *from;
	to->records = records;
	to->n = (uint32_t)limit;
	make_canonical(to);
}

/* One long set becomes windows in turn; of several each is cut at another place. */
static void cut_all(
    const struct steering_variants *v, size_t limit, struct steering_sets *sets)
{
	struct steering_set *only = sets->list;
	if (sets->n > 1 || only->n <= limit) {
		for (size_t i = 0; i < sets->n; i++)
			if (sets->list[i].n > limit)
				cut(v, &sets->list[i], i * limit % sets->list[i].n,
				    limit, &sets->list[i]);
		return;
	}
	size_t n = steering_windows_count(only->n, limit);
	struct steering_set *list = kt_arena_alloc(v->arena, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		cut(v, only, i * only->n / n, limit, &list[i]);
		list[i].weight = 1;
	}
	*sets = (struct steering_sets){
		.pick = STEERING_PICK_TURN, .list = list, .n = n, .total = n
	};
}

void steering_variants_make(const struct steering_variants *v,
    const struct steering_pool *pool, struct steering_sets *out)
{
	size_t limit = v->limit && v->limit < STEERING_SET_MAX ? v->limit
							       : STEERING_SET_MAX;
	pool_sets(v, pool, out);
	for (size_t i = 0; i < out->n; i++)
		make_canonical(&out->list[i]);
	if (out->n)
		cut_all(v, limit, out);
	if (out->n == 1)
		out->pick = STEERING_PICK_ONE;
}
