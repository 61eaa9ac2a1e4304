#include "ecs/lint.h"

#include "seed_map.h"

struct found {
	char words[16][32], texts[16][512];
	unsigned lines[16];
	size_t n;
};

static void take(void *ctx, const struct ecs_finding *f)
{
	struct found *found = ctx;
	assert_true(found->n < 16);
	snprintf(found->words[found->n], 32, "%s", f->word);
	snprintf(found->texts[found->n], 512, "%s", f->text);
	found->lines[found->n++] = f->line;
}

static void the_defaults_of_resolvers_reach_all_of_the_map(void **state)
{
	(void)state;
	struct seed s;
	struct found found = { .n = 0 };
	static const unsigned source[2] = { ECS_SOURCE_IPV4, ECS_SOURCE_IPV6 };
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_service_view(&s, "www.example.com");
	ecs_lint_view(view, source, take, &found);
	assert_int_equal(found.n, 0);
	ecs_view_free(view);
	seed_fini(&s);
}

static void a_class_behind_longer_cells_is_named_with_its_targets(void **state)
{
	(void)state;
	struct seed s;
	struct found found = { .n = 0 };
	struct kt_text unreached = { 0 };
	static const unsigned source[2] = { 24, 40 };
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_service_view(&s, "www.example.com");
	ecs_lint_view(view, source, take, &found);
	assert_int_equal(found.n, 2);
	assert_string_equal(found.words[0], "cell-too-long");
	assert_non_null(strstr(found.texts[0], " 2 cells of IPv6"));
	assert_string_equal(found.words[1], "class-unreachable");
	assert_non_null(strstr(found.texts[1], "osaka2"));
	assert_non_null(strstr(found.texts[1], "2001:db8:10::2"));
	assert_int_equal(ecs_lint_unreached(view, 6, 40, &unreached), 1);
	assert_string_equal(unreached.at, "osaka2 (2001:db8:10::2)");
	assert_int_equal(ecs_lint_unreached(view, 6, 41, &unreached), 0);
	kt_text_fini(&unreached);
	ecs_view_free(view);
	seed_fini(&s);
}

/* Declared for the block, osaka2 is reached and osaka1 is not. */
static void a_declaration_changes_who_is_unreachable(void **state)
{
	(void)state;
	struct seed s;
	struct kt_text unreached = { 0 };
	seed_init(
	    &s, SEED_MAP "      short-source: {240b:10:200::/40: osaka2}\n" SEED_POOLS);
	struct ecs_view *view = seed_service_view(&s, "www.example.com");
	assert_int_equal(ecs_lint_unreached(view, 6, 40, &unreached), 1);
	assert_string_equal(unreached.at, "osaka1 (2001:db8:10::1)");
	kt_text_fini(&unreached);
	ecs_view_free(view);
	seed_fini(&s);
}

static void networks_that_change_nothing_are_told_with_their_lines(void **state)
{
	(void)state;
	struct seed s;
	struct found found = { .n = 0 };
	seed_init(&s, "steering:\n  maps:\n    m:\n      networks:\n"
		      "        192.0.2.0/24: a\n"    /* 5 */
		      "        192.0.2.128/25: a\n"  /* 6: as line 5 */
		      "        192.0.2.0/26: b\n"    /* 7: as the default, in a */
		      "        198.51.100.0/24: b\n" /* 8: as the default */
		      "        10.0.0.0/8: b\n"  /* 9: in place of the special block */
		      "        10.1.0.0/16: b\n" /* 10: as line 9 */
		      "        172.16.1.0/24: b\n" /* 11: in a special block */
		      "      default: b\n");
	ecs_lint_networks(&s.config->steering.maps[0], &s.errs, take, &found);
	unsigned lines = 0;
	for (size_t i = 0; i < found.n; i++) {
		assert_string_equal(found.words[i], "network-redundant");
		lines |= 1u << found.lines[i];
	}
	assert_int_equal(found.n, 3);
	assert_int_equal(lines, 1u << 6 | 1u << 8 | 1u << 10);
	seed_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_of_resolvers_reach_all_of_the_map),
		cmocka_unit_test(a_class_behind_longer_cells_is_named_with_its_targets),
		cmocka_unit_test(a_declaration_changes_who_is_unreachable),
		cmocka_unit_test(
		    networks_that_change_nothing_are_told_with_their_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
