#include "base/block.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	HUGE_PAGE = 2 << 20,
	PAGE = 4096
};

static size_t rounded(size_t size)
{
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void *map(size_t size)
{
	size = rounded(size);
	uint8_t *at = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	size_t before = -(uintptr_t)at & (HUGE_PAGE - 1);
	if (before)
		munmap(at, before);
	if (before != HUGE_PAGE)
		munmap(at + before + size, HUGE_PAGE - before);
	/* A system without huge pages is as good, only slower. */
	(void)madvise(at + before, size, MADV_HUGEPAGE);
	return at + before;
}

void *kt_block_new(size_t size)
{
	return size >= KT_BLOCK_LARGE ? map(size) : malloc(size);
}

void *kt_block_trim(void *block, size_t size, size_t smaller)
{
	if (size < KT_BLOCK_LARGE)
		return kt_realloc(block, smaller);
	if (smaller < KT_BLOCK_LARGE) {
		void *moved = kt_malloc(smaller);
		memcpy(moved, block, smaller);
		munmap(block, rounded(size));
		return moved;
	}
	size_t keep = rounded(smaller);
	if (keep < rounded(size))
		munmap((uint8_t *)block + keep, rounded(size) - keep);
	return block;
}

void kt_block_free(void *block, size_t size)
{
	if (block && size >= KT_BLOCK_LARGE)
		munmap(block, rounded(size));
	else
		free(block);
}
