/*
 * authority/build.h -- an answer put together from a zone's data, section by section.
 *
 * The general way: it knows every kind of answer.  What it made is kept as an image
 * where that pays.
 *
 * RFC:      1034 s.4.3.2, 2181 s.9 (TC), 2308 (negative answers), 4035 s.3.1, 5155 s.7.2,
 *           6604, 6672, 8482, 9471 (glue).
 */
#pragma once

#include "authority/answer.h"
#include "authority/match.h"
#include "authority/steer.h"
#include "base/attr.h"
#include "dns/message.h"

#include <stdbool.h>

enum {
	AUTHORITY_CHAIN_MAX = 16,  /* CNAME and DNAME steps in one answer */
	AUTHORITY_PROOFS_MAX = 32, /* distinct proof records in one answer */
};

struct authority_build {
	const struct authority_config *config;
	const struct dns_query *q; /* as it came */
	struct dns_query *step;    /* scratch: the name that a chain has come to */
	struct dns_message_writer *m;
	struct authority_steer *steer;
	bool dnssec;    /* DO */
	unsigned slack; /* octets that optional records leave free */
	/* the result; all from here on is authority_build()'s to set */
	uint8_t rcode;
	bool authoritative;
	bool truncated;
	bool partial;    /* something optional was left out for want of room */
	uint8_t counter; /* enum authority_counter */
	/* proofs gathered while the answer section is written; they stand behind it */
	struct authority_proof {
		const struct zone_node *node;
		const struct zone_rrset *set;
	} proof[AUTHORITY_PROOFS_MAX];
	unsigned n_proofs;
	/* what a chain has passed: its names, and the DNAMEs that are in the answer */
	struct dns_name seen[AUTHORITY_CHAIN_MAX];
	const struct zone_rrset *dname[AUTHORITY_CHAIN_MAX];
	unsigned n_steps;
	uint16_t
	    answer_names; /* the writer's n_names before the last set of the answer */
};

/*
 * Builds the answer to b->q, which match is the zone's word on, and steering's where the
 * name is steered; b->m has been begun, with the room that the answer may take.  What a chain
 * of aliases leads to is asked of b->steer.  RCODE SERVFAIL: nothing was put.
 */
KT_NONNULL void authority_build(
    struct authority_build *b, const struct authority_match *match);

/* Puts a set and, with DO, its signatures. */
KT_NONNULL void authority_put_set(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set);
/* A set of a denial chain that the authority section shall have, once. */
void authority_add_proof(struct authority_build *b, const struct zone_node *node,
    const struct zone_rrset *set);
