#include "conf/base64.h"

#include "base/err.h"

#include "kt_test.h"

static void rfc_4648_s_10_vectors_read_and_print(void **state)
{
	(void)state;
	static const char *const cases[][2] = { { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t out[16];
		size_t n = 0;
		struct kt_text text = { 0 };
		assert_int_equal(conf_base64_read(cases[i][1], strlen(cases[i][1]), out,
				     sizeof(out), &n),
		    0);
		assert_octets(out, n, cases[i][0], strlen(cases[i][0]));
		conf_base64_add(&text, out, n);
		assert_string_equal(kt_text_of(&text), cases[i][1]);
		kt_text_fini(&text);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	(void)state;
	static const char *const cases[] = { "", "Zg=", "Zg",
		"====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "Z g==", "Zm9-",
		"Zm=v" };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t out[16];
		size_t n = 77;
		assert_int_equal(
		    conf_base64_read(cases[i], strlen(cases[i]), out, sizeof(out), &n),
		    KT_E_FORMAT);
		assert_int_equal(n, 77);
	}
}

static void more_than_fits_is_refused(void **state)
{
	(void)state;
	uint8_t out[4];
	size_t n = 0;
	assert_int_equal(conf_base64_read("Zm9vYmE=", 8, out, 4, &n), KT_E_SPACE);
	assert_int_equal(conf_base64_read("Zm9vYg==", 8, out, 4, &n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_4648_s_10_vectors_read_and_print),
		cmocka_unit_test(what_is_no_base64_is_refused),
		cmocka_unit_test(more_than_fits_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
