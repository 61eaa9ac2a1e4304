#include "steering/regions.h"

#include "base/text.h"
#include "map_of.h"

#include <unistd.h>

static char directory[] = "/tmp/kotae-regions-test-XXXXXX";
static char paths[2][64];

static void save(unsigned i, const char *text)
{
	FILE *f = fopen(paths[i], "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const struct conf_network_file files[2] = {
	{ paths[0], -1, { "kotae.yaml", 20, 7 } },
	{ paths[1], -1, { "kotae.yaml", 21, 7 } },
};

static struct map_of *with_files(
    const char *regions, const char *networks, const char *a, const char *b)
{
	struct map_of *m = map_of_conf(regions, networks, "");
	save(0, a);
	save(1, b ? b : "");
	m->conf.files = files;
	m->conf.n_files = b ? 2 : 1;
	return m;
}

static const char *region_at(const struct map_of *m, const char *address)
{
	struct kt_addr addr = addr_of(address);
	struct steering_cell cell = steering_map_find(m->map, &addr);
	if (cell.class == STEERING_BY_RESOLVER)
		return "by resolver";
	return m->regions->names[cell.class];
}

static const char *why_at(const struct map_of *m, const char *address)
{
	static char text[300];
	struct kt_addr addr = addr_of(address);
	struct steering_why why;
	assert_int_equal(steering_regions_why(m->regions, &addr, &why), 0);
	const char *slash = why.file ? strrchr(why.file, '/') : NULL;
	snprintf(text, sizeof(text), "%s:%u:%u: %s",
	    slash      ? slash + 1
	    : why.file ? why.file
		       : "-",
	    why.line, why.column, why.text);
	return text;
}

static void longest_prefix_wins_whoever_says_it(void **state)
{
	(void)state;
	struct map_of *m = with_files("default a b c",
	    "192.0.2.0/24 a 192.0.2.16/28 b 2001:db8::/32 a",
	    "192.0.2.0/28,c\n192.0.0.0/16,b\n2001:db8:1::/48,c\n", NULL);
	map_of_make(m);
	assert_int_equal(m->errs.n, 0);
	assert_int_equal(m->regions->n_prefixes, 6);
	assert_string_equal(region_at(m, "192.0.2.1"), "c");
	assert_string_equal(region_at(m, "192.0.2.17"), "b");
	assert_string_equal(region_at(m, "192.0.2.32"), "a");
	assert_string_equal(region_at(m, "192.0.3.0"), "b");
	assert_string_equal(region_at(m, "192.1.0.0"), "default");
	assert_string_equal(region_at(m, "2001:db8:1::"), "c");
	assert_string_equal(region_at(m, "2001:db8:2::"), "a");
	map_of_free(m);
}

static void inline_beats_files_and_a_later_file_an_earlier_with_a_warning(void **state)
{
	(void)state;
	struct map_of *m = with_files("default a b c", "192.0.2.0/24 a",
	    "192.0.2.0/24,b\n198.51.100.0/24,b\n203.0.113.0/24,b\n",
	    "\n198.51.100.0/24,c\n203.0.113.0/24,b\n");
	map_of_make(m);
	assert_string_equal(region_at(m, "192.0.2.1"), "a");
	assert_string_equal(region_at(m, "198.51.100.1"), "c");
	assert_string_equal(region_at(m, "203.0.113.1"), "b");
	assert_int_equal(m->errs.n_errors, 0);
	assert_int_equal(m->errs.n_warnings, 3);
	assert_string_equal(m->errs.list[0].file, paths[0]);
	assert_int_equal(m->errs.list[0].line, 1);
	assert_string_equal(m->errs.list[0].text,
	    "192.0.2.0/24: region b does not count, kotae.yaml:10 says a");
	assert_int_equal(m->errs.list[1].line, 2);
	assert_non_null(strstr(m->errs.list[1].text, ":2 says c"));
	assert_non_null(strstr(
	    m->errs.list[2].text, "1 networks are given again with the same region"));
	assert_string_equal(why_at(m, "192.0.2.1"), "kotae.yaml:10:5: 192.0.2.0/24: a");
	assert_string_equal(why_at(m, "198.51.100.1"), "b.csv:2:1: 198.51.100.0/24: c");
	map_of_free(m);
}

static void warnings_of_doubles_are_few_and_count(void **state)
{
	struct kt_text text = { 0 };
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		kt_text_addf(&text,
		    "192.0.2.%u,a\n192.0.2.%u,b\n198.51.100.%u,a\n198.51.100.%u,a\n", i,
		    i, i, i);
	struct map_of *m = with_files("default a b", "", kt_text_of(&text), NULL);
	map_of_make(m);
	assert_int_equal(m->errs.n_warnings, 7);
	assert_string_equal(
	    m->errs.list[5].text, "map test: 95 more networks with two regions");
	assert_non_null(strstr(m->errs.list[6].text, "map test: 100 networks"));
	map_of_free(m);
	kt_text_fini(&text);
}

static void files_bring_regions(void **state)
{
	(void)state;
	struct map_of *m = with_files("default a", "", "192.0.2.0/24,kyushu\n", NULL);
	map_of_make(m);
	assert_int_equal(m->regions->n, 3);
	assert_string_equal(m->regions->names[2], "kyushu");
	assert_string_equal(region_at(m, "192.0.2.1"), "kyushu");
	map_of_free(m);
}

static void a_region_that_only_services_name_must_be_in_a_file(void **state)
{
	(void)state;
	struct map_of *m = with_files(
	    "default a kyushu kyuhsu", "", "192.0.2.0/24,kyushu\n", NULL);
	m->conf.n_own_regions = 2;
	map_of_make(m);
	assert_int_equal(m->errs.n_errors, 0);
	assert_int_equal(m->errs.n_warnings, 1);
	assert_non_null(strstr(m->errs.list[0].text,
	    "names region kyuhsu, which no line of its files has"));
	assert_string_equal(region_at(m, "192.0.2.1"), "kyushu");
	map_of_free(m);
}

static void errors_of_all_files_are_told_at_once(void **state)
{
	(void)state;
	struct map_of *m = with_files(
	    "default a", "", "192.0.2.1/24,a\n", "x,a\n192.0.2.0/24\n");
	assert_int_equal(
	    steering_regions_make(&m->conf, &m->errs, &m->regions), KT_E_FORMAT);
	assert_int_equal(m->errs.n_errors, 3);
	assert_string_equal(m->errs.list[2].file, paths[1]);
	assert_int_equal(m->errs.list[2].line, 2);
	map_of_free(m);
}

static void file_that_is_not_there_is_told_where_it_is_named(void **state)
{
	(void)state;
	struct map_of *m = with_files("default a", "", "", NULL);
	unlink(paths[0]);
	assert_int_equal(
	    steering_regions_make(&m->conf, &m->errs, &m->regions), KT_E_SYSTEM);
	assert_string_equal(m->errs.list[0].file, "kotae.yaml");
	assert_int_equal(m->errs.list[0].line, 20);
	assert_non_null(strstr(m->errs.list[0].text, "No such file"));
	map_of_free(m);
}

static void inline_prefixes_in_v4_like_blocks_are_refused(void **state)
{
	(void)state;
	struct map_of *m = map_of_conf(
	    "default a", "2002:c000::/20 a", "::ffff:0:0/96 a");
	assert_int_equal(
	    steering_regions_make(&m->conf, &m->errs, &m->regions), KT_E_REFUSED);
	assert_int_equal(m->errs.n_errors, 2);
	map_of_free(m);
}

/* RFC 7871 s.11.1 */
static void special_blocks_yield_to_what_names_them_or_blocks_in_them(void **state)
{
	(void)state;
	struct map_of *m = map_of("default a b",
	    "0.0.0.0/0 a 10.1.0.0/16 b 192.168.0.0/16 b fd00::/8 b ::/0 a", "");
	assert_string_equal(region_at(m, "10.0.0.1"), "by resolver");
	assert_string_equal(region_at(m, "10.1.0.1"), "b");
	assert_string_equal(region_at(m, "192.168.1.1"), "b");
	assert_string_equal(region_at(m, "172.16.0.1"), "by resolver");
	assert_string_equal(region_at(m, "100.64.0.1"), "by resolver");
	assert_string_equal(region_at(m, "fc00::1"), "by resolver");
	assert_string_equal(region_at(m, "fd00::1"), "b");
	assert_string_equal(region_at(m, "8.8.8.8"), "a");
	assert_string_equal(region_at(m, "2a00::1"), "a");
	assert_string_equal(
	    why_at(m, "10.0.0.1"), "-:0:0: 10.0.0.0/8: the resolver's address decides");
	assert_string_equal(
	    why_at(m, "192.168.1.1"), "kotae.yaml:12:5: 192.168.0.0/16: b");
	assert_string_equal(why_at(m, "2002:808:808::1"),
	    "-:0:0: 2002::/16: the IPv4 address in it decides");
	assert_string_equal(why_at(m, "8.8.8.8"), "kotae.yaml:10:5: 0.0.0.0/0: a");
	map_of_free(m);
}

static void runs_begin_at_zero_rise_and_differ_from_their_neighbours(void **state)
{
	(void)state;
	struct map_of *m = map_of("default a",
	    "0.0.0.0/8 a 255.255.255.255/32 a ffff::/16 a ::/128 a 192.0.2.0/25 a "
	    "192.0.2.128/25 a",
	    "");
	const struct steering_regions *r = m->regions;
	assert_int_equal(r->run4[0].first, 0);
	assert_true(r->run6[0].first[0] == 0 && r->run6[0].first[1] == 0);
	for (size_t i = 1; i < r->n_run4; i++)
		assert_true(r->run4[i - 1].first < r->run4[i].first &&
			    r->run4[i - 1].region != r->run4[i].region);
	for (size_t i = 1; i < r->n_run6; i++)
		assert_true(r->run6[i - 1].region != r->run6[i].region);
	struct kt_addr addr = addr_of("192.0.2.1");
	assert_int_equal(steering_map_find(m->map, &addr).len, 24);
	map_of_free(m);
}

static void why_says_when_a_file_is_gone(void **state)
{
	struct kt_addr addr = addr_of("192.0.2.1");
	struct steering_why why;
	(void)state;
	struct map_of *m = with_files("default a", "", "192.0.2.0/24,a\n", NULL);
	map_of_make(m);
	assert_string_equal(why_at(m, "8.8.8.8"), "kotae.yaml:3:1: default");
	unlink(paths[0]);
	assert_int_equal(steering_regions_why(m->regions, &addr, &why), KT_E_SYSTEM);
	map_of_free(m);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(paths[0], sizeof(paths[0]), "%s/a.csv", directory);
	snprintf(paths[1], sizeof(paths[1]), "%s/b.csv", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(paths[0]);
	unlink(paths[1]);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_wins_whoever_says_it),
		cmocka_unit_test(
		    inline_beats_files_and_a_later_file_an_earlier_with_a_warning),
		cmocka_unit_test(warnings_of_doubles_are_few_and_count),
		cmocka_unit_test(files_bring_regions),
		cmocka_unit_test(a_region_that_only_services_name_must_be_in_a_file),
		cmocka_unit_test(errors_of_all_files_are_told_at_once),
		cmocka_unit_test(file_that_is_not_there_is_told_where_it_is_named),
		cmocka_unit_test(inline_prefixes_in_v4_like_blocks_are_refused),
		cmocka_unit_test(
		    special_blocks_yield_to_what_names_them_or_blocks_in_them),
		cmocka_unit_test(
		    runs_begin_at_zero_rise_and_differ_from_their_neighbours),
		cmocka_unit_test(why_says_when_a_file_is_gone),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
