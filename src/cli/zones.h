/*
 * cli/zones.h -- all zones that a configuration names, those of directories included.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"

#include <stddef.h>

/* One zone with a file; path is valid until the callback returns. */
typedef void cli_zone_take(void *ctx, const struct dns_name *name, const char *path);

/*
 * Calls take for each zone with a file: those by name, then NAME.zone of each directory in
 * the order of their names, but those that are configured by name.  An unreadable directory
 * and a file whose name is no zone's are told to errs.
 */
KT_NONNULL void cli_zones_each(const struct conf_config *config, struct kt_errs *errs,
    cli_zone_take *take, void *ctx);
