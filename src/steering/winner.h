/*
 * steering/winner.h -- which pool of a class answers for a type.
 *
 * The first usable pool that has something up of the type.  Where a class has names beside
 * addresses, the first usable pool of any kind decides which of the two it is, so that no
 * client sees a CNAME and addresses at the same time (RFC 1034 s.3.6.2).
 *
 * Threads:  no shared state.
 */
#pragma once

#include "steering/steering_p.h"

enum steering_won {
	STEERING_WON_UP,
	STEERING_WON_NOBODY, /* the class has no pool with the type */
	/* nothing is up; by when-all-down: */
	STEERING_WON_ALL, /* the pool as if all its members were up */
	STEERING_WON_NONE,
	STEERING_WON_LAST, /* what was up last; if that is not known the pool as above */
	STEERING_WON_DOWN_POOL,
};

struct steering_winner {
	enum steering_won how;
	const struct steering_pool *pool; /* NULL: no records */
	enum steering_type type;          /* of its records: asked, or STEERING_CNAME */
	bool decided;      /* addresses or names: by a pool that is usable */
	uint32_t stable_s; /* of all that was looked at */
};

KT_NONNULL void steering_winner_find(const struct steering_service *service,
    const struct steering_list *class, enum steering_type type,
    const struct steering_state *state, struct steering_winner *out);

/* The TTL of an answer that may change in stable_s at the earliest. */
KT_NONNULL uint32_t steering_winner_ttl(
    const struct conf_service *conf, uint32_t stable_s);
