#include "crypto/verify.h"

#include "base/bytes.h"
#include "base/err.h"

#include "kt_test.h"

#include <pthread.h>

static size_t unbase64(const char *text, uint8_t *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t n = 0;
	for (; *text && *text != '='; text++) {
		const char *d = strchr(digits, *text);
		assert_non_null(d);
		bits = bits << 6 | (uint32_t)(d - digits);
		n_bits += 6;
		if (n_bits >= 8)
			out[n++] = (uint8_t)(bits >> (n_bits -= 8));
	}
	return n;
}

/* What the signature of an example is over: RRSIG rdata without signature, and the record. */
struct example {
	const char *source;
	uint8_t algorithm, labels;
	uint16_t type, tag;
	uint32_t expires, begins;
	const char *signer, *owner, *rdata;
	uint8_t signer_len, owner_len, rdata_len;
	const char *key, *signature;
};

#define NET   "\7example\3net", 13
#define COM   "\7example\3com", 13
#define WWW   "\3www\7example\3net", 17
#define A_91  "\300\0\2\133", 4
#define A_1   "\300\0\2\1", 4
#define MX_10 "\0\12\4mail\7example\3com", 20
/* clang-format off */
#define EXAMPLE(src, alg, lab, ty, tg, ex, be, s, o, r, k, sig)                        \
	{ src, alg, lab, ty, tg, ex, be, FIRST(s), FIRST(o), FIRST(r), SECOND(s), SECOND(o), SECOND(r), k, sig }
#define FIRST_(a, b)  a
#define SECOND_(a, b) b
#define FIRST(...)    FIRST_(__VA_ARGS__)
#define SECOND(...)   SECOND_(__VA_ARGS__)

static const struct example examples[] = {
	EXAMPLE("RFC 5702 s.6.1", 8, 3, 1, 9033, 1893456000, 946684800, NET, WWW, A_91,
	    "AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/"
	    "DlUmObdk=",
	    "kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/"
	    "lPtPiVYP4bwg=="),
	EXAMPLE("RFC 5702 s.6.2", 10, 3, 1, 3740, 1893456000, 946684800, NET, WWW, A_91,
	    "AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/"
	    "AyhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/"
	    "D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
	    "tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0"
	    "iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxd"
	    "DLw="),
	EXAMPLE("RFC 6605 s.6.1", 13, 3, 1, 55648, 1284026679, 1281607479, NET, WWW, A_1,
	    "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+"
	    "Wi9xMWyQLc8NAA==",
	    "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+"
	    "3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="),
	EXAMPLE("RFC 6605 s.6.2", 14, 3, 1, 10771, 1284027625, 1281608425, NET, WWW, A_1,
	    "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+"
	    "OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
	    "/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuy"
	    "dCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm"),
	EXAMPLE("RFC 8080 s.6.1, erratum 4935", 15, 2, 15, 3613, 1440021600, 1438207200, COM, COM,
	    MX_10, "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
	    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqN"
	    "Ag=="),
	EXAMPLE("RFC 8080 s.6.1, erratum 4935", 15, 2, 15, 35217, 1440021600, 1438207200, COM, COM,
	    MX_10, "zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
	    "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pc"
	    "Bg=="),
	EXAMPLE("RFC 8080 s.6.2, erratum 4935", 16, 2, 15, 9713, 1440021600, 1438207200, COM, COM,
	    MX_10, "3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
	    "3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/"
	    "NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA"),
};
/* clang-format on */

static size_t signed_data(const struct example *e, uint8_t *out)
{
	uint8_t *p = out;
	kt_put16(p, e->type);
	p[2] = e->algorithm;
	p[3] = e->labels;
	kt_put32(p + 4, 3600);
	kt_put32(p + 8, e->expires);
	kt_put32(p + 12, e->begins);
	kt_put16(p + 16, e->tag);
	p += 18;
	memcpy(p, e->signer, e->signer_len);
	p += e->signer_len;
	memcpy(p, e->owner, e->owner_len);
	p += e->owner_len;
	kt_put16(p, e->type);
	kt_put16(p + 2, 1);
	kt_put32(p + 4, 3600);
	kt_put16(p + 8, e->rdata_len);
	memcpy(p + 10, e->rdata, e->rdata_len);
	return (size_t)(p + 10 + e->rdata_len - out);
}

static struct crypto_key *key_of(uint8_t algorithm, const char *base64)
{
	uint8_t octets[1024];
	size_t len = unbase64(base64, octets);
	struct crypto_key *key = NULL;
	assert_int_equal(crypto_key_from_dnskey(algorithm, octets, len, &key), 0);
	return key;
}

