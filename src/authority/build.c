#include "authority/build.h"

#include "authority/denial.h"
#include "base/bytes.h"
#include "base/err.h"

#include <string.h>

/* Records of one owner and type; again: the record before has this owner. */
static void put_records(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, uint16_t type, uint32_t ttl_s, const uint8_t *at, unsigned n,
    bool again)
{
	for (; n; n--) {
		uint16_t len = kt_get16(at);
		if (again)
			dns_message_put_same(b->m, section, owner, type, DNS_CLASS_IN,
			    ttl_s, at + 2, len);
		else
			dns_message_put(b->m, section, owner, type, DNS_CLASS_IN, ttl_s,
			    at + 2, len);
		at += 2 + len;
		again = true;
	}
}

static void put_set_ttl(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set, uint32_t ttl_s, bool again)
{
	put_records(b, section, owner, set->type, ttl_s, set->data, set->n_rr, again);
	if (b->dnssec && set->n_sig)
		put_records(b, section, owner, DNS_TYPE_RRSIG, ttl_s,
		    zone_signatures(set), set->n_sig, true);
}

void authority_put_set(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set)
{
	put_set_ttl(b, section, owner, set, set->ttl_s, false);
}

static void put_chosen(struct authority_build *b, const uint8_t *owner,
    const struct authority_chosen *chosen)
{
	const struct steering_variant *v = chosen->variant;
	put_records(
	    b, DNS_ANSWER, owner, chosen->type, chosen->ttl_s, v->data, v->n_rr, false);
	if (b->dnssec && v->n_sig)
		put_records(b, DNS_ANSWER, owner, DNS_TYPE_RRSIG, chosen->ttl_s,
		    v->data + v->rr_size, v->n_sig, true);
}

/* The set of a match: the zone's, or what steering chose. */
static void put_match_set(struct authority_build *b, const uint8_t *owner,
    const struct authority_match *match)
{
	if (kt_likely(match->set != NULL))
		authority_put_set(b, DNS_ANSWER, owner, match->set);
	else
		put_chosen(b, owner, &match->chosen);
}

static void put_set_again(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set, bool again)
{
	put_set_ttl(b, section, owner, set, set->ttl_s, again);
}

void authority_add_proof(struct authority_build *b, const struct zone_node *node,
    const struct zone_rrset *set)
{
	if (!set || b->n_proofs == AUTHORITY_PROOFS_MAX)
		return;
	for (unsigned i = 0; i < b->n_proofs; i++)
		if (b->proof[i].set == set)
			return;
	b->proof[b->n_proofs++] = (struct authority_proof){ node, set };
}

static void put_proofs(struct authority_build *b)
{
	for (unsigned i = 0; i < b->n_proofs; i++)
		authority_put_set(
		    b, DNS_AUTHORITY, b->proof[i].node->name, b->proof[i].set);
	b->n_proofs = 0;
}

/* RFC 2308 s.3: the SOA with its own TTL or its minimum field, whichever is less. */
static void put_soa(struct authority_build *b, const struct zone_snapshot *z)
{
	const struct zone_node *apex = zone_apex(z);
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	if (!soa)
		return;
	uint32_t ttl_s = kt_get32(soa->data + 2 + kt_get16(soa->data) - 4);
	if (soa->ttl_s < ttl_s)
		ttl_s = soa->ttl_s;
	if (b->steer->negative_ttl_s < ttl_s)
		ttl_s = b->steer->negative_ttl_s;
	put_set_ttl(b, DNS_AUTHORITY, apex->name, soa, ttl_s, false);
}

/*
 * Something that an answer is as good without: it is taken back when it does not fit
 * (RFC 2181 s.9).
 */
static bool put_optional(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set, bool again)
{
	if (b->m->w.err)
		return false;
	struct dns_message_mark mark = dns_message_mark(b->m);
	/* At least an owner pointer, the fixed fields and the data of each record. */
	size_t least = 10u * (size_t)set->n_rr + set->rr_size + b->slack;
	if (kt_writer_left(&b->m->w) >= least)
		put_set_again(b, section, owner, set, again);
	else
		b->m->w.err = KT_E_SPACE;
	if (!b->m->w.err && kt_writer_left(&b->m->w) >= b->slack)
		return true;
	dns_message_rewind(b->m, &mark);
	b->partial = true;
	return false;
}

/*
 * Addresses of a host, which may be glue, where the zone has them; named: the writer knows
 * where the host's name stands.
 */
