#include "steering/map.h"

#include "map_of.h"

/* The map of the report that this server answers: five regions of an ISP. */
#define SEED_REGIONS "default dc-01 dc-02 dc-03 dc-04"
#define SEED_NETWORKS                                                    \
 "240b:10:200::/41 dc-01 240b:10:280::/41 dc-02 240b:10:300::/40 dc-03 " \
 "240b:10:400::/39 dc-04"

struct row {
	const char *source, *region;
	unsigned scope;
	enum steering_reason reason;
};

static void check_rows(
    struct map_of *m, const char *resolver, const struct row *rows, size_t n)
{
	struct kt_addr by = addr_of(resolver);
	for (size_t i = 0; i < n; i++) {
		struct dns_ecs ecs = ecs_of(rows[i].source);
		struct steering_decision d;
		steering_map_decide(m->map, &ecs, &by, &d);
		if (strcmp(m->names[d.class], rows[i].region) != 0 ||
		    d.scope != rows[i].scope || d.reason != rows[i].reason)
			fail_msg("%s: %s/%u for reason %u", rows[i].source,
			    m->names[d.class], d.scope, d.reason);
	}
	map_of_free(m);
}

static void ideal_answers_and_scopes(void **state)
{
	static const struct row rows[] = {
		{ "240b:10::/40", "default", 39, STEERING_CELL },
		{ "240b:10:200::/40", "dc-01", 41, STEERING_SHORT_SHARE },
		{ "240b:10:200::/41", "dc-01", 41, STEERING_CELL },
		{ "240b:10:280::/41", "dc-02", 41, STEERING_CELL },
		{ "240b:10:280::/48", "dc-02", 41, STEERING_CELL },
		{ "240b:10:280::/56", "dc-02", 41, STEERING_CELL },
		{ "240b:10:300::/40", "dc-03", 40, STEERING_CELL },
		{ "240b:10:400::/40", "dc-04", 39, STEERING_CELL },
		{ "240b:10:500::/40", "dc-04", 39, STEERING_CELL },
		{ "240b:10:600::/40", "default", 39, STEERING_CELL },
		{ "240b:11::/40", "default", 32, STEERING_CELL },
		{ "240b:10::/32", "default", 41, STEERING_SHORT_SHARE },
		{ "240b:10:200::/39", "dc-03", 41, STEERING_SHORT_SHARE },
		{ "192.0.2.0/24", "default", 9, STEERING_CELL },
		{ "::/0", "dc-04", 0, STEERING_NO_SOURCE },
		{ "0.0.0.0/0", "dc-04", 0, STEERING_NO_SOURCE },
	};
	(void)state;
	check_rows(map_of(SEED_REGIONS, SEED_NETWORKS, ""), "240b:10:400::53", rows,
	    KT_COUNT(rows));
}

static void declared_class_answers_for_blocks_in_its_prefix(void **state)
{
	static const struct row rows[] = {
		{ "240b:10:200::/40", "dc-02", 41, STEERING_SHORT_DECLARED },
		{ "240b:10:200::/39", "dc-04", 41, STEERING_SHORT_DECLARED },
		{ "240b:10::/32", "dc-04", 41, STEERING_SHORT_DECLARED },
		{ "240b::/16", "default", 41, STEERING_SHORT_SHARE },
		{ "240b:10:200::/41", "dc-01", 41, STEERING_CELL },
		{ "240b:10:400::/39", "dc-04", 39, STEERING_CELL },
	};
	(void)state;
	check_rows(map_of(SEED_REGIONS, SEED_NETWORKS,
		       "240b:10:200::/40 dc-02 240b:10::/32 dc-04"),
	    "192.0.2.1", rows, KT_COUNT(rows));
}

static void equal_shares_go_to_the_lowest_address(void **state)
{
	static const struct row rows[] = {
		{ "192.0.2.0/24", "b", 25, STEERING_SHORT_SHARE },
		{ "198.51.100.0/24", "a", 26, STEERING_SHORT_SHARE },
		{ "203.0.113.0/24", "a", 26, STEERING_SHORT_SHARE },
	};
	(void)state;
	check_rows(map_of("default a b",
		       "192.0.2.0/25 b 192.0.2.128/25 a "
		       /* a quarter, a quarter, a half in two pieces */
		       "198.51.100.0/26 b 198.51.100.64/26 a 198.51.100.128/26 default "
		       "198.51.100.192/26 a "
		       "203.0.113.0/26 a 203.0.113.64/26 b 203.0.113.128/26 a "
		       "203.0.113.192/26 b",
		       ""),
	    "192.0.2.1", rows, KT_COUNT(rows));
}

