/*
 * steering/targets.h -- the distinct things that can be up or down, out of all pools.
 *
 * Memory:   in the arena of the steering.
 */
#pragma once

#include "steering/steering_p.h"

/*
 * Collects them, sorted by key: sets targets and n_targets.  KT_E_CONFLICT, reported: a name is
 * probed at two addresses by one monitor.
 */
KT_MUST KT_NONNULL int steering_targets_make(
    struct steering *steering, struct kt_errs *errs);

/*
 * The numbers of the targets of a member that is a record, in the order of its pool's
 * monitors; one without monitors has one.
 */
KT_NONNULL const uint32_t *steering_targets_of(const struct steering *steering,
    const struct conf_pool *pool, const struct conf_member *member, uint16_t *n);
/* The number of the pool as a whole. */
KT_NONNULL uint32_t steering_targets_pool(
    const struct steering *steering, const struct conf_pool *pool);
