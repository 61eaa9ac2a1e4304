#include "steering/live.h"

#include "steering/block.h"
#include "steering/state.h"
#include "steering/variants.h"
#include "steering/winner.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURES_MIN 16384 /* entries of the cache, or four times the sets in use */

/* A set that cannot be signed is tried again then. */
#define RETRY_S 60

/* What a pool gives in one refresh of one service: several classes may want it. */
struct memo {
	uint64_t stamp;
	struct draft_variants variants;
};

struct steering_writer {
	struct draft draft;
	struct memo *memos; /* [pool][type][up or as if] */
	uint64_t stamp;
	struct kt_text records;
	struct live_block **retired; /* wait for readers */
	size_t n_retired, retired_size;
	size_t n_signed; /* sets in all live halves */
};

/* One service's making. */
struct making {
	struct steering *steering;
	struct steering_service *service;
	const struct live_block *before; /* NULL: none */
	kt_unix now;
	struct steering_refresh_result *result;
};

static const uint16_t wire_types[STEERING_N_TYPES] = {
	[STEERING_A] = DNS_TYPE_A,
	[STEERING_AAAA] = DNS_TYPE_AAAA,
	[STEERING_CNAME] = DNS_TYPE_CNAME,
};

void steering_live_init(struct steering *steering)
{
	struct steering_private *p = steering->private;
	p->writer = kt_calloc(1, sizeof(*p->writer));
	p->writer->memos = kt_calloc(
	    steering->conf->n_pools * STEERING_N_TYPES * 2 + 1, sizeof(struct memo));
	p->signatures = sigcache_new(SIGNATURES_MIN);
	p->health = kt_calloc(steering->n_targets + 1, sizeof(*p->health));
	steering_state_init(&p->state, steering);
}

void steering_live_fini(struct steering *steering)
{
	struct steering_private *p = steering->private;
	if (!p->writer)
		return;
	for (size_t i = 0; i < steering->n_services; i++)
		free(steering_block(&steering->services[i]));
	draft_fini(&p->writer->draft);
	kt_text_fini(&p->writer->records);
	free(p->writer->memos);
	free(p->writer->retired);
	free(p->writer);
	sigcache_put(p->signatures);
	free(p->health);
	steering_state_fini(&p->state);
}

/* Records and signatures */

static void keep_signatures_for(struct making *m)
{
	struct steering_private *p = m->steering->private;
	size_t wanted = (p->writer->n_signed + p->writer->draft.n_signed) * 4;
	if (wanted > SIGNATURES_MIN)
		sigcache_limit(p->signatures, wanted);
}

/* Signs the variant that was just put.  False: it cannot be. */
static bool sign(struct making *m, uint16_t type, uint16_t n_rr)
{
	struct steering_private *p = m->steering->private;
	const struct conf_service *conf = m->service->conf;
	struct draft *draft = &p->writer->draft;
	const struct kt_text *records = &p->writer->records;
	const struct dnssec_rrset set = {
		.owner = conf->name.wire,
		.type = type,
		.class = DNS_CLASS_IN,
		.n_rr = n_rr,
		.data = (const uint8_t *)records->at,
		.size = records->len,
	};
	struct sigcache_result signatures;
	if (sigcache_sign(p->signatures, m->service->signer, &set, conf->ttl_s, m->now,
		&p->scratch, &signatures)) {
		m->result->failed++;
		draft->n_failed++;
		return false;
	}
	if (signatures.made)
		m->result->signatures++;
	if (signatures.refresh_at < draft->refresh_at)
		draft->refresh_at = signatures.refresh_at;
	draft_signatures(draft, signatures.n, signatures.data, signatures.size);
	keep_signatures_for(m);
	return true;
}

/* Puts what w->records holds. */
static bool put_records(
    struct making *m, uint16_t type, uint16_t n_rr, uint64_t upto, uint32_t id)
{
	struct steering_writer *w = m->steering->private->writer;
	const struct steering_variant v = {
		.upto = upto,
		.n_rr = n_rr,
		.rr_size = (uint32_t)w->records.len,
		.id = id,
	};
	draft_variant(&w->draft, &v, (const uint8_t *)w->records.at);
	return !m->service->signer || sign(m, type, n_rr);
}