/* RFC 7871 s.11.1: the resolver decides, and the scope covers the block */
static void special_sources_are_answered_by_the_resolver(void **state)
{
	static const struct row rows[] = {
		{ "10.1.2.0/24", "a", 8, STEERING_SPECIAL },
		{ "100.64.1.0/24", "a", 10, STEERING_SPECIAL },
		{ "172.31.0.0/16", "a", 12, STEERING_SPECIAL },
		{ "192.168.7.0/24", "a", 16, STEERING_SPECIAL },
		{ "fd00:1::/32", "a", 7, STEERING_SPECIAL },
		{ "::ffff:10.1.2.0/120", "a", 104, STEERING_SPECIAL },
	};
	(void)state;
	check_rows(map_of("default a", "192.0.2.0/24 a", ""), "192.0.2.53", rows,
	    KT_COUNT(rows));
	struct map_of *m = map_of("default a", "192.0.2.0/24 a", "");
	struct kt_addr resolver = addr_of("10.0.0.53");
	struct dns_ecs ecs = ecs_of("192.168.7.0/24");
	struct steering_decision d;
	steering_map_decide(m->map, &ecs, &resolver, &d);
	assert_int_equal(d.class, 0); /* a private resolver tells nothing either */
	assert_int_equal(d.scope, 16);
	map_of_free(m);
}

/* RFC 6052, 3056, 4380: the IPv4 cell's length and where it begins */
static void ipv4_in_ipv6_decides_by_its_cell(void **state)
{
	static const struct row rows[] = {
		{ "::ffff:192.0.2.0/120", "a", 120, STEERING_CELL },
		{ "::ffff:0:192.0.2.0/120", "a", 120, STEERING_CELL },
		{ "64:ff9b::192.0.2.0/120", "a", 120, STEERING_CELL },
		{ "2002:c000:200::/48", "a", 40, STEERING_CELL },
		{ "2001:0:c000:200::/64", "a", 56, STEERING_CELL },
		{ "2002:c000:300::/40", "default", 40, STEERING_CELL },
		{ "2002:c000:200::/39", "a", 40, STEERING_SHORT_SHARE },
		{ "2002::/16", "default", 40, STEERING_SHORT_SHARE },
		{ "2002::/15", "default", 40, STEERING_SHORT_SHARE },
		{ "64:ff9b::/64", "default", 120, STEERING_SHORT_SHARE },
	};
	(void)state;
	check_rows(
	    map_of("default a", "192.0.2.0/24 a", ""), "8.8.8.8", rows, KT_COUNT(rows));
}

static void without_a_source_the_resolver_decides_with_scope_0(void **state)
{
	struct map_of *m = map_of(SEED_REGIONS, SEED_NETWORKS, "");
	struct kt_addr resolver = addr_of("240b:10:280::53");
	struct dns_ecs other = { .family = 0, .source = 24 };
	struct dns_ecs none = { .family = 4, .source = 0 };
	struct steering_decision d;
	(void)state;
	steering_map_decide(m->map, NULL, &resolver, &d);
	assert_string_equal(m->names[d.class], "dc-02");
	assert_int_equal(d.reason, STEERING_RESOLVER);
	assert_int_equal(d.scope, 0);
	assert_int_equal(d.cell, 41);
	assert_int_equal(d.source, 128);
	assert_true(kt_addr_equal(&d.client, &resolver));
	steering_map_decide(m->map, &other, &resolver, &d);
	assert_string_equal(m->names[d.class], "dc-02");
	assert_int_equal(d.reason, STEERING_RESOLVER);
	assert_int_equal(d.scope, 0);
	steering_map_decide(m->map, &none, &resolver, &d);
	assert_int_equal(d.reason, STEERING_NO_SOURCE);
	assert_int_equal(d.scope, 0);
	/* no map: nothing to tell apart */
	struct dns_ecs ecs = ecs_of("192.0.2.0/24");
	steering_map_decide(NULL, &ecs, &resolver, &d);
	assert_int_equal(d.reason, STEERING_EVERYBODY);
	assert_int_equal(d.scope, 0);
	map_of_free(m);
}

