#include "authority/serve.h"

#include "authority/build.h"
#include "authority/denial.h"
#include "authority/image.h"
#include "authority/match.h"
#include "authority/steer.h"
#include "authority/synth.h"
#include "authority/worker_p.h"
#include "base/bytes.h"
#include "base/err.h"
#include "dns/edns.h"

#include <string.h>

enum {
	UDP_MIN = 512, /* RFC 1035 s.4.2.1 */
	PLAIN_STEP = 16,
	RR_FIXED = 10, /* owner pointer, type, class, TTL: what stands before rdlen */
};

/* One question, on its way through the three ways. */
struct serving {
	struct authority_worker *w;
	const struct authority_config *config;
	const struct dns_query *q;
	struct dns_reply *reply;
	size_t limit; /* octets of the whole answer */
	bool dnssec;
	struct authority_match match;
	struct authority_steer steer; /* begun for what is steered or built */
	struct authority_opt opt;
	/* where an image of the answer may be, and what its questions have in common */
	struct authority_image_key key;
	uint8_t suffix;
	bool keyed, keep;
};

size_t authority_limit(const struct authority_config *config, const struct dns_query *q,
    const struct dns_reply *reply)
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

/* Whatever options it has; nothing is counted. */
static void write_opt(struct authority_opt *opt, const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *entry, unsigned rcode, int ede,
    const char *ede_text)
{
	struct kt_writer w = kt_writer_of(opt->octets, sizeof(opt->octets));
	authority_opt_write(config, q, entry, rcode, ede, ede_text, &w);
	opt->len = kt_writer_len(&w);
}

void authority_opt_make(struct authority_worker *w, struct authority_opt *opt,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, unsigned rcode, int ede)
{
	opt->len = 0;
	if (!q->edns.present)
		return;
	if (kt_likely(authority_opt_is_bare(config, q, ede) && rcode == 0)) {
		struct kt_writer bare = kt_writer_of(opt->octets, DNS_OPT_LEN);
		dns_opt_begin(
		    &bare, config->udp_max, 0, q->edns.flags & DNS_EDNS_FLAG_DO);
		opt->len = DNS_OPT_LEN;
		return;
	}
	write_opt(opt, config, q, entry, rcode, ede, NULL);
	if (q->edns.ecs_present && config->steering)
		authority_count(
		    w->counters, authority_opt_has_ecs(opt->octets, opt->len)
				     ? AUTHORITY_N_ecs
				     : AUTHORITY_N_ecs_untrusted);
}

/*
 * The same for a query whose only option is a client subnet that counts.  false: it is not
 * that simple.
 */
static inline bool make_ecs_opt(struct authority_worker *w, struct authority_opt *opt,
    const struct authority_config *config, const struct dns_query *q)
{
	static const struct dns_edns only = { .ecs_present = true };
	const struct dns_edns *e = &q->edns;
	if (e->wants != only.wants || config->report_agent[0] || !config->steering ||
	    config->steering->n_trust_ecs)
		return false;
	struct kt_writer bare = kt_writer_of(opt->octets, DNS_OPT_LEN);
	dns_opt_begin(&bare, config->udp_max, 0, e->flags & DNS_EDNS_FLAG_DO);
	uint8_t *option = opt->octets + DNS_OPT_LEN;
	kt_put16(option - 2, (uint16_t)(4 + e->ecs_option_len));
	kt_put32(option, (uint32_t)DNS_EDNS_ECS << 16 | e->ecs_option_len);
	kt_copy_short(option + 4, e->ecs_option, e->ecs_option_len);
	opt->octets[AUTHORITY_OPT_SCOPE_AT] = 0;
	opt->len = DNS_OPT_LEN + 4u + e->ecs_option_len;
	authority_count(w->counters, AUTHORITY_N_ecs);
	return true;
}

static __attribute__((noinline)) void make_full_opt(struct authority_worker *w,
    struct authority_opt *opt, const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *entry)
{
	if (!make_ecs_opt(w, opt, config, q))
		authority_opt_make(w, opt, config, q, entry, 0, DNS_EDE_NONE);
}

