#include "dns/tsig.h"

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dns/query.h"
#include "dns/type.h"

#include <string.h>
#include <strings.h>

#define MAC_MIN 10 /* s.5.2.2.1 */

enum {
	FIXED_LEN = 10, /* of a record, behind its owner */
	TIMERS_LEN = 8, /* time signed and fudge */
	VARIABLES_MAX = 2 * DNS_NAME_MAX + 6 + TIMERS_LEN + 4,
	OTHER_TIME = 6, /* the server's time, with BADTIME */
	PIECES = 6,
};

/* s.6: names and what they stand for. */
static const struct {
	const char *text;
	const char *wire;
	enum crypto_digest digest;
} algorithms[DNS_TSIG_ALGORITHMS] = {
	[DNS_TSIG_HMAC_MD5] = { "hmac-md5", "\10hmac-md5\7sig-alg\3reg\3int",
	    CRYPTO_MD5 },
	[DNS_TSIG_HMAC_SHA1] = { "hmac-sha1", "\11hmac-sha1", CRYPTO_SHA1 },
	[DNS_TSIG_HMAC_SHA224] = { "hmac-sha224", "\13hmac-sha224", CRYPTO_SHA224 },
	[DNS_TSIG_HMAC_SHA256] = { "hmac-sha256", "\13hmac-sha256", CRYPTO_SHA256 },
	[DNS_TSIG_HMAC_SHA384] = { "hmac-sha384", "\13hmac-sha384", CRYPTO_SHA384 },
	[DNS_TSIG_HMAC_SHA512] = { "hmac-sha512", "\13hmac-sha512", CRYPTO_SHA512 },
};

static uint8_t algorithm_of(const struct dns_name *name)
{
	for (uint8_t i = 0; i < DNS_TSIG_ALGORITHMS; i++)
		if (dns_wire_equal(name->wire, (const uint8_t *)algorithms[i].wire))
			return i;
	return DNS_TSIG_UNKNOWN;
}

int dns_tsig_algorithm_scan(const char *text, uint8_t *out)
{
	for (uint8_t i = 0; i < DNS_TSIG_ALGORITHMS; i++)
		if (strcasecmp(text, algorithms[i].text) == 0) {
			*out = i;
			return 0;
		}
	struct dns_name name;
	if (dns_name_scan(text, strlen(text), NULL, &name) < 0)
		return KT_E_TYPE;
	uint8_t found = algorithm_of(&name);
	if (found == DNS_TSIG_UNKNOWN)
		return KT_E_TYPE;
	*out = found;
	return 0;
}

const char *dns_tsig_algorithm_text(unsigned algorithm)
{
	return algorithm < DNS_TSIG_ALGORITHMS ? algorithms[algorithm].text : "unknown";
}

/*
 * s.5.2.2.1: longer than the hash, or shorter than ten octets or half of it: FORMERR.  No MAC at
 * all is what an answer to BADKEY or BADSIG has; a request without one fails as BADSIG.
 */
static bool mac_length_allowed(unsigned algorithm, size_t len)
{
	if (algorithm == DNS_TSIG_UNKNOWN || len == 0)
		return true;
	size_t full = crypto_digest_size(algorithms[algorithm].digest);
	size_t least = full / 2 > MAC_MIN ? full / 2 : MAC_MIN;
	return len >= least && len <= full;
}

int dns_tsig_read(const uint8_t *wire, size_t len, size_t tsig_at, struct dns_tsig *out)
{
	if (tsig_at < DNS_HEADER_LEN || tsig_at > len || kt_get16(wire + 10) == 0)
		return KT_E_FORMAT;
	struct kt_reader r = kt_reader_of(wire, len);
	r.at += tsig_at;
	out->at = tsig_at;
	dns_name_read(&r, &out->key_name);
	uint16_t type = kt_read16(&r), class = kt_read16(&r);
	uint32_t ttl = kt_read32(&r);
	uint16_t rdlen = kt_read16(&r);
	if (r.err || rdlen != kt_reader_left(&r))
		return KT_E_FORMAT;
	dns_name_read(&r, &out->algorithm_name);
	uint16_t time_high = kt_read16(&r);
	out->time_signed = (uint64_t)time_high << 32 | kt_read32(&r);
	out->fudge = kt_read16(&r);
	out->mac_len = kt_read16(&r);
	out->mac = kt_read(&r, out->mac_len);
	out->original_id = kt_read16(&r);
	out->error = kt_read16(&r);
	out->other_len = kt_read16(&r);
	out->other = kt_read(&r, out->other_len);
	if (r.err || kt_reader_left(&r))
		return KT_E_FORMAT;
	if (type != DNS_TYPE_TSIG || class != DNS_CLASS_ANY || ttl != 0)
		return KT_E_FORMAT;
	dns_name_lower(&out->key_name);
	dns_name_lower(&out->algorithm_name);
	out->algorithm = algorithm_of(&out->algorithm_name);
	return mac_length_allowed(out->algorithm, out->mac_len) ? 0 : KT_E_FORMAT;
}

