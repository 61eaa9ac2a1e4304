/*
 * steering/names.h -- the regions of a map by name; files may bring more than the
 * configuration has.
 *
 * Memory:   owned, but the names of the configuration.
 * Threads:  one.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "conf/steering.h"

#include <stddef.h>
#include <stdint.h>

struct steering_names {
	const char **list; /* by region */
	size_t n, cap;
	uint32_t *table; /* region and one; 0: free */
	size_t table_size;
	struct kt_arena texts;
};

KT_NONNULL void steering_names_init(
    struct steering_names *names, const struct conf_map *conf);
KT_NONNULL void steering_names_fini(struct steering_names *names);
/* The region, or -1. */
KT_NONNULL int steering_names_find(
    const struct steering_names *names, const char *text, size_t len);
/* The same, added when it is new; KT_E_LIMIT: there are CONF_REGIONS_MAX. */
KT_MUST KT_NONNULL int steering_names_take(
    struct steering_names *names, const char *text, size_t len);
