#include "authority/answer.h"

#include "authority/build.h"
#include "authority/chaos.h"
#include "authority/denial.h"
#include "authority/edns.h"
#include "authority/image.h"
#include "authority/match.h"
#include "authority/synth.h"
#include "authority/worker_p.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	UDP_MIN = 512, /* RFC 1035 s.4.2.1 */
	RR_FIXED = 10, /* owner pointer, type, class, TTL: what stands before rdlen */
};

struct authority_worker *authority_worker_new(const kt_slot *config, size_t images_size)
{
	struct authority_worker *w = kt_calloc(1, sizeof(*w));
	w->config = config;
	w->images = authority_images_new(images_size);
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

static inline void count(struct authority_worker *w, enum authority_counter counter)
{
	w->counters[counter]++;
}

static inline uint16_t reply_flags(const struct dns_query *q)
{
	/* CD is not copied: RFC 4035 s.3.1.6 */
	return (uint16_t)(DNS_FLAG_QR | (q->flags & (0x7800 | DNS_FLAG_RD)));
}

/* Octets that the answer may have (RFC 6891 s.6.2.3 to 6.2.5). */
static inline size_t reply_limit(const struct authority_config *config,
    const struct dns_query *q, const struct dns_reply *reply)
{
	size_t limit = reply->size;
	if (q->client->transport == DNS_OVER_UDP) {
		size_t udp = UDP_MIN;
		if (q->edns.present && q->edns.udp_size > UDP_MIN)
			udp = q->edns.udp_size < config->udp_max ? q->edns.udp_size
								 : config->udp_max;
		if (udp < limit)
			limit = udp;
	}
	return limit;
}

/* The OPT record that the answer will end with, written ahead so that its size is known. */
struct opt {
	size_t len;
	uint8_t octets[AUTHORITY_OPT_MAX];
};

static inline void make_opt(struct opt *opt, const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *entry, unsigned rcode, int ede)
{
	opt->len = 0;
	if (!q->edns.present)
		return;
	struct kt_writer w = kt_writer_of(opt->octets, sizeof(opt->octets));
	authority_opt_write(config, q, entry, rcode, ede, NULL, &w);
	opt->len = kt_writer_len(&w);
}

/* Ends the message that w->writer holds. */
static void finish(struct authority_worker *w, const struct opt *opt, unsigned rcode,
    uint16_t flags, struct dns_reply *reply)
{
	struct dns_message_writer *m = &w->writer;
	kt_put16(m->w.start + 2, flags);
	dns_message_finish(m, rcode, opt->len != 0);
	/* Room for OPT was kept back. */
	memcpy(m->w.at, opt->octets, opt->len);
	reply->len = kt_writer_len(&m->w) + opt->len;
}

void authority_reply_error(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, unsigned rcode, int ede, struct dns_reply *reply)
{
	struct opt opt;
	make_opt(&opt, config, q, entry, rcode, ede);
	dns_message_begin(&w->writer, reply->wire, reply->size - opt.len, q, 0);
	finish(w, &opt, rcode, reply_flags(q), reply);
}

/* Copies records that need no compression: the owner is the question's name. */
static inline uint8_t *copy_records(
    uint8_t *to, const uint8_t *from, unsigned n, uint16_t type, uint32_t ttl_s)
{
	uint64_t fixed = (uint64_t)0xc000 << 48 | (uint64_t)DNS_HEADER_LEN << 48 |
			 (uint64_t)type << 32 | (uint64_t)DNS_CLASS_IN << 16 |
			 ttl_s >> 16;
	for (; n; n--) {
		kt_put64(to, fixed);
		kt_put16(to + 8, (uint16_t)ttl_s);
		size_t len = 2u + kt_get16(from);
		to += RR_FIXED;
		if (len == 6) {
			memcpy(to, from, 6);
		} else if (len == 18) {
			memcpy(to, from, 18);
		} else {
			memcpy(to, from, len);
		}
		to += len;
		from += len;
	}
	return to;
}

static inline void put_header(uint8_t *wire, const struct dns_query *q, uint16_t flags,
    const uint16_t counts[3], unsigned extra)
{
	kt_put64(
	    wire, (uint64_t)q->id << 48 | (uint64_t)flags << 32 | 1u << 16 | counts[0]);
	kt_put32(wire + 8, (uint32_t)counts[1] << 16 | (uint16_t)(counts[2] + extra));
	memcpy(wire + DNS_HEADER_LEN, q->wire + DNS_HEADER_LEN, q->question_len);
}

/* An answer that is one set as it lies in the zone.  false: it does not fit. */
static inline bool answer_set(const struct dns_query *q, const struct zone_rrset *set,
    bool dnssec, const struct opt *opt, size_t limit, struct dns_reply *reply)
{
	unsigned n_sig = dnssec ? set->n_sig : 0;
	size_t size = DNS_HEADER_LEN + (size_t)q->question_len +
		      set->n_rr * (size_t)RR_FIXED + set->rr_size + opt->len;
	if (n_sig)
		size += n_sig * (size_t)RR_FIXED + set->sig_size;
	if (kt_unlikely(size > limit))
		return false;
	const uint16_t counts[3] = { (uint16_t)(set->n_rr + n_sig), 0, 0 };
	put_header(reply->wire, q, reply_flags(q) | DNS_FLAG_AA, counts, opt->len != 0);
	uint8_t *at = reply->wire + DNS_HEADER_LEN + q->question_len;
	at = copy_records(at, set->data, set->n_rr, set->type, set->ttl_s);
	if (n_sig)
		at = copy_records(
		    at, zone_signatures(set), n_sig, DNS_TYPE_RRSIG, set->ttl_s);
	memcpy(at, opt->octets, opt->len);
	reply->len = size;
	return true;
}

static bool answer_image(const struct authority_image *image, const struct dns_query *q,
    const struct opt *opt, size_t limit, struct dns_reply *reply)
{
	size_t head = DNS_HEADER_LEN + (size_t)q->question_len;
	size_t size = head + image->body_len + opt->len;
	if (kt_unlikely(size > limit))
		return false;
	put_header(reply->wire, q,
	    (uint16_t)(reply_flags(q) | image->flags | image->rcode), image->counts,
	    opt->len != 0);
	authority_image_copy(image, reply->wire + head, q->qname.len);
	memcpy(reply->wire + head + image->body_len, opt->octets, opt->len);
	reply->len = size;
	return true;
}

/*
 * What an answer's body depends on.  false: not worth keeping, or it depends on more than
 * its zone (aliases may lead into others).  *suffix: octets of the name that all
 * questions with the key share.
 */
static bool image_key(const struct authority_config *config, const struct dns_query *q,
    const struct authority_match *match, bool dnssec, struct authority_image_key *key,
    uint8_t *suffix)
{
	const struct zone_snapshot *z = match->zone;
	*key = (struct authority_image_key){
		.generation = z->generation,
		.b = UINT32_MAX,
		.dnssec = dnssec,
		.options = config->minimal,
	};
	*suffix = q->qname.len;
	if (match->node)
		key->a = zone_ref_of(z, match->node);
	if (match->encloser) {
		*suffix = match->encloser->len;
		if (dnssec)
			key->b = authority_denial_entry(z, q, match->encloser);
	}
	switch (match->kind) {
	case AUTHORITY_POSITIVE:
		key->kind = match->wildcard ? AUTHORITY_IMAGE_WILDCARD
					    : AUTHORITY_IMAGE_EXACT;
		key->qtype = q->qtype;
		return true;
	case AUTHORITY_NODATA:
		key->kind = match->wildcard ? AUTHORITY_IMAGE_WILDCARD
					    : AUTHORITY_IMAGE_NODATA;
		return true;
	case AUTHORITY_REFERRAL:
		key->kind = AUTHORITY_IMAGE_REFERRAL;
		*suffix = match->node->len;
		return true;
	case AUTHORITY_NXDOMAIN:
		key->kind = AUTHORITY_IMAGE_NXDOMAIN;
		/* Without proofs the SOA is all there is. */
		key->a = key->b == UINT32_MAX ? z->first
					      : zone_ref_of(z, match->encloser);
		if (key->b == UINT32_MAX)
			*suffix = zone_apex(z)->len;
		return true;
	case AUTHORITY_ALL:
	case AUTHORITY_CNAME:
	case AUTHORITY_DNAME:
		return false;
	}
	return false;
}

static void answer_built(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct authority_match *match, bool dnssec, const struct opt *opt,
    size_t limit, const struct authority_image_key *keep, uint8_t suffix,
    struct dns_reply *reply)
{
	struct authority_build b = {
		.config = config,
		.q = q,
		.step = &w->step,
		.m = &w->writer,
		.dnssec = dnssec,
	};
	dns_message_begin(&w->writer, reply->wire, limit - opt->len, q, 0);
	authority_build(&b, match);
	count(w, b.counter);
	uint16_t flags = b.authoritative ? DNS_FLAG_AA : 0;
	if (b.truncated)
		count(w, AUTHORITY_N_truncated);
	else if (keep)
		authority_images_keep(w->images, keep, &w->writer, q->qname.len, suffix,
		    flags, b.rcode, b.counter);
	finish(w, opt, b.rcode,
	    (uint16_t)(reply_flags(q) | flags | (b.truncated ? DNS_FLAG_TC : 0)),
	    reply);
}

/* Records made up for an address of a prefix.  false: none for this name. */
static bool answer_synth(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct authority_match *match, const struct authority_policy *policy,
    const struct opt *opt, size_t limit, struct dns_reply *reply)
{
	struct authority_synth_answer synth;
	int found = authority_synth_find(policy->synth, q, &synth);
	if (found == AUTHORITY_SYNTH_NONE)
		return false;
	if (found == AUTHORITY_SYNTH_NODATA) {
		struct authority_match nodata = { .zone = match->zone,
			.kind = AUTHORITY_NODATA };
		answer_built(w, config, q, &nodata, false, opt, limit, NULL, 0, reply);
		return true;
	}
	dns_message_begin(&w->writer, reply->wire, limit - opt->len, q, 0);
	dns_message_put(&w->writer, DNS_ANSWER, q->qname.wire, synth.type, DNS_CLASS_IN,
	    synth.ttl_s, synth.rdata, synth.rdlen);
	count(w, AUTHORITY_N_answered);
	uint16_t flags = DNS_FLAG_AA | (w->writer.w.err ? DNS_FLAG_TC : 0);
	finish(w, opt, 0, reply_flags(q) | flags, reply);
	return true;
}

static void answer_from_zone(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply)
{
	struct authority_match match;
	struct opt opt;
	authority_match(entry->zone, q, &match);
	bool dnssec = q->edns.present && (q->edns.flags & DNS_EDNS_FLAG_DO);
	size_t limit = reply_limit(config, q, reply);
	make_opt(&opt, config, q, entry, 0, DNS_EDE_NONE);
	if (match.kind == AUTHORITY_POSITIVE && !match.wildcard && config->minimal &&
	    dns_type_layout(q->qtype).names == 0 &&
	    answer_set(q, match.set, dnssec, &opt, limit, reply)) {
		count(w, AUTHORITY_N_answered);
		return;
	}
	const struct authority_policy *policy = &config->policies[entry->policy];
	if (kt_unlikely(policy->synth && match.encloser && !entry->zone->is_signed) &&
	    answer_synth(w, config, q, &match, policy, &opt, limit, reply))
		return;
	struct authority_image_key key;
	uint8_t suffix;
	bool keep = false;
	if (image_key(config, q, &match, dnssec, &key, &suffix)) {
		const struct authority_image *image = authority_images_find(
		    w->images, &key, &keep);
		if (image && answer_image(image, q, &opt, limit, reply)) {
			count(w, AUTHORITY_N_image_hit);
			count(w, image->counter);
			return;
		}
		count(w, AUTHORITY_N_image_miss);
	}
	answer_built(w, config, q, &match, dnssec, &opt, limit, keep ? &key : NULL,
	    suffix, reply);
}

static void answer_chaos(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    struct dns_reply *reply)
{
	struct opt opt;
	make_opt(&opt, config, q, NULL, 0, DNS_EDE_NONE);
	dns_message_begin(
	    &w->writer, reply->wire, reply_limit(config, q, reply) - opt.len, q, 0);
	int rcode = authority_chaos(config, q, &w->writer);
	uint16_t flags = rcode == DNS_RCODE_NOERROR ? DNS_FLAG_AA : 0;
	if (w->writer.w.err)
		flags = DNS_FLAG_TC;
	count(
	    w, rcode == DNS_RCODE_NOERROR ? AUTHORITY_N_answered : AUTHORITY_N_refused);
	finish(w, &opt, (unsigned)rcode, (uint16_t)(reply_flags(q) | flags), reply);
}

/* A question that is a query, with one name in it. */
static void answer_question(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, struct dns_reply *reply)
{
	if (kt_unlikely(q->qclass != DNS_CLASS_IN)) {
		if (q->qclass == DNS_CLASS_CH) {
			answer_chaos(w, config, q, reply);
			return;
		}
		entry = NULL;
	}
	if (kt_unlikely(!entry)) {
		count(w, AUTHORITY_N_refused);
		authority_reply_error(w, config, q, NULL, DNS_RCODE_REFUSED,
		    DNS_EDE_NOT_AUTHORITATIVE, reply);
	} else if (kt_unlikely(!entry->zone)) {
		count(w, AUTHORITY_N_servfail);
		authority_reply_error(
		    w, config, q, entry, DNS_RCODE_SERVFAIL, DNS_EDE_NOT_READY, reply);
	} else {
		answer_from_zone(w, config, q, entry, reply);
	}
}

static void answer_error(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    struct dns_reply *reply)
{
	switch (q->verdict) {
	case DNS_VERDICT_DROP:
		count(w, AUTHORITY_N_dropped);
		return;
	case DNS_VERDICT_NOTIMP:
		count(w, AUTHORITY_N_notimp);
		authority_reply_error(
		    w, config, q, NULL, DNS_RCODE_NOTIMP, DNS_EDE_NONE, reply);
		return;
	case DNS_VERDICT_BADVERS:
		count(w, AUTHORITY_N_badvers);
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
	count(w, AUTHORITY_N_formerr);
	authority_reply_error(
	    w, config, q, NULL, DNS_RCODE_FORMERR, DNS_EDE_NONE, reply);
}

static inline const struct zone_entry *find_entry(
    const struct authority_config *config, const struct dns_query *q)
{
	/* RFC 4035 s.3.1.4.1: DS is asked of the parent side, where it is held here. */
	if (kt_unlikely(q->qtype == DNS_TYPE_DS) && q->qname.labels) {
		const struct zone_entry *parent = zone_set_find(config->zones, q, 1);
		if (parent)
			return parent;
	}
	return zone_set_find(config->zones, q, 0);
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
	count(w, AUTHORITY_N_queries);
	if (q->edns.present) {
		count(w, AUTHORITY_N_edns);
		if (q->edns.flags & DNS_EDNS_FLAG_DO)
			count(w, AUTHORITY_N_dnssec_ok);
		if (q->edns.cookie_len > 8 && config->cookies)
			count(w,
			    authority_cookie_check(config, q) == AUTHORITY_COOKIE_VALID
				? AUTHORITY_N_cookie_valid
				: AUTHORITY_N_cookie_bad);
	}
	if (kt_unlikely(!is_question(q)))
		answer_error(w, config, q, reply);
	else
		answer_question(w, config, q, entry, reply);
}

void authority_answer(
    struct authority_worker *w, const struct dns_query *q, struct dns_reply *reply)
{
	const struct authority_config *config = kt_published(w->config);
	answer_one(w, config, q, is_question(q) ? find_entry(config, q) : NULL, reply);
}

void authority_answer_batch(struct authority_worker *w,
    const struct dns_query *const *q, struct dns_reply *const *reply, unsigned n)
{
	const struct authority_config *config = kt_published(w->config);
	const struct zone_entry *entry[AUTHORITY_BATCH];
	/* Three passes, so that the memory that one needs arrives while others are at work. */
	for (unsigned i = 0; i < n; i++) {
		entry[i] = is_question(q[i]) ? find_entry(config, q[i]) : NULL;
		if (entry[i] && entry[i]->zone)
			zone_prefetch_slot(entry[i]->zone, q[i]->hash[0]);
	}
	for (unsigned i = 0; i < n; i++)
		if (entry[i] && entry[i]->zone)
			zone_prefetch_node(entry[i]->zone, q[i]->hash[0]);
	for (unsigned i = 0; i < n; i++)
		answer_one(w, config, q[i], entry[i], reply[i]);
}
