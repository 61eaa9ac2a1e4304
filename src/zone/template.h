/*
 * zone/template.h -- zones that come with the program, in sets.
 *
 * "as112": the zones of an AS112 node, which answers reverse questions for private
 * addresses that leaked to the Internet: those of RFC 7534 s.3.4 by direct delegation and
 * those of RFC 7535 s.3 by DNAME, and the two that tell which node answers.
 *
 *   t = zone_template_find("as112");
 *   for (i = 0; i < zone_template_count(t); i++)
 *           zone_template_load(b, t, i, node, &errs, &zone);
 *
 * Threads:  constant data; one builder a thread.
 * RFC:      7534, 7535.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "dns/name.h"
#include "zone/builder.h"

#include <stddef.h>

struct zone_template;

/* NULL: no set has this name. */
KT_NONNULL const struct zone_template *zone_template_find(const char *name);
KT_NONNULL size_t zone_template_count(const struct zone_template *t);
/* The name of zone i, in lower case. */
KT_NONNULL void zone_template_name(
    const struct zone_template *t, size_t i, struct dns_name *out);

/*
 * Makes zone i; node (at most 255 octets of it are used) goes into the TXT records that
 * name the node, where the zone has them.  0 and *out with one reference for the caller;
 * KT_E_LIMIT when memory is short.
 */
KT_MUST KT_NONNULL int zone_template_load(struct zone_builder *b,
    const struct zone_template *t, size_t i, const char *node, struct kt_errs *errs,
    struct zone_snapshot **out);
