/*
 * authority/random.h -- numbers for choices by chance: quick, one sequence a worker.
 *
 * xoshiro256** (Blackman and Vigna).  Who sees its numbers can work out the next ones: it is
 * for shares of load, not for secrets.
 */
#pragma once

#include "base/attr.h"
#include "crypto/digest.h"

#include <stdint.h>

struct authority_random {
	uint64_t s[4]; /* not all 0 */
};

static inline void authority_random_seed(struct authority_random *r)
{
	crypto_random(r, sizeof(*r));
	r->s[0] |= 1;
}

static inline uint64_t authority_random_turn(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline uint64_t authority_random_next(struct authority_random *r)
{
	uint64_t *s = r->s, result = authority_random_turn(s[1] * 5, 7) * 9,
		 t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = authority_random_turn(s[3], 45);
	return result;
}
