/*
 * steering/live.h -- live halves: made from health, compared, replaced.
 *
 * Memory:   a live half is one block, which points to nothing outside but pools of the
 *           configuration.
 * Threads:  steering_refresh()'s.
 */
#pragma once

#include "steering/steering_p.h"

/* Once the compiled half is made. */
KT_NONNULL void steering_live_init(struct steering *steering);
KT_NONNULL void steering_live_fini(struct steering *steering);