/* The same for an answer without errors; mostly there are no options. */
KT_INLINE void make_opt(struct authority_worker *w, struct authority_opt *opt,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry)
{
	if (!q->edns.present) {
		opt->len = 0;
	} else if (kt_likely(authority_opt_is_bare(config, q, DNS_EDE_NONE))) {
		struct kt_writer bare = kt_writer_of(opt->octets, DNS_OPT_LEN);
		dns_opt_begin(
		    &bare, config->udp_max, 0, q->edns.flags & DNS_EDNS_FLAG_DO);
		opt->len = DNS_OPT_LEN;
	} else {
		make_full_opt(w, opt, config, q, entry);
	}
}

static inline void copy_opt(uint8_t *to, const struct authority_opt *opt)
{
	if (kt_likely(opt->len == DNS_OPT_LEN))
		memcpy(to, opt->octets, DNS_OPT_LEN);
	else
		memcpy(to, opt->octets, opt->len);
}

void authority_finish(struct authority_worker *w, const struct authority_opt *opt,
    unsigned rcode, unsigned flags, struct dns_reply *reply)
{
	struct dns_message_writer *m = &w->writer;
	kt_put16(m->w.start + 2, (uint16_t)flags);
	dns_message_finish(m, rcode, opt->len != 0);
	copy_opt(m->w.at, opt);
	reply->len = kt_writer_len(&m->w) + opt->len;
}

/* Copies records that need no compression: the owner is the question's name. */
KT_INLINE uint8_t *copy_records(
    uint8_t *to, const uint8_t *from, unsigned n, uint16_t type, uint32_t ttl_s)
{
	uint64_t fixed = (uint64_t)(0xc000 | DNS_HEADER_LEN) << 48 |
			 (uint64_t)type << 32 | (uint64_t)DNS_CLASS_IN << 16 |
			 ttl_s >> 16;
	for (; n; n--) {
		kt_put64(to, fixed);
		kt_put16(to + 8, (uint16_t)ttl_s);
		size_t len = 2u + kt_get16(from);
		to += RR_FIXED;
		if (len == 6)
			memcpy(to, from, 6);
		else if (len == 18)
			memcpy(to, from, 18);
		else
			memcpy(to, from, len);
		to += len;
		from += len;
	}
	return to;
}

/* Header and question; where what follows begins. */
KT_INLINE uint8_t *put_head(
    const struct serving *s, unsigned flags, const uint16_t counts[3])
{
	const struct dns_query *q = s->q;
	uint8_t *wire = s->reply->wire;
	unsigned additional = counts[2] + (s->opt.len != 0);
	kt_put64(wire, (uint64_t)q->id << 48 |
			   (uint64_t)(authority_flags(q) | flags) << 32 | 1u << 16 |
			   counts[0]);
	kt_put32(wire + 8, (uint32_t)counts[1] << 16 | additional);
	kt_copy_short(wire + DNS_HEADER_LEN, q->wire + DNS_HEADER_LEN, q->question_len);
	return wire + DNS_HEADER_LEN + q->question_len;
}

static inline size_t head_len(const struct serving *s)
{
	return DNS_HEADER_LEN + (size_t)s->q->question_len;
}

/* An answer that is one set as it lies in the zone.  false: it does not fit. */
KT_INLINE bool serve_set(struct serving *s)
{
	const struct zone_rrset *set = s->match.set;
	unsigned n_sig = s->dnssec ? set->n_sig : 0;
	size_t size = head_len(s) + set->n_rr * (size_t)RR_FIXED + set->rr_size +
		      s->opt.len;
	if (n_sig)
		size += n_sig * (size_t)RR_FIXED + set->sig_size;
	if (kt_unlikely(size > s->limit))
		return false;
	const uint16_t counts[3] = { (uint16_t)(set->n_rr + n_sig), 0, 0 };
	uint8_t *at = put_head(s, DNS_FLAG_AA, counts);
	at = copy_records(at, set->data, set->n_rr, set->type, set->ttl_s);
	if (n_sig)
		at = copy_records(
		    at, zone_signatures(set), n_sig, DNS_TYPE_RRSIG, set->ttl_s);
	copy_opt(at, &s->opt);
	s->reply->len = size;
	authority_count(s->w->counters, AUTHORITY_N_answered);
	return true;
}

