#include "conf/config.h"

#include "conf_test.h"

#define STEERING STEERING_BEGINS

static void a_pool_has_members_each_of_one_kind_and_once(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  pools: {a: {}, b: {members: []}, c: {members: "
			   "192.0.2.1}, d: x}\n",
		    "E 4:11 a pool needs \"members\"\n"
		    "E 4:31 members: a pool without members\n"
		    "E 4:49 members: found \"192.0.2.1\", expected a list\n"
		    "E 4:64 a pool: found \"x\", expected a map\n" },
		{ STEERING "  pools:\n"
			   "    a: {members: [192.0.2.1]}\n"
			   "    c: {members: [192.0.2.300, a, \"2001:db8::1::1\", "
			   "\"\", \"a b\"]}\n"
			   "    d: {members: [{address: 192.0.2.1, pool: a}, {weight: "
			   "3}, {pool: nn}]}\n"
			   "    e: {members: [{pool: a, probe: \"::1\"}, {name: "
			   "\".\"}, {name: 1.2}, {address: x, weight: -1}]}\n"
			   "    f: {members: [[]], method: mutli}\n",
		    "E 6:19 members: found \"192.0.2.300\", expected an address or a "
		    "domain name\n"
		    "E 6:32 members: \"a\" is a pool; write {pool: a}\n"
		    "E 6:35 members: found \"2001:db8::1::1\", expected an address or "
		    "a domain name\n"
		    "E 6:53 members: found \"\", expected an address or a domain name\n"
		    "E 6:57 members: found \"a b\", expected an address or a domain "
		    "name\n"
		    "E 7:19 a member needs one of \"address\", \"name\" and \"pool\"\n"
		    "E 7:50 a member needs one of \"address\", \"name\" and \"pool\"\n"
		    "E 7:70 pool: there is no pool \"nn\"\n"
		    "E 8:36 probe: of a pool its own members are probed\n"
		    "E 8:51 name: found \".\", expected an address or a domain name\n"
		    "E 8:64 name: found \"1.2\", expected an address or a domain name\n"
		    "E 8:80 address: found \"x\", expected an IPv4 or IPv6 address\n"
		    "E 8:91 weight: found \"-1\", expected a number between 0 and "
		    "1000000\n"
		    "E 9:19 a member: found a list, expected a map\n"
		    "E 9:32 method: found \"mutli\", expected failover, weighted, "
		    "round-robin, multi or hash; did you mean \"multi\"?\n" },
		{ STEERING "  pools:\n"
			   "    a: {members: [192.0.2.1, \"2001:db8::1\", {address: "
			   "\"2001:db8:0::1\"}, {address: 192.0.2.1}]}\n",
		    "E 5:45 members: 2001:db8::1 is here twice\n"
		    "N 5:30 the first is here\n"
		    "E 5:73 members: 192.0.2.1 is here twice\n"
		    "N 5:19 the first is here\n" },
		{ STEERING
		    "  pools:\n"
		    "    a: {members: [{name: x.example}, X.example.], method: hash}\n",
		    "E 5:38 members: x.example. is here twice\n"
		    "N 5:19 the first is here\n" },
		{ STEERING "  pools:\n"
			   "    a: {members: [192.0.2.1]}\n"
			   "    b: {members: [{pool: a}, {pool: a}]}\n",
		    "E 6:30 members: pool a is here twice\n"
		    "N 6:19 the first is here\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void monitors_of_a_pool_are_checked(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING
		    "  monitors: {web: {type: https}, cmd: {type: command, command: "
		    "[x]}}\n"
		    "  pools:\n"
		    "    a: {members: [192.0.2.1], monitor: wep}\n"
		    "    b: {members: [192.0.2.1], monitor: [web, web]}\n"
		    "    c: {members: [192.0.2.1], monitor: []}\n"
		    "    d: {members: [192.0.2.1], monitor: web, need: 3, min-up: 2}\n"
		    "    e: {members: [www.example.net], monitor: [cmd, web], need: "
		    "3}\n"
		    "    f: {members: [www.example.net], monitor: cmd}\n"
		    "    g: {members: [{name: www.example.net, probe: 192.0.2.1}], "
		    "monitor: web}\n",
		    "E 6:40 monitor: there is no monitor \"wep\"; did you mean "
		    "\"web\"?\n"
		    "E 7:46 monitor: \"web\" is here twice\n"
		    "E 8:40 monitor: expected 1 to 1000 monitors\n"
		    "E 9:51 need: the pool has 1 monitors\n"
		    "E 9:62 min-up: the pool has 1 member\n"
		    "E 10:64 need: the pool has 2 monitors\n"
		    "E 10:19 a name needs \"probe\", the address that monitor web "
		    "looks at\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void pools_are_not_inside_themselves(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  pools:\n"
			   "    z: {members: [{pool: a}]}\n"
			   "    a: {members: [{pool: b}]}\n"
			   "    b: {members: [{pool: c}, 192.0.2.1]}\n"
			   "    c: {members: [{pool: a}]}\n"
			   "    s: {members: [{pool: s}]}\n",
		    "E 8:19 pools that are inside themselves: a > b > c > a\n"
		    "E 9:19 pools that are inside themselves: s > s\n" },
		{ STEERING "  pools:\n"
			   "    a: {members: [{pool: b}, {pool: c}]}\n"
			   "    b: {members: [{pool: d}]}\n"
			   "    c: {members: [{pool: d}]}\n"
			   "    d: {members: [192.0.2.1]}\n",
		    "" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

/* RFC 1034 s.3.6.2 */
static void a_name_stands_alone_in_an_answer(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  pools:\n"
			   "    a: {members: [192.0.2.1, a.example], method: hash}\n",
		    "E 5:5 the members of pool a are both addresses and names: a CNAME "
		    "stands alone (RFC 1034 section 3.6.2)\n" },
		{ STEERING
		    "  pools:\n"
		    "    m: {members: [{pool: n}, 192.0.2.1]}\n"
		    "    n: {members: [a.example, b.example], method: failover}\n",
		    "E 5:5 the members of pool m are both addresses and names: a CNAME "
		    "stands alone (RFC 1034 section 3.6.2)\n" },
		{ STEERING "  pools: {n: {members: [a.example, b.example]}}\n",
		    "E 4:11 the method multi of pool n would answer several names: a "
		    "CNAME stands alone (RFC 1034 section 3.6.2); choose another "
		    "method\n" },
		{ STEERING "  pools: {n: {members: [a.example, b.example], limit: 1}, "
			   "m: {members: [a.example]}}\n",
		    "" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

/* n pools, each inside the one before. */
static void add_chain(struct kt_text *yaml, unsigned n)
{
	kt_text_add(yaml, STEERING "  pools:\n");
	for (unsigned i = 1; i < n; i++)
		kt_text_addf(yaml, "    p%u: {members: [{pool: p%u}]}\n", i, i + 1);
	kt_text_addf(yaml, "    p%u: {members: [192.0.2.1]}\n", n);
}

static void pools_are_inside_each_other_to_a_depth(void **state)
{
	(void)state;
	struct kt_text yaml = { 0 };
	add_chain(&yaml, 16);
	conf_test_errors(kt_text_of(&yaml), "");
	kt_text_clear(&yaml);
	add_chain(&yaml, 17);
	conf_test_errors(
	    kt_text_of(&yaml), "E 5:20 pools inside each other more than 16 deep\n");
	kt_text_clear(&yaml);
	add_chain(&yaml, 100000);
	struct kt_errs errs;
	struct conf_config *config;
	kt_errs_init(&errs, 0);
	assert_int_equal(conf_config_read_text(
			     kt_text_of(&yaml), yaml.len, "test.yaml", &errs, &config),
	    KT_E_LIMIT);
	kt_errs_fini(&errs);
	kt_text_fini(&yaml);
}

/* Each pool has the next one's members twice, by way of two others. */
static void members_are_counted_with_those_of_pools_inside(void **state)
{
	(void)state;
	struct kt_text yaml = { 0 };
	kt_text_add(&yaml, STEERING "  pools:\n");
	for (unsigned i = 0; i < 5; i++)
		kt_text_addf(&yaml,
		    "    p%u: {members: [{pool: a%u}, {pool: b%u}]}\n"
		    "    a%u: {members: [{pool: p%u}]}\n"
		    "    b%u: {members: [{pool: p%u}]}\n",
		    i, i, i, i, i + 1, i, i + 1);
	kt_text_add(&yaml, "    p5:\n      members:\n");
	for (unsigned i = 0; i < 128; i++)
		kt_text_addf(&yaml, "        - 192.0.2.%u\n", i);
	conf_test_errors(kt_text_of(&yaml), "");
	kt_text_add(&yaml, "        - 192.0.2.200\n");
	conf_test_errors(kt_text_of(&yaml),
	    "E 5:5 with the pools inside it this pool has more than 4096 members\n");
	kt_text_fini(&yaml);
}

static void what_is_written_is_understood(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(STEERING
	    "  pools:\n"
	    "    a: {members: [192.0.2.1, {pool: b, weight: 0}], method: weighted, "
	    "monitor: [m, n], need: 1, min-up: 2, limit: 7, slow-start: 2m}\n"
	    "    b: {members: [{address: \"2001:db8::1\", probe: 192.0.2.9, weight: "
	    "10}]}\n"
	    "    c: {members: [WWW.example.net], monitor: n}\n"
	    "  monitors: {m: {type: icmp}, n: {type: push}}\n");
	const struct conf_steering *s = &c->steering;
	const struct conf_pool *p = s->pools;
	assert_int_equal(s->n_pools, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(p[i].index, i);
	assert_string_equal(p[0].name, "a");
	assert_int_equal(p[0].n_members, 2);
	assert_int_equal(p[0].members[0].address.family, 4);
	assert_int_equal(p[0].members[0].weight, 1);
	assert_ptr_equal(p[0].members[1].pool, &p[1]);
	assert_int_equal(p[0].members[1].weight, 0);
	assert_int_equal(p[0].method, CONF_METHOD_WEIGHTED);
	assert_int_equal(p[0].n_monitors, 2);
	assert_ptr_equal(p[0].monitors[1], &s->monitors[1]);
	assert_int_equal(p[0].need, 1);
	assert_int_equal(p[0].min_up, 2);
	assert_int_equal(p[0].limit, 7);
	assert_int_equal(p[0].slow_start_s, 120);
	assert_int_equal(p[1].members[0].address.family, 6);
	assert_int_equal(p[1].members[0].probe.family, 4);
	assert_int_equal(p[1].members[0].weight, 10);
	assert_int_equal(p[1].method, CONF_METHOD_MULTI);
	assert_int_equal(p[1].need, 0);
	assert_int_equal(p[1].min_up, 1);
	assert_int_equal(p[1].limit, 0);
	assert_int_equal(p[2].members[0].address.family, 0);
	assert_octets(p[2].members[0].name.wire, p[2].members[0].name.len,
	    "\3www\7example\3net", 17);
	conf_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_has_members_each_of_one_kind_and_once),
		cmocka_unit_test(monitors_of_a_pool_are_checked),
		cmocka_unit_test(pools_are_not_inside_themselves),
		cmocka_unit_test(a_name_stands_alone_in_an_answer),
		cmocka_unit_test(pools_are_inside_each_other_to_a_depth),
		cmocka_unit_test(members_are_counted_with_those_of_pools_inside),
		cmocka_unit_test(what_is_written_is_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
