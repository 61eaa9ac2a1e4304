#include "base/hash.h"

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v; /* little endian, as SipHash is defined */
}

static inline uint64_t rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline void rounds(struct sip *s, int n)
{
	while (n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 = rotl(s->v2, 32);
	}
}

uint64_t kt_siphash24(const struct kt_sip_key *key, const void *octets, size_t len)
{
	const uint8_t *p = octets;
	uint64_t k0 = load64(key->octets), k1 = load64(key->octets + 8);
	struct sip s = {
		k0 ^ 0x736f6d6570736575u,
		k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u,
		k1 ^ 0x7465646279746573u,
	};
	uint64_t last = (uint64_t)len << 56;
	for (; len >= 8; p += 8, len -= 8) {
		uint64_t m = load64(p);
		s.v3 ^= m;
		rounds(&s, 2);
		s.v0 ^= m;
	}
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)p[i] << (8 * i);
	s.v3 ^= last;
	rounds(&s, 2);
	s.v0 ^= last;
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
