/*
 * authority/steer.h -- what steering says to a question, and how far it holds.
 *
 * authority_match() finds that a name is steered; what is answered for it is chosen here, and
 * the scope of the client subnet (RFC 7871 s.7.2.1) is gathered along a chain of aliases:
 *
 *   - The scope is that of the steered owner, and the longest of several.  Without a client
 *     subnet that counts it is 0, as it is where nothing was steered.
 *   - A chain that comes to a second name whose map parts the networks in another way ends
 *     with the alias: one answer can declare one partition only.
 *   - A map with ecs: false chooses by the resolver's address.  That is right for whoever
 *     asks this resolver, so its scope is 0.
 *   - Nothing is up, and nothing is to be answered then: NODATA, for ttl-min at most and with
 *     the scope of the cell.  In a signed zone SERVFAIL with an extended error, where the
 *     zone's own proof would say that the type is there.
 *   - A set that could not be signed: SERVFAIL with an extended error.
 *
 * Threads:  one worker.
 * RFC:      7871 s.7.2.1, 7.4, 10, 11.1; 2308 s.5; 4035 s.3.1.3.1; 8914.
 */
#pragma once

#include "authority/answer.h"
#include "authority/match.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* One answer's dealings with steering. */
struct authority_steer {
	struct authority_worker *w;
	const struct authority_config *config;
	const struct dns_query *q; /* as it came */
	const struct dns_ecs *ecs; /* NULL: none, or it does not count */
	/* the result */
	bool asked; /* the answer is not the zone's alone: no image of it is kept */
	bool short_counted;
	uint8_t scope;
	uint32_t negative_ttl_s; /* at most, for the SOA of a negative answer */
	const char *failure;     /* AUTHORITY_FAILED: why */
	const struct steering_service *tailored; /* the first whose answers differ */
};

/* ecs: q has a client subnet that counts. */
KT_NONNULL void authority_steer_begin(struct authority_steer *steer,
    struct authority_worker *w, const struct authority_config *config,
    const struct dns_query *q, bool ecs);

/*
 * Decides a match of kind AUTHORITY_STEERED for q, the present name of the chain: it then has
 * another kind.  false: the chain ends before this name.
 */
KT_MUST KT_NONNULL KT_HOT bool authority_steer(struct authority_steer *steer,
    const struct zone_entry *entry, const struct dns_query *q,
    struct authority_match *match);

/* For QTYPE ANY and RRSIG at match->node: the set of one type; false: there is none. */
KT_MUST KT_NONNULL bool authority_steer_type(struct authority_steer *steer,
    const struct authority_match *match, enum steering_type type,
    struct authority_chosen *out);
/* Is this a type that match->service answers with, in place of the zone's own records? */
KT_NONNULL bool authority_steer_has(const struct authority_match *match, uint16_t type);
/* Nothing was found for match->service: NODATA, or failed. */
KT_NONNULL void authority_steer_nothing(struct authority_steer *steer,
    const struct dns_query *q, struct authority_match *match);
