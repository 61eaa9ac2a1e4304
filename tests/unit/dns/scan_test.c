#include "dns/scan.h"

#include "base/text.h"

#include "kt_test.h"

/* Tokens as text: words bare, "quoted", '^' before what stands in column 1, '|' at line
 * ends, '!' for errors. */
static void tokens(
    const char *text, size_t len, struct kt_text *out, struct kt_errs *errs)
{
	struct dns_scanner s;
	char *copy = malloc(
	    len + 1); /* exact, so that a sanitizer sees reading past it */
	memcpy(copy, text, len);
	copy[len] = 0;
	dns_scanner_init(&s, copy, len, errs);
	for (;;) {
		enum dns_token_kind kind = dns_scan(&s);
		if (kind == DNS_TOKEN_END_OF_FILE)
			break;
		if (out->len)
			kt_text_char(out, ' ');
		if (s.token.first_column)
			kt_text_char(out, '^');
		if (kind == DNS_TOKEN_END_OF_RECORD)
			kt_text_char(out, '|');
		else if (kind == DNS_TOKEN_ERROR)
			kt_text_char(out, '!');
		else if (kind == DNS_TOKEN_QUOTED)
			kt_text_addf(out, "\"%.*s\"", (int)s.token.len, s.token.at);
		else
			kt_text_add_n(out, s.token.at, s.token.len);
	}
	free(copy);
}

static void text_becomes_tokens(void **state)
{
	(void)state;
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{ "", "" },
		{ "\n", "|" },
		{ "a", "^a" },
		{ "a b\tc\n", "^a b c |" },
		{ " a\n", "a |" },
		{ "a\r\nb\r\n", "^a | ^b |" },
		{ "\xef\xbb\xbf"
		  "a\n",
		    "^a |" },
		{ "a;b\n;c\n ;d\ne", "^a | | | ^e" },
		{ "a ;no end", "^a" },
		{ "a ( b\n c ; ) d\n ) e\n", "^a b c e |" },
		{ "(a\nb)\n", "^a b |" },
		{ " (a\nb)\n", "a b |" },
		{ "(\na)\n", "^a |" },
		{ "a ((b) (c\n)) d\n", "^a b c d |" },
		{ "a(b)c\n", "^a b c |" },
		{ "a \"b ; ( c\" \"\"\n", "^a \"b ; ( c\" \"\" |" },
		{ "a k=\"v w\"x\n", "^a k= \"v w\" x |" },
		{ "a \"b\\\"c\" d\n", "^a \"b\\\"c\" d |" },
		{ "a\\ b\\;c\\(d\\\"e f\n", "^a\\ b\\;c\\(d\\\"e f |" },
		{ "a\\\nb\n", "^a\\ | ^b |" },
		{ "a\\\r\nb\n", "^a\\ | ^b |" },
		{ "a\\", "^a\\" },
		{ "\\a\n", "^\\a |" },
		{ "\"a\" b\n", "^\"a\" b |" },
		/* what is wrong is one token, and the next line is whole */
		{ "a \"b\nc\n", "^a ! | ^c |" },
		{ "a \"b", "^a !" },
		{ "a \"b\\", "^a !" },
		{ "a ) b\nc\n", "^a ! b | ^c |" },
		{ "a ( b\n c\n", "^a b c ! |" },
		{ "a ( b\nc d\n", "^a b c d ! | ^c d |" },
		{ "a ( b", "^a b ! |" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_text found = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		tokens(cases[i].text, strlen(cases[i].text), &found, &errs);
		assert_string_equal(kt_text_of(&found), cases[i].tokens);
		assert_int_equal(errs.n_errors, strchr(cases[i].tokens, '!') != NULL);
		kt_text_fini(&found);
		kt_errs_fini(&errs);
	}
}

static void a_nul_octet_is_an_error_wherever_it_stands(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len;
		const char *tokens;
		unsigned column;
	} cases[] = {
		{ "\0a\n", 3, "! a |", 1 },
		{ "a\0b\n", 4, "^a ! b |", 2 },
		{ "a \"b\0c\" d\n", 10, "^a ! c ! |", 5 },
		{ "a\\\0b\n", 5, "^a\\ ! b |", 3 },
		{ "a;\0b\nc\n", 7, "^a | ^c |", 0 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_text found = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		tokens(cases[i].text, cases[i].len, &found, &errs);
		assert_string_equal(kt_text_of(&found), cases[i].tokens);
		if (cases[i].column)
			assert_int_equal(errs.list[0].column, cases[i].column);
		kt_text_fini(&found);
		kt_errs_fini(&errs);
	}
}

