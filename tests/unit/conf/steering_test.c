/* The section as a whole: any order, printed and read back, compared. */
#include "conf/print.h"

#include "conf_test.h"

#define HEAD                                                                       \
 "listen: [{address: 127.0.0.1}]\nzones: {example.com: {file: a.zone, key-files: " \
 "k.private}}\n"

/* Services before what they name, and each kind of everything. */
static const char full[] = HEAD
    "steering:\n"
    "  trust-ecs: [192.0.2.0/24, \"2001:db8::/32\"]\n"
    "  probe-rate: 500\n"
    "  services:\n"
    "    www.example.com:\n"
    "      map: japan\n"
    "      regions: {tokyo: tokyo, osaka1: [osaka1, tokyo], \"*\": [kyushu, tokyo]}\n"
    "      ttl: 20s\n"
    "      when-all-down: last-known\n"
    "    \"*.cdn.example.com\": {pools: [cname], when-all-down: tokyo, limit: 1}\n"
    "    example.com: {map: world, regions: {all: nested}, hash-prefix: [16, 40], ttl: "
    "0s}\n"
    "  pools:\n"
    "    nested: {members: [{pool: osaka1}, {pool: kyushu, weight: 3}], method: "
    "failover}\n"
    "    tokyo: {members: [192.0.2.1, \"2001:db8::1\"], monitor: web, limit: 1, "
    "min-up: 2}\n"
    "    osaka1: {members: [{address: \"2001:db8:10::1\", weight: 10, probe: "
    "192.0.2.9}], method: weighted, monitor: [web, cmd], need: 1, slow-start: 90s}\n"
    "    kyushu: {members: [{address: \"2001:db8:20::1\"}], monitor: [t, d, i, f, p, "
    "h]}\n"
    "    cname: {members: [www.example.net, {name: b.example, probe: 192.0.2.1}], "
    "method: hash, monitor: cmd}\n"
    "  monitors:\n"
    "    web: {type: https, path: \"/h?a=\\\"b\\\"\", host: www.example.com, timeout: "
    "1s, certificate: 14d, verify: false, ca-file: ca.pem, status: [200, 300-302], "
    "body: \"a: b\", method: HEAD}\n"
    "    cmd: {type: command, command: [bin/check, \"{address}\", \"-x\", \"\"], "
    "interval: 1s}\n"
    "    t: {type: tcp, port: 25, jitter: 0%}\n"
    "    d: {type: dns, query: {name: example.org, type: A, rcode: REFUSED, tcp: "
    "true}}\n"
    "    i: {type: icmp, fall: 1, rise: 1}\n"
    "    f: {type: file, file: states.txt}\n"
    "    p: {type: push}\n"
    "    h: {type: http}\n"
    "  maps:\n"
    "    japan:\n"
    "      short-source: {240b:10:200::/40: osaka1}\n"
    "      short-source-ttl: 5s\n"
    "      default: tokyo\n"
    "      geo: [{database: a.mmdb, match: {JP-13: tokyo, continent EU: eu}}, "
    "{database: /b.mmdb, match: {\"*\": rest}}]\n"
    "      networks-file: [isp.csv, {file: more.csv, region: isp}]\n"
    "      networks:\n"
    "        ::/0: six\n"
    "        240b:10:200::/41: osaka1\n"
    "        192.0.2.1: one\n"
    "    world: {default: all, ecs: false}\n";

static void fail_change(void *ctx, const struct conf_change *change)
{
	(void)ctx;
	fail_msg("%s: %s -> %s", change->option, change->running, change->file);
}

static void what_is_printed_reads_back_to_the_same(void **state)
{
	(void)state;
	struct kt_text once = { 0 }, twice = { 0 };
	struct conf_config *a = conf_test_read(full);
	conf_config_print(a, "/base", &once);
	struct conf_config *b = conf_test_read(kt_text_of(&once));
	conf_config_print(b, "/elsewhere", &twice);
	assert_string_equal(kt_text_of(&once), kt_text_of(&twice));
	const struct conf_steering *s = &b->steering;
	assert_int_equal(s->n_maps, 2);
	assert_int_equal(s->n_monitors, 8);
	assert_int_equal(s->n_pools, 5);
	assert_int_equal(s->n_services, 3);
	assert_string_equal(s->maps[0].files[0].path, "/base/isp.csv");
	assert_string_equal(s->maps[0].geo[0].database, "/base/a.mmdb");
	assert_string_equal(s->monitors[1].command[0], "/base/bin/check");
	assert_string_equal(s->monitors[5].file, "/base/states.txt");
	assert_string_equal(s->monitors[0].ca_file, "/base/ca.pem");
	assert_string_equal(b->zones[0].key_files[0], "/base/k.private");
	assert_string_equal(s->monitors[0].path, "/h?a=\"b\"");
	conf_config_free(a);
	a = conf_test_read(kt_text_of(&twice));
	assert_int_equal(conf_config_diff(a, b, fail_change, NULL), 0);
	conf_config_free(a);
	conf_config_free(b);
	kt_text_fini(&once);
	kt_text_fini(&twice);
}

