/*
 * authority/tsig.h -- signed queries: the keys of the configuration, and signed answers.
 *
 * RFC: 8945 s.5.
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "dns/tsig.h"

/*
 * Judges the TSIG record of a query that has one (q->tsig_at).  0: it verifies.
 * DNS_RCODE_NOTAUTH: it does not; in both cases the answer is to be signed with *state.
 * DNS_RCODE_FORMERR: the record is malformed and *state is not set: the answer goes
 * without one.
 */
KT_MUST KT_NONNULL int authority_tsig_check(const struct authority_config *config,
    const struct dns_query *q, struct dns_tsig_state *state);

/*
 * Room that an answer of at most limit octets should leave for its signature: 0 when
 * there would be too little left for the answer.
 */
KT_NONNULL size_t authority_tsig_room(const struct dns_tsig_state *state, size_t limit);

/*
 * Signs a finished answer, which may have limit octets with its signature.  When they do not
 * suffice it is cut down to header and question with TC (RFC 8945 s.5.3), and where even
 * those do not fit it is not sent: reply->len is 0.
 */
KT_NONNULL void authority_tsig_sign(struct dns_tsig_state *state,
    const struct dns_query *q, size_t limit, struct dns_reply *reply);