static void the_end_of_a_record_is_seen_through_blanks_and_comments(void **state)
{
	(void)state;
	struct dns_scanner s;
	struct kt_errs errs;
	static const char text[] = "a ( \n ; c\n ) ; d\nb";
	kt_errs_init(&errs, 0);
	dns_scanner_init(&s, text, strlen(text), &errs);
	assert_int_equal(dns_scan(&s), DNS_TOKEN_WORD);
	assert_true(dns_scan_at_end(&s));
	assert_int_equal(s.token.kind, DNS_TOKEN_WORD);
	assert_int_equal(*s.token.at, 'a');
	assert_int_equal(dns_scan_end(&s), 0);
	assert_false(dns_scan_at_end(&s));
	assert_int_equal(dns_scan(&s), DNS_TOKEN_WORD);
	assert_int_equal(s.token_line, 4);
	assert_true(dns_scan_at_end(&s));
	assert_int_equal(dns_scan_end(&s), 0);
	assert_int_equal(s.token.kind, DNS_TOKEN_END_OF_FILE);
	kt_errs_fini(&errs);
}

static void skipping_ends_behind_the_record(void **state)
{
	(void)state;
	static const struct {
		const char *text, *next;
		unsigned errors;
	} cases[] = {
		{ "a b c\nd\n", "d", 0 },
		{ "a ( b\n c \";)\" ; )\n ) e\nf\n", "f", 0 },
		{ "a \"b\nc\n", "c", 0 },
		{ "a ) ) b\nc\n", "c", 0 },
		{ "a b\\\nc\n", "c", 0 },
		/* never closed: told, and the next line with something in column 1 is read */
		{ "a ( b\n c\n ;\nd e\nf\n", "d", 1 },
		{ "a ( b", NULL, 1 },
		{ "a b", NULL, 0 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dns_scanner s;
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		dns_scanner_init(&s, cases[i].text, strlen(cases[i].text), &errs);
		assert_int_equal(dns_scan(&s), DNS_TOKEN_WORD);
		dns_scan_skip_record(&s);
		dns_scan_skip_record(&s); /* nothing more */
		enum dns_token_kind kind = dns_scan(&s);
		if (cases[i].next) {
			assert_int_equal(kind, DNS_TOKEN_WORD);
			assert_true(s.token.first_column);
			assert_memory_equal(s.token.at, cases[i].next, s.token.len);
		} else {
			assert_int_equal(kind, DNS_TOKEN_END_OF_FILE);
		}
		assert_int_equal(errs.n_errors, cases[i].errors);
		if (cases[i].errors) {
			assert_int_equal(errs.list[0].line, 1);
			assert_int_equal(errs.list[0].column, 3);
		}
		kt_errs_fini(&errs);
	}
}

static void a_ttl_is_seconds_or_has_units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint32_t ttl_s;
	} cases[] = {
		{ "0", 0, 0 },
		{ "3600", 0, 3600 },
		{ "2147483647", 0, 2147483647 },
		{ "2147483648", KT_E_RANGE, 0 },
		{ "99999999999999999999999", KT_E_RANGE, 0 },
		{ "1h30m", 0, 5400 },
		{ "1W2D3H4M5S", 0, 788645 },
		{ "1s1s", 0, 2 },
		{ "4000w", KT_E_RANGE, 0 },
		{ "3550w1", KT_E_FORMAT, 0 },
		{ "1h30", KT_E_FORMAT, 0 },
		{ "h", KT_E_FORMAT, 0 },
		{ "1y", KT_E_FORMAT, 0 },
		{ "-1", KT_E_FORMAT, 0 },
		{ "", KT_E_FORMAT, 0 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint32_t ttl_s = 0;
		assert_int_equal(
		    dns_ttl_scan(cases[i].text, strlen(cases[i].text), &ttl_s),
		    cases[i].rc);
		assert_int_equal(ttl_s, cases[i].ttl_s);
	}
}

