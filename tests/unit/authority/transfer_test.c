#include "authority/transfer.h"

#include "authority/tsig.h"
#include "base/addr.h"
#include "base/bytes.h"
#include "dns/type.h"

#include "ask.h"
#include "kt_test.h"

#define NOW 1793000000

static struct ask *a;
static struct sockaddr_storage peer_address;
static struct authority_key key;
static struct authority_peer peers[2];
static struct authority_policy policies[2];

static const char zone_text[] =
    "$TTL 300\n"
    "@ SOA ns hm 2024 60 60 60 60\n"
    " NS ns\n"
    " RRSIG SOA 13 2 300 20300101000000 20200101000000 1 @ AAAA\n"
    "ns A 192.0.2.1\n"
    "*.w TXT wild\n"
    "a.b.c.d MX 10 ns\n"
    "sub NS ns.sub\n"
    "ns.sub A 192.0.2.2\n"
    "deep.sub TXT occluded\n";

static void set_peer(const char *address)
{
	struct kt_addr addr;
	assert_int_equal(kt_addr_scan(address, &addr), 0);
	kt_addr_to_socket(&addr, 4096, &peer_address);
	a->client.peer = (const struct sockaddr *)&peer_address;
	a->client.local = a->client.peer;
}

static int start(void **state)
{
	(void)state;
	a = ask_new(4);
	a->client.transport = DNS_OVER_TCP;
	a->client.unix_now = NOW;
	set_peer("192.0.2.7");
	memset(peers, 0, sizeof(peers));
	assert_int_equal(kt_prefix_scan("192.0.2.0/24", &peers[0].from), 0);
	policies[0] = (struct authority_policy){ .transfer_to = peers,
		.n_transfer_to = 1 };
	a->config.policies = policies;
	key = (struct authority_key){ .name = name_of("xfr.example"),
		.algorithm = DNS_TSIG_HMAC_SHA256,
		.secret = "0123456789abcdef",
		.secret_len = 16 };
	a->config.keys = &key;
	a->config.n_keys = 1;
	ask_zone(a, "example.com", zone_text);
	ask_zone(a, "broken.example", NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ask_free(a);
	return 0;
}

/* Makes the question; for IXFR with the client's SOA.  Not yet read. */
static size_t question(const char *name, uint16_t type, int64_t serial)
{
	struct dns_name qname = name_of(name);
	struct kt_writer w = kt_writer_of(a->query, sizeof(a->query));
	kt_write(&w, "\xab\xcd\0\0\0\1\0\0\0\0\0\0", 12);
	kt_write(&w, qname.wire, qname.len);
	kt_write16(&w, type);
	kt_write16(&w, DNS_CLASS_IN);
	if (serial >= 0) {
		a->query[9] = 1;
		kt_write(&w, "\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0", 14);
		kt_write32(&w, (uint32_t)serial);
		kt_write(&w, (const uint8_t[16]){ 0 }, 16);
	}
	assert_int_equal(w.err, 0);
	return kt_writer_len(&w);
}

static unsigned answer_query(size_t len)
{
	dns_query_read(&a->q, a->query, len, &a->client);
	assert_int_equal(a->q.verdict, DNS_VERDICT_ANSWER);
	a->reply = (struct dns_reply){ .wire = a->wire, .size = sizeof(a->wire) };
	struct dns_tsig_state tsig;
	bool is_signed = a->q.tsig_at != 0;
	if (is_signed)
		assert_int_equal(authority_tsig_check(&a->config, &a->q, &tsig), 0);
	authority_transfer(a->worker, &a->config, &a->q,
	    zone_set_find(a->config.zones, &a->q, 0), is_signed ? &tsig : NULL,
	    &a->reply);
	assert_int_equal(a->reply.more, a->reply.len == 0);
	return a->reply.len ? a->wire[3] & 15u : 0;
}

/* The records of a whole stream, one "owner TYPE" a line. */
static const char *stream_text(unsigned *n_messages)
{
	kt_text_clear(&a->text);
	*n_messages = 0;
	struct authority_stream *s = authority_begin_stream(a->worker, &a->q);
	assert_non_null(s);
	do {
		authority_continue(s, NOW, &a->reply);
		assert_true(a->reply.len > DNS_HEADER_LEN);
		struct kt_reader r = kt_reader_of(a->wire, a->reply.len);
		r.at += DNS_HEADER_LEN;
		assert_int_equal(kt_get16(a->wire), 0xabcd);
		assert_int_equal(a->wire[2], 0x84); /* QR, AA */
		if (kt_get16(a->wire + 4)) {
			struct dns_name qname;
			dns_name_read(&r, &qname);
			kt_read32(&r);
		}
		for (unsigned i = kt_get16(a->wire + 6); i; i--) {
			struct dns_message_record record;
			char name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
			dns_message_read_record(&r, &record);
			assert_int_equal(r.err, 0);
			kt_text_addf(&a->text, "%s %s\n",
			    dns_name_print(record.owner.wire, name),
			    dns_type_print(record.type, type));
		}
		++*n_messages;
	} while (a->reply.more);
	authority_end_stream(s);
	return kt_text_of(&a->text);
}

static void a_zone_goes_whole_between_two_soas(void **state)
{
	(void)state;
	unsigned n;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)), 0);
	assert_true(a->reply.more);
	assert_string_equal(stream_text(&n), "example.com. SOA\n"
					     "example.com. NS\n"
					     "example.com. RRSIG\n"
					     "a.b.c.d.example.com. MX\n"
					     "ns.example.com. A\n"
					     "sub.example.com. NS\n"
					     "deep.sub.example.com. TXT\n"
					     "ns.sub.example.com. A\n"
					     "*.w.example.com. TXT\n"
					     "example.com. SOA\n");
	assert_int_equal(n, 1);
}

