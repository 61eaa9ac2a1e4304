/*
 * ecs/parts.h -- a partition of both address families, apart from who made it: what is
 * exported, sent over the control socket, read back and compared.
 *
 * Runs in rising order, the first at address 0, each up to the next; runs that touch differ in
 * class.  Classes are names, not numbers of some map, so that two partitions can be
 * compared.  The cells are the maximal aligned blocks inside runs (steering/map.h).
 *
 * As CSV (RFC 4180):
 *
 *   # kotae partition of map japan
 *   # default tokyo
 *   # short-source 240b:10:200::/40 osaka1
 *   family,prefix,class
 *   4,0.0.0.0/5,tokyo
 *
 * As JSON: {"name", "kind": "map" | "service", "classes": [{"name", "pools", "targets"}],
 * "default": CLASS, "ecs": BOOL, "short-source": [{"prefix", "class"}], "cells": [{"family", "prefix", "class"}]}; over the control
 * socket, shorter, in place of cells "runs4" and "runs6": "ADDRESS CLASS\n" each, CLASS a number.
 * Two classes are not the operator's: "by-resolver" (private space) and "embedded-ipv4"
 * (IPv6 blocks that hold an IPv4 address, whose class counts).
 *
 * Input:    the readers take files of anybody: at most ECS_RUNS_MAX runs; cells must neither
 *           overlap nor leave a hole.
 * Memory:   parts own all.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "ecs/block.h"
#include "ecs/prefixes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECS_RUNS_MAX    ((size_t)32 << 20)
#define ECS_CLASSES_MAX 60000

enum {
	ECS_BY_RESOLVER = 0xffff, /* as STEERING_BY_RESOLVER */
	ECS_EMBEDDED = 0xfffe,    /* as STEERING_EMBEDDED */
	ECS_NOTHING = 0xfffd,     /* no class: a network list does not say */
};

struct ecs_run {
	ecs_bits first;
	uint16_t class;
};

struct ecs_class {
	char *name;    /* regions: "osaka1", "tokyo+nagoya" */
	char *pools;   /* in order of preference: "osaka1, tokyo"; "": a map has none */
	char *targets; /* the first pool's members: "2001:db8:10::1"; "" */
};

/* Who answers for a block that is too coarse. */
struct ecs_short {
	struct kt_prefix prefix;
	uint16_t class;
};

struct ecs_parts {
	char *name;
	bool service; /* of a service, not a map */
	struct ecs_class *classes;
	size_t n_classes, classes_cap;
	struct ecs_run *runs[2]; /* [0]: IPv4, [1]: IPv6 */
	size_t n_runs[2], runs_cap[2];
	struct ecs_short *shorts;
	size_t n_shorts, shorts_cap;
	uint16_t
	    fallback; /* for private space asked for from private space; 0 if not told */
	uint8_t hash
	    [2]; /* bits of a client's network that choose a member, by family; 0: none do */
	bool ignores_ecs; /* the resolver's address decides for all of its clients */
	uint32_t *index;  /* private: classes + 1 by the hash of their names */
	size_t index_size;
};

static inline unsigned ecs_family_index(unsigned family)
{
	return family == 6;
}

KT_MUST KT_NONNULL struct ecs_parts *ecs_parts_new(const char *name, bool service);
void ecs_parts_free(struct ecs_parts *parts);
/* The number of a class of this name, added when there is none; texts are copied.  KT_E_LIMIT. */
KT_MUST KT_NONNULL int ecs_parts_class(
    struct ecs_parts *parts, const char *name, uint16_t *out);
/* Its name, also of the classes that are not the operator's; "-" for none. */
KT_NONNULL const char *ecs_parts_class_name(
    const struct ecs_parts *parts, uint16_t class);
/* The next run, which begins behind those there are; joined with the last of the same class. */
KT_NONNULL void ecs_parts_add_run(
    struct ecs_parts *parts, unsigned family, ecs_bits first, uint16_t class);
KT_NONNULL void ecs_parts_add_short(
    struct ecs_parts *parts, const struct kt_prefix *prefix, uint16_t class);
/* The class of an address. */
KT_NONNULL uint16_t ecs_parts_find(
    const struct ecs_parts *parts, const struct kt_addr *addr);

/* The cells of a family, one after the other: .parts and .family set, the rest 0. */
struct ecs_cells {
	const struct ecs_parts *parts;
	unsigned family;
	size_t run;
	ecs_bits at;
	bool inside, ended;
};

/* The next cell.  False: there is none. */
KT_NONNULL bool ecs_cells_next(
    struct ecs_cells *cells, struct kt_prefix *cell, uint16_t *class);

/*
 * The partition that a network list makes: the longest prefix wins, its label is the class, and
 * what no prefix covers has none.  list is sorted in place.  KT_E_CONFLICT: a prefix stands there
 * twice with different labels, reported.
 */
KT_MUST KT_NONNULL int ecs_parts_of_prefixes(struct ecs_prefixes *list,
    const char *file, struct kt_errs *errs, struct ecs_parts **out);

/* ecs/parts_text.c */
KT_NONNULL void ecs_parts_print_csv(const struct ecs_parts *parts, struct kt_text *out);
/* Does the text look like one that ecs_parts_print_csv() made? */
KT_MUST bool ecs_parts_is_csv(const char *text, size_t len);
KT_MUST KT_NONNULL int ecs_parts_read_csv(const char *text, size_t len,
    const char *file, struct kt_errs *errs, struct ecs_parts **out);

/* ecs/parts_json.c */
struct json_t;
/* A new object; compact: runs in place of cells.  KT_E_LIMIT: its text would be longer than max. */
KT_MUST KT_NONNULL int ecs_parts_json(
    const struct ecs_parts *parts, bool compact, size_t max, struct json_t **out);
/* Of both shapes; also a whole reply of kotae with it as its result. */
KT_MUST KT_NONNULL int ecs_parts_of_json(const struct json_t *json, const char *file,
    struct kt_errs *errs, struct ecs_parts **out);
