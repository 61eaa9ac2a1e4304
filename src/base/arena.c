#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

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
		free(block);
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
	struct kt_arena_block *b = kt_malloc(sizeof(*b) + block);
	b->below = arena->top;
	b->size = block;
	b->used = 0;
	return arena->top = b;
}

void *kt_arena_alloc(struct kt_arena *arena, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	if (arena->cap && size > arena->cap - arena->used)
		return NULL;
	struct kt_arena_block *b = arena->top;
	if (!b || b->size - b->used < size)
		b = add_block(arena, size);
	void *at = b->at + b->used;
	b->used += size;
	arena->used += size;
	return at;
}

char *kt_arena_strndup(struct kt_arena *arena, const char *text, size_t len)
{
	char *copy = kt_arena_alloc(arena, len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}
