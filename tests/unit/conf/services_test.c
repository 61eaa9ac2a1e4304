#include "conf/config.h"

#include "conf_test.h"

#define STEERING                                                               \
 STEERING_BEGINS                                                               \
 "  pools: {tokyo: {members: [192.0.2.1]}, none: {members: [192.0.2.2]}}\n"    \
 "  maps: {japan: {networks: {192.0.2.0/24: osaka, 198.51.100.0/24: kyushu}, " \
 "default: "                                                                   \
 "tokyo}}\n"                                                                   \
 "  services:\n"

static void what_a_service_names_must_be_there(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "    a.example.com: {map: japn, regions: {tokyo: tokyo}}\n"
			   "    c.example.com: {map: japan, regions: {osaca: tokyo, "
			   "\"*\": [tokio]}}\n"
			   "    d.example.com: {pools: [], when-all-down: nonne}\n"
			   "    e.example.com: {pools: [tokyo, tokyo, {}]}\n",
		    "E 7:26 map: there is no map \"japn\"; did you mean \"japan\"?\n"
		    "E 8:43 regions: there is no region \"osaca\"; did you mean "
		    "\"osaka\"?\n"
		    "E 8:63 regions: there is no pool \"tokio\"; did you mean "
		    "\"tokyo\"?\n"
		    "E 9:47 when-all-down: there is no pool \"nonne\"; did you mean "
		    "\"none\"?\n"
		    "E 9:28 pools: an empty list\n"
		    "E 10:36 pools: \"tokyo\" is here twice\n"
		    "E 10:43 pools: found a map, expected the name of a pool\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void a_region_that_is_left_out_is_an_error_that_names_all(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "    b.example.com: {map: japan, regions: {tokyo: tokyo}}\n",
		    "E 7:33 regions: map japan has more, and there is no \"*\": osaka, "
		    "kyushu\n" },
		{ STEERING "    b.example.com: {map: japan, regions: {tokyo: tokyo, "
			   "kyushu: [tokyo]}}\n",
		    "E 7:33 regions: map japan has more, and there is no \"*\": "
		    "osaka\n" },
		{ STEERING "    b.example.com: {map: japan, regions: {tokyo: tokyo, "
			   "kyushu: [tokyo], osaka: none}}\n",
		    "" },
		{ STEERING "    b.example.com: {map: japan, regions: {\"*\": tokyo}}\n",
		    "" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

#define FILES                                                                     \
 STEERING_BEGINS                                                                  \
 "  pools: {tokyo: {members: [192.0.2.1]}}\n"                                     \
 "  maps: {m: {networks-file: x.csv, default: tokyo}, n: {networks-file: {file: " \
 "x, region: osaka}, default: tokyo}}\n"                                          \
 "  services:\n"

/* What the lines of a file name is not known before they are read. */
static void a_service_may_name_regions_that_only_a_file_has(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ FILES "    a.example.com: {map: m, regions: {tokyo: tokyo, kyushu: "
			"tokyo}}\n"
			"    b.example.com: {map: m, regions: {tokyo: tokyo, north: "
			"tokyo}}\n",
		    "" },
		{ FILES "    a.example.com: {map: m, regions: {kyushu: tokyo}}\n",
		    "E 7:29 regions: map m has more, and there is no \"*\": tokyo\n" },
		{ FILES "    a.example.com: {map: n, regions: {\"*\": tokyo, kyushu: "
			"tokyo}}\n",
		    "E 7:51 regions: there is no region \"kyushu\"\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void a_map_goes_with_regions_and_no_map_with_pools(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "    d.example.com: {map: japan, pools: tokyo}\n"
			   "    e.example.com: {regions: {tokyo: tokyo}}\n"
			   "    f.example.com: {}\n"
			   "    h.example.com: {map: japan}\n"
			   "    i.example.com: x\n"
			   "    j.example.com: {map: japan, regions: []}\n",
		    "E 7:33 pools: with a map pools stand in \"regions\"\n"
		    "E 8:21 regions: they need a \"map\"\n"
		    "E 9:5 a service needs \"pools\", or \"map\" and \"regions\"\n"
		    "E 10:5 a service needs \"regions\"\n"
		    "E 11:20 a service: found \"x\", expected a map\n"
		    "E 12:42 regions: found a list, expected a map\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void names_and_values_of_services_are_checked(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "    a..b: {pools: tokyo}\n"
			   "    f.example.com: {pools: tokyo}\n"
			   "    F.example.com.: {pools: tokyo}\n",
		    "E 7:5 \"a..b\" is no domain name: bad label in a domain name\n"
		    "E 9:5 the service f.example.com. is here twice\n"
		    "N 8:5 the first is here\n" },
		{ STEERING
		    "    a.example.com: {pools: tokyo, ttl: 3s, ttl-min: 4s, "
		    "hash-prefix: [33, 48]}\n"
		    "    b.example.com: {pools: tokyo, hash-prefix: 24, limit: 0}\n"
		    "    c.example.com: {pools: tokyo, hash-prefix: [24, 48, 3], ttl: "
		    "8d}\n"
		    "    d.example.com: {pools: tokyo, hash-prefix: [24, {}]}\n",
		    "E 7:70 hash-prefix: expected a list of two numbers, 1 to 32 and 1 "
		    "to 128, such as [24, 48]\n"
		    "E 7:53 ttl-min: it is longer than the ttl\n"
		    "E 8:48 hash-prefix: expected a list of two numbers, 1 to 32 and 1 "
		    "to 128, such as [24, 48]\n"
		    "E 8:59 limit: found \"0\", expected a number between 1 and 4096 "
		    "records, or none\n"
		    "E 9:48 hash-prefix: expected a list of two numbers, 1 to 32 and 1 "
		    "to 128, such as [24, 48]\n"
		    "E 9:66 ttl: found \"8d\", expected a duration between 0ms and 1w\n"
		    "E 10:48 hash-prefix: expected a list of two numbers, 1 to 32 and "
		    "1 to 128, such as [24, 48]\n" },
		{ STEERING "    a.example.com: {pools: tokyo}\n"
			   "  trust-ecs: []\n"
			   "  probe-rate: 0\n",
		    "E 8:14 trust-ecs: an empty list; to ignore the option write "
		    "\"ecs: false\" in a map\n"
		    "E 9:15 probe-rate: found \"0\", expected a number between 1 and "
		    "1000000 probes\n" },
		{ STEERING "    a.example.com: {pools: tokyo}\n"
			   "  trust-ecs: [192.0.2.1/24, {}, \"::1\"]\n",
		    "E 8:15 \"192.0.2.1/24\" has bits behind its length; did you mean "
		    "192.0.2.0/24 or 192.0.2.1/32?\n"
		    "E 8:29 trust-ecs: found a map, expected an address or prefix\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void what_is_written_is_understood(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    STEERING "    \"*.Example.com\": {regions: {\"*\": [none, tokyo], kyushu: "
		     "tokyo}, map: japan, ttl: 1m, ttl-min: 5s, when-all-down: none, "
		     "limit: 3, hash-prefix: [20, 56]}\n"
		     "    example.com: {pools: tokyo, ttl: 0s, when-all-down: tokyo}\n"
		     "  trust-ecs: [192.0.2.0/24, \"::1\"]\n");
	const struct conf_steering *s = &c->steering;
	const struct conf_service *v = s->services;
	assert_int_equal(s->n_services, 2);
	assert_octets(v[0].name.wire, v[0].name.len, "\1*\7example\3com", 15);
	assert_ptr_equal(v[0].map, &s->maps[0]);
	assert_int_equal(v[0].n_regions, 3);
	assert_int_equal(v[0].regions[0].n_pools, 0);
	assert_int_equal(v[0].regions[1].n_pools, 1);
	assert_int_equal(v[0].regions[2].n_pools, 0);
	assert_int_equal(v[0].other->n_pools, 2);
	assert_ptr_equal(v[0].other->pools[0], &s->pools[1]);
	assert_int_equal(v[0].ttl_s, 60);
	assert_int_equal(v[0].ttl_min_s, 5);
	/* A pool that is called like a word: the word counts. */
	assert_int_equal(v[0].all_down, CONF_DOWN_NONE);
	assert_int_equal(v[0].limit, 3);
	assert_int_equal(v[0].hash_v4, 20);
	assert_int_equal(v[0].hash_v6, 56);
	assert_null(v[1].map);
	assert_int_equal(v[1].n_regions, 1);
	assert_ptr_equal(v[1].regions[0].pools[0], &s->pools[0]);
	assert_null(v[1].other);
	assert_int_equal(v[1].ttl_s, 0);
	assert_int_equal(v[1].ttl_min_s, 0);
	assert_int_equal(v[1].all_down, CONF_DOWN_POOL);
	assert_ptr_equal(v[1].down_pool, &s->pools[0]);
	assert_int_equal(v[1].hash_v4, 24);
	assert_int_equal(v[1].hash_v6, 48);
	assert_int_equal(s->n_trust_ecs, 2);
	assert_int_equal(s->trust_ecs[1].len, 128);
	assert_int_equal(s->probe_rate, 10000);
	assert_int_equal(s->probe_parallel, 1000);
	conf_config_free(c);
}

