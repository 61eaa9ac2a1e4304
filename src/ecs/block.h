/*
 * ecs/block.h -- addresses and blocks of both families as numbers.
 *
 * An address is a number of 128 bits; IPv4 stands in its first 32, so that a block of
 * length n is always the numbers that share their first n bits.
 */
#pragma once

#include "base/addr.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 ecs_bits;

static inline unsigned ecs_width(unsigned family)
{
	return family == 4 ? 32 : 128;
}

static inline ecs_bits ecs_bits_of(const struct kt_addr *addr)
{
	return (ecs_bits)kt_get64(addr->octets) << 64 | kt_get64(addr->octets + 8);
}

static inline struct kt_addr ecs_addr_of(unsigned family, ecs_bits bits)
{
	struct kt_addr addr = { .family = (uint8_t)family };
	kt_put64(addr.octets, (uint64_t)(bits >> 64));
	kt_put64(addr.octets + 8, (uint64_t)bits);
	if (family == 4)
		for (unsigned i = 4; i < 16; i++)
			addr.octets[i] = 0;
	return addr;
}

/* The bits behind the first len. */
static inline ecs_bits ecs_rest(unsigned len)
{
	return len >= 128 ? 0 : ~(ecs_bits)0 >> len;
}

/* The block of len bits around an address. */
static inline struct kt_prefix ecs_block(unsigned family, ecs_bits bits, unsigned len)
{
	return (struct kt_prefix){ .addr = ecs_addr_of(family, bits & ~ecs_rest(len)),
		.len = (uint8_t)len };
}

static inline struct kt_prefix ecs_cut(const struct kt_prefix *prefix, unsigned len)
{
	return len >= prefix->len
		   ? *prefix
		   : ecs_block(prefix->addr.family, ecs_bits_of(&prefix->addr), len);
}

static inline ecs_bits ecs_last(const struct kt_prefix *prefix)
{
	return ecs_bits_of(&prefix->addr) | ecs_rest(prefix->len);
}

/* By family, address, length: a block stands before those in it. */
static inline int ecs_prefix_compare(
    const struct kt_prefix *a, const struct kt_prefix *b)
{
	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	ecs_bits x = ecs_bits_of(&a->addr), y = ecs_bits_of(&b->addr);
	if (x != y)
		return x < y ? -1 : 1;
	return a->len < b->len ? -1 : a->len > b->len;
}

static inline bool ecs_prefix_equal(
    const struct kt_prefix *a, const struct kt_prefix *b)
{
	return ecs_prefix_compare(a, b) == 0;
}

/* outer holds all of inner. */
static inline bool ecs_prefix_holds(
    const struct kt_prefix *outer, const struct kt_prefix *inner)
{
	return outer->len <= inner->len && kt_prefix_covers(outer, &inner->addr);
}

/* The length of the largest aligned block that begins at first and ends by last. */
static inline unsigned ecs_largest(ecs_bits first, ecs_bits last)
{
	unsigned len = 128;
	while (len > 0 && (first & ecs_rest(len - 1)) == 0 &&
	       (first | ecs_rest(len - 1)) <= last)
		len--;
	return len;
}
