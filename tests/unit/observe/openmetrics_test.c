/*
 * The whole text judged by somebody else's parser: prometheus_client of the system's
 * Python.  Without it the test is skipped.
 */
#include "observe/metrics.h"
#include "observe/process.h"
#include "observe/zones.h"

#include "kt_test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const char judge[] =
    "import sys\n"
    "from prometheus_client.openmetrics.parser import text_string_to_metric_families "
    "as parse\n"
    "families = {f.name: f for f in parse(open(sys.argv[1], "
    "encoding='utf-8').read())}\n"
    "assert families['kotae_queries'].samples[0].value == 3, "
    "families['kotae_queries']\n"
    "assert families['kotae_zone_state'].type == 'stateset'\n"
    "assert families['kotae_build'].samples[0].labels == {'version': '1\"\\n'}\n"
    "for name in ('process_cpu_seconds', 'process_resident_memory_bytes', "
    "'process_open_fds',\n"
    "             'process_threads', 'process_start_time_seconds'):\n"
    "    assert families[name].samples[0].value > 0, name\n";

static void one_zone(void *ctx, size_t i, struct observe_zone *out)
{
	(void)ctx;
	(void)i;
	*out = (struct observe_zone){ "a\\\"\n\xff.example.", OBSERVE_ZONE_STALE, 1,
		1700000000, 2 };
}

static void write_all(FILE *f)
{
	static const struct observe_counter rows[] = {
		{ "kotae_queries", NULL, { "transport", "udp" }, 0, "Queries." },
		{ "kotae_sent_bytes", "bytes", { NULL, NULL }, 8, "Octets." },
		{ "kotae_busy_seconds", "seconds", { NULL, NULL }, 8, "Time." },
	};
	uint64_t a[] = { 1, 2 }, b[] = { 2, 3 };
	const void *blocks[] = { a, b };
	struct kt_text out = { 0 };
	observe_counters(&out, rows, 3, blocks, 2);
	observe_zones(&out, 1, one_zone, NULL);
	observe_process(&out, "1\"\n", 1700000000);
	observe_end(&out);
	assert_int_equal(fwrite(out.at, 1, out.len, f), out.len);
	kt_text_fini(&out);
}

static bool have_judge(void)
{
	return system("/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null") ==
	       0;
}

static void another_parser_takes_the_text(void **state)
{
	(void)state;
	char text[] = "/tmp/kotae-metrics-XXXXXX", script[] = "/tmp/kotae-judge-XXXXXX";
	char command[128];
	if (!have_judge())
		skip();
	FILE *f = fdopen(mkstemp(text), "w"), *g = fdopen(mkstemp(script), "w");
	assert_true(f && g);
	write_all(f);
	fputs(judge, g);
	fclose(f);
	fclose(g);
	snprintf(command, sizeof(command), "/usr/bin/python3 %s %s", script, text);
	int rc = system(command);
	unlink(text);
	unlink(script);
	assert_int_equal(rc, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_parser_takes_the_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
