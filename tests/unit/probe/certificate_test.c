#include "probe/certificate.h"

#include "base/err.h"

#include "kt_test.h"

static void dates_are_read_as_openssl_and_as_libcurl_write_them(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		kt_unix at;
	} cases[] = {
		{ "Nov  1 12:00:00 2026 GMT", 0, 1793534400 },
		{ "Nov 11 12:00:00 2026 GMT", 0, 1794398400 },
		{ "2026-11-01 12:00:00 GMT", 0, 1793534400 },
		{ "Jan 19 03:14:08 2038 GMT", 0, 2147483648 },
		{ "Dec 31 23:59:59 9999 GMT", 0, 253402300799 },
		{ "", KT_E_FORMAT, 0 },
		{ "Nov", KT_E_FORMAT, 0 },
		{ "Foo  1 12:00:00 2026 GMT", KT_E_RANGE, 0 },
		{ "Nov  0 12:00:00 2026 GMT", KT_E_RANGE, 0 },
		{ "Nov -1 12:00:00 2026 GMT", KT_E_RANGE, 0 },
		{ "2026-13-01 12:00:00 GMT", KT_E_RANGE, 0 },
		{ "Bad time value", KT_E_FORMAT, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		kt_unix at = 0;
		assert_int_equal(probe_date_scan(cases[i].text, &at), cases[i].rc);
		assert_int_equal(at, cases[i].at);
	}
}

static void a_date_is_printed_as_a_day(void **state)
{
	(void)state;
	char text[PROBE_DATE_TEXT];
	assert_string_equal(probe_date_print(1793534400, text), "2026-11-01");
	assert_string_equal(probe_date_print(INT64_MAX, text), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read_as_openssl_and_as_libcurl_write_them),
		cmocka_unit_test(a_date_is_printed_as_a_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
