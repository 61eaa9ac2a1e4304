#include "authority/steer.h"

#include "authority/serve.h"
#include "authority/worker_p.h"
#include "dns/type.h"
#include "zone/steered.h"

static const uint16_t wire_types[STEERING_N_TYPES] = {
	[STEERING_A] = DNS_TYPE_A,
	[STEERING_AAAA] = DNS_TYPE_AAAA,
	[STEERING_CNAME] = DNS_TYPE_CNAME,
};

void authority_steer_begin(struct authority_steer *steer, struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q, bool ecs)
{
	*steer = (struct authority_steer){
		.w = w,
		.config = config,
		.q = q,
		.ecs = ecs ? &q->edns.ecs : NULL,
		.negative_ttl_s = UINT32_MAX,
	};
}

/* NULL: the name was steered when the zone was loaded, and is so no longer. */
static const struct steering_service *find_service(
    const struct authority_config *config, const struct zone_entry *entry,
    const struct authority_match *match)
{
	const struct authority_policy *policy = &config->policies[entry->policy];
	uint32_t number = zone_steered_number(match->zone, match->node);
	return number < policy->n_steered ? policy->steered[number] : NULL;
}

/* Do its answers depend on the client's network? */
static inline bool is_tailored(const struct steering_service *service)
{
	return service->map || service->hashes;
}

/* Can the answer declare the partition of this service as well? */
static bool admit(struct authority_steer *steer, const struct steering_service *service)
{
	if (!is_tailored(service))
		return true;
	if (!steer->tailored)
		steer->tailored = service;
	return steer->tailored->map == service->map;
}

/* A client subnet that is shorter than its cell is counted, once an answer. */
static KT_COLD void count_short(struct authority_steer *steer,
    const struct steering_service *service, const struct kt_addr *resolver,
    const struct steering_decision *decision)
{
	if (steer->short_counted)
		return;
	steer->short_counted = true;
	authority_count(steer->w->counters, AUTHORITY_N_ecs_short);
	struct authority_short_source source = {
		.resolver = *resolver,
		.map = service->map_index,
		.family = steer->ecs->family,
		.source = steer->ecs->source,
		.needed = decision->scope,
	};
	authority_shorts_count(&steer->w->shorts, &source);
}

static inline bool is_short(const struct steering_decision *decision)
{
	return decision->reason == STEERING_SHORT_DECLARED ||
	       decision->reason == STEERING_SHORT_SHARE;
}

/* What a cache may do with the answer for a source that is too short ends sooner. */
static inline uint32_t capped(const struct steering_service *service,
    const struct steering_decision *decision, uint32_t ttl_s)
{
	if (kt_likely(!is_short(decision)))
		return ttl_s;
	uint32_t cap = service->conf->map->short_source_ttl_s;
	return ttl_s < cap ? ttl_s : cap;
}

/* The choice for one type, as *out.  false: there is none, or (steer->failure) it failed. */
static bool choose(struct authority_steer *steer,
    const struct steering_service *service, enum steering_type type,
    struct authority_chosen *out)
{
	struct authority_worker *w = steer->w;
	struct steering_client client = {
		.ecs = steer->ecs,
		.resolver = kt_addr_of_socket(steer->q->client->peer),
	};
	struct steering_answer answer;
	kt_addr_unmap(&client.resolver);
	steering_choose(service, type, &client, authority_random_next(&w->random),
	    w->turn++, &answer);
	if (!steer->asked)
		authority_count(w->counters, AUTHORITY_N_steered);
	steer->asked = true;
	const struct steering_decision *decision = &answer.decision;
	if (client.ecs) {
		if (decision->scope > steer->scope)
			steer->scope = decision->scope;
		if (kt_unlikely(is_short(decision)))
			count_short(steer, service, &client.resolver, decision);
	}
	if (kt_unlikely(!answer.choice || answer.choice->failed)) {
		uint32_t ttl_s = capped(service, decision, service->conf->ttl_min_s);
		if (ttl_s < steer->negative_ttl_s)
			steer->negative_ttl_s = ttl_s;
		if (answer.choice)
			steer->failure = "the set could not be signed";
		return false;
	}
	*out = (struct authority_chosen){
		.variant = answer.variant,
		.ttl_s = capped(service, decision, answer.choice->ttl_s),
		.type = answer.choice->type,
	};
	return true;
}