/* Scans three fields, the first of which is wrong in each case. */
static void a_field_that_is_wrong_is_named_and_shown(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		char
		    field; /* n: number to 255, t: TTL, d: domain name, e: end, w: word */
		int rc;
		unsigned line, column;
		const char *says;
	} cases[] = {
		{ "x 256\n", 'n', KT_E_RANGE, 1, 3,
		    "MX preference: found \"256\", expected a number from 0 to 255" },
		{ "x \"1\"\n", 'n', KT_E_FORMAT, 1, 3,
		    "MX preference: found \"1\", expected a number from 0 to 255" },
		{ "x\n", 'n', KT_E_FORMAT, 1, 2,
		    "MX preference: found the end of the record, expected a number "
		    "from 0 "
		    "to 255" },
		{ "x", 'n', KT_E_FORMAT, 1, 2,
		    "MX preference: found the end of the file, expected a number from "
		    "0 to 255" },
		{ "x (\n\t1y )\n", 't', KT_E_FORMAT, 2, 2,
		    "MX preference: found \"1y\", expected seconds up to 2147483647, "
		    "or units "
		    "as in 1h30m (inside the parenthesis opened in line 1)" },
		{ "x a..b", 'd', KT_E_LABEL, 1, 3,
		    "MX preference: the name \"a..b\" has a label that is empty or "
		    "longer than "
		    "63 octets" },
		{ "x a\\256", 'd', KT_E_FORMAT, 1, 3,
		    "MX preference: the name \"a\\256\" has a bad escape: \\X or \\DDD "
		    "from 000 "
		    "to 255" },
		{ "x \x1b[31m\n", 'n', KT_E_FORMAT, 1, 3,
		    "MX preference: found \"?[31m\", expected a number from 0 to 255" },
		{ "x y\n", 'e', KT_E_FORMAT, 1, 3,
		    "MX: found \"y\", expected the end of the record" },
		{ "x\n", 'w', KT_E_FORMAT, 1, 2,
		    "MX: found the end of the record, expected preference" },
		{ "x \"y\n", 'w', KT_E_FORMAT, 1, 3,
		    "MX: this quote is not closed before the end of the line" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dns_scanner s;
		struct kt_errs errs;
		struct dns_name name;
		uint64_t number;
		uint32_t ttl_s;
		kt_errs_init(&errs, 0);
		dns_scanner_init(&s, cases[i].text, strlen(cases[i].text), &errs);
		assert_int_equal(dns_scan(&s), DNS_TOKEN_WORD);
		s.type_name = "MX";
		s.file = "zone";
		int rc = cases[i].field == 'n'
			     ? dns_scan_number(&s, "preference", 255, &number)
			 : cases[i].field == 't'
			     ? dns_scan_ttl(&s, "preference", &ttl_s)
			 : cases[i].field == 'd'
			     ? dns_scan_name(&s, "preference", NULL, &name)
			 : cases[i].field == 'e' ? dns_scan_end(&s)
						 : dns_scan_word(&s, "preference");
		assert_int_equal(rc, cases[i].rc);
		assert_int_equal(errs.n, 1);
		assert_string_equal(errs.list[0].text, cases[i].says);
		assert_int_equal(errs.list[0].line, cases[i].line);
		assert_int_equal(errs.list[0].column, cases[i].column);
		assert_string_equal(errs.list[0].file, "zone");
		assert_non_null(errs.list[0].source);
		assert_null(strchr(errs.list[0].source, '\x1b'));
		kt_errs_fini(&errs);
	}
}

static void a_word_longer_than_any_field_is_an_error(void **state)
{
	(void)state;
	struct kt_text text = { 0 }, found = { 0 };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	for (unsigned i = 0; i <= DNS_TOKEN_MAX; i++)
		kt_text_char(&text, 'a');
	kt_text_add(&text, " b\nc\n");
	tokens(text.at, text.len, &found, &errs);
	assert_string_equal(found.at, "! b | ^c |");
	kt_text_fini(&found);
	tokens(text.at + 1, text.len - 1, &found, &errs);
	assert_int_equal(errs.n_errors, 1);
	kt_text_fini(&found);
	kt_text_fini(&text);
	kt_errs_fini(&errs);
}

static void a_token_in_a_message_is_short_and_printable(void **state)
{
	(void)state;
	static const char text[] =
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "123456789\n";
	struct dns_scanner s;
	struct kt_errs errs;
	char out[DNS_TOKEN_TEXT];
	kt_errs_init(&errs, 0);
	dns_scanner_init(&s, text, strlen(text), &errs);
	dns_scan(&s);
	assert_string_equal(dns_token_print(&s, out),
	    "\"0123456789012345678901234567890123456789012345678901234567...\"");
	kt_errs_fini(&errs);
}

/* Whatever the octets, a scan ends, stays inside and tells at most one error a line. */
static void any_octets_are_scanned_to_their_end(void **state)
{
	(void)state;
	static const char some[] = "ab1$.@\\\"();\n\r\t \0\xff\xef\xbb\xbf";
	uint64_t seed = kt_test_seed() | 1;
	for (int round = 0; round < 20000; round++) {
		char text[64];
		size_t len = kt_test_random(&seed) % sizeof(text);
		for (size_t i = 0; i < len; i++)
			text[i] = some[kt_test_random(&seed) % (sizeof(some) - 1)];
		struct kt_text found = { 0 };
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		tokens(text, len, &found, &errs);
		assert_true(errs.n_errors <= len);
		kt_text_fini(&found);
		kt_errs_fini(&errs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_tokens),
		cmocka_unit_test(a_nul_octet_is_an_error_wherever_it_stands),
		cmocka_unit_test(
		    the_end_of_a_record_is_seen_through_blanks_and_comments),
		cmocka_unit_test(skipping_ends_behind_the_record),
		cmocka_unit_test(a_ttl_is_seconds_or_has_units),
		cmocka_unit_test(a_field_that_is_wrong_is_named_and_shown),
		cmocka_unit_test(a_word_longer_than_any_field_is_an_error),
		cmocka_unit_test(a_token_in_a_message_is_short_and_printable),
		cmocka_unit_test(any_octets_are_scanned_to_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
