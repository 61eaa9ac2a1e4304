/*
 * authority/chaos.h -- who answers here: the class CH.
 *
 * TXT (and ANY) at id.server and hostname.bind give the node's name (RFC 4892), at
 * version.bind and version.server the configured version.  Everything else, and what is not
 * configured, is REFUSED, as by NSD and Knot.
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "dns/message.h"

/*
 * Answers a question of class CH: call it between dns_message_begin(), with AA, and
 * dns_message_finish().  Returns the rcode; with REFUSED nothing was written.
 */
KT_MUST KT_NONNULL int authority_chaos(const struct authority_config *config,
    const struct dns_query *q, struct dns_message_writer *m);
