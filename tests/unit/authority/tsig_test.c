#include "authority/tsig.h"

#include "base/bytes.h"

#include "kt_test.h"

#define NOW 1793000000

static struct authority_key keys[3];
static struct authority_config config;
static struct dns_client client = { .unix_now = NOW };
static struct dns_query query;
static struct dns_tsig_state sender;
static uint8_t wire[1200];

static struct authority_key make_key(const char *name, uint8_t algorithm, char secret)
{
	struct authority_key key = { .algorithm = algorithm, .secret_len = 20 };
	assert_int_equal(dns_name_scan(name, strlen(name), NULL, &key.name), 0);
	memset(key.secret, secret, key.secret_len);
	return key;
}

static int start(void **state)
{
	(void)state;
	keys[0] = make_key("one.example", DNS_TSIG_HMAC_SHA1, '1');
	keys[1] = make_key("one.example", DNS_TSIG_HMAC_SHA256, '2');
	keys[2] = make_key("two.example", DNS_TSIG_HMAC_SHA256, '3');
	config = (struct authority_config){ .keys = keys, .n_keys = 3 };
	return 0;
}

/* Makes and reads a query for qname that is signed with the key. */
static void ask(const char *qname, const struct authority_key *with)
{
	struct dns_name name;
	struct dns_tsig_key key = { .name = with->name,
		.algorithm = with->algorithm,
		.secret_len = with->secret_len };
	memcpy(key.secret, with->secret, with->secret_len);
	assert_int_equal(dns_name_scan(qname, strlen(qname), NULL, &name), 0);
	struct kt_writer w = kt_writer_of(wire, sizeof(wire));
	kt_write(&w, "\x12\x34\0\0\0\1\0\0\0\0\0\0", 12);
	kt_write(&w, name.wire, name.len);
	kt_write(&w, "\0\6\0\1", 4);
	size_t len = kt_writer_len(&w);
	dns_tsig_state_init(&sender, &key);
	assert_int_equal(dns_tsig_sign(&sender, wire, sizeof(wire), &len, NOW), 0);
	dns_query_read(&query, wire, len, &client);
	assert_int_equal(query.verdict, DNS_VERDICT_ANSWER);
	assert_true(query.tsig_at != 0);
}

static void a_key_is_found_by_both_of_its_names(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	for (size_t i = 0; i < KT_COUNT(keys); i++) {
		ask("example.com", &keys[i]);
		assert_int_equal(authority_tsig_check(&config, &query, &server), 0);
		assert_int_equal(server.key.secret[0], keys[i].secret[0]);
	}
	struct authority_key other = make_key("two.example", DNS_TSIG_HMAC_SHA1, '3');
	ask("example.com", &other);
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_NOTAUTH);
	assert_int_equal(server.error, DNS_RCODE_BADKEY);
	config.n_keys = 0;
	ask("example.com", &keys[0]);
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_NOTAUTH);
	assert_int_equal(server.error, DNS_RCODE_BADKEY);
}

static void a_wrong_secret_or_clock_is_notauth(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	struct authority_key wrong = make_key("two.example", DNS_TSIG_HMAC_SHA256, 'x');
	ask("example.com", &wrong);
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_NOTAUTH);
	assert_int_equal(server.error, DNS_RCODE_BADSIG);
	ask("example.com", &keys[2]);
	client.unix_now = NOW + 301;
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_NOTAUTH);
	client.unix_now = NOW;
	assert_int_equal(server.error, DNS_RCODE_BADTIME);
}

static void a_malformed_record_is_a_format_error(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	ask("example.com", &keys[2]);
	wire[query.tsig_at + keys[2].name.len + 7] = 1; /* a TTL */
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_FORMERR);
}

/* An answer of len octets with the question of the query in it. */
static struct dns_reply answer(uint8_t *out, size_t len)
{
	memset(out, 0, len);
	memcpy(out, query.wire, DNS_HEADER_LEN + (size_t)query.question_len);
	kt_put16(out + 2, 0x8400);
	kt_put16(out + 6, 1);
	kt_put16(out + 10, 0);
	return (struct dns_reply){ .wire = out, .size = 2000, .len = len };
}

static void an_answer_is_signed_within_its_limit(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	uint8_t out[2000];
	ask("example.com", &keys[2]);
	assert_int_equal(authority_tsig_check(&config, &query, &server), 0);
	size_t room = dns_tsig_room(&server);
	struct dns_reply reply = answer(out, 300);
	authority_tsig_sign(&server, &query, 300 + room, &reply);
	assert_int_equal(reply.len, 300 + room);
	assert_int_equal(kt_get16(out + 2), 0x8400);
	assert_int_equal(kt_get16(out + 10), 1);

	/* what the client computes from its own MAC */
	uint8_t expected[2000];
	size_t len = 300;
	memcpy(expected, out, len);
	kt_put16(expected + 10, 0);
	sender.chained = false;
	assert_int_equal(
	    dns_tsig_sign(&sender, expected, sizeof(expected), &len, NOW), 0);
	assert_octets(out, reply.len, expected, len);
}

static void an_answer_without_room_is_cut_or_not_sent(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	uint8_t out[2000];
	ask("example.com", &keys[2]);
	assert_int_equal(authority_tsig_check(&config, &query, &server), 0);
	size_t room = dns_tsig_room(&server);
	struct dns_reply reply = answer(out, 300);
	authority_tsig_sign(&server, &query, 299 + room, &reply);
	assert_int_equal(reply.len, 12 + query.question_len + room);
	assert_int_equal(kt_get16(out + 2), 0x8600);
	assert_int_equal(kt_get16(out + 6), 0);

	/* names of strangers that leave no room for anything in 512 octets */
	char qname[256] = "", key_name[256] = "";
	for (int i = 0; i < 120; i++) {
		strcat(qname, "q.");
		strcat(key_name, "k.");
	}
	struct authority_key stranger = make_key(key_name, DNS_TSIG_HMAC_SHA256, 'x');
	ask(qname, &stranger);
	assert_int_equal(
	    authority_tsig_check(&config, &query, &server), DNS_RCODE_NOTAUTH);
	reply = answer(out, 300);
	authority_tsig_sign(&server, &query, 512, &reply);
	assert_int_equal(reply.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_key_is_found_by_both_of_its_names, start),
		cmocka_unit_test_setup(a_wrong_secret_or_clock_is_notauth, start),
		cmocka_unit_test_setup(a_malformed_record_is_a_format_error, start),
		cmocka_unit_test_setup(an_answer_is_signed_within_its_limit, start),
		cmocka_unit_test_setup(
		    an_answer_without_room_is_cut_or_not_sent, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
