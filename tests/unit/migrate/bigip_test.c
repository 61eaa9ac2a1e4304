#include "tree_of.h"

#define RECORD(client, server, order, score)                                          \
 "gtm topology ldns: subnet " client " server: subnet " server " {\n    order " order \
 "\n    score " score "\n}\n"

static const char seed[] =
    "gtm global-settings load-balancing {\n"
    "topology-prefer-edns0-client-subnet enabled\n}\n" RECORD(
	"240b:0010:0200::/41", "2001:db8:10::1/128", "1", "100")
	RECORD("240b:0010:0280::/41", "2001:db8:10::2/128", "2", "100")
	    RECORD("240b:0010:0300::/40", "2001:db8:10::5/128", "3", "100")
		RECORD("240b:0010:0400::/39", "2001:db8:20::1/128", "4", "100")
		    RECORD("::/0", "2001:db8::1/128", "13", "10");

static void the_operators_records_become_a_map(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, seed, "www.example.com");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.errs.n_warnings, 0);
	assert_true(tree_has(&t, "\"240b:10:200::/41\": \"2001:db8:10::1\"\n"));
	assert_true(tree_has(&t, "\"240b:10:400::/39\": \"2001:db8:20::1\"\n"));
	assert_true(tree_has(&t, "      default: \"2001:db8::1\"\n"));
	/* the one that matches everybody has the lowest score: it is what is left */
	assert_true(tree_has(
	    &t, "\"2001:db8:10::5\": [\"2001:db8:10::5\", \"2001:db8::1\"]\n"));
	assert_int_equal(t.out.n_services, 1);
	tree_end(&t);
}

static void without_a_name_there_is_a_map_and_no_service(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, seed, NULL);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.out.n_maps, 1);
	assert_int_equal(t.out.n_services, 0);
	assert_true(tree_told(&t, KT_NOTE, 0, "--name"));
	tree_end(&t);
}

static void a_score_counts_before_a_longer_mask_of_another_target(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	/* K10721: the mask only chooses among the records of one candidate. */
	tree_bigip(&t,
	    RECORD("10.0.0.0/8", "192.0.2.1/32", "1", "5")
		RECORD("0.0.0.0/0", "192.0.2.2/32", "2", "100"),
	    "www.example.com");
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "10.0.0.0/8: 192.0.2.2-2\n"));
	assert_true(tree_has(&t, "192.0.2.2-2: [192.0.2.2, 192.0.2.1]\n"));
	assert_true(tree_has(&t, "        192.0.2.2: [192.0.2.2]\n"));
	tree_end(&t);
}

static void equal_scores_answer_in_turn(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t,
	    RECORD("0.0.0.0/0", "192.0.2.1/32", "1", "5")
		RECORD("0.0.0.0/0", "192.0.2.2/32", "2", "5"),
	    "www.example.com");
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "    192.0.2.1+192.0.2.2:\n"));
	assert_true(tree_has(&t, "      method: round-robin\n"));
	tree_end(&t);
}

static const char wide[] =
    "gtm server /Common/s1 {\n"
    "    datacenter /Common/dc1\n"
    "    virtual-servers {\n"
    "        /Common/vs1 {\n            destination 192.0.2.1:443\n        }\n"
    "        vs6 {\n            destination 2001:db8:10::1.443\n        }\n"
    "        vs2 {\n            destination 192.0.2.2:443\n        }\n"
    "    }\n"
    "}\n"
    "gtm monitor https /Common/chk {\n"
    "    interval 10\n    timeout 31\n    recv OK\n"
    "    send \"GET /health HTTP/1.1\\r\\nHost: www.example.com\\r\\n\"\n"
    "    destination *:8443\n"
    "}\n"
    "gtm pool a /Common/p1 {\n"
    "    load-balancing-mode ratio\n"
    "    members {\n"
    "        /Common/s1:/Common/vs1 {\n            ratio 3\n        }\n"
    "        /Common/s1:vs2 {\n            disabled\n        }\n"
    "    }\n"
    "    monitor /Common/chk and /Common/odd\n"
    "    qos-rtt 4\n"
    "    ttl 20\n"
    "}\n"
    "gtm pool aaaa /Common/p6 {\n"
    "    members {\n        /Common/s1:vs6 { }\n    }\n"
    "    monitor /Common/tcp\n"
    "}\n"
    "gtm pool cname /Common/pc {\n    members {\n        www.example.net { }\n    "
    "}\n}\n"
    "gtm wideip a /Common/www.example.com {\n"
    "    pool-lb-mode global-availability\n"
    "    last-resort-pool cname /Common/pc\n"
    "    pools {\n        /Common/p1 {\n            order 0\n        }\n    }\n"
    "}\n"
    "gtm wideip aaaa /Common/www.example.com {\n"
    "    pool-lb-mode global-availability\n"
    "    pools {\n        /Common/p6 {\n            order 0\n        }\n    }\n"
    "}\n";

