/*
 * steering/pools.h -- pools compiled: members as records, and what can be told without health.
 *
 * Memory:   in the arena of the steering.
 * RFC:      4034 s.6.2 (names in lower case), 6.3 (order in a set).
 */
#pragma once

#include "steering/steering_p.h"

/* Wants targets; sets pools, pool_order, n_members. */
KT_NONNULL void steering_pools_make(struct steering *steering);

/* Canonical order of the records of two members. */
KT_NONNULL int steering_member_compare(
    const struct steering_member *a, const struct steering_member *b);

/* All records of a type in the pool and in those inside it: the set that stands for it. */
KT_NONNULL struct steering_stand_in_set steering_pools_all(
    const struct steering_pool *pool, enum steering_type type, struct kt_arena *arena);
