#include "crypto/sign.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/reader.h"
#include "crypto/spare_p.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

enum {
	P256 = 13,
	ED25519 = 15,
	HALF = CRYPTO_SIGNATURE_OCTETS / 2,
	DER_MAX = 2 + 2 * (2 + 1 + HALF),
	/* Sets are mostly small; longer messages are joined on the heap. */
	JOIN_MAX = 2048,
};

struct crypto_private {
	EVP_PKEY *pkey;
	uint8_t algorithm;
	uint8_t public_len;
	uint8_t public[CRYPTO_PUBLIC_MAX];
	struct spares spares; /* of P-256 */
};

bool crypto_private_supported(uint8_t algorithm)
{
	return algorithm == P256 || algorithm == ED25519;
}

/* RFC 6605 s.4: x | y. */
static int p256_public(struct crypto_private *key)
{
	BIGNUM *x = NULL, *y = NULL;
	int rc = KT_E_CRYPTO;
	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	    BN_bn2binpad(x, key->public, HALF) == HALF &&
	    BN_bn2binpad(y, key->public + HALF, HALF) == HALF)
		rc = 0;
	BN_free(x);
	BN_free(y);
	key->public_len = 2 * HALF;
	return rc;
}

static int ed25519_public(struct crypto_private *key)
{
	size_t len = sizeof(key->public);
	if (EVP_PKEY_get_raw_public_key(key->pkey, key->public, &len) != 1)
		return KT_E_CRYPTO;
	key->public_len = (uint8_t)len;
	return 0;
}

/* Is the number in range, and the point its own?  A file may say what it likes. */
static bool p256_is_whole(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool ok = ctx && EVP_PKEY_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* Takes over pkey, also when it fails. */
static int private_of(uint8_t algorithm, EVP_PKEY *pkey, struct crypto_private **out)
{
	struct crypto_private *key = kt_calloc(1, sizeof(*key));
	key->pkey = pkey;
	key->algorithm = algorithm;
	int rc = 0;
	if (algorithm == P256 && !p256_is_whole(pkey))
		rc = KT_E_FORMAT;
	if (!rc)
		rc = algorithm == P256 ? p256_public(key) : ed25519_public(key);
	if (rc) {
		ERR_clear_error();
		crypto_private_free(key);
		return rc;
	}
	*out = key;
	return 0;
}

/*
 * RFC 5915 s.3, ECPrivateKey without its public key, which the library works out then:
 * SEQUENCE { 1, OCTET STRING, [0] prime256v1 }.
 */
static EVP_PKEY *p256_from_number(const uint8_t number[CRYPTO_PRIVATE_OCTETS])
{
	static const uint8_t head[] = { 0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20 };
	static const uint8_t curve[] = { 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x03, 0x01, 0x07 };
	uint8_t der[sizeof(head) + CRYPTO_PRIVATE_OCTETS + sizeof(curve)];
	const uint8_t *at = der;
	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), number, CRYPTO_PRIVATE_OCTETS);
	memcpy(der + sizeof(head) + CRYPTO_PRIVATE_OCTETS, curve, sizeof(curve));
	EVP_PKEY *pkey = d2i_PrivateKey_ex(
	    EVP_PKEY_EC, NULL, &at, sizeof(der), NULL, NULL);
	OPENSSL_cleanse(der, sizeof(der));
	return pkey;
}

int crypto_private_from_octets(
    uint8_t algorithm, const uint8_t *octets, size_t len, struct crypto_private **out)
{
	if (!crypto_private_supported(algorithm))
		return KT_E_UNSUPPORTED;
	if (len != CRYPTO_PRIVATE_OCTETS)
		return KT_E_FORMAT;
	EVP_PKEY *pkey = algorithm == P256 ? p256_from_number(octets)
					   : EVP_PKEY_new_raw_private_key_ex(
						 NULL, "ED25519", NULL, octets, len);
	if (!pkey) {
		ERR_clear_error();
		return KT_E_FORMAT;
	}
	return private_of(algorithm, pkey, out);
}

/* The DNSSEC algorithm of a PKCS#8 key, 0: none that we sign with. */
static uint8_t algorithm_of(const PKCS8_PRIV_KEY_INFO *info)
{
	const X509_ALGOR *algor = NULL;
	const ASN1_OBJECT *kind = NULL;
	const void *curve = NULL;
	int form = V_ASN1_UNDEF;
	if (PKCS8_pkey_get0(NULL, NULL, NULL, &algor, info) != 1)
		return 0;
	X509_ALGOR_get0(&kind, &form, &curve, algor);
	if (OBJ_obj2nid(kind) == NID_ED25519)
		return ED25519;
	/* RFC 5480 s.2.1.1: curves have names; one that a file spells out is not looked at. */
	if (OBJ_obj2nid(kind) == NID_X9_62_id_ecPublicKey && form == V_ASN1_OBJECT &&
	    OBJ_obj2nid(curve) == NID_X9_62_prime256v1)
		return P256;
	return 0;
}

