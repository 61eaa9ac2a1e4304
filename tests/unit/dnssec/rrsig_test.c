#include "dnssec/rrsig.h"

#include "base/bytes.h"
#include "base/err.h"

#include "kt_test.h"

/* RFC 4035 appendix A, the zone signing key: example. DNSKEY 256 3 5 AQOy1bZV... */
static const uint8_t zone_key[] = { 0x01, 0x03, 0xb2, 0xd5, 0xb6, 0x55, 0xbe, 0x93,
	0xea, 0x86, 0x0e, 0x23, 0xec, 0x42, 0x68, 0x33, 0xda, 0xc8, 0xdd, 0x99, 0xb2,
	0x13, 0x1d, 0x8e, 0xcc, 0x30, 0x55, 0xad, 0x9c, 0xbf, 0x96, 0xf2, 0x39, 0x09,
	0x07, 0x8f, 0xc5, 0x71, 0xd9, 0x4b, 0x88, 0xbc, 0x74, 0x03, 0x47, 0xe0, 0x35,
	0xf7, 0xb5, 0xb1, 0xe8, 0x97, 0xad, 0x5e, 0x93, 0xc1, 0x05, 0x31, 0xcb, 0x06,
	0x5f, 0x12, 0x9c, 0x88, 0x91, 0x47, 0xca, 0x19, 0x7d, 0xe0, 0x2f, 0x8d, 0xc0,
	0x82, 0xd0, 0x77, 0x3b, 0x14, 0x95, 0x21, 0x68, 0xbc, 0x16, 0x6c, 0xca, 0x5f,
	0xcd, 0x5f, 0xac, 0x84, 0x6e, 0xdc, 0x3f, 0xc4, 0xdf, 0x59, 0x35, 0xca, 0xdb,
	0x62, 0xf8, 0x23, 0x8d, 0x9f, 0xd4, 0x54, 0xf6, 0x48, 0xc9, 0x21, 0x4d, 0xb2,
	0x01, 0x18, 0xbe, 0x1d, 0x33, 0xdb, 0x9e, 0x36, 0x97, 0x33, 0x0a, 0x47, 0x80,
	0xe1, 0xf2, 0xe6, 0x5f, 0x7d };
/* RFC 4035 appendix A: *.w.example. RRSIG MX 5 2 3600 20040509183619 20040409183619 38519 */
static const uint8_t wildcard_sig[] = { 0x00, 0x0f, 0x05, 0x02, 0x00, 0x00, 0x0e, 0x10,
	0x40, 0x9e, 0x7a, 0x23, 0x40, 0x76, 0xed, 0x23, 0x96, 0x77, 0x07, 0x65, 0x78,
	0x61, 0x6d, 0x70, 0x6c, 0x65, 0x00, 0x38, 0xc2, 0xbc, 0xac, 0x06, 0x65, 0x7a,
	0x97, 0xf3, 0x2d, 0x65, 0xbb, 0xe4, 0x3c, 0x5d, 0xeb, 0x78, 0xf2, 0xdb, 0x0b,
	0x30, 0x11, 0x2c, 0xf1, 0x0c, 0xa1, 0xb6, 0x7f, 0xd0, 0x0c, 0x37, 0x50, 0xb2,
	0xb4, 0x27, 0x75, 0xd1, 0xc6, 0x08, 0x48, 0x0c, 0x5f, 0x01, 0xdb, 0xd7, 0x49,
	0x9e, 0xf1, 0xba, 0x32, 0x80, 0xb4, 0xf6, 0xdc, 0xb6, 0xf3, 0x90, 0xda, 0x87,
	0xce, 0xec, 0x06, 0x49, 0xf9, 0xdd, 0x35, 0x11, 0xe7, 0x90, 0x4d, 0x50, 0x4f,
	0xab, 0x8f, 0xfa, 0x28, 0x25, 0xa1, 0xa9, 0xed, 0x97, 0x4e, 0x39, 0xe4, 0x54,
	0xb3, 0x6f, 0xbe, 0x19, 0xdc, 0xd2, 0xed, 0xbc, 0x6a, 0x84, 0xac, 0x1b, 0x4f,
	0xb8, 0x22, 0x7b, 0xe4, 0x90, 0xe1, 0xe4, 0x9c, 0xac, 0x70, 0xe2, 0x45, 0xf5,
	0xf0, 0xc3, 0x11, 0xdf, 0x88, 0xbc, 0x94, 0x2d, 0xfa, 0x49, 0x1e, 0x71, 0x06,
	0x78, 0xbc, 0xbc, 0x72 };
