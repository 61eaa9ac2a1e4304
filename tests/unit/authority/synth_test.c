#include "authority/synth.h"

#include "base/bytes.h"
#include "base/err.h"
#include "dns/type.h"

#include "kt_test.h"

static struct authority_synth patterns[4];
static struct authority_synth_answer answer;

static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &name), 0);
	return name;
}

static int make(struct authority_synth *out, bool reverse, const char *prefix,
    const char *pattern, const char *origin)
{
	struct kt_prefix p;
	struct dns_name o = name_of(origin);
	assert_int_equal(kt_prefix_scan(prefix, &p), 0);
	return authority_synth_init(out, reverse, &p, pattern, &o, 300);
}

static int ask(const struct authority_synth *list, const char *name, uint16_t qtype)
{
	static struct dns_query q;
	static const struct dns_client client;
	uint8_t wire[300] = { 0, 1, 0, 0, 0, 1 };
	struct dns_name qname = name_of(name);
	memcpy(wire + 12, qname.wire, qname.len);
	kt_put16(wire + 12 + qname.len, qtype);
	kt_put16(wire + 14 + qname.len, DNS_CLASS_IN);
	dns_query_read(&q, wire, 16u + qname.len, &client);
	assert_int_equal(q.verdict, DNS_VERDICT_ANSWER);
	memset(&answer, 0xee, sizeof(answer));
	return authority_synth_find(list, &q, &answer);
}

static void assert_ptr(const char *name, const char *target)
{
	char text[DNS_NAME_TEXT];
	assert_int_equal(ask(patterns, name, DNS_TYPE_PTR), AUTHORITY_SYNTH_DATA);
	assert_int_equal(answer.type, DNS_TYPE_PTR);
	assert_int_equal(answer.ttl_s, 300);
	assert_int_equal(answer.rdlen, dns_wire_len(answer.rdata));
	assert_string_equal(dns_name_print(answer.rdata, text), target);
}

static void reverse_names_have_the_ptr_that_the_pattern_says(void **state)
{
	(void)state;
	assert_int_equal(
	    make(&patterns[0], true, "192.0.2.0/24", "dyn-{address}-x", "Example.com"),
	    0);
	assert_int_equal(
	    make(&patterns[1], true, "2001:db8::/32", "{address}", "v6.example.com"),
	    0);
	patterns[0].next = &patterns[1];
	assert_ptr("1.2.0.192.in-addr.arpa", "dyn-192-0-2-1-x.example.com.");
	assert_ptr("255.2.0.192.IN-ADDR.arpa", "dyn-192-0-2-255-x.example.com.");
	assert_ptr(
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.A.8.b.d.0.1.0.0.2.ip6.arpa",
	    "2001-0db8-a000-0000-0000-0000-0000-0001.v6.example.com.");
}

