/*
 * ecs/view.h -- what the tools look at: a map, or the map that a service sees.
 *
 * Of a map the classes are its regions.  Of a service they are its own: regions whose pools are
 * the same are one.  A view is made from a configuration, or from a partition that a daemon or a
 * file gave (ecs/parts.h), and decides as the daemon does, since it asks the same
 * steering_map_decide().
 *
 * Memory:   a view owns what it made; the configuration or steering must outlive it.
 * Threads:  immutable once made.
 * RFC:      7871.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "ecs/cache.h"
#include "ecs/parts.h"
#include "steering/steering.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ecs_view {
	struct ecs_parts *parts;        /* all of it as data; classes by number */
	const struct steering_map *map; /* NULL: one class for everybody */
	const struct steering_regions
	    *regions;                       /* for ecs_view_why(); NULL: not at hand */
	const struct conf_service *service; /* NULL: a map, or not at hand */
	const uint16_t *class_of; /* by region; NULL: regions are the classes */
	void *memory;             /* private */
};

/* The regions of a map of the configuration.  What steering_regions_make() returns; reported. */
KT_MUST KT_NONNULL int ecs_view_of_map(
    const struct conf_map *map, struct kt_errs *errs, struct ecs_view **out);
/* The same from regions that are there, which must outlive it.  KT_E_LIMIT: memory. */
KT_MUST KT_NONNULL int ecs_view_of_regions(
    const struct steering_regions *regions, struct ecs_view **out);
/* A service of a steering, which must outlive it. */
KT_MUST KT_NONNULL struct ecs_view *ecs_view_of_service(
    const struct steering *steering, const struct steering_service *service);
/* Takes parts over, also when it fails: KT_E_LIMIT, KT_E_FORMAT (parts without a class). */
KT_MUST KT_NONNULL int ecs_view_of_parts(
    struct ecs_parts *parts, struct ecs_view **out);
void ecs_view_free(struct ecs_view *view);

/* The parts alone, without compiling a map: for export. */
KT_MUST KT_NONNULL struct ecs_parts *ecs_parts_of_regions(
    const struct steering_regions *regions);
KT_MUST KT_NONNULL struct ecs_parts *ecs_parts_of_service(
    const struct steering *steering, const struct steering_service *service);

/* The service of this name, or NULL. */
KT_NONNULL const struct steering_service *ecs_service_find(
    const struct steering *steering, const char *name);

/* What a query with this client subnet gets, from a resolver at the address. */
KT_NONNULL void ecs_view_decide(const struct ecs_view *view,
    const struct kt_prefix *asked, const struct kt_addr *resolver,
    struct steering_decision *out);

/* The reply to each of n prefixes, for ecs/simulate.h. */
KT_NONNULL void ecs_view_replies(const struct ecs_view *view,
    const struct ecs_prefixes *prefixes, const struct kt_addr *resolver,
    struct ecs_reply *out);

/* "cell", "declared short source", ... */
const char *ecs_reason_name(enum steering_reason reason);

/*
 * The line that decided.  asked is the block that was asked for; with a share it is the line of
 * the first cell in it that has the class.  KT_E_NOT_FOUND: the configuration is not at hand.
 */
KT_MUST KT_NONNULL int ecs_view_why(const struct ecs_view *view,
    const struct kt_prefix *asked, const struct steering_decision *decision,
    struct steering_why *out);
