#include "conf/config.h"
#include "dns/type.h"

#include "conf_test.h"

#define STEERING STEERING_BEGINS

static void a_monitor_has_a_type_and_what_the_type_needs(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  monitors:\n"
			   "    a: {}\n"
			   "    b: {type: tpc, port: 3, file: x}\n"
			   "    c: {type: tcp}\n"
			   "    d: {type: file}\n"
			   "    e: {type: command}\n"
			   "    f: {type: icmp}\n",
		    "E 5:5 a monitor needs \"type\"\n"
		    "E 6:15 type: found \"tpc\", expected tcp, http, https, dns, icmp, "
		    "command, file or push; did you mean \"tcp\"?\n"
		    "E 7:5 a tcp monitor needs \"port\"\n"
		    "E 8:5 a file monitor needs \"file\"\n"
		    "E 9:5 a command monitor needs \"command\"\n" },
		{ STEERING "  monitors: {a: x, \"\": {type: icmp}}\n",
		    "E 4:17 a monitor: found \"x\", expected a map\n"
		    "E 4:20 \"\" is no name of a monitor: expected 1 to 63 octets "
		    "without spaces and without any of , * ? [ ] \\ and quotes\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void an_option_that_the_type_does_not_have_is_an_error(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  monitors:\n"
			   "    a: {type: file, port: 53, file: x}\n"
			   "    b: {type: push, interval: 3s}\n"
			   "    c: {type: http, verify: true}\n"
			   "    d: {type: https, query: {}}\n"
			   "    e: {type: icmp, command: [x]}\n"
			   "    f: {type: dns, file: x, path: /}\n",
		    "E 5:21 port: a file monitor has none\n"
		    "E 6:21 interval: a push monitor has none\n"
		    "E 7:21 verify: an http monitor has none\n"
		    "E 8:22 query: an https monitor has none\n"
		    "E 9:21 command: an icmp monitor has none\n"
		    "E 10:20 file: a dns monitor has none\n"
		    "E 10:29 path: a dns monitor has none\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void values_of_monitors_are_checked(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  monitors:\n"
			   "    a: {type: http, timeout: 6s}\n"
			   "    b: {type: http, timeout: 6s, interval: 5y}\n"
			   "    c: {type: http, path: x, host: \"a b\", method: POST}\n"
			   "    d: {type: http, path: \"/a b\", host: \"\"}\n"
			   "    e: {type: https, status: [200, 300-200, x], body: []}\n"
			   "    f: {type: https, status: 99, certificate: x}\n",
		    "E 5:30 timeout: it is longer than the interval\n"
		    "E 6:44 interval: found \"5y\", expected a duration between 100ms "
		    "and 1d\n"
		    "E 7:27 path: found \"x\", expected a path that begins with / and "
		    "has no spaces\n"
		    "E 7:36 host: found \"a b\", expected the name of a host\n"
		    "E 7:51 method: found \"POST\", expected GET or HEAD\n"
		    "E 8:27 path: found \"/a b\", expected a path that begins with / "
		    "and has no spaces\n"
		    "E 8:41 host: found \"\", expected the name of a host\n"
		    "E 9:36 status: found \"300-200\", expected a status as 200 or a "
		    "range as 200-299\n"
		    "E 9:45 status: found \"x\", expected a status as 200 or a range "
		    "as 200-299\n"
		    "E 9:55 body: found a list, expected a text of at most 1024 "
		    "octets\n"
		    "E 10:30 status: found \"99\", expected a status as 200 or a range "
		    "as 200-299\n"
		    "E 10:47 certificate: found \"x\", expected a duration between 0ms "
		    "and 3650d\n" },
		{ STEERING "  monitors:\n"
			   "    a: {type: icmp, jitter: 60%, fall: 0, rise: 101}\n"
			   "    b: {type: dns, query: {type: XX, rcode: NXDOMIAN, tcp: "
			   "1, nam: x}}\n"
			   "    c: {type: dns, query: {type: AXFR, name: a..b}}\n"
			   "    d: {type: dns, query: x}\n",
		    "E 5:29 jitter: found \"60%\", expected a number between 0% and "
		    "50%\n"
		    "E 5:40 fall: found \"0\", expected a number between 1 and 100 "
		    "probes\n"
		    "E 5:49 rise: found \"101\", expected a number between 1 and 100 "
		    "probes\n"
		    "E 6:34 type: found \"XX\", expected a record type such as SOA; "
		    "did you mean \"MX\"?\n"
		    "E 6:45 rcode: found \"NXDOMIAN\", expected NOERROR, FORMERR, "
		    "SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, YXDOMAIN, YXRRSET, NXRRSET, "
		    "NOTAUTH or NOTZONE; did you mean \"NXDOMAIN\"?\n"
		    "E 6:60 tcp: found \"1\", expected true or false\n"
		    "E 6:63 unknown option \"nam\"; did you mean \"name\"?\n"
		    "E 7:34 type: found \"AXFR\", expected a record type such as SOA; "
		    "did you mean \"AXFR\"?\n"
		    "E 7:46 name: found \"a..b\", expected a domain name\n"
		    "E 8:27 query: found \"x\", expected a map\n" },
		{ STEERING "  monitors:\n"
			   "    a: {type: command, command: []}\n"
			   "    b: {type: command, command: x}\n"
			   "    c: {type: command, command: [x, {address}]}\n"
			   "    d: {type: command, command: [x, \"{port}\"]}\n"
			   "    e: {type: http, status: []}\n",
		    "E 5:33 command: found an empty list, expected a list of a program "
		    "and its arguments\n"
		    "E 6:33 command: found \"x\", expected a list of a program and its "
		    "arguments\n"
		    "E 7:37 command: found a map, expected a text; {address} needs "
		    "quotes\n"
		    "E 8:37 command: {port} needs \"port\"\n"
		    "E 9:29 status: an empty list\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void what_is_not_written_has_the_default_of_its_type(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    STEERING "  monitors:\n"
		     "    a: {type: http}\n"
		     "    b: {type: https, interval: 1s}\n"
		     "    c: {type: dns}\n"
		     "    d: {type: icmp}\n");
	const struct conf_monitor *m = c->steering.monitors;
	assert_int_equal(c->steering.n_monitors, 4);
	assert_string_equal(m[0].name, "a");
	assert_int_equal(m[0].type, CONF_MONITOR_HTTP);
	assert_int_equal(m[0].port, 80);
	assert_string_equal(m[0].path, "/");
	assert_string_equal(m[0].method, "GET");
	assert_null(m[0].host);
	assert_null(m[0].body);
	assert_int_equal(m[0].n_status, 1);
	assert_int_equal(m[0].status[0].first, 200);
	assert_int_equal(m[0].status[0].last, 299);
	assert_int_equal(m[0].interval_ms, 5000);
	assert_int_equal(m[0].timeout_ms, 2000);
	assert_int_equal(m[0].fall, 3);
	assert_int_equal(m[0].rise, 2);
	assert_int_equal(m[0].jitter, 10);
	assert_int_equal(m[1].port, 443);
	assert_true(m[1].verify);
	assert_int_equal(m[1].timeout_ms, 1000);
	assert_int_equal(m[2].port, 53);
	assert_int_equal(m[2].query_name.labels, 0);
	assert_int_equal(m[2].query_name.len, 1);
	assert_int_equal(m[2].query_type, DNS_TYPE_SOA);
	assert_int_equal(m[2].rcode, 0);
	assert_false(m[2].query_tcp);
	conf_config_free(c);
}

