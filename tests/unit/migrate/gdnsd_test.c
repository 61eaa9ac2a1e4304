#include "tree_of.h"

static const char seed_config[] =
    "options => { edns_client_subnet => true }\n"
    "plugins =>{ geoip => { maps => { my_prod_map => {\n"
    "datacenters => [ dc-01, dc-02, dc-03, dc-04, default ],\n"
    "nets => {\n"
    "240b:0010:0200::/41 => [ dc-01 ],\n"
    "240b:0010:0280::/41 => [ dc-02 ],\n"
    "240b:0010:0300::/40 => [ dc-03 ],\n"
    "240b:0010:0400::/39 => [ dc-04 ],\n"
    "::/0  => [ default ],\n"
    "} } }\n"
    "resources => { prod_www => { map => my_prod_map\n"
    "dcmap => {\n"
    "dc-01 => [2001:db8:10::1 ],\n"
    "dc-02 => [2001:db8:10::2 ],\n"
    "dc-03 => [2001:db8:10::5 ],\n"
    "dc-04 => [2001:db8:20::1 ],\n"
    "default => [2001:db8::1 ],\n"
    "} } } } }\n";

static const char seed_zone[] = "$TTL 86400\n"
				"@ SOA ns1 hostmaster ( 2016030300 7200\n"
				"  30M 3D 10 )\n"
				"@ NS ns1\n"
				"ns1 A 192.168.1.69\n"
				"www 10 DYNA geoip!prod_www\n";

static void the_operators_configuration_goes_over_whole(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config", seed_config);
	tree_put(&t, "zones/example.com", seed_zone);
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.errs.n_warnings, 0);
	assert_true(tree_has(&t, "\"240b:10:200::/41\": dc-01\n"));
	assert_true(tree_has(&t, "\"240b:10:400::/39\": dc-04\n"));
	/* ::/0 stands for IPv4 too, which lies in ::/96 there. */
	assert_true(tree_has(&t, "      default: default\n"));
	assert_true(tree_has(&t, "    www.example.com:\n      map: my_prod_map\n"));
	assert_true(tree_has(&t, "        dc-03: [prod_www-dc-03]\n"));
	assert_true(tree_has(&t, "      ttl: 10s\n      ttl-min: 5s\n"));
	assert_int_equal(t.out.n_zones, 1);
	assert_string_equal(t.out.zones[0].name, "example.com");
	const char *zone = kt_text_of(&t.out.zones[0].text);
	assert_non_null(strstr(zone, "ns1 A 192.168.1.69\n"));
	assert_non_null(strstr(
	    zone, "; www.example.com. geoip!prod_www: steered, see kotae.yaml\n"));
	tree_end(&t);
}

static void lists_of_datacenters_are_preferences(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "plugins => { geoip => { maps => { m => { geoip2_db => c.mmdb\n"
	    "datacenters => [a, b, c]\n"
	    "map => { EU => { default => [b, a], DE => [c, b], FR => { IDF => [a], "
	    "Paris => [b] } } }\n"
	    "nets => { 192.0.2.1/24 => [ c, a ] } } }\n"
	    "resources => { r => { map => m, skip_first => false, service_types => up\n"
	    "dcmap => { a => 192.0.2.1, b => { x => 192.0.2.2, y => 192.0.2.3 }, c => "
	    "lb.example.net. } } } } }\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b 1 1 1 1 1\n@ NS a.example.\n"
	    "www 60/5 DYNC geoip!r\n"
	    "one 60 DYNA geoip!r/b\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "continent EU\": b+a\n"));
	assert_true(tree_has(&t, "          DE: c+b\n"));
	assert_true(tree_has(&t, "          FR-IDF: a\n"));
	assert_true(tree_has(&t, "192.0.2.0/24: c+a\n"));
	assert_true(tree_has(&t, "      default: a+b+c\n"));
	assert_true(tree_has(&t, "        c+a: [r-c, r-a]\n"));
	assert_true(tree_has(&t, "- {name: lb.example.net.}\n"));
	assert_true(tree_has(&t, "    one.example.org:\n      pools: [r-b]\n"));
	assert_true(tree_told(&t, KT_WARNING, 3, "the place Paris"));
	assert_true(tree_told(&t, KT_NOTE, 4, "192.0.2.1/24 has bits"));
	tree_end(&t);
}

