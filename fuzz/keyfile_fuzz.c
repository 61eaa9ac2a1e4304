/*
 * fuzz/keyfile_fuzz.c -- dnssec/keyfile: private keys of BIND and PEM.
 *
 * Input: the file.
 */
#include "dnssec/keyfile.h"

#include "crypto/verify.h"
#include "fuzz.h"

/* What was taken for a key signs, and its public half verifies. */
static void check_key(const struct crypto_private *key)
{
	struct crypto_key *public = NULL;
	uint8_t signature[CRYPTO_SIGNATURE_OCTETS];
	const struct crypto_piece piece = { "message", 7 };
	uint8_t algorithm = crypto_private_algorithm(key);
	size_t len;
	const uint8_t *octets = crypto_private_public(key, &len);
	fuzz_check(crypto_private_supported(algorithm) && len <= CRYPTO_PUBLIC_MAX);
	fuzz_check(crypto_key_from_dnskey(algorithm, octets, len, &public) == 0);
	fuzz_check(crypto_sign(key, &piece, 1, signature) == 0);
	fuzz_check(crypto_verify(public, &piece, 1, signature, sizeof(signature)) == 0);
	crypto_key_free(public);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crypto_private *key = NULL;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	int rc = dnssec_keyfile_parse((const char *)data, size, "key", &errs, &key);
	fuzz_check((rc == 0) == (key != NULL));
	fuzz_check(rc <= 0 && (rc == 0) == (errs.n_errors == 0));
	if (key)
		check_key(key);
	crypto_private_free(key);
	kt_errs_fini(&errs);
	return 0;
}
