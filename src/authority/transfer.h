/*
 * authority/transfer.h -- zones given away whole: AXFR, and IXFR answered with a full zone.
 *
 * Streams are authority_begin_stream() and what follows it in authority/answer.h.
 *
 * RFC: 5936; 1995 (a full zone answers IXFR, s.4).
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "dns/tsig.h"

/*
 * Answers a question for AXFR or IXFR of class IN.  entry is the zone that the name is in,
 * or NULL; tsig the state of a query whose signature verified, or NULL: the caller signs.
 *
 * A transfer that may begin sets reply->more and writes nothing.  All else is one message:
 * FORMERR for AXFR over UDP (as BIND) and for IXFR without the client's SOA; NOTAUTH when no
 * zone has this name; REFUSED for who is not in transfer-to; SERVFAIL for a zone that is not
 * loaded; the SOA alone for IXFR when the client is up to date, or asks over UDP
 * (RFC 1995 s.2 and s.4).
 */
void authority_transfer(struct authority_worker *worker,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, const struct dns_tsig_state *tsig,
    struct dns_reply *reply);