static void each_family_is_judged_alone(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "service_types => { web => { plugin => http_status, url_path => \"/ok\", "
	    "vhost => w.example, "
	    "ok_codes => [ 200 204 ], interval => 8, timeout => 3, down_thresh => 4, "
	    "up_thresh => 5, ok_thresh => 2 }\n"
	    "lost => { plugin => exotic } }\n"
	    "plugins => { multifo => { up_thresh => 0.3, both => { service_types => [ "
	    "web lost ],\n"
	    "addrs_v4 => [ 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 ]\n"
	    "addrs_v6 => { up_thresh => 0.7, x => 2001:DB8::1, y => 2001:DB8::2 } } }\n"
	    "simplefo => { s => { primary => 192.0.2.8, secondary => 192.0.2.9 } }\n"
	    "weighted => { w => { a => [ 192.0.2.5, 30 ], b => [ 192.0.2.6, 10 ] } }\n"
	    "metafo => { resources => { m => { datacenters => [ one two ]\n"
	    "dcmap => { one => %weighted!w, two => 192.0.2.7 } } } } }\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b 1 1 1 1 1\n@ NS a.example.\n"
	    "both DYNA multifo!both\ns DYNA simplefo!s\nm DYNA metafo!m\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t,
	    "web: {type: http, path: \"/ok\", host: \"w.example\", status: [200, 204], "
	    "interval: 8s, timeout: 3s, rise: 5, fall: 4}\n"));
	assert_true(tree_has(&t, "      pools: [both-v4, both-v6]\n"));
	/* ceil(0.3 * 4) and ceil(0.7 * 2) */
	assert_true(tree_has(&t, "192.0.2.4}\n      method: multi\n      monitor: "
				 "[web]\n      min-up: 2\n"));
	assert_true(tree_has(&t, "2001:db8::2\"}\n      method: multi\n      monitor: "
				 "[web]\n      min-up: 2\n"));
	assert_true(tree_has(&t, "192.0.2.9}\n      method: failover\n"));
	assert_true(tree_has(&t, "{address: 192.0.2.5, weight: 30}"));
	assert_true(tree_has(&t, "      pools: [w, m-two]\n"));
	assert_true(tree_told(&t, KT_WARNING, 2, "plugin exotic has no equal"));
	assert_true(tree_told(&t, KT_WARNING, 3, "service type lost"));
	tree_end(&t);
}

static void a_line_keeps_the_owner_of_a_line_that_went(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config", "plugins => { static => { s => 192.0.2.1 } }\n");
	tree_put(&t, "zones/inc", "sub A 192.0.2.4\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b ( 1 1 ; serial\n 1 1 1 )\n@ NS a.example.\n"
	    "www 60 DYNA static!s\n    MX 10 mail\n    TXT \"; ( no comment\"\n"
	    "$ORIGIN deep\nx DYNA static!s\n  TXT \"at x\"\ny.@Z TXT \"at y\"\n"
	    "$INCLUDE inc low\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	const char *zone = NULL;
	for (size_t i = 0; i < t.out.n_zones; i++)
		if (strcmp(t.out.zones[i].name, "example.org") == 0)
			zone = kt_text_of(&t.out.zones[i].text);
	assert_non_null(zone);
	assert_non_null(strstr(zone, "www    MX 10 mail\n"));
	assert_non_null(strstr(zone, "www    TXT \"; ( no comment\"\n"));
	assert_non_null(strstr(zone, "$ORIGIN deep.example.org.\n"));
	assert_non_null(strstr(zone, "x  TXT \"at x\"\n"));
	assert_non_null(strstr(zone, "y.example.org. TXT \"at y\"\n"));
	assert_non_null(strstr(zone, "$ORIGIN low.deep.example.org.\n"));
	assert_true(tree_has(&t, "    x.deep.example.org:\n"));
	tree_end(&t);
}

static void what_has_no_equal_is_named_with_its_line(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "options => {\n  tcp_timeout => 15\n  listen => [ 192.0.2.1, "
	    "\"[2001:db8::1]:5353\" ]\n}\n"
	    "plugins => {\n  reflect => {}\n}\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b 1 1 1 1 1\n@ NS a.example.\n"
	    "r DYNA reflect!dns\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_told(&t, KT_WARNING, 2, "options tcp_timeout 15"));
	assert_true(tree_told(&t, KT_WARNING, 3, "reflect!dns"));
	assert_true(tree_has(&t, "- {address: [\"192.0.2.1\"], serve: authority}\n"));
	assert_true(tree_has(
	    &t, "- {address: [\"2001:db8::1\"], port: 5353, serve: authority}\n"));
	assert_int_equal(t.out.n_services, 0);
	tree_end(&t);
}

static void bad_syntax_is_an_error_at_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line;
		const char *told;
	} cases[] = {
		{ "options => {\n a = b\n", 3, "not closed" },
		{ "options => { a => \"x\n", 2, "quoted string" },
		{ "a\n{", 2, "expected =>" },
		{ "a => \\400", 1, "backslash" },
		{ "a => $include{nowhere}", 1, "cannot include" },
		{ "[ a ]", 1, "expected keys" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct tree t;
		tree_begin(&t);
		tree_put(&t, "config", cases[i].text);
		tree_gdnsd(&t);
		assert_true(t.rc < 0);
		assert_true(tree_told(&t, KT_ERROR, cases[i].line, cases[i].told));
		tree_end(&t);
	}
}

