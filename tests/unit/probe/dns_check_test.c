#include "probe/dns_check.h"

#include "base/bytes.h"
#include "base/err.h"

#include "kt_test.h"

static struct dns_name name;
static const struct probe_dns_question question = { 0x1234, 28, &name };

static int set_up(void **state)
{
	(void)state;
	return dns_name_scan("www.Example.net", 15, NULL, &name);
}

/* The answer of a server that is as it should be. */
static size_t answer(uint8_t *out, unsigned rcode)
{
	size_t len = probe_dns_ask(&question, out);
	kt_put16(out + 2, (uint16_t)(0x8100 | rcode));
	return len;
}

static void an_answer_gives_its_rcode(void **state)
{
	(void)state;
	uint8_t octets[PROBE_DNS_MAX];
	for (int rcode = 0; rcode < 16; rcode++) {
		size_t len = answer(octets, (unsigned)rcode);
		assert_int_equal(probe_dns_check(&question, octets, len), rcode);
		octets[13] ^= 0x20; /* letter case does not count, RFC 4343 */
		assert_int_equal(probe_dns_check(&question, octets, len), rcode);
	}
}

/* RFC 5452 s.9.1 */
static void what_differs_from_the_question_is_no_answer(void **state)
{
	(void)state;
	uint8_t octets[PROBE_DNS_MAX];
	size_t len = answer(octets, 0);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(probe_dns_check(&question, octets, n), KT_E_REFUSED);
	static const struct {
		const char *what;
		unsigned at, flip;
	} cases[] = {
		{ "id", 0, 1 }, { "id", 1, 0x80 }, { "a query", 2, 0x80 },
		{ "another opcode", 2, 0x20 }, { "two questions", 5, 3 },
		{ "no question", 5, 1 }, { "another name", 14, 1 },
		{ "another label", 12, 1 },
		{ "another type", 0, 0 }, /* filled in below */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		len = answer(octets, 0);
		if (cases[i].flip)
			octets[cases[i].at] ^= (uint8_t)cases[i].flip;
		else
			octets[len - 3] ^= 1;
		assert_int_equal(probe_dns_check(&question, octets, len), KT_E_REFUSED);
	}
	len = answer(octets, 0);
	octets[len - 1] = 3; /* class CH */
	assert_int_equal(probe_dns_check(&question, octets, len), KT_E_REFUSED);
}

static void only_a_server_that_did_not_understand_may_leave_the_question_out(
    void **state)
{
	(void)state;
	uint8_t octets[PROBE_DNS_MAX];
	for (int rcode = 0; rcode < 16; rcode++) {
		(void)answer(octets, (unsigned)rcode);
		octets[5] = 0;
		bool may = rcode == 1 || rcode == 4;
		assert_int_equal(
		    probe_dns_check(&question, octets, 12), may ? rcode : KT_E_REFUSED);
	}
}

static void rcodes_have_names(void **state)
{
	(void)state;
	char text[16];
	assert_string_equal(probe_dns_rcode(2, text), "SERVFAIL");
	assert_string_equal(probe_dns_rcode(15, text), "rcode 15");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_gives_its_rcode),
		cmocka_unit_test(what_differs_from_the_question_is_no_answer),
		cmocka_unit_test(
		    only_a_server_that_did_not_understand_may_leave_the_question_out),
		cmocka_unit_test(rcodes_have_names),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
