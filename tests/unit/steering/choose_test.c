#include "steering/steering.h"

#include "service_of.h"

#define MONITORED \
 " monitors: {web: {type: tcp, port: 80}, api: {type: tcp, port: 81}}\n"

/* One service without a map: `pool` are the options of its pool p. */
#define ONE(pool)                            \
 "steering:\n" MONITORED " pools: {p: " pool \
 "}\n services: {www.example.com: {pools: [p], ttl: 60s, ttl-min: 5s}}\n"

#define THREE "members: [192.0.2.1, 192.0.2.2, 192.0.2.3]"
#define WEIGHTS                                                             \
 "members: [{address: 192.0.2.1, weight: 5}, {address: 192.0.2.2, weight: " \
 "3}, {address: 192.0.2.3, weight: 0}]"

static void expect_variants(const char *pool, const char *expected)
{
	struct service_of s;
	struct kt_text yaml = { 0 };
	kt_text_addf(&yaml,
	    "steering:\n pools: {p: {%s}}\n services: "
	    "{www.example.com: {pools: [p]}}\n",
	    pool);
	service_of(&s, kt_text_of(&yaml));
	assert_string_equal(service_variants(&s, 0, STEERING_A), expected);
	kt_text_fini(&yaml);
	service_fini(&s);
}

static void each_method_has_its_variants(void **state)
{
	(void)state;
	expect_variants(THREE ", method: failover", "192.0.2.1");
	expect_variants(THREE ", method: failover, limit: 2", "192.0.2.1 192.0.2.2");
	expect_variants(THREE ", method: multi", "192.0.2.1 192.0.2.2 192.0.2.3");
	expect_variants(THREE ", method: multi, limit: 2",
	    "192.0.2.1 192.0.2.2 | 192.0.2.2 192.0.2.3 | 192.0.2.1 192.0.2.3");
	expect_variants(
	    THREE ", method: round-robin", "192.0.2.1 | 192.0.2.2 | 192.0.2.3");
	expect_variants(
	    THREE ", method: round-robin, limit: 3", "192.0.2.1 192.0.2.2 192.0.2.3");
	expect_variants(WEIGHTS ", method: weighted", "192.0.2.1*5 | 192.0.2.2*3");
	expect_variants(WEIGHTS ", method: weighted, limit: 2", "192.0.2.1 192.0.2.2");
	expect_variants(THREE ", method: hash", "192.0.2.1 | 192.0.2.2 | 192.0.2.3");
}

static void records_are_in_canonical_order_and_each_is_there_once(void **state)
{
	(void)state;
	expect_variants("members: [192.0.2.10, 192.0.2.2, 192.0.2.1], method: multi",
	    "192.0.2.1 192.0.2.2 192.0.2.10");
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  p: {members: [192.0.2.2, {pool: q}, {pool: r}]}\n"
	    "  q: {members: [192.0.2.2, 192.0.2.1]}\n  r: {members: [192.0.2.1]}\n"
	    " services: {www.example.com: {pools: [p]}}\n");
	assert_string_equal(service_a(&s), "192.0.2.1 192.0.2.2");
	service_fini(&s);
}

static void weight_0_counts_only_when_nothing_else_is_up(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, ONE("{" WEIGHTS ", method: weighted}"));
	service_set(&s, "192.0.2.1", false);
	assert_string_equal(service_variants(&s, 0, STEERING_A), "192.0.2.2");
	service_set(&s, "192.0.2.2", false);
	assert_string_equal(service_variants(&s, 0, STEERING_A), "192.0.2.3");
	service_fini(&s);
}

static void turns_go_round_and_chance_follows_the_weights(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, ONE("{" THREE ", method: round-robin}"));
	static const char *const turns[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3" };
	for (unsigned i = 0; i < 7; i++)
		assert_string_equal(
		    service_answer(&s, 0, STEERING_A, "203.0.113.0/24", i),
		    turns[i % 3]);
	service_fini(&s);

	service_of(&s, ONE("{" WEIGHTS ", method: weighted}"));
	unsigned first = 0;
	for (uint64_t i = 0; i < 800; i++) {
		struct steering_answer a;
		service_ask(
		    &s, 0, STEERING_A, "203.0.113.0/24", i * (UINT64_MAX / 800), 0, &a);
		first += a.variant == a.choice->variants;
	}
	assert_in_range(first, 499, 501);
	service_fini(&s);
}

static void draws_give_every_member_its_part(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, ONE("{members: [{address: 192.0.2.1, weight: 50}, {address: "
			   "192.0.2.2, weight: 30}, {address: 192.0.2.3, weight: 20}, "
			   "{address: 192.0.2.4, weight: 1}], method: weighted, "
			   "limit: 2}"));
	struct steering_answer a;
	unsigned seen[5] = { 0 };
	service_ask(&s, 0, STEERING_A, "203.0.113.0/24", 0, 0, &a);
	assert_int_equal(a.choice->pick, STEERING_PICK_RANDOM);
	assert_int_equal(a.choice->n, 64);
	for (unsigned i = 0; i < 64; i++) {
		const struct steering_variant *v = &a.choice->variants[i];
		assert_int_equal(v->n_rr, 2);
		assert_true(v->data[5] < v->data[11]);
		seen[v->data[5]]++;
		seen[v->data[11]]++;
	}
	/* Drawn first or second: of 64 about 51, 41, 34, 2. */
	assert_in_range(seen[1], 43, 60);
	assert_in_range(seen[2], 30, 50);
	assert_in_range(seen[3], 20, 44);
	assert_in_range(seen[4], 0, 8);
	assert_true(seen[1] > seen[2] && seen[2] > seen[3] && seen[3] > seen[4]);
	service_fini(&s);
}

