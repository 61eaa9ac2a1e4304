/*
 * steering/match.h -- from a place (country, subdivision, continent, AS) to a region, by the
 * lines of geo.match.  The most telling line counts, wherever it stands: AS, subdivision,
 * country, continent, "*".
 *
 * Memory:   the matcher owns its table; the keys are the configuration's.
 * Threads:  immutable once made.
 * RFC:      8805 s.2.1.1 (codes, whatever their case).
 */
#pragma once

#include "base/attr.h"
#include "conf/steering.h"

#include <stddef.h>
#include <stdint.h>

#define STEERING_CODE_MAX 8 /* octets of "JP-13", with NUL */

enum steering_place_kind {
	STEERING_PLACE_ANY = 1,
	STEERING_PLACE_CONTINENT = 2,
	STEERING_PLACE_COUNTRY = 4,
	STEERING_PLACE_SUBDIVISION = 8,
	STEERING_PLACE_AS = 16,
};

struct steering_place {
	unsigned kinds; /* which are known */
	char continent[STEERING_CODE_MAX], country[STEERING_CODE_MAX];
	/* Smallest last: "GB-ENG", "GB-OXF" */
	char subdivision[2][STEERING_CODE_MAX];
	uint32_t as;
};

struct steering_matcher {
	const struct conf_geo_match **list; /* by key */
	size_t n;
};

KT_NONNULL void steering_matcher_init(
    struct steering_matcher *matcher, const struct conf_geo *geo);
KT_NONNULL void steering_matcher_fini(struct steering_matcher *matcher);
/* The line that matches, or NULL. */
KT_NONNULL const struct conf_geo_match *steering_matcher_find(
    const struct steering_matcher *matcher, const struct steering_place *place);
/* What a place must have for the key to match. */
KT_NONNULL enum steering_place_kind steering_match_kind(const char *key);
/* A code in capitals; false: there is none, or it is too long to be one. */
KT_NONNULL bool steering_code_take(
    char code[STEERING_CODE_MAX], const char *text, size_t len);
