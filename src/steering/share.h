/*
 * steering/share.h -- blocks that hold several runs: whose they mostly are, and how long
 * the longest cell in them is.
 *
 * Up to STEERING_SHORT_RUNS runs are weighed when they are asked for.  In a larger block of
 * which one half is of one class, that class has at least half and wins.  What is left, large
 * blocks whose halves are both mixed, is few: for these the winner is kept by the
 * middle of the block, which tells its length, too.  Special and embedded runs have no
 * voice.
 *
 * Memory:   the winners; asking allocates nothing.
 * Threads:  immutable once made.
 */
#pragma once

#include "base/attr.h"
#include "steering/partition.h"

#include <stdint.h>

/* Fills in the longest cells of ranges of entries; the arrays are the partition's. */
KT_NONNULL void steering_share_depths(struct steering_partition *p);
/* Makes the winners.  0 or KT_E_LIMIT when memory is short. */
KT_MUST KT_NONNULL int steering_share_winners(struct steering_partition *p);

/*
 * The class with the largest share of the block's addresses; of equals that which has the
 * lowest.  STEERING_BY_RESOLVER: no class has any.
 */
KT_NONNULL uint16_t steering_share_class(
    const struct steering_partition *p, steering_key key, unsigned len);
/* Length of the longest cell in a block that is larger than the cell of its first address. */
KT_NONNULL unsigned steering_share_longest(
    const struct steering_partition *p, steering_key key, unsigned len);
