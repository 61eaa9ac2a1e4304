#include "dnssec/ds.h"

#include "base/bytes.h"
#include "base/err.h"

#include "kt_test.h"

/* RFC 4034 s.5.4: dskey.example.com. DNSKEY 256 3 5 AQOeiiR0..., tag 60485 */
static const uint8_t rsa_owner[] = "\5dskey\7example\3com";
static const uint8_t rsa_key[] = { 0x01, 0x00, 0x03, 0x05, 0x01, 0x03, 0x9e, 0x8a, 0x24,
	0x74, 0x18, 0xe3, 0x18, 0x90, 0x3b, 0x21, 0x5a, 0x84, 0x8a, 0xcf, 0xd5, 0xf3,
	0x7f, 0x02, 0x6b, 0xd4, 0x06, 0x2d, 0xb2, 0x6c, 0x77, 0x4c, 0x69, 0x09, 0x68,
	0xd5, 0xd5, 0x6d, 0xf8, 0xbf, 0xda, 0x91, 0xe6, 0xf3, 0x6d, 0x9a, 0x27, 0x98,
	0x88, 0xf4, 0x13, 0x33, 0x35, 0x7c, 0x5e, 0x60, 0x29, 0x99, 0x0d, 0x10, 0xfd,
	0xf5, 0x66, 0x30, 0x62, 0xa5, 0x12, 0x76, 0x33, 0x26, 0x98, 0x0a, 0x61, 0x5d,
	0xdb, 0xf1, 0x7a, 0x05, 0xdd, 0xfc, 0xce, 0x7e, 0x5f, 0xb3, 0xab, 0xcc, 0xa0,
	0x5a, 0x31, 0xb0, 0x95, 0x74, 0x52, 0xd4, 0x52, 0x1e, 0x83, 0x87, 0x07, 0x89,
	0x06, 0x31, 0x15, 0xbf, 0x97, 0xf6, 0xc3, 0x08, 0xcc, 0xf5, 0x7c, 0xdc, 0x9c,
	0xe7, 0xfe, 0x10, 0xf6, 0xed, 0x1b, 0xd0, 0xcc, 0x06, 0x60, 0x03, 0x8c, 0x50,
	0xdc, 0xdb, 0x0f, 0xeb, 0x96, 0x3c, 0x2f, 0x17 };
/* RFC 6605 s.6.2: example.net. DNSKEY 257 3 14 xKYaNhWd..., tag 10771 */
static const uint8_t p384_owner[] = "\7example\3net";
static const uint8_t p384_key[] = { 0x01, 0x01, 0x03, 0x0e, 0xc4, 0xa6, 0x1a, 0x36,
	0x15, 0x9d, 0x18, 0xe7, 0xc9, 0xfa, 0x73, 0xeb, 0x2f, 0xcf, 0xda, 0xae, 0x4c,
	0x1f, 0xd8, 0x46, 0x37, 0x30, 0x32, 0x7e, 0x48, 0x4a, 0xca, 0x8a, 0xf0, 0x55,
	0x4a, 0xe9, 0xb5, 0xc3, 0xf7, 0xa0, 0xb1, 0x7b, 0xd2, 0x00, 0x3b, 0x4d, 0x26,
	0x1c, 0x9e, 0x9b, 0x94, 0x42, 0x3a, 0x98, 0x10, 0xe8, 0xaf, 0x17, 0xd4, 0x34,
	0x52, 0x12, 0x4a, 0xdb, 0x61, 0x0f, 0x8e, 0x07, 0xeb, 0xfc, 0xfe, 0xe5, 0xf8,
	0xe4, 0xd0, 0x70, 0x63, 0xca, 0xe9, 0xeb, 0x91, 0x7a, 0x1a, 0x5b, 0xab, 0xf0,
	0x8f, 0xe6, 0x95, 0x53, 0x60, 0x17, 0xa5, 0xbf, 0xa9, 0x32, 0x37, 0xee, 0x6e,
	0x34 };

