#include "base/arena.h"

#include "base/block.h"
#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

enum {
	FIRST_BLOCK = 4096,
	LARGEST_BLOCK = 1 << 20
};

struct kt_arena_block {
	struct kt_arena_block *below;
	size_t size;
	size_t used;
	alignas(16) uint8_t at[];
};

void kt_arena_init(struct kt_arena *arena, size_t cap)
{
	*arena = (struct kt_arena){ .cap = cap };
}

static void free_below(struct kt_arena_block *block)
{
	while (block) {
		struct kt_arena_block *below = block->below;
		kt_block_free(block, sizeof(*block) + block->size);
		block = below;
	}
}

void kt_arena_fini(struct kt_arena *arena)
{
	free_below(arena->top);
	*arena = (struct kt_arena){ .cap = arena->cap };
}

void kt_arena_reset(struct kt_arena *arena)
{
	if (arena->top) {
		free_below(arena->top->below);
		arena->top->below = NULL;
		arena->top->used = 0;
	}
	arena->used = 0;
}

static struct kt_arena_block *add_block(struct kt_arena *arena, size_t size)
{
	size_t block = arena->top ? arena->top->size * 2 : FIRST_BLOCK;
	if (block > LARGEST_BLOCK)
		block = LARGEST_BLOCK;
	if (block < size)
		block = size;
	struct kt_arena_block *b = kt_block_new(sizeof(*b) + block);
	kt_require(b != NULL);
	b->below = arena->top;
	b->size = block;
	b->used = 0;
	return arena->top = b;
}

static void *take(struct kt_arena *arena, size_t size, size_t align)
{
	if (arena->cap && size + align > arena->cap - arena->used)
		return NULL;
	struct kt_arena_block *b = arena->top;
	if (!b || b->size - b->used < size + align)
		b = add_block(arena, size + align);
	size_t start = (b->used + align - 1) & ~(align - 1);
	arena->used += start + size - b->used;
	b->used = start + size;
	return b->at + start;
}

void *kt_arena_alloc(struct kt_arena *arena, size_t size)
{
	return take(arena, size, 16);
}

void *kt_arena_octets(struct kt_arena *arena, size_t size)
{
	return take(arena, size, 1);
}

char *kt_arena_strndup(struct kt_arena *arena, const char *text, size_t len)
{
	char *copy = kt_arena_octets(arena, len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}
