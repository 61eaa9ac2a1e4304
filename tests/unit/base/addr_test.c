#include "base/addr.h"
#include "base/err.h"

#include "kt_test.h"

static void a_prefix_is_scanned_without_host_bits(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		const char *printed;
	} cases[] = {
		{ "192.0.2.0/24", 0, "192.0.2.0/24" },
		{ "192.0.2.1", 0, "192.0.2.1/32" },
		{ "0.0.0.0/0", 0, "0.0.0.0/0" },
		{ "::/0", 0, "::/0" },
		{ "240b:0010:0200::/41", 0, "240b:10:200::/41" },
		{ "2001:db8::1/128", 0, "2001:db8::1/128" },
		{ "192.0.2.1/24", KT_E_RANGE, NULL },
		{ "240b:10:280::/40", KT_E_RANGE, NULL },
		{ "192.0.2.0/33", KT_E_RANGE, NULL },
		{ "2001:db8::/129", KT_E_RANGE, NULL },
		{ "192.0.2.0/", KT_E_FORMAT, NULL },
		{ "192.0.2/24", KT_E_FORMAT, NULL },
		{ "", KT_E_FORMAT, NULL },
		{ "/24", KT_E_FORMAT, NULL },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_prefix p;
		char out[KT_PREFIX_TEXT];
		assert_int_equal(kt_prefix_scan(cases[i].text, &p), cases[i].rc);
		if (!cases[i].rc)
			assert_string_equal(kt_prefix_print(&p, out), cases[i].printed);
	}
}

static void a_loose_scan_clears_host_bits_and_tells_of_them(void **state)
{
	(void)state;
	static const struct {
		const char *text, *printed;
		bool host_bits;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.0/24", false },
		{ "192.0.2.255/25", "192.0.2.128/25", true },
		{ "255.255.255.255/0", "0.0.0.0/0", true },
		{ "240b:10:280::/40", "240b:10:200::/40", true },
		{ "2001:db8::1/127", "2001:db8::/127", true },
		{ "2001:db8::1", "2001:db8::1/128", false },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_prefix p;
		char out[KT_PREFIX_TEXT];
		bool host_bits;
		assert_int_equal(
		    kt_prefix_scan_loose(cases[i].text, &p, &host_bits), 0);
		assert_string_equal(kt_prefix_print(&p, out), cases[i].printed);
		assert_int_equal(host_bits, cases[i].host_bits);
	}
}

static void a_prefix_covers_its_own_family_up_to_its_length(void **state)
{
	(void)state;
	static const struct {
		const char *prefix, *address;
		bool covers;
	} cases[] = {
		{ "192.0.2.0/25", "192.0.2.127", true },
		{ "192.0.2.0/25", "192.0.2.128", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_prefix p;
		struct kt_addr a;
		assert_int_equal(kt_prefix_scan(cases[i].prefix, &p), 0);
		assert_int_equal(kt_addr_scan(cases[i].address, &a), 0);
		assert_int_equal(kt_prefix_covers(&p, &a), cases[i].covers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_is_scanned_without_host_bits),
		cmocka_unit_test(a_loose_scan_clears_host_bits_and_tells_of_them),
		cmocka_unit_test(a_prefix_covers_its_own_family_up_to_its_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
