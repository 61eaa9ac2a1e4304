/*
 * zone/load.h -- a zone from a file (or a built-in template).
 *
 * Reading, building, and the checks without which a zone cannot be served: one SOA at
 * the apex, NS at the apex, no CNAME beside other data.  The other findings are
 * zone/check.h's.
 *
 * Threads:  one builder a thread.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "zone/builder.h"
#include "zone/steered.h"

/*
 * Loads path as zone name; steered (NULL: nothing is) as zone/steered.h says.  0 and *out
 * with one reference for the caller; or the code of the first error, all of them in errs.
 */
KT_MUST int zone_load_file(struct zone_builder *b, const struct dns_name *name,
    const char *path, const struct zone_steered *steered, struct kt_errs *errs,
    struct zone_snapshot **out);
