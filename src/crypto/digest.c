#include "crypto/digest.h"

#include "base/assert.h"
#include "base/err.h"
#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N_ALGORITHMS (CRYPTO_SHA512 + 1)

static const struct {
	const char *name;
	size_t size;
} algorithms[N_ALGORITHMS] = {
	[CRYPTO_MD5] = { "MD5", 16 },
	[CRYPTO_SHA1] = { "SHA1", 20 },
	[CRYPTO_SHA224] = { "SHA2-224", 28 },
	[CRYPTO_SHA256] = { "SHA2-256", 32 },
	[CRYPTO_SHA384] = { "SHA2-384", 48 },
	[CRYPTO_SHA512] = { "SHA2-512", 64 },
};

/* What a process fetches once; NULL where the library does not offer it (MD5 under FIPS). */
static EVP_MD *fetched_md[N_ALGORITHMS];
static EVP_MAC *fetched_hmac;
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static pthread_key_t contexts_key;

/* One a thread, freed when it ends. */
struct contexts {
	EVP_MD_CTX *md[N_ALGORITHMS];
	EVP_MAC_CTX *hmac[N_ALGORITHMS];
};

static _Thread_local struct contexts *thread_contexts;

struct crypto_digester {
	EVP_MD_CTX *ctx;
	bool failed;
};

static void contexts_free(void *p)
{
	struct contexts *c = p;
	for (int i = 0; i < N_ALGORITHMS; i++) {
		EVP_MD_CTX_free(c->md[i]);
		EVP_MAC_CTX_free(c->hmac[i]);
	}
	free(c);
	thread_contexts = NULL;
}

static void fetch(void)
{
	for (int i = 0; i < N_ALGORITHMS; i++)
		fetched_md[i] = EVP_MD_fetch(NULL, algorithms[i].name, NULL);
	fetched_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	kt_require(pthread_key_create(&contexts_key, contexts_free) == 0);
}

static struct contexts *contexts(void)
{
	if (kt_likely(thread_contexts != NULL))
		return thread_contexts;
	pthread_once(&fetch_once, fetch);
	struct contexts *c = kt_calloc(1, sizeof(*c));
	kt_require(pthread_setspecific(contexts_key, c) == 0);
	return thread_contexts = c;
}

static EVP_MD_CTX *md_context(enum crypto_digest alg)
{
	struct contexts *c = contexts();
	if (!c->md[alg])
		c->md[alg] = EVP_MD_CTX_new();
	return c->md[alg];
}

/* The digest's name is looked up when it is set, so a context keeps its digest for good. */
static EVP_MAC_CTX *hmac_context(enum crypto_digest alg)
{
	struct contexts *c = contexts();
	if (c->hmac[alg] || !fetched_hmac || !fetched_md[alg])
		return c->hmac[alg];
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(fetched_hmac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, (char *)algorithms[alg].name, 0),
		OSSL_PARAM_construct_end(),
	};
	if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return c->hmac[alg] = ctx;
}

size_t crypto_digest_size(enum crypto_digest alg)
{
	return algorithms[alg].size;
}

int crypto_digest(enum crypto_digest alg, const struct crypto_piece *pieces, size_t n,
    uint8_t out[CRYPTO_DIGEST_MAX])
{
	EVP_MD_CTX *ctx = md_context(alg);
	if (!ctx || !fetched_md[alg] ||
	    EVP_DigestInit_ex2(ctx, fetched_md[alg], NULL) != 1)
		return KT_E_CRYPTO;
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, pieces[i].octets, pieces[i].len) != 1)
			return KT_E_CRYPTO;
	return EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : KT_E_CRYPTO;
}

int crypto_hmac(enum crypto_digest alg, const uint8_t *key, size_t key_len,
    const struct crypto_piece *pieces, size_t n, uint8_t out[CRYPTO_DIGEST_MAX])
{
	/* A NULL key would mean "the one of last time". */
	static const uint8_t no_key[1];
	EVP_MAC_CTX *ctx = hmac_context(alg);
	if (!ctx || EVP_MAC_init(ctx, key_len ? key : no_key, key_len, NULL) != 1)
		return KT_E_CRYPTO;
	for (size_t i = 0; i < n; i++)
		if (EVP_MAC_update(ctx, pieces[i].octets, pieces[i].len) != 1)
			return KT_E_CRYPTO;
	size_t len = 0;
	return EVP_MAC_final(ctx, out, &len, CRYPTO_DIGEST_MAX) == 1 ? 0 : KT_E_CRYPTO;
}

struct crypto_digester *crypto_digester_new(enum crypto_digest alg)
{
	pthread_once(&fetch_once, fetch);
	struct crypto_digester *d = kt_calloc(1, sizeof(*d));
	d->ctx = EVP_MD_CTX_new();
	d->failed = !d->ctx || !fetched_md[alg] ||
		    EVP_DigestInit_ex2(d->ctx, fetched_md[alg], NULL) != 1;
	return d;
}

void crypto_digester_add(struct crypto_digester *d, const void *octets, size_t len)
{
	if (!d->failed && EVP_DigestUpdate(d->ctx, octets, len) != 1)
		d->failed = true;
}

int crypto_digester_end(struct crypto_digester *d, uint8_t out[CRYPTO_DIGEST_MAX])
{
	if (!d->failed && EVP_DigestFinal_ex(d->ctx, out, NULL) != 1)
		d->failed = true;
	int rc = d->failed ? KT_E_CRYPTO : 0;
	EVP_MD_CTX_free(d->ctx);
	free(d);
	return rc;
}

int crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_random(void *out, size_t len)
{
	/* Without random numbers nothing that follows would be safe. */
	while (len) {
		int n = len > 1 << 20 ? 1 << 20 : (int)len;
		kt_require(RAND_bytes(out, n) == 1);
		out = (uint8_t *)out + n;
		len -= (size_t)n;
	}
}
