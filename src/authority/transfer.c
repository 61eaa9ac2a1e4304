#include "authority/transfer.h"

#include "authority/edns.h"
#include "authority/tsig.h"
#include "authority/worker_p.h"
#include "base/addr.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

/*
 * Octets of a message: compression pointers reach no further than this, and a message is
 * a unit of scheduling between the connections of a worker.  A record that is larger
 * has a message of its own size.
 */
#define MESSAGE_TARGET 16384

#define QUESTION_MAX (DNS_NAME_MAX + 4)

enum verdict {
	STREAM,
	ONLY_SOA,
	ERROR,
};

struct judgement {
	enum verdict verdict;
	uint8_t rcode; /* ERROR */
	int ede;
};

static struct judgement error(uint8_t rcode, int ede)
{
	return (struct judgement){ ERROR, rcode, ede };
}

/* The serial that an IXFR client has: the SOA in its authority section (RFC 1995 s.3). */
static bool read_client_serial(const struct dns_query *q, uint32_t *serial)
{
	struct kt_reader r = kt_reader_of(q->wire, q->len);
	struct dns_message_record record;
	struct dns_name name;
	if (kt_get16(q->wire + 6) != 0 || kt_get16(q->wire + 8) == 0)
		return false;
	r.at += DNS_HEADER_LEN + q->question_len;
	dns_message_read_record(&r, &record);
	if (r.err || record.type != DNS_TYPE_SOA || record.class != DNS_CLASS_IN ||
	    !dns_name_equal(&record.owner, &q->qname))
		return false;
	r.end = r.at;
	r.at = r.start + record.rdata_at;
	dns_name_read(&r, &name);
	dns_name_read(&r, &name);
	*serial = kt_read32(&r);
	return !r.err;
}

/* RFC 1982 s.3.2: b is the same as a, or newer. */
static bool serial_reaches(uint32_t b, uint32_t a)
{
	return (int32_t)(b - a) >= 0;
}

static bool may_transfer(const struct authority_policy *policy,
    const struct dns_query *q, const struct dns_tsig_state *tsig)
{
	struct kt_addr from = kt_addr_of_socket(q->client->peer);
	kt_addr_unmap(&from);
	for (size_t i = 0; i < policy->n_transfer_to; i++) {
		const struct authority_peer *peer = &policy->transfer_to[i];
		if (!kt_prefix_covers(&peer->from, &from))
			continue;
		if (!peer->key)
			return true;
		if (tsig && tsig->error == 0 &&
		    tsig->key.algorithm == peer->key->algorithm &&
		    dns_name_equal(&tsig->key.name, &peer->key->name))
			return true;
	}
	return false;
}

static struct judgement judge(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *entry,
    const struct dns_tsig_state *tsig)
{
	bool udp = q->client->transport == DNS_OVER_UDP;
	if (q->qtype == DNS_TYPE_AXFR && udp) /* RFC 5936 s.4.2 leaves it undefined */
		return error(DNS_RCODE_FORMERR, DNS_EDE_NOT_SUPPORTED);
	if (!entry || entry->len != q->qname.len) /* RFC 5936 s.2.2.1 */
		return error(DNS_RCODE_NOTAUTH, DNS_EDE_NOT_AUTHORITATIVE);
	if (entry->policy >= config->n_policies ||
	    !may_transfer(&config->policies[entry->policy], q, tsig))
		return error(DNS_RCODE_REFUSED, DNS_EDE_PROHIBITED);
	if (!entry->zone || !zone_rrset_find(zone_apex(entry->zone), DNS_TYPE_SOA))
		return error(DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY);
	if (q->qtype == DNS_TYPE_IXFR) {
		uint32_t serial;
		if (!read_client_serial(q, &serial))
			return error(DNS_RCODE_FORMERR, DNS_EDE_NONE);
		if (udp || serial_reaches(serial, entry->zone->serial))
			return (struct judgement){ ONLY_SOA, DNS_RCODE_NOERROR,
				DNS_EDE_NONE };
	}
	return (struct judgement){ STREAM, DNS_RCODE_NOERROR, DNS_EDE_NONE };
}

static uint16_t reply_flags(const struct dns_query *q)
{
	return (
	    uint16_t)(DNS_FLAG_QR | DNS_FLAG_AA | (q->flags & (0x7800 | DNS_FLAG_RD)));
}

