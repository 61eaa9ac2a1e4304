#include "dns/name.h"

#include "base/err.h"

#include "kt_test.h"

static struct dns_name scan(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &name), 0);
	return name;
}

static void text_with_escapes_becomes_wire(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wire;
		size_t len;
		unsigned labels;
	} cases[] = {
		{ ".", "", 1, 0 },
		{ "a.", "\1a", 3, 1 },
		{ "a", "\1a", 3, 1 },
		{ "Ab.C.", "\2Ab\1C", 6, 2 },
		{ "a\\.b.c.", "\3a.b\1c", 7, 2 },
		{ "\\000\\255.", "\2\0\377", 4, 1 },
		{ "\\@.", "\1@", 3, 1 },
		{ "a\\\\.", "\2a\\", 4, 1 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dns_name name = scan(cases[i].text);
		assert_octets(name.wire, name.len, cases[i].wire, cases[i].len);
		assert_int_equal(name.labels, cases[i].labels);
	}
}

static void bad_text_has_its_own_error(void **state)
{
	(void)state;
	char label64[70], long_name[400];
	memset(label64, 'x', 64);
	label64[64] = 0;
	long_name[0] = 0;
	for (int i = 0; i < 64; i++)
		strcat(long_name, "abc.");
	struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "", KT_E_FORMAT },
		{ "..", KT_E_LABEL },
		{ "a..b", KT_E_LABEL },
		{ ".a", KT_E_LABEL },
		{ "\\", KT_E_FORMAT },
		{ "\\25", KT_E_FORMAT },
		{ "\\256", KT_E_FORMAT },
		{ label64, KT_E_LABEL },
		{ long_name, KT_E_LONG },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dns_name name;
		assert_int_equal(
		    dns_name_scan(cases[i].text, strlen(cases[i].text), NULL, &name),
		    cases[i].rc);
	}
}

static void a_name_of_255_octets_is_the_longest(void **state)
{
	(void)state;
	/* 63 * 4 + ... : 3 labels of 63 and one of 61 are 255 octets with the root */
	char text[300] = "";
	for (int i = 0; i < 3; i++) {
		memset(text + strlen(text), 'a', 64);
		text[i * 64 + 63] = '.';
		text[i * 64 + 64] = 0;
	}
	size_t len = strlen(text);
	memset(text + len, 'b', 62);
	text[len + 62] = 0;
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, len + 61, NULL, &name), 0);
	assert_int_equal(name.len, DNS_NAME_MAX);
	assert_int_equal(dns_name_scan(text, len + 62, NULL, &name), KT_E_LONG);
}

static void relative_text_is_below_the_origin(void **state)
{
	(void)state;
	struct dns_name origin = scan("example.com."), name;
	assert_int_equal(dns_name_scan("www", 3, &origin, &name), 0);
	struct dns_name full = scan("www.example.com.");
	assert_octets(name.wire, name.len, full.wire, full.len);
	assert_int_equal(name.labels, 3);
	assert_int_equal(dns_name_scan("@", 1, &origin, &name), 0);
	assert_octets(name.wire, name.len, origin.wire, origin.len);
}

/* RFC 4034 s.6.1: the example, in order. */
static void canonical_order_is_that_of_rfc_4034(void **state)
{
	(void)state;
	static const char *const order[] = { "example.", "a.example.",
		"yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
		"\\001.z.example.", "*.z.example.", "\\200.z.example." };
	for (size_t i = 0; i < KT_COUNT(order); i++) {
		for (size_t j = 0; j < KT_COUNT(order); j++) {
			struct dns_name a = scan(order[i]), b = scan(order[j]);
			int d = dns_wire_compare(a.wire, b.wire);
			assert_true(i < j ? d < 0 : i == j ? d == 0 : d > 0);
		}
	}
}

