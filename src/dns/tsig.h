/*
 * dns/tsig.h -- messages signed with a shared secret.
 *
 * A server reads the TSIG record of a request, looks for the key by its names, verifies,
 * and signs its answer, or each message of its answer, with the same state:
 *
 *   dns_tsig_read(wire, len, q->tsig_at, &tsig);      KT_E_FORMAT: FORMERR
 *   key = find(tsig.key_name, tsig.algorithm);        NULL: BADKEY
 *   dns_tsig_verify(&state, &tsig, key, wire, now);   not 0: NOTAUTH
 *   dns_tsig_sign(&state, reply, size, &reply_len, now);
 *
 * Input:    dns_tsig_read() and dns_tsig_verify() take hostile octets; work linear in them.
 * Memory:   a state holds copies of all but the message, so it may outlive key and request.
 * Threads:  no shared state.
 * RFC:      8945.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_tsig_algorithm {
	DNS_TSIG_HMAC_MD5,
	DNS_TSIG_HMAC_SHA1,
	DNS_TSIG_HMAC_SHA224,
	DNS_TSIG_HMAC_SHA256,
	DNS_TSIG_HMAC_SHA384,
	DNS_TSIG_HMAC_SHA512,
	DNS_TSIG_ALGORITHMS,
	DNS_TSIG_UNKNOWN = DNS_TSIG_ALGORITHMS,
};

/* "hmac-sha256", or the long name of hmac-md5, in any letter case.  0 or KT_E_TYPE. */
KT_MUST KT_NONNULL int dns_tsig_algorithm_scan(const char *text, uint8_t *out);
/* The name in text, "hmac-sha256". */
const char *dns_tsig_algorithm_text(unsigned algorithm);

#define DNS_TSIG_SECRET_MAX 128
#define DNS_TSIG_FUDGE      300 /* seconds; RFC 8945 s.10 */

struct dns_tsig_key {
	struct dns_name name; /* lower case */
	uint8_t algorithm;    /* enum dns_tsig_algorithm */
	uint8_t
	    mac_min; /* shorter MACs are BADTRUNC (s.5.2.4); 0: what the RFC allows */
	uint8_t secret_len;
	uint8_t secret[DNS_TSIG_SECRET_MAX];
};

/* The TSIG record of a message. */
struct dns_tsig {
	struct dns_name key_name;       /* lower case */
	struct dns_name algorithm_name; /* lower case */
	uint8_t algorithm; /* enum dns_tsig_algorithm, DNS_TSIG_UNKNOWN too */
	uint64_t time_signed;
	uint16_t fudge, original_id, error;
	uint16_t mac_len, other_len;
	const uint8_t *mac, *other; /* in the message */
	size_t at; /* where the record starts: the signed message ends here */
};

/* What is kept between the messages of an exchange. */
struct dns_tsig_state {
	struct dns_tsig_key key;                  /* valid when the request's MAC was */
	struct dns_name key_name, algorithm_name; /* as the request had them */
	uint64_t request_time;
	uint16_t
	    error; /* the TSIG error: 0, DNS_RCODE_BADSIG, BADKEY, BADTIME, BADTRUNC */
	bool chained; /* a message was signed: the next covers timers only (s.5.3.1) */
	uint8_t mac_len; /* of the message before */
	uint8_t mac[CRYPTO_DIGEST_MAX];
};

/*
 * Reads the record that starts at an offset and must end the message.  KT_E_FORMAT: it is
 * malformed, its class is not ANY or its TTL not 0 (s.4.2), or its MAC has a length that
 * s.5.2.2.1 calls FORMERR.
 */
KT_MUST KT_NONNULL int dns_tsig_read(
    const uint8_t *wire, size_t len, size_t tsig_at, struct dns_tsig *out);

/*
 * Verifies a request and prepares state for the answer.  key: the one with both names of
 * tsig, or NULL.  Returns 0, or the TSIG error, in the order of s.5.2: DNS_RCODE_BADKEY,
 * BADSIG, BADTIME, BADTRUNC; the answer then has rcode NOTAUTH and is signed too
 * (which leaves the MAC out where s.5.3.2 says so).
 */
KT_MUST int dns_tsig_verify(struct dns_tsig_state *state, const struct dns_tsig *tsig,
    const struct dns_tsig_key *key, const uint8_t *wire, kt_unix now);

/* Octets that dns_tsig_sign() is going to append at most. */
KT_NONNULL size_t dns_tsig_room(const struct dns_tsig_state *state);

/*
 * Appends a TSIG record to a finished message of *len octets and counts it in the header.
 * The first message covers the request's MAC, each further one the MAC of the one before
 * it.  0, KT_E_SPACE, or KT_E_CRYPTO; on error the message stays as it was.
 */
KT_MUST KT_NONNULL int dns_tsig_sign(
    struct dns_tsig_state *state, uint8_t *wire, size_t size, size_t *len, kt_unix now);

/*
 * For who sends requests: prepares a state that signs one, with chained off and no
 * MAC before it.
 */
KT_NONNULL void dns_tsig_state_init(
    struct dns_tsig_state *state, const struct dns_tsig_key *key);