/* Each has a place for each region of its map: 300 times 30,000 are too many. */
static void services_and_regions_are_bounded_together(void **state)
{
	(void)state;
	struct kt_errs errs;
	struct conf_config *config;
	struct kt_text yaml = { 0 };
	kt_text_add(&yaml, "listen: [{address: 127.0.0.1}]\nsteering:\n"
			   "  pools: {p: {members: [192.0.2.1]}}\n"
			   "  maps:\n    m:\n      default: x\n      networks:\n");
	for (unsigned i = 0; i < 30000; i++)
		kt_text_addf(&yaml, "        10.0.%u.%u: r%u\n", i >> 8, i & 255, i);
	kt_text_add(&yaml, "  services:\n");
	for (unsigned i = 0; i < 300; i++)
		kt_text_addf(
		    &yaml, "    s%u.example.com: {map: m, regions: {\"*\": p}}\n", i);
	kt_errs_init(&errs, 0);
	assert_int_equal(conf_config_read_text(
			     kt_text_of(&yaml), yaml.len, "test.yaml", &errs, &config),
	    KT_E_LIMIT);
	assert_int_equal(errs.n_errors, 300 - (8 << 20) / 30001);
	assert_int_equal(errs.list[0].line, 30009 + (8 << 20) / 30001);
	kt_errs_fini(&errs);
	kt_text_fini(&yaml);
}

static void without_the_section_nothing_is_steered(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    "listen: [{address: 127.0.0.1}]\nzones: {example.com: {file: a}}\n");
	static const struct conf_steering nothing;
	assert_memory_equal(&c->steering, &nothing, sizeof(nothing));
	conf_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_service_names_must_be_there),
		cmocka_unit_test(a_region_that_is_left_out_is_an_error_that_names_all),
		cmocka_unit_test(a_service_may_name_regions_that_only_a_file_has),
		cmocka_unit_test(a_map_goes_with_regions_and_no_map_with_pools),
		cmocka_unit_test(names_and_values_of_services_are_checked),
		cmocka_unit_test(what_is_written_is_understood),
		cmocka_unit_test(services_and_regions_are_bounded_together),
		cmocka_unit_test(without_the_section_nothing_is_steered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
