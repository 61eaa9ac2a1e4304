#include "dns/tsig.h"

#include "base/bytes.h"
#include "dns/query.h"

#include "kt_test.h"

#define NOW 1793000000

/* Made with dnspython 2.3: the key "xfr.example" has the secret 1, 2, ... 32. */
static const struct {
	const char *algorithm;
	const char *request, *answer, *next; /* MACs */
} vectors[] = {
	{ "HMAC-MD5.SIG-ALG.REG.INT", "347499187c4d96ab98c0ddd3febcf5ff",
	    "122e4d4351d78a0858e049c66db2bad1", "3324fca6f5d48ea3b302c665a6fe640f" },
	{ "hmac-sha1", "5bd1c76a78845d170c174deac210ba1e640448da",
	    "0beb927fa3cab63ef5b7a603a72b89551f7faf7a",
	    "7e14d07a195a654ef480a30a94abdb85a30a6819" },
	{ "hmac-sha224", "3f945104858d81ee437c6af633e9e533187d2c122c377aa9373ac57a",
	    "0787c1915d0181d7f8d6f1c84759292f70f0e69f0a18d59f90c98869",
	    "246e98e15f311c0374cd476b59d081f99c829a67ab3b92868cd810e5" },
	{ "hmac-sha256",
	    "4d9db0d140168f8cab5d1377d65fb16cc0a858a25e61fd87a5770669ce32ba26",
	    "80ac2e9dbe555d58eb0ae395d5f0da562baaba15778ae58b01d0fd436d756248",
	    "6eed3f523dac812027ca966b957ae0c8eb39d1e566ac724db1de3312ae77b10e" },
	{ "hmac-sha384",
	    "0b81ab8ded8a36dac6b8c3e01208da824c85b6e8e718bab09f963e78cdf99810112dca1391"
	    "ce58aea51b167576c2c0ab",
	    "7b03608da40277370f96bb2cc37910174409a7cf19b313b94ff7da6b953a6b0ffc5408929b"
	    "bce6d27000c45531a6a2c9",
	    "c6deca536b64ce025e571980c7a81268c9caa3412505ec5a9ceaa6a4667f0bb4cc303eb9c4"
	    "5d993b146ac99d5a4e54d0" },
	{ "hmac-sha512",
	    "59976d72f8a2c22e134b5b419063cffc79b0336359983179352a63a37db0c96481bc2c5c93"
	    "34b24df2d7797822de986b205e26aa9c0e5cbc2cf9541a740df65e",
	    "57553644b8719b76c9da74951abe0d76fd778c8dc2d7fae37c2242af56146d3d1ceee2123c"
	    "9995f2e9bd230d2be7bf5cb9c9a37858545303f59e941f795c9a27",
	    "1ce1dfd7934872fb19426d92945fe5350a246f8c3aaa6b920cc1e83ee0a207965762036333"
	    "1e0e07a46a35b9c2ece066c98f3c2293777a0c2f4a687710d1a89d" },
};

static const uint8_t question[] = "\7example\3com\0\0\374\0\1"; /* AXFR */
#define QUESTION_LEN (sizeof(question) - 1)

static struct dns_tsig_key key;
static struct dns_tsig_state client;
static struct dns_tsig tsig;
static uint8_t request[600];
static size_t request_len;

static void make_key(const char *algorithm)
{
	key = (struct dns_tsig_key){ .secret_len = 32 };
	assert_int_equal(dns_name_scan("xfr.example", 11, NULL, &key.name), 0);
	assert_int_equal(dns_tsig_algorithm_scan(algorithm, &key.algorithm), 0);
	for (unsigned i = 0; i < 32; i++)
		key.secret[i] = (uint8_t)(i + 1);
}

static size_t make_message(uint8_t *out, uint16_t flags, bool with_question)
{
	static const uint8_t header[DNS_HEADER_LEN] = { 0x12, 0x34 };
	memcpy(out, header, sizeof(header));
	kt_put16(out + 2, flags);
	kt_put16(out + 4, with_question);
	if (with_question)
		memcpy(out + DNS_HEADER_LEN, question, QUESTION_LEN);
	return DNS_HEADER_LEN + (with_question ? QUESTION_LEN : 0);
}

static void make_request(const char *algorithm)
{
	make_key(algorithm);
	dns_tsig_state_init(&client, &key);
	request_len = make_message(request, 0, true);
	assert_int_equal(
	    dns_tsig_sign(&client, request, sizeof(request), &request_len, NOW), 0);
}