/*
 * NODATA that a validating resolver would take for a lie: the chain of the zone has the bit of
 * the type, or that of an alias (RFC 6840 s.4.3).
 */
static bool is_contradicted(
    const struct authority_match *match, const struct dns_query *q)
{
	if (!match->zone->is_signed)
		return false;
	return q->qtype == DNS_TYPE_ANY || q->qtype == DNS_TYPE_RRSIG ||
	       zone_rrset_find(match->node, q->qtype) ||
	       zone_rrset_find(match->node, DNS_TYPE_CNAME);
}

void authority_steer_nothing(struct authority_steer *steer, const struct dns_query *q,
    struct authority_match *match)
{
	match->kind = AUTHORITY_NODATA;
	if (!steer->failure && is_contradicted(match, q))
		steer->failure = "no target is up";
	if (steer->failure)
		match->kind = AUTHORITY_FAILED;
}

static inline bool has(const struct steering_service *service, enum steering_type type)
{
	return service->types >> type & 1;
}

/* The type of steering that qtype asks for; STEERING_N_TYPES: none. */
static inline enum steering_type type_of(uint16_t qtype)
{
	if (qtype == DNS_TYPE_A)
		return STEERING_A;
	if (qtype == DNS_TYPE_AAAA)
		return STEERING_AAAA;
	return qtype == DNS_TYPE_CNAME ? STEERING_CNAME : STEERING_N_TYPES;
}

static void put_chosen(const struct dns_query *q, struct authority_match *match)
{
	match->set = NULL;
	match->kind = match->chosen.type == q->qtype ? AUTHORITY_POSITIVE
						     : AUTHORITY_CNAME;
}

bool authority_steer(struct authority_steer *steer, const struct zone_entry *entry,
    const struct dns_query *q, struct authority_match *match)
{
	const struct steering_service *service = find_service(
	    steer->config, entry, match);
	if (!service) {
		authority_match_records(q, match);
		return true;
	}
	enum steering_type type = type_of(q->qtype);
	bool address = type != STEERING_N_TYPES && has(service, type);
	if (kt_unlikely(!address)) {
		/* What else is at the name; where it is an alias for some, that counts for it. */
		authority_match_records(q, match);
		if (match->kind == AUTHORITY_POSITIVE)
			return true;
		if (match->kind != AUTHORITY_ALL && !has(service, STEERING_CNAME))
			return true;
	}
	if (!admit(steer, service))
		return false;
	match->service = service;
	if (kt_unlikely(match->kind == AUTHORITY_ALL))
		return true;
	if (address && kt_likely(choose(steer, service, type, &match->chosen)))
		put_chosen(q, match);
	else if (!steer->failure && type != STEERING_CNAME &&
		 has(service, STEERING_CNAME) &&
		 choose(steer, service, STEERING_CNAME, &match->chosen))
		put_chosen(q, match);
	else
		authority_steer_nothing(steer, q, match);
	return true;
}

bool authority_steer_type(struct authority_steer *steer,
    const struct authority_match *match, enum steering_type type,
    struct authority_chosen *out)
{
	return has(match->service, type) && choose(steer, match->service, type, out);
}

bool authority_steer_has(const struct authority_match *match, uint16_t type)
{
	for (int t = STEERING_A; t < STEERING_N_TYPES; t++)
		if (wire_types[t] == type)
			return has(match->service, (enum steering_type)t);
	return false;
}
