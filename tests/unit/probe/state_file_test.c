#include "probe/state_file.h"

#include "kt_test.h"

static void lines_say_up_or_down(void **state)
{
	(void)state;
	static const char text[] = "# states\n"
				   "192.0.2.1/web up\n"
				   "  192.0.2.1\tdown # all others\r\n"
				   "2001:DB8:0::1 up\n"
				   "2001:db8::1/web down\n"
				   "\n"
				   "www.example.net. down";
	static const struct {
		const char *key;
		int up; /* -1: not there */
		unsigned line;
	} cases[] = {
		{ "192.0.2.1/web", 1, 2 },
		{ "192.0.2.1/other", 0, 3 },
		{ "192.0.2.1", 0, 3 },
		{ "192.0.2.10/web", -1, 0 },
		{ "192.0.2./web", -1, 0 },
		{ "2001:db8::1/other", 1, 4 },
		{ "2001:db8::1/web", 0, 5 },
		{ "www.example.net./web", 0, 7 },
		{ "www.example.net/web", -1, 0 },
		{ "", -1, 0 },
	};
	struct kt_errs errs;
	struct probe_state_file f;
	kt_errs_init(&errs, 0);
	probe_state_file_read(text, sizeof(text) - 1, "state", &errs, &f);
	assert_int_equal(errs.n, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct probe_state_line *line = probe_state_file_find(
		    &f, cases[i].key);
		assert_int_equal(line ? line->up : -1, cases[i].up);
		assert_int_equal(line ? line->line : 0, cases[i].line);
	}
	probe_state_file_fini(&f);
	kt_errs_fini(&errs);
}

static void bad_lines_are_told_by_number_and_the_others_count(void **state)
{
	(void)state;
	static const char text[] = "a up\n"
				   "b\n"
				   "c sideways\n"
				   "d up down\n"
				   "e u\0p\n"
				   "a down\n"
				   "f down\n";
	static const unsigned lines[] = { 2, 3, 4, 5, 6 };
	struct kt_errs errs;
	struct probe_state_file f;
	kt_errs_init(&errs, 0);
	probe_state_file_read(text, sizeof(text) - 1, "state", &errs, &f);
	assert_int_equal(errs.n, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(errs.list[i].line, lines[i]);
		assert_string_equal(errs.list[i].file, "state");
	}
	assert_true(probe_state_file_find(&f, "a")->up); /* the first counts */
	assert_false(probe_state_file_find(&f, "f")->up);
	assert_null(probe_state_file_find(&f, "d"));
	probe_state_file_fini(&f);
	kt_errs_fini(&errs);
}

static void an_empty_file_has_no_lines(void **state)
{
	(void)state;
	struct kt_errs errs;
	struct probe_state_file f;
	kt_errs_init(&errs, 0);
	probe_state_file_read("", 0, "state", &errs, &f);
	assert_int_equal(f.n, 0);
	assert_null(probe_state_file_find(&f, "a"));
	probe_state_file_fini(&f);
	kt_errs_fini(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say_up_or_down),
		cmocka_unit_test(bad_lines_are_told_by_number_and_the_others_count),
		cmocka_unit_test(an_empty_file_has_no_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
