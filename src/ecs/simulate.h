/*
 * ecs/simulate.h -- orders of arrival through the models of caches: is an answer ever wrong?
 *
 * Each client asks twice, the second time in the same order as the first.  An answer is
 * wrong when it is not what the server itself answers to that client.
 *
 * With at most ECS_ALL_ORDERS clients every order is tried, else a sample of them.
 */
#pragma once

#include "base/attr.h"
#include "ecs/cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECS_ALL_ORDERS 8 /* 8! = 40,320 */

struct ecs_simulation {
	enum ecs_cache_model model;
	size_t limit;  /* entries a family; 0: none */
	size_t orders; /* of a sample */
	uint64_t seed;
	/* called now and then; may be NULL */
	void (*progress)(void *ctx, size_t done);
	void *ctx;
};

struct ecs_simulation_result {
	bool all;           /* every order was tried */
	size_t orders;      /* tried */
	size_t bad;         /* with at least one wrong answer */
	uint64_t asked;     /* queries of clients in all orders */
	uint64_t wrong;     /* wrong answers in all orders */
	uint64_t upstream;  /* queries to the server in all orders */
	size_t entries_max; /* held at the end of an order */
	/* The first wrong answer; these two alone do it: culprit asks, then victim. */
	uint32_t culprit, victim;
	size_t bad_order; /* its number, from 1 */
	uint32_t *order;  /* that order: the clients' numbers; NULL: none is bad */
};

KT_NONNULL void ecs_simulate(const struct ecs_simulation *s,
    const struct ecs_reply *replies, size_t n, struct ecs_simulation_result *out);
KT_NONNULL void ecs_simulation_fini(struct ecs_simulation_result *result);
/* How many orders ecs_simulate() will try. */
KT_NONNULL size_t ecs_simulation_orders(const struct ecs_simulation *s, size_t n);
