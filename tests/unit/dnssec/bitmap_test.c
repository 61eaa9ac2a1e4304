#include "dnssec/bitmap.h"

#include "base/err.h"

#include "kt_test.h"

/* RFC 4034 s.4.3: A MX RRSIG NSEC TYPE1234 */
static const uint8_t example[] = { 0x00, 0x06, 0x40, 0x01, 0x00, 0x00, 0x00, 0x03, 0x04,
	0x1b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x20 };
static const uint16_t example_types[] = { 1, 15, 46, 47, 1234 };

static void the_example_of_rfc_4034_is_written(void **state)
{
	(void)state;
	uint8_t out[64];
	struct kt_writer w = kt_writer_of(out, sizeof(out));
	dnssec_bitmap_write(&w, example_types, KT_COUNT(example_types));
	assert_int_equal(w.err, 0);
	assert_octets(out, kt_writer_len(&w), example, sizeof(example));
	assert_int_equal(dnssec_bitmap_check(example, sizeof(example)), 0);
}

static void a_type_is_in_it_or_not(void **state)
{
	(void)state;
	size_t i = 0;
	for (unsigned type = 0; type < 65536; type++) {
		bool in = i < KT_COUNT(example_types) && example_types[i] == type;
		assert_int_equal(
		    dnssec_bitmap_has(example, sizeof(example), (uint16_t)type), in);
		i += in;
	}
}

static void types_come_in_rising_order(void **state)
{
	(void)state;
	size_t i = 0;
	for (int t = dnssec_bitmap_next(example, sizeof(example), 0); t >= 0;
	     t = dnssec_bitmap_next(example, sizeof(example), (unsigned)t + 1))
		assert_int_equal(t, example_types[i++]);
	assert_int_equal(i, KT_COUNT(example_types));
}

static void malformed_bitmaps_are_refused_and_read_safely(void **state)
{
	(void)state;
	static const struct {
		uint8_t octets[8];
		size_t len;
	} cases[] = {
		{ { 0 }, 1 },
		{ { 0, 0 }, 2 },
		{ { 0, 2, 0x40 }, 3 },
		{ { 0, 33, 0x40 }, 8 },
		{ { 0, 1, 0 }, 3 },
		{ { 0, 2, 0x40, 0 }, 4 },
		{ { 1, 1, 0x40, 0, 1, 0x40 }, 6 },
		{ { 0, 1, 0x40, 0, 1, 0x20 }, 6 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		assert_int_equal(
		    dnssec_bitmap_check(cases[i].octets, cases[i].len), KT_E_FORMAT);
		/* No assertion on the outcome: the sanitizers watch. */
		(void)dnssec_bitmap_has(cases[i].octets, cases[i].len, 300);
		(void)dnssec_bitmap_next(cases[i].octets, cases[i].len, 2);
	}
	assert_int_equal(dnssec_bitmap_check(NULL, 0), 0);
	assert_int_equal(dnssec_bitmap_next(NULL, 0, 0), -1);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	for (int round = 0; round < 500; round++) {
		uint16_t types[200];
		size_t n = kt_test_random(&seed) % KT_COUNT(types), i = 0;
		unsigned type = 0;
		for (size_t j = 0; j < n; j++) {
			type += 1 + kt_test_random(&seed) % 500;
			if (type > 65535)
				n = j;
			else
				types[j] = (uint16_t)type;
		}
		uint8_t out[256 * 34];
		struct kt_writer w = kt_writer_of(out, sizeof(out));
		dnssec_bitmap_write(&w, types, n);
		assert_int_equal(w.err, 0);
		assert_int_equal(dnssec_bitmap_check(out, kt_writer_len(&w)), 0);
		for (int t = dnssec_bitmap_next(out, kt_writer_len(&w), 0); t >= 0;
		     t = dnssec_bitmap_next(out, kt_writer_len(&w), (unsigned)t + 1))
			assert_int_equal(t, types[i++]);
		assert_int_equal(i, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_4034_is_written),
		cmocka_unit_test(a_type_is_in_it_or_not),
		cmocka_unit_test(types_come_in_rising_order),
		cmocka_unit_test(malformed_bitmaps_are_refused_and_read_safely),
		cmocka_unit_test(what_is_written_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
