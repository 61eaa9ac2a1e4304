#include "dns/zonetext.h"

#include "base/mem.h"
#include "dns/rdata.h"
#include "dns/type.h"

#include "kt_test.h"

#include <unistd.h>

/* Records as text, one a line, and what the callback was told. */
struct taken {
	struct kt_text text;
	size_t n, stop_after;
	unsigned last_line;
	const uint8_t *owner;
	size_t runs; /* calls with another owner pointer than before */
};

static int take(void *ctx, const struct dns_record *record)
{
	struct taken *t = ctx;
	dns_record_print(&t->text, record);
	t->last_line = record->line;
	t->runs += record->owner != t->owner;
	t->owner = record->owner;
	return ++t->n == t->stop_after ? KT_E_REFUSED : 0;
}

static struct dns_zonetext_options options_for(const char *origin)
{
	struct dns_zonetext_options options = { .class = DNS_CLASS_IN };
	assert_int_equal(
	    dns_name_scan(origin, strlen(origin), NULL, &options.origin), 0);
	return options;
}

static int read_text(
    const char *text, size_t len, struct taken *t, struct kt_errs *errs)
{
	struct dns_zonetext_options options = options_for("e.");
	char *copy = malloc(
	    len + 1); /* exact, so that a sanitizer sees reading past it */
	memcpy(copy, text, len);
	copy[len] = 0;
	int rc = dns_zonetext_read(copy, len, "z", &options, take, t, errs);
	free(copy);
	return rc;
}

struct good {
	const char *text;
	const char *records; /* tabs as blanks */
};

static void good_text(const struct good *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct taken t = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		int rc = read_text(cases[i].text, strlen(cases[i].text), &t, &errs);
		kt_errs_print(&errs, stderr, false);
		assert_int_equal(rc, 0);
		assert_int_equal(errs.n_errors, 0);
		for (size_t j = 0; j < t.text.len; j++)
			if (t.text.at[j] == '\t')
				t.text.at[j] = ' ';
		assert_string_equal(kt_text_of(&t.text), cases[i].records);
		kt_text_fini(&t.text);
		kt_errs_fini(&errs);
	}
}

static void lines_become_records(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{ "", "" },
		{ "\n ; nothing\n\t\n", "" },
		{ "a 5 IN A 192.0.2.1\n", "a.e. 5 IN A 192.0.2.1\n" },
		{ "a 5 A 192.0.2.1", "a.e. 5 IN A 192.0.2.1\n" },
		{ "a IN 5 A 192.0.2.1\r\n", "a.e. 5 IN A 192.0.2.1\n" },
		{ "a class1 5 type1 192.0.2.1\n", "a.e. 5 IN A 192.0.2.1\n" },
		{ "A. 1h30M iN a 192.0.2.1\n", "A. 5400 IN A 192.0.2.1\n" },
		{ "\xef\xbb\xbf@ 5 A 192.0.2.1\n", "e. 5 IN A 192.0.2.1\n" },
		{ "* 5 A 192.0.2.1\n", "*.e. 5 IN A 192.0.2.1\n" },
		{ ". 5 A 192.0.2.1\n", ". 5 IN A 192.0.2.1\n" },
		{ "a\\.b\\046c.d 5 A 192.0.2.1\n",
		    "a\\.b\\.c.d.e. 5 IN A 192.0.2.1\n" },
		{ "a 5 MX ( 10 ; c\n b )\n", "a.e. 5 IN MX 10 b.e.\n" },
		{ "( a\n5\n A 192.0.2.1 )\n", "a.e. 5 IN A 192.0.2.1\n" },
		{ "a 5 TXT \"x;(\" y\n", "a.e. 5 IN TXT \"x;(\" \"y\"\n" },
		{ "a 5 TYPE65280 \\# 2 abcd\n", "a.e. 5 IN TYPE65280 \\# 2 abcd\n" },
		{ "a 5 A \\# 4 c0000201\n", "a.e. 5 IN A 192.0.2.1\n" },
	};
	good_text(cases, KT_COUNT(cases));
}