static void put_addresses(struct authority_build *b, const struct zone_snapshot *z,
    const uint8_t *host, bool required, bool named)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA };
	const struct zone_node *node = zone_find_name(z, host);
	if (!node || (node->flags & ZONE_NODE_NSEC3_ONLY))
		return;
	/* RFC 7871 s.7.4: this section is for everybody, what is chosen is not. */
	if (!required && (node->flags & ZONE_NODE_STEERED))
		return;
	/* Glue is not signed; other addresses come without their signatures, to save room. */
	bool dnssec = b->dnssec;
	b->dnssec = false;
	for (unsigned i = 0; i < KT_COUNT(types); i++) {
		const struct zone_rrset *set = zone_rrset_find(node, types[i]);
		if (!set)
			continue;
		if (required)
			put_set_again(b, DNS_ADDITIONAL, host, set, named);
		if (required || put_optional(b, DNS_ADDITIONAL, host, set, named))
			named = true; /* the record before has this owner */
	}
	b->dnssec = dnssec;
}

/* Which hosts of an NS set. */
enum hosts {
	HOSTS_BELOW_CUT,
	HOSTS_ELSEWHERE, /* in the zone */
};

/* Addresses of the hosts of an NS set whose names were the first in rdata since `since`. */
static bool put_hosts(struct authority_build *b, const struct zone_snapshot *z,
    const struct zone_rrset *ns, uint16_t since, const uint8_t *cut, enum hosts which)
{
	const uint8_t *apex = zone_apex(z)->name, *at = ns->data;
	bool others = false;
	for (unsigned i = 0; i < ns->n_rr; i++) {
		const uint8_t *host = at + 2;
		at = host + kt_get16(at);
		bool below = cut && dns_wire_under(host, cut);
		if (below != (which == HOSTS_BELOW_CUT)) {
			others = true;
			continue;
		}
		if (!below && !dns_wire_under(host, apex))
			continue;
		bool named = !b->m->w.err &&
			     dns_message_owner_from_rdata(b->m, since, i);
		put_addresses(b, z, host, below, named);
	}
	return others;
}

/*
 * Glue (RFC 9471 s.3): that of hosts below the cut must all be there and comes first, that
 * of other hosts in the zone may be missing.
 */
static void put_glue(struct authority_build *b, const struct zone_snapshot *z,
    const struct zone_node *cut, const struct zone_rrset *ns, uint16_t since)
{
	if (put_hosts(b, z, ns, since, cut->name, HOSTS_BELOW_CUT) && !b->m->w.err)
		put_hosts(b, z, ns, since, cut->name, HOSTS_ELSEWHERE);
}

static void put_referral(struct authority_build *b, const struct authority_match *match)
{
	const struct zone_node *cut = match->node;
	const struct zone_rrset *ns = zone_rrset_find(cut, DNS_TYPE_NS);
	bool dnssec = b->dnssec;
	uint16_t since = b->m->n_names;
	b->dnssec = false; /* a delegation's NS set is not signed */
	authority_put_set(b, DNS_AUTHORITY, cut->name, ns);
	b->dnssec = dnssec;
	/* RFC 4035 s.3.1.4: from a signed zone DS, or the proof that there is none. */
	if (b->dnssec && match->zone->is_signed) {
		const struct zone_rrset *ds = zone_rrset_find(cut, DNS_TYPE_DS);
		if (ds)
			authority_put_set(b, DNS_AUTHORITY, cut->name, ds);
		else
			authority_deny_type(b, match->zone, cut);
	}
	put_proofs(b);
	put_glue(b, match->zone, cut, ns, since);
}

/* NS of the zone and the addresses that clients ask for next, where there is room. */
static void put_extras(
    struct authority_build *b, const struct zone_snapshot *z, uint16_t qtype)
{
	const struct zone_node *apex = zone_apex(z);
	const struct zone_rrset *ns = zone_rrset_find(apex, DNS_TYPE_NS);
	if (!ns)
		return;
	bool asked = qtype == DNS_TYPE_NS;
	uint16_t since = asked ? b->answer_names : b->m->n_names;
	if (!b->config->minimal && !asked &&
	    !put_optional(b, DNS_AUTHORITY, apex->name, ns, false))
		return;
	/* A priming query is answered with addresses (RFC 9609 s.4.1). */
	if (asked || !b->config->minimal)
		put_hosts(b, z, ns, since, NULL, HOSTS_ELSEWHERE);
}

/* The hosts that MX and SRV name, for who does not want minimal answers. */
static void put_targets(struct authority_build *b, const struct zone_snapshot *z,
    const struct zone_rrset *set)
{
	unsigned skip = set->type == DNS_TYPE_MX    ? 2
			: set->type == DNS_TYPE_SRV ? 6
						    : 0;
	if (!skip || b->config->minimal)
		return;
	const uint8_t *at = set->data;
	for (unsigned i = 0; i < set->n_rr; i++) {
		const uint8_t *host = at + 2 + skip;
		at += 2 + kt_get16(at);
		if (dns_wire_under(host, zone_apex(z)->name))
			put_addresses(b, z, host, false, false);
	}
}

