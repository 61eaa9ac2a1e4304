/*
 * base/clock.h -- time as types, so that seconds cannot meet nanoseconds.
 *
 * kt_instant is a point on the monotonic clock and has no calendar; kt_unix is
 * seconds since 1970 UTC, for what is compared with dates (signatures, cookies).
 * Engines are handed both; only shells read clocks.
 */
#pragma once

#include <stdint.h>
#include <time.h>

struct kt_instant {
	int64_t ns;
};

struct kt_span {
	int64_t ns;
};

typedef int64_t kt_unix; /* seconds */

static inline struct kt_span kt_span_ms(int64_t ms)
{
	return (struct kt_span){ ms * 1000000 };
}

static inline struct kt_instant kt_instant_add(
    struct kt_instant at, struct kt_span span)
{
	return (struct kt_instant){ at.ns + span.ns };
}

static inline struct kt_span kt_instant_since(
    struct kt_instant later, struct kt_instant earlier)
{
	return (struct kt_span){ later.ns - earlier.ns };
}

static inline struct kt_instant kt_clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct kt_instant){ (int64_t)t.tv_sec * 1000000000 + t.tv_nsec };
}

static inline kt_unix kt_clock_unix(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}
