/*
 * dnssec/rrsig.h -- signatures over RRsets.
 *
 * Input:    hostile rdata of RRSIG and of the set; owner is a whole, valid name.
 * Memory:   the canonical form is built in an arena that the caller resets; with a cap
 *           that limits the work that one set can order.
 * Threads:  an arena belongs to one.
 * RFC:      4034 s.3, s.6; 4035 s.5.3; 6840 s.5.1; serial arithmetic: 1982.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "crypto/verify.h"

#include <stddef.h>
#include <stdint.h>

/* RRSIG rdata taken apart; pointers go into the rdata. */
struct dnssec_rrsig {
	uint16_t covered;
	uint8_t algorithm, labels;
	uint32_t original_ttl, expiration, inception;
	uint16_t tag;
	const uint8_t *head;   /* the fixed fields */
	const uint8_t *signer; /* a name in wire form, letter case as it came */
	const uint8_t *signature;
	size_t signer_len, signature_len;
};

/* 0, KT_E_SHORT, or what dns_name_measure() says of the signer's name. */
KT_MUST KT_NONNULL int dnssec_rrsig_read(
    const uint8_t *rdata, size_t len, struct dnssec_rrsig *out);

enum dnssec_validity {
	DNSSEC_VALID,
	DNSSEC_EXPIRED,
	DNSSEC_NOT_YET_VALID,
};

/* Both ends belong to the period (RFC 4034 s.3.1.5). */
KT_NONNULL KT_PURE enum dnssec_validity dnssec_rrsig_validity(
    const struct dnssec_rrsig *sig, kt_unix at);

/*
 * A set of records: n_rr times two octets of length in network order and so many of
 * rdata, in any order.
 */
struct dnssec_rrset {
	const uint8_t *owner; /* as asked or loaded; letter case does not matter */
	uint16_t type;
	uint16_t class;
	uint32_t n_rr;
	const uint8_t *data;
	size_t size; /* octets of data */
};

/*
 * The octets that the signature is over (RFC 4034 s.3.1.8.1): TTL, owner of a wildcard
 * and letter case as the signer had them, records sorted, each once.  0 and *out in the
 * arena; KT_E_BAD_SIGNATURE: the signature has more labels than the owner, or is over
 * another type; KT_E_SHORT: the set is shorter than it says; KT_E_LIMIT.
 */
KT_MUST KT_NONNULL int dnssec_rrsig_signed_data(const struct dnssec_rrset *set,
    const struct dnssec_rrsig *sig, struct kt_arena *arena, struct crypto_piece *out);

/*
 * Verifies by a key whose tag, algorithm and owner the caller has matched; the time is
 * not looked at.  0, KT_E_BAD_SIGNATURE, KT_E_SHORT, KT_E_LIMIT or KT_E_CRYPTO.
 */
KT_MUST KT_NONNULL int dnssec_rrsig_verify(const struct dnssec_rrset *set,
    const struct dnssec_rrsig *sig, const struct crypto_key *key,
    struct kt_arena *arena);
