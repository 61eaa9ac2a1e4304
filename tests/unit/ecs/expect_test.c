#include "ecs/expect.h"

#include "dns/query.h"
#include "ecs_test.h"

static int scan(const char *text, struct ecs_expect *out, unsigned *line)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	int rc = ecs_expect_read(text, strlen(text), "x.txt", &errs, out);
	assert_int_equal(rc != 0, errs.n_errors != 0);
	if (line)
		*line = errs.n ? errs.list[0].line : 0;
	kt_errs_fini(&errs);
	return rc;
}

static void both_formats_say_the_same(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"# seed\n"
		"name www.example.com. AAAA\n"
		"240b:10:200::/41   2001:db8:10::1   41\n"
		"\n"
		"192.0.2.0/24\t2001:db8::1,2001:db8::2\t- # any\r\n"
		"-  NODATA",
		"name,www.example.com.,AAAA\n"
		"240b:10:200::/41,2001:db8:10::1,41\n"
		"192.0.2.0/24, 2001:db8::1;2001:db8::2 ,\n"
		"-,nodata\n",
	};
	for (size_t i = 0; i < KT_COUNT(texts); i++) {
		struct ecs_expect e;
		struct kt_text t = { 0 };
		struct kt_prefix first = prefix_of("240b:10:200::/41");
		assert_int_equal(scan(texts[i], &e, NULL), 0);
		assert_int_equal(e.n, 3);
		assert_int_equal(e.n_names, 1);
		assert_true(ecs_prefix_equal(&e.rows[0].prefix, &first));
		assert_int_equal(e.rows[0].scope, 41);
		assert_int_equal(e.rows[1].scope, -1);
		assert_int_equal(e.rows[1].n, 2);
		assert_int_equal(e.rows[1].type, DNS_TYPE_AAAA);
		assert_int_equal(e.rows[2].prefix.addr.family, 0);
		ecs_expect_print(&e, &e.rows[1], &t);
		assert_string_equal(t.at, "2001:db8::1,2001:db8::2");
		kt_text_clear(&t);
		ecs_expect_print(&e, &e.rows[2], &t);
		assert_string_equal(t.at, "NODATA");
		kt_text_fini(&t);
		ecs_expect_fini(&e);
	}
}

static void without_a_type_the_answer_says_which(void **state)
{
	(void)state;
	struct ecs_expect e;
	assert_int_equal(scan("10.0.0.0/8 192.0.2.1\n10.0.0.0/8 2001:db8::1\n"
			      "10.0.0.0/8 a.example.\n10.0.0.0/8 *\n",
			     &e, NULL),
	    0);
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_CNAME,
		DNS_TYPE_AAAA };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(e.rows[i].type, types[i]);
	ecs_expect_fini(&e);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		unsigned line;
	} cases[] = {
		{ "10.0.0.0/8\n", KT_E_FORMAT, 1 },
		{ "\n10.0.0.1/8 192.0.2.1\n", KT_E_RANGE, 2 },
		{ "10.0.0.0/33 192.0.2.1", KT_E_RANGE, 1 },
		{ "10.0.0.0/8 192.0.2.300", KT_E_FORMAT, 1 },
		{ "10.0.0.0/8 192.0.2.1 200", KT_E_FORMAT, 1 },
		{ "10.0.0.0/8 192.0.2.1 8 9", KT_E_FORMAT, 1 },
		{ "10.0.0.0/8 192.0.2.1, 192.0.2.2", KT_E_FORMAT, 1 },
		{ "name\n", KT_E_FORMAT, 1 },
		{ "name a..b\n", KT_E_FORMAT, 1 },
		{ "name a. NOTYPE\n", KT_E_TYPE, 1 },
		{ "hello world\n", KT_E_FORMAT, 1 },
		{ ",,\n", KT_E_FORMAT, 1 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct ecs_expect e;
		unsigned line;
		assert_int_equal(scan(cases[i].text, &e, &line), cases[i].rc);
		assert_int_equal(line, cases[i].line);
	}
}

static struct ecs_answer answer_of(const char *address, const char *subnet, int scope)
{
	struct ecs_answer a = { .rcode = 0 };
	if (address)
		a.addresses[a.n_addresses++] = addr_of(address);
	if (subnet) {
		struct kt_prefix p = prefix_of(subnet);
		a.has_ecs = true;
		a.ecs.family = p.addr.family;
		a.ecs.source = p.len;
		a.ecs.scope = (uint8_t)scope;
		memcpy(a.ecs.octets, p.addr.octets, 16);
	}
	return a;
}

static void verdicts(void **state)
{
	(void)state;
	struct ecs_expect e;
	assert_int_equal(scan("10.0.0.0/8 192.0.2.1,192.0.2.2 8\n10.0.0.0/8 NODATA\n"
			      "- 192.0.2.1\n",
			     &e, NULL),
	    0);
	const struct {
		unsigned row;
		struct ecs_answer answer;
		enum ecs_verdict verdict;
	} cases[] = {
		{ 0, answer_of("192.0.2.1", "10.0.0.0/8", 8), ECS_OK },
		{ 0, answer_of("192.0.2.2", "10.0.0.0/8", 8), ECS_OK },
		{ 0, answer_of("192.0.2.3", "10.0.0.0/8", 8), ECS_WRONG_ANSWER },
		{ 0, answer_of(NULL, "10.0.0.0/8", 8), ECS_WRONG_ANSWER },
		{ 0, answer_of("192.0.2.1", "10.0.0.0/8", 0), ECS_WRONG_SCOPE },
		{ 0, answer_of("192.0.2.1", NULL, 0), ECS_NO_ECS },
		{ 0, answer_of("192.0.2.1", "10.0.0.0/9", 8), ECS_BAD_ECHO },
		{ 0, answer_of("192.0.2.1", "11.0.0.0/8", 8), ECS_BAD_ECHO },
		{ 1, answer_of(NULL, "10.0.0.0/8", 0), ECS_OK },
		{ 1, answer_of("192.0.2.1", "10.0.0.0/8", 0), ECS_WRONG_ANSWER },
		{ 2, answer_of("192.0.2.1", NULL, 0), ECS_OK },
		/* RFC 7871 s.7.2.1: no option without one in the query. */
		{ 2, answer_of("192.0.2.1", "10.0.0.0/8", 0), ECS_BAD_ECHO },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		assert_int_equal(
		    ecs_expect_judge(&e, &e.rows[cases[i].row], &cases[i].answer),
		    cases[i].verdict);
	struct ecs_answer refused = { .rcode = DNS_RCODE_REFUSED };
	struct ecs_answer nxdomain = { .rcode = DNS_RCODE_NXDOMAIN };
	assert_int_equal(ecs_expect_judge(&e, &e.rows[0], &refused), ECS_WRONG_RCODE);
	assert_int_equal(ecs_expect_judge(&e, &e.rows[1], &nxdomain), ECS_WRONG_RCODE);
	ecs_expect_fini(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_formats_say_the_same),
		cmocka_unit_test(without_a_type_the_answer_says_which),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(verdicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
