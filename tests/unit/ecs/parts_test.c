#include "ecs/parts.h"

#include "ecs/diff.h"
#include "ecs_test.h"

#include <jansson.h>

static const char seed[] = "240b:10:200::/41,osaka1\n240b:10:280::/41,osaka2\n"
			   "240b:10:300::/40,osaka3\n240b:10:400::/39 kyushu\n"
			   "::/0 tokyo # rest\n0.0.0.0/0,tokyo\n";

static struct ecs_parts *parts_of(const char *text)
{
	struct ecs_prefixes list;
	struct ecs_parts *parts;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(ecs_prefixes_read(text, strlen(text), "x", &errs, &list), 0);
	assert_int_equal(ecs_parts_of_prefixes(&list, "x", &errs, &parts), 0);
	ecs_prefixes_fini(&list);
	kt_errs_fini(&errs);
	return parts;
}

static const char *class_at(const struct ecs_parts *parts, const char *addr)
{
	struct kt_addr a = addr_of(addr);
	return ecs_parts_class_name(parts, ecs_parts_find(parts, &a));
}

static size_t count_cells(const struct ecs_parts *parts, unsigned family)
{
	struct ecs_cells cells = { .parts = parts, .family = family };
	struct kt_prefix cell;
	uint16_t class;
	size_t n = 0;
	while (ecs_cells_next(&cells, &cell, &class))
		n++;
	return n;
}

static void the_longest_prefix_of_a_list_wins(void **state)
{
	(void)state;
	struct ecs_parts *p = parts_of(seed);
	assert_string_equal(class_at(p, "240b:10:200::"), "osaka1");
	assert_string_equal(class_at(p, "240b:10:27f:ffff::"), "osaka1");
	assert_string_equal(class_at(p, "240b:10:280::"), "osaka2");
	assert_string_equal(class_at(p, "240b:10:3ff::1"), "osaka3");
	assert_string_equal(class_at(p, "240b:10:5ff::1"), "kyushu");
	assert_string_equal(class_at(p, "240b:10:600::"), "tokyo");
	assert_string_equal(class_at(p, "255.255.255.255"), "tokyo");
	assert_int_equal(p->n_runs[1], 6);
	/* 39 of the default and 4, as the seed's map parts IPv6 without special blocks. */
	assert_int_equal(count_cells(p, 6), 43);
	assert_int_equal(count_cells(p, 4), 1);
	ecs_parts_free(p);
}

static void nested_prefixes_end_where_they_end(void **state)
{
	(void)state;
	struct ecs_parts *p = parts_of("10.0.0.0/8,a\n10.0.0.0/16,b\n10.255.0.0/16,c\n"
				       "255.255.255.255,d\n");
	assert_string_equal(class_at(p, "9.255.255.255"), "-");
	assert_string_equal(class_at(p, "10.0.255.255"), "b");
	assert_string_equal(class_at(p, "10.1.0.0"), "a");
	assert_string_equal(class_at(p, "10.255.0.0"), "c");
	assert_string_equal(class_at(p, "11.0.0.0"), "-");
	assert_string_equal(class_at(p, "255.255.255.255"), "d");
	assert_string_equal(class_at(p, "2001:db8::"), "-");
	ecs_parts_free(p);
}

static void a_prefix_with_two_labels_is_an_error(void **state)
{
	(void)state;
	static const char text[] = "10.0.0.0/8,a\n10.0.0.0/8,a\n10.0.0.0/8,b\n";
	struct ecs_prefixes list;
	struct ecs_parts *parts;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(ecs_prefixes_read(text, strlen(text), "x", &errs, &list), 0);
	assert_int_equal(
	    ecs_parts_of_prefixes(&list, "x", &errs, &parts), KT_E_CONFLICT);
	assert_int_equal(errs.list[0].line, 3);
	ecs_prefixes_fini(&list);
	kt_errs_fini(&errs);
}

static void a_list_tells_what_is_no_prefix(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "10.0.0.1/8\n", KT_E_RANGE },
		{ "10.0.0.0/8\nfoo,bar\n", KT_E_FORMAT },
		{ "10.0.0.0/8,x\nprefix,region\n", KT_E_FORMAT },
		{ "prefix,region\n10.0.0.0/8,x\n", 0 },
		{ "", 0 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct ecs_prefixes list = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		assert_int_equal(ecs_prefixes_read(cases[i].text, strlen(cases[i].text),
				     "x", &errs, &list),
		    cases[i].rc);
		ecs_prefixes_fini(&list);
		kt_errs_fini(&errs);
	}
}

