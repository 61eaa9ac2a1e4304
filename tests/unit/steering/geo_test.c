#include "steering/geo.h"

#include "steering/networks.h"

#include "map_of.h"
#include "mmdb_writer.h"

#include <unistd.h>

static char directory[] = "/tmp/kotae-geo-test-XXXXXX";
static char path[64], as_path[64];

/* Japan, Tokyo, Osaka, Germany; a network that is only registered; one without a country. */
static void write_places(void)
{
	struct mmdb *db = mmdb_new("Test-City", 6);
	mmdb_begin(db, 2);
	mmdb_code(db, "country", "iso_code", "JP");
	mmdb_code(db, "continent", "code", "AS");
	mmdb_put(db, "192.0.2.0/24");
	mmdb_put(db, "2001:db8::/32");
	mmdb_begin(db, 2);
	mmdb_code(db, "country", "iso_code", "JP");
	mmdb_text(db, "subdivisions");
	mmdb_array(db, 2);
	mmdb_map(db, 1);
	mmdb_text(db, "iso_code");
	mmdb_text(db, "13");
	mmdb_map(db, 1);
	mmdb_text(db, "iso_code");
	mmdb_text(db, "99");
	mmdb_put(db, "192.0.2.64/26");
	mmdb_put(db, "2001:db8:13::/48");
	mmdb_begin(db, 1);
	mmdb_code(db, "registered_country", "iso_code", "DE");
	mmdb_put(db, "198.51.100.0/24");
	mmdb_begin(db, 1);
	mmdb_code(db, "continent", "code", "EU");
	mmdb_put(db, "203.0.113.0/24");
	mmdb_alias_6to4(db);
	mmdb_write(db, path);
	mmdb_free(db);

	db = mmdb_new("Test-ASN", 4);
	mmdb_begin(db, 1);
	mmdb_text(db, "autonomous_system_number");
	mmdb_u32(db, 64500);
	mmdb_put(db, "192.0.2.0/25");
	mmdb_put(db, "233.252.0.0/24");
	mmdb_write(db, as_path);
	mmdb_free(db);
}

static const struct conf_place place = { "kotae.yaml", 7, 3 };

struct found {
	const char *address, *region, *why, *network;
};

static void check_found(struct map_of *m, const struct found *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kt_addr addr = addr_of(cases[i].address);
		struct steering_why why;
		char network[KT_PREFIX_TEXT];
		struct steering_cell cell = steering_map_find(m->map, &addr);
		assert_true(cell.class < m->regions->n);
		assert_string_equal(m->names[cell.class], cases[i].region);
		assert_int_equal(steering_regions_why(m->regions, &addr, &why), 0);
		assert_string_equal(why.text, cases[i].why);
		assert_int_equal(why.region, cell.class);
		kt_prefix_print(&why.prefix, network);
		assert_string_equal(network, cases[i].network);
	}
}

static void most_telling_line_of_the_first_database_that_knows_decides(void **state)
{
	const struct conf_geo_match as_match[] = { { "AS64500", 5, place } };
	const struct conf_geo_match match[] = {
		{ "*", 1, place },
		{ "continent EU", 2, place },
		{ "JP", 3, place },
		{ "JP-13", 4, place },
	};
	static const struct found cases[] = {
		{ "192.0.2.1", "as", "as.mmdb: AS64500", "192.0.2.0/25" },
		{ "192.0.2.100", "as", "as.mmdb: AS64500", "192.0.2.0/25" },
		{ "192.0.2.129", "jp", "city.mmdb: JP", "192.0.2.128/25" },
		{ "2001:db8:13::1", "tokyo", "city.mmdb: JP-13", "2001:db8:13::/48" },
		{ "2001:db8:14::1", "jp", "city.mmdb: JP", "2001:db8:14::/46" },
		{ "198.51.100.1", "any", "city.mmdb: *", "198.51.100.0/24" },
		{ "203.0.113.1", "eu", "city.mmdb: continent EU", "203.0.113.0/24" },
		{ "203.0.113.77", "net", "203.0.113.77/32: net", "203.0.113.77/32" },
		{ "8.8.8.8", "default", "default", "0.0.0.0/0" },
		{ "2a00::1", "default", "default", "::/0" },
	};
	const struct conf_geo geo[] = {
		{ as_path, as_match, 1, place },
		{ path, match, KT_COUNT(match), place },
	};
	(void)state;
	struct map_of *m = map_of_conf(
	    "default any eu jp tokyo as net", "203.0.113.77/32 net", "");
	m->conf.geo = geo;
	m->conf.n_geo = KT_COUNT(geo);
	map_of_make(m);
	check_found(m, cases, KT_COUNT(cases));
	/* 6to4 goes by IPv4, whatever the database has at 2002::/16. */
	struct kt_addr alias = addr_of("2002:cb00:714d::1");
	assert_int_equal(
	    steering_map_find(m->map, &alias).class, map_of_region(m, "net"));
	map_of_free(m);
}

static void registered_country_stands_in_for_a_country(void **state)
{
	const struct conf_geo_match match[] = { { "DE", 1, place } };
	static const struct found cases[] = {
		{ "198.51.100.1", "de", "city.mmdb: DE", "198.51.100.0/24" },
		{ "192.0.2.1", "default", "default", "0.0.0.0/0" },
	};
	const struct conf_geo geo = { path, match, 1, place };
	(void)state;
	struct map_of *m = map_of_conf("default de", "", "");
	m->conf.geo = &geo;
	m->conf.n_geo = 1;
	map_of_make(m);
	check_found(m, cases, KT_COUNT(cases));
	map_of_free(m);
}

