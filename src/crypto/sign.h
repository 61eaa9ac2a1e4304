/*
 * crypto/sign.h -- private keys, and signatures as RRSIG has them.
 *
 * Algorithms 13 (ECDSA, P-256) and 15 (Ed25519); others are KT_E_UNSUPPORTED.
 *
 * Input:   octets of key files, which may be anything.
 * Memory:  a key belongs to who made it; its numbers are wiped when it is freed.
 * Threads: a key may be used by several at once.
 * RFC:     6605 s.4, 8080 s.3 and s.4 (forms); 5958 (PKCS#8), 5480 s.2.1.1 (named curves),
 *          7468 s.10 (PEM).
 */
#pragma once

#include "base/attr.h"
#include "crypto/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_PRIVATE_OCTETS   32 /* of both algorithms */
#define CRYPTO_PUBLIC_MAX       64
#define CRYPTO_SIGNATURE_OCTETS 64 /* of both algorithms */

struct crypto_private;

bool crypto_private_supported(uint8_t algorithm);
/*
 * From the number (13) or the seed (15) as it is.  KT_E_UNSUPPORTED; KT_E_FORMAT: not the
 * octets that the algorithm has, or a number that is no key; KT_E_CRYPTO.
 */
KT_MUST int crypto_private_from_octets(
    uint8_t algorithm, const uint8_t *octets, size_t len, struct crypto_private **out);
/*
 * From text with a PEM block "PRIVATE KEY" (PKCS#8).  KT_E_NOT_FOUND: there is no PEM block;
 * KT_E_UNSUPPORTED: it is another kind, encrypted, or of another algorithm; KT_E_FORMAT;
 * KT_E_CRYPTO.
 */
KT_MUST KT_NONNULL int crypto_private_from_pem(
    const char *text, size_t len, struct crypto_private **out);
void crypto_private_free(struct crypto_private *key);

KT_NONNULL uint8_t crypto_private_algorithm(const struct crypto_private *key);
/* The public key as DNSKEY carries it: at most CRYPTO_PUBLIC_MAX octets, until the key is freed. */
KT_NONNULL const uint8_t *crypto_private_public(
    const struct crypto_private *key, size_t *len);

/* A signature over the pieces, one behind the other.  0 or KT_E_CRYPTO. */
KT_MUST KT_NONNULL int crypto_sign(const struct crypto_private *key,
    const struct crypto_piece *pieces, size_t n, uint8_t out[CRYPTO_SIGNATURE_OCTETS]);
