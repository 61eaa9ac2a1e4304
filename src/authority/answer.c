#include "authority/answer.h"

#include "authority/chaos.h"
#include "authority/edns.h"
#include "authority/image.h"
#include "authority/match.h"
#include "authority/serve.h"
#include "authority/transfer.h"
#include "authority/tsig.h"
#include "authority/worker_p.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct authority_worker *authority_worker_new(const kt_slot *config, size_t images_size)
{
	struct authority_worker *w = kt_calloc(1, sizeof(*w));
	w->config = config;
	w->images = authority_images_new(images_size);
	authority_random_seed(&w->random);
	w->turn = authority_random_next(&w->random);
	crypto_random(&w->shorts.key, sizeof(w->shorts.key));
	return w;
}

void authority_worker_free(struct authority_worker *w)
{
	if (!w)
		return;
	authority_images_free(w->images);
	free(w);
}

const uint64_t *authority_counters(const struct authority_worker *w)
{
	return w->counters;
}

size_t authority_short_sources(
    const struct authority_worker *w, struct authority_short_source *out, size_t size)
{
	return authority_shorts_read(&w->shorts, out, size);
}

void authority_reply_error(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, unsigned rcode, int ede, struct dns_reply *reply)
{
	struct authority_opt opt;
	authority_opt_make(w, &opt, config, q, entry, rcode, ede);
	dns_message_begin(&w->writer, reply->wire, reply->size - opt.len, q, 0);
	authority_finish(w, &opt, rcode, authority_flags(q), reply);
}

static void answer_chaos(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    struct dns_reply *reply)
{
	struct authority_opt opt;
	authority_opt_make(w, &opt, config, q, NULL, 0, DNS_EDE_NONE);
	dns_message_begin(
	    &w->writer, reply->wire, authority_limit(config, q, reply) - opt.len, q, 0);
	int rcode = authority_chaos(config, q, &w->writer);
	uint16_t flags = rcode == DNS_RCODE_NOERROR ? DNS_FLAG_AA : 0;
	if (w->writer.w.err)
		flags = DNS_FLAG_TC;
	authority_count(w->counters,
	    rcode == DNS_RCODE_NOERROR ? AUTHORITY_N_answered : AUTHORITY_N_refused);
	authority_finish(
	    w, &opt, (unsigned)rcode, (uint16_t)(authority_flags(q) | flags), reply);
}

/* A question that is a query, with one name in it; tsig NULL: not signed. */
KT_INLINE void answer_question(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, const struct dns_tsig_state *tsig,
    struct dns_reply *reply)
{
	if (kt_unlikely(q->qclass != DNS_CLASS_IN)) {
		if (q->qclass == DNS_CLASS_CH) {
			answer_chaos(w, config, q, reply);
			return;
		}
		entry = NULL;
	} else if (kt_unlikely(
		       q->qtype == DNS_TYPE_AXFR || q->qtype == DNS_TYPE_IXFR)) {
		authority_transfer(w, config, q, entry, tsig, reply);
		return;
	}
	if (kt_unlikely(!entry)) {
		authority_count(w->counters, AUTHORITY_N_refused);
		authority_reply_error(w, config, q, NULL, DNS_RCODE_REFUSED,
		    DNS_EDE_NOT_AUTHORITATIVE, reply);
	} else if (kt_unlikely(!entry->zone)) {
		authority_count(w->counters, AUTHORITY_N_servfail);
		authority_reply_error(
		    w, config, q, entry, DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY, reply);
	} else {
		authority_serve(w, config, q, entry, reply);
	}
}

/* The same for a query with a TSIG record: what answers it is signed too. */
static KT_COLD void answer_signed(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply)
{
	struct dns_tsig_state state;
	int verdict = authority_tsig_check(config, q, &state);
	if (verdict)
		authority_count(w->counters, AUTHORITY_N_tsig_bad);
	if (verdict == DNS_RCODE_FORMERR) {
		authority_reply_error(
		    w, config, q, NULL, DNS_RCODE_FORMERR, DNS_EDE_NONE, reply);
		return;
	}
	size_t limit = authority_limit(config, q, reply), size = reply->size;
	reply->size = limit - authority_tsig_room(&state, limit);
	if (verdict)
		authority_reply_error(
		    w, config, q, NULL, (unsigned)verdict, DNS_EDE_NONE, reply);
	else
		answer_question(w, config, q, entry, &state, reply);
	reply->size = size;
	if (!reply->more)
		authority_tsig_sign(&state, q, limit, reply);
}

