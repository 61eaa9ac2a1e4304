/*
 * cli/findings.h -- what zone/check.h finds, as lines or JSON.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "zone/check.h"
#include "zone/snapshot.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

#define CLI_FINDINGS_EACH  20 /* lines of one word for a zone; the others are counted */
#define CLI_FINDINGS_WORDS 64

struct cli_findings {
	const char *file; /* of the zone at hand; NULL: none */
	struct json_t
	    *list; /* with JSON: the findings of the zone at hand; else NULL */
	size_t errors, warnings; /* so far */
	struct {
		const char *word;
		size_t n;
	} words[CLI_FINDINGS_WORDS]; /* of the zone at hand */
	struct cli_progress
	    *progress; /* its line is taken away before a finding; may be NULL */
};

/* Checks a zone as of `at`: prints each finding on stdout, or adds it to list. */
KT_NONNULL void cli_findings_take(
    struct cli_findings *findings, const struct zone_snapshot *zone, kt_unix at);
/* CLI_CLEAN, CLI_FINDINGS when there are warnings only, CLI_ERROR. */
KT_NONNULL int cli_findings_status(const struct cli_findings *findings);
