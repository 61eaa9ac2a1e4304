/*
 * cli/steered.h -- the steering of a configuration with its zones, for checking: what the
 * daemon makes of them, without the daemon.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "zone/steered.h"

#include <stddef.h>

struct cli_steered;

/*
 * Compiles config's steering and finds the zone of each service; what is wrong is in errs, at
 * its place in the configuration.  config must outlive it.
 */
KT_MUST KT_NONNULL struct cli_steered *cli_steered_make(
    const struct conf_config *config, struct kt_errs *errs);
void cli_steered_free(struct cli_steered *s);
/* What is steered in the i-th zone of cli_zones_each(), which has that name; NULL: nothing. */
KT_NONNULL const struct zone_steered *cli_steered_of(
    const struct cli_steered *s, size_t i, const struct dns_name *name);
/* Services that were compiled. */
KT_NONNULL size_t cli_steered_count(const struct cli_steered *s);
