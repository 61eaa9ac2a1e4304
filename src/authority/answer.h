/*
 * authority/answer.h -- from a question to its answer: the seam of this layer.
 *
 * A question is read (dns/query.h), its zone and node are found in the published
 * zone set, and the answer is written into the caller's buffer: RFC 1034 s.4.3.2 with
 * what came after it.  No I/O, no lock, no allocation; a worker keeps bodies that
 * were dear to build (authority/image.h).
 *
 * Input:    queries as dns_query_read() left them, hostile or not.
 * Memory:   a worker owns its tables; the configuration and zones are published
 *           snapshots, held only during the call.
 * Threads:  one worker object a thread; the thread is a reader of base/publish.h and
 *           online during calls.
 * RFC:      1034, 2181, 2308, 4035, 4592, 5155, 6604, 6672, 6891, 7871, 7873, 8482, 8914,
 *           9018, 9567, 9660.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/hash.h"
#include "base/publish.h"
#include "conf/steering.h"
#include "dns/query.h"
#include "steering/steering.h"
#include "zone/set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A TSIG key by name. */
struct authority_key {
	struct dns_name name; /* lower case */
	uint8_t algorithm;    /* enum dns_tsig_algorithm (dns/tsig.h) */
	uint8_t secret[128];
	uint8_t secret_len;
};

/* Who may transfer a zone: an address with or without a key. */
struct authority_peer {
	struct kt_prefix from;
	const struct authority_key *key; /* NULL: none wanted */
};

/* A record pattern for a reverse or forward prefix (authority/synth.h). */
struct authority_synth;

/* What may be done with a zone; zone_entry.policy is the index in authority_config.policies. */
struct authority_policy {
	const struct authority_peer *transfer_to;
	size_t n_transfer_to;
	const struct authority_synth *synth; /* NULL: none */
	/* by the number of a steered node (zone/steered.h); NULL: none */
	const struct steering_service *const *steered;
	size_t n_steered;
};

/* One configuration, immutable, with the zones it serves. */
struct authority_config {
	struct zone_set *zones;
	const struct authority_policy *policies; /* [0] is the default */
	size_t n_policies;
	const struct authority_key *keys;
	size_t n_keys;
	char nsid[128];    /* node.name; empty: none */
	char version[128]; /* version.bind's answer; empty: refused */
	uint16_t
	    udp_max; /* largest UDP answer, and the size that OPT tells; default 1232 */
	uint16_t
	    tcp_keepalive; /* RFC 7828: idle time of a connection in units of 100 ms; 0: not told */
	bool minimal;                       /* minimal responses, default true */
	bool any_minimal;                   /* RFC 8482, default true */
	bool cookies;                       /* default true */
	struct kt_sip_key cookie_secret[2]; /* [0] makes, both are accepted */
	unsigned n_cookie_secrets;
	uint8_t report_agent[256]; /* RFC 9567 agent domain, wire; root: none */
	/* NULL: nothing is steered, and ECS options are not answered */
	const struct conf_steering *steering;
	size_t n_maps; /* of steering */
};

enum authority_counter {
#define AUTHORITY_COUNTERS(X)                                       \
 X(queries, "queries read")                                         \
 X(answered, "answers given")                                       \
 X(dropped, "messages not answered: responses and runts")           \
 X(formerr, "malformed queries")                                    \
 X(notimp, "opcodes that are not served")                           \
 X(badvers, "EDNS versions other than 0")                           \
 X(refused, "questions outside the zones, and what is not allowed") \
 X(servfail, "questions for zones that are not loaded")             \
 X(nxdomain, "names that do not exist")                             \
 X(nodata, "names without the type asked for")                      \
 X(referral, "referrals")                                           \
 X(truncated, "answers with TC")                                    \
 X(image_hit, "answers copied from an image")                       \
 X(image_miss, "answers built and kept")                            \
 X(edns, "queries with EDNS")                                       \
 X(dnssec_ok, "queries with DO")                                    \
 X(cookie_valid, "queries with a valid server cookie")              \
 X(cookie_bad, "queries with a server cookie that is not valid")    \
 X(transfer, "zone transfers begun")                                \
 X(transfer_refused, "zone transfers refused")                      \
 X(tsig_bad, "messages whose TSIG does not verify")                 \
 X(steered, "answers that steering chose")                          \
 X(ecs, "queries with a client subnet that counts")                 \
 X(ecs_short, "client subnets shorter than their cell")             \
 X(ecs_untrusted, "client subnets from resolvers that are not trusted")
#define X(name, help) AUTHORITY_N_##name,
	AUTHORITY_COUNTERS(X)
#undef X
	AUTHORITY_N_COUNTERS
};

struct authority_worker;

struct dns_reply {
	uint8_t *wire; /* the caller's buffer */
	size_t size;   /* its octets: 65,535 for TCP */
	size_t len;    /* octets of the answer; 0: send nothing */
	bool more;     /* a transfer: call authority_continue() for the next message */
};

/* config: a slot that holds a struct authority_config; images_size: octets for images. */
KT_MUST struct authority_worker *authority_worker_new(
    const kt_slot *config, size_t images_size);
void authority_worker_free(struct authority_worker *worker);
/* Written by the worker's thread only; others may read while it runs. */
KT_NONNULL const uint64_t *authority_counters(const struct authority_worker *worker);

/* Answers one query. */
KT_NONNULL KT_HOT void authority_answer(struct authority_worker *worker,
    const struct dns_query *q, struct dns_reply *reply);

/*
 * Resolvers whose client subnets were shorter than the cells in them, a few hundred at
 * most a worker, the busiest stay: what they can never reach, kotae ecs lint tells.
 */
struct authority_short_source {
	struct kt_addr resolver;
	uint16_t map; /* of steering.conf->maps */
	uint8_t family, source, needed;
	uint64_t n;
};
/* Copies at most size of them; how many.  Any thread, while the worker runs. */
KT_NONNULL size_t authority_short_sources(const struct authority_worker *worker,
    struct authority_short_source *out, size_t size);

/*
 * Answers n queries, looking ahead so that memory is fetched for all of them at once:
 * the same results as n calls of authority_answer().
 */
#define AUTHORITY_BATCH 64
KT_NONNULL KT_HOT void authority_answer_batch(struct authority_worker *worker,
    const struct dns_query *const *q, struct dns_reply *const *reply, unsigned n);

/*
 * A transfer over TCP: when reply->more was set by authority_answer() (reply->len is
 * then 0), authority_begin_stream() of the same query gives the stream, and each call of
 * authority_continue() writes one message, until reply->more is false.  The stream holds
 * the snapshot it began with, so a reload does not disturb it, and borrows nothing of q.
 *
 * NULL: the query is no longer allowed to begin one; reply->len 0 from authority_continue():
 * the transfer cannot go on.  Close the connection in both cases.  now is for the
 * signatures of messages.  A stream is continued by the thread of its worker.
 */
struct authority_stream;
KT_MUST KT_NONNULL struct authority_stream *authority_begin_stream(
    struct authority_worker *worker, const struct dns_query *q);
KT_NONNULL void authority_continue(
    struct authority_stream *stream, kt_unix now, struct dns_reply *reply);
void authority_end_stream(struct authority_stream *stream);
