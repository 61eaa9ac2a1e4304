/*
 * authority/edns.h -- the OPT record of an answer.
 *
 * Client subnets (RFC 7871), NSID (RFC 5001), server cookies (RFC 7873, 9018), extended errors (RFC 8914), the report
 * channel (RFC 9567), the zone's version (RFC 9660), TCP keepalive (RFC 7828).
 */
#pragma once

#include "authority/answer.h"
#include "authority/cookie.h"
#include "base/bytes.h"
#include "base/writer.h"

/*
 * At most this many octets are written; to a client whose UDP messages may have no more than 720
 * octets, so few that header, any question and the record fit in 512.
 */
#define AUTHORITY_OPT_MAX   560
#define AUTHORITY_OPT_SMALL 240

/* A client subnet is the first option, so that its scope can be set when it is known. */
#define AUTHORITY_OPT_SCOPE_AT (DNS_OPT_LEN + 4 + 3)

/* What the query's COOKIE option is worth (never RENEW); NONE when cookies are switched off. */
KT_NONNULL enum authority_cookie authority_cookie_check(
    const struct authority_config *config, const struct dns_query *q);

/* Will the OPT record of an answer with this extended error have no options? */
KT_NONNULL static inline bool authority_opt_is_bare(
    const struct authority_config *config, const struct dns_query *q, int ede)
{
	const struct dns_edns *e = &q->edns;
	return !(e->wants | config->report_agent[0]) && ede == DNS_EDE_NONE;
}

/*
 * Writes the OPT record for an answer with this full rcode; zone may be NULL, ede is
 * enum dns_ede and ede_text (60 octets of it are sent at most) may be NULL.  Writes nothing
 * when the query had no OPT.  Options that do not fit are left out; w->err is set only when
 * the bare record does not fit.
 *
 * Where anything is steered a client subnet is echoed with scope 0 (RFC 7871 s.7.2.1), but not
 * to resolvers that are not trusted: for them it was never there.
 */
void authority_opt_write(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *zone, unsigned rcode, int ede,
    const char *ede_text, struct kt_writer *w);

/* Does an OPT record of len octets, written by authority_opt_write(), have a client subnet? */
static inline bool authority_opt_has_ecs(const uint8_t *opt, size_t len)
{
	return len > AUTHORITY_OPT_SCOPE_AT &&
	       kt_get16(opt + DNS_OPT_LEN) == DNS_EDNS_ECS;
}
