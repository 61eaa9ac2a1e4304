#include "zone/load.h"

#include "base/mem.h"

#include "kt_test.h"

#include <unistd.h>

#define HEAD "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

static char directory[] = "/tmp/kotae-load-XXXXXX";

static char *write_file(const char *name, const char *text)
{
	char *path = kt_format("%s/%s", directory, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

struct outcome {
	int rc;
	struct kt_errs errs;
	struct zone_snapshot *zone;
};

static struct outcome load(const char *text)
{
	struct outcome o = { 0 };
	struct dns_name name;
	char *path = write_file("zone", text);
	struct zone_builder *b = zone_builder_new();
	assert_int_equal(dns_name_scan("example.", 8, NULL, &name), 0);
	kt_errs_init(&o.errs, 0);
	o.rc = zone_load_file(b, &name, path, NULL, &o.errs, &o.zone);
	zone_builder_free(b);
	unlink(path);
	free(path);
	return o;
}

static void forget(struct outcome *o)
{
	kt_errs_fini(&o->errs);
	zone_snapshot_put(o->zone);
}

static void a_good_zone_is_a_snapshot_that_knows_its_file(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "www CNAME ns\n");
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n, 0);
	assert_non_null(o.zone);
	assert_int_equal(o.zone->serial, 1);
	assert_int_equal(o.zone->n_records, 4);
	assert_non_null(strstr(o.zone->source, "/zone"));
	assert_true(o.zone->loaded_unix > 1700000000);
	forget(&o);
}

static void what_makes_a_zone_unfit_is_told_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		unsigned line;
		const char *says;
	} cases[] = {
		{ "$TTL 60\n@ NS ns\n", KT_E_NOT_FOUND, 0,
		    "no SOA at the apex example." },
		{ "$TTL 60\n@ SOA ns host 1 2 3 4 5\n", KT_E_NOT_FOUND, 0,
		    "no NS at the apex example." },
		{ "$TTL 60\n@ SOA ns host 1 2 3 4 5\nsub NS ns.sub\n", KT_E_NOT_FOUND,
		    0, "no NS at the apex" },
		{ HEAD "@ SOA ns host 2 2 3 4 5\n", KT_E_CONFLICT, 5, "a second SOA" },
		{ HEAD "x SOA ns host 1 2 3 4 5\n", KT_E_CONFLICT, 5,
		    "SOA below the apex, at x" },
		{ HEAD "\nother.test. A 192.0.2.2\n", KT_E_RANGE, 6,
		    "other.test. is not in the zone example." },
		{ HEAD "a CNAME ns\n\na A 192.0.2.2\n", KT_E_CONFLICT, 7,
		    "A beside a CNAME at a.example." },
		{ HEAD "a TXT x\na CNAME ns\n", KT_E_CONFLICT, 5,
		    "TXT beside a CNAME" },
		{ HEAD "a CNAME ns\nA CNAME b\n", KT_E_CONFLICT, 6,
		    "a second CNAME at a.example." },
		{ HEAD "@ CNAME ns\n", KT_E_CONFLICT, 3,
		    "NS beside a CNAME at example." },
		{ HEAD "a AA ::1\n", KT_E_TYPE, 5, "type" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct outcome o = load(cases[i].text);
		assert_int_equal(o.rc, cases[i].rc);
		assert_null(o.zone);
		assert_true(o.errs.n >= 1);
		assert_int_equal(o.errs.list[0].line, cases[i].line);
		assert_non_null(strstr(o.errs.list[0].file, "/zone"));
		if (!strstr(o.errs.list[0].text, cases[i].says))
			fail_msg("%s: no \"%s\"", o.errs.list[0].text, cases[i].says);
		forget(&o);
	}
}

