#include "authority/edns.h"

#include "base/addr.h"
#include "base/bytes.h"

#include "kt_test.h"

static struct sockaddr_storage peer;
static struct dns_client client;
static struct authority_config config;
static struct dns_query query;
static uint8_t out[1024];

static int start(void **state)
{
	(void)state;
	struct kt_addr addr;
	if (kt_addr_scan("192.0.2.1", &addr) < 0)
		return 1;
	kt_addr_to_socket(&addr, 4096, &peer);
	client = (struct dns_client){ .peer = (const struct sockaddr *)&peer,
		.local = (const struct sockaddr *)&peer,
		.transport = DNS_OVER_UDP,
		.unix_now = 1793000000 };
	config = (struct authority_config){ .udp_max = 1232,
		.cookies = true,
		.n_cookie_secrets = 1,
		.tcp_keepalive = 100,
		.nsid = "tokyo-1" };
	memset(&query, 0, sizeof(query));
	query.client = &client;
	query.question_len = 17;
	query.edns = (struct dns_edns){ .present = true, .udp_size = 1232 };
	return dns_name_scan("www.example.com", 15, NULL, &query.qname);
}

static struct kt_writer written(
    const struct zone_entry *zone, unsigned rcode, int ede, const char *text)
{
	struct kt_writer w = kt_writer_of(out, sizeof(out));
	authority_opt_write(&config, &query, zone, rcode, ede, text, &w);
	assert_int_equal(w.err, 0);
	return w;
}

/* The data of an option in what was written, or NULL. */
static const uint8_t *option(const struct kt_writer *w, unsigned code, size_t *len)
{
	assert_true(kt_writer_len(w) >= DNS_OPT_LEN);
	assert_int_equal(kt_get16(out + 9), kt_writer_len(w) - DNS_OPT_LEN);
	const uint8_t *at = out + DNS_OPT_LEN;
	while (at < w->at) {
		*len = kt_get16(at + 2);
		if (kt_get16(at) == code)
			return at + 4;
		at += 4 + *len;
	}
	assert_ptr_equal(at, w->at);
	return NULL;
}

static void without_opt_in_the_query_there_is_none_in_the_answer(void **state)
{
	(void)state;
	query.edns.present = false;
	query.edns.nsid = true;
	struct kt_writer w = written(NULL, 5, DNS_EDE_NOT_AUTHORITATIVE, NULL);
	assert_int_equal(kt_writer_len(&w), 0);
}

static void a_plain_opt_has_eleven_octets_and_copies_do_only(void **state)
{
	(void)state;
	query.edns.flags = 0xffff;
	struct kt_writer w = written(NULL, DNS_RCODE_BADVERS, DNS_EDE_NONE, NULL);
	static const uint8_t expected[] = { 0, 0, 41, 4, 0xd0, 1, 0, 0x80, 0, 0, 0 };
	assert_octets(out, kt_writer_len(&w), expected, sizeof(expected));
	query.edns.flags = 0x7fff;
	w = written(NULL, DNS_RCODE_REFUSED, DNS_EDE_NONE, NULL);
	static const uint8_t without[] = { 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0 };
	assert_octets(out, kt_writer_len(&w), without, sizeof(without));
}

static void nsid_comes_when_asked_and_configured(void **state)
{
	(void)state;
	size_t len = 0;
	query.edns.nsid = true;
	struct kt_writer w = written(NULL, 0, DNS_EDE_NONE, NULL);
	const uint8_t *data = option(&w, DNS_EDNS_NSID, &len);
	assert_non_null(data);
	assert_octets(data, len, "tokyo-1", 7);
	config.nsid[0] = 0;
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_NSID, &len));
}

static void a_cookie_is_made_echoed_or_replaced(void **state)
{
	(void)state;
	size_t len = 0;
	uint8_t fresh[AUTHORITY_COOKIE_LEN];
	query.edns.cookie = (const uint8_t *)"abcdefgh";
	query.edns.cookie_len = 8;
	assert_int_equal(
	    authority_cookie_check(&config, &query), AUTHORITY_COOKIE_CLIENT);
	struct kt_writer w = written(NULL, 0, DNS_EDE_NONE, NULL);
	const uint8_t *data = option(&w, DNS_EDNS_COOKIE, &len);
	assert_int_equal(len, AUTHORITY_COOKIE_LEN);
	memcpy(fresh, data, sizeof(fresh));

	query.edns.cookie = fresh;
	query.edns.cookie_len = sizeof(fresh);
	client.unix_now += 1000;
	assert_int_equal(
	    authority_cookie_check(&config, &query), AUTHORITY_COOKIE_VALID);
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	data = option(&w, DNS_EDNS_COOKIE, &len);
	assert_octets(data, len, fresh, sizeof(fresh));

	client.unix_now += 1000; /* older than 30 minutes */
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	data = option(&w, DNS_EDNS_COOKIE, &len);
	assert_int_equal(kt_get32(data + 12), client.unix_now);

	fresh[20] ^= 1;
	assert_int_equal(authority_cookie_check(&config, &query), AUTHORITY_COOKIE_BAD);
	config.cookies = false;
	assert_int_equal(
	    authority_cookie_check(&config, &query), AUTHORITY_COOKIE_NONE);
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_COOKIE, &len));
}

static void an_extended_error_has_code_and_text(void **state)
{
	(void)state;
	size_t len = 0;
	struct kt_writer w = written(NULL, 5, DNS_EDE_NOT_AUTHORITATIVE, "not here");
	const uint8_t *data = option(&w, DNS_EDNS_ERROR, &len);
	assert_octets(data, len, "\0\24not here", 10);
	w = written(NULL, 5, DNS_EDE_OTHER, NULL);
	data = option(&w, DNS_EDNS_ERROR, &len);
	assert_octets(data, len, "\0\0", 2);
}

