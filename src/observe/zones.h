/*
 * observe/zones.h -- what the metrics say about zones.
 *
 *   kotae_zones{state="serving"}                        how many zones are in a state
 *   kotae_zone_serial{zone="example.com."}              of the version that is served
 *   kotae_zone_loaded_timestamp_seconds{zone=...}       when it was loaded
 *   kotae_zone_records{zone=...}                        records in it
 *   kotae_zone_state{zone=...,kotae_zone_state="stale"} 0 or 1
 *
 * Above OBSERVE_ZONES_MAX zones only kotae_zones and the zones that do not serve are
 * listed, so that a scrape stays a few megabytes.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define OBSERVE_ZONES_MAX 10000

enum observe_zone_state {
	OBSERVE_ZONE_SERVING,
	OBSERVE_ZONE_STALE, /* the newest file was refused; the version before is served */
	OBSERVE_ZONE_FAILED, /* nothing to serve */
	OBSERVE_N_ZONE_STATES,
};

extern const char *const observe_zone_states[OBSERVE_N_ZONE_STATES]; /* "serving" ... */

struct observe_zone {
	const char *name; /* text with its final dot; valid until the next call */
	enum observe_zone_state state;
	uint32_t serial;
	int64_t loaded_unix;
	uint64_t records;
};

/* Fills *out with the i-th zone. */
typedef void observe_zone_at(void *ctx, size_t i, struct observe_zone *out);

/* Writes the families above for n zones; `at` is called several times for each. */
void observe_zones(struct kt_text *out, size_t n, observe_zone_at *at, void *ctx);