static void names_of_the_reverse_tree_exist_as_far_as_the_prefix_reaches(void **state)
{
	(void)state;
	assert_int_equal(
	    make(&patterns[0], true, "192.0.2.64/26", "h{address}", "example.com"), 0);
	assert_int_equal(
	    make(&patterns[1], true, "2001:db8::/34", "{address}", "example.com"), 0);
	patterns[0].next = &patterns[1];
	static const struct {
		const char *name;
		int result;
	} cases[] = {
		{ "64.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_DATA },
		{ "127.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_DATA },
		{ "63.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "128.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NODATA },
		{ "0.192.in-addr.arpa", AUTHORITY_SYNTH_NODATA },
		{ "3.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "064.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "320.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "64/26.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "x.64.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "0.64.2.0.192.in-addr.arpa", AUTHORITY_SYNTH_NONE },
		{ "64.2.0.192.in-addr.example", AUTHORITY_SYNTH_NONE },
		{ "8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NODATA },
		{ "3.8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NODATA },
		{ "4.8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NONE },
		{ "0.4.8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NONE },
		{ "g.8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NONE },
		{ "00.8.b.d.0.1.0.0.2.ip6.arpa", AUTHORITY_SYNTH_NONE },
		{ "arpa", AUTHORITY_SYNTH_NONE },
		{ ".", AUTHORITY_SYNTH_NONE },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		if (ask(patterns, cases[i].name, DNS_TYPE_PTR) != cases[i].result)
			fail_msg("%s", cases[i].name);
}

static void forward_names_have_the_address_in_any_of_its_forms(void **state)
{
	(void)state;
	assert_int_equal(
	    make(&patterns[0], false, "192.0.2.0/24", "Dyn-{address}", "example.com"),
	    0);
	assert_int_equal(
	    make(&patterns[1], false, "2001:db8::/32", "dyn-{address}", "example.com"),
	    0);
	patterns[0].next = &patterns[1];
	assert_int_equal(ask(patterns, "dyn-192-0-2-7.example.com", DNS_TYPE_A),
	    AUTHORITY_SYNTH_DATA);
	assert_int_equal(answer.type, DNS_TYPE_A);
	assert_octets(answer.rdata, answer.rdlen, "\300\0\2\7", 4);
	static const char *const same[] = {
		"dyn-2001-0db8-0000-0000-0000-0000-0000-0001.example.com",
		"dyn-2001-db8--1.example.com", "DYN-2001-DB8-0-0--1.example.com",
		"dyn-2001-db8-0-0-0-0-0-1.Example.com"
	};
	for (size_t i = 0; i < KT_COUNT(same); i++) {
		assert_int_equal(
		    ask(patterns, same[i], DNS_TYPE_AAAA), AUTHORITY_SYNTH_DATA);
		assert_int_equal(answer.type, DNS_TYPE_AAAA);
		assert_octets(answer.rdata, answer.rdlen,
		    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	}
}

static void other_names_do_not_exist(void **state)
{
	(void)state;
	assert_int_equal(
	    make(&patterns[0], false, "192.0.2.0/25", "dyn-{address}", "example.com"),
	    0);
	assert_int_equal(
	    make(&patterns[1], false, "2001:db8::/32", "dyn-{address}", "example.com"),
	    0);
	patterns[0].next = &patterns[1];
	static const char *const names[] = { "dyn-192-0-2-128.example.com",
		"dyn-192-0-2.example.com", "dyn-192-0-2-1-.example.com",
		"dyn-.example.com", "dyn-192-0-2-01.example.com",
		"dyn-192\\.0\\.2\\.1.example.com", "192-0-2-1.example.com",
		"dyn-192-0-2-1.x.example.com", "x.dyn-192-0-2-1.example.com",
		"dyn-192-0-2-1.example.net", "example.com",
		"dyn-2001-db9--1.example.com", "dyn-2001--db8--1.example.com",
		"dyn-2001-db8-1.example.com",
		"dyn-00000000000000000000000000000000000000000000000001.example" };
	for (size_t i = 0; i < KT_COUNT(names); i++)
		if (ask(patterns, names[i], DNS_TYPE_ANY) != AUTHORITY_SYNTH_NONE)
			fail_msg("%s", names[i]);
	assert_int_equal(
	    ask(NULL, "dyn-192-0-2-1.example.com", DNS_TYPE_A), AUTHORITY_SYNTH_NONE);
}

static void another_type_at_a_name_that_exists_is_nodata(void **state)
{
	(void)state;
	assert_int_equal(
	    make(&patterns[0], false, "192.0.2.0/24", "dyn-{address}", "example.com"),
	    0);
	assert_int_equal(ask(patterns, "dyn-192-0-2-7.example.com", DNS_TYPE_AAAA),
	    AUTHORITY_SYNTH_NODATA);
	assert_int_equal(ask(patterns, "dyn-192-0-2-7.example.com", DNS_TYPE_ANY),
	    AUTHORITY_SYNTH_DATA);
}

static void every_ptr_leads_back_to_its_address(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed();
	assert_int_equal(
	    make(&patterns[0], true, "2001:db8::/32", "p-{address}", "example.com"), 0);
	assert_int_equal(
	    make(&patterns[1], false, "2001:db8::/32", "p-{address}", "example.com"),
	    0);
	for (int n = 0; n < 200; n++) {
		uint8_t octets[16] = { 0x20, 1, 0x0d, 0xb8 };
		for (int i = 4; i < 16; i++)
			octets[i] = (uint8_t)kt_test_random(&seed);
		char name[80], target[DNS_NAME_TEXT];
		char *p = name;
		for (int i = 15; i >= 0; i--)
			p += sprintf(p, "%x.%x.", octets[i] & 15, octets[i] >> 4);
		strcpy(p, "ip6.arpa");
		assert_int_equal(
		    ask(patterns, name, DNS_TYPE_PTR), AUTHORITY_SYNTH_DATA);
		dns_name_print(answer.rdata, target);
		assert_int_equal(
		    ask(&patterns[1], target, DNS_TYPE_AAAA), AUTHORITY_SYNTH_DATA);
		assert_octets(answer.rdata, answer.rdlen, octets, 16);
	}
}

static void a_pattern_that_cannot_work_is_refused(void **state)
{
	(void)state;
	struct authority_synth s;
	assert_int_equal(
	    make(&s, false, "192.0.2.0/24", "host", "example.com"), KT_E_FORMAT);
	assert_int_equal(
	    make(&s, false, "192.0.2.0/24", "{address}{address}", "example.com"),
	    KT_E_FORMAT);
	assert_int_equal(
	    make(&s, false, "192.0.2.0/24", "a.{address}", "example.com"), KT_E_FORMAT);
	static const char long24[] = "aaaaaaaaaaaaaaaaaaaaaaaa{address}";
	assert_int_equal(make(&s, true, "2001:db8::/32", long24, "example.com"), 0);
	static const char long25[] = "aaaaaaaaaaaaaaaaaaaaaaaaa{address}";
	assert_int_equal(
	    make(&s, true, "2001:db8::/32", long25, "example.com"), KT_E_LONG);
	assert_int_equal(make(&s, true, "192.0.2.0/24", long25, "example.com"), 0);
	char origin[256] = "";
	for (int i = 0; i < 120; i++)
		strcat(origin, "a.");
	assert_int_equal(
	    make(&s, true, "192.0.2.0/24", "{address}", origin), KT_E_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reverse_names_have_the_ptr_that_the_pattern_says),
		cmocka_unit_test(
		    names_of_the_reverse_tree_exist_as_far_as_the_prefix_reaches),
		cmocka_unit_test(forward_names_have_the_address_in_any_of_its_forms),
		cmocka_unit_test(other_names_do_not_exist),
		cmocka_unit_test(another_type_at_a_name_that_exists_is_nodata),
		cmocka_unit_test(every_ptr_leads_back_to_its_address),
		cmocka_unit_test(a_pattern_that_cannot_work_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