static int from_pkcs8(const uint8_t *der, long len, struct crypto_private **out)
{
	const uint8_t *at = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, len);
	if (!info)
		return KT_E_FORMAT;
	int rc = KT_E_UNSUPPORTED;
	uint8_t algorithm = algorithm_of(info);
	if (algorithm) {
		EVP_PKEY *pkey = EVP_PKCS82PKEY(info);
		rc = pkey ? private_of(algorithm, pkey, out) : KT_E_FORMAT;
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

int crypto_private_from_pem(const char *text, size_t len, struct crypto_private **out)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long der_len = 0;
	if (len > INT32_MAX || !memmem(text, len, "-----BEGIN ", 11))
		return KT_E_NOT_FOUND;
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	int rc = KT_E_CRYPTO;
	if (bio) {
		rc = KT_E_FORMAT;
		if (PEM_read_bio(bio, &name, &header, &der, &der_len) == 1)
			rc = strcmp(name, PEM_STRING_PKCS8INF) == 0
				 ? from_pkcs8(der, der_len, out)
				 : KT_E_UNSUPPORTED;
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)der_len);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

void crypto_private_free(struct crypto_private *key)
{
	if (!key)
		return;
	spares_free(&key->spares);
	EVP_PKEY_free(key->pkey);
	free(key);
}

uint8_t crypto_private_algorithm(const struct crypto_private *key)
{
	return key->algorithm;
}

const uint8_t *crypto_private_public(const struct crypto_private *key, size_t *len)
{
	*len = key->public_len;
	return key->public;
}

/* An INTEGER of DER as HALF octets; it must not be larger. */
static bool number_of(struct kt_reader *r, uint8_t out[HALF])
{
	uint8_t tag = kt_read8(r);
	size_t len = kt_read8(r);
	const uint8_t *octets = kt_read(r, len);
	if (r->err || tag != 0x02)
		return false;
	for (; len > HALF && *octets == 0; len--)
		octets++;
	if (len > HALF)
		return false;
	memset(out, 0, HALF - len);
	memcpy(out + HALF - len, octets, len);
	return true;
}

/* RFC 6605 s.4: r | s out of SEQUENCE { r, s }, which has the short form of a length. */
static int from_der(
    const uint8_t *der, size_t len, uint8_t out[CRYPTO_SIGNATURE_OCTETS])
{
	struct kt_reader r = kt_reader_of(der, len);
	if (kt_read16(&r) != (0x3000 | (len - 2)) || !number_of(&r, out) ||
	    !number_of(&r, out + HALF))
		return KT_E_CRYPTO;
	return 0;
}

static EVP_PKEY_CTX *p256_context(const struct crypto_private *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (ctx && EVP_PKEY_sign_init(ctx) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static int p256_sign(struct crypto_private *key, const struct crypto_piece *pieces,
    size_t n, uint8_t out[CRYPTO_SIGNATURE_OCTETS])
{
	uint8_t digest[CRYPTO_DIGEST_MAX], der[DER_MAX];
	size_t len = sizeof(der);
	int rc = crypto_digest(CRYPTO_SHA256, pieces, n, digest);
	if (rc)
		return rc;
	EVP_PKEY_CTX *ctx = spares_take(&key->spares);
	if (!ctx && !(ctx = p256_context(key)))
		return KT_E_CRYPTO;
	int ok = EVP_PKEY_sign(
	    ctx, der, &len, digest, crypto_digest_size(CRYPTO_SHA256));
	spares_put(&key->spares, ctx);
	return ok == 1 ? from_der(der, len, out) : KT_E_CRYPTO;
}

static int ed25519_whole(EVP_PKEY *pkey, const uint8_t *octets, size_t len,
    uint8_t out[CRYPTO_SIGNATURE_OCTETS])
{
	size_t size = CRYPTO_SIGNATURE_OCTETS;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx &&
		 EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1 &&
		 EVP_DigestSign(ctx, out, &size, octets, len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : KT_E_CRYPTO;
}

/* EdDSA reads the message twice (RFC 8032 s.5.1.6), so it has to be in one piece. */
static int ed25519_sign(const struct crypto_private *key,
    const struct crypto_piece *pieces, size_t n, uint8_t out[CRYPTO_SIGNATURE_OCTETS])
{
	if (n == 1)
		return ed25519_whole(key->pkey, pieces->octets, pieces->len, out);
	uint8_t small[JOIN_MAX], *whole = small;
	size_t size = 0, at = 0;
	for (size_t i = 0; i < n; i++)
		size += pieces[i].len;
	if (size > sizeof(small) && !(whole = malloc(size)))
		return KT_E_CRYPTO;
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].len)
			memcpy(whole + at, pieces[i].octets, pieces[i].len);
		at += pieces[i].len;
	}
	int rc = ed25519_whole(key->pkey, whole, size, out);
	if (whole != small)
		free(whole);
	return rc;
}

int crypto_sign(const struct crypto_private *key, const struct crypto_piece *pieces,
    size_t n, uint8_t out[CRYPTO_SIGNATURE_OCTETS])
{
	/* Only the spare contexts change, and they are atomic. */
	int rc = key->algorithm == P256
		     ? p256_sign((struct crypto_private *)key, pieces, n, out)
		     : ed25519_sign(key, pieces, n, out);
	if (rc)
		ERR_clear_error();
	return rc;
}
