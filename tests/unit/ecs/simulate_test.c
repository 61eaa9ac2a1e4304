#include "ecs/simulate.h"

#include "ecs_test.h"

/* The seven networks 240b:10:000::/40 to 600::/40: answers are numbers of data centres. */
struct row {
	uint32_t answer;
	uint8_t partition, matched;
};

static const struct row rows[7] = {
	{ 9, 39, 0 },
	{ 9, 39, 0 },
	{ 1, 41, 41 },
	{ 3, 40, 40 },
	{ 4, 39, 39 },
	{ 4, 39, 39 },
	{ 9, 39, 0 },
};

static void fill(struct ecs_reply out[7], int scope)
{
	for (unsigned i = 0; i < 7; i++) {
		char text[64];
		snprintf(text, sizeof(text), "240b:10:%x00::/40", i);
		out[i] = (struct ecs_reply){
			.asked = prefix_of(text),
			.answer = rows[i].answer,
			.scope = scope == 0   ? rows[i].partition
				 : scope == 1 ? rows[i].matched
					      : 40,
		};
	}
}

static struct ecs_simulation_result run(enum ecs_cache_model model, int scope)
{
	struct ecs_reply replies[7];
	struct ecs_simulation s = { .model = model };
	struct ecs_simulation_result r;
	fill(replies, scope);
	ecs_simulate(&s, replies, 7, &r);
	assert_int_equal(r.orders, 5040);
	assert_true(r.all);
	assert_int_equal(r.asked, 5040 * 14);
	return r;
}

static void scopes_of_a_partition_are_right_in_every_order(void **state)
{
	(void)state;
	for (unsigned model = 0; model < ECS_N_CACHES; model++) {
		struct ecs_simulation_result r = run(model, 0);
		assert_int_equal(r.bad, 0);
		assert_int_equal(r.wrong, 0);
		assert_int_equal(r.entries_max, 5);
		assert_int_equal(r.upstream, 5 * 5040);
		assert_null(r.order);
		ecs_simulation_fini(&r);
	}
}

static void scope_as_the_source_is_right_and_costs_an_entry_a_client(void **state)
{
	(void)state;
	for (unsigned model = 0; model < ECS_N_CACHES; model++) {
		struct ecs_simulation_result r = run(model, 2);
		assert_int_equal(r.wrong, 0);
		assert_int_equal(r.entries_max, 7);
		ecs_simulation_fini(&r);
	}
}

/* Scope 0 for what matches nothing: 7.0 of 14 answers wrong in the mean, in all orders. */
static void scope_0_of_a_default_breaks_every_order_in_unbound(void **state)
{
	(void)state;
	struct ecs_simulation_result r = run(ECS_CACHE_UNBOUND, 1);
	assert_int_equal(r.bad, 5040);
	assert_int_equal(r.wrong, 7 * 5040);
	assert_int_equal(r.bad_order, 1);
	/* The default's client asks, then one that has an answer of its own. */
	assert_int_equal(rows[r.culprit].answer, 9);
	assert_int_not_equal(rows[r.victim].answer, 9);
	ecs_simulation_fini(&r);
}

static void scope_0_of_a_default_breaks_most_orders_in_longest_match(void **state)
{
	(void)state;
	struct ecs_simulation_result r = run(ECS_CACHE_POWERDNS, 1);
	assert_int_equal(r.bad, 4680); /* 92.9 % */
	assert_int_equal(r.wrong * 10, 54 * 5040);
	ecs_simulation_fini(&r);
}

static void the_pair_that_is_told_breaks_alone(void **state)
{
	(void)state;
	struct ecs_reply replies[7];
	struct ecs_simulation_result r = run(ECS_CACHE_UNBOUND, 1);
	fill(replies, 1);
	struct ecs_reply two[2] = { replies[r.culprit], replies[r.victim] };
	struct ecs_cache *cache = ecs_cache_new(ECS_CACHE_UNBOUND, two, 2, 0);
	assert_int_equal(ecs_cache_ask(cache, 0), 0);
	assert_int_equal(ecs_cache_ask(cache, 1), 0);
	ecs_cache_free(cache);
	ecs_simulation_fini(&r);
}