static int read_request(void)
{
	return dns_tsig_read(
	    request, request_len, DNS_HEADER_LEN + QUESTION_LEN, &tsig);
}

static void assert_mac(const uint8_t *mac, size_t len, const char *hex)
{
	uint8_t expected[CRYPTO_DIGEST_MAX];
	for (size_t i = 0; hex[2 * i]; i++) {
		unsigned v;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		expected[i] = (uint8_t)v;
	}
	assert_octets(mac, len, expected, strlen(hex) / 2);
}

static void macs_are_those_of_another_implementation(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(vectors); i++) {
		make_request(vectors[i].algorithm);
		assert_int_equal(read_request(), 0);
		assert_mac(tsig.mac, tsig.mac_len, vectors[i].request);
		assert_int_equal(kt_get16(request + 10), 1);

		struct dns_tsig_state server;
		assert_int_equal(
		    dns_tsig_verify(&server, &tsig, &key, request, NOW), 0);
		uint8_t reply[600];
		size_t start = make_message(reply, 0x8400, true), len = start;
		assert_int_equal(
		    dns_tsig_sign(&server, reply, sizeof(reply), &len, NOW), 0);
		assert_int_equal(dns_tsig_read(reply, len, start, &tsig), 0);
		assert_mac(tsig.mac, tsig.mac_len, vectors[i].answer);
		assert_int_equal(tsig.original_id, 0x1234);
		assert_int_equal(tsig.error, 0);

		/* s.5.3.1: further messages of a transfer cover the MAC before and the timers */
		start = len = make_message(reply, 0x8400, false);
		assert_int_equal(
		    dns_tsig_sign(&server, reply, sizeof(reply), &len, NOW), 0);
		assert_int_equal(dns_tsig_read(reply, len, start, &tsig), 0);
		assert_mac(tsig.mac, tsig.mac_len, vectors[i].next);
	}
}

static void a_key_that_is_unknown_or_of_another_algorithm_is_badkey(void **state)
{
	(void)state;
	struct dns_tsig_state server;
	make_request("hmac-sha256");
	assert_int_equal(read_request(), 0);
	assert_int_equal(
	    dns_tsig_verify(&server, &tsig, NULL, request, NOW), DNS_RCODE_BADKEY);
	key.algorithm = DNS_TSIG_HMAC_SHA512;
	assert_int_equal(
	    dns_tsig_verify(&server, &tsig, &key, request, NOW), DNS_RCODE_BADKEY);

	/* s.5.3.2: the answer has the names of the request, the error and no MAC */
	uint8_t reply[600];
	size_t start = make_message(reply, 0x8009, true), len = start;
	assert_int_equal(dns_tsig_sign(&server, reply, sizeof(reply), &len, NOW), 0);
	assert_int_equal(dns_tsig_read(reply, len, start, &tsig), 0);
	assert_int_equal(tsig.error, DNS_RCODE_BADKEY);
	assert_int_equal(tsig.mac_len, 0);
	assert_int_equal(tsig.algorithm, DNS_TSIG_HMAC_SHA256);
	assert_true(dns_name_equal(&tsig.key_name, &key.name));
}

static void any_changed_bit_of_the_request_is_found(void **state)
{
	(void)state;
	make_request("hmac-sha256");
	struct dns_tsig_state server;
	for (size_t bit = 0; bit < request_len * 8; bit++) {
		/* the id in the header is no part of what is signed: the original id is */
		if (bit < 16)
			continue;
		request[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* letter case of the names does not count */
		bool letter = (request[bit / 8] | 0x20) >= 'a' &&
			      (request[bit / 8] | 0x20) <= 'z' && bit % 8 == 5 &&
			      bit / 8 > DNS_HEADER_LEN + QUESTION_LEN;
		if (read_request() == 0) {
			int error = dns_tsig_verify(&server, &tsig, &key, request, NOW);
			if (!letter || tsig.mac_len == 0)
				assert_true(error == DNS_RCODE_BADSIG ||
					    error == DNS_RCODE_BADKEY);
		}
		request[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(read_request(), 0);
	assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request, NOW), 0);
}

static void a_forwarded_message_verifies_under_its_original_id(void **state)
{
	(void)state;
	make_request("hmac-sha256");
	kt_put16(request, 0x7777);
	struct dns_tsig_state server;
	assert_int_equal(read_request(), 0);
	assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request, NOW), 0);
}