/*
 * QTYPE ANY and RRSIG at a steered name: the sets that are chosen; an alias stands alone.
 * How many were put.
 */
static unsigned put_all_chosen(struct authority_build *b,
    const struct authority_match *match, const uint8_t *owner, uint16_t qtype, bool one)
{
	struct authority_chosen chosen;
	unsigned put = 0;
	for (int type = STEERING_A; type < STEERING_N_TYPES; type++) {
		if (put && (one || type == STEERING_CNAME))
			break;
		if (!authority_steer_type(
			b->steer, match, (enum steering_type)type, &chosen))
			continue;
		const struct steering_variant *v = chosen.variant;
		if (qtype == DNS_TYPE_ANY) {
			put_chosen(b, owner, &chosen);
			put++;
		} else if (v->n_sig) {
			put_records(b, DNS_ANSWER, owner, DNS_TYPE_RRSIG, chosen.ttl_s,
			    v->data + v->rr_size, v->n_sig, put != 0);
			put++;
		}
	}
	return put;
}

/*
 * QTYPE ANY and RRSIG.  Over UDP one set is enough (RFC 8482 s.4.1), so that nobody
 * gains by asking in somebody else's name; that is the chosen one at a steered name.
 * false: there was nothing.
 */
static bool put_all(struct authority_build *b, const struct authority_match *match,
    const uint8_t *owner, uint16_t qtype)
{
	bool one = b->config->any_minimal && b->q->client->transport == DNS_OVER_UDP;
	bool steered = match->node->flags & ZONE_NODE_STEERED && match->service;
	const struct zone_rrset *set = zone_rrsets(match->node);
	unsigned put = steered ? put_all_chosen(b, match, owner, qtype, one) : 0;
	for (unsigned i = match->node->n_rrsets; i && !(one && put); i--) {
		if (match->wildcard && set->type == DNS_TYPE_NSEC) {
			/* It says what is at the wildcard, not at the name asked for. */
		} else if (steered && authority_steer_has(match, set->type)) {
			/* It only stands for what was chosen. */
		} else if (qtype == DNS_TYPE_ANY || set->type == DNS_TYPE_RRSIG) {
			authority_put_set(b, DNS_ANSWER, owner, set);
			put++;
		} else if (set->n_sig) {
			put_records(b, DNS_ANSWER, owner, DNS_TYPE_RRSIG, set->ttl_s,
			    zone_signatures(set), set->n_sig, put != 0);
			put++;
		}
		set = zone_rrset_next(set);
	}
	return put != 0;
}

/* With DO, the proof that goes with data or its absence. */
static void add_denial(struct authority_build *b, const struct authority_match *match,
    const struct dns_query *q)
{
	if (!b->dnssec)
		return;
	if (match->kind == AUTHORITY_NXDOMAIN)
		authority_deny_name(b, match->zone, q, match->encloser);
	else if (match->kind == AUTHORITY_NODATA && match->wildcard)
		authority_deny_wildcard_type(
		    b, match->zone, q, match->encloser, match->node);
	else if (match->kind == AUTHORITY_NODATA && match->node)
		authority_deny_type(b, match->zone, match->node);
	else if (match->wildcard && match->kind != AUTHORITY_FAILED)
		authority_deny_exact(b, match->zone, q, match->encloser);
}

/* A DNAME stands once in an answer, however often a chain passes it (RFC 2181 s.5). */
static bool dname_is_there(
    const struct authority_build *b, const struct zone_rrset *set)
{
	for (unsigned i = 0; i < b->n_steps; i++)
		if (b->dname[i] == set)
			return true;
	return false;
}

/*
 * Puts a DNAME and the CNAME that follows from it (RFC 6672 s.3.1).  true: go on with
 * *target; who asks for CNAME has the answer.
 */
static bool put_dname(struct authority_build *b, const struct authority_match *match,
    const struct dns_query *q, struct dns_name *target)
{
	if (!dname_is_there(b, match->set))
		authority_put_set(b, DNS_ANSWER, match->node->name, match->set);
	b->dname[b->n_steps] = match->set;
	if (dns_name_substitute(
		q->qname.wire, match->node->name, match->set->data + 2, target)) {
		b->rcode = DNS_RCODE_YXDOMAIN;
		return false;
	}
	dns_message_put(b->m, DNS_ANSWER, q->qname.wire, DNS_TYPE_CNAME, DNS_CLASS_IN,
	    match->set->ttl_s, target->wire, target->len);
	return q->qtype != DNS_TYPE_CNAME;
}

/*
 * One step of the answer section.  true: go on with *target, where an alias leads.
 * Proofs are gathered; the other sections come when this one is complete.
 */
