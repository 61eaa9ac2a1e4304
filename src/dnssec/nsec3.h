/*
 * dnssec/nsec3.h -- hashed owner names of NSEC3.
 *
 * Input:    any salt and name; iterations are bounded by DNSSEC_NSEC3_ITERATIONS_MAX,
 *           so that a record cannot order more work than that.
 * Threads:  any; the digest's context is one a thread.
 * RFC:      5155 s.5 (hash), s.3.2 and s.3.3 (rdata), 9276 (iterations); 4648 s.7 (base32hex).
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define DNSSEC_NSEC3_SHA1           1    /* the one hash algorithm there is */
#define DNSSEC_NSEC3_OPT_OUT        1    /* in flags */
#define DNSSEC_NSEC3_HASH           20   /* octets */
#define DNSSEC_NSEC3_LABEL          32   /* characters of base32hex */
#define DNSSEC_NSEC3_ITERATIONS_MAX 2500 /* RFC 5155 s.10.3, for the largest keys */

/*
 * The hash of a name in wire form and lower case.
 * 0; KT_E_LIMIT: too many iterations; KT_E_CRYPTO.
 */
KT_MUST int dnssec_nsec3_hash(const uint8_t *salt, size_t salt_len, unsigned iterations,
    const uint8_t *name, uint8_t out[DNSSEC_NSEC3_HASH]);

/* In base32hex, lower case, DNSSEC_NSEC3_LABEL characters without a NUL. */
KT_NONNULL void dnssec_nsec3_label_print(
    const uint8_t hash[DNSSEC_NSEC3_HASH], uint8_t out[DNSSEC_NSEC3_LABEL]);
/*
 * From a label (its length octet first), letters in either case.  0 or KT_E_FORMAT.
 */
KT_MUST KT_NONNULL int dnssec_nsec3_label_scan(
    const uint8_t *label, uint8_t out[DNSSEC_NSEC3_HASH]);

/* NSEC3 and NSEC3PARAM rdata taken apart; pointers go into the rdata. */
struct dnssec_nsec3 {
	uint8_t hash, flags, salt_len, next_len;
	uint16_t iterations;
	const uint8_t *salt;
	const uint8_t *next;   /* NSEC3 only; next_len octets */
	const uint8_t *bitmap; /* NSEC3 only */
	size_t bitmap_len;
};

/* 0, KT_E_SHORT, or KT_E_FORMAT: NSEC3PARAM has something behind the salt. */
KT_MUST KT_NONNULL int dnssec_nsec3_read(
    const uint8_t *rdata, size_t len, struct dnssec_nsec3 *out);
KT_MUST KT_NONNULL int dnssec_nsec3param_read(
    const uint8_t *rdata, size_t len, struct dnssec_nsec3 *out);