static void badsig_is_answered_without_a_mac(void **state)
{
	(void)state;
	make_request("hmac-sha1");
	assert_int_equal(read_request(), 0);
	key.secret[0] ^= 1;
	struct dns_tsig_state server;
	assert_int_equal(
	    dns_tsig_verify(&server, &tsig, &key, request, NOW), DNS_RCODE_BADSIG);
	uint8_t reply[600];
	size_t start = make_message(reply, 0x8009, true), len = start;
	assert_int_equal(dns_tsig_sign(&server, reply, sizeof(reply), &len, NOW), 0);
	assert_int_equal(dns_tsig_read(reply, len, start, &tsig), 0);
	assert_int_equal(tsig.error, DNS_RCODE_BADSIG);
	assert_int_equal(tsig.mac_len, 0);
}

static void time_may_differ_by_the_fudge(void **state)
{
	(void)state;
	static const struct {
		int shift, error;
	} cases[] = { { 300, 0 }, { 301, DNS_RCODE_BADTIME }, { -300, 0 },
		{ -301, DNS_RCODE_BADTIME } };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		make_request("hmac-sha256");
		assert_int_equal(read_request(), 0);
		struct dns_tsig_state server;
		assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request,
				     NOW + cases[i].shift),
		    cases[i].error);
	}
}

static void badtime_is_answered_signed_with_both_times(void **state)
{
	(void)state;
	make_request("hmac-sha256");
	assert_int_equal(read_request(), 0);
	struct dns_tsig_state server;
	assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request, NOW + 1000),
	    DNS_RCODE_BADTIME);
	uint8_t reply[600];
	size_t start = make_message(reply, 0x8009, true), len = start;
	assert_true(dns_tsig_room(&server) <= sizeof(reply) - start);
	assert_int_equal(
	    dns_tsig_sign(&server, reply, sizeof(reply), &len, NOW + 1000), 0);
	assert_int_equal(len - start, dns_tsig_room(&server));
	assert_int_equal(dns_tsig_read(reply, len, start, &tsig), 0);
	assert_int_equal(tsig.error, DNS_RCODE_BADTIME);
	assert_int_equal(tsig.mac_len, 32);
	assert_true(tsig.time_signed == NOW);
	assert_int_equal(tsig.other_len, 6);
	assert_true(kt_get48(tsig.other) == NOW + 1000);
}

/* s.5.2.2.1 */
static void a_truncated_mac_has_at_least_half_of_the_hash_and_ten_octets(void **state)
{
	(void)state;
	static const struct {
		const char *algorithm;
		unsigned keep;
		int rc;
	} cases[] = {
		{ "hmac-sha256", 32, 0 },
		{ "hmac-sha256", 31, 0 },
		{ "hmac-sha256", 16, 0 },
		{ "hmac-sha256", 15, KT_E_FORMAT },
		{ "hmac-md5", 10, 0 },
		{ "hmac-md5", 9, KT_E_FORMAT },
		{ "hmac-sha512", 32, 0 },
		{ "hmac-sha512", 31, KT_E_FORMAT },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		make_request(cases[i].algorithm);
		assert_int_equal(read_request(), 0);
		unsigned keep = cases[i].keep, cut = tsig.mac_len - keep;
		uint8_t *mac = request + (tsig.mac - request);
		kt_put16(mac - 2, (uint16_t)keep);
		memmove(mac + keep, mac + tsig.mac_len, 6);
		uint8_t *rdlen = request + DNS_HEADER_LEN + QUESTION_LEN +
				 key.name.len + 8;
		kt_put16(rdlen, (uint16_t)(kt_get16(rdlen) - cut));
		request_len -= cut;
		assert_int_equal(read_request(), cases[i].rc);
		if (cases[i].rc)
			continue;
		struct dns_tsig_state server;
		assert_int_equal(
		    dns_tsig_verify(&server, &tsig, &key, request, NOW), 0);
		assert_int_equal(server.mac_len, keep);
		key.mac_min = (uint8_t)(keep + 1); /* s.5.2.4 */
		assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request, NOW),
		    DNS_RCODE_BADTRUNC);
		request[DNS_HEADER_LEN + 1] ^= 1;
		assert_int_equal(dns_tsig_verify(&server, &tsig, &key, request, NOW),
		    DNS_RCODE_BADSIG);
	}
}

