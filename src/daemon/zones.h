/*
 * daemon/zones.h -- the zones of this process: which, from where, and how they are.
 *
 * A table is built for each configuration: the zones it names and those that its
 * directories hold.  Files that have not changed keep their snapshot; the others are
 * loaded by as many threads as there are cores.  A file that cannot be loaded leaves
 * the version before in service.
 *
 * Memory:   a table owns names, paths and one reference to each snapshot.
 * Threads:  a table is built by one thread and is immutable then.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/stamp.h"
#include "steering/steering.h"
#include "zone/set.h"
#include "zone/steered.h"
#include "zone/template.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zone_state {
	ZONE_SERVING,
	ZONE_STALE,  /* the newest file was refused: the version before is served */
	ZONE_FAILED, /* nothing to serve */
	ZONE_N_STATES,
};

struct zone_item {
	const uint8_t *name; /* wire, lower case */
	const char *path;    /* NULL: no file */
	const struct zone_template
	    *builtin;               /* NULL, or the set that zone number is of */
	struct zone_snapshot *zone; /* NULL: nothing to serve */
	struct stamp stamp;
	const char *error; /* why the newest file was refused; NULL: it was not */
	const struct zone_steered
	    *steered;         /* NULL: none; only while the table is made */
	uint64_t steered_sum; /* of what the snapshot took from it; 0: nothing */
	uint32_t policy;
	bool changed; /* loaded for this table */
	uint8_t name_len;
	uint16_t number;
};

struct zone_table {
	struct kt_arena memory;
	const char *node; /* the name that built-in zones tell */
	struct zone_item *items;
	size_t n, size;
	uint32_t *slots; /* index + 1 by hash of the name; 0: free */
	size_t n_slots;  /* a power of two */
};

struct zone_table_result {
	size_t loaded, unchanged, removed, failed;
	bool homeless; /* a service is in no zone of ours */
};

/*
 * The table that config asks for, with the names that steering has (NULL: none) in its zones;
 * old may be NULL.  What is wrong with zones goes to errs and to the log; the table is made all
 * the same.  NULL when there is an old table, which had better stay: a directory cannot be
 * read, so that zones would vanish, or a service has no zone.  Policies are numbered as
 * daemon/answers.h does.
 */
KT_MUST struct zone_table *zone_table_make(const struct conf_config *config,
    const struct steering *steering, const struct zone_table *old, struct kt_errs *errs,
    struct zone_table_result *result);
void zone_table_free(struct zone_table *table);

KT_NONNULL enum zone_state zone_item_state(const struct zone_item *item);
/* NULL: no such zone.  wire in lower case. */
KT_NONNULL const struct zone_item *zone_table_find(
    const struct zone_table *table, const uint8_t *wire);
KT_NONNULL void zone_table_count(
    const struct zone_table *table, size_t counts[ZONE_N_STATES]);
/* The set for the authority, with references of its own; policies by item. */
KT_MUST KT_NONNULL struct zone_set *zone_table_set(
    const struct zone_table *table, const uint32_t *policies);