/* The last octet of the only address that a /24 gets. */
static unsigned hashed(struct service_of *s, unsigned net, uint8_t *scope)
{
	char client[32];
	struct steering_answer a;
	snprintf(client, sizeof(client), "20.%u.%u.0/24", net >> 8, net & 255);
	service_ask(s, 0, STEERING_A, client, 0, net, &a);
	assert_int_equal(a.choice->pick, STEERING_PICK_HASH);
	*scope = a.decision.scope;
	return a.variant->data[5];
}

static void a_lost_member_moves_only_its_own_clients(void **state)
{
	(void)state;
	enum {
		NETS = 6000
	};
	static uint8_t before[NETS];
	struct service_of s;
	uint8_t scope;
	service_of(&s, ONE("{members: [{address: 192.0.2.1, weight: 1}, {address: "
			   "192.0.2.2, weight: 2}, {address: 192.0.2.3, weight: 3}], "
			   "method: hash}"));
	unsigned seen[4] = { 0 }, moved[4] = { 0 };
	for (unsigned i = 0; i < NETS; i++) {
		before[i] = (uint8_t)hashed(&s, i, &scope);
		seen[before[i]]++;
		assert_int_equal(scope, 24);
	}
	for (unsigned k = 1; k <= 3; k++)
		assert_in_range(seen[k], k * 1000 - 120, k * 1000 + 120);
	service_set(&s, "192.0.2.2", false);
	for (unsigned i = 0; i < NETS; i++) {
		unsigned now = hashed(&s, i, &scope);
		if (before[i] != 2)
			assert_int_equal(now, before[i]);
		else
			moved[now]++;
	}
	assert_int_equal(moved[1] + moved[3], seen[2]);
	assert_in_range(moved[1], seen[2] / 4 - 80, seen[2] / 4 + 80);
	service_fini(&s);
}

static void hash_with_a_limit_keeps_the_first_of_each_client(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, ONE("{members: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4], "
			   "method: hash, limit: 2}"));
	char before[200][32];
	for (unsigned i = 0; i < 200; i++) {
		char client[32];
		snprintf(client, sizeof(client), "20.0.%u.0/24", i);
		snprintf(before[i], sizeof(before[i]), "%s",
		    service_answer(&s, 0, STEERING_A, client, 0));
	}
	service_set(&s, "192.0.2.4", false);
	unsigned same = 0, had = 0;
	for (unsigned i = 0; i < 200; i++) {
		char client[32];
		snprintf(client, sizeof(client), "20.0.%u.0/24", i);
		const char *now = service_answer(&s, 0, STEERING_A, client, 0);
		if (strstr(before[i], "192.0.2.4")) {
			had++;
			continue;
		}
		assert_string_equal(now, before[i]);
		same++;
	}
	assert_true(same > 40 && had > 40);
	service_fini(&s);
}

static void the_hash_of_a_network_does_not_depend_on_the_address_in_it(void **state)
{
	(void)state;
	struct service_of s;
	struct steering_answer a, b;
	service_of(&s, "steering:\n pools: {p: {" THREE ", method: hash}}\n services: "
		       "{www.example.com: {pools: [p], hash-prefix: [20, 40]}}\n");
	for (unsigned i = 0; i < 64; i++) {
		char client[2][64];
		snprintf(client[0], 64, "20.%u.16.0/24", i);
		snprintf(client[1], 64, "20.%u.31.0/24", i);
		service_ask(&s, 0, STEERING_A, client[0], 0, 0, &a);
		service_ask(&s, 0, STEERING_A, client[1], 0, 0, &b);
		assert_ptr_equal(a.variant, b.variant);
		assert_int_equal(a.decision.scope, 20);
	}
	/* A source that is shorter than what is hashed is all that is known. */
	service_ask(&s, 0, STEERING_A, "20.0.0.0/12", 0, 0, &a);
	assert_int_equal(a.decision.scope, 12);
	service_ask(&s, 0, STEERING_A, "2001:db8:1:2::/64", 0, 0, &a);
	assert_int_equal(a.decision.scope, 40);
	service_ask(&s, 0, STEERING_A, "0.0.0.0/0", 0, 0, &a);
	assert_int_equal(a.decision.scope, 0);
	service_fini(&s);
}