/* MX 1 ai.example. */
static const uint8_t wildcard_mx[] = "\0\016\0\1\2ai\7example";

static struct dnssec_rrsig sig_of(const void *rdata, size_t len)
{
	struct dnssec_rrsig sig;
	assert_int_equal(dnssec_rrsig_read(rdata, len, &sig), 0);
	return sig;
}

static int verify_wildcard(const char *owner, const uint8_t *rdata)
{
	struct crypto_key *key = NULL;
	struct kt_arena arena;
	kt_arena_init(&arena, 0);
	assert_int_equal(
	    crypto_key_from_dnskey(5, zone_key, sizeof(zone_key), &key), 0);
	struct dnssec_rrsig sig = sig_of(wildcard_sig, sizeof(wildcard_sig));
	struct dnssec_rrset set = { .owner = (const uint8_t *)owner,
		.type = 15,
		.class = 1,
		.n_rr = 1,
		.data = rdata,
		.size = sizeof(wildcard_mx) };
	int rc = dnssec_rrsig_verify(&set, &sig, key, &arena);
	kt_arena_fini(&arena);
	crypto_key_free(key);
	return rc;
}

static void a_signature_of_rfc_4035_appendix_a_verifies(void **state)
{
	(void)state;
	assert_int_equal(verify_wildcard("\1*\1w\7example", wildcard_mx), 0);
}

static void the_answer_made_from_the_wildcard_verifies_too(void **state)
{
	(void)state;
	/* RFC 4035 appendix B.6 */
	assert_int_equal(verify_wildcard("\1a\1z\1w\7example", wildcard_mx), 0);
	assert_int_equal(verify_wildcard("\1b\1W\7EXAMPLE", wildcard_mx), 0);
}

static void letter_case_of_names_does_not_matter(void **state)
{
	(void)state;
	assert_int_equal(verify_wildcard("\1*\1W\7Example",
			     (const uint8_t *)"\0\016\0\1\2AI\7eXample"),
	    0);
}

static void other_data_or_another_owner_is_bogus(void **state)
{
	(void)state;
	assert_int_equal(verify_wildcard("\1*\1w\7example",
			     (const uint8_t *)"\0\016\0\2\2ai\7example"),
	    KT_E_BAD_SIGNATURE);
	assert_int_equal(
	    verify_wildcard("\1*\1v\7example", wildcard_mx), KT_E_BAD_SIGNATURE);
	assert_int_equal(
	    verify_wildcard("\1w\7example", wildcard_mx), KT_E_BAD_SIGNATURE);
	/* fewer labels than the signature has */
	assert_int_equal(verify_wildcard("\7example", wildcard_mx), KT_E_BAD_SIGNATURE);
	assert_int_equal(
	    verify_wildcard("\1*\7example", wildcard_mx), KT_E_BAD_SIGNATURE);
	assert_int_equal(verify_wildcard("", wildcard_mx), KT_E_BAD_SIGNATURE);
}

/* covered 15, algorithm 13, `labels`, TTL 300, expiration 2, inception 1, tag 7; "Z."; "s" */
static struct dnssec_rrsig made_sig(uint8_t labels, uint8_t type, uint8_t rdata[22])
{
	static const uint8_t made[22] = "\0\17\15\2\0\0\1\54\0\0\0\2\0\0\0\1\0\7\1Z\0s";
	memcpy(rdata, made, 22);
	rdata[1] = type;
	rdata[3] = labels;
	return sig_of(rdata, 22);
}