/* RFC 7871 s.7.3.1: SCOPE > SOURCE serves queries of the same source length only. */
static void a_short_source_serves_its_own_length_only(void **state)
{
	(void)state;
	static const struct {
		enum ecs_cache_model model;
		uint32_t from;
	} cases[] = {
		{ ECS_CACHE_RFC, 1 }, { ECS_CACHE_UNBOUND, 1 },
		{ ECS_CACHE_POWERDNS, 0 }, /* it has no such rule */
	};
	struct ecs_reply replies[3] = {
		{ prefix_of("240b:10::/32"), 9, 41 },
		{ prefix_of("240b:10:300::/40"), 3, 40 },
		{ prefix_of("240b:11::/32"), 9, 32 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct ecs_cache *cache = ecs_cache_new(cases[i].model, replies, 3, 0);
		assert_int_equal(ecs_cache_ask(cache, 0), 0);
		assert_int_equal(ecs_cache_ask(cache, 1), cases[i].from);
		assert_int_equal(ecs_cache_ask(cache, 0), 0);
		ecs_cache_free(cache);
	}
}

static void scope_0_is_one_entry_for_both_families_in_powerdns_alone(void **state)
{
	(void)state;
	struct ecs_reply replies[2] = {
		{ prefix_of("192.0.2.0/24"), 1, 0 },
		{ prefix_of("2001:db8::/56"), 2, 0 },
	};
	for (unsigned model = 0; model < ECS_N_CACHES; model++) {
		struct ecs_cache *cache = ecs_cache_new(model, replies, 2, 0);
		assert_int_equal(ecs_cache_ask(cache, 0), 0);
		assert_int_equal(
		    ecs_cache_ask(cache, 1), model == ECS_CACHE_POWERDNS ? 0 : 1);
		ecs_cache_free(cache);
	}
}

static void unbound_takes_the_shortest_entry_and_the_others_the_longest(void **state)
{
	(void)state;
	struct ecs_reply replies[2] = {
		{ prefix_of("10.1.2.0/24"), 1, 24 },
		{ prefix_of("10.1.3.0/24"), 2, 16 },
	};
	for (unsigned model = 0; model < ECS_N_CACHES; model++) {
		struct ecs_cache *cache = ecs_cache_new(model, replies, 2, 0);
		assert_int_equal(ecs_cache_ask(cache, 0), 0);
		assert_int_equal(ecs_cache_ask(cache, 1), 1);
		assert_int_equal(
		    ecs_cache_ask(cache, 0), model == ECS_CACHE_UNBOUND ? 1 : 0);
		ecs_cache_free(cache);
	}
}

static void of_limited_entries_the_one_used_longest_ago_goes(void **state)
{
	(void)state;
	struct ecs_reply replies[3] = {
		{ prefix_of("10.0.0.0/24"), 1, 24 },
		{ prefix_of("10.0.1.0/24"), 2, 24 },
		{ prefix_of("10.0.2.0/24"), 3, 24 },
	};
	struct ecs_cache *cache = ecs_cache_new(ECS_CACHE_UNBOUND, replies, 3, 2);
	(void)ecs_cache_ask(cache, 0);
	(void)ecs_cache_ask(cache, 1);
	(void)ecs_cache_ask(cache, 0);
	(void)ecs_cache_ask(cache, 2); /* 1 goes */
	assert_int_equal(ecs_cache_entries(cache), 2);
	assert_int_equal(ecs_cache_upstream(cache), 3);
	(void)ecs_cache_ask(cache, 0);
	assert_int_equal(ecs_cache_upstream(cache), 3);
	(void)ecs_cache_ask(cache, 1);
	assert_int_equal(ecs_cache_upstream(cache), 4);
	ecs_cache_free(cache);
}

/* The same seed, the same sample; and a sample does find what breaks. */
static void many_clients_are_sampled_by_the_seed(void **state)
{
	(void)state;
	struct ecs_reply replies[9];
	struct ecs_simulation s = { .model = ECS_CACHE_RFC, .orders = 500, .seed = 7 };
	struct ecs_simulation_result a, b;
	fill(replies, 1);
	replies[7] = (struct ecs_reply){ prefix_of("240b:11::/40"), 9, 0 };
	replies[8] = (struct ecs_reply){ prefix_of("240b:12::/40"), 5, 40 };
	ecs_simulate(&s, replies, 9, &a);
	ecs_simulate(&s, replies, 9, &b);
	assert_false(a.all);
	assert_int_equal(a.orders, 500);
	assert_int_equal(a.wrong, b.wrong);
	assert_int_equal(a.bad_order, b.bad_order);
	assert_true(a.bad > 0);
	ecs_simulation_fini(&a);
	ecs_simulation_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_of_a_partition_are_right_in_every_order),
		cmocka_unit_test(
		    scope_as_the_source_is_right_and_costs_an_entry_a_client),
		cmocka_unit_test(scope_0_of_a_default_breaks_every_order_in_unbound),
		cmocka_unit_test(
		    scope_0_of_a_default_breaks_most_orders_in_longest_match),
		cmocka_unit_test(the_pair_that_is_told_breaks_alone),
		cmocka_unit_test(a_short_source_serves_its_own_length_only),
		cmocka_unit_test(
		    scope_0_is_one_entry_for_both_families_in_powerdns_alone),
		cmocka_unit_test(
		    unbound_takes_the_shortest_entry_and_the_others_the_longest),
		cmocka_unit_test(of_limited_entries_the_one_used_longest_ago_goes),
		cmocka_unit_test(many_clients_are_sampled_by_the_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
