/*
 * dnssec/ds.h -- DS records: digests of keys.
 *
 * Input:    hostile rdata; owner is a whole, valid name.
 * Threads:  any.
 * RFC:      4034 s.5, 4509 (SHA-256), 6605 s.2 (SHA-384).
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNSSEC_DS_DIGEST_MAX 48

/* DS and CDS rdata taken apart; digest goes into the rdata. */
struct dnssec_ds {
	uint16_t tag;
	uint8_t algorithm, digest_type;
	const uint8_t *digest;
	size_t digest_len;
};

/* 0 or KT_E_SHORT. */
KT_MUST KT_NONNULL int dnssec_ds_read(
    const uint8_t *rdata, size_t len, struct dnssec_ds *out);

/* Octets of digest type 1 (SHA-1), 2 (SHA-256) or 4 (SHA-384); 0: not supported. */
size_t dnssec_ds_digest_size(uint8_t digest_type);

/*
 * The digest that a DS of this type has for a DNSKEY at owner (letter case does not
 * matter).  0, KT_E_UNSUPPORTED or KT_E_CRYPTO.
 */
KT_MUST KT_NONNULL int dnssec_ds_digest(uint8_t digest_type, const uint8_t *owner,
    const uint8_t *dnskey, size_t len, uint8_t out[DNSSEC_DS_DIGEST_MAX]);

/*
 * Does the DS point to this DNSKEY: tag, algorithm and digest?  0; KT_E_NOT_FOUND: to
 * another; KT_E_UNSUPPORTED: its digest type is not known; KT_E_SHORT; KT_E_CRYPTO.
 */
KT_MUST KT_NONNULL int dnssec_ds_matches(const uint8_t *ds, size_t ds_len,
    const uint8_t *owner, const uint8_t *dnskey, size_t len);