static void answer_error(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    struct dns_reply *reply)
{
	switch (q->verdict) {
	case DNS_VERDICT_DROP:
		authority_count(w->counters, AUTHORITY_N_dropped);
		return;
	case DNS_VERDICT_NOTIMP:
		authority_count(w->counters, AUTHORITY_N_notimp);
		authority_reply_error(
		    w, config, q, NULL, DNS_RCODE_NOTIMP, DNS_EDE_NONE, reply);
		return;
	case DNS_VERDICT_BADVERS:
		authority_count(w->counters, AUTHORITY_N_badvers);
		authority_reply_error(
		    w, config, q, NULL, DNS_RCODE_BADVERS, DNS_EDE_NONE, reply);
		return;
	case DNS_VERDICT_ANSWER: /* no question: only for a cookie (RFC 7873 s.5.4) */
		authority_reply_error(
		    w, config, q, NULL, DNS_RCODE_NOERROR, DNS_EDE_NONE, reply);
		return;
	case DNS_VERDICT_FORMERR:
		break;
	}
	authority_count(w->counters, AUTHORITY_N_formerr);
	authority_reply_error(
	    w, config, q, NULL, DNS_RCODE_FORMERR, DNS_EDE_NONE, reply);
}

static inline bool is_question(const struct dns_query *q)
{
	return kt_likely(q->verdict == DNS_VERDICT_ANSWER && q->question_len);
}

static inline void answer_one(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply)
{
	reply->len = 0;
	reply->more = false;
	authority_count(w->counters, AUTHORITY_N_queries);
	if (q->edns.present) {
		authority_count(w->counters, AUTHORITY_N_edns);
		if (q->edns.flags & DNS_EDNS_FLAG_DO)
			authority_count(w->counters, AUTHORITY_N_dnssec_ok);
		if (q->edns.cookie_len > 8 && config->cookies)
			authority_count(w->counters,
			    authority_cookie_check(config, q) == AUTHORITY_COOKIE_VALID
				? AUTHORITY_N_cookie_valid
				: AUTHORITY_N_cookie_bad);
	}
	if (kt_unlikely(!is_question(q)))
		answer_error(w, config, q, reply);
	else if (kt_unlikely(q->tsig_at))
		answer_signed(w, config, q, entry, reply);
	else
		answer_question(w, config, q, entry, NULL, reply);
}

void authority_answer(
    struct authority_worker *w, const struct dns_query *q, struct dns_reply *reply)
{
	const struct authority_config *config = kt_published(w->config);
	answer_one(w, config, q,
	    is_question(q) ? authority_zone_of(config->zones, q) : NULL, reply);
}

void authority_answer_batch(struct authority_worker *w,
    const struct dns_query *const *q, struct dns_reply *const *reply, unsigned n)
{
	const struct authority_config *config = kt_published(w->config);
	const struct zone_entry *entry[AUTHORITY_BATCH];
	/* Three passes, so that the memory that one needs arrives while others are at work. */
	for (unsigned i = 0; i < n; i++) {
		entry[i] = is_question(q[i]) ? authority_zone_of(config->zones, q[i])
					     : NULL;
		if (entry[i] && entry[i]->zone)
			zone_prefetch_slot(entry[i]->zone, q[i]->hash[0]);
	}
	for (unsigned i = 0; i < n; i++)
		if (entry[i] && entry[i]->zone)
			zone_prefetch_node(entry[i]->zone, q[i]->hash[0]);
	for (unsigned i = 0; i < n; i++)
		answer_one(w, config, q[i], entry[i], reply[i]);
}
