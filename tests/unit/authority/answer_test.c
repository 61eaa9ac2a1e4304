#include "authority/answer.h"

#include "ask.h"

static const char *const example = "$TTL 300\n"
				   "@ SOA ns1 host 1 3600 900 604800 60\n"
				   "@ NS ns1\n"
				   "@ NS ns.other.test.\n"
				   "@ MX 10 mail\n"
				   "ns1 A 192.0.2.1\n"
				   "mail A 192.0.2.2\n"
				   "www A 192.0.2.3\n"
				   "www AAAA 2001:db8::3\n"
				   "alias CNAME www\n"
				   "out CNAME www.other.test.\n"
				   "loop1 CNAME loop2\n"
				   "loop2 CNAME loop1\n"
				   "self CNAME self\n"
				   "hold CNAME www.held.test.\n"
				   "nowhere CNAME nothing\n"
				   "a.b.c TXT \"deep\"\n"
				   "*.wild TXT \"any\"\n"
				   "sub.wild A 192.0.2.9\n"
				   "*.cwild CNAME www\n"
				   "sub NS ns.sub\n"
				   "sub NS ns.sub2\n"
				   "ns.sub A 192.0.2.4\n"
				   "ns.sub AAAA 2001:db8::4\n"
				   "sub2 NS ns.sub2\n"
				   "ns.sub2 A 192.0.2.5\n"
				   "in.sub TXT \"occluded\"\n"
				   "d DNAME example.\n"
				   "x.d TXT \"occluded\"\n";

#define SOA \
 "authority example. 60 SOA ns1.example. host.example. 1 3600 900 604800 60\n"
#define REFERRAL                                     \
 "authority sub.example. 300 NS ns.sub.example.\n"   \
 "authority sub.example. 300 NS ns.sub2.example.\n"  \
 "additional ns.sub.example. 300 A 192.0.2.4\n"      \
 "additional ns.sub.example. 300 AAAA 2001:db8::4\n" \
 "additional ns.sub2.example. 300 A 192.0.2.5\n"

static struct ask *example_zones(void)
{
	struct ask *a = ask_new(4);
	ask_zone(a, "example.", example);
	ask_zone(a, "held.test.",
	    "@ 60 SOA ns host 2 1 1 1 1\n@ 60 NS ns\nwww 60 A 192.0.2.7\n");
	ask_zone(a, "broken.test.", NULL);
	a->client.transport = DNS_OVER_UDP;
	return a;
}

struct question {
	const char *name, *type, *answer;
};

static void expect(struct ask *a, const struct question *q, size_t n)
{
	/* Three rounds: built, built and kept, out of an image. */
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < n; i++)
			assert_string_equal(ask(a, q[i].name, q[i].type), q[i].answer);
}

static void answers_are_those_of_rfc_1034(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct question q[] = {
		{ "www.example.", "A",
		    "NOERROR aa rd\nanswer www.example. 300 A 192.0.2.3\n" },
		{ "mail.example.", "AAAA", "NOERROR aa rd\n" SOA },
		{ "b.c.example.", "TXT",
		    "NOERROR aa rd\n" SOA }, /* empty non-terminal */
		{ "nothing.example.", "A", "NXDOMAIN aa rd\n" SOA },
		{ "x.y.nothing.example.", "A", "NXDOMAIN aa rd\n" SOA },
		{ "example.", "MX",
		    "NOERROR aa rd\nanswer example. 300 MX 10 mail.example.\n" },
		{ "example.", "NS",
		    "NOERROR aa rd\n"
		    "answer example. 300 NS ns.other.test.\n"
		    "answer example. 300 NS ns1.example.\n"
		    "additional ns1.example. 300 A 192.0.2.1\n" },
		{ "elsewhere.", "A", "REFUSED rd\n" },
		{ "www.broken.test.", "A", "SERVFAIL rd\n" },
	};
	expect(a, q, KT_COUNT(q));
	ask_free(a);
}

