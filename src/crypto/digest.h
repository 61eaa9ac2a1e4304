/*
 * crypto/digest.h -- hashes and keyed hashes, by OpenSSL.
 *
 * Algorithms are fetched once a process; contexts are one a thread and reused, since
 * OpenSSL's one-shot calls fetch and lock each time.
 *
 * Threads: any; contexts are thread-local.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum crypto_digest {
	CRYPTO_MD5, /* TSIG of old only */
	CRYPTO_SHA1,
	CRYPTO_SHA224,
	CRYPTO_SHA256,
	CRYPTO_SHA384,
	CRYPTO_SHA512,
};

#define CRYPTO_DIGEST_MAX 64

struct crypto_piece {
	const void *octets;
	size_t len;
};

size_t crypto_digest_size(enum crypto_digest alg);
/* Digest of the pieces, one behind the other.  0 or KT_E_CRYPTO. */
KT_MUST int crypto_digest(enum crypto_digest alg, const struct crypto_piece *pieces,
    size_t n, uint8_t out[CRYPTO_DIGEST_MAX]);
KT_MUST int crypto_hmac(enum crypto_digest alg, const uint8_t *key, size_t key_len,
    const struct crypto_piece *pieces, size_t n, uint8_t out[CRYPTO_DIGEST_MAX]);
/* A digest built up in steps (ZONEMD): new, add..., end frees. */
struct crypto_digester;
KT_MUST struct crypto_digester *crypto_digester_new(enum crypto_digest alg);
KT_NONNULL void crypto_digester_add(
    struct crypto_digester *d, const void *octets, size_t len);
KT_MUST int crypto_digester_end(
    struct crypto_digester *d, uint8_t out[CRYPTO_DIGEST_MAX]);

/* In time that does not depend on where they differ. */
int crypto_equal(const void *a, const void *b, size_t len);
/* From the system's CSPRNG. */
void crypto_random(void *out, size_t len);