static const struct {
	const char *source;
	const uint8_t *owner, *key;
	size_t key_len;
	uint16_t tag;
	uint8_t algorithm, digest_type;
	size_t digest_len;
	const char *digest;
} examples[] = {
	{ "RFC 4034 s.5.4", rsa_owner, rsa_key, sizeof(rsa_key), 60485, 5, 1, 20,
	    "2bb183af5f22588179a53b0a98631fad1a292118" },
	{ "RFC 4509 s.2.3", rsa_owner, rsa_key, sizeof(rsa_key), 60485, 5, 2, 32,
	    "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a" },
	{ "RFC 6605 s.6.2", p384_owner, p384_key, sizeof(p384_key), 10771, 14, 4, 48,
	    "72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0"
	    "563a9b5f4d288405c3008a946df983d6" },
};

static size_t ds_of(size_t i, uint8_t out[64])
{
	kt_put16(out, examples[i].tag);
	out[2] = examples[i].algorithm;
	out[3] = examples[i].digest_type;
	for (size_t j = 0; j < examples[i].digest_len; j++) {
		unsigned v;
		assert_int_equal(sscanf(examples[i].digest + 2 * j, "%2x", &v), 1);
		out[4 + j] = (uint8_t)v;
	}
	return 4 + examples[i].digest_len;
}

static void the_examples_of_the_rfcs_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(examples); i++) {
		uint8_t ds[64], digest[DNSSEC_DS_DIGEST_MAX];
		size_t len = ds_of(i, ds);
		assert_int_equal(
		    dnssec_ds_digest_size(examples[i].digest_type), len - 4);
		assert_int_equal(
		    dnssec_ds_digest(examples[i].digest_type, examples[i].owner,
			examples[i].key, examples[i].key_len, digest),
		    0);
		assert_octets(digest, len - 4, ds + 4, len - 4);
		assert_int_equal(dnssec_ds_matches(ds, len, examples[i].owner,
				     examples[i].key, examples[i].key_len),
		    0);
	}
}

static void letter_case_of_the_owner_does_not_matter(void **state)
{
	(void)state;
	uint8_t ds[64];
	size_t len = ds_of(1, ds);
	assert_int_equal(
	    dnssec_ds_matches(ds, len, (const uint8_t *)"\5DsKey\7EXAMPLE\3coM",
		rsa_key, sizeof(rsa_key)),
	    0);
}

static void another_key_tag_algorithm_digest_or_owner_is_another_key(void **state)
{
	(void)state;
	uint8_t ds[64];
	size_t len = ds_of(1, ds);
	for (size_t at = 0; at < len; at++) {
		if (at == 3)
			continue;
		ds[at] ^= 1;
		assert_int_equal(
		    dnssec_ds_matches(ds, len, rsa_owner, rsa_key, sizeof(rsa_key)),
		    KT_E_NOT_FOUND);
		ds[at] ^= 1;
	}
	assert_int_equal(
	    dnssec_ds_matches(ds, len - 1, rsa_owner, rsa_key, sizeof(rsa_key)),
	    KT_E_NOT_FOUND);
	assert_int_equal(
	    dnssec_ds_matches(ds, len, p384_owner, rsa_key, sizeof(rsa_key)),
	    KT_E_NOT_FOUND);
}

static void unknown_digest_types_and_short_rdata_are_told(void **state)
{
	(void)state;
	uint8_t ds[64], digest[DNSSEC_DS_DIGEST_MAX];
	size_t len = ds_of(0, ds);
	ds[3] = 3; /* GOST R 34.11-94 */
	assert_int_equal(
	    dnssec_ds_matches(ds, len, rsa_owner, rsa_key, sizeof(rsa_key)),
	    KT_E_UNSUPPORTED);
	assert_int_equal(
	    dnssec_ds_digest(0, rsa_owner, rsa_key, sizeof(rsa_key), digest),
	    KT_E_UNSUPPORTED);
	assert_int_equal(
	    dnssec_ds_matches(ds, 3, rsa_owner, rsa_key, sizeof(rsa_key)), KT_E_SHORT);
	assert_int_equal(dnssec_ds_matches(ds, len, rsa_owner, rsa_key, 3), KT_E_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfcs_match),
		cmocka_unit_test(letter_case_of_the_owner_does_not_matter),
		cmocka_unit_test(
		    another_key_tag_algorithm_digest_or_owner_is_another_key),
		cmocka_unit_test(unknown_digest_types_and_short_rdata_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