static void signed_data_is_sorted_lowered_and_without_duplicates(void **state)
{
	(void)state;
	static const uint8_t data[] = "\0\5\0\2\1B\0"
				      "\0\5\0\1\1C\0"
				      "\0\5\0\2\1b\0"
				      "\0\5\0\2\1A\0";
	static const uint8_t want[] = "\0\17\15\2\0\0\1\54\0\0\0\2\0\0\0\1\0\7\1z\0"
				      "\1x\1z\0\0\17\0\1\0\0\1\54\0\5\0\1\1c\0"
				      "\1x\1z\0\0\17\0\1\0\0\1\54\0\5\0\2\1a\0"
				      "\1x\1z\0\0\17\0\1\0\0\1\54\0\5\0\2\1b\0";
	uint8_t rdata[22];
	struct dnssec_rrsig sig = made_sig(2, 15, rdata);
	struct dnssec_rrset set = { .owner = (const uint8_t *)"\1X\1Z",
		.type = 15,
		.class = 1,
		.n_rr = 4,
		.data = data,
		.size = sizeof(data) - 1 };
	struct kt_arena arena;
	struct crypto_piece piece;
	kt_arena_init(&arena, 0);
	assert_int_equal(dnssec_rrsig_signed_data(&set, &sig, &arena, &piece), 0);
	assert_octets(piece.octets, piece.len, want, sizeof(want) - 1);
	kt_arena_fini(&arena);
}

static void the_labels_field_makes_the_wildcard(void **state)
{
	(void)state;
	static const struct {
		uint8_t labels;
		const char *owner, *signed_owner;
		int rc;
	} cases[] = {
		{ 2, "\1x\1z", "\1x\1z", 0 },
		{ 1, "\1x\1z", "\1*\1z", 0 },
		{ 0, "\1x\1z", "\1*", 0 },
		{ 1, "\1*\1z", "\1*\1z", 0 },
		{ 0, "\1*\1z", "\1*", 0 },
		{ 0, "", "", 0 },
		{ 3, "\1x\1z", "", KT_E_BAD_SIGNATURE },
		{ 2, "\1*\1z", "", KT_E_BAD_SIGNATURE },
		{ 1, "", "", KT_E_BAD_SIGNATURE },
		{ 255, "\1x\1z", "", KT_E_BAD_SIGNATURE },
	};
	static const uint8_t data[] = { 0, 0 };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t rdata[22];
		struct dnssec_rrsig sig = made_sig(cases[i].labels, 1, rdata);
		struct dnssec_rrset set = { .owner = (const uint8_t *)cases[i].owner,
			.type = 1,
			.class = 1,
			.n_rr = 1,
			.data = data,
			.size = 2 };
		struct kt_arena arena;
		struct crypto_piece piece;
		kt_arena_init(&arena, 0);
		assert_int_equal(
		    dnssec_rrsig_signed_data(&set, &sig, &arena, &piece), cases[i].rc);
		if (cases[i].rc == 0) {
			size_t len = strlen(cases[i].signed_owner) + 1;
			assert_octets((const uint8_t *)piece.octets + 21, len,
			    cases[i].signed_owner, len);
		}
		kt_arena_fini(&arena);
	}
}

