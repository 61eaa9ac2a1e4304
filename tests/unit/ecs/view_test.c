#include "ecs/view.h"

#include "seed_map.h"

#include <jansson.h>

static const struct kt_addr resolver = { .family = 4, .octets = { 192, 0, 2, 53 } };

struct row {
	const char *asked, *class, *target;
	unsigned scope;
	enum steering_reason reason;
	unsigned line; /* of the configuration */
};

/* The ideal table of the operator's map, rows 1-10. */
static const struct row ideal[] = {
	{ "240b:10::/40", "tokyo", "2001:db8::1", 39, STEERING_CELL, 3 },
	{ "240b:10:200::/40", "osaka1", "2001:db8:10::1", 41, STEERING_SHORT_SHARE, 5 },
	{ "240b:10:280::/41", "osaka2", "2001:db8:10::2", 41, STEERING_CELL, 6 },
	{ "240b:10:300::/40", "osaka3", "2001:db8:10::5", 40, STEERING_CELL, 7 },
	{ "240b:10:400::/40", "kyushu", "2001:db8:20::1", 39, STEERING_CELL, 8 },
	{ "240b:10:500::/40", "kyushu", "2001:db8:20::1", 39, STEERING_CELL, 8 },
	{ "240b:10:600::/40", "tokyo", "2001:db8::1", 39, STEERING_CELL, 3 },
	{ "240b:11::/40", "tokyo", "2001:db8::1", 32, STEERING_CELL, 3 },
	{ "240b:10::/32", "tokyo", "2001:db8::1", 41, STEERING_SHORT_SHARE, 3 },
	{ "240b:10:200::/39", "osaka3", "2001:db8:10::5", 41, STEERING_SHORT_SHARE, 7 },
	{ "192.0.2.0/24", "tokyo", "2001:db8::1", 9, STEERING_CELL, 3 },
	{ "::/0", "tokyo", "2001:db8::1", 0, STEERING_NO_SOURCE, 3 },
};

static void assert_ideal(const struct ecs_view *view)
{
	for (size_t i = 0; i < KT_COUNT(ideal); i++) {
		const struct row *row = &ideal[i];
		struct kt_prefix asked = prefix_of(row->asked);
		struct steering_decision d;
		struct steering_why why;
		ecs_view_decide(view, &asked, &resolver, &d);
		assert_string_equal(
		    ecs_parts_class_name(view->parts, d.class), row->class);
		assert_int_equal(d.scope, row->scope);
		assert_int_equal(d.reason, row->reason);
		if (view->parts->service)
			assert_memory_equal(view->parts->classes[d.class].targets,
			    row->target, strlen(row->target));
		if (!view->regions)
			continue;
		assert_int_equal(ecs_view_why(view, &asked, &d, &why), 0);
		assert_int_equal(why.line, row->line);
		assert_string_equal(why.file, "x.yaml");
	}
}

static void map_and_service_give_the_ideal_table(void **state)
{
	(void)state;
	struct seed s;
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *map = seed_map_view(&s);
	struct ecs_view *service = seed_service_view(&s, "WWW.example.com");
	assert_ideal(map);
	assert_ideal(service);
	assert_string_equal(service->parts->classes[1].pools, "osaka2, tokyo");
	ecs_view_free(map);
	ecs_view_free(service);
	seed_fini(&s);
}

/* What was sent over the socket or exported decides as the configuration does. */
static void a_view_of_exported_parts_decides_the_same(void **state)
{
	(void)state;
	struct seed s;
	seed_init(
	    &s, SEED_MAP "      short-source: {240b:10:200::/40: osaka2}\n" SEED_POOLS);
	struct ecs_view *from = seed_service_view(&s, "www.example.com");
	for (int shape = 0; shape < 3; shape++) {
		struct ecs_parts *parts;
		struct ecs_view *to;
		if (shape == 2) {
			struct kt_text csv = { 0 };
			ecs_parts_print_csv(from->parts, &csv);
			assert_int_equal(
			    ecs_parts_read_csv(csv.at, csv.len, "x", &s.errs, &parts),
			    0);
			kt_text_fini(&csv);
		} else {
			json_t *json;
			assert_int_equal(
			    ecs_parts_json(from->parts, shape, SIZE_MAX, &json), 0);
			assert_int_equal(
			    ecs_parts_of_json(json, "x", &s.errs, &parts), 0);
			json_decref(json);
		}
		assert_int_equal(ecs_view_of_parts(parts, &to), 0);
		static const char *const more[] = { "240b:10:200::/40", "240b:10::/32",
			"10.0.0.0/24", "::ffff:192.0.2.0/120", "2002:a00::/24",
			"240b:10:280::/48", "0.0.0.0/1", "8000::/1" };
		for (size_t i = 0; i < KT_COUNT(more); i++) {
			struct kt_prefix asked = prefix_of(more[i]);
			struct steering_decision a, b;
			ecs_view_decide(from, &asked, &resolver, &a);
			ecs_view_decide(to, &asked, &resolver, &b);
			assert_int_equal(a.scope, b.scope);
			assert_int_equal(a.reason, b.reason);
			assert_string_equal(ecs_parts_class_name(from->parts, a.class),
			    ecs_parts_class_name(to->parts, b.class));
		}
		ecs_view_free(to);
	}
	ecs_view_free(from);
	seed_fini(&s);
}

