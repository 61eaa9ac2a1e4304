#include "dns/query.h"

#include "dns/type.h"

#include "kt_test.h"

static const struct dns_client client = { .transport = DNS_OVER_UDP };

static void read(struct dns_query *q, const void *octets, size_t len)
{
	/* A copy of exactly this size, so that reading past the end is seen. */
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, octets, len);
	dns_query_read(q, copy, len, &client);
	free(copy);
	q->wire = octets;
}

#define HEADER(qd, an, ns, ar) "\x12\x34\x01\x00\0" qd "\0" an "\0" ns "\0" ar
#define QUESTION               "\3WwW\7Example\0\0\1\0\1"
#define OPT(version)           "\0\0\x29\x04\xd0\0" version "\x80\0\0\0"

static void a_query_is_read_in_lower_case_with_hashes(void **state)
{
	(void)state;
	struct dns_query q;
	static const char m[] = HEADER("\1", "\0", "\0", "\1") QUESTION OPT("\0");
	read(&q, m, sizeof(m) - 1);
	assert_int_equal(q.verdict, DNS_VERDICT_ANSWER);
	assert_int_equal(q.id, 0x1234);
	assert_int_equal(q.qtype, DNS_TYPE_A);
	assert_octets(q.qname.wire, q.qname.len, "\3www\7example", 13);
	assert_int_equal(q.qname.labels, 2);
	assert_int_equal(q.label_at[1], 4);
	assert_int_equal(q.label_at[2], 12);
	assert_true(q.hash[2] == DNS_HASH_ROOT);
	assert_true(q.hash[0] == dns_suffix_hash((const uint8_t *)"\3www\7example"));
	assert_true(q.hash[1] == dns_suffix_hash((const uint8_t *)"\7example"));
	assert_true(q.edns.present);
	assert_int_equal(q.edns.udp_size, 1232);
	assert_int_equal(q.edns.flags, DNS_EDNS_FLAG_DO);
}

static void letter_case_never_changes_the_hash(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	for (int n = 0; n < 5000; n++) {
		uint8_t m[12 + 256 + 4] = { 0, 0, 0, 0, 0, 1 };
		struct dns_name name = DNS_NAME_ROOT;
		for (unsigned i = kt_test_random(&seed) % 10; i; i--) {
			uint8_t label[64] = { (
			    uint8_t)(1 + kt_test_random(&seed) % 30) };
			for (unsigned j = 1; j <= label[0]; j++)
				label[j] =
				    (uint8_t)("aZqX\377[@`{"[kt_test_random(&seed) %
							     9]);
			if (dns_name_prepend(&name, label))
				break;
		}
		memcpy(m + 12, name.wire, name.len);
		m[12 + name.len + 1] = 1;
		m[12 + name.len + 3] = 1;
		struct dns_query q;
		read(&q, m, 12 + name.len + 4u);
		assert_int_equal(q.verdict, DNS_VERDICT_ANSWER);
		dns_name_lower(&name);
		assert_octets(q.qname.wire, q.qname.len, name.wire, name.len);
		assert_true(q.hash[0] == dns_suffix_hash(name.wire));
	}
}

static void what_is_malformed_has_its_verdict(void **state)
{
	(void)state;
#define CASE(text, verdict)       \
 {                                \
  text, sizeof(text) - 1, verdict \
 }
	static const struct {
		const char *octets;
		size_t len;
		enum dns_verdict verdict;
	} cases[] = {
		CASE("", DNS_VERDICT_DROP),
		CASE(
		    "\x12\x34\x01\x00\0\1\0\0\0\0\0", DNS_VERDICT_DROP), /* 11 octets */
		CASE("\x12\x34\x81\x00\0\1\0\0\0\0\0\0" QUESTION,
		    DNS_VERDICT_DROP), /* QR */
		CASE(HEADER("\1", "\0", "\0", "\0") QUESTION, DNS_VERDICT_ANSWER),
		CASE(HEADER("\0", "\0", "\0", "\0"), DNS_VERDICT_FORMERR),
		CASE(HEADER("\2", "\0", "\0", "\0") QUESTION QUESTION,
		    DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\0", "\0") "\3www\0\0\1\0",
		    DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\0", "\0") "\xc0\x0c\0\1\0\1",
		    DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\0", "\1") QUESTION, DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\0", "\1") QUESTION OPT("\1"),
		    DNS_VERDICT_BADVERS),
		CASE(HEADER("\1", "\0", "\0", "\2") QUESTION OPT("\0") OPT("\0"),
		    DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\1", "\0") QUESTION OPT("\0"),
		    DNS_VERDICT_FORMERR),
		CASE(HEADER("\1", "\0", "\0", "\1") QUESTION "\1a" OPT("\0"),
		    DNS_VERDICT_FORMERR),
		/* NOTIFY, UPDATE, STATUS, IQUERY */
		CASE("\x12\x34\x20\x00\0\1\0\0\0\0\0\0" QUESTION, DNS_VERDICT_NOTIMP),
		CASE("\x12\x34\x28\x00\0\0\0\0\0\0\0\0", DNS_VERDICT_NOTIMP),
		CASE("\x12\x34\x10\x00\0\0\0\0\0\0\0\0", DNS_VERDICT_NOTIMP),
		/* no question, but a client cookie (RFC 7873 s.5.4) */
		CASE(HEADER("\0", "\0", "\0",
			 "\1") "\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08"
			       "12345678",
		    DNS_VERDICT_ANSWER),
		/* the root may be a pointer to one; pointers go back */
		CASE(HEADER("\1", "\0", "\0", "\1") QUESTION
		    "\xc0\x18\0\x29\4\xd0\0\0\0\0\0\0",
		    DNS_VERDICT_ANSWER),
		CASE(HEADER("\1", "\0", "\0", "\1") QUESTION
		    "\xc0\x1d\0\x29\4\xd0\0\0\0\0\0\0",
		    DNS_VERDICT_FORMERR),
		/* TSIG must be the last record */
		CASE(HEADER("\1", "\0", "\0", "\2") QUESTION
		    "\0\0\xfa\0\xff\0\0\0\0\0\0" OPT("\0"),
		    DNS_VERDICT_FORMERR),
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct dns_query q;
		read(&q, cases[i].octets, cases[i].len);
		if (q.verdict != cases[i].verdict)
			fprintf(stderr, "case %zu\n", i);
		assert_int_equal(q.verdict, cases[i].verdict);
	}
}

static void every_truncation_and_mutation_gets_a_verdict(void **state)
{
	(void)state;
	static const char m[] = HEADER("\1", "\0", "\0", "\1") QUESTION OPT("\0");
	struct dns_query q;
	for (size_t len = 0; len < sizeof(m) - 1; len++) {
		read(&q, m, len);
		assert_true(
		    q.verdict == (len < 12 ? DNS_VERDICT_DROP : DNS_VERDICT_FORMERR));
	}
	uint64_t seed = kt_test_seed() | 1;
	for (int n = 0; n < 200000; n++) {
		char c[sizeof(m) - 1];
		memcpy(c, m, sizeof(c));
		for (unsigned i = 1 + kt_test_random(&seed) % 4; i; i--)
			c[kt_test_random(&seed) % sizeof(c)] = (char)kt_test_random(
			    &seed);
		read(&q, c, sizeof(c));
		assert_true(q.verdict <= DNS_VERDICT_BADVERS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_read_in_lower_case_with_hashes),
		cmocka_unit_test(letter_case_never_changes_the_hash),
		cmocka_unit_test(what_is_malformed_has_its_verdict),
		cmocka_unit_test(every_truncation_and_mutation_gets_a_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
