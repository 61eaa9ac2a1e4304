/*
 * migrate/gdnsd_p.h -- between the files that read a gdnsd directory.
 */
#pragma once

#include "migrate/node.h"

#include <stdbool.h>

struct gdnsd {
	struct migrate_plan *plan;
	const char *directory;
	struct migrate_node *root, *service_types, *plugins;
	unsigned depth;     /* of resources that lead to others */
	const char *origin; /* of the record that asks for a resource */
};

/*
 * Where an answer comes from: pools in order of preference for everybody, or a map and
 * the pools of each of its regions.
 */
struct gdnsd_target {
	const char *map; /* NULL: none */
	struct migrate_preference *regions;
	size_t n_regions, regions_size;
};

/* gdnsd_maps.c: service_types and the maps of plugin geoip. */
KT_NONNULL void gdnsd_read_monitors(struct gdnsd *g);
KT_NONNULL void gdnsd_read_maps(struct gdnsd *g);
/* Calls visit for each region of the map, with its datacenters. */
KT_NONNULL void gdnsd_map_each(struct gdnsd *g, struct migrate_node *map,
    void (*visit)(void *ctx, const char *region, const struct migrate_texts *dcs),
    void *ctx);

/* gdnsd_pools.c: "geoip!prod_www/dc-01".  False: reported. */
KT_NONNULL bool gdnsd_resolve(struct gdnsd *g, const char *text, const char *file,
    unsigned line, struct gdnsd_target *out);

/* Is this key of a resource or plugin one that says how, not what? */
KT_NONNULL bool gdnsd_is_parameter(const char *key);

/* gdnsd_zone.c: a zone file, with a service for each DYNA and DYNC.  0 or reported. */
KT_NONNULL int gdnsd_read_zone(
    struct gdnsd *g, const char *path, const char *zone, struct kt_text *out);

/* "240b:0010:0200::/41" as kotae writes it, host bits cleared; NULL: it is no prefix. */
const char *migrate_prefix(
    struct migrate_plan *plan, const char *text, bool *host_bits);