/* In braces only one that begins with a colon needs them. */
static void prefixes_are_keys_without_quotes(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    HEAD "steering:\n  maps:\n    m:\n      default: x\n      networks:\n"
		 "        ::/0: a\n        ::1: b\n        240b:10:200::/41: c\n       "
		 " 2001:db8::: d\n"
		 "      short-source: {240b:10:200::/40: c, \"::/1\": a}\n");
	const struct conf_map *m = &c->steering.maps[0];
	assert_int_equal(m->n_networks, 4);
	assert_int_equal(m->networks[1].prefix.len, 128);
	assert_int_equal(m->networks[1].prefix.addr.octets[15], 1);
	assert_int_equal(m->networks[3].prefix.addr.octets[0], 0x20);
	assert_int_equal(m->n_short_source, 2);
	conf_config_free(c);
}

static void take(void *ctx, const struct conf_change *c)
{
	kt_text_addf(ctx, "%s: %s -> %s%s\n", c->option,
	    c->running ? c->running : "none", c->file ? c->file : "none",
	    c->restart ? " (restart)" : "");
}

static void expect(const char *running, const char *file, const char *expected)
{
	struct kt_text said = { 0 };
	struct conf_config *a = conf_test_read(running), *b = conf_test_read(file);
	conf_config_diff(a, b, take, &said);
	assert_string_equal(kt_text_of(&said), expected);
	kt_text_fini(&said);
	conf_config_free(a);
	conf_config_free(b);
}

#define SMALL(networks, members, ttl)                                    \
 HEAD "steering:\n  maps: {m: {networks: {" networks "}, default: x}}\n" \
      "  pools: {p: {members: [" members "]}}\n"                         \
      "  services: {a.example.com: {map: m, regions: {\"*\": p}, ttl: " ttl "}}\n"

static void each_change_is_told_by_its_path_and_needs_no_restart(void **state)
{
	(void)state;
	expect(SMALL("192.0.2.0/24: y", "192.0.2.1", "30s"),
	    SMALL("192.0.2.0/25: y, 198.51.100.0/24: x", "192.0.2.1, 192.0.2.2", "5s"),
	    "steering.maps.m.networks.192.0.2.0/24: y -> none\n"
	    "steering.maps.m.networks.192.0.2.0/25: none -> y\n"
	    "steering.maps.m.networks.198.51.100.0/24: none -> x\n"
	    "steering.pools.p.members[2].address: none -> 192.0.2.2\n"
	    "steering.pools.p.members[2].weight: none -> 1\n"
	    "steering.services.a.example.com..ttl: 30s -> 5s\n");
}

/* The process that runs commands and opens raw sockets is forked at the start. */
static void the_first_command_or_icmp_monitor_needs_a_restart(void **state)
{
	(void)state;
#define MONITORS(text) HEAD "steering:\n  monitors: {" text "}\n"
	static const char rest[] = "steering.monitors.a.fall: none -> 3\n"
				   "steering.monitors.a.interval: none -> 5s\n"
				   "steering.monitors.a.jitter: none -> 10%\n"
				   "steering.monitors.a.rise: none -> 2\n"
				   "steering.monitors.a.timeout: none -> 2s\n"
				   "steering.monitors.a.type: none -> icmp";
	char expected[512];
	snprintf(expected, sizeof(expected),
	    "%s (restart)\n"
	    "steering.probe-parallel: none -> 1000\nsteering.probe-rate: none -> "
	    "10000\n",
	    rest);
	expect(HEAD, MONITORS("a: {type: icmp}"), expected);
	snprintf(expected, sizeof(expected), "%s\n", rest);
	expect(MONITORS("b: {type: push}"),
	    MONITORS("a: {type: icmp}, b: {type: push}"), expected);
	expect(MONITORS("b: {type: push}"),
	    MONITORS("b: {type: command, command: [/x]}"),
	    "steering.monitors.b.command[1]: none -> /x\n"
	    "steering.monitors.b.fall: none -> 3\n"
	    "steering.monitors.b.interval: none -> 5s\n"
	    "steering.monitors.b.jitter: none -> 10%\n"
	    "steering.monitors.b.rise: none -> 2\n"
	    "steering.monitors.b.timeout: none -> 2s\n"
	    "steering.monitors.b.type: push -> command\n");
}

static void key_files_are_a_path_or_a_list(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    "listen: [{address: 127.0.0.1}]\n"
	    "zones: {a: {file: a, key-files: [x, /y/z]}, b: {file: b}}\n");
	assert_int_equal(c->zones[0].n_key_files, 2);
	assert_string_equal(c->zones[0].key_files[1], "/y/z");
	assert_int_equal(c->zones[1].n_key_files, 0);
	conf_config_free(c);
	conf_test_errors(
	    "listen: [{address: 127.0.0.1}]\n"
	    "zones: {a: {file: a, key-files: []}, b: {file: b, key-files: [{}]}, "
	    "c: {file: c, key-files: }}\n",
	    "E 2:33 key-files: an empty list\n"
	    "E 2:63 key-files: found a map, expected a path\n"
	    "E 2:93 key-files: found nothing, expected a path\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back_to_the_same),
		cmocka_unit_test(prefixes_are_keys_without_quotes),
		cmocka_unit_test(each_change_is_told_by_its_path_and_needs_no_restart),
		cmocka_unit_test(the_first_command_or_icmp_monitor_needs_a_restart),
		cmocka_unit_test(key_files_are_a_path_or_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