/* Else the search path of whoever started the daemon would decide what runs. */
static void a_command_is_a_path_beside_the_file_that_names_it(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(STEERING
	    "  monitors: {a: {type: command, command: [ping]}, b: {type: command, "
	    "command: [/bin/ping]}, c: {type: command, command: [bin/ping]}}\n");
	assert_string_equal(c->steering.monitors[0].command[0], "./ping");
	assert_string_equal(c->steering.monitors[1].command[0], "/bin/ping");
	assert_string_equal(c->steering.monitors[2].command[0], "bin/ping");
	conf_config_free(c);
}

static void what_is_written_is_understood(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    STEERING "  monitors:\n"
		     "    a: {type: https, port: 8443, path: /h?x, host: "
		     "www.example.com, method: HEAD, status: [200, 300-302], body: ok, "
		     "certificate: 3d, verify: false, ca-file: /ca.pem, interval: "
		     "300ms, timeout: 300ms, fall: 1, rise: 5, jitter: 25}\n"
		     "    b: {type: dns, query: {name: Example.org, type: aaaa, rcode: "
		     "NXDOMAIN, tcp: true}}\n"
		     "    c: {type: command, port: 25, command: [/bin/check, "
		     "\"{address}\", \"{port}\", \"\"]}\n"
		     "    d: {type: file, file: /run/states}\n");
	const struct conf_monitor *m = c->steering.monitors;
	assert_int_equal(m[0].port, 8443);
	assert_string_equal(m[0].path, "/h?x");
	assert_string_equal(m[0].host, "www.example.com");
	assert_string_equal(m[0].method, "HEAD");
	assert_int_equal(m[0].n_status, 2);
	assert_int_equal(m[0].status[0].last, 200);
	assert_int_equal(m[0].status[1].last, 302);
	assert_string_equal(m[0].body, "ok");
	assert_int_equal(m[0].certificate_s, 3 * 86400);
	assert_false(m[0].verify);
	assert_string_equal(m[0].ca_file, "/ca.pem");
	assert_int_equal(m[0].interval_ms, 300);
	assert_int_equal(m[0].timeout_ms, 300);
	assert_int_equal(m[0].fall, 1);
	assert_int_equal(m[0].rise, 5);
	assert_int_equal(m[0].jitter, 25);
	assert_octets(m[1].query_name.wire, m[1].query_name.len, "\7example\3org", 13);
	assert_int_equal(m[1].query_type, DNS_TYPE_AAAA);
	assert_int_equal(m[1].rcode, 3);
	assert_true(m[1].query_tcp);
	assert_int_equal(m[2].port, 25);
	assert_string_equal(m[2].command[0], "/bin/check");
	assert_string_equal(m[2].command[1], "{address}");
	assert_string_equal(m[2].command[3], "");
	assert_null(m[2].command[4]);
	assert_string_equal(m[3].file, "/run/states");
	conf_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_monitor_has_a_type_and_what_the_type_needs),
		cmocka_unit_test(an_option_that_the_type_does_not_have_is_an_error),
		cmocka_unit_test(values_of_monitors_are_checked),
		cmocka_unit_test(what_is_not_written_has_the_default_of_its_type),
		cmocka_unit_test(a_command_is_a_path_beside_the_file_that_names_it),
		cmocka_unit_test(what_is_written_is_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
