/*
 * migrate/plan.h -- what was found, in kotae's words, and its text.
 *
 * Memory:   everything lies in the plan's arena.
 * Threads:  one.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "migrate/migrate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts in a row that grows. */
struct migrate_texts {
	const char **list;
	size_t n, size;
};

/* A key and its value, where order is as found. */
struct migrate_pair {
	const char *key, *value;
};

struct migrate_pairs {
	struct migrate_pair *list;
	size_t n, size;
};

struct migrate_map {
	const char *name;
	struct migrate_pairs networks; /* prefix: region */
	const char *networks_file;     /* NULL: none */
	const char *database;          /* NULL: none */
	struct migrate_pairs geo;      /* JP: region */
	const char *fallback;
	bool ignore_ecs;
};

struct migrate_monitor {
	const char *name, *type;
	struct migrate_pairs options; /* values as YAML */
};

struct migrate_member {
	const char *address, *name, *pool; /* one of them */
	unsigned weight;                   /* 0: not told */
};

struct migrate_pool {
	const char *name, *method;
	struct migrate_member *members;
	size_t n_members, members_size;
	struct migrate_texts monitors;
	unsigned min_up, need, limit; /* 0: not told */
	const char *origin; /* its names were completed with this; NULL: none was */
};

struct migrate_preference {
	const char *region; /* NULL: of everybody */
	struct migrate_texts pools;
};

struct migrate_service {
	const char *name, *map;
	struct migrate_preference *regions;
	size_t n_regions, regions_size;
	unsigned ttl_s, ttl_min_s, limit; /* 0: not told */
	const char *all_down;             /* NULL: not told */
};

struct migrate_plan {
	struct kt_arena memory;
	struct kt_errs *errs;
	const char *source; /* what it was made from, for the first line */
	struct migrate_map **maps;
	struct migrate_monitor **monitors;
	struct migrate_pool **pools;
	struct migrate_service **services;
	struct migrate_texts zones,
	    listen; /* listen: "192.0.2.1" or "192.0.2.1 port 53" */
	size_t n_maps, maps_size, n_monitors, monitors_size, n_pools, pools_size;
	size_t n_services, services_size;
};

KT_NONNULL void migrate_plan_init(
    struct migrate_plan *plan, const char *source, struct kt_errs *errs);
KT_NONNULL void migrate_plan_fini(struct migrate_plan *plan);

KT_NONNULL struct migrate_map *migrate_add_map(
    struct migrate_plan *plan, const char *name);
KT_NONNULL struct migrate_monitor *migrate_add_monitor(
    struct migrate_plan *plan, const char *name, const char *type);
/* The pool of that name; *made tells whether it is new. */
KT_NONNULL struct migrate_pool *migrate_add_pool(
    struct migrate_plan *plan, const char *name, bool *made);
KT_NONNULL struct migrate_pool *migrate_find_pool(
    const struct migrate_plan *plan, const char *name);
KT_NONNULL struct migrate_service *migrate_add_service(
    struct migrate_plan *plan, const char *name);
KT_NONNULL struct migrate_member *migrate_add_member(
    struct migrate_plan *plan, struct migrate_pool *pool);
/* Is there a name in the pool, which this monitor would have to connect to? */
KT_NONNULL bool migrate_cannot_watch(
    const struct migrate_pool *pool, const struct migrate_monitor *monitor);
/* region NULL: of everybody. */
struct migrate_preference *migrate_add_region(
    struct migrate_plan *plan, struct migrate_service *service, const char *region);

KT_NONNULL void migrate_texts_add(
    struct migrate_plan *plan, struct migrate_texts *texts, const char *text);
KT_NONNULL void migrate_pairs_add(struct migrate_plan *plan,
    struct migrate_pairs *pairs, const char *key, const char *value);
/* Text in the plan's memory. */
KT_PRINTF(2, 3)
const char *migrate_format(struct migrate_plan *plan, const char *format, ...);

/* The text as YAML takes it in double quotes. */
KT_NONNULL const char *migrate_quoted(struct migrate_plan *plan, const char *text);

/* What has no equal (a warning) or is only different (a note), at its place. */
KT_PRINTF(4, 5)
void migrate_lost(struct migrate_plan *plan, const char *file, unsigned line,
    const char *format, ...);
KT_PRINTF(4, 5)
void migrate_differs(struct migrate_plan *plan, const char *file, unsigned line,
    const char *format, ...);

/* The text of kotae.yaml. */
KT_NONNULL void migrate_print(const struct migrate_plan *plan, struct kt_text *out);
