/*
 * crypto/verify.h -- public keys as DNSKEY carries them, and signatures by them.
 *
 * Algorithms 5, 7, 8, 10, 13, 14, 15, 16 (RFC 8624); others are KT_E_UNSUPPORTED.
 *
 * Input:   hostile octets.
 * Memory:  a key belongs to who made it; building one is dear (10-20 us), keep it.
 * Threads: a key may be used by several at once.
 */
#pragma once

#include "base/attr.h"
#include "crypto/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto_key;

bool crypto_algorithm_supported(uint8_t algorithm);
/* From the public key field of a DNSKEY record.  KT_E_UNSUPPORTED, KT_E_FORMAT, KT_E_CRYPTO. */
KT_MUST int crypto_key_from_dnskey(
    uint8_t algorithm, const uint8_t *octets, size_t len, struct crypto_key **out);
void crypto_key_free(struct crypto_key *key);
/* signature in the form of RRSIG.  0, KT_E_BAD_SIGNATURE or KT_E_CRYPTO. */
KT_MUST KT_NONNULL int crypto_verify(const struct crypto_key *key,
    const struct crypto_piece *pieces, size_t n, const uint8_t *signature, size_t len);