static void gather(struct kt_text *records, const struct steering_set *set)
{
	kt_text_clear(records);
	for (uint32_t i = 0; i < set->n; i++) {
		const struct steering_member *member = set->records[i];
		uint8_t rdlen[2];
		kt_put16(rdlen, member->rdlen);
		kt_text_add_n(records, (const char *)rdlen, sizeof(rdlen));
		kt_text_add_n(records, (const char *)member->rdata, member->rdlen);
	}
}

/* Choices */

static void put_variants(struct making *m, const struct steering_sets *sets,
    enum steering_type type, struct draft_variants *out)
{
	struct steering_writer *w = m->steering->private->writer;
	uint64_t upto = 0;
	*out = (struct draft_variants){
		.pick = sets->pick,
		.type = wire_types[type],
		.n = (uint16_t)(sets->n < UINT16_MAX ? sets->n : UINT16_MAX),
		.first = (uint32_t)w->draft.n_variants,
	};
	for (uint16_t i = 0; i < out->n; i++) {
		const struct steering_set *set = &sets->list[i];
		upto += set->weight;
		gather(&w->records, set);
		if (!put_records(m, out->type, (uint16_t)set->n, upto, set->id))
			out->failed = true;
	}
	out->total = upto;
}

/* n is 0 when there is nothing of the type in the pool. */
static const struct draft_variants *variants_of(
    struct making *m, const struct steering_winner *winner)
{
	struct steering_private *p = m->steering->private;
	struct steering_writer *w = p->writer;
	bool as_if = winner->how != STEERING_WON_UP;
	size_t at =
	    (winner->pool->conf->index * (size_t)STEERING_N_TYPES + winner->type) * 2 +
	    as_if;
	struct memo *memo = &w->memos[at];
	if (memo->stamp == w->stamp)
		return &memo->variants;
	/* Signing needs the arena too, so sets have one of their own. */
	struct kt_arena *arena = &p->sets;
	const struct steering_variants v = {
		.state = as_if ? NULL : &p->state,
		.type = winner->type,
		.limit = m->service->conf->limit,
		.arena = arena,
	};
	struct steering_sets sets;
	kt_arena_reset(arena);
	steering_variants_make(&v, winner->pool, &sets);
	memo->stamp = w->stamp;
	put_variants(m, &sets, winner->type, &memo->variants);
	return &memo->variants;
}

/* A choice of the live half before, as it was: what was up last. */
static uint32_t put_again(
    struct making *m, const struct steering_choice *choice, uint32_t ttl_s)
{
	struct steering_writer *w = m->steering->private->writer;
	struct draft_choice again = {
		.variants = {
			.pick = choice->pick,
			.type = choice->type,
			.n = choice->n,
			.first = (uint32_t)w->draft.n_variants,
			.total = choice->total,
		},
		.ttl_s = ttl_s,
		.pool = choice->pool,
	};
	for (uint16_t i = 0; i < choice->n; i++) {
		const struct steering_variant *v = &choice->variants[i];
		kt_text_clear(&w->records);
		kt_text_add_n(&w->records, (const char *)v->data, v->rr_size);
		if (!put_records(m, choice->type, v->n_rr, v->upto, v->id))
			again.variants.failed = true;
	}
	return draft_choice(&w->draft, &again) + 1;
}

/*
 * What the class had before in a slot goes on, if it is of the kind that is to be answered:
 * no client may see names and addresses at the same time (RFC 1034 s.3.6.2).  True with *last
 * NULL: what was up last has nothing for this type.
 */
static bool goes_on(const struct making *m, const struct steering_winner *winner,
    size_t slot, const struct steering_choice **last)
{
	if (winner->how != STEERING_WON_LAST || !m->before)
		return false;
	const struct steering_choice *const *choices = m->before->live.choices;
	*last = choices[slot];
	if (*last)
		return !winner->decided || (*last)->type != DNS_TYPE_CNAME;
	if (winner->decided || !(m->service->types & STEERING_NAMES))
		return false;
	size_t class = slot / STEERING_N_TYPES * STEERING_N_TYPES;
	for (size_t type = 0; type < STEERING_N_TYPES; type++)
		if (choices[class + type])
			return true;
	return false;
}

