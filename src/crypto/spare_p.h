/*
 * crypto/spare_p.h -- contexts of a key, ready for use.
 *
 * Making a context costs more than a small operation by it.  Whoever works with a key takes
 * a spare one out, or makes one, and puts it back, so that threads share a key without a
 * lock.
 */
#pragma once

#include <openssl/evp.h>

#include <stdatomic.h>

enum {
	SPARES = 4
};

struct spares {
	_Atomic(EVP_PKEY_CTX *) at[SPARES];
};

/* NULL: none is there. */
static inline EVP_PKEY_CTX *spares_take(struct spares *spares)
{
	for (int i = 0; i < SPARES; i++) {
		EVP_PKEY_CTX *ctx = atomic_exchange(&spares->at[i], NULL);
		if (ctx)
			return ctx;
	}
	return NULL;
}

/* One too many is freed. */
static inline void spares_put(struct spares *spares, EVP_PKEY_CTX *ctx)
{
	for (int i = 0; ctx && i < SPARES; i++) {
		EVP_PKEY_CTX *none = NULL;
		if (atomic_compare_exchange_strong(&spares->at[i], &none, ctx))
			return;
	}
	EVP_PKEY_CTX_free(ctx);
}

static inline void spares_free(struct spares *spares)
{
	for (int i = 0; i < SPARES; i++)
		EVP_PKEY_CTX_free(spares->at[i]);
}