static void a_set_that_is_shorter_than_it_says_is_refused(void **state)
{
	(void)state;
	static const uint8_t data[] = { 0, 4, 192, 0, 2, 1, 0, 4, 192, 0, 2, 2 };
	uint8_t rdata[22];
	struct dnssec_rrsig sig = made_sig(1, 1, rdata);
	struct kt_arena arena;
	kt_arena_init(&arena, 0);
	for (size_t size = 0; size <= sizeof(data); size++) {
		struct dnssec_rrset set = { .owner = (const uint8_t *)"\1z",
			.type = 1,
			.class = 1,
			.n_rr = 2,
			.data = data,
			.size = size };
		struct crypto_piece piece;
		assert_int_equal(dnssec_rrsig_signed_data(&set, &sig, &arena, &piece),
		    size < sizeof(data) ? KT_E_SHORT : 0);
		set.n_rr = UINT32_MAX;
		assert_int_equal(
		    dnssec_rrsig_signed_data(&set, &sig, &arena, &piece), KT_E_SHORT);
	}
	kt_arena_fini(&arena);
}

static void an_arena_with_a_cap_limits_the_work(void **state)
{
	(void)state;
	static uint8_t data[60000];
	uint8_t rdata[22];
	struct dnssec_rrsig sig = made_sig(1, 1, rdata);
	struct dnssec_rrset set = { .owner = (const uint8_t *)"\1z",
		.type = 1,
		.class = 1,
		.n_rr = 30000,
		.data = data,
		.size = sizeof(data) };
	struct kt_arena arena;
	struct crypto_piece piece;
	kt_arena_init(&arena, 100000);
	assert_int_equal(
	    dnssec_rrsig_signed_data(&set, &sig, &arena, &piece), KT_E_LIMIT);
	kt_arena_fini(&arena);
}

static void times_are_compared_as_serial_numbers(void **state)
{
	(void)state;
	static const struct {
		uint32_t inception, expiration;
		kt_unix at;
		enum dnssec_validity want;
	} cases[] = {
		{ 100, 200, 100, DNSSEC_VALID },
		{ 100, 200, 200, DNSSEC_VALID },
		{ 100, 200, 99, DNSSEC_NOT_YET_VALID },
		{ 100, 200, 201, DNSSEC_EXPIRED },
		/* RFC 4034 s.3.1.5: across 2^32, in 2106 */
		{ 0xffffff00, 0x100, 0xfffffff0, DNSSEC_VALID },
		{ 0xffffff00, 0x100, 0x100000010, DNSSEC_VALID },
		{ 0xffffff00, 0x100, 0x100000101, DNSSEC_EXPIRED },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dnssec_rrsig sig = { .inception = cases[i].inception,
			.expiration = cases[i].expiration };
		assert_int_equal(
		    dnssec_rrsig_validity(&sig, cases[i].at), cases[i].want);
	}
}

static void rdata_is_taken_apart_or_refused(void **state)
{
	(void)state;
	struct dnssec_rrsig sig = sig_of(wildcard_sig, sizeof(wildcard_sig));
	assert_int_equal(sig.covered, 15);
	assert_int_equal(sig.algorithm, 5);
	assert_int_equal(sig.labels, 2);
	assert_int_equal(sig.original_ttl, 3600);
	assert_int_equal(sig.tag, 38519);
	assert_octets(sig.signer, sig.signer_len, "\7example", 9);
	assert_int_equal(sig.signature_len, 128);
	for (size_t len = 0; len < 27; len++)
		assert_true(dnssec_rrsig_read(wildcard_sig, len, &sig) < 0);
	assert_int_equal(dnssec_rrsig_read(wildcard_sig, 27, &sig), 0);
	assert_int_equal(sig.signature_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_rfc_4035_appendix_a_verifies),
		cmocka_unit_test(the_answer_made_from_the_wildcard_verifies_too),
		cmocka_unit_test(letter_case_of_names_does_not_matter),
		cmocka_unit_test(other_data_or_another_owner_is_bogus),
		cmocka_unit_test(signed_data_is_sorted_lowered_and_without_duplicates),
		cmocka_unit_test(the_labels_field_makes_the_wildcard),
		cmocka_unit_test(a_set_that_is_shorter_than_it_says_is_refused),
		cmocka_unit_test(an_arena_with_a_cap_limits_the_work),
		cmocka_unit_test(times_are_compared_as_serial_numbers),
		cmocka_unit_test(rdata_is_taken_apart_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
