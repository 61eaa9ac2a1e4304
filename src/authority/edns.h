/*
 * authority/edns.h -- the OPT record of an answer.
 *
 * NSID (RFC 5001), server cookies (RFC 7873, 9018), extended errors (RFC 8914), the report
 * channel (RFC 9567), the zone's version (RFC 9660), TCP keepalive (RFC 7828).
 */
#pragma once

#include "authority/answer.h"
#include "authority/cookie.h"
#include "base/writer.h"

/*
 * At most this many octets are written; to a client whose UDP messages may have no more than 720
 * octets, so few that header, any question and the record fit in 512.
 */
#define AUTHORITY_OPT_MAX   512
#define AUTHORITY_OPT_SMALL 240

/* What the query's COOKIE option is worth (never RENEW); NONE when cookies are switched off. */
KT_NONNULL enum authority_cookie authority_cookie_check(
    const struct authority_config *config, const struct dns_query *q);

/* Will the OPT record of an answer with this extended error have no options? */
KT_NONNULL static inline bool authority_opt_is_bare(
    const struct authority_config *config, const struct dns_query *q, int ede)
{
	const struct dns_edns *e = &q->edns;
	return !(e->cookie_len | e->nsid | e->zoneversion | e->keepalive |
		   config->report_agent[0]) &&
	       ede == DNS_EDE_NONE;
}

/*
 * Writes the OPT record for an answer with this full rcode; zone may be NULL, ede is
 * enum dns_ede and ede_text (60 octets of it are sent at most) may be NULL.  Writes nothing
 * when the query had no OPT.  Options that do not fit are left out; w->err is set only when
 * the bare record does not fit.  A query's ECS option is not echoed: answers here
 * are the same for everybody (RFC 7871 s.7.2.1).
 */
void authority_opt_write(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *zone, unsigned rcode, int ede,
    const char *ede_text, struct kt_writer *w);
