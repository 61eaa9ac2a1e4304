/*
 * authority/short.h -- which resolvers send client subnets that are too short.
 *
 * A table of fixed size that the busiest stay in: a newcomer takes the place of the one that was
 * counted least among those that it could stand with, and goes on from its count
 * (space-saving), so a count is never too small, and the work is the same for whoever asks.
 *
 * Threads:  one writes; others may read meanwhile.
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "base/hash.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AUTHORITY_SHORT_SETS = 32,
	AUTHORITY_SHORT_WAYS = 8,
	AUTHORITY_SHORT_MAX = AUTHORITY_SHORT_SETS * AUTHORITY_SHORT_WAYS,
};

struct authority_shorts {
	struct kt_sip_key key; /* so that nobody chooses whom to push out */
	struct authority_short {
		_Atomic uint32_t version;  /* odd while the words are written */
		_Atomic uint64_t n;        /* 0: free */
		_Atomic uint64_t words[3]; /* address, and all else in the last */
	} at[AUTHORITY_SHORT_SETS][AUTHORITY_SHORT_WAYS];
};

/* Counts one query; source->n is not looked at. */
KT_NONNULL void authority_shorts_count(
    struct authority_shorts *shorts, const struct authority_short_source *source);
/* Copies at most size of them, the busiest first; how many. */
KT_NONNULL size_t authority_shorts_read(const struct authority_shorts *shorts,
    struct authority_short_source *out, size_t size);
