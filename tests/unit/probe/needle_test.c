#include "probe/needle.h"

#include "kt_test.h"

static bool found_in_pieces(const char *needle, const char *text, uint64_t *random)
{
	struct probe_needle n;
	size_t matched = 0, len = strlen(text);
	probe_needle_init(&n, needle);
	for (size_t at = 0; at < len;) {
		size_t piece = 1 + kt_test_random(random) % (len - at);
		probe_needle_feed(&n, &matched, text + at, piece);
		at += piece;
	}
	bool found = matched == n.len;
	probe_needle_fini(&n);
	return found;
}

static void it_finds_what_strstr_finds_however_the_text_is_cut(void **state)
{
	(void)state;
	uint64_t random = kt_test_seed() | 1;
	unsigned n_found = 0;
	for (int i = 0; i < 20000; i++) {
		char needle[8] = "", text[40] = "";
		for (size_t k = 0, n = kt_test_random(&random) % 7; k < n; k++)
			needle[k] = 'a' + kt_test_random(&random) % 2;
		for (size_t k = 0, n = kt_test_random(&random) % 39; k < n; k++)
			text[k] = 'a' + kt_test_random(&random) % 2;
		bool expected = strstr(text, needle) != NULL;
		n_found += expected;
		assert_int_equal(found_in_pieces(needle, text, &random), expected);
	}
	assert_in_range(n_found, 1000, 19000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_finds_what_strstr_finds_however_the_text_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
