/*
 * base/arena.h -- memory that is freed together.
 *
 * Memory:  blocks grown by doubling up to 8 MiB (base/block.h); a request larger
 *          than that has a block of its own.  kt_arena_alloc() never returns NULL for
 *          an arena without a cap; with one it returns NULL past it (KT_E_LIMIT to
 *          the caller's caller).
 * Threads: one at a time.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>

struct kt_arena {
	struct kt_arena_block *top;
	size_t used; /* octets handed out */
	size_t cap;  /* 0: none */
};

KT_NONNULL void kt_arena_init(struct kt_arena *arena, size_t cap);
KT_NONNULL void kt_arena_fini(struct kt_arena *arena);
/* Forgets all that was handed out and keeps one block. */
KT_NONNULL void kt_arena_reset(struct kt_arena *arena);
/* Aligned to 16 octets, not cleared. */
KT_NONNULL void *kt_arena_alloc(struct kt_arena *arena, size_t size);
/* The same without alignment, for octets and text. */
KT_NONNULL void *kt_arena_octets(struct kt_arena *arena, size_t size);
KT_NONNULL char *kt_arena_strndup(struct kt_arena *arena, const char *text, size_t len);
