/*
 * fuzz/tsig_fuzz.c -- dns/tsig: a signed request, and the answer to it.
 *
 * Input: 2 octets, an offset to read a TSIG record at; 1 octet, minutes that the server's
 * clock differs; the message.  The key of the corpus is key. with the secret 1, 2, ... 32
 * and any algorithm; requests are signed at 1,793,000,000.
 */
#include "dns/tsig.h"

#include "base/bytes.h"
#include "dns/query.h"
#include "fuzz.h"

#include <string.h>

#define SIGNED_AT 1793000000

static void check_inside(
    const uint8_t *part, size_t part_len, const uint8_t *all, size_t len)
{
	fuzz_check(part >= all && part_len <= len && part <= all + (len - part_len));
}

static void check_record(const struct dns_tsig *tsig, const uint8_t *wire, size_t len)
{
	fuzz_check(tsig->at >= DNS_HEADER_LEN && tsig->at < len);
	check_inside(tsig->mac, tsig->mac_len, wire, len);
	check_inside(tsig->other, tsig->other_len, wire, len);
	fuzz_check(tsig->algorithm <= DNS_TSIG_UNKNOWN);
	fuzz_check(
	    tsig->algorithm == DNS_TSIG_UNKNOWN || tsig->mac_len <= CRYPTO_DIGEST_MAX);
}

static struct dns_tsig_key make_key(uint8_t algorithm)
{
	struct dns_tsig_key key = { .algorithm = algorithm, .secret_len = 32 };
	fuzz_check(dns_name_scan("key", 3, NULL, &key.name) == 0);
	for (unsigned i = 0; i < 32; i++)
		key.secret[i] = (uint8_t)(i + 1);
	return key;
}

/* Signs an answer and reads it as the client would. */
static void check_answer(struct dns_tsig_state *state, int error, kt_unix now)
{
	static const uint8_t header[DNS_HEADER_LEN] = { 0x12, 0x34, 0x84 };
	struct dns_tsig_state client = *state;
	struct dns_tsig tsig;
	uint8_t reply[2048], again[2048];
	size_t len = sizeof(header), room = dns_tsig_room(state);
	memcpy(reply, header, sizeof(header));
	fuzz_check(
	    dns_tsig_sign(state, reply, len + room - 1, &len, now) == KT_E_SPACE);
	fuzz_check(len == sizeof(header));
	fuzz_check(dns_tsig_sign(state, reply, sizeof(reply), &len, now) == 0);
	fuzz_check(len == sizeof(header) + room && kt_get16(reply + 10) == 1);
	fuzz_check(dns_tsig_read(reply, len, sizeof(header), &tsig) == 0);
	fuzz_check(tsig.error == error);
	fuzz_check(dns_name_equal(&tsig.key_name, &state->key_name));
	fuzz_check(dns_name_equal(&tsig.algorithm_name, &state->algorithm_name));
	bool bare = error == DNS_RCODE_BADKEY || error == DNS_RCODE_BADSIG;
	fuzz_check(bare == (tsig.mac_len == 0));
	fuzz_check((error == DNS_RCODE_BADTIME) == (tsig.other_len == 6));

	size_t again_len = sizeof(header);
	memcpy(again, header, sizeof(header));
	fuzz_check(dns_tsig_sign(&client, again, sizeof(again), &again_len, now) == 0);
	fuzz_check(again_len == len && memcmp(again, reply, len) == 0);
}

static void verify(const struct dns_tsig *tsig, const uint8_t *wire, kt_unix now)
{
	struct dns_tsig_state state;
	struct dns_tsig_key key = make_key(tsig->algorithm);
	bool known = tsig->algorithm != DNS_TSIG_UNKNOWN &&
		     dns_name_equal(&tsig->key_name, &key.name);
	int error = dns_tsig_verify(&state, tsig, known ? &key : NULL, wire, now);
	fuzz_check(known || error == DNS_RCODE_BADKEY);
	fuzz_check(error == state.error);
	check_answer(&state, error, now);
	if (error == 0) { /* another secret does not do */
		key.secret[0] ^= 1;
		fuzz_check(
		    dns_tsig_verify(&state, tsig, &key, wire, now) == DNS_RCODE_BADSIG);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_query q;
	static const struct dns_client client;
	struct dns_tsig tsig;
	if (size < 3 + DNS_HEADER_LEN || size > 3 + 65535)
		return 0;
	const uint8_t *wire = data + 3;
	size_t len = size - 3, at = kt_get16(data);
	kt_unix now = SIGNED_AT + (int8_t)data[2] * 60;
	if (dns_tsig_read(wire, len, at, &tsig) == 0)
		check_record(&tsig, wire, len);
	dns_query_read(&q, wire, len, &client);
	if (q.verdict != DNS_VERDICT_ANSWER || !q.tsig_at)
		return 0;
	if (dns_tsig_read(wire, len, q.tsig_at, &tsig) < 0)
		return 0;
	check_record(&tsig, wire, len);
	verify(&tsig, wire, now);
	return 0;
}
