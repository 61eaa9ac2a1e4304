#include "dns/radix.h"

#include "base/err.h"

#include "kt_test.h"

/* RFC 4648 s.10 */
static const struct {
	const char *octets, *base64, *base32, *hex;
} vectors[] = {
	{ "", "", "", "" },
	{ "f", "Zg==", "co", "66" },
	{ "fo", "Zm8=", "cpng", "666f" },
	{ "foo", "Zm9v", "cpnmu", "666f6f" },
	{ "foob", "Zm9vYg==", "cpnmuog", "666f6f62" },
	{ "fooba", "Zm9vYmE=", "cpnmuoj1", "666f6f6261" },
	{ "foobar", "Zm9vYmFy", "cpnmuoj1e8", "666f6f626172" },
};

static void the_vectors_of_rfc_4648_hold_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(vectors); i++) {
		const char *octets = vectors[i].octets;
		size_t n = strlen(octets);
		uint8_t found[16];
		struct kt_text text = { 0 };
		dns_base64_print(&text, (const uint8_t *)octets, n);
		assert_string_equal(kt_text_of(&text), vectors[i].base64);
		kt_text_clear(&text);
		dns_base32_print(&text, (const uint8_t *)octets, n);
		assert_string_equal(kt_text_of(&text), vectors[i].base32);
		kt_text_clear(&text);
		dns_hex_print(&text, (const uint8_t *)octets, n);
		assert_string_equal(kt_text_of(&text), vectors[i].hex);
		kt_text_fini(&text);

		struct kt_writer w = kt_writer_of(found, sizeof(found));
		const char *p = vectors[i].base32;
		assert_int_equal(dns_base32_scan(p, strlen(p), &w), 0);
		assert_octets(found, kt_writer_len(&w), octets, n);
	}
}

/* Zone text breaks base64 and hex anywhere. */
static void pieces_of_any_length_give_the_same_octets(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(vectors); i++) {
		for (size_t step = 1; step < 9; step++) {
			uint8_t found[16];
			struct dns_base64 d = { 0 };
			int odd = -1;
			struct kt_writer w = kt_writer_of(found, sizeof(found));
			const char *p = vectors[i].base64, *end = p + strlen(p);
			for (; p < end; p += step) {
				size_t len = (size_t)(end - p) < step
						 ? (size_t)(end - p)
						 : step;
				assert_int_equal(dns_base64_feed(&d, p, len, &w), 0);
			}
			assert_int_equal(dns_base64_end(&d), 0);
			assert_octets(found, kt_writer_len(&w), vectors[i].octets,
			    strlen(vectors[i].octets));
			w = kt_writer_of(found, sizeof(found));
			for (p = vectors[i].hex, end = p + strlen(p); p < end;
			     p += step) {
				size_t len = (size_t)(end - p) < step
						 ? (size_t)(end - p)
						 : step;
				assert_int_equal(dns_hex_feed(&odd, p, len, &w), 0);
			}
			assert_int_equal(odd, -1);
			assert_octets(found, kt_writer_len(&w), vectors[i].octets,
			    strlen(vectors[i].octets));
		}
	}
}

/* RFC 4648 s.3.5: one text for each octet string. */
static void only_one_way_to_write_octets_is_accepted(void **state)
{
	(void)state;
	static const char *const bad64[] = { "Zg=", "Zg", "Z",
		"Zh==", "Zm9=", "Zg===", "Z===", "=", "Zg==Zg==", "Zm 9v", "Zm9-",
		"Zg=g", "Zm9v\xff" };
	static const char *const bad32[] = { "c", "cp", "cpnmv0", "cpw", "co=", "c!",
		"cpn" };
	uint8_t found[16];
	for (size_t i = 0; i < KT_COUNT(bad64); i++) {
		struct dns_base64 d = { 0 };
		struct kt_writer w = kt_writer_of(found, sizeof(found));
		int rc = dns_base64_feed(&d, bad64[i], strlen(bad64[i]), &w);
		assert_int_equal(rc ? rc : dns_base64_end(&d), KT_E_FORMAT);
	}
	for (size_t i = 0; i < KT_COUNT(bad32); i++) {
		struct kt_writer w = kt_writer_of(found, sizeof(found));
		assert_int_equal(
		    dns_base32_scan(bad32[i], strlen(bad32[i]), &w), KT_E_FORMAT);
	}
	int odd = -1;
	struct kt_writer w = kt_writer_of(found, sizeof(found));
	assert_int_equal(dns_hex_feed(&odd, "0g", 2, &w), KT_E_FORMAT);
}

static void too_little_room_is_the_error_of_the_writer(void **state)
{
	(void)state;
	uint8_t found[3];
	struct dns_base64 d = { 0 };
	struct kt_writer w = kt_writer_of(found, sizeof(found));
	assert_int_equal(dns_base64_feed(&d, "Zm9vYmFy", 8, &w), 0);
	assert_int_equal(w.err, KT_E_SPACE);
	int odd = -1;
	w = kt_writer_of(found, sizeof(found));
	assert_int_equal(dns_hex_feed(&odd, "00112233", 8, &w), 0);
	assert_int_equal(w.err, KT_E_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold_both_ways),
		cmocka_unit_test(pieces_of_any_length_give_the_same_octets),
		cmocka_unit_test(only_one_way_to_write_octets_is_accepted),
		cmocka_unit_test(too_little_room_is_the_error_of_the_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