/* One record at a place in a set. */
static void put_record(struct dns_message_writer *m, const struct zone_node *node,
    uint16_t type, uint32_t ttl_s, const uint8_t *at)
{
	dns_message_put(
	    m, DNS_ANSWER, node->name, type, DNS_CLASS_IN, ttl_s, at + 2, kt_get16(at));
}

/* Appends an OPT record, for which room was kept back. */
static size_t finish(struct dns_message_writer *m, const uint8_t *opt, size_t opt_len)
{
	dns_message_finish(m, DNS_RCODE_NOERROR, opt_len != 0);
	memcpy(m->w.at, opt, opt_len);
	return kt_writer_len(&m->w) + opt_len;
}

static size_t make_opt(const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, uint8_t opt[AUTHORITY_OPT_MAX])
{
	struct kt_writer w = kt_writer_of(opt, AUTHORITY_OPT_MAX);
	authority_opt_write(
	    config, q, entry, DNS_RCODE_NOERROR, DNS_EDE_NONE, NULL, &w);
	return kt_writer_len(&w);
}

static size_t udp_limit(
    const struct authority_config *config, const struct dns_query *q, size_t size)
{
	if (q->client->transport != DNS_OVER_UDP)
		return size;
	size_t limit = 512;
	if (q->edns.present && q->edns.udp_size > limit)
		limit = q->edns.udp_size < config->udp_max ? q->edns.udp_size
							   : config->udp_max;
	return limit < size ? limit : size;
}

static void reply_soa(struct authority_worker *worker,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply)
{
	struct dns_message_writer *m = &worker->writer;
	uint8_t opt[AUTHORITY_OPT_MAX];
	size_t opt_len = make_opt(config, q, entry, opt);
	const struct zone_node *apex = zone_apex(entry->zone);
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	dns_message_begin(m, reply->wire, udp_limit(config, q, reply->size) - opt_len,
	    q, reply_flags(q));
	put_record(m, apex, DNS_TYPE_SOA, soa->ttl_s, soa->data);
	if (m->w.err)
		kt_put16(reply->wire + 2, reply_flags(q) | DNS_FLAG_TC);
	reply->len = finish(m, opt, opt_len);
}

void authority_transfer(struct authority_worker *worker,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, const struct dns_tsig_state *tsig,
    struct dns_reply *reply)
{
	struct judgement j = judge(config, q, entry, tsig);
	switch (j.verdict) {
	case STREAM:
		reply->len = 0;
		reply->more = true;
		return;
	case ONLY_SOA:
		worker->counters[AUTHORITY_N_answered]++;
		reply_soa(worker, config, q, entry, reply);
		return;
	case ERROR:
		worker->counters[AUTHORITY_N_transfer_refused]++;
		authority_reply_error(worker, config, q, entry, j.rcode, j.ede, reply);
		return;
	}
}

enum step {
	FIRST_SOA,
	RECORDS, /* all but the SOA, its signatures included */
	LAST_SOA,
	DONE,
};

struct authority_stream {
	struct authority_worker *worker;
	struct zone_snapshot *zone;
	/* the next record */
	enum step step;
	const struct zone_node *node;
	const struct zone_rrset *set;
	unsigned n_sets,
	    n_left; /* sets of the node, and records of the set or its signatures: with this one */
	bool signatures;
	const uint8_t *at;
	/* for the first message */
	bool first;
	uint16_t flags;
	size_t opt_len;
	uint8_t opt[AUTHORITY_OPT_MAX];
	struct dns_query q; /* its wire is below, its client is not kept */
	uint8_t wire[DNS_HEADER_LEN + QUESTION_MAX];

	bool is_signed;
	struct dns_tsig_state tsig;
};

/* Moves on to the first record at or behind the cursor's set. */
static void settle(struct authority_stream *s)
{
	for (;;) {
		if (s->n_left)
			return;
		if (!s->signatures && s->set) {
			s->signatures = true;
			s->n_left = s->set->n_sig;
			s->at = zone_signatures(s->set);
			continue;
		}
		if (s->n_sets) {
			s->set = s->set ? zone_rrset_next(s->set)
					: zone_rrsets(s->node);
			s->n_sets--;
			s->signatures = false;
			s->at = s->set->data;
			/* the SOA stands at both ends of the stream (RFC 5936 s.2.2) */
			bool soa = s->set->type == DNS_TYPE_SOA &&
				   (s->node->flags & ZONE_NODE_APEX);
			s->n_left = soa ? 0 : s->set->n_rr;
			continue;
		}
		s->node = zone_node_next(s->zone, s->node);
		if (!s->node) {
			s->step = LAST_SOA;
			return;
		}
		s->n_sets = s->node->n_rrsets;
		s->set = NULL;
	}
}

