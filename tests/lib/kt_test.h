/*
 * tests/lib/kt_test.h -- on top of cmocka: octets that differ are shown as hex, and
 * random tests tell the seed that repeats them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static inline void kt_test_hex(const char *what, const void *octets, size_t len)
{
	const uint8_t *p = octets;
	fprintf(stderr, "%s (%zu):", what, len);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "%s%02x", i % 32 ? "" : "\n  ", p[i]);
	fputc('\n', stderr);
}

#define assert_octets(found, found_len, expected, expected_len) \
 kt_test_octets((found), (found_len), (expected), (expected_len), __FILE__, __LINE__)

static inline void kt_test_octets(const void *found, size_t found_len,
    const void *expected, size_t expected_len, const char *file, int line)
{
	if (found_len == expected_len && memcmp(found, expected, found_len) == 0)
		return;
	kt_test_hex("found", found, found_len);
	kt_test_hex("expected", expected, expected_len);
	_fail(file, line);
}

/* A seed from KT_TEST_SEED or the clock; printed, so that a failure can be repeated. */
static inline uint64_t kt_test_seed(void)
{
	const char *given = getenv("KT_TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	fprintf(stderr, "KT_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static inline uint64_t kt_test_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