static int make_with(const char *database, const char *key, struct kt_errs *errs)
{
	struct conf_geo_match match = { key, 0, place };
	struct conf_geo geo = { database, &match, 1, place };
	struct map_of *m = map_of_conf("default", "", "");
	m->conf.geo = &geo;
	m->conf.n_geo = 1;
	int rc = steering_regions_make(&m->conf, errs, &m->regions);
	if (!rc)
		steering_regions_free(m->regions);
	m->regions = NULL;
	map_of_free(m);
	return rc;
}

static void check_error(
    const char *database, const char *key, int code, const char *text)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(make_with(database, key, &errs), code);
	assert_true(errs.n == 1);
	assert_int_equal(errs.list[0].line, 7);
	if (!strstr(errs.list[0].text, text))
		fail_msg("found: %s", errs.list[0].text);
	kt_errs_fini(&errs);
}

static void database_that_lacks_what_a_line_needs_is_an_error(void **state)
{
	(void)state;
	check_error(
	    as_path, "JP", KT_E_TYPE, "(Test-ASN) has no country in any record");
	check_error(as_path, "continent EU", KT_E_TYPE, "has no continent");
	check_error(path, "AS64500", KT_E_TYPE, "(Test-City) has no AS");
}

static void files_that_are_no_database_are_told(void **state)
{
	char other[64];
	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	check_error(other, "JP", KT_E_SYSTEM, "cannot be read: No such file");
	check_error(directory, "JP", KT_E_SYSTEM, "cannot be read: Is a directory");
	mmdb_save(other, "", 0);
	check_error(other, "JP", KT_E_FORMAT, "is empty");
	mmdb_save(other, "192.0.2.0/24,JP\n", 16);
	check_error(other, "JP", KT_E_FORMAT, "is not a MaxMind DB");
	unlink(other);
}

/* Its nodes would end behind the file: libmaxminddb 1.7.1 looks there. */
static void database_with_more_nodes_than_octets_is_refused(void **state)
{
	struct kt_file file;
	char other[64];
	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	assert_int_equal(steering_file_copy(path, 1 << 20, &file), 0);
	char *count = memmem(file.at, file.len, "node_count", 10);
	assert_non_null(count);
	check_error(path, "AS1", KT_E_TYPE, "no AS");
	for (unsigned bit = 0; bit < 16;
	     bit++) { /* 2^29 nodes of 8 octets are 0 in 32 bits */
		char octets[4];
		memcpy(octets, count + 11, 4);
		count[11 + bit / 8] |= (char)(0x80 >> bit % 8);
		mmdb_save(other, file.at, file.len);
		check_error(other, "*", KT_E_FORMAT, "cut short");
		memcpy(count + 11, octets, 4);
	}
	kt_file_free(&file);
	unlink(other);
}

/* Every truncation and many damaged octets: an error or a map, and nothing worse. */
static void damaged_databases_do_no_harm(void **state)
{
	struct kt_errs errs;
	struct kt_file file;
	char other[64];
	uint64_t seed = kt_test_seed() | 1;
	unsigned good = 0, bad = 0;
	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	assert_int_equal(steering_file_copy(path, 1 << 20, &file), 0);
	for (size_t len = 0; len < file.len; len += 7) {
		kt_errs_init(&errs, 0);
		mmdb_save(other, file.at, len);
		assert_true(make_with(other, "JP", &errs) < 0);
		kt_errs_fini(&errs);
	}
	for (unsigned i = 0; i < 500; i++) {
		size_t at = kt_test_random(&seed) % file.len;
		char was = file.at[at];
		file.at[at] = (char)kt_test_random(&seed);
		kt_errs_init(&errs, 0);
		mmdb_save(other, file.at, file.len);
		*(make_with(other, "JP", &errs) ? &bad : &good) += 1;
		kt_errs_fini(&errs);
		file.at[at] = was;
	}
	assert_true(good && bad);
	unlink(other);
	kt_file_free(&file);
}

static void tree_with_a_loop_ends(void **state)
{
	struct mmdb *db = mmdb_new("Test-Loop", 6);
	char other[64];
	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	mmdb_node(db, 1);
	db->nodes[0][0] = db->nodes[0][1] = 1; /* the second node leads to itself */
	mmdb_write(db, other);
	check_error(other, "*", KT_E_FORMAT, "damaged");
	unlink(other);
	mmdb_free(db);
}

static int make_files(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/city.mmdb", directory);
	snprintf(as_path, sizeof(as_path), "%s/as.mmdb", directory);
	write_places();
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(path);
	unlink(as_path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    most_telling_line_of_the_first_database_that_knows_decides),
		cmocka_unit_test(registered_country_stands_in_for_a_country),
		cmocka_unit_test(database_that_lacks_what_a_line_needs_is_an_error),
		cmocka_unit_test(files_that_are_no_database_are_told),
		cmocka_unit_test(database_with_more_nodes_than_octets_is_refused),
		cmocka_unit_test(damaged_databases_do_no_harm),
		cmocka_unit_test(tree_with_a_loop_ends),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