/* The same of what steering chose. */
static inline bool serve_variant(struct serving *s)
{
	const struct authority_chosen *chosen = &s->match.chosen;
	const struct steering_variant *v = chosen->variant;
	unsigned n_sig = s->dnssec ? v->n_sig : 0;
	size_t size = head_len(s) + (v->n_rr + n_sig) * (size_t)RR_FIXED + v->rr_size +
		      s->opt.len;
	if (n_sig)
		size += v->sig_size;
	if (kt_unlikely(size > s->limit))
		return false;
	const uint16_t counts[3] = { (uint16_t)(v->n_rr + n_sig), 0, 0 };
	uint8_t *at = put_head(s, DNS_FLAG_AA, counts);
	at = copy_records(at, v->data, v->n_rr, chosen->type, chosen->ttl_s);
	at = copy_records(
	    at, v->data + v->rr_size, n_sig, DNS_TYPE_RRSIG, chosen->ttl_s);
	copy_opt(at, &s->opt);
	s->reply->len = size;
	authority_count(s->w->counters, AUTHORITY_N_answered);
	return true;
}

/* Is the set the answer, without other sections, and nothing in it to compress? */
KT_INLINE bool is_set_alone(const struct authority_match *match,
    const struct authority_config *config, const struct dns_query *q)
{
	return match->kind == AUTHORITY_POSITIVE && !match->wildcard &&
	       config->minimal && dns_type_layout(q->qtype).names == 0;
}

/*
 * What the answer's body depends on.  false: not worth keeping, or it depends on more than
 * its zone (aliases may lead into others).
 */
static bool make_key(struct serving *s)
{
	const struct authority_match *match = &s->match;
	const struct zone_snapshot *z = match->zone;
	s->key = (struct authority_image_key){
		.generation = z->generation,
		.b = UINT32_MAX,
		.dnssec = s->dnssec,
		.options = s->config->minimal ? AUTHORITY_IMAGE_MINIMAL : 0,
	};
	s->suffix = s->q->qname.len;
	if (match->node)
		s->key.a = zone_ref_of(z, match->node);
	if (match->encloser) {
		s->suffix = match->encloser->len;
		if (s->dnssec)
			s->key.b = authority_denial_entry(z, s->q, match->encloser);
	}
	switch (match->kind) {
	case AUTHORITY_POSITIVE:
		s->key.kind = match->wildcard ? AUTHORITY_IMAGE_WILDCARD
					      : AUTHORITY_IMAGE_EXACT;
		s->key.qtype = s->q->qtype;
		return true;
	case AUTHORITY_NODATA:
		s->key.kind = match->wildcard ? AUTHORITY_IMAGE_WILDCARD
					      : AUTHORITY_IMAGE_NODATA;
		return true;
	case AUTHORITY_REFERRAL:
		s->key.kind = AUTHORITY_IMAGE_REFERRAL;
		s->suffix = match->node->len;
		return true;
	case AUTHORITY_NXDOMAIN:
		s->key.kind = AUTHORITY_IMAGE_NXDOMAIN;
		s->key.a = zone_ref_of(z, match->encloser);
		if (s->key.b == UINT32_MAX) {
			/* Without proofs the SOA is all there is. */
			s->key.a = z->first;
			s->suffix = zone_apex(z)->len;
		}
		return true;
	case AUTHORITY_ALL:
	case AUTHORITY_CNAME:
	case AUTHORITY_DNAME:
	case AUTHORITY_STEERED:
	case AUTHORITY_FAILED:
		return false;
	}
	return false;
}

