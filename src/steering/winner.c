#include "steering/winner.h"

static const struct steering_pool_state *state_of(
    const struct steering_state *state, const struct steering_pool *pool)
{
	return &state->pools[pool->conf->index];
}

/* The first pool of the class with something of `types` up; NULL: none. */
static const struct steering_pool *first_up(const struct steering_list *class,
    uint8_t types, const struct steering_state *state, uint32_t *stable_s)
{
	for (uint32_t i = 0; i < class->n_pools; i++) {
		const struct steering_pool *pool = class->pools[i];
		if (!(pool->types & types))
			continue;
		const struct steering_pool_state *s = state_of(state, pool);
		if (s->stable_s < *stable_s)
			*stable_s = s->stable_s;
		if (s->usable && s->types & types)
			return pool;
	}
	return NULL;
}

static const struct steering_pool *first_with(
    const struct steering_list *class, uint8_t types)
{
	for (uint32_t i = 0; i < class->n_pools; i++)
		if (class->pools[i]->types & types)
			return class->pools[i];
	return NULL;
}

/* Nothing of `types` is up. */
static void fall_back(const struct steering_service *service,
    const struct steering_list *class, uint8_t types, struct steering_winner *out)
{
	static const enum steering_won how[] = {
		[CONF_DOWN_ALL] = STEERING_WON_ALL,
		[CONF_DOWN_NONE] = STEERING_WON_NONE,
		[CONF_DOWN_LAST_KNOWN] = STEERING_WON_LAST,
		[CONF_DOWN_POOL] = STEERING_WON_DOWN_POOL,
	};
	out->how = how[service->conf->all_down];
	switch (service->conf->all_down) {
	case CONF_DOWN_NONE:
		break;
	case CONF_DOWN_POOL:
		out->pool = service->plan->down;
		break;
	case CONF_DOWN_ALL:
	case CONF_DOWN_LAST_KNOWN:
		out->pool = first_with(class, types);
		break;
	}
}

/*
 * A service with names: the first usable pool of any kind.  True when it is one of names, or
 * what stands in for it is; *out is then the answer to every question.
 */
static bool names_win(const struct steering_service *service,
    const struct steering_list *class, const struct steering_state *state,
    struct steering_winner *out)
{
	const uint8_t any = STEERING_ADDRESSES | STEERING_NAMES;
	uint8_t types = 0;
	out->how = STEERING_WON_UP;
	out->type = STEERING_CNAME;
	out->pool = first_up(class, any, state, &out->stable_s);
	if (out->pool) {
		out->decided = true;
		types = state_of(state, out->pool)->types;
	} else {
		fall_back(service, class, any, out);
		types = out->pool ? out->pool->types : 0;
	}
	return out->pool && !(types & STEERING_ADDRESSES);
}

void steering_winner_find(const struct steering_service *service,
    const struct steering_list *class, enum steering_type type,
    const struct steering_state *state, struct steering_winner *out)
{
	const uint8_t types = (uint8_t)(1u << type);
	*out = (struct steering_winner){ .stable_s = UINT32_MAX };
	if (service->types & STEERING_NAMES && names_win(service, class, state, out))
		return;
	out->pool = NULL;
	out->type = type;
	if (type == STEERING_CNAME || !(class->types & types)) {
		if (out->how == STEERING_WON_UP)
			out->how = STEERING_WON_NOBODY;
		return;
	}
	out->pool = first_up(class, types, state, &out->stable_s);
	if (out->pool) {
		out->how = STEERING_WON_UP;
		return;
	}
	fall_back(service, class, types, out);
	if (out->pool && !(out->pool->types & types))
		out->pool = NULL;
}

uint32_t steering_winner_ttl(const struct conf_service *conf, uint32_t stable_s)
{
	uint32_t least = stable_s > conf->ttl_min_s ? stable_s : conf->ttl_min_s;
	return least < conf->ttl_s ? least : conf->ttl_s;
}