static void assert_same(const struct ecs_parts *a, const struct ecs_parts *b)
{
	struct ecs_diff d;
	ecs_diff(a, b, 4, &d);
	for (unsigned f = 0; f < 2; f++) {
		assert_int_equal(d.families[f].changes, 0);
		assert_int_equal(d.families[f].cells_added, 0);
		assert_int_equal(d.families[f].cells_removed, 0);
		assert_int_equal(d.families[f].cells_old, count_cells(b, f ? 6 : 4));
	}
	ecs_diff_fini(&d);
}

static void csv_reads_back(void **state)
{
	(void)state;
	struct ecs_parts *p = parts_of(seed), *again;
	struct kt_text text = { 0 };
	struct kt_errs errs;
	struct kt_prefix coarse = prefix_of("240b:10:200::/40");
	kt_errs_init(&errs, 0);
	p->classes[0].name[0] = '"';
	p->classes[0].name[1] = ',';
	ecs_parts_add_short(p, &coarse, 1);
	p->fallback = 1;
	ecs_parts_print_csv(p, &text);
	assert_true(ecs_parts_is_csv(text.at, text.len));
	assert_false(ecs_parts_is_csv(seed, strlen(seed)));
	assert_int_equal(
	    ecs_parts_read_csv(text.at, text.len, "x.csv", &errs, &again), 0);
	assert_same(p, again);
	assert_int_equal(again->n_shorts, 1);
	assert_string_equal(
	    ecs_parts_class_name(again, again->fallback), ecs_parts_class_name(p, 1));
	ecs_parts_free(again);
	ecs_parts_free(p);
	kt_text_fini(&text);
	kt_errs_fini(&errs);
}

static void csv_with_a_hole_or_an_overlap_is_refused(void **state)
{
	(void)state;
#define HEAD "family,prefix,class\n"
#define SIX  "6,::/0,a\n"
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ HEAD "4,0.0.0.0/0,a\n" SIX, 0 },
		{ HEAD "4,0.0.0.0/1,a\n4,128.0.0.0/1,b\n" SIX, 0 },
		{ HEAD "4,0.0.0.0/1,a\n" SIX, KT_E_FORMAT },
		{ HEAD "4,0.0.0.0/2,a\n4,128.0.0.0/1,b\n" SIX, KT_E_FORMAT },
		{ HEAD "4,0.0.0.0/0,a\n4,128.0.0.0/1,b\n" SIX, KT_E_CONFLICT },
		{ HEAD "4,0.0.0.0/0,a\n", KT_E_FORMAT },
		{ HEAD "6,0.0.0.0/0,a\n" SIX, KT_E_FORMAT },
		{ HEAD "4,0.0.0.0/0\n" SIX, KT_E_FORMAT },
		{ HEAD "4,0.0.0.0/0,\n" SIX, KT_E_FORMAT },
		{ HEAD SIX "4,0.0.0.0/0,a\n", KT_E_FORMAT },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct ecs_parts *parts = NULL;
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		assert_int_equal(ecs_parts_read_csv(cases[i].text,
				     strlen(cases[i].text), "x", &errs, &parts),
		    cases[i].rc);
		ecs_parts_free(parts);
		kt_errs_fini(&errs);
	}
}

static void json_reads_back_in_both_shapes(void **state)
{
	(void)state;
	struct ecs_parts *p = parts_of(seed), *again;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	for (int compact = 0; compact < 2; compact++) {
		json_t *json;
		assert_int_equal(ecs_parts_json(p, compact, 1 << 20, &json), 0);
		assert_int_equal(ecs_parts_of_json(json, "x", &errs, &again), 0);
		assert_same(p, again);
		json_decref(json);
		ecs_parts_free(again);
		assert_int_equal(ecs_parts_json(p, compact, 100, &json), KT_E_LIMIT);
	}
	ecs_parts_free(p);
	kt_errs_fini(&errs);
}

