/*
 * base/hash.h -- hashes: a fast one for tables, SipHash where it is a MAC.
 *
 * kt_hash_* mix with multiply-fold; the seed is chosen at start, so that tables
 * are laid out differently in each process.  They do not stand against somebody
 * who chooses the keys and watches: tables whose keys outsiders insert use
 * kt_siphash24() with a secret key.
 *
 * RFC: SipHash-2-4 as RFC 9018 s.4.4 uses it.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t kt_hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) *
			(b ^ 0xd6e8feb86659fd93u);
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/*
 * Reads no octet outside, and calls nothing: tails are covered by overlapping loads.
 * Words go through `fold` first, which must treat each octet by itself.
 */
__attribute__((always_inline)) static inline uint64_t kt_hash_folded(
    uint64_t seed, const uint8_t *p, size_t len, uint64_t (*fold)(uint64_t))
{
	uint64_t h = seed ^ len, tail = 0;
	if (len >= 8) {
		for (size_t i = 0; i + 8 < len; i += 8)
			h = kt_hash_mix(h, fold(kt_load64(p + i)));
		tail = kt_load64(p + len - 8);
	} else if (len >= 4) {
		tail = (uint64_t)kt_load32(p) << 32 | kt_load32(p + len - 4);
	} else if (len) {
		tail = (uint64_t)p[0] << 16 | (uint64_t)p[len / 2] << 8 | p[len - 1];
	}
	return kt_hash_mix(h, fold(tail));
}

static inline uint64_t kt_hash_as_is(uint64_t word)
{
	return word;
}

static inline uint64_t kt_hash_octets(uint64_t seed, const void *octets, size_t len)
{
	return kt_hash_folded(seed, octets, len, kt_hash_as_is);
}

/* The hash that the octets have in lower case. */
static inline uint64_t kt_hash_octets_lower(
    uint64_t seed, const void *octets, size_t len)
{
	return kt_hash_folded(seed, octets, len, kt_lower64);
}

/* Maps a hash to 0..n-1 by its high bits, without a division. */
static inline uint32_t kt_hash_slot(uint64_t hash, uint32_t n)
{
	return (uint32_t)(((hash >> 32) * n) >> 32);
}

struct kt_sip_key {
	uint8_t octets[16];
};

KT_NONNULL uint64_t kt_siphash24(
    const struct kt_sip_key *key, const void *octets, size_t len);