static void the_examples_of_the_rfcs_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(examples); i++) {
		const struct example *e = &examples[i];
		uint8_t data[512], signature[512];
		size_t len = signed_data(e, data),
		       sig_len = unbase64(e->signature, signature);
		struct crypto_key *key = key_of(e->algorithm, e->key);
		const struct crypto_piece whole = { data, len };
		const struct crypto_piece two[] = { { data, 20 }, { NULL, 0 },
			{ data + 20, len - 20 } };
		for (int again = 0; again < 3; again++) {
			assert_int_equal(
			    crypto_verify(key, &whole, 1, signature, sig_len), 0);
			assert_int_equal(
			    crypto_verify(key, two, 3, signature, sig_len), 0);
		}
		crypto_key_free(key);
	}
}

static void one_bit_of_difference_is_bogus(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(examples); i++) {
		const struct example *e = &examples[i];
		uint8_t data[512], signature[512];
		size_t len = signed_data(e, data),
		       sig_len = unbase64(e->signature, signature);
		struct crypto_key *key = key_of(e->algorithm, e->key);
		const struct crypto_piece piece = { data, len };
		for (size_t bit = 0; bit < len * 8; bit += 13) {
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(
			    crypto_verify(key, &piece, 1, signature, sig_len),
			    KT_E_BAD_SIGNATURE);
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t bit = 0; bit < sig_len * 8; bit += 13) {
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(
			    crypto_verify(key, &piece, 1, signature, sig_len),
			    KT_E_BAD_SIGNATURE);
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(crypto_verify(key, &piece, 1, signature, sig_len), 0);
		crypto_key_free(key);
	}
}

static void a_signature_of_the_wrong_length_is_bogus(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(examples); i++) {
		const struct example *e = &examples[i];
		uint8_t data[512], signature[512] = { 0 };
		size_t len = signed_data(e, data),
		       sig_len = unbase64(e->signature, signature);
		struct crypto_key *key = key_of(e->algorithm, e->key);
		const struct crypto_piece piece = { data, len };
		for (size_t n = 0; n < sizeof(signature); n++)
			if (n != sig_len)
				assert_int_equal(
				    crypto_verify(key, &piece, 1, signature, n),
				    KT_E_BAD_SIGNATURE);
		memset(signature, 0, sizeof(signature));
		assert_int_equal(crypto_verify(key, &piece, 1, signature, sig_len),
		    KT_E_BAD_SIGNATURE);
		crypto_key_free(key);
	}
}

static void rsa_with_sha1_still_verifies(void **state)
{
	(void)state;
	static const char public[] =
	    "AwEAAd0+DfeEOQ0gwQJpBkhOEIUJ+kmaIkes8sgiUnbnIAS2UIUARxksVPhpCb+"
	    "8bUYherTRW747+"
	    "VMsTAkrEkKi5+zK3j9BMhuvKUVHbKfPOH1SdXgks3BFpXrA3frbtRRd/"
	    "lbkbWI96u6LR2a1SmhmvClTqnNOPfnCKCzb6HM4Kqkt";
	static const char made[] =
	    "PY0FIIOwW+EeJ9p+Z8/"
	    "xh+"
	    "XXf5m4VlGvBV3i0GRJV7Mzspina8XMaIdt9XRLk289hRt2G9yNNlk5PxtCHjtzQpzWSWJXYkcG"
	    "UxoFZ2I"
	    "KhQy+DbsC21dkC0yrptHes+43oLlM6B2OLX8A0fo4dQmRkI6ppBD0eUaJCnA47WNrsMw=";
	static const uint8_t numbers[] = { 5, 7 };
	for (size_t i = 0; i < KT_COUNT(numbers); i++) {
		uint8_t signature[256];
		size_t len = unbase64(made, signature);
		struct crypto_key *key = key_of(numbers[i], public);
		struct crypto_piece piece = { "signed with RSA and SHA-1", 25 };
		assert_int_equal(crypto_verify(key, &piece, 1, signature, len), 0);
		piece.len--;
		assert_int_equal(
		    crypto_verify(key, &piece, 1, signature, len), KT_E_BAD_SIGNATURE);
		crypto_key_free(key);
	}
}

