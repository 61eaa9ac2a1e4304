#include "dns/edns.h"

#include "base/bytes.h"

#include "kt_test.h"

struct option_case {
	const char *what;
	uint8_t len;
	uint8_t octets[48]; /* rdata of the OPT record */
	int rc;
	bool malformed;
};

static const struct option_case option_cases[] = {
	{ "no option", 0, { 0 }, 0, false },
	{ "header cut short", 3, { 0, 3, 0 }, KT_E_FORMAT, false },
	{ "option longer than the record", 5, { 0, 3, 0, 2, 1 }, KT_E_FORMAT, false },
	{ "unknown option", 6, { 0xff, 0, 0, 2, 1, 2 }, 0, false },
	{ "NSID with a payload (RFC 5001 s.2.1)", 5, { 0, 3, 0, 1, 9 }, 0, false },
	{ "ECS 192.0.2.0/24", 11, { 0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2 }, 0, false },
	{ "ECS /0 has no address", 8, { 0, 8, 0, 4, 0, 1, 0, 0 }, 0, false },
	{ "ECS without its fixed part", 7, { 0, 8, 0, 3, 0, 1, 0 }, 0, true },
	{ "ECS empty", 4, { 0, 8, 0, 0 }, 0, true },
	{ "ECS with an octet too many", 12, { 0, 8, 0, 8, 0, 1, 24, 0, 192, 0, 2, 0 },
	    0, true },
	{ "ECS with an octet too few", 10, { 0, 8, 0, 6, 0, 1, 24, 0, 192, 0 }, 0,
	    true },
	{ "ECS bits behind the source", 11, { 0, 8, 0, 7, 0, 1, 20, 0, 192, 0, 0x1f },
	    0, true },
	{ "ECS last bit within the source", 11,
	    { 0, 8, 0, 7, 0, 1, 20, 0, 192, 0, 0x10 }, 0, false },
	{ "ECS scope in a query", 11, { 0, 8, 0, 7, 0, 1, 24, 1, 192, 0, 2 }, 0, true },
	{ "ECS IPv4 /33", 13, { 0, 8, 0, 9, 0, 1, 33, 0, 192, 0, 2, 1, 0 }, 0, true },
	{ "ECS IPv6 /129", 25, { 0, 8, 0, 21, 0, 2, 129, 0, 0x20 }, 0, true },
	{ "ECS unknown family, right length", 10, { 0, 8, 0, 6, 0, 9, 16, 0, 1, 2 }, 0,
	    false },
	{ "ECS unknown family, wrong length", 9, { 0, 8, 0, 5, 0, 9, 16, 0, 1 }, 0,
	    true },
	{ "cookie of 8", 12, { 0, 10, 0, 8, 1 }, 0, false },
	{ "cookie of 16", 20, { 0, 10, 0, 16, 1 }, 0, false },
	{ "cookie of 40", 44, { 0, 10, 0, 40, 1 }, 0, false },
	{ "cookie of 0", 4, { 0, 10, 0, 0 }, 0, true },
	{ "cookie of 7", 11, { 0, 10, 0, 7, 1 }, 0, true },
	{ "cookie of 9", 13, { 0, 10, 0, 9, 1 }, 0, true },
	{ "cookie of 15", 19, { 0, 10, 0, 15, 1 }, 0, true },
	{ "cookie of 41", 45, { 0, 10, 0, 41, 1 }, 0, true },
	{ "bad cookie, then a good option", 11, { 0, 10, 0, 3, 1, 2, 3, 0, 3, 0, 0 }, 0,
	    true },
	{ "keepalive with a timeout", 6, { 0, 11, 0, 2, 0, 9 }, 0, false },
	{ "key tag", 6, { 0, 14, 0, 2, 0x4f, 0x66 }, 0, false },
	{ "key tag, odd", 7, { 0, 14, 0, 3, 1, 2, 3 }, 0, true },
	{ "key tag, none", 4, { 0, 14, 0, 0 }, 0, true },
	{ "expire, empty", 4, { 0, 9, 0, 0 }, 0, false },
	{ "expire, 3 octets", 7, { 0, 9, 0, 3, 1, 2, 3 }, 0, true },
	{ "padding", 8, { 0, 12, 0, 4 }, 0, false },
};

static void each_option_is_malformed_exactly_when_its_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(option_cases); i++) {
		const struct option_case *c = &option_cases[i];
		/* an own block, so that a read past the end is seen by the sanitizer */
		uint8_t *octets = malloc(c->len ? c->len : 1);
		memcpy(octets, c->octets, c->len);
		struct dns_edns e;
		int rc = dns_edns_read(1232, 0, octets, c->len, &e);
		if (rc != c->rc || e.malformed != c->malformed)
			fail_msg("%s: rc %d, malformed %d", c->what, rc, e.malformed);
		free(octets);
	}
}