/* RFC 1035 s.5.1: what stands in column 1 is an owner, whatever it looks like. */
static void words_that_look_like_others_are_told_by_their_place(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{ "IN 5 A 192.0.2.1\n", "IN.e. 5 IN A 192.0.2.1\n" },
		{ "NS 5 NS IN\n", "NS.e. 5 IN NS IN.e.\n" },
		{ "300 5 A 192.0.2.1\n", "300.e. 5 IN A 192.0.2.1\n" },
		{ "A 5 A 192.0.2.1\n A 192.0.2.2\n",
		    "A.e. 5 IN A 192.0.2.1\nA.e. 5 IN A 192.0.2.2\n" },
		{ "a 5 TXT 300 IN A\n", "a.e. 5 IN TXT \"300\" \"IN\" \"A\"\n" },
		{ "a 5 NS @\n", "a.e. 5 IN NS e.\n" },
		{ "a 5 NS 300\n", "a.e. 5 IN NS 300.e.\n" },
		{ "\\$TTL 5 NS @\n", "\\$TTL.e. 5 IN NS e.\n" },
		{ "a 5 TXT $TTL\n", "a.e. 5 IN TXT \"$TTL\"\n" },
	};
	good_text(cases, KT_COUNT(cases));
}

static void what_is_left_out_is_carried_over(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{ "a 5 A 192.0.2.1\n\n\tA 192.0.2.2\n 7 A 192.0.2.3\n A 192.0.2.4\n",
		    "a.e. 5 IN A 192.0.2.1\na.e. 5 IN A 192.0.2.2\na.e. 7 IN A "
		    "192.0.2.3\n"
		    "a.e. 7 IN A 192.0.2.4\n" },
		/* RFC 2308 s.4: $TTL comes before the TTL of the record before */
		{ "$TTL 9\na 5 NS b\nc NS d\n$ttl 1m\n NS e\n",
		    "a.e. 5 IN NS b.e.\nc.e. 9 IN NS d.e.\nc.e. 60 IN NS e.e.\n" },
		/* an origin is relative to the one before; the owner stays */
		{ "a 5 NS b\n$ORIGIN x\n NS b\na NS b\n$ORIGIN y.\na NS b\n$ORIGIN "
		  "@\na NS @\n",
		    "a.e. 5 IN NS b.e.\na.e. 5 IN NS b.x.e.\na.x.e. 5 IN NS b.x.e.\n"
		    "a.y. 5 IN NS b.y.\na.y. 5 IN NS y.\n" },
		{ "@ SOA a b 1 2 3 4 77\na NS b\nc 5 NS d\ne NS f\n",
		    "e. 77 IN SOA a.e. b.e. 1 2 3 4 77\na.e. 77 IN NS b.e.\nc.e. 5 IN "
		    "NS d.e.\n"
		    "e.e. 77 IN NS f.e.\n" },
	};
	good_text(cases, KT_COUNT(cases));
}

static void generate_makes_a_record_a_step(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{ "$GENERATE 1-3 h$ 5 A 192.0.2.$\n",
		    "h1.e. 5 IN A 192.0.2.1\nh2.e. 5 IN A 192.0.2.2\nh3.e. 5 IN A "
		    "192.0.2.3\n" },
		{ "$GENERATE 1-6/2 $ 5 IN NS n\n",
		    "1.e. 5 IN NS n.e.\n3.e. 5 IN NS n.e.\n5.e. 5 IN NS n.e.\n" },
		{ "$generate 9-10 a${0,3} IN 5 NS b${-9,2,d}\n",
		    "a009.e. 5 IN NS b00.e.\na010.e. 5 IN NS b01.e.\n" },
		{ "$GENERATE 171-171 ${0,0,o}-${0,4,x}-${1,4,X} 5 NS n\n",
		    "253-00ab-00AC.e. 5 IN NS n.e.\n" },
		{ "$GENERATE 171-171 ${0,0,n}.${0,5,N} 5 NS n\n",
		    "b.a.B.A.0.e. 5 IN NS n.e.\n" },
		/* an even width ends in a dot */
		{ "$GENERATE 1-1 ${0,4,n}x 5 NS ${0,2,n}\n", "1.0.x.e. 5 IN NS 1.\n" },
		{ "$GENERATE 1-1 a\\$$ 5 TXT $$$\n", "a\\$1.e. 5 IN TXT \"$1\"\n" },
		{ "$GENERATE 1-2 a$ 5 TXT \"\\\"b $\\\" c\"\n",
		    "a1.e. 5 IN TXT \"b 1\" \"c\"\na2.e. 5 IN TXT \"b 2\" \"c\"\n" },
		{ "$GENERATE 1-1 a$ 5 MX ( $0 ; c\n m$ )\n",
		    "a1.e. 5 IN MX 10 m1.e.\n" },
		{ "$GENERATE 1-1 a$ 5 HTTPS $ . alpn=\"h2,h3\"\n",
		    "a1.e. 5 IN HTTPS 1 . alpn=\"h2,h3\"\n" },
		{ "$TTL 5\na NS b\n$GENERATE 1-1 c$ NS d\n NS e\n",
		    "a.e. 5 IN NS b.e.\nc1.e. 5 IN NS d.e.\na.e. 5 IN NS e.e.\n" },
		{ "$TTL 5\n$GENERATE 2147483647-2147483647 $ NS @\n",
		    "2147483647.e. 5 IN NS e.\n" },
	};
	good_text(cases, KT_COUNT(cases));
}

