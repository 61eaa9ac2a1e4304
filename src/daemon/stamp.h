/*
 * daemon/stamp.h -- has a zone file changed since it was read?
 *
 * A stamp is taken before a file is read: times of change, size and inode.  A file that
 * changed less than a moment before its stamp could change again without a trace: its
 * stamp equals none.
 *
 * What a file includes belongs to its stamp, but looking for that means reading it.  So a
 * start takes shallow stamps, and who first asks whether such a stamp holds looks for
 * $INCLUDE; a file that has any is then read again, once, with a deep stamp.
 *
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct stamp {
	uint64_t sum;  /* 0: equals no other */
	bool deep;     /* over the file and what it includes */
	bool includes; /* known when deep */
};

/* A file that cannot be read gives a stamp that equals none. */
KT_MUST KT_NONNULL struct stamp stamp_take(const char *path, bool deep);
/* The file (and what it includes) is as it was.  A shallow stamp that holds becomes deep. */
KT_MUST KT_NONNULL bool stamp_holds(struct stamp *stamp, const char *path);