static bool put_step(struct authority_build *b, struct authority_match *match,
    const struct dns_query *q, struct dns_name *target)
{
	const uint8_t *owner = q->qname.wire;
	b->dname[b->n_steps] = NULL;
	b->answer_names = b->m->n_names;
	switch (match->kind) {
	case AUTHORITY_ALL:
		if (put_all(b, match, owner, q->qtype))
			break;
		match->kind = AUTHORITY_NODATA;
		if (match->node->flags & ZONE_NODE_STEERED && match->service)
			authority_steer_nothing(b->steer, q, match);
		break;
	case AUTHORITY_POSITIVE:
	case AUTHORITY_CNAME:
		put_match_set(b, owner, match);
		break;
	case AUTHORITY_DNAME:
		return put_dname(b, match, q, target);
	case AUTHORITY_REFERRAL:
	case AUTHORITY_NODATA:
	case AUTHORITY_NXDOMAIN:
	case AUTHORITY_STEERED: /* decided before */
	case AUTHORITY_FAILED:
		break;
	}
	add_denial(b, match, q);
	if (match->kind != AUTHORITY_CNAME)
		return false;
	const uint8_t *data = match->set ? match->set->data
					 : match->chosen.variant->data;
	dns_name_from_wire(target, data + 2);
	return true;
}

/* The authority and additional sections, by where the chain ended. */
static void put_rest(struct authority_build *b, const struct authority_match *match)
{
	switch (match->kind) {
	case AUTHORITY_REFERRAL:
		b->counter = AUTHORITY_N_referral;
		put_referral(b, match);
		return;
	case AUTHORITY_NODATA:
		b->counter = AUTHORITY_N_nodata;
		put_soa(b, match->zone);
		break;
	case AUTHORITY_NXDOMAIN:
		/* RFC 6604 s.3: the RCODE is that of the last name of a chain. */
		b->counter = AUTHORITY_N_nxdomain;
		b->rcode = DNS_RCODE_NXDOMAIN;
		put_soa(b, match->zone);
		break;
	case AUTHORITY_FAILED:
		b->counter = AUTHORITY_N_servfail;
		b->rcode = DNS_RCODE_SERVFAIL;
		b->authoritative = false;
		return;
	case AUTHORITY_POSITIVE:
	case AUTHORITY_ALL:
	case AUTHORITY_CNAME:
	case AUTHORITY_DNAME:
	case AUTHORITY_STEERED:
		break;
	}
	put_proofs(b);
	if (match->kind == AUTHORITY_POSITIVE) {
		put_extras(b, match->zone, b->q->qtype);
		if (match->set)
			put_targets(b, match->zone, match->set);
	}
}

/*
 * The zone's word on the name that an alias led to.  false: nobody here has one, or it is not
 * for this answer.
 */
static bool follow(struct authority_build *b, const struct dns_name *target,
    struct authority_match *match)
{
	struct dns_name lower = *target;
	dns_name_lower(&lower);
	dns_query_rename(b->step, lower.wire);
	b->step->qtype = b->q->qtype;
	b->step->qclass = b->q->qclass;
	const struct zone_entry *entry = authority_zone_of(b->config->zones, b->step);
	if (!entry || !entry->zone)
		return false;
	struct authority_match next;
	authority_match(entry->zone, b->step, &next);
	if (kt_unlikely(next.kind == AUTHORITY_STEERED) &&
	    !authority_steer(b->steer, entry, b->step, &next))
		return false;
	*match = next;
	return true;
}

/* An alias for a name that the chain has passed leads nowhere new. */
static bool was_passed(const struct authority_build *b, const struct dns_name *name)
{
	if (dns_name_equal(&b->q->qname, name))
		return true;
	for (unsigned i = 0; i < b->n_steps; i++)
		if (dns_name_equal(&b->seen[i], name))
			return true;
	return false;
}

void authority_build(struct authority_build *b, const struct authority_match *first)
{
	struct authority_match match = *first;
	const struct dns_query *q = b->q;
	struct dns_name target;
	struct dns_message_mark start = dns_message_mark(b->m);
	b->rcode = DNS_RCODE_NOERROR;
	b->counter = AUTHORITY_N_answered;
	b->truncated = b->partial = false;
	b->n_proofs = b->n_steps = 0;
	b->authoritative = match.kind != AUTHORITY_REFERRAL;
	while (put_step(b, &match, q, &target) && !b->m->w.err) {
		if (b->n_steps + 1 == AUTHORITY_CHAIN_MAX || was_passed(b, &target) ||
		    !follow(b, &target, &match))
			break;
		b->seen[b->n_steps++] = target;
		q = b->step;
	}
	put_rest(b, &match);
	if (kt_unlikely(match.kind == AUTHORITY_FAILED)) {
		dns_message_rewind(b->m, &start);
	} else if (b->m->w.err) {
		dns_message_rewind(b->m, &start);
		b->truncated = true;
	}
}
