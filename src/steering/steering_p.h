/*
 * steering/steering_p.h -- the compiled half as this layer sees it.
 *
 * Pools and their members by number, so that what health says of them are plain arrays, and
 * each service's classes as lists of such pools.
 *
 * Memory:   all in steering_private.memory, but what is named otherwise.
 * Threads:  immutable after steering_make(), but state, signatures, scratch: the thread of
 *           steering_refresh().
 */
#pragma once

#include "steering/sigcache.h"
#include "steering/steering.h"

#include "base/arena.h"

#define STEERING_ADDRESSES (1u << STEERING_A | 1u << STEERING_AAAA)
#define STEERING_NAMES     (1u << STEERING_CNAME)

struct steering_pool;

struct steering_member {
	const struct conf_member *conf;
	const struct steering_pool *pool; /* a pool in a pool; NULL: a record */
	const uint32_t *targets; /* of a record: by monitor, or the one without */
	uint16_t n_targets;
	uint8_t types; /* 1 << enum steering_type */
	uint8_t rdlen;
	const uint8_t *rdata;
	uint32_t id;    /* by content: the same on every server */
	uint32_t index; /* among all members */
};

struct steering_pool {
	const struct conf_pool *conf;
	const struct steering_member *members;
	uint32_t target; /* of the pool as a whole */
	uint16_t need;   /* targets of a member that must be up */
	uint8_t types;
	bool hashes;  /* it or a pool in it has method hash */
	uint64_t sum; /* by content, members of members included */
};

/* The ordered pools of a class. */
struct steering_list {
	const struct steering_pool *const *pools;
	const struct conf_preference *conf; /* the first that said so */
	uint32_t n_pools;
	uint16_t region; /* the first of the class */
	uint8_t types;
};

/* What regions of a map one service, or several, tell apart. */
struct steering_split {
	const struct conf_map *map; /* NULL: none */
	const uint16_t *class_of;
	size_t n_regions;
	unsigned n_classes;
	struct steering_map *compiled; /* NULL: one class */
};

struct steering_stand_in_set {
	const uint8_t *data;
	size_t size, n_rr;
};

struct live_block;
struct steering_writer;

/* Beside a service, by its number. */
struct steering_plan {
	const struct steering_list *classes;
	uint16_t first_class;             /* the default region's */
	const struct steering_pool *down; /* CONF_DOWN_POOL */
	const struct steering_split *split;
	struct steering_stand_in_set stand_in[STEERING_N_TYPES];
};

/* What health makes of a pool. */
struct steering_pool_state {
	bool usable;
	bool changed;  /* other than at the refresh before, or something in it is */
	uint8_t types; /* of members that are up */
	uint32_t n_up;
	uint32_t stable_s;
};

/* By number of pool and member. */
struct steering_state {
	struct steering_pool_state *pools;
	uint16_t *shares; /* per mille of a member's weight; 0: down */
};

struct steering_private {
	struct kt_arena memory;
	struct steering_pool *pools; /* as in conf */
	uint32_t *pool_order;        /* pools in pools before those that have them */
	size_t n_members;
	struct steering_plan *plans;
	struct steering_split *splits;
	size_t n_splits;
	/* the writer's */
	struct steering_state state;
	struct steering_health *health; /* of the refresh before */
	bool refreshed;
	struct sigcache *signatures;
	struct kt_arena scratch, sets;
	struct steering_writer *writer; /* live.c */
};

static inline struct live_block *steering_block(const struct steering_service *service)
{
	return (struct live_block *)service->live;
}
