#include "conf/print.h"

#include "conf_test.h"

static const char full[] =
    "node: {name: \"a \\\"b\\\": \\u00e9#\", version: x, state: st/, workers: 2, user: "
    "u, group: g}\n"
    "control: {socket: c.sock, group: ops}\n"
    "http: {listen: 127.0.0.1:8053}\n"
    "authority: {udp-max: 1400, minimal: false, report-agent: agent.example, "
    "images-size: 3KiB}\n"
    "tcp: {connections: 5, per-client: 4, idle: 1500ms}\n"
    "keys: {k.example: {algorithm: hmac-sha1, secret: c2VjcmV0}}\n"
    "listen:\n"
    "  - {address: [127.0.0.1, \"::1\"], port: 5300, transports: [udp]}\n"
    "zones:\n"
    "  example.com: {file: z/a.zone, transfer-to: [{address: 192.0.2.7, key: "
    "k.example}, \"::/0\"]}\n"
    "  2.0.192.in-addr.arpa:\n"
    "    synth: [{prefix: 192.0.2.0/24, pattern: \"h-{address}\", origin: x.example, "
    "ttl: 90s}]\n"
    "  \"a\\\\032b.example\": {file: b}\n"
    "  \"*\": {directory: zones/}\n"
    "templates: [as112]\n";

static void what_is_printed_reads_back_to_the_same(void **state)
{
	(void)state;
	static const char *const cases[] = { full,
		"listen: [{address: 0.0.0.0}]\ntemplates: [as112]\n" };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_text once = { 0 }, twice = { 0 };
		struct conf_config *a = conf_test_read(cases[i]);
		conf_config_print(a, "/base", &once);
		struct conf_config *b = conf_test_read(kt_text_of(&once));
		conf_config_print(b, "/elsewhere", &twice);
		assert_string_equal(kt_text_of(&once), kt_text_of(&twice));
		assert_int_equal(a->n_listens, b->n_listens);
		assert_int_equal(a->n_zones, b->n_zones);
		assert_int_equal(a->tcp_idle_ms, b->tcp_idle_ms);
		assert_string_equal(a->name, b->name);
		kt_text_fini(&once);
		kt_text_fini(&twice);
		conf_config_free(a);
		conf_config_free(b);
	}
}

static void relative_paths_are_printed_absolute(void **state)
{
	(void)state;
	struct kt_text text = { 0 };
	struct conf_config *c = conf_test_read(full);
	conf_config_print(c, "/base", &text);
	assert_non_null(strstr(kt_text_of(&text), "file: /base/z/a.zone\n"));
	assert_non_null(strstr(kt_text_of(&text), "socket: /base/c.sock\n"));
	assert_non_null(strstr(kt_text_of(&text), "directory: /base/zones\n"));
	kt_text_fini(&text);
	conf_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back_to_the_same),
		cmocka_unit_test(relative_paths_are_printed_absolute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
