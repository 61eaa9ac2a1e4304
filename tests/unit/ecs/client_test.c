#include "ecs/client.h"

#include "dns/query.h"
#include "dns/type.h"
#include "ecs_test.h"

static struct ecs_question question_of(const char *name, const char *subnet)
{
	struct ecs_question q = { .id = 0x1234, .type = DNS_TYPE_AAAA };
	assert_int_equal(dns_name_scan(name, strlen(name), NULL, &q.name), 0);
	if (subnet)
		q.subnet = prefix_of(subnet);
	return q;
}

static size_t write_question(const struct ecs_question *q, uint8_t *out)
{
	struct kt_writer w = kt_writer_of(out, 512);
	ecs_question_write(q, &w);
	assert_int_equal(w.err, 0);
	return kt_writer_len(&w);
}

/* As a server reads it, the subnet is well-formed and the one that was asked for. */
static void a_question_reads_as_a_query_with_its_subnet(void **state)
{
	(void)state;
	static const char *const subnets[] = { "240b:10:280::/41", "192.0.2.0/23",
		"0.0.0.0/0", "2001:db8::1/128" };
	for (size_t i = 0; i < KT_COUNT(subnets); i++) {
		static struct dns_query read;
		static const struct dns_client client = { .transport = DNS_OVER_UDP };
		uint8_t wire[512];
		struct ecs_question q = question_of("www.example.com", subnets[i]);
		size_t len = write_question(&q, wire);
		dns_query_read(&read, wire, len, &client);
		assert_int_equal(read.verdict, DNS_VERDICT_ANSWER);
		assert_true(read.edns.ecs_present);
		assert_int_equal(read.edns.ecs.family, q.subnet.addr.family);
		assert_int_equal(read.edns.ecs.source, q.subnet.len);
		assert_octets(read.edns.ecs.octets, 16, q.subnet.addr.octets, 16);
		assert_int_equal(read.qtype, DNS_TYPE_AAAA);
	}
}

/* The question as a reply, with records behind it. */
static size_t reply_of(const struct ecs_question *q, uint8_t *wire,
    const uint8_t *records, size_t len, unsigned answers, unsigned additional)
{
	struct ecs_question plain = *q;
	plain.subnet.addr.family = 0;
	size_t at = write_question(&plain, wire) - DNS_OPT_LEN;
	wire[2] = 0x84;
	wire[7] = (uint8_t)answers;
	wire[11] = (uint8_t)additional;
	memcpy(wire + at, records, len);
	return at + len;
}

static const uint8_t chain[] = {
	/* www CNAME x.(question), AAAA at x, AAAA of a stranger, OPT with ECS /40/41 */
	0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 30, 0, 4, 1, 'x', 0xc0, 0x10, 1, 'x', 0xc0,
	0x10, 0, 28, 0, 1, 0, 0, 0, 10, 0, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 1, 1, 'y', 0xc0, 0x10, 0, 28, 0, 1, 0, 0, 0, 1, 0, 16, 0x20, 1, 0xd,
	0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 13,
	0, 8, 0, 9, 0, 2, 40, 41, 0x24, 0x0b, 0, 0x10, 2
};

static void a_reply_is_followed_along_its_chain(void **state)
{
	(void)state;
	struct ecs_question q = question_of("www.example.com", "240b:10:200::/40");
	struct ecs_answer a;
	uint8_t wire[512];
	char text[KT_ADDR_TEXT], name[DNS_NAME_TEXT];
	size_t len = reply_of(&q, wire, chain, sizeof(chain), 3, 1);
	assert_int_equal(ecs_answer_read(&q, wire, len, &a), 0);
	assert_int_equal(a.n_addresses, 1);
	assert_string_equal(kt_addr_print(&a.addresses[0], text), "2001:db8::1");
	assert_string_equal(dns_name_print(a.target.wire, name), "x.example.com.");
	assert_int_equal(a.ttl_s, 10);
	assert_true(a.authoritative && a.has_ecs && !a.bad_ecs);
	assert_int_equal(a.ecs.source, 40);
	assert_int_equal(a.ecs.scope, 41);
	assert_octets(a.ecs.octets, 16, q.subnet.addr.octets, 16);
}

static void cut_or_changed_replies_are_errors_or_answers_and_never_more(void **state)
{
	(void)state;
	struct ecs_question q = question_of("www.example.com", "240b:10:200::/40");
	struct ecs_answer a;
	uint8_t wire[512], changed[512];
	size_t len = reply_of(&q, wire, chain, sizeof(chain), 3, 1);
	for (size_t i = 0; i < len; i++) {
		int rc = ecs_answer_read(&q, wire, i, &a);
		assert_true(rc == KT_E_FORMAT || rc == KT_E_CONFLICT);
	}
	for (size_t i = 0; i < len * 8; i++) {
		memcpy(changed, wire, len);
		changed[i / 8] ^= (uint8_t)(1 << i % 8);
		int rc = ecs_answer_read(&q, changed, len, &a);
		assert_true(rc == 0 || rc == KT_E_FORMAT || rc == KT_E_CONFLICT);
	}
}

static void somebody_elses_reply_is_not_taken(void **state)
{
	(void)state;
	struct ecs_question q = question_of("www.example.com", NULL), other;
	struct ecs_answer a;
	uint8_t wire[512];
	size_t len = reply_of(&q, wire, chain, sizeof(chain), 3, 1);
	other = q;
	other.id++;
	assert_int_equal(ecs_answer_read(&other, wire, len, &a), KT_E_CONFLICT);
	other = question_of("w.example.com", NULL);
	assert_int_equal(ecs_answer_read(&other, wire, len, &a), KT_E_CONFLICT);
	other = q;
	other.type = DNS_TYPE_A;
	assert_int_equal(ecs_answer_read(&other, wire, len, &a), KT_E_CONFLICT);
	wire[2] &= 0x7f; /* a query */
	assert_int_equal(ecs_answer_read(&q, wire, len, &a), KT_E_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_reads_as_a_query_with_its_subnet),
		cmocka_unit_test(a_reply_is_followed_along_its_chain),
		cmocka_unit_test(
		    cut_or_changed_replies_are_errors_or_answers_and_never_more),
		cmocka_unit_test(somebody_elses_reply_is_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