static void wide_ips_of_both_families_are_one_service(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, wide, NULL);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(
	    &t, "    www.example.com:\n      pools: [p1, p6, pc]\n      ttl: 20s\n"));
	assert_true(tree_has(&t, "- {address: 192.0.2.1, weight: 3}\n"));
	assert_true(tree_has(&t, "- {address: \"2001:db8:10::1\"}\n"));
	assert_true(tree_has(&t, "- {name: www.example.net}\n"));
	assert_true(tree_has(&t,
	    "chk: {type: https, path: \"/health\", host: \"www.example.com\", body: "
	    "\"OK\", "
	    "status: 100-599, verify: false, port: 8443, interval: 10s, timeout: 5s, "
	    "fall: 4, rise: 1}\n"));
	assert_true(tree_has(&t,
	    "tcp-443: {type: tcp, port: 443, interval: 30s, timeout: 5s, fall: 4, "
	    "rise: 1}\n"));
	assert_true(tree_told(&t, KT_WARNING, 0, "vs2 is disabled"));
	assert_true(tree_told(&t, KT_WARNING, 0, "monitor odd has no equal"));
	assert_true(tree_told(&t, KT_WARNING, 0, "qos-rtt 4"));
	assert_int_equal(t.out.n_zones, 1);
	assert_string_equal(t.out.zones[0].name, "example.com");
	tree_end(&t);
}

static const char ranked[] =
    "gtm server /Common/s {\n virtual-servers {\n"
    "  a { destination 192.0.2.1:https }\n  b { destination 192.0.2.2:https }\n"
    "  c { destination 192.0.2.3:https\n disabled\n }\n }\n}\n"
    "gtm server /Common/s2 { virtual-servers { a { destination 192.0.2.4:https } } }\n"
    "gtm monitor http /Common/up { recv \"HTTP/1.1 200 OK\" }\n"
    "gtm monitor http /Common/odd { recv \"HTTP/1.[01] (200|301)\" }\n"
    "gtm pool a /Common/p {\n load-balancing-mode ratio\n members {\n"
    "  /Common/s:c { member-order 0 ratio 7 }\n"
    "  /Common/s:a { member-order 2 ratio 5 }\n"
    "  /Common/s:b { member-order 1 ratio 6 }\n }\n"
    " monitor min 1 of { /Common/up /Common/odd }\n}\n"
    "gtm pool a /Common/q { members { /Common/s2:a { } } }\n"
    "gtm pool a /Common/off {\n members { /Common/s2:a { } }\n disabled\n}\n"
    "gtm pool a /Common/spare { members { /Common/s2:a { } } }\n"
    "gtm wideip a /Common/www.example.com {\n aliases { web.example.com w.example.com "
    "}\n pool-lb-mode ratio\n pools {\n"
    "  /Common/p { order 1 ratio 3 }\n  /Common/q { order 0 ratio 2 }\n"
    "  /Common/off { order 2 }\n }\n}\n";

static void members_and_pools_stand_in_their_order_with_their_shares(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, ranked, NULL);
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "        - {address: 192.0.2.2, weight: 6}\n"
				 "        - {address: 192.0.2.1, weight: 5}\n"
				 "      method: weighted\n"));
	assert_true(tree_has(&t, "        - {pool: q, weight: 2}\n"
				 "        - {pool: p, weight: 3}\n"
				 "      method: weighted\n"));
	tree_end(&t);
}

static void what_is_off_or_asked_by_nobody_is_told_once(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, ranked, NULL);
	assert_true(tree_told(&t, KT_WARNING, 0, "member /Common/s:c is disabled"));
	assert_true(tree_told(&t, KT_WARNING, 0, "pool off is disabled"));
	assert_true(tree_told(
	    &t, KT_WARNING, 0, "gtm pool a /Common/spare: nothing asks for it"));
	assert_true(tree_told(&t, KT_WARNING, 0, "HTTP/1.[01] (200|301) has no equal"));
	assert_int_equal(t.errs.n_warnings, 4);
	tree_end(&t);
}

static void monitors_look_at_the_port_of_the_members(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, ranked, NULL);
	assert_true(tree_has(&t, "    up-443: {type: http, status: 200, port: 443, "));
	assert_true(tree_has(&t, "    odd-443: {type: http, port: 443, "));
	assert_true(tree_has(&t, "      monitor: [up-443, odd-443]\n      need: 1\n"));
	tree_end(&t);
}