static void a_request_without_a_mac_is_badsig(void **state)
{
	(void)state;
	make_request("hmac-sha224");
	assert_int_equal(read_request(), 0);
	uint8_t *mac = request + (tsig.mac - request);
	uint8_t *rdlen = request + DNS_HEADER_LEN + QUESTION_LEN + key.name.len + 8;
	unsigned cut = tsig.mac_len;
	memmove(mac, mac + cut, 6);
	kt_put16(mac - 2, 0);
	kt_put16(rdlen, (uint16_t)(kt_get16(rdlen) - cut));
	request_len -= cut;
	assert_int_equal(read_request(), 0);
	struct dns_tsig_state server;
	assert_int_equal(
	    dns_tsig_verify(&server, &tsig, &key, request, NOW), DNS_RCODE_BADSIG);
}

static void records_cut_anywhere_are_malformed(void **state)
{
	(void)state;
	make_request("hmac-sha256");
	size_t at = DNS_HEADER_LEN + QUESTION_LEN;
	for (size_t len = at; len < request_len; len++) {
		uint8_t *copy = malloc(len);
		memcpy(copy, request, len);
		assert_int_equal(dns_tsig_read(copy, len, at, &tsig), KT_E_FORMAT);
		free(copy);
	}
	request[request_len] = 0; /* something behind the record */
	assert_int_equal(
	    dns_tsig_read(request, request_len + 1, at, &tsig), KT_E_FORMAT);
	request[at + key.name.len + 3] = 1; /* class IN */
	assert_int_equal(dns_tsig_read(request, request_len, at, &tsig), KT_E_FORMAT);
	make_request("hmac-sha256");
	request[at + key.name.len + 7] = 1; /* a TTL */
	assert_int_equal(dns_tsig_read(request, request_len, at, &tsig), KT_E_FORMAT);
}

static void a_message_without_room_stays_as_it_was(void **state)
{
	(void)state;
	make_key("hmac-sha256");
	for (size_t room = 0;; room++) {
		uint8_t reply[200];
		dns_tsig_state_init(&client, &key);
		size_t start = make_message(reply, 0, true), len = start;
		int rc = dns_tsig_sign(&client, reply, start + room, &len, NOW);
		if (room >= dns_tsig_room(&client)) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, KT_E_SPACE);
		assert_int_equal(len, start);
		assert_int_equal(kt_get16(reply + 10), 0);
	}
}

static void algorithms_are_known_by_both_names(void **state)
{
	(void)state;
	uint8_t a = 99;
	assert_int_equal(dns_tsig_algorithm_scan("HMAC-SHA384", &a), 0);
	assert_int_equal(a, DNS_TSIG_HMAC_SHA384);
	assert_int_equal(dns_tsig_algorithm_scan("hmac-md5", &a), 0);
	assert_int_equal(a, DNS_TSIG_HMAC_MD5);
	assert_int_equal(dns_tsig_algorithm_scan("hmac-md5.sig-alg.reg.int.", &a), 0);
	assert_int_equal(a, DNS_TSIG_HMAC_MD5);
	a = 99;
	assert_int_equal(dns_tsig_algorithm_scan("hmac-sha3", &a), KT_E_TYPE);
	assert_int_equal(dns_tsig_algorithm_scan("", &a), KT_E_TYPE);
	assert_int_equal(a, 99);
	assert_string_equal(dns_tsig_algorithm_text(DNS_TSIG_HMAC_SHA1), "hmac-sha1");
	assert_string_equal(dns_tsig_algorithm_text(DNS_TSIG_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs_are_those_of_another_implementation),
		cmocka_unit_test(
		    a_key_that_is_unknown_or_of_another_algorithm_is_badkey),
		cmocka_unit_test(any_changed_bit_of_the_request_is_found),
		cmocka_unit_test(a_forwarded_message_verifies_under_its_original_id),
		cmocka_unit_test(badsig_is_answered_without_a_mac),
		cmocka_unit_test(time_may_differ_by_the_fudge),
		cmocka_unit_test(badtime_is_answered_signed_with_both_times),
		cmocka_unit_test(
		    a_truncated_mac_has_at_least_half_of_the_hash_and_ten_octets),
		cmocka_unit_test(a_request_without_a_mac_is_badsig),
		cmocka_unit_test(records_cut_anywhere_are_malformed),
		cmocka_unit_test(a_message_without_room_stays_as_it_was),
		cmocka_unit_test(algorithms_are_known_by_both_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
