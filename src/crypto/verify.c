#include "crypto/verify.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/reader.h"
#include "crypto/spare_p.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <stdlib.h>
#include <string.h>

enum family {
	FAMILY_NONE,
	FAMILY_RSA,
	FAMILY_ECDSA,
	FAMILY_EDDSA,
};

/* By algorithm number (RFC 8624 s.3.1). */
static const struct algorithm {
	enum family family;
	enum crypto_digest digest; /* of RSA and ECDSA */
	const char *name;          /* of the digest, or of the curve */
	uint16_t key_len;          /* octets; RSA: the least modulus in bits */
} algorithms[] = {
	[5] = { FAMILY_RSA, CRYPTO_SHA1, "SHA1", 512 },
	[7] = { FAMILY_RSA, CRYPTO_SHA1, "SHA1", 512 },
	[8] = { FAMILY_RSA, CRYPTO_SHA256, "SHA2-256", 512 },
	[10] = { FAMILY_RSA, CRYPTO_SHA512, "SHA2-512", 1024 },
	[13] = { FAMILY_ECDSA, CRYPTO_SHA256, "P-256", 64 },
	[14] = { FAMILY_ECDSA, CRYPTO_SHA384, "P-384", 96 },
	[15] = { FAMILY_EDDSA, 0, "ED25519", 32 },
	[16] = { FAMILY_EDDSA, 0, "ED448", 57 },
};

enum {
	RSA_MODULUS_MAX = 4096, /* bits; RFC 5702 s.2 */
	/* A public exponent can be as long as the modulus and makes each verification as
	 * dear as a signature; 64 bits are what OpenSSL accepts for long moduli. */
	RSA_EXPONENT_MAX = 64, /* bits */
	ECDSA_DER_MAX = 2 + 2 * (2 + 1 + 48),
};

struct crypto_key {
	const struct algorithm *algorithm;
	EVP_PKEY *pkey;
	struct spares spares;
};

static const struct algorithm *algorithm_of(uint8_t number)
{
	if (number >= KT_COUNT(algorithms) || algorithms[number].family == FAMILY_NONE)
		return NULL;
	return &algorithms[number];
}

bool crypto_algorithm_supported(uint8_t algorithm)
{
	return algorithm_of(algorithm) != NULL;
}

static int pkey_from_params(const char *type, OSSL_PARAM_BLD *build, EVP_PKEY **out)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	int rc = KT_E_CRYPTO;
	/* A point off the curve and the like are refused here. */
	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		rc = EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) == 1
			 ? 0
			 : KT_E_FORMAT;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return rc;
}

static int rsa_from_numbers(BIGNUM *n, BIGNUM *e, EVP_PKEY **out)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	int rc = KT_E_CRYPTO;
	if (build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		rc = pkey_from_params("RSA", build, out);
	OSSL_PARAM_BLD_free(build);
	return rc;
}

/* RFC 3110 s.2: length of the exponent in one octet, or 0 and two; exponent; modulus. */
static int rsa_key(
    const struct algorithm *a, const uint8_t *octets, size_t len, EVP_PKEY **out)
{
	struct kt_reader r = kt_reader_of(octets, len);
	size_t e_len = kt_read8(&r);
	if (e_len == 0)
		e_len = kt_read16(&r);
	const uint8_t *exponent = kt_read(&r, e_len);
	size_t n_len = kt_reader_left(&r);
	const uint8_t *modulus = kt_read(&r, n_len);
	/* Octets that lead with zeros are tolerated, but not without end. */
	if (r.err || n_len > RSA_MODULUS_MAX / 8 + 1 || e_len > RSA_MODULUS_MAX / 8)
		return KT_E_FORMAT;
	BIGNUM *n = BN_bin2bn(modulus, (int)n_len, NULL);
	BIGNUM *e = BN_bin2bn(exponent, (int)e_len, NULL);
	int rc = KT_E_CRYPTO;
	if (n && e &&
	    (BN_num_bits(n) < a->key_len || BN_num_bits(n) > RSA_MODULUS_MAX ||
		BN_is_zero(e)))
		rc = KT_E_FORMAT;
	else if (n && e && BN_num_bits(e) > RSA_EXPONENT_MAX)
		rc = KT_E_UNSUPPORTED;
	else if (n && e)
		rc = rsa_from_numbers(n, e, out);
	BN_free(n);
	BN_free(e);
	return rc;
}

/* RFC 6605 s.4: x | y, which is the uncompressed point without its mark. */
static int ecdsa_key(
    const struct algorithm *a, const uint8_t *octets, size_t len, EVP_PKEY **out)
{
	uint8_t point[1 + 96] = { 0x04 };
	if (len != a->key_len)
		return KT_E_FORMAT;
	memcpy(point + 1, octets, len);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	int rc = KT_E_CRYPTO;
	if (build &&
	    OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, a->name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + len) == 1)
		rc = pkey_from_params("EC", build, out);
	OSSL_PARAM_BLD_free(build);
	return rc;
}

/* RFC 8080 s.3 */
static int eddsa_key(
    const struct algorithm *a, const uint8_t *octets, size_t len, EVP_PKEY **out)
{
	if (len != a->key_len)
		return KT_E_FORMAT;
	*out = EVP_PKEY_new_raw_public_key_ex(NULL, a->name, NULL, octets, len);
	return *out ? 0 : KT_E_CRYPTO;
}