static void an_error_tells_its_line_column_and_field(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		unsigned line, column;
		const char *says, *source;
	} cases[] = {
		{ " 5 A 192.0.2.1\n", KT_E_FORMAT, 1, 2,
		    "owner: the line starts with white space", " 5 A 192.0.2.1" },
		{ " $TTL 5\n", KT_E_FORMAT, 1, 2, "a directive must start in column 1",
		    " $TTL 5" },
		{ "a..b 5 A 192.0.2.1\n", KT_E_LABEL, 1, 1,
		    "owner: the name \"a..b\" has a label", "a..b 5 A 192.0.2.1" },
		{ "\"a\" 5 A 192.0.2.1\n", KT_E_FORMAT, 1, 1,
		    "owner: a name cannot stand in quotes", "\"a\" 5 A 192.0.2.1" },
		{ "a\n", KT_E_FORMAT, 1, 2,
		    "found the end of the record, expected a TTL, class or", "a" },
		{ "a 5\n", KT_E_FORMAT, 1, 4,
		    "found the end of the record, expected a TTL, class or", "a 5" },
		{ "a \"5\" A 192.0.2.1\n", KT_E_FORMAT, 1, 3,
		    "found \"5\", expected a TTL, class", "a \"5\" A 192.0.2.1" },
		{ "a A 192.0.2.1\n", KT_E_FORMAT, 1, 3, "A TTL: there is none here",
		    "a A 192.0.2.1" },
		{ "a 2147483648 A 192.0.2.1\n", KT_E_RANGE, 1, 3,
		    "TTL: found \"2147483648\"", "a 2147483648 A 192.0.2.1" },
		{ "a 5x A 192.0.2.1\n", KT_E_FORMAT, 1, 3, "TTL: found \"5x\"",
		    "a 5x A 192.0.2.1" },
		{ "a 5 6 A 192.0.2.1\n", KT_E_TYPE, 1, 5, "type: found \"6\"",
		    "a 5 6 A 192.0.2.1" },
		{ "a 5 IN IN A\n", KT_E_TYPE, 1, 8, "type: found \"IN\"",
		    "a 5 IN IN A" },
		{ "a 5 CH A 192.0.2.1\n", KT_E_CONFLICT, 1, 5,
		    "class: found \"CH\" in a zone of class IN", "a 5 CH A 192.0.2.1" },
		{ "a 5 CNAMEE b\n", KT_E_TYPE, 1, 5, "did you mean CNAME?",
		    "a 5 CNAMEE b" },
		{ "a 5 AXFR b\n", KT_E_TYPE, 1, 5, "type: \"AXFR\" is for questions",
		    "a 5 AXFR b" },
		{ "a 5 TYPE0 \\# 0\n", KT_E_TYPE, 1, 5, "type: \"TYPE0\"",
		    "a 5 TYPE0 \\# 0" },
		{ "\n\na 5 MX\t10\n", KT_E_FORMAT, 3, 10,
		    "MX exchange: found the end of the record", "a 5 MX\t10" },
		{ "a 5 A 192.0.2.1 x\n", KT_E_FORMAT, 1, 17,
		    "A: found \"x\", expected the end", "a 5 A 192.0.2.1 x" },
		{ "a 5 SOA b c (\n1 2\n3 x 5 )\n", KT_E_FORMAT, 3, 3,
		    "inside the parenthesis opened in line 1", "3 x 5 )" },
		{ "a 5 MX ( 10 b\n", KT_E_FORMAT, 1, 8,
		    "this parenthesis is never closed", "a 5 MX ( 10 b" },
		{ "a 5 TXT \"b\n", KT_E_FORMAT, 1, 9, "TXT: this quote is not closed",
		    "a 5 TXT \"b" },
		{ "$FOO\n", KT_E_UNSUPPORTED, 1, 1,
		    "unknown directive \"$FOO\", expected", "$FOO" },
		{ "$INCULDE x\n", KT_E_UNSUPPORTED, 1, 1, "did you mean $INCLUDE?",
		    "$INCULDE x" },
		{ "$TTL\n", KT_E_FORMAT, 1, 5, "$TTL: found the end of the record",
		    "$TTL" },
		{ "$TTL 1 2\n", KT_E_FORMAT, 1, 8,
		    "$TTL: found \"2\", expected the end", "$TTL 1 2" },
		{ "$ORIGIN a..\n", KT_E_LABEL, 1, 9, "$ORIGIN: the name \"a..\"",
		    "$ORIGIN a.." },
		{ "$INCLUDE\n", KT_E_FORMAT, 1, 9, "$INCLUDE: found the end",
		    "$INCLUDE" },
		{ "$INCLUDE \"\"\n", KT_E_FORMAT, 1, 10,
		    "$INCLUDE file: found no file name", "$INCLUDE \"\"" },
		{ "$INCLUDE /dev/null\n", KT_E_REFUSED, 1, 10,
		    "/dev/null is not a regular file", "$INCLUDE /dev/null" },
		{ "$INCLUDE /nowhere/x\n", KT_E_SYSTEM, 1, 10,
		    "$INCLUDE file: cannot read /nowhere/x: No such file",
		    "$INCLUDE /nowhere/x" },
		{ "$GENERATE 3-1 a 5 NS b\n", KT_E_FORMAT, 1, 11,
		    "$GENERATE range: found \"3-1\"", "$GENERATE 3-1 a 5 NS b" },
		{ "$GENERATE 1-2/0 a 5 NS b\n", KT_E_FORMAT, 1, 11,
		    "$GENERATE range: found \"1-2/0\"", "$GENERATE 1-2/0 a 5 NS b" },
		{ "$GENERATE 0-16777216 a 5 NS b\n", KT_E_LIMIT, 1, 11,
		    "16777217 steps are too many", "$GENERATE 0-16777216 a 5 NS b" },
		{ "$GENERATE 255-256 a$ 5 A 192.0.2.$\n", KT_E_FORMAT, 1, 26,
		    "$GENERATE: step 256, \"192.0.2.256\": A address", NULL },
		{ "$GENERATE 0-9 a${-1} 5 NS b\n", KT_E_FORMAT, 1, 15,
		    "$GENERATE: step 0: the step", NULL },
		{ "$GENERATE 0-9 a 5 NS b${0\n", KT_E_FORMAT, 1, 22,
		    "a modifier \"${\" has no \"}\"", NULL },
		{ "$GENERATE 0-9 a 5 NS b${0,1,z}\n", KT_E_FORMAT, 1, 22,
		    "base one of d o x X n N", NULL },
		{ "$GENERATE 0-9 a 5 NS b${0,256}\n", KT_E_FORMAT, 1, 22,
		    "width up to 255", NULL },
		{ "$GENERATE 0-9 a.. 5 NS b\n", KT_E_LABEL, 1, 15,
		    "step 0, \"a..\": bad owner", NULL },
		{ "$GENERATE 0-9 a 5 NS\n", KT_E_FORMAT, 1, 21,
		    "$GENERATE: found the end", NULL },
		{ "$GENERATE 0-9 a$ NS b\n", KT_E_FORMAT, 1, 18, "TTL: there is none",
		    NULL },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct taken t = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		int rc = read_text(cases[i].text, strlen(cases[i].text), &t, &errs);
		if (rc != cases[i].rc || errs.n != 1 ||
		    !strstr(errs.list[0].text, cases[i].says)) {
			kt_errs_print(&errs, stderr, false);
			fail_msg("%s: rc %d, expected %d and \"%s\"", cases[i].text, rc,
			    cases[i].rc, cases[i].says);
		}
		if (errs.list[0].column != cases[i].column)
			fail_msg("%s: column %u", cases[i].text, errs.list[0].column);
		assert_int_equal(errs.list[0].line, cases[i].line);
		assert_string_equal(errs.list[0].file, "z");
		if (cases[i].source)
			assert_string_equal(errs.list[0].source, cases[i].source);
		kt_text_fini(&t.text);
		kt_errs_fini(&errs);
	}
}