static void unknown_algorithms_are_told_apart(void **state)
{
	(void)state;
	static const uint8_t known[] = { 5, 7, 8, 10, 13, 14, 15, 16 };
	size_t at = 0;
	for (unsigned a = 0; a < 256; a++) {
		bool is_known = at < KT_COUNT(known) && known[at] == a;
		at += is_known;
		struct crypto_key *key = NULL;
		uint8_t octets[64] = { 0 };
		assert_int_equal(crypto_algorithm_supported((uint8_t)a), is_known);
		if (!is_known)
			assert_int_equal(crypto_key_from_dnskey(
					     (uint8_t)a, octets, sizeof(octets), &key),
			    KT_E_UNSUPPORTED);
	}
}

static void malformed_keys_are_refused(void **state)
{
	(void)state;
	uint8_t long_rsa[4 + 514];
	memset(long_rsa, 0xff, sizeof(long_rsa));
	memcpy(long_rsa, "\1\3", 2);
	uint8_t long_exponent[1 + 128 + 128];
	memset(long_exponent, 0xff, sizeof(long_exponent));
	long_exponent[0] = 128;
	uint8_t off_curve[64] = { 1 };
	uint8_t small_rsa[1 + 1 + 63];
	memset(small_rsa, 0xff, sizeof(small_rsa));
	memcpy(small_rsa, "\1\3", 2);
	uint8_t no_exponent[2 + 128];
	memset(no_exponent, 0xff, sizeof(no_exponent));
	memcpy(no_exponent, "\1\0", 2);
	const struct {
		uint8_t algorithm;
		const void *octets;
		size_t len;
		int rc;
	} cases[] = {
		{ 8, "", 0, KT_E_FORMAT },
		{ 8, "\0\0", 2, KT_E_FORMAT },
		{ 8, "\0\0\0", 3, KT_E_FORMAT },
		{ 8, "\3\1\0", 3, KT_E_FORMAT },
		{ 8, "\3\1\0\1", 4, KT_E_FORMAT },
		{ 8, "\0\377\377\1", 4, KT_E_FORMAT },
		{ 8, long_rsa, sizeof(long_rsa), KT_E_FORMAT },
		{ 8, small_rsa, sizeof(small_rsa), KT_E_FORMAT },
		{ 8, no_exponent, sizeof(no_exponent), KT_E_FORMAT },
		{ 8, long_exponent, sizeof(long_exponent), KT_E_UNSUPPORTED },
		{ 13, off_curve, 64, KT_E_FORMAT },
		{ 13, off_curve, 63, KT_E_FORMAT },
		{ 13, "", 0, KT_E_FORMAT },
		{ 14, off_curve, 64, KT_E_FORMAT },
		{ 15, off_curve, 31, KT_E_FORMAT },
		{ 15, off_curve, 33, KT_E_FORMAT },
		{ 16, off_curve, 32, KT_E_FORMAT },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct crypto_key *key = NULL;
		int rc = crypto_key_from_dnskey(
		    cases[i].algorithm, cases[i].octets, cases[i].len, &key);
		assert_int_equal(rc, cases[i].rc);
		assert_null(key);
	}
	crypto_key_free(NULL);
}

struct shared {
	struct crypto_key *key;
	const struct example *example;
	_Atomic int failed;
};

static void *verify_in_thread(void *arg)
{
	struct shared *s = arg;
	uint8_t data[512], signature[512];
	size_t len = signed_data(s->example, data);
	size_t sig_len = unbase64(s->example->signature, signature);
	const struct crypto_piece piece = { data, len };
	for (int i = 0; i < 200; i++) {
		bool spoil = i & 1;
		data[5] ^= spoil;
		int rc = crypto_verify(s->key, &piece, 1, signature, sig_len);
		data[5] ^= spoil;
		if (rc != (spoil ? KT_E_BAD_SIGNATURE : 0))
			s->failed = 1;
	}
	return NULL;
}

static void threads_share_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(examples); i += 2) {
		struct shared s = { .example = &examples[i] };
		s.key = key_of(examples[i].algorithm, examples[i].key);
		pthread_t thread[6];
		for (size_t t = 0; t < KT_COUNT(thread); t++)
			assert_int_equal(
			    pthread_create(&thread[t], NULL, verify_in_thread, &s), 0);
		for (size_t t = 0; t < KT_COUNT(thread); t++)
			pthread_join(thread[t], NULL);
		assert_int_equal(s.failed, 0);
		crypto_key_free(s.key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfcs_verify),
		cmocka_unit_test(one_bit_of_difference_is_bogus),
		cmocka_unit_test(a_signature_of_the_wrong_length_is_bogus),
		cmocka_unit_test(rsa_with_sha1_still_verifies),
		cmocka_unit_test(unknown_algorithms_are_told_apart),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(threads_share_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
