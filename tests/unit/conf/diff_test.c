#include "conf/print.h"

#include "conf_test.h"

static void take(void *ctx, const struct conf_change *c)
{
	kt_text_addf(ctx, "%s: %s -> %s%s\n", c->option,
	    c->running ? c->running : "none", c->file ? c->file : "none",
	    c->restart ? " (restart)" : "");
}

static void expect(
    const char *running, const char *file, size_t n, const char *expected)
{
	struct kt_text said = { 0 };
	struct conf_config *a = conf_test_read(running), *b = conf_test_read(file);
	assert_int_equal(conf_config_diff(a, b, take, &said), n);
	assert_string_equal(kt_text_of(&said), expected);
	kt_text_fini(&said);
	conf_config_free(a);
	conf_config_free(b);
}

#define LISTEN "listen: [{address: 127.0.0.1}]\n"

static void each_option_that_differs_is_told_with_what_it_takes(void **state)
{
	(void)state;
	expect(LISTEN "zones: {a.example: {file: a}, b.example: {file: b}}\nauthority: "
		      "{udp-max: 1232}\n",
	    LISTEN "zones: {a.example: {file: c}, d.example: {file: b}}\nauthority: "
		   "{udp-max: 1400}\n"
		   "node: {workers: 2}\n",
	    5,
	    "authority.udp-max: 1232 -> 1400\n"
	    "node.workers: auto -> 2 (restart)\n"
	    "zones.a.example..file: a -> c\n"
	    "zones.b.example..file: b -> none\n"
	    "zones.d.example..file: none -> b\n");
	expect("listen: [{address: 127.0.0.1, port: 5300}]\ntemplates: [as112]\n",
	    "listen: [{address: 127.0.0.1, port: 5301}]\ntemplates: [as112]\n", 1,
	    "listen[1].port: 5300 -> 5301\n");
}

static void the_order_of_zones_and_ways_to_write_a_value_are_no_change(void **state)
{
	(void)state;
	expect(LISTEN
	    "zones: {a.example: {file: a}, b.example: {file: b}}\ntcp: {idle: 10s}\n",
	    "zones: {B.example.: {file: b}, a.example: {file: \"a\"}}\ntcp: {idle: "
	    "10000ms}\n" LISTEN,
	    0, "");
}

static void secrets_are_compared_and_not_shown(void **state)
{
	(void)state;
	expect(LISTEN "templates: [as112]\nkeys: {k: {secret: c2VjcmV0}}\n",
	    LISTEN "templates: [as112]\nkeys: {k: {secret: b3RoZXI=}}\n", 1,
	    "keys.k..secret: (secret) -> (secret)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_that_differs_is_told_with_what_it_takes),
		cmocka_unit_test(
		    the_order_of_zones_and_ways_to_write_a_value_are_no_change),
		cmocka_unit_test(secrets_are_compared_and_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