static void the_other_record_of_a_conflict_is_noted(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "@ SOA ns host 2 2 3 4 5\n");
	assert_int_equal(o.errs.n, 2);
	assert_int_equal(o.errs.list[1].grade, KT_NOTE);
	assert_int_equal(o.errs.list[1].line, 2);
	forget(&o);
	o = load(HEAD "a A 192.0.2.2\na CNAME ns\n");
	assert_int_equal(o.errs.n, 2);
	assert_int_equal(o.errs.list[0].line, 5);
	assert_int_equal(o.errs.list[1].line, 6);
	forget(&o);
}

/* RFC 2181 s.10.1, RFC 4034 s.3 and s.4 */
static void signatures_nsec_and_key_may_stand_beside_a_cname(void **state)
{
	(void)state;
	struct outcome o = load(
	    HEAD "a CNAME ns\na NSEC ns CNAME RRSIG NSEC\na KEY 0 3 8 AQPS\n"
		 "a RRSIG CNAME 8 2 60 20300101000000 20200101000000 1 example. AQPS\n"
		 "a RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example. AQPS\n");
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n, 0);
	forget(&o);
}

static void the_same_record_twice_is_one(void **state)
{
	(void)state;
	struct outcome o = load(
	    HEAD "@ SOA ns host 1 2 3 4 5\na CNAME ns\na CNAME NS\na CNAME ns\n");
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.zone->n_records, 4);
	forget(&o);
}

static void several_errors_are_told_in_one_run(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "x. A 192.0.2.1\ny. A 192.0.2.1\nz A foo\n");
	assert_int_equal(o.errs.n_errors, 3);
	assert_int_equal(o.errs.list[2].line, 7);
	forget(&o);
	struct kt_text text = { 0 };
	kt_text_add(&text, HEAD);
	for (int i = 0; i < 1000; i++)
		kt_text_addf(&text, "x%d. A 192.0.2.1\n", i);
	o = load(text.at);
	assert_int_equal(o.rc, KT_E_RANGE);
	assert_int_equal(o.errs.n, KT_ERRS_MAX_DEFAULT);
	forget(&o);
	kt_text_fini(&text);
}

static void a_conflict_in_an_included_file_is_told_there(void **state)
{
	(void)state;
	char *included = write_file("inc", "\n\na TXT y\n");
	struct outcome o = load(HEAD "a CNAME ns\n$INCLUDE inc\n");
	assert_int_equal(o.rc, KT_E_CONFLICT);
	assert_non_null(strstr(o.errs.list[0].file, "/inc"));
	assert_int_equal(o.errs.list[0].line, 3);
	unlink(included);
	free(included);
	forget(&o);
}

static void ttls_that_differ_in_a_set_are_warned_of(void **state)
{
	(void)state;
	struct outcome o = load(
	    HEAD "a 60 A 192.0.2.1\na 30 A 192.0.2.2\nb 9 A 192.0.2.3\n");
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n_warnings, 1);
	assert_non_null(
	    strstr(o.errs.list[0].text, "A differ, the smallest is used: 30"));
	assert_int_not_equal(o.errs.list[0].line, 0);
	forget(&o);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	struct outcome o = { 0 };
	struct dns_name name = DNS_NAME_ROOT;
	struct zone_builder *b = zone_builder_new();
	kt_errs_init(&o.errs, 0);
	assert_int_equal(
	    zone_load_file(b, &name, "/nowhere/zone", NULL, &o.errs, &o.zone),
	    KT_E_SYSTEM);
	assert_int_equal(o.errs.n, 1);
	assert_string_equal(o.errs.list[0].text, "No such file or directory");
	zone_builder_free(b);
	forget(&o);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_zone_is_a_snapshot_that_knows_its_file),
		cmocka_unit_test(what_makes_a_zone_unfit_is_told_with_its_line),
		cmocka_unit_test(the_other_record_of_a_conflict_is_noted),
		cmocka_unit_test(signatures_nsec_and_key_may_stand_beside_a_cname),
		cmocka_unit_test(the_same_record_twice_is_one),
		cmocka_unit_test(several_errors_are_told_in_one_run),
		cmocka_unit_test(a_conflict_in_an_included_file_is_told_there),
		cmocka_unit_test(ttls_that_differ_in_a_set_are_warned_of),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
