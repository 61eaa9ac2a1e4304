#include "base/text.h"

#include "base/err.h"

#include "kt_test.h"

static void a_duration_has_a_unit_or_is_seconds(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint64_t ms;
	} cases[] = {
		{ "300ms", 0, 300 },
		{ "10s", 0, 10000 },
		{ "10", 0, 10000 },
		{ "5m", 0, 300000 },
		{ "1d", 0, 86400000 },
		{ "1w", 0, 604800000 },
		{ "", KT_E_FORMAT, 0 },
		{ "s", KT_E_FORMAT, 0 },
		{ "-1s", KT_E_FORMAT, 0 },
		{ "1y", KT_E_FORMAT, 0 },
		{ "99999999999999999999s", KT_E_RANGE, 0 },
		{ "18446744073709551615w", KT_E_RANGE, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t ms = 0;
		assert_int_equal(
		    kt_scan_duration(cases[i].text, strlen(cases[i].text), &ms),
		    cases[i].rc);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void a_size_has_a_binary_unit(void **state)
{
	(void)state;
	uint64_t v = 0;
	assert_int_equal(kt_scan_size("512MiB", 6, &v), 0);
	assert_int_equal(v, 512u << 20);
	assert_int_equal(kt_scan_size("512MB", 5, &v), KT_E_FORMAT);
	assert_int_equal(kt_scan_size("17179869184GiB", 14, &v), KT_E_RANGE);
}

static void the_nearest_word_is_proposed_only_when_near(void **state)
{
	(void)state;
	static const char *const words[] = { "listen", "zones", "resolver", "node" };
	assert_string_equal(kt_text_nearest("lsiten", words, 4), "listen");
	assert_string_equal(kt_text_nearest("zone", words, 4), "zones");
	assert_null(kt_text_nearest("xyz", words, 4));
	assert_null(kt_text_nearest("", words, 4));
}

static void text_grows_and_always_ends_in_nul(void **state)
{
	(void)state;
	struct kt_text t = { 0 };
	assert_string_equal(kt_text_of(&t), "");
	for (int i = 0; i < 1000; i++)
		kt_text_addf(&t, "%d,", i);
	assert_int_equal(strlen(kt_text_of(&t)), t.len);
	kt_text_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_has_a_unit_or_is_seconds),
		cmocka_unit_test(a_size_has_a_binary_unit),
		cmocka_unit_test(the_nearest_word_is_proposed_only_when_near),
		cmocka_unit_test(text_grows_and_always_ends_in_nul),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
