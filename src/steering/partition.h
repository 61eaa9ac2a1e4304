/*
 * steering/partition.h -- one address family parted into runs of classes, to be searched.
 *
 * An address stands at the top of 128 bits, whatever its family, so that prefix lengths and
 * code are the same for both.  The upper 64 bits of run starts are a static B-tree: level 0
 * has all keys, each level above the first key of every cache line below (16 keys of 32 bits
 * a line for IPv4, 8 of 64 bits for IPv6).  A /64 that has run starts inside is an entry
 * STEERING_SPLIT with a table of its own for the lower halves, so that prefixes longer than
 * /64 cost only where they are:
 *
 *   keys     ...  2001:db8:0:1::  2001:db8:0:7::  ...
 *   classes  ...  3               STEERING_SPLIT  ...
 *   low                           ::10 ::20           between three classes
 *
 * What is behind a split /64, up to the next entry, has the last of its classes.
 *
 * The cell of an address reaches as far as its nearest neighbours of another class let it:
 * its length is one more than the bits that it shares with the nearer of the two.
 *
 * Memory:   one block and a list of winners, owned.  Nothing is allocated by a search.
 * Threads:  immutable once made.
 */
#pragma once

#include "base/attr.h"
#include "steering/map.h"
#include "steering/regions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address, left-aligned: IPv4 in the upper 32 bits, the rest zero. */
typedef __uint128_t steering_key;

#define STEERING_SPLIT       0xfffd /* in place of a class */
#define STEERING_CLASSES_MAX 0xfffd

#define STEERING_LEVELS_MAX 12

/* Which of 64 entries are split, and how many are before them. */
struct steering_splits {
	uint64_t bits;
	uint64_t before;
};

/* The class with the largest share of the block whose middle is here. */
struct steering_winner {
	uint64_t middle[2];
	uint16_t class;
};

struct steering_partition {
	bool wide;       /* keys of 64 bits */
	uint8_t longest; /* length of the longest cell of all */
	unsigned n_levels;
	size_t n; /* entries; the first has key 0 */
	union {
		const uint32_t *key32[STEERING_LEVELS_MAX];
		const uint64_t *key64[STEERING_LEVELS_MAX];
	};
	const uint16_t *class;
	/* Where entries are split: */
	const struct steering_splits *splits; /* NULL: none is */
	size_t n_split, n_low;
	const uint32_t
	    *low_start;      /* by split, and one more: where its keys are in low */
	const uint64_t *low; /* lower halves, rising, without the first, which is 0 */
	const uint16_t *low_class; /* one more than keys a split: at low_start[k] + k */
	/* For blocks that hold several runs: */
	uint8_t *split_depth;  /* longest cell in a split /64 */
	uint8_t *depth[2];     /* longest cell beside the keys of 256, 65536 entries */
	uint8_t *low_depth[2]; /* the same for low */
	struct steering_winner *winners; /* by middle */
	size_t n_winners;
	void *block;
	size_t block_size;
};

/* Runs of regions seen as runs of classes; neighbours may have the same class. */
struct steering_runs {
	const struct steering_run4 *run4; /* or */
	const struct steering_run6 *run6;
	size_t n;
	const uint16_t *class_of; /* by region */
};

/* 0, or KT_E_LIMIT when memory is short; p is then empty. */
KT_MUST KT_NONNULL int steering_partition_init(
    struct steering_partition *p, const struct steering_runs *runs);
KT_NONNULL void steering_partition_fini(struct steering_partition *p);
KT_NONNULL size_t steering_partition_size(const struct steering_partition *p);

/* The last entry whose key is at most the upper half. */
KT_NONNULL KT_HOT size_t steering_partition_entry(
    const struct steering_partition *p, uint64_t high);
/* The number of split entries before the entry. */
KT_NONNULL size_t steering_partition_rank(
    const struct steering_partition *p, size_t entry);
/* The first key above the lower half in the table of a split; its end: none. */
KT_NONNULL size_t steering_partition_low(
    const struct steering_partition *p, size_t split, uint64_t low);
/* The cell of an address: length 1 at least.  Its class may be STEERING_EMBEDDED. */
KT_NONNULL KT_HOT struct steering_cell steering_partition_find(
    const struct steering_partition *p, steering_key key);

static inline uint64_t steering_partition_key(
    const struct steering_partition *p, size_t entry)
{
	return p->wide ? p->key64[0][entry] : (uint64_t)p->key32[0][entry] << 32;
}

/* The address without what is behind len bits. */
static inline steering_key steering_key_cut(steering_key key, unsigned len)
{
	return len ? key & ~(steering_key)0 << (128 - len) : 0;
}

static inline steering_key steering_key_of(const struct kt_addr *addr)
{
	steering_key key = 0;
	for (unsigned i = 0; i < 16; i++)
		key = key << 8 | addr->octets[i];
	return key;
}

static inline struct kt_addr steering_key_addr(steering_key key, unsigned family)
{
	struct kt_addr addr = { .family = (uint8_t)family };
	for (unsigned i = 0; i < (family == 4 ? 4u : 16u); i++)
		addr.octets[i] = (uint8_t)(key >> (120 - 8 * i));
	return addr;
}