/* An answer copied from the image with s->key, when it is there and fits. */
static inline bool serve_key(struct serving *s, bool *keep)
{
	const struct authority_image *image = authority_images_find(
	    s->w->images, &s->key, keep);
	if (!image)
		return false;
	size_t size = head_len(s) + image->body_len + s->opt.len;
	if (kt_unlikely(size > s->limit))
		return false;
	uint8_t *at = put_head(s, image->flags | (unsigned)image->rcode, image->counts);
	authority_image_copy(image, at, s->q->qname.len);
	copy_opt(at + image->body_len, &s->opt);
	s->reply->len = size;
	authority_count(s->w->counters, AUTHORITY_N_image_hit);
	authority_count(s->w->counters, image->counter);
	if (image->flags & DNS_FLAG_TC)
		authority_count(s->w->counters, AUTHORITY_N_truncated);
	return true;
}

/* The room that a plain question leaves: 512 octets, less the question. */
static inline bool is_plain(const struct serving *s)
{
	return s->limit == UDP_MIN && s->opt.len == 0;
}

/*
 * What is left out of a plain answer depends on the length of the question: optional
 * records as if that were a multiple of PLAIN_STEP, so that a few images do for all; TC
 * to the octet.
 */
static inline unsigned plain_slack(const struct serving *s)
{
	return is_plain(s) ? -(unsigned)s->q->qname.len & (PLAIN_STEP - 1u) : 0;
}

static inline uint32_t plain_options(const struct serving *s, bool truncated)
{
	if (truncated)
		return AUTHORITY_IMAGE_PLAIN_TC | (uint32_t)s->q->qname.len << 8;
	return AUTHORITY_IMAGE_PLAIN | (uint32_t)(s->q->qname.len + plain_slack(s))
					   << 8;
}

static bool serve_image(struct serving *s)
{
	s->keyed = make_key(s);
	if (!s->keyed)
		return false;
	if (serve_key(s, &s->keep))
		return true;
	if (is_plain(s)) {
		bool ignored;
		uint32_t options = s->key.options;
		s->key.options = options | plain_options(s, false);
		if (serve_key(s, &ignored))
			return true;
		s->key.options = options | plain_options(s, true);
		if (serve_key(s, &ignored))
			return true;
		s->key.options = options;
	}
	authority_count(s->w->counters, AUTHORITY_N_image_miss);
	return false;
}

static void keep_image(
    struct serving *s, const struct authority_build *b, unsigned flags)
{
	if (b->partial || b->truncated) {
		if (!is_plain(s))
			return;
		s->key.options |= plain_options(s, b->truncated);
	} else if (!s->keep) {
		return;
	}
	authority_images_keep(s->w->images, &s->key, &s->w->writer, s->q->qname.len,
	    s->suffix, (uint16_t)flags, b->rcode, b->counter);
}

/* What is known when the answer is there: its scope, and why there is none. */
static void complete_opt(struct serving *s, unsigned rcode)
{
	if (kt_unlikely(rcode == DNS_RCODE_SERVFAIL))
		write_opt(&s->opt, s->config, s->q, NULL, rcode, DNS_EDE_OTHER,
		    s->steer.failure);
	if (s->steer.ecs)
		s->opt.octets[AUTHORITY_OPT_SCOPE_AT] = s->steer.scope;
}

static void serve_built(struct serving *s)
{
	struct authority_build
	    b; /* large: only what authority_build() asks for is set */
	b.config = s->config;
	b.q = s->q;
	b.step = &s->w->step;
	b.m = &s->w->writer;
	b.steer = &s->steer;
	b.dnssec = s->dnssec;
	b.slack = plain_slack(s);
	dns_message_begin(
	    &s->w->writer, s->reply->wire, s->limit - s->opt.len, s->q, 0);
	authority_build(&b, &s->match);
	authority_count(s->w->counters, b.counter);
	if (b.truncated)
		authority_count(s->w->counters, AUTHORITY_N_truncated);
	unsigned flags = (b.authoritative ? DNS_FLAG_AA : 0u) |
			 (b.truncated ? DNS_FLAG_TC : 0u);
	if (s->keyed)
		keep_image(s, &b, flags);
	complete_opt(s, b.rcode);
	authority_finish(
	    s->w, &s->opt, b.rcode, authority_flags(s->q) | flags, s->reply);
}

