#include "steering/state.h"

#include "base/mem.h"

#include <stdlib.h>

void steering_state_init(struct steering_state *state, const struct steering *steering)
{
	state->pools = kt_calloc(steering->conf->n_pools + 1, sizeof(*state->pools));
	state->shares = kt_calloc(
	    steering->private->n_members + 1, sizeof(*state->shares));
}

void steering_state_fini(struct steering_state *state)
{
	free(state->pools);
	free(state->shares);
	*state = (struct steering_state){ 0 };
}

struct step {
	struct steering_state *state;
	const struct steering_health *health, *before;
};

static bool has_changed(const struct step *s, uint32_t target)
{
	const struct steering_health *now = &s->health[target];
	if (!s->before)
		return true;
	const struct steering_health *then = &s->before[target];
	return now->up != then->up || now->share != then->share ||
	       now->stable_s != then->stable_s;
}

static void take_stable(struct steering_pool_state *pool, uint32_t stable_s)
{
	if (stable_s < pool->stable_s)
		pool->stable_s = stable_s;
}

/* A new server's share grows only in pools that start slowly. */
static uint16_t share_of(const struct steering_pool *pool, uint16_t lowest)
{
	if (!pool->conf->slow_start_s || lowest >= 1000)
		return 1000;
	return lowest ? lowest : 1;
}

static uint16_t set_record(const struct step *s, const struct steering_pool *pool,
    const struct steering_member *m, struct steering_pool_state *state)
{
	uint16_t n_up = 0, lowest = 1000;
	for (uint16_t i = 0; i < m->n_targets; i++) {
		const struct steering_health *health = &s->health[m->targets[i]];
		take_stable(state, health->stable_s);
		state->changed |= has_changed(s, m->targets[i]);
		if (!health->up)
			continue;
		n_up++;
		if (health->share < lowest)
			lowest = health->share;
	}
	return n_up >= pool->need ? share_of(pool, lowest) : 0;
}

static uint16_t set_nested(const struct step *s, const struct steering_member *m,
    struct steering_pool_state *state)
{
	const struct steering_pool_state *inner =
	    &s->state->pools[m->pool->conf->index];
	take_stable(state, inner->stable_s);
	state->changed |= inner->changed;
	return inner->usable ? 1000 : 0;
}

static void set_pool(const struct step *s, const struct steering_pool *pool)
{
	struct steering_pool_state *state = &s->state->pools[pool->conf->index];
	const struct steering_health *whole = &s->health[pool->target];
	*state = (struct steering_pool_state){
		.changed = has_changed(s, pool->target),
		.stable_s = whole->stable_s,
	};
	for (size_t i = 0; i < pool->conf->n_members; i++) {
		const struct steering_member *m = &pool->members[i];
		uint16_t share = m->pool ? set_nested(s, m, state)
					 : set_record(s, pool, m, state);
		s->state->shares[m->index] = share;
		if (!share)
			continue;
		state->n_up++;
		state->types |= m->pool ? s->state->pools[m->pool->conf->index].types
					: m->types;
	}
	uint32_t wanted = pool->conf->min_up ? pool->conf->min_up : 1;
	state->usable = whole->up && state->n_up >= wanted;
}

void steering_state_set(struct steering_state *state, const struct steering *steering,
    const struct steering_health *health, const struct steering_health *before)
{
	const struct steering_private *p = steering->private;
	const struct step s = { .state = state, .health = health, .before = before };
	for (size_t i = 0; i < steering->conf->n_pools; i++)
		set_pool(&s, &p->pools[p->pool_order[i]]);
}

void steering_pools_usable(
    const struct steering *steering, const struct steering_health *health, bool *usable)
{
	struct steering_state state;
	steering_state_init(&state, steering);
	steering_state_set(&state, steering, health, NULL);
	for (size_t i = 0; i < steering->conf->n_pools; i++)
		usable[i] = state.pools[i].usable;
	steering_state_fini(&state);
}
