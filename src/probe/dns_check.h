/*
 * probe/dns_check.h -- the question of a DNS probe, and whether an answer is one to it.
 *
 * Header and question are all that is looked at: the rcode is what is wanted.
 *
 * Input:    probe_dns_check() takes hostile octets, at most the start of a message.
 * RFC:      1035 s.4.1; 5452 s.9.1 (what must match); 4343 (letter case).
 */
#pragma once

#include "base/attr.h"
#include "dns/name.h"

#include <stddef.h>
#include <stdint.h>

/* Header, the longest name, type, class; what is behind them is not needed. */
#define PROBE_DNS_MAX 512

struct probe_dns_question {
	uint16_t id;
	uint16_t type; /* of class IN */
	const struct dns_name *name;
};

/* The message, in PROBE_DNS_MAX octets; its length. */
KT_MUST KT_NONNULL size_t probe_dns_ask(
    const struct probe_dns_question *q, uint8_t *out);

/*
 * The rcode (0 to 15) of an answer to the question, or KT_E_REFUSED: it is none.  A server that
 * does not understand the question (FORMERR, NOTIMP) may leave it out.
 */
KT_MUST KT_NONNULL int probe_dns_check(
    const struct probe_dns_question *q, const uint8_t *octets, size_t len);

/* "SERVFAIL", or "rcode 12" in out, which has 16 octets. */
KT_NONNULL const char *probe_dns_rcode(unsigned rcode, char out[16]);