static void begin_steer(struct serving *s)
{
	authority_steer_begin(&s->steer, s->w, s->config, s->q,
	    authority_opt_has_ecs(s->opt.octets, s->opt.len));
}

/* What steering chose.  false: it is not the whole answer, or does not fit. */
KT_INLINE bool serve_chosen(struct serving *s)
{
	const struct authority_match *match = &s->match;
	if (match->kind != AUTHORITY_POSITIVE || !s->config->minimal ||
	    match->chosen.type == DNS_TYPE_CNAME)
		return false;
	/* A wildcard's answer comes with the proof that the name itself is not there. */
	if (match->wildcard && s->dnssec && match->zone->is_signed)
		return false;
	if (s->steer.ecs)
		s->opt.octets[AUTHORITY_OPT_SCOPE_AT] = s->steer.scope;
	return serve_variant(s);
}

/* A steered name.  false: s->match was decided, and the quick ways do not do. */
static __attribute__((noinline)) bool serve_steered(
    struct serving *s, const struct zone_entry *entry)
{
	begin_steer(s);
	if (!authority_steer(&s->steer, entry, s->q, &s->match))
		s->match.kind = AUTHORITY_FAILED; /* not of a first name */
	if (s->steer.asked)
		return serve_chosen(s);
	return is_set_alone(&s->match, s->config, s->q) && serve_set(s);
}

/* Records made up for an address of a prefix.  false: none for this name. */
static bool serve_synth(struct serving *s, const struct authority_synth *list)
{
	struct authority_synth_answer synth;
	struct dns_message_writer *m = &s->w->writer;
	int found = authority_synth_find(list, s->q, &synth);
	if (found == AUTHORITY_SYNTH_NONE)
		return false;
	if (found == AUTHORITY_SYNTH_NODATA) {
		s->match.kind = AUTHORITY_NODATA;
		s->match.node = NULL;
		s->match.wildcard = false;
		begin_steer(s);
		serve_built(s);
		return true;
	}
	dns_message_begin(m, s->reply->wire, s->limit - s->opt.len, s->q, 0);
	dns_message_put(m, DNS_ANSWER, s->q->qname.wire, synth.type, DNS_CLASS_IN,
	    synth.ttl_s, synth.rdata, synth.rdlen);
	authority_count(s->w->counters, AUTHORITY_N_answered);
	unsigned flags = DNS_FLAG_AA | (m->w.err ? DNS_FLAG_TC : 0u);
	authority_finish(s->w, &s->opt, 0, authority_flags(s->q) | flags, s->reply);
	return true;
}

void authority_serve(struct authority_worker *w, const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *entry, struct dns_reply *reply)
{
	struct serving s;
	s.w = w;
	s.config = config;
	s.q = q;
	s.reply = reply;
	s.limit = authority_limit(config, q, reply);
	s.dnssec = q->edns.present && (q->edns.flags & DNS_EDNS_FLAG_DO);
	s.keyed = s.keep = false;
	authority_match(entry->zone, q, &s.match);
	make_opt(w, &s.opt, config, q, entry);
	if (is_set_alone(&s.match, config, q) && serve_set(&s))
		return;
	const struct authority_policy *policy = &config->policies[entry->policy];
	if (kt_unlikely(policy->synth && s.match.encloser) && !entry->zone->is_signed &&
	    serve_synth(&s, policy->synth))
		return;
	/* Images must not keep what was chosen for one client. */
	bool steered = s.match.kind == AUTHORITY_STEERED, image = true;
	if (kt_unlikely(steered)) {
		if (serve_steered(&s, entry))
			return;
		image = !s.steer.asked;
	}
	if (image && serve_image(&s))
		return;
	if (!steered)
		begin_steer(&s);
	serve_built(&s);
}