static void reading_goes_on_behind_an_error_until_twenty(void **state)
{
	(void)state;
	static const char some[] =
	    "a 5 A x\nb 5 A 192.0.2.1\nc 5 MX ( 1\n y z )\nd 5 A 192.0.2.2\n"
	    "e 5 TXT ( x\nf 5 A 192.0.2.3\n";
	struct taken t = { 0 };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(read_text(some, strlen(some), &t, &errs), KT_E_FORMAT);
	assert_string_equal(kt_text_of(&t.text),
	    "b.e.\t5\tIN\tA\t192.0.2.1\nd.e.\t5\tIN\tA\t192.0.2."
	    "2\nf.e.\t5\tIN\tA\t192.0.2.3\n");
	assert_int_equal(errs.n_errors, 3);
	kt_text_fini(&t.text);
	kt_errs_fini(&errs);

	struct kt_text text = { 0 };
	for (int i = 0; i < 100; i++)
		kt_text_add(&text, "a 5 A x\n");
	kt_text_add(&text, "b 5 A 192.0.2.1\n");
	kt_errs_init(&errs, 0);
	t = (struct taken){ 0 };
	assert_int_equal(read_text(text.at, text.len, &t, &errs), KT_E_FORMAT);
	assert_int_equal(errs.n, KT_ERRS_MAX_DEFAULT);
	assert_int_equal(errs.n_errors, KT_ERRS_MAX_DEFAULT);
	assert_int_equal(t.n, 0);
	kt_text_fini(&text);
	kt_errs_fini(&errs);
}

