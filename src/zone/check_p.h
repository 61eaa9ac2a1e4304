/*
 * zone/check_p.h -- inside the checks: what they share.
 *
 * zone_check() walks the nodes once, in order; each file looks at one matter of a node:
 * data (types that do not go together), targets (names that others point to), sig
 * (RRSIG), nsec and nsec3 (the denial chains), zonemd (at the apex only).
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "crypto/verify.h"
#include "dnssec/key.h"
#include "zone/check.h"

#include <stdbool.h>
#include <stdint.h>

struct zone_check_key {
	struct dnssec_key key;
	struct crypto_key *crypto; /* NULL: its algorithm is not known */
};

struct zone_check {
	const struct zone_snapshot *zone;
	const struct zone_check_options *options;
	zone_finding_take *take;
	void *ctx;
	unsigned errors;
	char name[2][DNS_NAME_TEXT]; /* for zone_check_name() */
	char type[2][DNS_TYPE_TEXT];
	unsigned turn;

	bool is_signed; /* the apex has keys and signatures: all must be signed */
	struct zone_check_key *keys;
	size_t n_keys;
	uint64_t algorithms[4]; /* of zone keys that are not revoked: one bit each */
	uint64_t algorithms_missed[4]; /* found to sign not everything: told once */
	uint64_t n_signatures;         /* verified */
	struct kt_arena arena;         /* for one signature */

	bool wants_nsec;
	/* NSEC3: for each node in order its place in the chain, NONE or SKIPPED */
	uint32_t *nsec3_place;
	uint32_t node_index; /* of the node at hand */
	bool *nsec3_wanted;  /* for each entry of the chain: some name hashes to it */
};

/* What a node is to DNSSEC. */
enum zone_check_kind {
	CHECK_DATA,  /* a name with authoritative data */
	CHECK_CUT,   /* a delegation */
	CHECK_EMPTY, /* an empty non-terminal */
	CHECK_BELOW, /* under a cut or a DNAME */
	CHECK_NONE,  /* no name at all: NSEC3, or leftovers of NSEC and RRSIG */
};

KT_NONNULL enum zone_check_kind zone_check_kind(
    const struct zone_snapshot *zone, const struct zone_node *node);

/* Reports a finding; type 0: no particular one. */
KT_PRINTF(6, 7)
void zone_check_report(struct zone_check *c, enum kt_grade grade, const char *word,
    const struct zone_node *node, uint16_t type, const char *format, ...);
/* Text that stays until the next but one call. */
KT_NONNULL const char *zone_check_name(struct zone_check *c, const uint8_t *wire);
KT_NONNULL const char *zone_check_type(struct zone_check *c, uint16_t type);

KT_NONNULL void zone_check_data(struct zone_check *c, const struct zone_node *node);
KT_NONNULL void zone_check_targets(struct zone_check *c, const struct zone_node *node);
KT_NONNULL void zone_check_zonemd(struct zone_check *c, const struct zone_node *apex);

KT_NONNULL void zone_check_sig_begin(struct zone_check *c);
KT_NONNULL void zone_check_sig(struct zone_check *c, const struct zone_node *node);
KT_NONNULL void zone_check_sig_end(struct zone_check *c);

/* Which chains a signed zone should have; told when there is none. */
KT_NONNULL void zone_check_nsec_begin(struct zone_check *c);
KT_NONNULL void zone_check_nsec(struct zone_check *c, const struct zone_node *node);
KT_NONNULL void zone_check_nsec3_begin(struct zone_check *c);
KT_NONNULL void zone_check_nsec3(struct zone_check *c, const struct zone_node *node);
KT_NONNULL void zone_check_nsec3_end(struct zone_check *c);

/*
 * Compares a type bitmap with the n types that it should have, in rising order; reports
 * the first difference under word.
 */
KT_NONNULL void zone_check_bitmap(struct zone_check *c, const char *word,
    const struct zone_node *node, uint16_t type, const uint8_t *bitmap, size_t len,
    const uint16_t *types, size_t n);
