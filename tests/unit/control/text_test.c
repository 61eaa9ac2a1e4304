#include "control/text.h"

#include "kt_test.h"

#include <jansson.h>

/* RFC 3629 s.3 and s.4: forms that are no UTF-8 come out as U+FFFD, an octet each. */
static void every_text_has_a_json_string(void **state)
{
	(void)state;
#define BAD "\xef\xbf\xbd"
	static const char *const cases[][2] = {
		{ "", "" },
		{ "a\xc3\xa4", "a\xc3\xa4" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\x80", BAD },
		{ "\xc0\x80", BAD BAD },
		{ "\xe0\x9f\xbf", BAD BAD BAD },
		{ "\xed\xa0\x80", BAD BAD BAD },
		{ "\xf4\x90\x80\x80", BAD BAD BAD BAD },
		{ "\xe2\x82", BAD BAD },
		{ "\xc3", BAD },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *string = control_string(cases[i][0]);
		assert_string_equal(json_string_value(string), cases[i][1]);
		json_decref(string);
	}
}

static void no_text_is_null(void **state)
{
	(void)state;
	json_t *null = control_string(NULL);
	assert_true(json_is_null(null));
	json_decref(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_has_a_json_string),
		cmocka_unit_test(no_text_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