/* What of a TSIG record is signed along with the message (s.4.3.3). */
struct variables {
	const struct dns_name *key_name, *algorithm_name;
	uint64_t time_signed;
	uint16_t fudge, error, other_len;
	const uint8_t *other;
};

static size_t write_variables(const struct variables *v, bool timers_only, uint8_t *out)
{
	struct kt_writer w = kt_writer_of(out, VARIABLES_MAX);
	if (!timers_only) {
		kt_write(&w, v->key_name->wire, v->key_name->len);
		kt_write16(&w, DNS_CLASS_ANY);
		kt_write32(&w, 0);
		kt_write(&w, v->algorithm_name->wire, v->algorithm_name->len);
	}
	kt_write48(&w, v->time_signed);
	kt_write16(&w, v->fudge);
	if (!timers_only) {
		kt_write16(&w, v->error);
		kt_write16(&w, v->other_len);
	}
	return kt_writer_len(&w);
}

/*
 * The MAC over prior (the MAC of the message before: none for a request), the message
 * with the id it was signed under, and the variables.
 */
static int compute(const struct dns_tsig_key *key, const uint8_t *prior,
    size_t prior_len, const uint8_t header[DNS_HEADER_LEN], const uint8_t *body,
    size_t body_len, const struct variables *v, bool timers_only,
    uint8_t out[CRYPTO_DIGEST_MAX])
{
	uint8_t prior_size[2], variables[VARIABLES_MAX];
	struct crypto_piece pieces[PIECES];
	size_t n = 0;
	if (prior_len) {
		kt_put16(prior_size, (uint16_t)prior_len);
		pieces[n++] = (struct crypto_piece){ prior_size, 2 };
		pieces[n++] = (struct crypto_piece){ prior, prior_len };
	}
	pieces[n++] = (struct crypto_piece){ header, DNS_HEADER_LEN };
	pieces[n++] = (struct crypto_piece){ body, body_len };
	size_t variables_len = write_variables(v, timers_only, variables);
	pieces[n++] = (struct crypto_piece){ variables, variables_len };
	if (!timers_only && v->other_len)
		pieces[n++] = (struct crypto_piece){ v->other, v->other_len };
	return crypto_hmac(algorithms[key->algorithm].digest, key->secret,
	    key->secret_len, pieces, n, out);
}

/* s.5.2.2: is the MAC that of the message without its TSIG? */
static bool mac_matches(
    const struct dns_tsig *tsig, const struct dns_tsig_key *key, const uint8_t *wire)
{
	uint8_t header[DNS_HEADER_LEN], mac[CRYPTO_DIGEST_MAX];
	memcpy(header, wire, sizeof(header));
	kt_put16(header, tsig->original_id);
	kt_put16(header + 10, (uint16_t)(kt_get16(header + 10) - 1));
	struct variables v = { .key_name = &tsig->key_name,
		.algorithm_name = &tsig->algorithm_name,
		.time_signed = tsig->time_signed,
		.fudge = tsig->fudge,
		.error = tsig->error,
		.other_len = tsig->other_len,
		.other = tsig->other };
	if (!tsig->mac_len || compute(key, NULL, 0, header, wire + DNS_HEADER_LEN,
				  tsig->at - DNS_HEADER_LEN, &v, false, mac) < 0)
		return false;
	return crypto_equal(mac, tsig->mac, tsig->mac_len);
}

/* s.5.2.3 */
static bool time_matches(const struct dns_tsig *tsig, kt_unix now)
{
	int64_t signed_at = (int64_t)tsig->time_signed;
	return now <= signed_at + tsig->fudge && now >= signed_at - tsig->fudge;
}

