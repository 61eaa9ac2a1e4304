/*
 * base/bytes.h -- numbers in network byte order, at any alignment.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t kt_get16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t kt_get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline uint64_t kt_get48(const uint8_t *p)
{
	return (uint64_t)kt_get16(p) << 32 | kt_get32(p + 2);
}

static inline uint64_t kt_get64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}

static inline void kt_put16(uint8_t *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, 2);
}

static inline void kt_put32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
}

static inline void kt_put48(uint8_t *p, uint64_t v)
{
	kt_put16(p, (uint16_t)(v >> 32));
	kt_put32(p + 2, (uint32_t)v);
}

static inline void kt_put64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, 8);
}

/* As the machine has them: for hashing and comparing only. */
static inline uint64_t kt_load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

static inline uint32_t kt_load32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

/* Octets that are ASCII capitals become small letters. */
static inline uint64_t kt_lower64(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t seven = word & (0x7f * ones);
	uint64_t from_a = seven + (0x80 - 'A') * ones;     /* high bit: 'A' or more */
	uint64_t past_z = seven + (0x80 - 'Z' - 1) * ones; /* high bit: more than 'Z' */
	return word | ((from_a & ~past_z & ~word & (0x80 * ones)) >> 2);
}

/*
 * Copies and compares runs that are mostly short: no call, no octet outside touched; what
 * is longer than 16 goes by overlapping steps of 16.
 */
static inline void kt_copy_short(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n >= 16) {
		for (size_t i = 0; i + 16 < n; i += 16)
			memcpy(to + i, from + i, 16);
		memcpy(to + n - 16, from + n - 16, 16);
	} else if (n >= 8) {
		uint64_t head, tail;
		memcpy(&head, from, 8);
		memcpy(&tail, from + n - 8, 8);
		memcpy(to, &head, 8);
		memcpy(to + n - 8, &tail, 8);
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	}
}

static inline int kt_equal_short(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t x, y;
	if (n < 8) {
		for (size_t i = 0; i < n; i++)
			if (a[i] != b[i])
				return 0;
		return 1;
	}
	for (size_t i = 0; i + 8 < n; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			return 0;
	}
	memcpy(&x, a + n - 8, 8);
	memcpy(&y, b + n - 8, 8);
	return x == y;
}

/* Equal but for the case of ASCII letters? */
static inline int kt_equal_lower(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t x = kt_load64(a + i), y = kt_load64(b + i);
		if (x != y && kt_lower64(x) != kt_lower64(y))
			return 0;
	}
	for (; i < n; i++)
		if (a[i] != b[i] && kt_lower64(a[i]) != kt_lower64(b[i]))
			return 0;
	return 1;
}