static void aliases_are_followed_through_the_zones_that_are_held(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct question q[] = {
		{ "alias.example.", "A",
		    "NOERROR aa rd\n"
		    "answer alias.example. 300 CNAME www.example.\n"
		    "answer www.example. 300 A 192.0.2.3\n" },
		{ "alias.example.", "CNAME",
		    "NOERROR aa rd\nanswer alias.example. 300 CNAME www.example.\n" },
		{ "alias.example.", "MX",
		    "NOERROR aa rd\nanswer alias.example. 300 CNAME "
		    "www.example.\n" SOA },
		{ "out.example.", "A",
		    "NOERROR aa rd\nanswer out.example. 300 CNAME www.other.test.\n" },
		{ "hold.example.", "A",
		    "NOERROR aa rd\n"
		    "answer hold.example. 300 CNAME www.held.test.\n"
		    "answer www.held.test. 60 A 192.0.2.7\n" },
		/* RFC 6604 s.3: the RCODE is that of the end of the chain */
		{ "nowhere.example.", "A",
		    "NXDOMAIN aa rd\nanswer nowhere.example. 300 CNAME "
		    "nothing.example.\n" SOA },
		{ "self.example.", "A",
		    "NOERROR aa rd\nanswer self.example. 300 CNAME self.example.\n" },
		{ "loop1.example.", "A",
		    "NOERROR aa rd\n"
		    "answer loop1.example. 300 CNAME loop2.example.\n"
		    "answer loop2.example. 300 CNAME loop1.example.\n" },
	};
	expect(a, q, KT_COUNT(q));
	ask_free(a);
}

static void wildcards_are_those_of_rfc_4592(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct question q[] = {
		{ "x.wild.example.", "TXT",
		    "NOERROR aa rd\nanswer x.wild.example. 300 TXT \"any\"\n" },
		{ "longer-name.y.wild.example.", "TXT",
		    "NOERROR aa rd\nanswer longer-name.y.wild.example. 300 TXT "
		    "\"any\"\n" },
		{ "x.wild.example.", "A", "NOERROR aa rd\n" SOA },
		{ "wild.example.", "TXT", "NOERROR aa rd\n" SOA },
		/* a name that exists blocks the wildcard, below it too */
		{ "sub.wild.example.", "TXT", "NOERROR aa rd\n" SOA },
		{ "x.sub.wild.example.", "TXT", "NXDOMAIN aa rd\n" SOA },
		{ "*.wild.example.", "TXT",
		    "NOERROR aa rd\nanswer *.wild.example. 300 TXT \"any\"\n" },
		{ "q.cwild.example.", "A",
		    "NOERROR aa rd\n"
		    "answer q.cwild.example. 300 CNAME www.example.\n"
		    "answer www.example. 300 A 192.0.2.3\n" },
	};
	expect(a, q, KT_COUNT(q));
	ask_free(a);
}

static void delegations_are_referred_with_glue(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct question q[] = {
		{ "sub.example.", "A", "NOERROR rd\n" REFERRAL },
		{ "sub.example.", "NS", "NOERROR rd\n" REFERRAL },
		{ "deep.under.sub.example.", "MX", "NOERROR rd\n" REFERRAL },
		{ "ns.sub.example.", "A", "NOERROR rd\n" REFERRAL },
		{ "in.sub.example.", "TXT", "NOERROR rd\n" REFERRAL },
		/* RFC 4035 s.3.1.4.1: the parent answers for DS */
		{ "sub.example.", "DS", "NOERROR aa rd\n" SOA },
	};
	expect(a, q, KT_COUNT(q));
	ask_free(a);
}

static void dnames_redirect_what_is_below_them(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct question q[] = {
		{ "d.example.", "DNAME",
		    "NOERROR aa rd\nanswer d.example. 300 DNAME example.\n" },
		{ "d.example.", "A", "NOERROR aa rd\n" SOA },
		{ "www.d.example.", "A",
		    "NOERROR aa rd\n"
		    "answer d.example. 300 DNAME example.\n"
		    "answer www.d.example. 300 CNAME www.example.\n"
		    "answer www.example. 300 A 192.0.2.3\n" },
		{ "x.d.example.", "TXT",
		    "NXDOMAIN aa rd\n"
		    "answer d.example. 300 DNAME example.\n"
		    "answer x.d.example. 300 CNAME x.example.\n" SOA },
	};
	expect(a, q, KT_COUNT(q));
	ask_free(a);
}

