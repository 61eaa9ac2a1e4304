/*
 * daemon/steered.h -- steering in a generation: compiled from its configuration, with the keys
 * of its zones.
 *
 * Threads:  one at a time.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/zones.h"
#include "steering/steering.h"

/* *out is NULL after 0 when the configuration steers nothing.  Reported as steering_make() does. */
KT_MUST KT_NONNULL int steered_make(
    const struct conf_config *config, struct kt_errs *errs, struct steering **out);
/* Only whether it compiles. */
KT_MUST KT_NONNULL int steered_check(
    const struct conf_config *config, struct kt_errs *errs);
/* Tells each service the keys of the zone that it is in; steering NULL: there are none. */
void steered_sign(struct steering *steering, const struct zone_table *zones);