static void includes_are_merged_and_loops_end(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "options => { $include{more} }\nplugins => $include{\"pl\"}\n");
	tree_put(&t, "more", "listen => 192.0.2.3\n");
	tree_put(&t, "pl", "static => { s => 192.0.2.1 }\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "192.0.2.3"));
	tree_end(&t);
	tree_begin(&t);
	tree_put(&t, "config", "$include{config}\n");
	tree_gdnsd(&t);
	assert_true(t.rc < 0);
	tree_end(&t);
}

static void names_without_a_dot_stand_below_the_record(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "service_types => { conn => { plugin => tcp_connect, port => 443 } }\n"
	    "plugins => { weighted => { w => { service_types => conn\n"
	    "a => [ lb, 1 ], b => [ lb.example.net., 2 ] } } }\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b 1 1 1 1 1\n@ NS a.example.\n"
	    "$ORIGIN sub\nx DYNC weighted!w\n$ORIGIN other.@Z\ny DYNC weighted!w\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "- {name: lb.sub.example.org., weight: 1}\n"));
	assert_true(tree_has(&t, "- {name: lb.example.net., weight: 2}\n"));
	assert_true(tree_told(&t, KT_NOTE, 3, "lb is lb.sub.example.org."));
	assert_true(tree_told(&t, KT_WARNING, 2, "below other.example.org."));
	/* A name cannot be connected to. */
	assert_true(tree_told(&t, KT_WARNING, 2, "give its names a probe"));
	assert_false(tree_has(&t, "monitor: [conn]"));
	tree_end(&t);
}

static void any_is_every_address_at_the_port_of_the_options(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config", "options => { listen => any, dns_port => 5353 }\n");
	tree_put(&t, "zones/example.org", "@ SOA a b 1 1 1 1 1\n@ NS a.example.\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.errs.n_warnings, 0);
	assert_true(tree_has(&t, "  - {address: [\"0.0.0.0\"], port: 5353, "));
	assert_true(tree_has(&t, "  - {address: [\"::\"], port: 5353, "));
	tree_end(&t);
}

static void what_is_left_out_is_told_where_it_stood(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_put(&t, "config",
	    "service_types => { slow => { plugin => tcp_connect, port => 1\n"
	    "up_thresh => 65000 } }\n"
	    "plugins => { static => { unasked => 192.0.2.1, s => 192.0.2.2 }\n"
	    "geoip => { maps => {}, resources => { nobody => { map => m, dcmap => {} } "
	    "} } }\n");
	tree_put(&t, "zones/example.org",
	    "@ SOA a b 1 1 1 1 1\n@ NS a.example.\nme DYNA reflect!best\nx DYNA "
	    "static!s\n");
	tree_gdnsd(&t);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "rise: 100, fall: 10}\n"));
	assert_true(tree_told(&t, KT_WARNING, 1, "slow: up_thresh and down_thresh"));
	assert_true(tree_told(&t, KT_WARNING, 3, "static!unasked: no zone asks"));
	assert_true(tree_told(&t, KT_WARNING, 4, "geoip!nobody: no zone asks"));
	assert_true(tree_told(&t, KT_WARNING, 3, "reflect!best"));
	assert_non_null(strstr(kt_text_of(&t.out.zones[0].text),
	    "; me.example.org. reflect!best: left out, it has no equal\n"));
	tree_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_operators_configuration_goes_over_whole),
		cmocka_unit_test(lists_of_datacenters_are_preferences),
		cmocka_unit_test(each_family_is_judged_alone),
		cmocka_unit_test(a_line_keeps_the_owner_of_a_line_that_went),
		cmocka_unit_test(what_has_no_equal_is_named_with_its_line),
		cmocka_unit_test(bad_syntax_is_an_error_at_its_line),
		cmocka_unit_test(includes_are_merged_and_loops_end),
		cmocka_unit_test(names_without_a_dot_stand_below_the_record),
		cmocka_unit_test(any_is_every_address_at_the_port_of_the_options),
		cmocka_unit_test(what_is_left_out_is_told_where_it_stood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