/* The choice of a slot + 1; 0: no records. */
static uint32_t put_choice(
    struct making *m, const struct steering_winner *winner, size_t slot)
{
	struct steering_writer *w = m->steering->private->writer;
	uint32_t ttl_s = steering_winner_ttl(m->service->conf, winner->stable_s);
	const struct steering_choice *last = NULL;
	if (goes_on(m, winner, slot, &last))
		return last ? put_again(m, last, ttl_s) : 0;
	if (!winner->pool)
		return 0;
	const struct draft_variants *variants = variants_of(m, winner);
	const struct draft_choice choice = {
		.variants = *variants, .ttl_s = ttl_s, .pool = winner->pool->conf
	};
	return variants->n ? draft_choice(&w->draft, &choice) + 1 : 0;
}

static void make_draft(struct making *m)
{
	struct steering_private *p = m->steering->private;
	const struct steering_plan *plan = m->service->plan;
	struct draft *draft = &p->writer->draft;
	p->writer->stamp++;
	draft_begin(draft, (size_t)m->service->n_classes * STEERING_N_TYPES);
	for (size_t slot = 0; slot < draft->n_slots; slot++) {
		struct steering_winner winner;
		steering_winner_find(m->service,
		    &plan->classes[slot / STEERING_N_TYPES],
		    (enum steering_type)(slot % STEERING_N_TYPES), &p->state, &winner);
		draft->slots[slot] = put_choice(m, &winner, slot);
	}
	if (draft->n_failed && draft->refresh_at > m->now + RETRY_S)
		draft->refresh_at = m->now + RETRY_S;
}

/* Refreshing */

static bool pool_changed(
    const struct steering_private *p, const struct steering_pool *pool)
{
	return p->state.pools[pool->conf->index].changed;
}

static bool health_changed(
    const struct steering_private *p, const struct steering_service *service)
{
	const struct steering_plan *plan = service->plan;
	for (unsigned c = 0; c < service->n_classes; c++)
		for (uint32_t i = 0; i < plan->classes[c].n_pools; i++)
			if (pool_changed(p, plan->classes[c].pools[i]))
				return true;
	return false;
}

static bool wants_refresh(const struct making *m)
{
	return !m->before || m->before->provisional ||
	       m->now >= m->before->refresh_at ||
	       health_changed(m->steering->private, m->service);
}

static void replace(struct making *m)
{
	struct steering_writer *w = m->steering->private->writer;
	struct live_block *old = steering_block(m->service);
	struct live_block *fresh = draft_block(&w->draft);
	w->n_signed += fresh->n_signed;
	void *before = kt_publish(&m->service->live, &fresh->live);
	kt_require(before == (void *)old);
	if (!old)
		return;
	w->n_signed -= old->n_signed;
	kt_grow(w->retired, w->n_retired, w->retired_size);
	w->retired[w->n_retired++] = old;
}

static void refresh_service(struct making *m)
{
	struct steering_writer *w = m->steering->private->writer;
	bool ttls = false, same = false;
	if (!wants_refresh(m))
		return;
	make_draft(m);
	if (m->before)
		same = draft_equals(&w->draft, m->before, &ttls);
	if (!same)
		m->result->changed++;
	bool resigned = m->before &&
			(m->before->provisional || m->now >= m->before->refresh_at);
	if (!same || !ttls || resigned)
		replace(m);
}

static void free_retired(struct steering_writer *w)
{
	if (!w->n_retired)
		return;
	kt_readers_wait();
	for (size_t i = 0; i < w->n_retired; i++)
		free(w->retired[i]);
	w->n_retired = 0;
}

void steering_refresh(struct steering *steering, const struct steering_health *health,
    kt_unix now, struct steering_refresh_result *result)
{
	struct steering_private *p = steering->private;
	size_t size = steering->n_targets * sizeof(*health);
	*result = (struct steering_refresh_result){ 0 };
	steering_state_set(
	    &p->state, steering, health, p->refreshed ? p->health : NULL);
	for (size_t i = 0; i < steering->n_services; i++) {
		struct making m = {
			.steering = steering,
			.service = &steering->services[i],
			.before = steering_block(&steering->services[i]),
			.now = now,
			.result = result,
		};
		refresh_service(&m);
	}
	if (size)
		memcpy(p->health, health, size);
	p->refreshed = true;
	free_retired(p->writer);
}

kt_unix steering_refresh_at(const struct steering *steering)
{
	kt_unix first = INT64_MAX;
	for (size_t i = 0; i < steering->n_services; i++) {
		const struct live_block *block = steering_block(&steering->services[i]);
		if (block && block->refresh_at < first)
			first = block->refresh_at;
	}
	return first;
}