static void errors_say_which_rule_was_broken(void **state)
{
	(void)state;
	assert_int_equal(answer_query(question("ns.example.com", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_NOTAUTH);
	assert_int_equal(answer_query(question("example.net", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_NOTAUTH);
	assert_int_equal(answer_query(question("broken.example", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_SERVFAIL);
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_IXFR, -1)),
	    DNS_RCODE_FORMERR);
	assert_null(authority_begin_stream(a->worker, &a->q));
	set_peer("192.0.3.7");
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_REFUSED);
	assert_null(authority_begin_stream(a->worker, &a->q));
	set_peer("192.0.2.7");
	a->client.transport = DNS_OVER_UDP;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_FORMERR);
	policies[0].n_transfer_to = 0;
	a->client.transport = DNS_OVER_TCP;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_REFUSED);
}

/* RFC 1995 s.2 and s.4 */
static void ixfr_gets_the_soa_when_it_is_current_and_the_zone_when_not(void **state)
{
	(void)state;
	static const struct {
		int64_t serial;
		bool whole;
	} cases[] = { { 2024, false }, { 2025, false }, { 2023, true }, { 0, true },
		{ 2024u + 0x7fffffff, false }, { 2024u + 0x80000001, true } };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		assert_int_equal(answer_query(question(
				     "example.com", DNS_TYPE_IXFR, cases[i].serial)),
		    0);
		assert_int_equal(a->reply.more, cases[i].whole);
		if (!cases[i].whole)
			assert_int_equal(kt_get16(a->wire + 6), 1);
	}
	a->client.transport = DNS_OVER_UDP;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_IXFR, 1)), 0);
	assert_false(a->reply.more);
	assert_int_equal(kt_get16(a->wire + 6), 1);
	assert_null(authority_begin_stream(a->worker, &a->q));
}

static size_t sign(size_t len, struct dns_tsig_state *client)
{
	struct dns_tsig_key k = { .name = key.name,
		.algorithm = key.algorithm,
		.secret_len = key.secret_len };
	memcpy(k.secret, key.secret, key.secret_len);
	dns_tsig_state_init(client, &k);
	assert_int_equal(
	    dns_tsig_sign(client, a->query, sizeof(a->query), &len, NOW), 0);
	return len;
}