static void printed_names_scan_back(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	for (int n = 0; n < 20000; n++) {
		struct dns_name name = DNS_NAME_ROOT, again;
		unsigned labels = (unsigned)(kt_test_random(&seed) % 8);
		for (unsigned i = 0; i < labels; i++) {
			uint8_t label[64];
			label[0] = (uint8_t)(1 + kt_test_random(&seed) % 63);
			for (unsigned j = 1; j <= label[0]; j++)
				label[j] = (uint8_t)kt_test_random(&seed);
			if (dns_name_prepend(&name, label))
				break;
		}
		char text[DNS_NAME_TEXT];
		dns_name_print(name.wire, text);
		assert_int_equal(dns_name_scan(text, strlen(text), NULL, &again), 0);
		assert_octets(again.wire, again.len, name.wire, name.len);
		assert_int_equal(again.labels, name.labels);
	}
}

static void compressed_names_are_read_and_the_cursor_stands_behind_them(void **state)
{
	(void)state;
	static const uint8_t m[] = "\3com\0\7example\xc0\x00\3www\xc0\x05X";
	struct kt_reader r = kt_reader_of(m, sizeof(m) - 1);
	r.at += 15;
	struct dns_name name;
	dns_name_read(&r, &name);
	assert_int_equal(r.err, 0);
	struct dns_name expected = scan("www.example.com.");
	assert_octets(name.wire, name.len, expected.wire, expected.len);
	assert_int_equal(*r.at, 'X');
}

static void pointers_only_go_back(void **state)
{
	(void)state;
	static const struct {
		const char *octets;
		size_t len, at;
		int err;
	} cases[] = {
		{ "\xc0\x00", 2, 0, KT_E_POINTER },         /* itself */
		{ "\xc0\x02\xc0\x00", 4, 0, KT_E_POINTER }, /* forwards */
		{ "\1a\xc0\x00", 4, 0, KT_E_POINTER },      /* into its own labels */
		{ "\1a\xc0\x02", 4, 0, KT_E_POINTER },
		{ "\0\xc0\x00\xc0\x01\xc0\x03", 7, 5, 0 }, /* a chain, each step back */
		{ "\xc0", 1, 0, KT_E_SHORT },
		{ "\3ab", 3, 0, KT_E_SHORT },
		{ "\1a", 2, 0, KT_E_SHORT },
		{ "\x40"
		  "a",
		    2, 0, KT_E_LABEL },
		{ "\x80"
		  "a",
		    2, 0, KT_E_LABEL },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_reader r = kt_reader_of(cases[i].octets, cases[i].len);
		r.at += cases[i].at;
		struct dns_name name;
		dns_name_read(&r, &name);
		assert_int_equal(r.err, cases[i].err);
		if (r.err)
			assert_int_equal(name.len, 1);
	}
}

static void a_dname_replaces_the_end_of_a_name(void **state)
{
	(void)state;
	struct dns_name out, n = scan("a.b.example."), o = scan("example."),
			     t = scan("other.test.");
	assert_int_equal(dns_name_substitute(n.wire, o.wire, t.wire, &out), 0);
	struct dns_name expected = scan("a.b.other.test.");
	assert_octets(out.wire, out.len, expected.wire, expected.len);
	assert_int_equal(out.labels, 4);
}

static void relations_ignore_letter_case(void **state)
{
	(void)state;
	struct dns_name a = scan("a.B.Example."), b = scan("b.eXample."),
			c = scan("xb.example.");
	assert_true(dns_wire_under(a.wire, b.wire));
	assert_false(dns_wire_under(b.wire, a.wire));
	assert_false(dns_wire_under(c.wire, b.wire));
	assert_int_equal(dns_wire_common(a.wire, b.wire), 2);
	assert_int_equal(dns_wire_common(c.wire, b.wire), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_with_escapes_becomes_wire),
		cmocka_unit_test(bad_text_has_its_own_error),
		cmocka_unit_test(a_name_of_255_octets_is_the_longest),
		cmocka_unit_test(relative_text_is_below_the_origin),
		cmocka_unit_test(canonical_order_is_that_of_rfc_4034),
		cmocka_unit_test(printed_names_scan_back),
		cmocka_unit_test(
		    compressed_names_are_read_and_the_cursor_stands_behind_them),
		cmocka_unit_test(pointers_only_go_back),
		cmocka_unit_test(a_dname_replaces_the_end_of_a_name),
		cmocka_unit_test(relations_ignore_letter_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
