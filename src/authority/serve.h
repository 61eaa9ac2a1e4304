/*
 * authority/serve.h -- an answer from a zone, the quickest way that says all of it: a set
 * copied as it lies, an image copied, or the answer built (docs/architecture.md).
 */
#pragma once

#include "authority/answer.h"
#include "authority/edns.h"
#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* The OPT record that an answer will end with, written ahead so that its size is known. */
struct authority_opt {
	size_t len; /* 0: none */
	uint8_t octets[AUTHORITY_OPT_MAX];
};

/* Once a query: counts a client subnet. */
void authority_opt_make(struct authority_worker *w, struct authority_opt *opt,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, unsigned rcode, int ede);

/* Ends the message that the worker's writer holds; room for opt was kept back. */
KT_NONNULL void authority_finish(struct authority_worker *w,
    const struct authority_opt *opt, unsigned rcode, unsigned flags,
    struct dns_reply *reply);

/* Octets that the answer may have (RFC 6891 s.6.2.3 to 6.2.5). */
KT_NONNULL size_t authority_limit(const struct authority_config *config,
    const struct dns_query *q, const struct dns_reply *reply);

/* The flags that an answer takes over from its query, and QR. */
static inline unsigned authority_flags(const struct dns_query *q)
{
	/* CD is not copied: RFC 4035 s.3.1.6 */
	return DNS_FLAG_QR | (q->flags & (0x7800u | DNS_FLAG_RD));
}

/* entry has a zone, and q's name is in it. */
KT_NONNULL KT_HOT void authority_serve(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply);

static inline void authority_count(uint64_t *counters, enum authority_counter counter)
{
	counters[counter]++;
}