static void a_peer_with_a_key_must_sign(void **state)
{
	(void)state;
	struct dns_tsig_state client;
	peers[0].key = &key;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)),
	    DNS_RCODE_REFUSED);
	size_t len = sign(question("example.com", DNS_TYPE_AXFR, -1), &client);
	assert_int_equal(answer_query(len), 0);
	assert_true(a->reply.more);
	/* another key than the peer's, known or not */
	struct authority_key other = key;
	other.name = name_of("other.example");
	peers[0].key = &other;
	assert_int_equal(answer_query(len), DNS_RCODE_REFUSED);
	assert_null(authority_begin_stream(a->worker, &a->q));
	peers[0].key = &key;
	struct authority_stream *s = authority_begin_stream(a->worker, &a->q);
	assert_non_null(s);
	authority_end_stream(s);
	a->query[13] ^= 1; /* the question was changed on the way */
	dns_query_read(&a->q, a->query, len, &a->client);
	assert_int_equal(
	    authority_tsig_check(&a->config, &a->q, &client), DNS_RCODE_NOTAUTH);
	assert_int_equal(client.error, DNS_RCODE_BADSIG);
	assert_null(authority_begin_stream(a->worker, &a->q));
}

/* Checks the MAC of a message of a stream with the client's state, and moves it on. */
static void check_signature(struct dns_tsig_state *client)
{
	static uint8_t copy[DNS_MESSAGE_MAX];
	struct dns_tsig tsig;
	size_t at = a->reply.len - dns_tsig_room(client);
	assert_int_equal(dns_tsig_read(a->wire, a->reply.len, at, &tsig), 0);
	memcpy(copy, a->wire, at);
	kt_put16(copy + 10, (uint16_t)(kt_get16(copy + 10) - 1));
	size_t len = at;
	assert_int_equal(
	    dns_tsig_sign(client, copy, sizeof(copy), &len, (kt_unix)tsig.time_signed),
	    0);
	assert_octets(copy, len, a->wire, a->reply.len);
}

static void every_message_of_a_large_zone_is_signed_and_small_enough(void **state)
{
	(void)state;
	struct kt_text text = { 0 };
	kt_text_add(&text, "$TTL 60\n@ SOA ns hm 7 1 1 1 1\n NS ns\nns A 192.0.2.1\n");
	for (int i = 0; i < 3000; i++)
		kt_text_addf(&text, "host-%d A 192.0.2.1\n TXT \"%0100d\"\n", i, i);
	/* one record that needs a message of its own */
	kt_text_add(&text, "large TXT");
	for (int i = 0; i < 150; i++)
		kt_text_addf(&text, " \"%0200d\"", i);
	kt_text_add(&text, "\nlast A 192.0.2.1\n");
	ask_zone(a, "large.example", kt_text_of(&text));
	kt_text_fini(&text);

	struct dns_tsig_state client;
	peers[0].key = &key;
	size_t len = sign(question("large.example", DNS_TYPE_AXFR, -1), &client);
	assert_int_equal(answer_query(len), 0);
	struct authority_stream *s = authority_begin_stream(a->worker, &a->q);
	assert_non_null(s);
	unsigned n_records = 0, n_messages = 0, n_large = 0;
	client.chained = false;
	do {
		authority_continue(s, NOW + n_messages, &a->reply);
		assert_true(a->reply.len > 0);
		n_large += a->reply.len > 16384;
		n_records += kt_get16(a->wire + 6);
		assert_int_equal(kt_get16(a->wire + 4), n_messages == 0);
		check_signature(&client);
		n_messages++;
	} while (a->reply.more);
	authority_end_stream(s);
	assert_int_equal(n_records, 2 + 2 + 6000 + 1 + 1);
	assert_true(n_messages > 20 && n_messages < 100);
	assert_int_equal(n_large, 1);
}