int crypto_key_from_dnskey(
    uint8_t algorithm, const uint8_t *octets, size_t len, struct crypto_key **out)
{
	const struct algorithm *a = algorithm_of(algorithm);
	EVP_PKEY *pkey = NULL;
	if (!a)
		return KT_E_UNSUPPORTED;
	int rc = a->family == FAMILY_RSA     ? rsa_key(a, octets, len, &pkey)
		 : a->family == FAMILY_ECDSA ? ecdsa_key(a, octets, len, &pkey)
					     : eddsa_key(a, octets, len, &pkey);
	if (rc) {
		ERR_clear_error();
		return rc;
	}
	struct crypto_key *key = kt_calloc(1, sizeof(*key));
	key->algorithm = a;
	key->pkey = pkey;
	*out = key;
	return 0;
}

void crypto_key_free(struct crypto_key *key)
{
	if (!key)
		return;
	spares_free(&key->spares);
	EVP_PKEY_free(key->pkey);
	free(key);
}

static EVP_PKEY_CTX *context_new(const struct crypto_key *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_SIGNATURE_PARAM_DIGEST, (char *)key->algorithm->name, 0),
		OSSL_PARAM_construct_end(),
	};
	/* RSA needs the digest for the padding (PKCS #1, RFC 3110 s.3); ECDSA takes it as is. */
	if (ctx && EVP_PKEY_verify_init_ex(ctx,
		       key->algorithm->family == FAMILY_RSA ? params : NULL) != 1) {
		EVP_PKEY_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

/* An INTEGER of DER out of len octets; behind it. */
static uint8_t *der_integer(uint8_t *out, const uint8_t *octets, size_t len)
{
	for (; len > 1 && *octets == 0; len--)
		octets++;
	bool pad = *octets & 0x80;
	*out++ = 0x02;
	*out++ = (uint8_t)(len + pad);
	if (pad)
		*out++ = 0;
	memcpy(out, octets, len);
	return out + len;
}

/* RFC 6605 s.4: r | s.  OpenSSL wants SEQUENCE { r, s }. */
static size_t ecdsa_der(
    const uint8_t *signature, size_t len, uint8_t out[ECDSA_DER_MAX])
{
	uint8_t *end = der_integer(out + 2, signature, len / 2);
	end = der_integer(end, signature + len / 2, len / 2);
	out[0] = 0x30;
	out[1] = (uint8_t)(end - out - 2); /* at most 102: the short form of a length */
	return (size_t)(end - out);
}

static int verify_digest(struct crypto_key *key, const struct crypto_piece *pieces,
    size_t n, const uint8_t *signature, size_t len)
{
	const struct algorithm *a = key->algorithm;
	uint8_t digest[CRYPTO_DIGEST_MAX], der[ECDSA_DER_MAX];
	int rc = crypto_digest(a->digest, pieces, n, digest);
	if (rc)
		return rc;
	EVP_PKEY_CTX *ctx = spares_take(&key->spares);
	if (!ctx && !(ctx = context_new(key)))
		return KT_E_CRYPTO;
	if (a->family == FAMILY_ECDSA) {
		len = ecdsa_der(signature, len, der);
		signature = der;
	}
	int ok = EVP_PKEY_verify(
	    ctx, signature, len, digest, crypto_digest_size(a->digest));
	spares_put(&key->spares, ctx);
	return ok == 1 ? 0 : KT_E_BAD_SIGNATURE;
}

static int verify_whole(EVP_PKEY *pkey, const uint8_t *octets, size_t octets_len,
    const uint8_t *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = KT_E_CRYPTO;
	if (ctx &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1)
		rc = EVP_DigestVerify(ctx, signature, len, octets, octets_len) == 1
			 ? 0
			 : KT_E_BAD_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* EdDSA reads the message twice (RFC 8032 s.5.1.7), so it has to be in one piece. */
static int verify_message(struct crypto_key *key, const struct crypto_piece *pieces,
    size_t n, const uint8_t *signature, size_t len)
{
	if (n == 1)
		return verify_whole(
		    key->pkey, pieces->octets, pieces->len, signature, len);
	size_t size = 0, at = 0;
	for (size_t i = 0; i < n; i++)
		size += pieces[i].len;
	/* Strangers choose the size: this one may fail. */
	uint8_t *whole = malloc(size + 1);
	if (!whole)
		return KT_E_CRYPTO;
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].len)
			memcpy(whole + at, pieces[i].octets, pieces[i].len);
		at += pieces[i].len;
	}
	int rc = verify_whole(key->pkey, whole, size, signature, len);
	free(whole);
	return rc;
}

int crypto_verify(const struct crypto_key *key, const struct crypto_piece *pieces,
    size_t n, const uint8_t *signature, size_t len)
{
	const struct algorithm *a = key->algorithm;
	/* Only the spare contexts change, and they are atomic. */
	struct crypto_key *k = (struct crypto_key *)key;
	int rc = KT_E_BAD_SIGNATURE;
	if (a->family == FAMILY_RSA)
		rc = verify_digest(k, pieces, n, signature, len);
	else if (a->family == FAMILY_ECDSA && len == a->key_len)
		rc = verify_digest(k, pieces, n, signature, len);
	else if (a->family == FAMILY_EDDSA && len == (size_t)a->key_len * 2)
		rc = verify_message(k, pieces, n, signature, len);
	if (rc)
		ERR_clear_error();
	return rc;
}
