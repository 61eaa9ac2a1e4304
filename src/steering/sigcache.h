/*
 * steering/sigcache.h -- signatures by content.
 *
 * What is signed is kept by signer, owner, type, TTL and records, so that an answer which
 * comes back (a server is up again) costs no signature.  The least recently used go first.
 * A reload hands the cache on: it is counted.
 *
 * Memory:   sigcache_get() and _put() count; what sigcache_sign() gave holds until its next
 *           call.  At most the limit of entries, each about 200 octets beside its records.
 * Threads:  sigcache_get() and _put(): any; the rest: one.
 * RFC:      4034 s.3; 6781 s.4.4.2 (times of signatures).
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "dnssec/signer.h"

#include <stddef.h>
#include <stdint.h>

struct sigcache;

#define SIGCACHE_BEFORE_S   3600 /* clocks of validators may be slow */
#define SIGCACHE_VALIDITY_S (14 * 86400)

KT_MUST struct sigcache *sigcache_new(size_t limit);
KT_NONNULL struct sigcache *sigcache_get(struct sigcache *cache);
void sigcache_put(struct sigcache *cache);
/* Entries at most; more than that are dropped when the next comes. */
KT_NONNULL void sigcache_limit(struct sigcache *cache, size_t limit);
KT_NONNULL size_t sigcache_count(const struct sigcache *cache);

struct sigcache_result {
	const uint8_t *data; /* n times rdlen and RRSIG rdata */
	uint32_t size;
	uint16_t n;
	bool made;          /* now, not found */
	kt_unix refresh_at; /* sign again then */
};

/*
 * Signatures over a set: those that are kept, or new ones, valid from an hour before `now` on
 * for SIGCACHE_VALIDITY_S.  New ones are due within its half, each owner at its own time.
 * When signing fails kept ones serve until their end.  0 or what dnssec_sign() says.
 */
KT_MUST KT_NONNULL int sigcache_sign(struct sigcache *cache,
    const struct dnssec_signer *signer, const struct dnssec_rrset *set, uint32_t ttl_s,
    kt_unix now, struct kt_arena *scratch, struct sigcache_result *out);