/* RFC 2308 s.4 */
static void an_soa_without_a_ttl_is_warned_of(void **state)
{
	(void)state;
	static const char text[] = "@ SOA a b 1 2 3 4 5\n@ NS a\n";
	struct taken t = { 0 };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(read_text(text, strlen(text), &t, &errs), 0);
	assert_int_equal(errs.n_warnings, 1);
	assert_int_equal(errs.list[0].column, 3);
	assert_int_equal(t.n, 2);
	kt_text_fini(&t.text);
	kt_errs_fini(&errs);
}

static void equal_owners_in_a_row_have_one_pointer(void **state)
{
	(void)state;
	static const char text[] =
	    "$TTL 5\na NS b\na NS c\n NS d\na.e. NS e\n$ORIGIN e.\na NS f\n"
	    "b NS a\na NS a\n";
	struct taken t = { 0 };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(read_text(text, strlen(text), &t, &errs), 0);
	assert_int_equal(t.n, 7);
	assert_int_equal(t.runs, 3);
	assert_int_equal(t.last_line, 9);
	kt_text_fini(&t.text);
	kt_errs_fini(&errs);
}

static void a_callback_that_refuses_ends_the_reading(void **state)
{
	(void)state;
	static const char *const texts[] = { "$TTL 5\na NS b\nb NS c\nc NS d\n",
		"$TTL 5\n$GENERATE 1-9 a$ NS b\n" };
	for (size_t i = 0; i < KT_COUNT(texts); i++) {
		struct taken t = { .stop_after = 2 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		assert_int_equal(
		    read_text(texts[i], strlen(texts[i]), &t, &errs), KT_E_REFUSED);
		assert_int_equal(t.n, 2);
		assert_int_equal(errs.n, 0);
		kt_text_fini(&t.text);
		kt_errs_fini(&errs);
	}
}

/* Files for $INCLUDE. */

static char directory[] = "/tmp/kotae-zonetext-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char *path = kt_format("%s/%s", directory, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static void remove_file(const char *name)
{
	char *path = kt_format("%s/%s", directory, name);
	unlink(path);
	free(path);
}

static int read_in_directory(
    const char *name, bool no_include, struct taken *t, struct kt_errs *errs)
{
	struct dns_zonetext_options options = options_for("e.");
	options.no_include = no_include;
	char *path = kt_format("%s/%s", directory, name);
	kt_errs_init(errs, 0);
	*t = (struct taken){ 0 };
	int rc = dns_zonetext_read_file(path, &options, take, t, errs);
	free(path);
	return rc;
}

static void forget(struct taken *t, struct kt_errs *errs)
{
	kt_text_fini(&t->text);
	kt_errs_fini(errs);
}

/* RFC 1035 s.5.1: neither the origin nor the owner changes for the including file. */
static void included_files_are_read_and_leave_origin_and_owner(void **state)
{
	(void)state;
	struct taken t;
	struct kt_errs errs;
	write_file("inc", " NS in\nb NS @\n$ORIGIN x\nc NS @\n$TTL 7");
	write_file("zone", "$TTL 5\na NS z\n$INCLUDE inc\n NS z\nd NS @\n$INCLUDE "
			   "\"inc\" y ; c\n NS z\n");
	assert_int_equal(read_in_directory("zone", false, &t, &errs), 0);
	assert_string_equal(kt_text_of(&t.text),
	    "a.e.\t5\tIN\tNS\tz.e.\n"
	    "a.e.\t5\tIN\tNS\tin.e.\nb.e.\t5\tIN\tNS\te.\nc.x.e.\t5\tIN\tNS\tx.e.\n"
	    "a.e.\t7\tIN\tNS\tz.e.\nd.e.\t7\tIN\tNS\te.\n"
	    "d.e.\t7\tIN\tNS\tin.y.e.\nb.y.e.\t7\tIN\tNS\ty.e.\nc.x.y.e.\t7\tIN\tNS\tx."
	    "y.e.\n"
	    "d.e.\t7\tIN\tNS\tz.e.\n");
	forget(&t, &errs);
	assert_int_equal(read_in_directory("zone", true, &t, &errs), KT_E_REFUSED);
	assert_int_equal(errs.list[0].line, 3);
	forget(&t, &errs);
	remove_file("zone");
	remove_file("inc");
}

static void loops_and_depth_are_refused_with_their_chain(void **state)
{
	(void)state;
	struct taken t;
	struct kt_errs errs;
	write_file("a", "$INCLUDE ./b\n");
	write_file("b", "\n$INCLUDE a\nx 5 NS y\n");
	assert_int_equal(read_in_directory("a", false, &t, &errs), KT_E_CONFLICT);
	assert_int_equal(errs.n, 2);
	char *chain = kt_format(
	    "%s/a -> %s/./b -> %s/./a", directory, directory, directory);
	assert_non_null(strstr(errs.list[0].text, chain));
	assert_int_equal(errs.list[0].line, 2);
	assert_int_equal(errs.list[0].column, 10);
	assert_int_equal(errs.list[1].grade, KT_NOTE);
	assert_int_equal(errs.list[1].line, 1);
	assert_int_equal(t.n, 1); /* reading went on behind it */
	forget(&t, &errs);
	free(chain);
	remove_file("a");
	remove_file("b");

	char name[16], text[32];
	for (int i = 0; i <= 11; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		snprintf(text, sizeof(text), "$INCLUDE d%d\n", i + 1);
		write_file(name, i == 11 ? "x 5 NS y\n" : text);
	}
	assert_int_equal(read_in_directory("d1", false, &t, &errs), 0);
	assert_int_equal(t.n, 1);
	forget(&t, &errs);
	assert_int_equal(read_in_directory("d0", false, &t, &errs), KT_E_LIMIT);
	assert_non_null(strstr(errs.list[0].text, "more than 10 levels"));
	assert_non_null(strstr(errs.list[0].text, "/d9 -> "));
	assert_int_equal(errs.n, 11); /* and ten files up */
	forget(&t, &errs);
	for (int i = 0; i <= 11; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		remove_file(name);
	}
}

static void an_error_in_an_included_file_tells_from_where(void **state)
{
	(void)state;
	struct taken t;
	struct kt_errs errs;
	write_file("zone", "\n$INCLUDE inc\na 5 A y\n");
	write_file("inc", "a 5 A x\nb 5 A x\n");
	assert_int_equal(read_in_directory("zone", false, &t, &errs), KT_E_FORMAT);
	assert_int_equal(errs.n_errors, 3);
	assert_int_equal(errs.n, 4); /* once a file */
	assert_non_null(strstr(errs.list[0].file, "/inc"));
	assert_int_equal(errs.list[0].column, 7);
	assert_int_equal(errs.list[1].grade, KT_NOTE);
	assert_non_null(strstr(errs.list[1].file, "/zone"));
	assert_int_equal(errs.list[1].line, 2);
	assert_non_null(strstr(errs.list[3].file, "/zone"));
	forget(&t, &errs);
	remove_file("zone");
	remove_file("inc");
	assert_int_equal(read_in_directory("zone", false, &t, &errs), KT_E_SYSTEM);
	assert_int_equal(errs.n, 1);
	forget(&t, &errs);
}

/* Printing and reading back. */

struct original {
	struct dns_record record;
	bool seen;
};

static int compare(void *ctx, const struct dns_record *r)
{
	struct original *o = ctx;
	size_t len = dns_wire_len(o->record.owner);
	assert_octets(r->owner, dns_wire_len(r->owner), o->record.owner, len);
	assert_octets(r->rdata, r->rdlen, o->record.rdata, o->record.rdlen);
	assert_int_equal(r->type, o->record.type);
	assert_int_equal(r->class, o->record.class);
	assert_int_equal(r->ttl_s, o->record.ttl_s);
	o->seen = true;
	return 0;
}

static void random_name(uint64_t *seed, uint8_t *wire)
{
	unsigned at = 0;
	for (unsigned n = kt_test_random(seed) % 5; n; n--) {
		unsigned len = 1 + kt_test_random(seed) %
				       (kt_test_random(seed) % 8 ? 6 : 60);
		wire[at++] = (uint8_t)len;
		while (len--)
			wire[at++] = (uint8_t)kt_test_random(seed);
	}
	wire[at] = 0;
}

static void a_printed_record_reads_back_as_it_was(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	for (int i = 0; i < 30000; i++) {
		uint8_t owner[256], rdata[600];
		struct original o = { .record = { .owner = owner, .rdata = rdata } };
		struct dns_record *r = &o.record;
		random_name(&seed, owner);
		/* NONE and ANY are for messages (RFC 2136 s.2.4) */
		do
			r->class = kt_test_random(&seed) % 4
				       ? DNS_CLASS_IN
				       : 1 + kt_test_random(&seed) % 65535;
		while (r->class == DNS_CLASS_NONE || r->class == DNS_CLASS_ANY);
		r->ttl_s = kt_test_random(&seed) & 0x7fffffff;
		do
			r->type = kt_test_random(&seed) %
				  (kt_test_random(&seed) % 4 ? 70 : 65536);
		while (r->type == 0 || dns_type_is_meta(r->type));
		r->rdlen = kt_test_random(&seed) %
			   (kt_test_random(&seed) % 2 ? 24 : sizeof(rdata));
		for (size_t j = 0; j < r->rdlen; j++)
			rdata[j] = (uint8_t)kt_test_random(&seed);
		/* Opaque to a type whose octets must be well-formed: such never come from a reader. */
		if (dns_rdata_check(r->type, rdata, r->rdlen))
			r->type = 65280;
		struct kt_text text = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		struct dns_zonetext_options options = options_for("any.origin.");
		options.class = r->class;
		dns_record_print(&text, r);
		int rc = dns_zonetext_read(
		    text.at, text.len, NULL, &options, compare, &o, &errs);
		if (rc)
			fail_msg("%s: %s", text.at, errs.list[0].text);
		assert_true(o.seen);
		kt_text_fini(&text);
		kt_errs_fini(&errs);
	}
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
		cmocka_unit_test(lines_become_records),
		cmocka_unit_test(words_that_look_like_others_are_told_by_their_place),
		cmocka_unit_test(what_is_left_out_is_carried_over),
		cmocka_unit_test(generate_makes_a_record_a_step),
		cmocka_unit_test(an_error_tells_its_line_column_and_field),
		cmocka_unit_test(reading_goes_on_behind_an_error_until_twenty),
		cmocka_unit_test(an_soa_without_a_ttl_is_warned_of),
		cmocka_unit_test(equal_owners_in_a_row_have_one_pointer),
		cmocka_unit_test(a_callback_that_refuses_ends_the_reading),
		cmocka_unit_test(included_files_are_read_and_leave_origin_and_owner),
		cmocka_unit_test(loops_and_depth_are_refused_with_their_chain),
		cmocka_unit_test(an_error_in_an_included_file_tells_from_where),
		cmocka_unit_test(a_printed_record_reads_back_as_it_was),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
