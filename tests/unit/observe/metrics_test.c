#include "observe/metrics.h"

#include "kt_test.h"

struct block {
	uint64_t udp, tcp, octets, busy_ns;
};

static const struct observe_counter rows[] = {
	{ "kotae_queries", NULL, { "transport", "udp" }, offsetof(struct block, udp),
	    "Queries." },
	{ "kotae_queries", NULL, { "transport", "tcp" }, offsetof(struct block, tcp),
	    "Queries." },
	{ "kotae_sent_bytes", "bytes", { NULL, NULL }, offsetof(struct block, octets),
	    "Octets \"sent\"." },
	{ "kotae_busy_seconds", "seconds", { NULL, NULL },
	    offsetof(struct block, busy_ns), "Busy." },
};

static void counters_are_summed_over_workers_and_written_by_family(void **state)
{
	(void)state;
	struct block a = { 1, 2, UINT64_MAX - 5, 1500000000 }, b = { 10, 20, 5, 7 };
	const void *blocks[] = { &a, &b };
	struct kt_text out = { 0 };
	observe_counters(&out, rows, 4, blocks, 2);
	observe_end(&out);
	assert_string_equal(kt_text_of(&out),
	    "# TYPE kotae_queries counter\n"
	    "# HELP kotae_queries Queries.\n"
	    "kotae_queries_total{transport=\"udp\"} 11\n"
	    "kotae_queries_total{transport=\"tcp\"} 22\n"
	    "# TYPE kotae_sent_bytes counter\n"
	    "# UNIT kotae_sent_bytes bytes\n"
	    "# HELP kotae_sent_bytes Octets \\\"sent\\\".\n"
	    "kotae_sent_bytes_total 18446744073709551615\n"
	    "# TYPE kotae_busy_seconds counter\n"
	    "# UNIT kotae_busy_seconds seconds\n"
	    "# HELP kotae_busy_seconds Busy.\n"
	    "kotae_busy_seconds_total 1.500000007\n"
	    "# EOF\n");
	assert_int_equal(observe_counter_sum(&rows[0], blocks, 2), 11);
	kt_text_fini(&out);
}

static void label_values_are_escaped_and_utf8(void **state)
{
	(void)state;
	struct kt_text out = { 0 };
	struct observe_label labels[] = { { "a", "x\"y\\z\n" },
		{ "b", "\xc3\xa4\xff" } };
	observe_sample(&out, "m", labels, 2, 3);
	assert_string_equal(
	    kt_text_of(&out), "m{a=\"x\\\"y\\\\z\\n\",b=\"\xc3\xa4\xef\xbf\xbd\"} 3\n");
	kt_text_fini(&out);
}

static void milliseconds_are_written_as_seconds(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = { { 0, "m 0.000\n" }, { 1, "m 0.001\n" }, { 61500, "m 61.500\n" },
		{ -1500, "m -1.500\n" }, { INT64_MIN, "m -9223372036854775.808\n" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct kt_text out = { 0 };
		observe_sample_ms(&out, "m", NULL, 0, cases[i].ms);
		assert_string_equal(kt_text_of(&out), cases[i].text);
		kt_text_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    counters_are_summed_over_workers_and_written_by_family),
		cmocka_unit_test(label_values_are_escaped_and_utf8),
		cmocka_unit_test(milliseconds_are_written_as_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
