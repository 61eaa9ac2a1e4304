/*
 * dns/query.h -- a query as it came, read in one pass.
 *
 * Reads header, question and EDNS; lower-cases the name and hashes it from the right,
 * label by label, on the way, so that looking for a zone and for a name below it
 * costs no second pass.  What is malformed is found here and nowhere else.
 *
 * Input:    hostile octets, at most 65,535; work linear in the length, compression in
 *           the question is refused.
 * Memory:   borrows the octets; the struct is the caller's, and large: keep one for each
 *           packet of a batch.
 * RFC:      1035 s.4.1, 6891, 8945, 9619 (QDCOUNT).
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/hash.h"
#include "dns/edns.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_opcode {
	DNS_OPCODE_QUERY = 0,
	DNS_OPCODE_STATUS = 2,
	DNS_OPCODE_NOTIFY = 4,
	DNS_OPCODE_UPDATE = 5,
	DNS_OPCODE_DSO = 6,
};

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
	DNS_RCODE_YXDOMAIN = 6,
	DNS_RCODE_NOTAUTH = 9,
	DNS_RCODE_NOTZONE = 10,
	DNS_RCODE_BADVERS = 16,
	DNS_RCODE_BADSIG = 16,
	DNS_RCODE_BADKEY = 17,
	DNS_RCODE_BADTIME = 18,
	DNS_RCODE_BADTRUNC = 22,
	DNS_RCODE_BADCOOKIE = 23,
};

#define DNS_HEADER_LEN 12
#define DNS_FLAG_QR    0x8000
#define DNS_FLAG_AA    0x0400
#define DNS_FLAG_TC    0x0200
#define DNS_FLAG_RD    0x0100
#define DNS_FLAG_RA    0x0080
#define DNS_FLAG_AD    0x0020
#define DNS_FLAG_CD    0x0010

enum dns_transport {
	DNS_OVER_UDP,
	DNS_OVER_TCP,
};

/* What to do with a message that was read. */
enum dns_verdict {
	DNS_VERDICT_ANSWER, /* a query with one question */
	DNS_VERDICT_DROP,   /* a response, or shorter than a header: never answered */
	DNS_VERDICT_FORMERR, /* header can be echoed; question too if question_len is not 0 */
	DNS_VERDICT_NOTIMP, /* an opcode that nobody here answers */
	DNS_VERDICT_BADVERS,
};

/* Where a query came from: filled by whoever received it. */
struct dns_client {
	const struct sockaddr *peer;
	const struct sockaddr *local;
	enum dns_transport transport;
	struct kt_instant now;
	kt_unix unix_now;
};

struct dns_query {
	const uint8_t *wire;
	size_t len;
	const struct dns_client *client;

	enum dns_verdict verdict;
	uint16_t id, flags;
	uint8_t opcode;
	uint16_t qtype, qclass;
	uint16_t question_len; /* name, type and class; 0: no question was read */
	struct dns_edns edns;
	uint32_t tsig_at; /* offset of the TSIG record; 0: none */

	struct dns_name qname; /* in lower case */
	/*
	 * For i in 0..qname.labels: suffix i is the name without its first i labels; it
	 * starts at qname.wire + label_at[i], and hash[i] is dns_suffix_hash() of it.
	 */
	uint8_t label_at[DNS_LABELS_MAX + 1];
	uint64_t hash[DNS_LABELS_MAX + 1];
};

/* The hash of the root; each label further left is folded in by dns_hash_label(). */
#define DNS_HASH_ROOT 0x6b6f746165u

/* label: its length octet first, lower case; hash: that of the name behind it. */
static inline uint64_t dns_hash_label(uint64_t hash, const uint8_t *label)
{
	return kt_hash_octets(hash, label + 1, label[0]);
}

/* Hashes a whole name in lower case as a query's suffixes are hashed. */
KT_NONNULL uint64_t dns_suffix_hash(const uint8_t *wire);

/*
 * Reads a message.  Never fails: q->verdict says what to do.  client is kept as a
 * pointer.
 */
KT_NONNULL void dns_query_read(struct dns_query *q, const uint8_t *wire, size_t len,
    const struct dns_client *client);

/*
 * Makes q ask for another name (the next step of a CNAME chain): qname, label_at and hash
 * are those of wire, in lower case; the message as received stays.
 */
KT_NONNULL void dns_query_rename(struct dns_query *q, const uint8_t *wire);
