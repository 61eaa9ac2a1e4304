#include "crypto/sign.h"

#include "base/err.h"
#include "crypto/verify.h"

#include "kt_test.h"
#include "private_keys.h"

#include <pthread.h>

/* RFC 6605 s.6.1 */
static const uint8_t p256_private[] = { 0x19, 0x4e, 0x92, 0x9d, 0x0f, 0xce, 0xbb, 0xec,
	0x42, 0xe5, 0x1b, 0xa6, 0xb8, 0x85, 0x08, 0xb8, 0x96, 0x6d, 0x79, 0x74, 0xf6,
	0xcf, 0x43, 0xbf, 0xa2, 0x4d, 0x6c, 0xdf, 0xc1, 0x2d, 0xea, 0x64 };
static const uint8_t p256_public[] = { 0x1a, 0x88, 0xc8, 0x86, 0x15, 0xd4, 0x37, 0xfb,
	0xb8, 0xbf, 0x9e, 0x19, 0x42, 0xa1, 0x92, 0x9f, 0x28, 0x56, 0x27, 0x06, 0xae,
	0x6c, 0x2b, 0xd3, 0x99, 0xe7, 0xb1, 0xbf, 0xb6, 0xd1, 0xe9, 0xe7, 0x5b, 0x92,
	0xb4, 0xaa, 0x42, 0x91, 0x7a, 0xe1, 0xc6, 0x1b, 0x70, 0x1e, 0xf0, 0x35, 0xc3,
	0xfe, 0x7b, 0xe3, 0x00, 0x9c, 0xba, 0xfe, 0x5a, 0x2f, 0x71, 0x31, 0x6c, 0x90,
	0x2d, 0xcf, 0x0d, 0x00 };

static struct crypto_private *private_of(uint8_t algorithm, const uint8_t octets[32])
{
	struct crypto_private *key = NULL;
	assert_int_equal(crypto_private_from_octets(algorithm, octets, 32, &key), 0);
	assert_int_equal(crypto_private_algorithm(key), algorithm);
	return key;
}

static int verify(const struct crypto_private *key, const struct crypto_piece *pieces,
    size_t n, const uint8_t signature[64])
{
	struct crypto_key *public = NULL;
	size_t len;
	const uint8_t *octets = crypto_private_public(key, &len);
	assert_int_equal(
	    crypto_key_from_dnskey(crypto_private_algorithm(key), octets, len, &public),
	    0);
	int rc = crypto_verify(public, pieces, n, signature, 64);
	crypto_key_free(public);
	return rc;
}

static void the_public_key_of_rfc_6605_belongs_to_its_private_key(void **state)
{
	(void)state;
	size_t len;
	struct crypto_private *key = private_of(13, p256_private);
	const uint8_t *public = crypto_private_public(key, &len);
	assert_octets(public, len, p256_public, sizeof(p256_public));
	crypto_private_free(key);
}

/* RFC 8032 s.7.1, TEST 2 */
static const uint8_t ed_private[] = { 0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda,
	0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35,
	0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb };
static const uint8_t ed_public[] = { 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a,
	0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e,
	0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };
static const uint8_t ed_signature[] = { 0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8,
	0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16,
	0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a,
	0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d,
	0x8c, 0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16,
	0x12, 0xbb, 0x0c, 0x00 };

static void the_signature_of_rfc_8032_comes_out(void **state)
{
	(void)state;
	size_t len;
	uint8_t out[64];
	const struct crypto_piece piece = { "\x72", 1 };
	struct crypto_private *key = private_of(15, ed_private);
	const uint8_t *public = crypto_private_public(key, &len);
	assert_octets(public, len, ed_public, sizeof(ed_public));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(crypto_sign(key, &piece, 1, out), 0);
		assert_octets(out, 64, ed_signature, 64);
	}
	crypto_private_free(key);
}

static void signatures_verify_however_the_message_is_cut(void **state)
{
	(void)state;
	static uint8_t message[5000];
	uint64_t seed = kt_test_seed();
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)kt_test_random(&seed);
	for (int i = 0; i < 200; i++) {
		struct crypto_private *key = i & 1 ? private_of(15, ed_private)
						   : private_of(13, p256_private);
		size_t len = kt_test_random(&seed) % sizeof(message);
		size_t cut = len ? kt_test_random(&seed) % len : 0;
		const struct crypto_piece whole = { message, len };
		const struct crypto_piece cuts[] = { { message, cut }, { NULL, 0 },
			{ message + cut, len - cut } };
		uint8_t out[64];
		assert_int_equal(crypto_sign(key, cuts, 3, out), 0);
		assert_int_equal(verify(key, &whole, 1, out), 0);
		out[kt_test_random(&seed) % 64] ^= 1;
		assert_int_equal(verify(key, &whole, 1, out), KT_E_BAD_SIGNATURE);
		crypto_private_free(key);
	}
}

