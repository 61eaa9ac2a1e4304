/*
 * authority/denial.h -- the NSEC and NSEC3 records that prove what is not there.
 *
 * Each function adds what RFC 4035 s.3.1.3 or RFC 5155 s.7.2 asks for to the proofs of the
 * answer; nothing when the zone has no chain.
 */
#pragma once

#include "authority/build.h"

/* node exists without the type (or, as a cut, without DS). */
KT_NONNULL void authority_deny_type(struct authority_build *b,
    const struct zone_snapshot *z, const struct zone_node *node);
/* q's name does not exist below its closest encloser, and no wildcard there. */
KT_NONNULL void authority_deny_name(struct authority_build *b,
    const struct zone_snapshot *z, const struct dns_query *q,
    const struct zone_node *encloser);
/* q's name does not exist itself: a wildcard answered for it. */
KT_NONNULL void authority_deny_exact(struct authority_build *b,
    const struct zone_snapshot *z, const struct dns_query *q,
    const struct zone_node *encloser);
/* A wildcard matched q's name and lacks the type. */
KT_NONNULL void authority_deny_wildcard_type(struct authority_build *b,
    const struct zone_snapshot *z, const struct dns_query *q,
    const struct zone_node *encloser, const struct zone_node *wildcard);

/*
 * The chain entry that covers q's name (NSEC) or its next closer name (NSEC3): together
 * with the closest encloser it decides the whole proof.  UINT32_MAX without a chain.
 */
KT_NONNULL uint32_t authority_denial_entry(const struct zone_snapshot *z,
    const struct dns_query *q, const struct zone_node *encloser);
