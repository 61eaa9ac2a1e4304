/*
 * base/block.h -- large blocks of memory, on huge pages where the system has them.
 *
 * A block of KT_BLOCK_LARGE octets or more is mapped by itself, aligned so that huge
 * pages can back it: fewer page faults when it is filled, fewer translation misses when it
 * is read at random, and all of it goes back to the system when it is freed.  Smaller
 * blocks come from the heap.
 *
 * Memory:   the caller keeps the size and hands it back.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>

#define KT_BLOCK_LARGE ((size_t)4 << 20)

/* NULL when memory is short.  Not cleared. */
KT_MUST void *kt_block_new(size_t size);
/* Makes it smaller; the block may move.  Never fails. */
KT_MUST KT_NONNULL void *kt_block_trim(void *block, size_t size, size_t smaller);
void kt_block_free(void *block, size_t size);