static void json_that_is_no_partition_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{}",
		"{\"runs4\": \"0.0.0.0 0\\n\", \"runs6\": \":: 0\\n\"}", /* no such class */
		"{\"classes\": [{\"name\": \"a\"}], \"runs4\": \"1.0.0.0 0\\n\", "
		"\"runs6\": \":: 0\\n\"}",
		"{\"classes\": [{\"name\": \"a\"}], \"runs4\": \"0.0.0.0 0\\n\"}",
		"{\"classes\": [{\"name\": \"a\"}, {\"name\": \"a\"}], \"runs4\": "
		"\"0.0.0.0 0\\n\", \"runs6\": \":: 0\\n\"}",
		"{\"cells\": [{\"prefix\": \"0.0.0.0/0\", \"class\": \"a\"}]}",
		"{\"cells\": 5}",
		"[]",
	};
	for (size_t i = 0; i < KT_COUNT(texts); i++) {
		struct ecs_parts *parts;
		struct kt_errs errs;
		json_t *json = json_loads(texts[i], 0, NULL);
		assert_non_null(json);
		kt_errs_init(&errs, 0);
		assert_int_not_equal(ecs_parts_of_json(json, "x", &errs, &parts), 0);
		assert_int_equal(errs.n_errors, 1);
		kt_errs_fini(&errs);
		json_decref(json);
	}
}

static void a_diff_counts_cells_and_addresses(void **state)
{
	(void)state;
	struct ecs_parts *old = parts_of("0.0.0.0/0,a\n::/0,a\n10.0.0.0/8,b\n");
	struct ecs_parts *new = parts_of("0.0.0.0/0,a\n::/0,a\n10.0.0.0/9,b\n"
					 "10.128.0.0/10,c\n");
	struct ecs_diff d;
	ecs_diff(old, new, 1, &d);
	assert_int_equal(d.families[1].changes, 0);
	/* 10/8 of b became 10/9 of b, 10.128/10 of c and 10.192/10 of a. */
	assert_int_equal(d.families[0].cells_removed, 1);
	assert_int_equal(d.families[0].cells_added, 3);
	assert_int_equal(d.families[0].changes, 2);
	assert_true(d.families[0].moved == 1 << 23);
	assert_int_equal(d.n_top, 1);
	assert_int_equal(d.top[0].block.len, 10);
	assert_string_equal(ecs_parts_class_name(old, d.top[0].from), "b");
	ecs_diff_fini(&d);
	ecs_parts_free(old);
	ecs_parts_free(new);
}

/* Random lists against the longest prefix found by looking at each. */
static void random_lists_are_parted_as_a_naive_search_says(void **state)
{
	(void)state;
	uint64_t seed_state = kt_test_seed() | 1;
	for (int round = 0; round < 50; round++) {
		struct kt_text text = { 0 };
		struct ecs_prefixes list;
		struct ecs_parts *parts;
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		for (int i = 0; i < 40; i++) {
			char at[KT_PREFIX_TEXT];
			uint64_t r = kt_test_random(&seed_state);
			unsigned family = r & 1 ? 6 : 4, len = (r >> 1) % 9;
			struct kt_prefix p = ecs_block(
			    family, (ecs_bits)(r >> 8 & 0xff) << 120, len);
			kt_text_addf(&text, "%s,%u\n", kt_prefix_print(&p, at),
			    (unsigned)(p.addr.octets[0] + p.len) % 3);
		}
		assert_int_equal(
		    ecs_prefixes_read(text.at, text.len, "x", &errs, &list), 0);
		assert_int_equal(ecs_parts_of_prefixes(&list, "x", &errs, &parts), 0);
		for (unsigned i = 0; i < 512; i++) {
			struct kt_addr a = ecs_addr_of(
			    i & 1 ? 6 : 4, (ecs_bits)(i >> 1) << 120);
			const struct ecs_entry *best = NULL;
			for (size_t k = 0; k < list.n; k++)
				if (kt_prefix_covers(&list.list[k].prefix, &a) &&
				    (!best ||
					list.list[k].prefix.len > best->prefix.len))
					best = &list.list[k];
			assert_string_equal(
			    ecs_parts_class_name(parts, ecs_parts_find(parts, &a)),
			    best ? best->label : "-");
		}
		ecs_parts_free(parts);
		ecs_prefixes_fini(&list);
		kt_text_fini(&text);
		kt_errs_fini(&errs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_of_a_list_wins),
		cmocka_unit_test(nested_prefixes_end_where_they_end),
		cmocka_unit_test(a_prefix_with_two_labels_is_an_error),
		cmocka_unit_test(a_list_tells_what_is_no_prefix),
		cmocka_unit_test(csv_reads_back),
		cmocka_unit_test(csv_with_a_hole_or_an_overlap_is_refused),
		cmocka_unit_test(json_reads_back_in_both_shapes),
		cmocka_unit_test(json_that_is_no_partition_is_refused),
		cmocka_unit_test(a_diff_counts_cells_and_addresses),
		cmocka_unit_test(random_lists_are_parted_as_a_naive_search_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
