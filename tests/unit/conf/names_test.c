#include "conf/names.h"

#include "kt_test.h"

static void a_name_is_found_under_its_number_among_many(void **state)
{
	(void)state;
	enum {
		N = 1000
	};
	static char texts[N][8];
	struct conf_names names = { 0 };
	assert_int_equal(conf_names_find(&names, "n0"), CONF_NO_NAME);
	for (size_t i = 0; i < N; i++) {
		snprintf(texts[i], sizeof(texts[i]), "n%zu", i);
		assert_int_equal(conf_names_find(&names, texts[i]), CONF_NO_NAME);
		conf_names_add(&names, texts[i]);
	}
	assert_int_equal(names.n, N);
	for (size_t i = 0; i < N; i++) {
		char text[8];
		snprintf(text, sizeof(text), "n%zu", i);
		assert_int_equal(conf_names_find(&names, text), i);
		assert_ptr_equal(names.list[i], texts[i]);
	}
	assert_int_equal(conf_names_find(&names, "n1000"), CONF_NO_NAME);
	assert_int_equal(conf_names_find(&names, ""), CONF_NO_NAME);
	conf_names_fini(&names);
	assert_int_equal(names.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_under_its_number_among_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
