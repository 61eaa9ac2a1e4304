/*
 * conf/steering_p.h -- what the files that read the steering section share.
 *
 * The section is read in the order maps, monitors, pools, services, whatever its order in
 * the file, so that every reference can be resolved when it is met.
 */
#pragma once

#include "conf/item.h"
#include "conf/names.h"

/* While the section is read. */
struct conf_steer {
	struct conf_names maps, monitors, pools;
	struct conf_names *regions; /* by map */
	struct conf_map *map_list;
	struct conf_pool *pool_list;
	size_t n_preferences; /* of all services */
};

/* Each reads an entry of the section; node may be NULL: there is none. */
void conf_maps_fill(struct conf_reader *r, const struct conf_node *node);
/*
 * Regions that a service names and that only lines of a networks-file can bring become the map's.
 * regions is the service's option.
 */
KT_NONNULL void conf_map_extend(
    struct conf_reader *r, size_t map, const struct conf_node *regions);
void conf_monitors_fill(struct conf_reader *r, const struct conf_node *node);
void conf_pools_fill(struct conf_reader *r, const struct conf_node *node);
void conf_services_fill(struct conf_reader *r, const struct conf_node *node);
/* conf/nesting.c: what can be told of pools only together. */
KT_NONNULL void conf_nesting_check(struct conf_reader *r);

/*
 * A map of entries by name: true when there is something to read.  what names the map in
 * messages.
 */
bool conf_entries(
    struct conf_reader *r, const char *what, const struct conf_node *node);
/* Is text good as the name of a map, region, monitor or pool?  Reported at node's key, or value. */
KT_NONNULL bool conf_name_check(struct conf_reader *r, const char *what,
    const struct conf_node *node, const char *text);
/*
 * The number of what the scalar node names ("pool", "region" ...), or CONF_NO_NAME, reported
 * as a finding of option.
 */
KT_NONNULL size_t conf_name_get(struct conf_reader *r, const char *option,
    const char *what, const struct conf_names *names, const struct conf_node *node);
/* The same for a text at the key of node. */
KT_NONNULL size_t conf_name_get_key(struct conf_reader *r, const char *option,
    const char *what, const struct conf_names *names, const struct conf_node *node);
/* A list as it is, anything else as a list of one: the first of them and their number. */
KT_NONNULL const struct conf_node *conf_one_or_list(
    const struct conf_node *node, size_t *n);
/* Reports that a list is empty. */
KT_NONNULL void conf_empty_list(
    struct conf_reader *r, const char *option, const struct conf_node *node);
/* True for an option that stands in the map node. */
KT_NONNULL bool conf_has(const struct conf_node *node, const char *option);

/* The number of a prefix at a key or value; false: reported, with what may be meant. */
KT_NONNULL bool conf_prefix_get(struct conf_reader *r, const struct conf_node *node,
    const char *text, bool at_key, struct kt_prefix *out);
