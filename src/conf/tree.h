/*
 * conf/tree.h -- a YAML file as a small tree that knows where everything stands.
 *
 * Maps, lists and scalars, as libyaml tells them.  What the file format of kotae.yaml(5)
 * has no use for is refused with a clear error: anchors and aliases (and with them their
 * bombs), tags, several documents, keys that are no scalars, a key twice in one map.
 *
 * "include: other.yaml" (or a list of files) in a map stands for the entries of that
 * file's map; "- include: other.yaml" in a list for the items of that file's list.
 *
 * Input:    hostile text; bounds are below.
 * Memory:   the tree's arena; conf_tree_fini() frees all.
 * Threads:  one at a time.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_FILE_MAX      ((size_t)64 << 20) /* octets of one file */
#define CONF_VALUES_MAX    (4u << 20)         /* scalars, maps and lists of all files */
#define CONF_DEPTH_MAX     32                 /* maps and lists inside each other */
#define CONF_INCLUDE_DEPTH 10                 /* files inside each other */
#define CONF_FILES_MAX     10000              /* files in all */

enum conf_kind {
	CONF_SCALAR,
	CONF_MAP,
	CONF_LIST,
};

struct conf_file {
	const char *name;
	struct kt_file text;
	const struct conf_file *parent; /* the file that includes this one */
	bool borrowed;                  /* the text is the caller's */
};

struct conf_node {
	enum conf_kind kind;
	bool quoted;           /* a scalar in quotes, or a block scalar */
	unsigned line, column; /* from 1; columns count characters */
	unsigned key_line, key_column;
	const char *key;  /* in a map; else NULL */
	const char *text; /* of a scalar: without a NUL inside; else NULL */
	const struct conf_file *file;
	struct conf_node *first, *next;
	size_t n; /* entries or items */
};

struct conf_tree {
	struct conf_node *root; /* NULL: the file is empty or could not be read */
	struct kt_errs *errs;
	bool alone;  /* no other file is read */
	bool broken; /* reading stopped early: what is missing means nothing */
	struct conf_file **files;
	size_t n_files, cap_files;
	size_t n_values;
	struct kt_arena memory;
};

KT_NONNULL void conf_tree_init(struct conf_tree *tree, struct kt_errs *errs);
KT_NONNULL void conf_tree_fini(struct conf_tree *tree);

/*
 * Reads the file at path.  0 or the code of the first error, all of them in errs; the
 * tree then has what could be understood, so that later checks can go on.
 */
KT_MUST KT_NONNULL int conf_tree_read(struct conf_tree *tree, const char *path);
/* The same from memory; text[len] is 0. */
KT_MUST KT_NONNULL int conf_tree_read_text(
    struct conf_tree *tree, const char *text, size_t len, const char *name);

/* The entry of a map, or NULL. */
KT_NONNULL const struct conf_node *conf_node_find(
    const struct conf_node *map, const char *key);
/* Nothing was written after the colon: "zones:" with all its entries commented out. */
KT_NONNULL bool conf_node_is_empty(const struct conf_node *node);

/*
 * Reports at the value of a node, or at its key; with the line of the file.  A _secret one
 * shows no line.  Returns code.
 */
KT_PRINTF(4, 5)
int conf_error(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...);
KT_PRINTF(4, 5)
int conf_error_key(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...);
KT_PRINTF(4, 5)
int conf_error_secret(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...);
/* Any grade at any place. */
KT_PRINTF(7, 8)
int conf_report(struct conf_tree *tree, enum kt_grade grade, int code,
    const struct conf_file *file, unsigned line, unsigned column, const char *format,
    ...);
/*
 * A node's text for a message: in quotes, cut after 60 characters, control characters
 * replaced; "a map", "a list", "nothing".  Into the tree's memory.
 */
KT_NONNULL const char *conf_show(struct conf_tree *tree, const struct conf_node *node);
KT_NONNULL const char *conf_show_text(struct conf_tree *tree, const char *text);

/* What "include" at node (a scalar or a list of them) stands for goes behind *tail. */
KT_NONNULL void conf_include(struct conf_tree *tree, const struct conf_node *node,
    enum conf_kind kind, struct conf_node ***tail, size_t *n);
/* The tree of one file; NULL: it is empty or nothing came of it. */
KT_NONNULL struct conf_node *conf_tree_parse(
    struct conf_tree *tree, const struct conf_file *file);
KT_NONNULL struct conf_file *conf_tree_add_file(
    struct conf_tree *tree, const char *name);
