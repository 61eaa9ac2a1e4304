#include "dnssec/key.h"

#include "base/err.h"

#include "kt_test.h"

static void the_tag_of_an_ordinary_key_is_a_sum(void **state)
{
	(void)state;
	/* RFC 8080 s.6.1: 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= */
	static const uint8_t ed25519[] = { 0x01, 0x01, 0x03, 0x0f, 0x97, 0x4d, 0x96,
		0xa2, 0x2d, 0x22, 0x4b, 0xc0, 0x1a, 0xdb, 0x91, 0x50, 0x91, 0x47, 0x7d,
		0x44, 0xcc, 0xd9, 0x1c, 0x9a, 0x41, 0xa1, 0x14, 0x30, 0x01, 0x01, 0x17,
		0xd5, 0x2c, 0x59, 0x24, 0x0e };
	struct dnssec_key k;
	assert_int_equal(dnssec_key_tag(ed25519, sizeof(ed25519)), 3613);
	assert_int_equal(dnssec_key_read(ed25519, sizeof(ed25519), &k), 0);
	assert_int_equal(k.flags, DNSSEC_KEY_ZONE | DNSSEC_KEY_SEP);
	assert_int_equal(k.protocol, DNSSEC_KEY_PROTOCOL);
	assert_int_equal(k.algorithm, 15);
	assert_int_equal(k.tag, 3613);
	assert_octets(k.public, k.public_len, ed25519 + 4, 32);
}

static void the_tag_of_an_odd_number_of_octets_pads_with_zero(void **state)
{
	(void)state;
	static const uint8_t odd[] = { 0, 0, 3, 8, 0xff };
	/* 0x0308 + 0xff00 is 0x10208 */
	assert_int_equal(dnssec_key_tag(odd, sizeof(odd)), 0x0208 + 1);
}

static void carries_are_added(void **state)
{
	(void)state;
	static const uint8_t key[] = { 0xff, 0xff, 0xff, 0xff, 0, 3 };
	/* 0xffff + 0xffff + 0x0003 is 0x20001 */
	assert_int_equal(dnssec_key_tag(key, sizeof(key)), 0x0001 + 2);
}

static void the_tag_of_algorithm_1_is_out_of_the_modulus(void **state)
{
	(void)state;
	static const uint8_t key[] = { 1, 1, 3, 1, 1, 3, 0xde, 0xad, 0x12, 0x34, 0x56 };
	assert_int_equal(dnssec_key_tag(key, sizeof(key)), 0x1234);
	assert_int_equal(dnssec_key_tag(key, 6), 0);
}

static void a_short_key_is_refused(void **state)
{
	(void)state;
	static const uint8_t key[] = { 1, 1, 3 };
	struct dnssec_key k;
	for (size_t len = 0; len <= sizeof(key); len++) {
		assert_int_equal(dnssec_key_tag(key, len), 0);
		assert_int_equal(dnssec_key_read(key, len, &k), KT_E_SHORT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tag_of_an_ordinary_key_is_a_sum),
		cmocka_unit_test(the_tag_of_an_odd_number_of_octets_pads_with_zero),
		cmocka_unit_test(carries_are_added),
		cmocka_unit_test(the_tag_of_algorithm_1_is_out_of_the_modulus),
		cmocka_unit_test(a_short_key_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