int dns_tsig_verify(struct dns_tsig_state *state, const struct dns_tsig *tsig,
    const struct dns_tsig_key *key, const uint8_t *wire, kt_unix now)
{
	state->key_name = tsig->key_name;
	state->algorithm_name = tsig->algorithm_name;
	state->request_time = tsig->time_signed;
	state->chained = false;
	state->mac_len = 0;
	if (!key || tsig->algorithm != key->algorithm)
		return state->error = DNS_RCODE_BADKEY;
	if (!mac_matches(tsig, key, wire))
		return state->error = DNS_RCODE_BADSIG;
	state->key = *key;
	state->mac_len = (uint8_t)tsig->mac_len;
	memcpy(state->mac, tsig->mac, tsig->mac_len);
	if (!time_matches(tsig, now))
		return state->error = DNS_RCODE_BADTIME;
	if (tsig->mac_len < key->mac_min)
		return state->error = DNS_RCODE_BADTRUNC;
	return state->error = 0;
}

void dns_tsig_state_init(struct dns_tsig_state *state, const struct dns_tsig_key *key)
{
	state->key = *key;
	state->key_name = key->name;
	dns_name_from_wire(
	    &state->algorithm_name, (const uint8_t *)algorithms[key->algorithm].wire);
	state->request_time = 0;
	state->error = 0;
	state->chained = false;
	state->mac_len = 0;
}

/* s.5.3.2: where key or MAC were wrong there is nothing to sign with. */
static bool leaves_mac_out(const struct dns_tsig_state *state)
{
	return state->error == DNS_RCODE_BADKEY || state->error == DNS_RCODE_BADSIG;
}

static size_t mac_size(const struct dns_tsig_state *state)
{
	if (leaves_mac_out(state))
		return 0;
	return crypto_digest_size(algorithms[state->key.algorithm].digest);
}

size_t dns_tsig_room(const struct dns_tsig_state *state)
{
	return (size_t)state->key_name.len + FIXED_LEN + state->algorithm_name.len +
	       TIMERS_LEN + 2 + mac_size(state) + 6 +
	       (state->error == DNS_RCODE_BADTIME ? OTHER_TIME : 0);
}

static void write_record(struct kt_writer *w, const struct variables *v,
    const uint8_t *mac, size_t mac_len, uint16_t id)
{
	kt_write(w, v->key_name->wire, v->key_name->len);
	kt_write16(w, DNS_TYPE_TSIG);
	kt_write16(w, DNS_CLASS_ANY);
	kt_write32(w, 0);
	kt_write16(w, (uint16_t)(v->algorithm_name->len + TIMERS_LEN + 2 + mac_len + 6 +
				 v->other_len));
	kt_write(w, v->algorithm_name->wire, v->algorithm_name->len);
	kt_write48(w, v->time_signed);
	kt_write16(w, v->fudge);
	kt_write16(w, (uint16_t)mac_len);
	kt_write(w, mac, mac_len);
	kt_write16(w, id);
	kt_write16(w, v->error);
	kt_write16(w, v->other_len);
	kt_write(w, v->other, v->other_len);
}

int dns_tsig_sign(
    struct dns_tsig_state *state, uint8_t *wire, size_t size, size_t *len, kt_unix now)
{
	if (*len < DNS_HEADER_LEN || size < *len || size - *len < dns_tsig_room(state))
		return KT_E_SPACE;
	uint8_t server_time[OTHER_TIME], mac[CRYPTO_DIGEST_MAX];
	kt_put48(server_time, (uint64_t)now);
	bool bad_time = state->error == DNS_RCODE_BADTIME;
	struct variables v = { .key_name = &state->key_name,
		.algorithm_name = &state->algorithm_name,
		/* s.5.2.3: with BADTIME the client's time goes back, ours is in other data */
		.time_signed = bad_time ? state->request_time : (uint64_t)now,
		.fudge = DNS_TSIG_FUDGE,
		.error = state->error,
		.other_len = bad_time ? OTHER_TIME : 0,
		.other = server_time };
	size_t mac_len = mac_size(state);
	if (mac_len) {
		int rc = compute(&state->key, state->mac, state->mac_len, wire,
		    wire + DNS_HEADER_LEN, *len - DNS_HEADER_LEN, &v, state->chained,
		    mac);
		if (rc < 0)
			return rc;
		memcpy(state->mac, mac, mac_len);
		state->mac_len = (uint8_t)mac_len;
		state->chained = true;
	}
	struct kt_writer w = kt_writer_of(wire, size);
	w.at += *len;
	write_record(&w, &v, mac, mac_len, kt_get16(wire));
	kt_put16(wire + 10, (uint16_t)(kt_get16(wire + 10) + 1));
	*len = kt_writer_len(&w);
	return 0;
}