static void a_declared_short_source_is_explained_by_its_line(void **state)
{
	(void)state;
	struct seed s;
	seed_init(
	    &s, SEED_MAP "      short-source: {240b:10:200::/40: osaka2}\n" SEED_POOLS);
	struct ecs_view *view = seed_map_view(&s);
	struct kt_prefix asked = prefix_of("240b:10:200::/40");
	struct steering_decision d;
	struct steering_why why;
	ecs_view_decide(view, &asked, &resolver, &d);
	assert_int_equal(d.reason, STEERING_SHORT_DECLARED);
	assert_string_equal(ecs_parts_class_name(view->parts, d.class), "osaka2");
	assert_int_equal(ecs_view_why(view, &asked, &d, &why), 0);
	assert_int_equal(why.line, 10);
	ecs_view_free(view);
	seed_fini(&s);
}

static void a_service_without_a_map_is_one_class_for_everybody(void **state)
{
	(void)state;
	struct seed s;
	seed_init(&s, SEED_MAP SEED_POOLS);
	struct ecs_view *view = seed_service_view(&s, "flat.example.com.");
	struct kt_prefix asked = prefix_of("192.0.2.0/24");
	struct steering_decision d;
	ecs_view_decide(view, &asked, &resolver, &d);
	assert_int_equal(d.class, 0);
	assert_int_equal(d.scope, 0);
	assert_int_equal(d.reason, STEERING_EVERYBODY);
	assert_string_equal(view->parts->classes[0].pools, "osaka1, tokyo");
	ecs_view_free(view);
	seed_fini(&s);
}

/* `ecs: false`: the resolver's own region for everybody, scope 0; also when exported. */
static void a_map_that_ignores_subnets_answers_by_the_resolver(void **state)
{
	(void)state;
	struct seed s;
	seed_init(&s, SEED_MAP "      ecs: false\n" SEED_POOLS);
	struct ecs_view *from = seed_service_view(&s, "www.example.com"), *to;
	struct ecs_parts *parts;
	struct kt_text csv = { 0 };
	ecs_parts_print_csv(from->parts, &csv);
	assert_int_equal(ecs_parts_read_csv(csv.at, csv.len, "x", &s.errs, &parts), 0);
	assert_int_equal(ecs_view_of_parts(parts, &to), 0);
	struct kt_prefix asked = prefix_of("240b:10:280::/41");
	struct kt_addr kyushu = addr_of("240b:10:400::53");
	const struct ecs_view *views[] = { from, to };
	for (size_t i = 0; i < 2; i++) {
		struct steering_decision d;
		ecs_view_decide(views[i], &asked, &kyushu, &d);
		assert_string_equal(
		    ecs_parts_class_name(views[i]->parts, d.class), "kyushu");
		assert_int_equal(d.scope, 0);
		assert_int_equal(d.reason, STEERING_RESOLVER);
	}
	kt_text_fini(&csv);
	ecs_view_free(from);
	ecs_view_free(to);
	seed_fini(&s);
}

static void parts_that_are_no_map_are_refused(void **state)
{
	(void)state;
	struct ecs_parts *parts = ecs_parts_new("x", false);
	struct ecs_view *view;
	uint16_t class;
	assert_int_equal(ecs_parts_class(parts, "a", &class), 0);
	ecs_parts_add_run(parts, 4, 0, class);
	ecs_parts_add_run(parts, 6, 0, ECS_NOTHING);
	assert_int_equal(ecs_view_of_parts(parts, &view), KT_E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_and_service_give_the_ideal_table),
		cmocka_unit_test(a_view_of_exported_parts_decides_the_same),
		cmocka_unit_test(a_declared_short_source_is_explained_by_its_line),
		cmocka_unit_test(a_service_without_a_map_is_one_class_for_everybody),
		cmocka_unit_test(a_map_that_ignores_subnets_answers_by_the_resolver),
		cmocka_unit_test(parts_that_are_no_map_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