static void health_does_not_change_the_scope_of_a_service_that_hashes(void **state)
{
	(void)state;
	struct service_of s;
	struct steering_answer a;
	service_of(&s,
	    "steering:\n pools: {p: {" THREE ", method: hash}, q: {members: "
	    "[192.0.2.9]}}\n services: {www.example.com: {pools: [p, q]}}\n");
	service_ask(&s, 0, STEERING_A, "20.0.0.0/28", 0, 0, &a);
	assert_int_equal(a.decision.scope, 24);
	service_set(&s, "pool/p", false);
	service_ask(&s, 0, STEERING_A, "20.0.0.0/28", 0, 0, &a);
	assert_string_equal(service_a(&s), "192.0.2.9");
	assert_int_equal(a.decision.scope, 24);
	service_fini(&s);
}

static void one_class_has_scope_0_and_no_map(void **state)
{
	(void)state;
	struct service_of s;
	struct steering_answer a;
	service_of(&s,
	    "steering:\n maps: {m: {networks: {10.9.0.0/16: a}, default: b}}\n"
	    " pools: {p: {" THREE "}}\n"
	    " services: {www.example.com: {map: m, regions: {\"*\": [p]}}}\n");
	assert_null(s.steering->services[0].map);
	assert_int_equal(s.steering->n_maps, 0);
	service_ask(&s, 0, STEERING_A, "10.9.0.0/24", 0, 0, &a);
	assert_int_equal(a.decision.scope, 0);
	assert_int_equal(a.decision.reason, STEERING_EVERYBODY);
	service_fini(&s);
}

static const char mapped[] =
    "steering:\n maps: {m: {networks: {20.1.0.0/16: a, 20.2.0.0/16: c}, default: b, "
    "ecs: %s}}\n"
    " pools: {p: {members: [192.0.2.1]}, q: {members: [192.0.2.2]}}\n services:\n"
    "  one.example.com: {map: m, regions: {a: [p, q], b: [q], c: [q]}}\n"
    "  two.example.com: {map: m, regions: {a: [q], b: [p, q], c: [p, q]}}\n"
    "  three.example.com: {map: m, regions: {a: [p], b: [p], c: [q]}}\n";

static void regions_with_the_same_pools_are_one_cell_and_services_share_maps(
    void **state)
{
	(void)state;
	struct service_of s;
	struct kt_text yaml = { 0 };
	struct steering_answer a;
	kt_text_addf(&yaml, mapped, "true");
	service_of(&s, kt_text_of(&yaml));
	assert_int_equal(s.steering->n_maps, 2);
	assert_ptr_equal(s.steering->services[0].map, s.steering->services[1].map);
	assert_ptr_not_equal(s.steering->services[0].map, s.steering->services[2].map);
	assert_string_equal(
	    service_answer(&s, 0, STEERING_A, "20.1.7.0/24", 0), "192.0.2.1");
	assert_string_equal(
	    service_answer(&s, 0, STEERING_A, "20.2.7.0/24", 0), "192.0.2.2");
	assert_string_equal(
	    service_answer(&s, 1, STEERING_A, "20.1.7.0/24", 0), "192.0.2.2");
	service_ask(&s, 0, STEERING_A, "20.1.7.0/24", 0, 0, &a);
	assert_int_equal(a.decision.scope, 16);
	/* c is not told from b there: 20.2/15 is one cell. */
	service_ask(&s, 0, STEERING_A, "20.2.7.0/24", 0, 0, &a);
	assert_int_equal(a.decision.scope, 15);
	service_ask(&s, 2, STEERING_A, "20.2.7.0/24", 0, 0, &a);
	assert_int_equal(a.decision.scope, 16);
	kt_text_fini(&yaml);
	service_fini(&s);
}

static void a_map_without_ecs_looks_at_resolvers_with_scope_0(void **state)
{
	(void)state;
	struct service_of s;
	struct kt_text yaml = { 0 };
	struct steering_answer a;
	kt_text_addf(&yaml, mapped, "false");
	service_of(&s, kt_text_of(&yaml));
	service_ask(&s, 0, STEERING_A, "20.1.7.0/24", 0, 0, &a);
	assert_int_equal(a.decision.scope, 0);
	assert_int_equal(a.decision.reason, STEERING_RESOLVER);
	assert_string_equal(
	    service_answer(&s, 0, STEERING_A, "20.1.7.0/24", 0), "192.0.2.2");
	kt_text_fini(&yaml);
	service_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_has_its_variants),
		cmocka_unit_test(records_are_in_canonical_order_and_each_is_there_once),
		cmocka_unit_test(weight_0_counts_only_when_nothing_else_is_up),
		cmocka_unit_test(turns_go_round_and_chance_follows_the_weights),
		cmocka_unit_test(draws_give_every_member_its_part),
		cmocka_unit_test(a_lost_member_moves_only_its_own_clients),
		cmocka_unit_test(hash_with_a_limit_keeps_the_first_of_each_client),
		cmocka_unit_test(
		    the_hash_of_a_network_does_not_depend_on_the_address_in_it),
		cmocka_unit_test(
		    health_does_not_change_the_scope_of_a_service_that_hashes),
		cmocka_unit_test(one_class_has_scope_0_and_no_map),
		cmocka_unit_test(
		    regions_with_the_same_pools_are_one_cell_and_services_share_maps),
		cmocka_unit_test(a_map_without_ecs_looks_at_resolvers_with_scope_0),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
