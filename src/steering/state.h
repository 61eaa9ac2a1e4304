/*
 * steering/state.h -- which members and pools are up, out of which targets are.
 *
 * A member that is a record is up when enough of its targets are; one that is a pool, when
 * that is usable.  A pool is usable when it is not held down itself and as many of its
 * members are up as it says.
 *
 * Memory:   arrays by number of pool and member, between init and fini.
 */
#pragma once

#include "steering/steering_p.h"

KT_NONNULL void steering_state_init(
    struct steering_state *state, const struct steering *steering);
KT_NONNULL void steering_state_fini(struct steering_state *state);

/*
 * Fills state from health, by target.  before: the health that it was filled from last,
 * for `changed`; NULL: everything has changed.
 */
void steering_state_set(struct steering_state *state, const struct steering *steering,
    const struct steering_health *health, const struct steering_health *before);
