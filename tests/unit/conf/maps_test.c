#include "conf/config.h"

#include "conf_test.h"

#define STEERING STEERING_BEGINS

static void a_prefix_is_checked_at_its_key_and_what_is_meant_is_told(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  maps:\n"
			   "    japan:\n"
			   "      networks:\n"
			   "        240b:10:280::/39: kyushu\n"
			   "        10.0.0.1/8: a\n"
			   "        192.0.2.0/33: a\n"
			   "        nonsense: a\n"
			   "      default: x\n",
		    "E 7:9 \"240b:10:280::/39\" has bits behind its length; did you "
		    "mean 240b:10:200::/39 or 240b:10:280::/41?\n"
		    "E 8:9 \"10.0.0.1/8\" has bits behind its length; did you mean "
		    "10.0.0.0/8 or 10.0.0.1/32?\n"
		    "E 9:9 \"192.0.2.0/33\" is no prefix such as 192.0.2.0/24 or "
		    "2001:db8::/32\n"
		    "E 10:9 \"nonsense\" is no prefix such as 192.0.2.0/24 or "
		    "2001:db8::/32\n" },
		{ STEERING "  maps: {a: {default: x, networks: {10.0.0.0/8: []}}}\n",
		    "E 4:49 networks: found a list, expected the name of a region\n" },
		{ STEERING
		    "  maps: {a: {default: x, networks: {10.0.0.0/8: \"a b\"}}}\n",
		    "E 4:49 \"a b\" is no name of a region: expected 1 to 63 octets "
		    "without spaces and without any of , * ? [ ] \\ and quotes\n" },
		{ STEERING "  maps: {a: {default: x, networks: {10.0.0.0/8: \"\"}}}\n",
		    "E 4:49 networks: found \"\", expected the name of a region\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void one_prefix_in_two_spellings_is_there_twice(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  maps:\n"
			   "    japan:\n"
			   "      networks:\n"
			   "        240b:10:400::/39: a\n"
			   "        240b:10:0400:0::/39: b\n"
			   "      short-source: {192.0.2.1: a, 192.0.2.1/32: a}\n"
			   "      default: x\n",
		    "E 8:9 the prefix 240b:10:400::/39 is here twice\n"
		    "N 7:9 the first is here\n"
		    "E 9:36 the prefix 192.0.2.1/32 is here twice\n"
		    "N 9:22 the first is here\n" },
		{ STEERING "  maps:\n"
			   "    japan:\n"
			   "      networks:\n"
			   "        240b:10:400::/39: a\n"
			   "        240b:10:400::/39: b\n"
			   "      default: x\n",
		    "E 8:9 \"240b:10:400::/39\" is here twice\n"
		    "N 7:9 the first is here\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void networks_are_not_in_blocks_of_ipv6_that_stand_for_ipv4(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  maps:\n"
			   "    a:\n"
			   "      networks:\n"
			   "        ::ffff:192.0.2.0/120: x\n"
			   "        ::ffff:0:192.0.2.0/120: x\n"
			   "        64:ff9b::/96: x\n"
			   "        2002:c000::/24: x\n"
			   "        2001:0:1::/48: x\n"
			   "      default: x\n",
		    "E 7:9 \"::ffff:192.0.2.0/120\" is in a block of IPv6 that stands "
		    "for IPv4: give the IPv4 network\n"
		    "E 8:9 \"::ffff:0:192.0.2.0/120\" is in a block of IPv6 that "
		    "stands for IPv4: give the IPv4 network\n"
		    "E 9:9 \"64:ff9b::/96\" is in a block of IPv6 that stands for "
		    "IPv4: give the IPv4 network\n"
		    "E 10:9 \"2002:c000::/24\" is in a block of IPv6 that stands for "
		    "IPv4: give the IPv4 network\n"
		    "E 11:9 \"2001:0:1::/48\" is in a block of IPv6 that stands for "
		    "IPv4: give the IPv4 network\n" },
		{ STEERING "  maps: {a: {networks: {2000::/3: x, \"::/0\": y, "
			   "2001:1::/32: z, 64:ff9b:1::/48: z}, default: x}}\n",
		    "" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void files_and_databases_are_checked(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  maps:\n"
			   "    a: {default: x, networks-file: []}\n",
		    "E 5:36 networks-file: an empty list\n" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, networks-file: {region: x}}\n",
		    "E 5:21 networks-file needs \"file\"\n" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, networks-file: [{file: x, region: "
			   "[y]}, \"\"]}\n",
		    "E 5:55 region: found a list, expected the name of a region\n"
		    "E 5:61 networks-file: found \"\", expected a path\n" },
		{ STEERING
		    "  maps:\n"
		    "    a: {default: x, geo: [{database: x}, {match: {JP: x}}]}\n",
		    "E 5:27 geo needs \"match\"\n"
		    "E 5:42 geo needs \"database\"\n" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, geo: {database: z, match: {}}}\n",
		    "E 5:47 match: an empty map\n" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, geo: {database: z, match: {jp: x, "
			   "JP-1234: x, JPN: x, continent XX: x, AS4294967296: x}}}\n",
		    "E 5:48 match: found \"jp\", expected a country (JP), a "
		    "subdivision (JP-13), AS64500, \"continent EU\" or \"*\"\n"
		    "E 5:55 match: found \"JP-1234\", expected a country (JP), a "
		    "subdivision (JP-13), AS64500, \"continent EU\" or \"*\"\n"
		    "E 5:67 match: found \"JPN\", expected a country (JP), a "
		    "subdivision (JP-13), AS64500, \"continent EU\" or \"*\"\n"
		    "E 5:75 match: found \"continent XX\", expected a country (JP), a "
		    "subdivision (JP-13), AS64500, \"continent EU\" or \"*\"\n"
		    "E 5:92 match: found \"AS4294967296\", expected a country (JP), a "
		    "subdivision (JP-13), AS64500, \"continent EU\" or \"*\"\n" },
		{ STEERING
		    "  maps:\n"
		    "    a: {default: x, geo: {database: z, match: {JP: x, JP-13: x, "
		    "AS: x, AS4294967295: x, continent EU: x, \"*\": x}}}\n",
		    "" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, geo: x}\n",
		    "E 5:26 geo: found \"x\", expected a map\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void a_map_has_a_default_and_a_good_name(void **state)
{
	(void)state;
	static const struct said cases[] = {
		{ STEERING "  maps:\n"
			   "    a,b: {default: x}\n"
			   "    b: {}\n",
		    "E 5:5 \"a,b\" is no name of a map: expected 1 to 63 octets "
		    "without spaces and without any of , * ? [ ] \\ and quotes\n"
		    "E 6:5 a map needs \"default\"\n" },
		{ STEERING "  maps:\n"
			   "    a: {default: x, netwroks: {}}\n",
		    "E 5:21 unknown option \"netwroks\"; did you mean "
		    "\"networks\"?\n" },
		{ STEERING
		    "  maps: {a: {default: x, ecs: maybe, short-source-ttl: 0s}}\n",
		    "E 4:31 ecs: found \"maybe\", expected true or false\n"
		    "E 4:56 short-source-ttl: found \"0s\", expected a duration "
		    "between 1s and 2147483647s\n" },
		{ STEERING "  maps: []\n",
		    "E 4:9 maps: found a list, expected a map\n" },
		{ STEERING "  maps: {a: x}\n",
		    "E 4:13 a map: found \"x\", expected a map\n" },
	};
	conf_test_table(cases, KT_COUNT(cases));
}

static void regions_are_numbered_as_they_appear_whatever_the_order_of_options(
    void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(STEERING
	    "  maps:\n"
	    "    m:\n"
	    "      default: tokyo\n"
	    "      short-source: {240b:10:200::/40: spare}\n"
	    "      short-source-ttl: 5s\n"
	    "      ecs: false\n"
	    "      geo: [{database: c.mmdb, match: {JP-13: tokyo, \"*\": world}}]\n"
	    "      networks-file: [a.csv, {file: /b.csv, region: isp}]\n"
	    "      networks: {240b:10:200::/41: osaka1, 192.0.2.0/24: osaka2, "
	    "2001:db8::/32: osaka1}\n"
	    "    n: {default: all}\n");
	const struct conf_map *m = &c->steering.maps[0];
	static const char *const names[] = { "osaka1", "osaka2", "isp", "tokyo",
		"world", "spare" };
	assert_int_equal(c->steering.n_maps, 2);
	assert_int_equal(m->n_regions, KT_COUNT(names));
	for (size_t i = 0; i < KT_COUNT(names); i++)
		assert_string_equal(m->regions[i], names[i]);
	assert_int_equal(m->n_networks, 3);
	assert_int_equal(m->networks[2].region, 0);
	assert_int_equal(m->networks[1].prefix.len, 24);
	assert_int_equal(m->networks[1].place.line, 12);
	assert_int_equal(m->networks[1].place.column, 44);
	assert_int_equal(m->n_files, 2);
	assert_string_equal(m->files[0].path, "a.csv");
	assert_int_equal(m->files[0].region, -1);
	assert_string_equal(m->files[1].path, "/b.csv");
	assert_int_equal(m->files[1].region, 2);
	assert_int_equal(m->n_geo, 1);
	assert_string_equal(m->geo[0].database, "c.mmdb");
	assert_string_equal(m->geo[0].match[0].key, "JP-13");
	assert_int_equal(m->geo[0].match[1].region, 4);
	assert_int_equal(m->fallback, 3);
	assert_int_equal(m->short_source[0].region, 5);
	assert_int_equal(m->short_source_ttl_s, 5);
	assert_false(m->ecs);
	assert_true(c->steering.maps[1].ecs);
	assert_int_equal(c->steering.maps[1].short_source_ttl_s, UINT32_MAX);
	conf_config_free(c);
}

static void a_map_has_no_more_regions_than_numbers(void **state)
{
	(void)state;
	struct kt_text yaml = { 0 };
	kt_text_add(
	    &yaml, STEERING "  maps:\n    m:\n      default: x\n      networks:\n");
	for (unsigned i = 0; i < CONF_REGIONS_MAX + 2; i++)
		kt_text_addf(&yaml, "        10.%u.%u.%u: r%u\n", i >> 16, i >> 8 & 255,
		    i & 255, i);
	conf_test_errors(
	    kt_text_of(&yaml), "E 60008:22 a map has no more than 60000 regions\n");
	kt_text_fini(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_prefix_is_checked_at_its_key_and_what_is_meant_is_told),
		cmocka_unit_test(one_prefix_in_two_spellings_is_there_twice),
		cmocka_unit_test(
		    networks_are_not_in_blocks_of_ipv6_that_stand_for_ipv4),
		cmocka_unit_test(files_and_databases_are_checked),
		cmocka_unit_test(a_map_has_a_default_and_a_good_name),
		cmocka_unit_test(
		    regions_are_numbered_as_they_appear_whatever_the_order_of_options),
		cmocka_unit_test(a_map_has_no_more_regions_than_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
