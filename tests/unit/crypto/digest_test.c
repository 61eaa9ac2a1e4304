#include "crypto/digest.h"

#include "base/err.h"

#include "kt_test.h"

#include <pthread.h>

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (; *hex; hex += 2) {
		unsigned v;
		if (sscanf(hex, "%2x", &v) != 1)
			break;
		out[n++] = (uint8_t)v;
	}
	return n;
}

static void digests_are_those_of_fips_180_and_rfc_1321(void **state)
{
	(void)state;
	static const struct {
		enum crypto_digest alg;
		const char *hex;
	} cases[] = {
		{ CRYPTO_MD5, "900150983cd24fb0d6963f7d28e17f72" },
		{ CRYPTO_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ CRYPTO_SHA224,
		    "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
		{ CRYPTO_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410f"
				 "f61f20015ad" },
		{ CRYPTO_SHA384,
		    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		    "8086072ba1e7cc2358baeca134c825a7" },
		{ CRYPTO_SHA512,
		    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49"
		    "f" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t want[CRYPTO_DIGEST_MAX], found[CRYPTO_DIGEST_MAX];
		size_t len = unhex(cases[i].hex, want);
		assert_int_equal(crypto_digest_size(cases[i].alg), len);
		/* Twice: a context must not remember the message before. */
		for (int again = 0; again < 2; again++) {
			const struct crypto_piece pieces[] = { { "a", 1 }, { "", 0 },
				{ "bc", 2 } };
			assert_int_equal(
			    crypto_digest(cases[i].alg, pieces, 3, found), 0);
			assert_octets(found, len, want, len);
		}
		struct crypto_digester *d = crypto_digester_new(cases[i].alg);
		crypto_digester_add(d, "ab", 2);
		crypto_digester_add(d, "c", 1);
		assert_int_equal(crypto_digester_end(d, found), 0);
		assert_octets(found, len, want, len);
	}
}

static void hmac_is_that_of_rfc_2202_and_4231(void **state)
{
	(void)state;
	static const struct {
		enum crypto_digest alg;
		const char *key, *data, *hex;
	} cases[] = {
		/* RFC 2202 s.2, test case 2; s.3, test cases 2 and 1 */
		{ CRYPTO_MD5, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "750c783e6ab0b503eaa86e310a5db738" },
		{ CRYPTO_SHA1, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ CRYPTO_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00" },
		/* RFC 4231 s.4.2 and s.4.3 */
		{ CRYPTO_SHA224, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "4869205468657265",
		    "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
		{ CRYPTO_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "4869205468657265",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff"
		    "7" },
		{ CRYPTO_SHA384, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		    "8e2240ca5e69e2c78b3239ecfab21649" },
		{ CRYPTO_SHA512, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce73"
		    "7" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t key[64], data[64], want[CRYPTO_DIGEST_MAX],
		    found[CRYPTO_DIGEST_MAX];
		size_t key_len = unhex(cases[i].key, key),
		       data_len = unhex(cases[i].data, data);
		size_t len = unhex(cases[i].hex, want);
		for (int again = 0; again < 2; again++) {
			const struct crypto_piece pieces[] = { { data, 3 },
				{ data + 3, data_len - 3 } };
			assert_int_equal(
			    crypto_hmac(cases[i].alg, key, key_len, pieces, 2, found),
			    0);
			assert_octets(found, len, want, len);
		}
	}
}

static void a_key_longer_than_a_block_is_hashed(void **state)
{
	(void)state;
	/* RFC 4231 s.4.7, HMAC-SHA-256 */
	uint8_t key[131], want[32], found[CRYPTO_DIGEST_MAX];
	memset(key, 0xaa, sizeof(key));
	unhex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", want);
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
	const struct crypto_piece piece = { text, strlen(text) };
	assert_int_equal(
	    crypto_hmac(CRYPTO_SHA256, key, sizeof(key), &piece, 1, found), 0);
	assert_octets(found, 32, want, 32);
}

static void an_empty_key_is_a_key_and_not_the_last_one(void **state)
{
	(void)state;
	uint8_t want[32], found[CRYPTO_DIGEST_MAX];
	const struct crypto_piece piece = { "", 0 };
	assert_int_equal(
	    crypto_hmac(CRYPTO_SHA256, (const uint8_t *)"secret", 6, &piece, 1, found),
	    0);
	assert_int_equal(crypto_hmac(CRYPTO_SHA256, NULL, 0, &piece, 1, found), 0);
	unhex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", want);
	assert_octets(found, 32, want, 32);
}

static void *digest_in_thread(void *failed)
{
	uint8_t first[CRYPTO_DIGEST_MAX], found[CRYPTO_DIGEST_MAX];
	const struct crypto_piece piece = { &failed, sizeof(failed) };
	for (int i = 0; i < 1000; i++) {
		if (crypto_digest(CRYPTO_SHA256, &piece, 1, i ? found : first) != 0 ||
		    (i && memcmp(found, first, 32) != 0))
			*(int *)failed = 1;
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	(void)state;
	pthread_t thread[4];
	int failed[4] = { 0 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, digest_in_thread, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(failed[i], 0);
	}
}

static void equal_octets_are_equal_and_random_ones_are_not(void **state)
{
	(void)state;
	uint8_t a[32], b[32];
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_false(crypto_equal(a, b, sizeof(a)));
	memcpy(b, a, sizeof(a));
	assert_true(crypto_equal(a, b, sizeof(a)));
	b[31] ^= 1;
	assert_false(crypto_equal(a, b, sizeof(a)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_fips_180_and_rfc_1321),
		cmocka_unit_test(hmac_is_that_of_rfc_2202_and_4231),
		cmocka_unit_test(a_key_longer_than_a_block_is_hashed),
		cmocka_unit_test(an_empty_key_is_a_key_and_not_the_last_one),
		cmocka_unit_test(threads_do_not_disturb_each_other),
		cmocka_unit_test(equal_octets_are_equal_and_random_ones_are_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
