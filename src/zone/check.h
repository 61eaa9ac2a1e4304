/*
 * zone/check.h -- what is wrong with a zone, in two grades.
 *
 * An error is what no server should serve; a warning is what an operator should look at
 * (expired signatures among them: the daemon serves such a zone and says so).  Each
 * finding has a stable word ("mx-to-cname") for machines and exceptions.
 *
 * Input:    any snapshot; hostile zone data costs work linear in its size but for
 *           signature checks, which are bounded by max_signatures.
 * Threads:  reads a snapshot; several at once.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "zone/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

struct zone_finding {
	enum kt_grade grade;
	const char *word;     /* "missing-glue" */
	const uint8_t *owner; /* wire; valid as long as the snapshot */
	uint16_t type;        /* 0: no particular one */
	const char *text;     /* a sentence; valid until the callback returns */
};

typedef void zone_finding_take(void *ctx, const struct zone_finding *finding);

struct zone_check_options {
	kt_unix at;              /* the time for which signatures are judged */
	bool signatures;         /* verify RRSIGs and the denial chain (dear) */
	uint64_t max_signatures; /* verify at most this many; 0: all */
};

/* Calls take for each finding, in the order of the zone.  Returns the number of errors. */
KT_NONNULL unsigned zone_check(const struct zone_snapshot *zone,
    const struct zone_check_options *options, zone_finding_take *take, void *ctx);