static void the_fixed_fields_are_taken_apart(void **state)
{
	(void)state;
	struct dns_edns e;
	assert_int_equal(dns_edns_read(4096, 0x12348001, NULL, 0, &e), 0);
	assert_true(e.present);
	assert_int_equal(e.udp_size, 4096);
	assert_int_equal(e.extended_rcode, 0x12);
	assert_int_equal(e.version, 0x34);
	assert_int_equal(e.flags, 0x8001);
	assert_int_equal(e.cookie_len, 0);
	assert_false(e.nsid);
}

static void of_two_cookies_the_first_counts(void **state)
{
	(void)state;
	static const uint8_t rdata[] = { 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 0,
		3, 1, 2, 3 };
	struct dns_edns e;
	assert_int_equal(dns_edns_read(512, 0, rdata, sizeof(rdata), &e), 0);
	assert_false(e.malformed);
	assert_octets(e.cookie, e.cookie_len, rdata + 4, 8);
}

static void options_are_found_wherever_they_stand(void **state)
{
	(void)state;
	static const uint8_t rdata[] = { 0, 11, 0, 0, 0, 3, 0, 0, 0, 19, 0, 0, 0, 8, 0,
		8, 0, 2, 28, 0, 0x20, 0x01, 0x0d, 0xb0, 0, 14, 0, 4, 0x4f, 0x66, 0x95,
		0x88 };
	struct dns_edns e;
	assert_int_equal(dns_edns_read(512, 0, rdata, sizeof(rdata), &e), 0);
	assert_false(e.malformed);
	assert_true(e.keepalive);
	assert_true(e.nsid);
	assert_true(e.zoneversion);
	assert_true(e.ecs_present);
	assert_int_equal(e.ecs.family, 6);
	assert_int_equal(e.ecs.source, 28);
	assert_int_equal(e.ecs.octets[3], 0xb0);
	assert_octets(e.ecs_option, e.ecs_option_len, rdata + 16, 8);
	assert_int_equal(e.n_key_tags, 2);
	assert_int_equal(kt_get16(e.key_tags + 2), 0x9588);
}

static void an_opt_that_is_written_reads_back(void **state)
{
	(void)state;
	uint8_t buffer[64];
	struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
	dns_opt_begin(&w, 1232, 23, DNS_EDNS_FLAG_DO);
	dns_opt_add(&w, buffer, DNS_EDNS_COOKIE, "12345678", 8);
	dns_opt_add(&w, buffer, DNS_EDNS_NSID, NULL, 0);
	assert_int_equal(w.err, 0);
	static const uint8_t expected[] = { 0, 0, 41, 4, 0xd0, 1, 0, 0x80, 0, 0, 16, 0,
		10, 0, 8, '1', '2', '3', '4', '5', '6', '7', '8', 0, 3, 0, 0 };
	assert_octets(buffer, kt_writer_len(&w), expected, sizeof(expected));
	struct dns_edns e;
	assert_int_equal(dns_edns_read(kt_get16(buffer + 3), kt_get32(buffer + 5),
			     buffer + 11, kt_get16(buffer + 9), &e),
	    0);
	assert_int_equal(e.extended_rcode, 1);
	assert_int_equal(e.flags, DNS_EDNS_FLAG_DO);
	assert_true(e.nsid);
	assert_octets(e.cookie, e.cookie_len, "12345678", 8);
}

static void an_option_without_room_leaves_the_record_whole(void **state)
{
	(void)state;
	uint8_t buffer[20];
	struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
	dns_opt_begin(&w, 1232, 0, 0);
	dns_opt_add(&w, buffer, DNS_EDNS_COOKIE, "12345678", 8);
	assert_int_equal(w.err, KT_E_SPACE);
	assert_int_equal(kt_writer_len(&w), DNS_OPT_LEN);
	assert_int_equal(kt_get16(buffer + 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_is_malformed_exactly_when_its_rfc_says),
		cmocka_unit_test(the_fixed_fields_are_taken_apart),
		cmocka_unit_test(of_two_cookies_the_first_counts),
		cmocka_unit_test(options_are_found_wherever_they_stand),
		cmocka_unit_test(an_opt_that_is_written_reads_back),
		cmocka_unit_test(an_option_without_room_leaves_the_record_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