static void a_name_that_becomes_too_long_is_yxdomain(void **state)
{
	(void)state;
	struct ask *a = ask_new(1);
	ask_zone(a, "t.",
	    "@ 60 SOA ns host 2 1 1 1 1\n@ 60 NS ns\n"
	    "d 60 DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test.\n");
	char name[300] = "";
	for (int i = 0; i < 3; i++)
		strcat(name,
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.");
	strcat(name, "d.t.");
	assert_int_equal(
	    strncmp(ask(a, name, "A"), "YXDOMAIN aa rd\nanswer d.t. 60 DNAME", 35), 0);
	ask_free(a);
}

static void the_child_zone_answers_unless_ds_is_asked(void **state)
{
	(void)state;
	struct ask *a = ask_new(2);
	ask_zone(a, "p.",
	    "@ 60 SOA ns host 2 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.1\nx 60 CNAME "
	    "c\nc 60 NS "
	    "ns.c\nns.c 60 A 192.0.2.2\n");
	ask_zone(
	    a, "c.p.", "@ 60 SOA ns host 3 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.2\n");
	assert_string_equal(
	    ask(a, "ns.c.p.", "A"), "NOERROR aa rd\nanswer ns.c.p. 60 A 192.0.2.2\n");
	assert_string_equal(ask(a, "c.p.", "DS"),
	    "NOERROR aa rd\nauthority p. 1 SOA ns.p. host.p. 2 1 1 1 1\n");
	/* behind an alias too */
	assert_string_equal(ask(a, "x.p.", "DS"),
	    "NOERROR aa rd\nanswer x.p. 60 CNAME c.p.\n"
	    "authority p. 1 SOA ns.p. host.p. 2 1 1 1 1\n");
	ask_free(a);
}

static void any_is_one_set_over_udp_and_all_over_tcp(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	assert_string_equal(ask(a, "www.example.", "ANY"),
	    "NOERROR aa rd\nanswer www.example. 300 A 192.0.2.3\n");
	a->client.transport = DNS_OVER_TCP;
	assert_string_equal(ask(a, "www.example.", "ANY"),
	    "NOERROR aa rd\n"
	    "answer www.example. 300 A 192.0.2.3\n"
	    "answer www.example. 300 AAAA 2001:db8::3\n");
	ask_free(a);
}

static void what_does_not_fit_is_truncated_and_complete_over_tcp(void **state)
{
	(void)state;
	struct kt_text zone = { 0 };
	kt_text_add(&zone, "@ 60 SOA ns host 2 1 1 1 1\n@ 60 NS ns\n");
	for (int i = 0; i < 60; i++)
		kt_text_addf(&zone, "big 60 A 192.0.2.%d\n", i);
	for (int i = 0; i < 14; i++)
		kt_text_addf(&zone,
		    "glue 60 NS n%d.glue\nn%d.glue 60 AAAA 2001:db8::%d\n", i, i, i);
	for (int i = 0; i < 14; i++)
		kt_text_addf(&zone, "sib 60 NS n%d.glue\n", i);
	struct ask *a = ask_new(1);
	ask_zone(a, "t.", kt_text_of(&zone));
	for (int round = 0; round < 3; round++) {
		a->edns_size = 0;
		a->client.transport = DNS_OVER_UDP;
		assert_string_equal(ask(a, "big.t.", "A"), "NOERROR aa tc rd\n");
		/* RFC 9471: glue below the cut must be complete; glue of a sibling need not */
		assert_string_equal(ask(a, "x.glue.t.", "A"), "NOERROR tc rd\n");
		assert_null(strstr(ask(a, "x.sib.t.", "A"), "tc"));
		assert_true(a->reply.len <= 512);
		a->edns_size = 1232;
		assert_null(strstr(ask(a, "big.t.", "A"), "tc"));
		a->client.transport = DNS_OVER_TCP;
		a->edns_size = 0;
		assert_null(strstr(ask(a, "big.t.", "A"), "tc"));
		assert_null(strstr(ask(a, "x.glue.t.", "A"), "tc"));
	}
	kt_text_fini(&zone);
	ask_free(a);
}

static void the_letter_case_of_the_question_is_kept(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	for (int round = 0; round < 3; round++) {
		assert_string_equal(ask(a, "wWw.eXample.", "A"),
		    "NOERROR aa rd\nanswer wWw.eXample. 300 A 192.0.2.3\n");
		assert_memory_equal(a->wire + 12, "\3wWw\7eXample", 13);
		assert_string_equal(
		    ask(a, "NoThing.example.", "A"), "NXDOMAIN aa rd\n" SOA);
	}
	ask_free(a);
}

/*
 * An answer out of an image says what would have been built.  (Octets may differ: names
 * compress differently below another name.)
 */
static void images_change_nothing(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	struct ask *warm = example_zones();
	static const char *const labels[] = { "www", "sub", "x", "longer", "wild",
		"alias", "ns", "mail", "*", "b", "c", "d", "cwild", "nothing",
		"example", "in" };
	static const char *const types[] = { "A", "MX", "TXT", "NS", "SOA", "CNAME",
		"DS", "ANY" };
	for (int n = 0; n < 3000; n++) {
		char name[200] = "";
		for (unsigned i = kt_test_random(&seed) % 4; i; i--) {
			strcat(name, labels[kt_test_random(&seed) % KT_COUNT(labels)]);
			strcat(name, ".");
		}
		strcat(name, "example.");
		const char *type = types[kt_test_random(&seed) % KT_COUNT(types)];
		struct ask *cold = example_zones();
		warm->edns_size = cold->edns_size = kt_test_random(&seed) % 2 ? 1232
									      : 0;
		warm->dnssec = cold->dnssec = kt_test_random(&seed) % 2;
		ask(warm, name, type);
		ask(cold, name, type);
		assert_string_equal(kt_text_of(&warm->text), kt_text_of(&cold->text));
		ask_free(cold);
	}
	assert_true(authority_counters(warm->worker)[AUTHORITY_N_image_hit] > 500);
	ask_free(warm);
}

static void malformed_queries_get_their_rcode(void **state)
{
	(void)state;
	struct ask *a = example_zones();
	static const struct {
		const char *octets;
		size_t len;
		int rcode; /* -1: no answer */
	} cases[] = {
		{ "\0\1\0\0\0\1\0\0\0\0\0\0\3www", 16, DNS_RCODE_FORMERR },
		{ "\0\1\x80\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, -1 },
		{ "\0\1\x20\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, DNS_RCODE_NOTIMP },
		{ "\0\1\0\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, DNS_RCODE_REFUSED },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		dns_query_read(
		    &a->q, (const uint8_t *)cases[i].octets, cases[i].len, &a->client);
		a->reply = (struct dns_reply){ .wire = a->wire,
			.size = sizeof(a->wire) };
		authority_answer(a->worker, &a->q, &a->reply);
		if (cases[i].rcode < 0)
			assert_int_equal(a->reply.len, 0);
		else
			assert_int_equal(a->wire[3] & 15, cases[i].rcode);
	}
	ask_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_rfc_1034),
		cmocka_unit_test(aliases_are_followed_through_the_zones_that_are_held),
		cmocka_unit_test(wildcards_are_those_of_rfc_4592),
		cmocka_unit_test(delegations_are_referred_with_glue),
		cmocka_unit_test(dnames_redirect_what_is_below_them),
		cmocka_unit_test(a_name_that_becomes_too_long_is_yxdomain),
		cmocka_unit_test(the_child_zone_answers_unless_ds_is_asked),
		cmocka_unit_test(any_is_one_set_over_udp_and_all_over_tcp),
		cmocka_unit_test(what_does_not_fit_is_truncated_and_complete_over_tcp),
		cmocka_unit_test(the_letter_case_of_the_question_is_kept),
		cmocka_unit_test(images_change_nothing),
		cmocka_unit_test(malformed_queries_get_their_rcode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
