/*
 * daemon/stamp.h -- has a zone file changed since it was read?
 *
 * A stamp is taken before a file is read: time of change, size and inode of the file and
 * of all that it includes.  A file that changed less than a moment before its stamp could
 * change again without a trace: its stamp equals none.
 *
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct stamp {
	uint64_t sum;       /* over all the files; 0: equals no other */
	bool includes;      /* the file has $INCLUDE */
};

/* A file that cannot be read gives a stamp that equals none. */
KT_MUST KT_NONNULL struct stamp stamp_take(const char *path);
/* The file (or what it includes) is as it was. */
KT_NONNULL bool stamp_holds(const struct stamp *stamp, const char *path);