static void a_record_that_fits_no_message_ends_the_stream(void **state)
{
	(void)state;
	struct kt_text text = { 0 };
	kt_text_add(
	    &text, "$TTL 60\n@ SOA ns hm 7 1 1 1 1\n NS ns\nhuge TYPE65280 \\# 65460 ");
	for (int i = 0; i < 65460; i++)
		kt_text_add(&text, "00");
	kt_text_add(&text, "\n");
	ask_zone(a, "huge.example", kt_text_of(&text));
	kt_text_fini(&text);
	assert_int_equal(answer_query(question("huge.example", DNS_TYPE_AXFR, -1)), 0);
	struct authority_stream *s = authority_begin_stream(a->worker, &a->q);
	authority_continue(s, NOW, &a->reply);
	assert_true(a->reply.len > 0 && a->reply.more);
	authority_continue(s, NOW, &a->reply);
	/* with name and header 65,501 octets: alone in its message, the SOA comes behind */
	assert_true(a->reply.len > 65460 && a->reply.more);
	authority_end_stream(s);

	s = authority_begin_stream(a->worker, &a->q);
	a->reply.size = 65000;
	authority_continue(s, NOW, &a->reply);
	assert_true(a->reply.len > 0 && a->reply.more);
	authority_continue(s, NOW, &a->reply);
	assert_int_equal(a->reply.len, 0);
	assert_false(a->reply.more);
	authority_end_stream(s);
}

static void a_stream_keeps_the_zone_that_it_began_with(void **state)
{
	(void)state;
	assert_int_equal(answer_query(question("example.com", DNS_TYPE_AXFR, -1)), 0);
	struct authority_stream *s = authority_begin_stream(a->worker, &a->q);
	assert_non_null(s);
	zone_set_free(a->config.zones);
	a->config.zones = zone_set_new(1);
	memset(a->query, 0xff, sizeof(a->query));
	memset(&a->q, 0xff, sizeof(a->q));
	authority_continue(s, NOW, &a->reply);
	assert_int_equal(kt_get16(a->wire + 6), 10);
	assert_false(a->reply.more);
	authority_end_stream(s);
}

static void a_signed_answer_that_is_too_long_is_cut_to_the_question(void **state)
{
	(void)state;
	struct dns_tsig_state client, server;
	size_t len = sign(question("example.com", DNS_TYPE_SOA, -1), &client);
	dns_query_read(&a->q, a->query, len, &a->client);
	assert_int_equal(authority_tsig_check(&a->config, &a->q, &server), 0);
	size_t room = dns_tsig_room(&server);
	assert_int_equal(authority_tsig_room(&server, 511 + room), 0);
	assert_int_equal(authority_tsig_room(&server, 512 + room), room);
	memset(a->wire, 0, 500);
	memcpy(a->wire, a->query, 12 + a->q.question_len);
	kt_put16(a->wire + 2, 0x8400);
	kt_put16(a->wire + 6, 9);
	kt_put16(a->wire + 10, 0);
	a->reply.wire = a->wire;
	a->reply.len = 500;
	authority_tsig_sign(&server, &a->q, 512, &a->reply);
	assert_int_equal(a->reply.len, 12 + a->q.question_len + room);
	assert_int_equal(kt_get16(a->wire + 2), 0x8600);
	assert_int_equal(kt_get16(a->wire + 6), 0);
	assert_int_equal(kt_get16(a->wire + 10), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_zone_goes_whole_between_two_soas),
		TEST(errors_say_which_rule_was_broken),
		TEST(ixfr_gets_the_soa_when_it_is_current_and_the_zone_when_not),
		TEST(a_peer_with_a_key_must_sign),
		TEST(every_message_of_a_large_zone_is_signed_and_small_enough),
		TEST(a_record_that_fits_no_message_ends_the_stream),
		TEST(a_stream_keeps_the_zone_that_it_began_with),
		TEST(a_signed_answer_that_is_too_long_is_cut_to_the_question),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