static void aliases_are_services_alike(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t, ranked, NULL);
	assert_int_equal(t.out.n_services, 3);
	assert_true(tree_has(
	    &t, "    web.example.com:\n      pools: [www.example.com-pools]\n"));
	assert_true(
	    tree_has(&t, "    w.example.com:\n      pools: [www.example.com-pools]\n"));
	tree_end(&t);
}

static void virtual_servers_of_one_name_are_apart(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t,
	    "gtm server /Common/s { virtual-servers { a { destination 192.0.2.1:80 } } "
	    "}\n"
	    "gtm server /Common/z { virtual-servers { a { destination 192.0.2.4:80 } } "
	    "}\n"
	    "gtm pool a /Common/p { load-balancing-mode topology\n members { "
	    "/Common/s:a { } /Common/z:a { } } }\n"
	    "gtm wideip a /Common/www.example.com { pools { /Common/p { order 0 } } "
	    "}\n" RECORD("198.51.100.0/24", "192.0.2.1/32", "1", "9")
		RECORD("198.51.100.0/25", "192.0.2.4/32", "2", "99")
		    RECORD("0.0.0.0/0", "192.0.2.4/32", "3", "5"),
	    NULL);
	assert_int_equal(t.rc, 0);
	assert_true(
	    tree_has(&t, "    a:\n      members:\n        - {address: 192.0.2.4}\n"));
	assert_true(
	    tree_has(&t, "    a-2:\n      members:\n        - {address: 192.0.2.1}\n"));
	/* three orders of preference have three names */
	assert_true(tree_has(&t, "        a: [a]\n"));
	assert_true(tree_has(&t, "        a-2: [a-2, a]\n"));
	assert_true(tree_has(&t, "        a-3: [a, a-2]\n"));
	tree_end(&t);
}

static void one_line_lists_are_read_alike(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t,
	    "gtm topology ldns: subnet ::/0 server: subnet 2001:db8::1/128 { order 1 "
	    "score 10 }\n"
	    "gtm topology ldns: subnet 2001:db8:f::/48 server: subnet 2001:db8::2/128 "
	    "{ order 2 score 100 }\n",
	    "www.example.com");
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "\"2001:db8:f::/48\": \"2001:db8::2\"\n"));
	assert_true(
	    tree_has(&t, "\"2001:db8::2\": [\"2001:db8::2\", \"2001:db8::1\"]\n"));
	tree_end(&t);
}

static void regions_and_countries_are_places(void **state)
{
	(void)state;
	struct tree t;
	tree_begin(&t);
	tree_bigip(&t,
	    "gtm region /Common/r {\n region-members {\n country JP { }\n"
	    " subnet 198.51.100.0/24 { }\n not isp x { }\n }\n}\n"
	    "gtm topology ldns: region /Common/r server: subnet 192.0.2.1/32 {\n order "
	    "1\n score 9\n}\n" RECORD("0.0.0.0/0", "192.0.2.2/32", "2", "5"),
	    "www.example.com");
	assert_int_equal(t.rc, 0);
	assert_true(tree_has(&t, "          JP: 192.0.2.1\n"));
	assert_true(tree_has(&t, "        198.51.100.0/24: 192.0.2.1\n"));
	assert_true(tree_told(&t, KT_WARNING, 5, "not isp x"));
	assert_true(tree_told(&t, KT_WARNING, 0, "MaxMind"));
	tree_end(&t);
}

static void broken_braces_are_errors(void **state)
{
	(void)state;
	static const char *const cases[] = { "gtm pool a /Common/p {\n members {\n",
		"}\n" };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct tree t;
		tree_begin(&t);
		tree_bigip(&t, cases[i], NULL);
		assert_true(t.rc < 0);
		assert_int_equal(t.errs.n_errors, 1);
		tree_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_operators_records_become_a_map),
		cmocka_unit_test(without_a_name_there_is_a_map_and_no_service),
		cmocka_unit_test(a_score_counts_before_a_longer_mask_of_another_target),
		cmocka_unit_test(equal_scores_answer_in_turn),
		cmocka_unit_test(wide_ips_of_both_families_are_one_service),
		cmocka_unit_test(
		    members_and_pools_stand_in_their_order_with_their_shares),
		cmocka_unit_test(what_is_off_or_asked_by_nobody_is_told_once),
		cmocka_unit_test(monitors_look_at_the_port_of_the_members),
		cmocka_unit_test(aliases_are_services_alike),
		cmocka_unit_test(virtual_servers_of_one_name_are_apart),
		cmocka_unit_test(one_line_lists_are_read_alike),
		cmocka_unit_test(regions_and_countries_are_places),
		cmocka_unit_test(broken_braces_are_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
