/*
 * migrate/node.h -- the configuration of another server as a tree, with places.
 *
 * Memory:   nodes lie in the plan's arena.
 */
#pragma once

#include "base/attr.h"
#include "migrate/plan.h"

#include <stdbool.h>
#include <stddef.h>

enum migrate_kind {
	MIGRATE_SCALAR,
	MIGRATE_ARRAY,
	MIGRATE_HASH,
};

struct migrate_node {
	enum migrate_kind kind;
	const char *key; /* in a hash */
	const char
	    *text; /* of a scalar; of a tmsh line what stands behind its first word */
	const char *file;
	unsigned line;
	struct migrate_node *first, *last, *next;
	bool used; /* somebody understood it */
};

enum {
	MIGRATE_DEPTH_MAX = 32,
	MIGRATE_FILES_MAX = 256, /* includes */
	MIGRATE_FILE_MAX = 64 << 20,
};

/* The child with this key, which then counts as understood; NULL: none.  node may be NULL. */
struct migrate_node *migrate_child(struct migrate_node *node, const char *key);
/* The same for a scalar's text, or NULL. */
const char *migrate_child_text(struct migrate_node *node, const char *key);
/* Adds a node with this key (NULL: none) as the last child. */
struct migrate_node *migrate_node_add(struct migrate_plan *plan,
    struct migrate_node *parent, enum migrate_kind kind, const char *key,
    const char *file, unsigned line);
/* Names every key below that nobody understood: "options tcp_timeout has no equal". */
void migrate_unused(
    struct migrate_plan *plan, const struct migrate_node *node, const char *path);

/* gdnsd's language (gdnsd.config(5)), includes read.  NULL: reported. */
struct migrate_node *migrate_vscf_read(struct migrate_plan *plan, const char *path);
/* Stanzas of tmsh.  NULL: reported. */
struct migrate_node *migrate_tmsh_read(struct migrate_plan *plan, const char *path);
