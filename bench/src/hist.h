/*
 * bench/src/hist.h -- latencies in log-linear buckets: 16 for each power of two of 64 ns.
 *
 * Threads:  one a histogram.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#define HIST_BUCKETS 4096

struct hist {
	uint64_t count[HIST_BUCKETS];
	uint64_t total;
};

static inline uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void hist_add(struct hist *h, uint64_t ns)
{
	uint64_t v = ns >> 6;
	unsigned b = (unsigned)v;
	if (v >= 16) {
		unsigned e = 63 - (unsigned)__builtin_clzll(v);
		b = (e - 3) * 16 + (unsigned)(v >> (e - 4) & 15);
	}
	h->count[b < HIST_BUCKETS ? b : HIST_BUCKETS - 1]++;
	h->total++;
}

static inline double hist_bucket_us(unsigned b)
{
	if (b < 16)
		return b * 64 / 1000.0;
	unsigned e = b / 16 + 3;
	return (double)((1ull << e) + ((uint64_t)(b & 15) << (e - 4))) * 64 / 1000.0;
}

/* The latency in us that share (0..1) of what was added does not exceed; 0 when empty. */
static inline double hist_quantile_us(const struct hist *h, double share)
{
	uint64_t seen = 0;
	for (unsigned b = 0; h->total && b < HIST_BUCKETS; b++) {
		seen += h->count[b];
		if ((double)seen >= share * (double)h->total)
			return hist_bucket_us(b);
	}
	return 0;
}