/* Numbers of r or s that begin with zeros come once in 256: they keep their place. */
static void short_numbers_of_ecdsa_are_padded(void **state)
{
	(void)state;
	struct crypto_private *key = private_of(13, p256_private);
	unsigned shorter = 0;
	for (int i = 0; i < 2000; i++) {
		const struct crypto_piece piece = { &i, sizeof(i) };
		uint8_t out[64];
		assert_int_equal(crypto_sign(key, &piece, 1, out), 0);
		if (out[0] && out[32])
			continue;
		assert_int_equal(verify(key, &piece, 1, out), 0);
		shorter++;
	}
	assert_true(shorter > 0);
	crypto_private_free(key);
}

static void octets_that_are_no_key_are_refused(void **state)
{
	(void)state;
	static const uint8_t zero[33];
	/* the order of P-256 */
	static const uint8_t order[] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
		0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	struct crypto_private *key = NULL;
	assert_int_equal(crypto_private_from_octets(13, zero, 32, &key), KT_E_FORMAT);
	assert_int_equal(crypto_private_from_octets(13, order, 32, &key), KT_E_FORMAT);
	assert_int_equal(
	    crypto_private_from_octets(13, p256_private, 31, &key), KT_E_FORMAT);
	assert_int_equal(crypto_private_from_octets(15, zero, 33, &key), KT_E_FORMAT);
	assert_int_equal(crypto_private_from_octets(15, zero, 0, &key), KT_E_FORMAT);
	assert_int_equal(
	    crypto_private_from_octets(8, zero, 32, &key), KT_E_UNSUPPORTED);
	assert_int_equal(
	    crypto_private_from_octets(14, zero, 32, &key), KT_E_UNSUPPORTED);
	assert_null(key);
}

static void pem_keys_are_what_openssl_says_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint8_t algorithm, first, last; /* octets of the public key */
	} cases[] = {
		{ pem_p256, 0, 13, 0x60, 0x99 },
		{ pem_ed25519, 0, 15, 0xe3, 0x96 },
		{ pem_p384, KT_E_UNSUPPORTED, 0, 0, 0 },
		{ pem_encrypted, KT_E_UNSUPPORTED, 0, 0, 0 },
		{ pem_sec1, KT_E_UNSUPPORTED, 0, 0, 0 },
		{ pem_explicit, KT_E_UNSUPPORTED, 0, 0, 0 },
		{ pem_x25519, KT_E_UNSUPPORTED, 0, 0, 0 },
		{ "no PEM at all\n", KT_E_NOT_FOUND, 0, 0, 0 },
		{ "", KT_E_NOT_FOUND, 0, 0, 0 },
		{ "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n",
		    KT_E_FORMAT, 0, 0, 0 },
		{ "-----BEGIN PRIVATE KEY-----\nMC4CAQ", KT_E_FORMAT, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct crypto_private *key = NULL;
		size_t len;
		int rc = crypto_private_from_pem(
		    cases[i].text, strlen(cases[i].text), &key);
		assert_int_equal(rc, cases[i].rc);
		if (rc) {
			assert_null(key);
			continue;
		}
		const uint8_t *public = crypto_private_public(key, &len);
		assert_int_equal(crypto_private_algorithm(key), cases[i].algorithm);
		assert_int_equal(public[0], cases[i].first);
		assert_int_equal(public[len - 1], cases[i].last);
		crypto_private_free(key);
	}
}

static void a_key_whose_halves_differ_is_refused(void **state)
{
	(void)state;
	char text[sizeof(pem_p256)];
	struct crypto_private *key = NULL;
	memcpy(text, pem_p256, sizeof(text));
	/* inside the private number, which comes before the public point */
	char *at = strstr(text, "gdolJ");
	assert_non_null(at);
	at[2] = 'p';
	assert_int_equal(
	    crypto_private_from_pem(text, sizeof(text) - 1, &key), KT_E_FORMAT);
	assert_null(key);
}

struct job {
	const struct crypto_private *key;
	int failed;
};

static void *sign_in_thread(void *arg)
{
	struct job *job = arg;
	for (int i = 0; i < 200; i++) {
		const struct crypto_piece piece = { &i, sizeof(i) };
		uint8_t out[64];
		job->failed |= crypto_sign(job->key, &piece, 1, out) ||
			       verify(job->key, &piece, 1, out);
	}
	return NULL;
}

static void threads_share_a_key(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) {
		struct crypto_private *key = round ? private_of(15, ed_private)
						   : private_of(13, p256_private);
		pthread_t thread[6];
		struct job job[6];
		for (int i = 0; i < 6; i++) {
			job[i] = (struct job){ key, 0 };
			assert_int_equal(
			    pthread_create(&thread[i], NULL, sign_in_thread, &job[i]),
			    0);
		}
		for (int i = 0; i < 6; i++) {
			pthread_join(thread[i], NULL);
			assert_int_equal(job[i].failed, 0);
		}
		crypto_private_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_public_key_of_rfc_6605_belongs_to_its_private_key),
		cmocka_unit_test(the_signature_of_rfc_8032_comes_out),
		cmocka_unit_test(signatures_verify_however_the_message_is_cut),
		cmocka_unit_test(short_numbers_of_ecdsa_are_padded),
		cmocka_unit_test(octets_that_are_no_key_are_refused),
		cmocka_unit_test(pem_keys_are_what_openssl_says_they_are),
		cmocka_unit_test(a_key_whose_halves_differ_is_refused),
		cmocka_unit_test(threads_share_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
