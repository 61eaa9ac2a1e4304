#include "authority/cookie.h"

#include "base/addr.h"

#include "kt_test.h"

static void octets_of(const char *hex, uint8_t *out)
{
	for (; *hex; hex += 2, out++) {
		unsigned v;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		*out = (uint8_t)v;
	}
}

static struct kt_sip_key secret_of(const char *hex)
{
	struct kt_sip_key key;
	octets_of(hex, key.octets);
	return key;
}

static const struct sockaddr *peer_of(const char *text)
{
	static struct sockaddr_storage ss;
	struct kt_addr addr;
	assert_int_equal(kt_addr_scan(text, &addr), 0);
	kt_addr_to_socket(&addr, 4096, &ss);
	return (const struct sockaddr *)&ss;
}

/* RFC 9018, appendix A: what came in, when, from whom, and what must go back. */
struct vector {
	const char *title;
	const char *secrets[2];
	const char *peer;
	kt_unix now;
	const char *query;
	enum authority_cookie state;
	const char *answer;
};

static const struct vector vectors[] = {
	{ "A.1 learning a new server cookie", { "e5e973e5a6b2a43f48e7dc849e37bfcf" },
	    "198.51.100.100", 1559731985, "2464c4abcf10c957", AUTHORITY_COOKIE_CLIENT,
	    "2464c4abcf10c957010000005cf79f111f8130c3eee29480" },
	{ "A.2 renewing a server cookie", { "e5e973e5a6b2a43f48e7dc849e37bfcf" },
	    "198.51.100.100", 1559734385,
	    "2464c4abcf10c957010000005cf79f111f8130c3eee29480", AUTHORITY_COOKIE_RENEW,
	    "2464c4abcf10c957010000005cf7a871d4a564a1442aca77" },
	{ "A.3 another client", { "e5e973e5a6b2a43f48e7dc849e37bfcf" }, "203.0.113.203",
	    1559734700, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
	    AUTHORITY_COOKIE_BAD, "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e" },
	{ "A.4 IPv6 with a rolled secret",
	    { "445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715" },
	    "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961,
	    "22681ab97d52c298010000005cf7c57926556bd0934c72f8", AUTHORITY_COOKIE_RENEW,
	    "22681ab97d52c298010000005cf7c609a6bb79d16625507a" },
};

static void the_vectors_of_rfc_9018_appendix_a_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct kt_sip_key secrets[2] = { secret_of(v->secrets[0]) };
		unsigned n = v->secrets[1] ? 2 : 1;
		if (n == 2)
			secrets[1] = secret_of(v->secrets[1]);
		uint8_t query[40], expected[AUTHORITY_COOKIE_LEN],
		    found[AUTHORITY_COOKIE_LEN];
		octets_of(v->query, query);
		octets_of(v->answer, expected);
		enum authority_cookie judged = authority_cookie_judge(
		    secrets, n, query, strlen(v->query) / 2, peer_of(v->peer), v->now);
		if (judged != v->state)
			fail_msg("%s: judged %d", v->title, judged);
		authority_cookie_make(
		    &secrets[0], query, peer_of(v->peer), v->now, found);
		assert_octets(found, sizeof(found), expected, sizeof(expected));
	}
}

/* A.3: the reserved octets are not 0, and go into the hash as they came. */
static void reserved_octets_are_hashed_and_not_judged(void **state)
{
	(void)state;
	struct kt_sip_key secret = secret_of("e5e973e5a6b2a43f48e7dc849e37bfcf");
	uint8_t cookie[AUTHORITY_COOKIE_LEN];
	octets_of("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", cookie);
	assert_int_equal(authority_cookie_judge(&secret, 1, cookie, sizeof(cookie),
			     peer_of("203.0.113.203"), 0x5cf78f71),
	    AUTHORITY_COOKIE_VALID);
}

static void a_cookie_lives_an_hour_and_is_renewed_after_half_of_it(void **state)
{
	(void)state;
	static const struct {
		int age;
		enum authority_cookie state;
	} cases[] = {
		{ 0, AUTHORITY_COOKIE_VALID },
		{ 1800, AUTHORITY_COOKIE_VALID },
		{ 1801, AUTHORITY_COOKIE_RENEW },
		{ 3600, AUTHORITY_COOKIE_RENEW },
		{ 3601, AUTHORITY_COOKIE_BAD },
		{ -300, AUTHORITY_COOKIE_VALID },
		{ -301, AUTHORITY_COOKIE_BAD },
	};
	/* the second start is just before the 32 bits run over (2106) */
	static const kt_unix starts[] = { 1793000000, 0xfffffff0 };
	struct kt_sip_key secret = secret_of("445536bcd2513298075a5d379663c962");
	const struct sockaddr *peer = peer_of("192.0.2.1");
	for (size_t s = 0; s < KT_COUNT(starts); s++)
		for (size_t i = 0; i < KT_COUNT(cases); i++) {
			uint8_t cookie[AUTHORITY_COOKIE_LEN];
			authority_cookie_make(&secret, (const uint8_t *)"12345678",
			    peer, starts[s], cookie);
			assert_int_equal(
			    authority_cookie_judge(&secret, 1, cookie, sizeof(cookie),
				peer, starts[s] + cases[i].age),
			    cases[i].state);
		}
}

static void any_changed_bit_makes_a_cookie_bad(void **state)
{
	(void)state;
	struct kt_sip_key secret = secret_of("445536bcd2513298075a5d379663c962");
	const struct sockaddr *peer = peer_of("192.0.2.1");
	uint8_t cookie[AUTHORITY_COOKIE_LEN];
	authority_cookie_make(
	    &secret, (const uint8_t *)"12345678", peer, 1793000000, cookie);
	for (unsigned bit = 0; bit < sizeof(cookie) * 8; bit++) {
		cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(authority_cookie_judge(&secret, 1, cookie,
				     sizeof(cookie), peer, 1793000000),
		    AUTHORITY_COOKIE_BAD);
		cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(authority_cookie_judge(&secret, 1, cookie, sizeof(cookie),
			     peer_of("192.0.2.2"), 1793000000),
	    AUTHORITY_COOKIE_BAD);
	assert_int_equal(authority_cookie_judge(&secret, 1, cookie, sizeof(cookie) - 1,
			     peer_of("192.0.2.1"), 1793000000),
	    AUTHORITY_COOKIE_BAD);
}

static void a_mapped_address_has_the_cookie_of_its_ipv4_address(void **state)
{
	(void)state;
	struct kt_sip_key secret = secret_of("445536bcd2513298075a5d379663c962");
	uint8_t cookie[AUTHORITY_COOKIE_LEN];
	authority_cookie_make(&secret, (const uint8_t *)"12345678",
	    peer_of("192.0.2.1"), 1793000000, cookie);
	assert_int_equal(authority_cookie_judge(&secret, 1, cookie, sizeof(cookie),
			     peer_of("::ffff:192.0.2.1"), 1793000000),
	    AUTHORITY_COOKIE_VALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_9018_appendix_a_hold),
		cmocka_unit_test(reserved_octets_are_hashed_and_not_judged),
		cmocka_unit_test(
		    a_cookie_lives_an_hour_and_is_renewed_after_half_of_it),
		cmocka_unit_test(any_changed_bit_makes_a_cookie_bad),
		cmocka_unit_test(a_mapped_address_has_the_cookie_of_its_ipv4_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
