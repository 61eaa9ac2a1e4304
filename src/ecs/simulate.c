#include "ecs/simulate.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 2,
	PROGRESS_EACH = 256,
};

/* splitmix64: small, and any seed is a good one. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(uint32_t *order, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)((unsigned __int128)next_random(state) * i >> 64);
		uint32_t t = order[i - 1];
		order[i - 1] = order[j];
		order[j] = t;
	}
}

/* The next order in the order of a dictionary. */
static void next_order(uint32_t *order, size_t n)
{
	size_t i = n - 1, j = n - 1;
	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i > 0) {
		while (order[j] < order[i - 1])
			j--;
		uint32_t t = order[i - 1];
		order[i - 1] = order[j];
		order[j] = t;
	}
	for (j = n - 1; i < j; i++, j--) {
		uint32_t t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
}

size_t ecs_simulation_orders(const struct ecs_simulation *s, size_t n)
{
	size_t all = 1;
	if (n > ECS_ALL_ORDERS)
		return s->orders;
	for (size_t i = 2; i <= n; i++)
		all *= i;
	return n ? all : 0;
}

static void note_first(struct ecs_simulation_result *out, const uint32_t *order,
    size_t n, uint32_t culprit, uint32_t victim)
{
	if (out->order)
		return;
	out->culprit = culprit;
	out->victim = victim;
	out->bad_order = out->orders + 1;
	out->order = kt_calloc(n, sizeof(*order));
	memcpy(out->order, order, n * sizeof(*order));
}

static void run_order(struct ecs_cache *cache, const struct ecs_reply *replies,
    const uint32_t *order, size_t n, struct ecs_simulation_result *out)
{
	uint64_t wrong = 0;
	ecs_cache_clear(cache);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (size_t k = 0; k < n; k++) {
			uint32_t i = order[k], from = ecs_cache_ask(cache, i);
			if (replies[from].answer == replies[i].answer)
				continue;
			wrong++;
			note_first(out, order, n, from, i);
		}
	}
	out->wrong += wrong;
	out->bad += wrong > 0;
	out->asked += ROUNDS * n;
	out->upstream += ecs_cache_upstream(cache);
	if (ecs_cache_entries(cache) > out->entries_max)
		out->entries_max = ecs_cache_entries(cache);
	out->orders++;
}

void ecs_simulate(const struct ecs_simulation *s, const struct ecs_reply *replies,
    size_t n, struct ecs_simulation_result *out)
{
	size_t orders = ecs_simulation_orders(s, n);
	uint64_t state = s->seed;
	*out = (struct ecs_simulation_result){ .all = n <= ECS_ALL_ORDERS };
	if (!n)
		return;
	struct ecs_cache *cache = ecs_cache_new(s->model, replies, n, s->limit);
	uint32_t *order = kt_calloc(n, sizeof(*order));
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	while (out->orders < orders) {
		if (!out->all)
			shuffle(order, n, &state);
		run_order(cache, replies, order, n, out);
		if (out->all)
			next_order(order, n);
		if (s->progress && out->orders % PROGRESS_EACH == 0)
			s->progress(s->ctx, out->orders);
	}
	free(order);
	ecs_cache_free(cache);
}

void ecs_simulation_fini(struct ecs_simulation_result *result)
{
	free(result->order);
	result->order = NULL;
}