static void advance(struct authority_stream *s)
{
	switch (s->step) {
	case FIRST_SOA:
		s->step = RECORDS;
		settle(s);
		return;
	case RECORDS:
		s->at += 2 + kt_get16(s->at);
		s->n_left--;
		settle(s);
		return;
	case LAST_SOA:
	case DONE:
		s->step = DONE;
		return;
	}
}

static void put_next(const struct authority_stream *s, struct dns_message_writer *m)
{
	if (s->step == RECORDS) {
		put_record(m, s->node, s->signatures ? DNS_TYPE_RRSIG : s->set->type,
		    s->set->ttl_s, s->at);
		return;
	}
	const struct zone_node *apex = zone_apex(s->zone);
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	put_record(m, apex, DNS_TYPE_SOA, soa->ttl_s, soa->data);
}

/* Fills a message of at most size octets; the number of records in it. */
static unsigned fill(struct authority_stream *s, uint8_t *wire, size_t size)
{
	struct dns_message_writer *m = &s->worker->writer;
	if (s->first)
		dns_message_begin(m, wire, size, &s->q, s->flags);
	else /* RFC 5936 s.2.2.1: the question is in the first message, at least */
		dns_message_begin_bare(m, wire, size, s->q.id, s->flags);
	unsigned n = 0;
	while (s->step != DONE) {
		put_next(s, m);
		if (m->w.err)
			break;
		advance(s);
		n++;
	}
	return n;
}

struct authority_stream *authority_begin_stream(
    struct authority_worker *worker, const struct dns_query *q)
{
	const struct authority_config *config = kt_published(worker->config);
	struct dns_tsig_state tsig;
	if (q->verdict != DNS_VERDICT_ANSWER || !q->question_len ||
	    q->qclass != DNS_CLASS_IN ||
	    (q->qtype != DNS_TYPE_AXFR && q->qtype != DNS_TYPE_IXFR))
		return NULL;
	bool is_signed = q->tsig_at != 0;
	if (is_signed && authority_tsig_check(config, q, &tsig) != 0)
		return NULL;
	const struct zone_entry *entry = zone_set_find(config->zones, q, 0);
	if (judge(config, q, entry, is_signed ? &tsig : NULL).verdict != STREAM)
		return NULL;

	struct authority_stream *s = kt_calloc(1, sizeof(*s));
	s->worker = worker;
	s->zone = zone_snapshot_get(entry->zone);
	s->node = zone_apex(s->zone);
	s->n_sets = s->node->n_rrsets;
	s->first = true;
	s->flags = reply_flags(q);
	s->opt_len = make_opt(config, q, entry, s->opt);
	memcpy(s->wire, q->wire, DNS_HEADER_LEN + (size_t)q->question_len);
	s->q = *q;
	s->q.wire = s->wire;
	s->q.len = DNS_HEADER_LEN + (size_t)q->question_len;
	s->q.client = NULL;
	s->q.edns = (struct dns_edns){ 0 };
	s->is_signed = is_signed;
	if (is_signed)
		s->tsig = tsig;
	worker->counters[AUTHORITY_N_transfer]++;
	return s;
}

void authority_continue(
    struct authority_stream *s, kt_unix now, struct dns_reply *reply)
{
	size_t opt_len = s->first ? s->opt_len : 0; /* RFC 5936 s.2.2.5 */
	size_t kept = opt_len + (s->is_signed ? dns_tsig_room(&s->tsig) : 0);
	size_t target = reply->size < MESSAGE_TARGET ? reply->size : MESSAGE_TARGET;
	reply->len = 0;
	reply->more = false;
	if (reply->size < DNS_HEADER_LEN + QUESTION_MAX + kept || s->step == DONE)
		return;
	unsigned n = fill(s, reply->wire, target - kept);
	if (!n && target < reply->size)
		n = fill(s, reply->wire, reply->size - kept);
	if (!n) { /* a record that fits into no message */
		s->step = DONE;
		return;
	}
	size_t len = finish(&s->worker->writer, s->opt, opt_len);
	if (s->is_signed &&
	    dns_tsig_sign(&s->tsig, reply->wire, reply->size, &len, now) < 0) {
		s->step = DONE;
		return;
	}
	s->first = false;
	reply->len = len;
	reply->more = s->step != DONE;
}

void authority_end_stream(struct authority_stream *s)
{
	if (!s)
		return;
	zone_snapshot_put(s->zone);
	free(s);
}