static void zone_version_is_the_serial_of_the_zone_that_answers(void **state)
{
	(void)state;
	size_t len = 0;
	struct zone_snapshot snapshot = { .serial = 0x01020304 };
	struct zone_entry zone = { .zone = &snapshot, .labels = 2 };
	struct kt_writer w = written(&zone, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_ZONEVERSION, &len)); /* not asked */
	query.edns.zoneversion = true;
	w = written(&zone, 0, DNS_EDE_NONE, NULL);
	const uint8_t *data = option(&w, DNS_EDNS_ZONEVERSION, &len);
	assert_octets(data, len, "\2\0\1\2\3\4", 6);
	w = written(NULL, 5, DNS_EDE_NONE, NULL); /* outside the zones */
	assert_null(option(&w, DNS_EDNS_ZONEVERSION, &len));
	zone.zone = NULL; /* not loaded */
	w = written(&zone, 2, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_ZONEVERSION, &len));
}

static void keepalive_is_told_over_tcp_to_those_who_ask(void **state)
{
	(void)state;
	size_t len = 0;
	query.edns.keepalive = true;
	struct kt_writer w = written(NULL, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_KEEPALIVE, &len));
	client.transport = DNS_OVER_TCP;
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	const uint8_t *data = option(&w, DNS_EDNS_KEEPALIVE, &len);
	assert_octets(data, len, "\0\144", 2);
	query.edns.keepalive = false;
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_KEEPALIVE, &len));
}

static void the_report_channel_is_in_every_answer_but_the_agents_own(void **state)
{
	(void)state;
	static const uint8_t agent[] = "\5agent\7example";
	size_t len = 0;
	memcpy(config.report_agent, agent, sizeof(agent));
	struct kt_writer w = written(NULL, 0, DNS_EDE_NONE, NULL);
	const uint8_t *data = option(&w, DNS_EDNS_REPORT_CHANNEL, &len);
	assert_octets(data, len, agent, sizeof(agent));
	static const char below[] = "_er.1.www.example.com.7._er.agent.example";
	assert_int_equal(dns_name_scan(below, strlen(below), NULL, &query.qname), 0);
	w = written(NULL, 0, DNS_EDE_NONE, NULL);
	assert_null(option(&w, DNS_EDNS_REPORT_CHANNEL, &len));
}

static void the_largest_record_keeps_its_bound(void **state)
{
	(void)state;
	char text[300];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	memset(config.nsid, 'n', sizeof(config.nsid) - 1);
	for (int i = 0; i < 127; i++)
		memcpy(config.report_agent + i * 2, "\1a", 2);
	struct zone_snapshot snapshot = { .serial = 1 };
	struct zone_entry zone = { .zone = &snapshot, .labels = 2 };
	client.transport = DNS_OVER_TCP;
	query.edns.nsid = query.edns.keepalive = query.edns.zoneversion = true;
	query.edns.cookie = (const uint8_t *)"abcdefgh";
	query.edns.cookie_len = 8;
	struct kt_writer w = written(&zone, 0, DNS_EDE_OTHER, text);
	size_t len = 0;
	assert_non_null(option(&w, DNS_EDNS_REPORT_CHANNEL, &len));
	assert_true(kt_writer_len(&w) > 400);
	assert_true(kt_writer_len(&w) <= AUTHORITY_OPT_MAX);

	client.transport = DNS_OVER_UDP;
	query.edns.udp_size = 512;
	w = written(&zone, 0, DNS_EDE_OTHER, text);
	assert_non_null(option(&w, DNS_EDNS_COOKIE, &len));
	assert_true(kt_writer_len(&w) <= AUTHORITY_OPT_SMALL);
	assert_true(DNS_HEADER_LEN + DNS_NAME_MAX + 4 + AUTHORITY_OPT_SMALL <= 512);
}

static void options_without_room_are_left_out_one_by_one(void **state)
{
	(void)state;
	query.edns.nsid = true;
	query.edns.cookie = (const uint8_t *)"abcdefgh";
	query.edns.cookie_len = 8;
	for (size_t size = 0; size < 60; size++) {
		struct kt_writer w = kt_writer_of(out, size);
		authority_opt_write(&config, &query, NULL, 0, DNS_EDE_OTHER, NULL, &w);
		if (size < DNS_OPT_LEN) {
			assert_int_equal(w.err, KT_E_SPACE);
			assert_int_equal(kt_writer_len(&w), 0);
			continue;
		}
		size_t len = 0;
		assert_int_equal(w.err, 0);
		bool cookie = option(&w, DNS_EDNS_COOKIE, &len) != NULL;
		assert_int_equal(cookie, size >= DNS_OPT_LEN + 28);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_opt_in_the_query_there_is_none_in_the_answer),
		TEST(a_plain_opt_has_eleven_octets_and_copies_do_only),
		TEST(nsid_comes_when_asked_and_configured),
		TEST(a_cookie_is_made_echoed_or_replaced),
		TEST(an_extended_error_has_code_and_text),
		TEST(zone_version_is_the_serial_of_the_zone_that_answers),
		TEST(keepalive_is_told_over_tcp_to_those_who_ask),
		TEST(the_report_channel_is_in_every_answer_but_the_agents_own),
		TEST(the_largest_record_keeps_its_bound),
		TEST(options_without_room_are_left_out_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
