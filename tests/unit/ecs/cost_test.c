#include "ecs/cost.h"

#include "seed_map.h"

static struct ecs_cost cost_of(
    const struct ecs_view *view, const char *list, unsigned v4, unsigned v6, bool ipv6)
{
	struct ecs_prefixes prefixes;
	struct ecs_cost out[2];
	struct kt_errs errs;
	unsigned source[2] = { v4, v6 };
	kt_errs_init(&errs, 0);
	assert_int_equal(
	    ecs_prefixes_read(list, strlen(list), "x", &errs, &prefixes), 0);
	ecs_cost(view, &prefixes, source, out);
	ecs_prefixes_fini(&prefixes);
	kt_errs_fini(&errs);
	return out[ipv6];
}

static void entries_are_cells_or_blocks_of_the_source(void **state)
{
	(void)state;
	static const struct {
		const char *list;
		unsigned v4, v6;
		bool ipv6;
		double entries, source;
		size_t blocks_short;
	} cases[] = {
		{ "240b:10::/32", 24, 40, true, 10, 256, 1 },
		{ "240b:10::/32", 24, 48, true, 11, 65536, 0 },
		{ "240b::/20", 24, 56, true, 23, 68719476736, 0 },
		/* Networks in networks, and two in one cell, count once. */
		{ "240b:10::/32\n240b:10:200::/40\n", 24, 48, true, 11, 65536, 0 },
		{ "240b:10:400::/40\n240b:10:500::/40\n", 24, 48, true, 1, 512, 0 },
		/* Clients closer than the source are one block of it. */
		{ "240b:10::/64\n240b:10:0:1::/64", 24, 40, true, 1, 1, 0 },
		{ "192.0.2.0/24\n198.51.100.0/24", 24, 56, false, 2, 2, 0 },
		{ "192.0.2.0/24", 24, 56, true, 0, 0, 0 },
		/* An IPv4 address inside: the cell that it has, 96 bits later. */
		{ "::ffff:192.0.2.0/120\n::ffff:192.0.3.0/120", 24, 128, true, 1, 512,
		    0 },
		{ "::ffff:10.0.0.0/104", 24, 128, true, 1, 16777216, 0 },
		{ "2002:c000:200::/40", 24, 56, true, 1, 65536, 0 },
	};
	struct seed s;
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_map_view(&s);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct ecs_cost c = cost_of(
		    view, cases[i].list, cases[i].v4, cases[i].v6, cases[i].ipv6);
		assert_true(c.entries == cases[i].entries);
		assert_true(c.entries_source == cases[i].source);
		assert_int_equal(c.blocks_short, cases[i].blocks_short);
	}
	ecs_view_free(view);
	seed_fini(&s);
}

static void a_service_for_everybody_is_one_entry(void **state)
{
	(void)state;
	struct seed s;
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_service_view(&s, "flat.example.com");
	struct ecs_cost c = cost_of(view, "240b:10::/32\n2001:db8::/32", 24, 48, true);
	assert_true(c.entries == 1);
	ecs_view_free(view);
	seed_fini(&s);
}

/* As the walk counts, so does asking for every block of the source. */
static void the_count_is_that_of_distinct_replies(void **state)
{
	(void)state;
	static const struct kt_addr resolver = { .family = 4,
		.octets = { 192, 0, 2, 1 } };
	struct seed s;
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_map_view(&s);
	for (unsigned source = 33; source <= 44; source++) {
		struct kt_prefix last = { .len = 255 }, isp = prefix_of("240b:10::/32");
		double n = 0;
		for (ecs_bits i = 0; i < (ecs_bits)1 << (source - 32); i++) {
			struct kt_prefix asked = ecs_block(
			    6, ecs_bits_of(&isp.addr) | i << (128 - source), source);
			struct steering_decision d;
			ecs_view_decide(view, &asked, &resolver, &d);
			struct kt_prefix entry = ecs_cut(&asked, d.scope);
			n += !ecs_prefix_equal(&entry, &last);
			last = entry;
		}
		assert_true(
		    cost_of(view, "240b:10::/32", 24, source, true).entries == n);
	}
	ecs_view_free(view);
	seed_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_cells_or_blocks_of_the_source),
		cmocka_unit_test(a_service_for_everybody_is_one_entry),
		cmocka_unit_test(the_count_is_that_of_distinct_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