/* A family in one piece still has two cells: scope 0 would be for both families. */
static void scope_is_never_0_for_a_source(void **state)
{
	struct map_of *m = map_of("default a",
	    "0.0.0.0/0 a 10.0.0.0/8 a 100.64.0.0/10 a 172.16.0.0/12 a 192.168.0.0/16 a",
	    "");
	struct kt_addr resolver = addr_of("192.0.2.1");
	(void)state;
	for (unsigned source = 1; source <= 32; source++) {
		struct dns_ecs ecs = { .family = 4,
			.source = (uint8_t)source,
			.octets = { source > 1 ? 128 : 0 } };
		struct steering_decision d;
		steering_map_decide(m->map, &ecs, &resolver, &d);
		assert_int_equal(d.class, 1);
		assert_int_equal(d.scope, 1);
		assert_int_equal(d.reason, STEERING_CELL);
	}
	struct dns_ecs ecs = ecs_of("2002::/16");
	struct steering_decision d;
	steering_map_decide(m->map, &ecs, &resolver, &d);
	assert_int_equal(d.class, 1);
	assert_int_equal(d.scope, 17);
	map_of_free(m);
}

static void regions_of_one_class_are_one_cell(void **state)
{
	static const uint16_t apart[] = { 0, 1, 2 }, together[] = { 0, 1, 1 };
	(void)state;
	struct map_of *m = map_of("default a b", "192.0.2.0/25 a 192.0.2.128/25 b", "");
	struct kt_addr addr = addr_of("192.0.2.200");
	struct steering_map *two = steering_map_make(m->regions, apart, 3);
	struct steering_map *one = steering_map_make(m->regions, together, 2);
	struct steering_cell cell = steering_map_find(two, &addr);
	assert_int_equal(cell.class, 2);
	assert_int_equal(cell.len, 25);
	cell = steering_map_find(one, &addr);
	assert_int_equal(cell.class, 1);
	assert_int_equal(cell.len, 24);
	assert_true(steering_map_size(one) <= steering_map_size(two));
	steering_map_free(one);
	steering_map_free(two);
	map_of_free(m);
}

static int count_cell(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	unsigned *n = ctx;
	n[class == STEERING_EMBEDDED ? 1 : 0]++;
	return cell->len == 41 && n[2] ? -7 : 0;
}

static void walk_can_be_stopped_and_kept_within(void **state)
{
	struct map_of *m = map_of(SEED_REGIONS, SEED_NETWORKS, "");
	struct kt_prefix within = prefix_of("240b:10::/32");
	unsigned n[3] = { 0 };
	(void)state;
	assert_int_equal(steering_map_walk(m->map, 6, NULL, count_cell, n), 0);
	assert_int_equal(n[1], 5);
	n[0] = 0;
	assert_int_equal(steering_map_walk(m->map, 6, &within, count_cell, n), 0);
	assert_int_equal(n[0], 11);
	n[2] = 1;
	assert_int_equal(steering_map_walk(m->map, 6, NULL, count_cell, n), -7);
	within = prefix_of("240b:10:200:1::/64");
	n[0] = n[2] = 0;
	assert_int_equal(steering_map_walk(m->map, 6, &within, count_cell, n), 0);
	assert_int_equal(n[0], 1);
	map_of_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ideal_answers_and_scopes),
		cmocka_unit_test(declared_class_answers_for_blocks_in_its_prefix),
		cmocka_unit_test(equal_shares_go_to_the_lowest_address),
		cmocka_unit_test(special_sources_are_answered_by_the_resolver),
		cmocka_unit_test(ipv4_in_ipv6_decides_by_its_cell),
		cmocka_unit_test(without_a_source_the_resolver_decides_with_scope_0),
		cmocka_unit_test(scope_is_never_0_for_a_source),
		cmocka_unit_test(regions_of_one_class_are_one_cell),
		cmocka_unit_test(walk_can_be_stopped_and_kept_within),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
