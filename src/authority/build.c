#include "authority/build.h"

#include "authority/denial.h"
#include "base/bytes.h"
#include "base/err.h"

#include <string.h>

static void put_records(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, uint16_t type, uint32_t ttl_s, const uint8_t *at, unsigned n)
{
	for (; n; n--) {
		uint16_t len = kt_get16(at);
		dns_message_put(
		    b->m, section, owner, type, DNS_CLASS_IN, ttl_s, at + 2, len);
		at += 2 + len;
	}
}

static void put_set_ttl(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set, uint32_t ttl_s)
{
	put_records(b, section, owner, set->type, ttl_s, set->data, set->n_rr);
	if (b->dnssec && set->n_sig)
		put_records(b, section, owner, DNS_TYPE_RRSIG, ttl_s,
		    zone_signatures(set), set->n_sig);
}

void authority_put_set(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set)
{
	put_set_ttl(b, section, owner, set, set->ttl_s);
}

void authority_put_proof(struct authority_build *b, const struct zone_node *node,
    const struct zone_rrset *set)
{
	if (!set)
		return;
	for (unsigned i = 0; i < b->n_proofs; i++)
		if (b->proof[i] == set)
			return;
	if (b->n_proofs == AUTHORITY_PROOFS_MAX)
		return;
	b->proof[b->n_proofs++] = set;
	authority_put_set(b, DNS_AUTHORITY, node->name, set);
}

/* RFC 2308 s.3: the SOA with its own TTL or its minimum field, whichever is less. */
static void put_soa(struct authority_build *b, const struct zone_snapshot *z)
{
	const struct zone_node *apex = zone_apex(z);
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	if (!soa)
		return;
	uint32_t minimum = kt_get32(soa->data + 2 + kt_get16(soa->data) - 4);
	put_set_ttl(b, DNS_AUTHORITY, apex->name, soa,
	    minimum < soa->ttl_s ? minimum : soa->ttl_s);
}

/*
 * Something that an answer is as good without: it is taken back when it does not fit
 * (RFC 2181 s.9).
 */
static bool put_optional(struct authority_build *b, enum dns_section section,
    const uint8_t *owner, const struct zone_rrset *set)
{
	if (b->m->w.err)
		return false;
	struct dns_message_mark mark = dns_message_mark(b->m);
	/* At least an owner pointer, the fixed fields and the data of each record. */
	if (kt_writer_left(&b->m->w) >= 10u * set->n_rr + set->rr_size)
		authority_put_set(b, section, owner, set);
	else
		b->m->w.err = KT_E_SPACE;
	if (!b->m->w.err)
		return true;
	dns_message_rewind(b->m, &mark);
	b->partial = true;
	return false;
}

/* Addresses of a host, which may be glue. */
static void put_addresses(struct authority_build *b, const struct zone_snapshot *z,
    const uint8_t *host, bool required)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA };
	const struct zone_node *node = zone_find_name(z, host);
	if (!node || (node->flags & ZONE_NODE_NSEC3_ONLY))
		return;
	/* Glue is not signed; other addresses come without their signatures, to save room. */
	bool dnssec = b->dnssec;
	b->dnssec = false;
	for (unsigned i = 0; i < KT_COUNT(types); i++) {
		const struct zone_rrset *set = zone_rrset_find(node, types[i]);
		if (!set)
			continue;
		if (required)
			authority_put_set(b, DNS_ADDITIONAL, node->name, set);
		else
			put_optional(b, DNS_ADDITIONAL, node->name, set);
	}
	b->dnssec = dnssec;
}

/* Calls put_addresses() for the hosts that an NS set names, those inside `within` or those outside. */
static void put_hosts(struct authority_build *b, const struct zone_snapshot *z,
    const struct zone_rrset *ns, const uint8_t *within, bool inside, bool required)
{
	const uint8_t *apex = zone_apex(z)->name, *at = ns->data;
	for (unsigned i = 0; i < ns->n_rr; i++) {
		const uint8_t *host = at + 2;
		at = host + kt_get16(at);
		if (dns_wire_under(host, apex) &&
		    dns_wire_under(host, within) == inside)
			put_addresses(b, z, host, required);
	}
}

static void put_referral(struct authority_build *b, const struct authority_match *match)
{
	const struct zone_node *cut = match->node;
	const struct zone_rrset *ns = zone_rrset_find(cut, DNS_TYPE_NS);
	bool dnssec = b->dnssec;
	b->dnssec = false; /* a delegation's NS set is not signed */
	authority_put_set(b, DNS_AUTHORITY, cut->name, ns);
	b->dnssec = dnssec;
	if (b->dnssec) {
		/* RFC 4035 s.3.1.4: DS, or the proof that there is none. */
		const struct zone_rrset *ds = zone_rrset_find(cut, DNS_TYPE_DS);
		if (ds)
			authority_put_set(b, DNS_AUTHORITY, cut->name, ds);
		else
			authority_deny_type(b, match->zone, cut);
	}
	/* RFC 9471 s.3: in-domain glue must all be there, sibling glue may be missing. */
	put_hosts(b, match->zone, ns, cut->name, true, true);
	if (!b->m->w.err)
		put_hosts(b, match->zone, ns, cut->name, false, false);
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
	if (!b->config->minimal && !asked &&
	    !put_optional(b, DNS_AUTHORITY, apex->name, ns))
		return;
	/* A priming query is answered with addresses (RFC 9609 s.4.1). */
	if (asked || !b->config->minimal)
		put_hosts(b, z, ns, apex->name, true, false);
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
			put_addresses(b, z, host, false);
	}
}

/*
 * QTYPE ANY and RRSIG.  Over UDP one set is enough (RFC 8482 s.4.1), so that nobody
 * gains by asking in somebody else's name.
 */
static void put_all(struct authority_build *b, const struct authority_match *match,
    const uint8_t *owner, uint16_t qtype)
{
	bool one = b->config->any_minimal && b->q->client->transport == DNS_OVER_UDP;
	const struct zone_rrset *set = zone_rrsets(match->node);
	unsigned put = 0;
	for (unsigned i = match->node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (qtype == DNS_TYPE_ANY) {
			authority_put_set(b, DNS_ANSWER, owner, set);
			put++;
		} else if (set->n_sig) {
			put_records(b, DNS_ANSWER, owner, DNS_TYPE_RRSIG, set->ttl_s,
			    zone_signatures(set), set->n_sig);
			put++;
		} else if (set->type == DNS_TYPE_RRSIG) {
			authority_put_set(b, DNS_ANSWER, owner, set);
			put++;
		}
		if (one && put)
			break;
	}
	if (put)
		return;
	put_soa(b, match->zone);
	b->counter = AUTHORITY_N_nodata;
	if (b->dnssec && !match->wildcard)
		authority_deny_type(b, match->zone, match->node);
}

/* With DO, the proof that goes with data or its absence. */
static void put_denial(struct authority_build *b, const struct authority_match *match,
    const struct dns_query *q)
{
	if (!b->dnssec)
		return;
	if (match->kind == AUTHORITY_NXDOMAIN)
		authority_deny_name(b, match->zone, q, match->encloser);
	else if (match->kind == AUTHORITY_NODATA && match->wildcard)
		authority_deny_wildcard_type(
		    b, match->zone, q, match->encloser, match->node);
	else if (match->kind == AUTHORITY_NODATA)
		authority_deny_type(b, match->zone, match->node);
	else if (match->wildcard)
		authority_deny_exact(b, match->zone, q, match->encloser);
}

/* Puts a DNAME and the CNAME that follows from it (RFC 6672 s.3.1); false: too long. */
static bool put_dname(struct authority_build *b, const struct authority_match *match,
    const struct dns_query *q, struct dns_name *target)
{
	authority_put_set(b, DNS_ANSWER, match->node->name, match->set);
	if (dns_name_substitute(
		q->qname.wire, match->node->name, match->set->data + 2, target)) {
		b->rcode = DNS_RCODE_YXDOMAIN;
		return false;
	}
	dns_message_put(b->m, DNS_ANSWER, q->qname.wire, DNS_TYPE_CNAME, DNS_CLASS_IN,
	    match->set->ttl_s, target->wire, target->len);
	return true;
}

/*
 * One step of the answer: puts what match says.  true: go on with *target, an alias.
 */
static bool put_step(struct authority_build *b, const struct authority_match *match,
    const struct dns_query *q, struct dns_name *target)
{
	const uint8_t *owner = q->qname.wire;
	switch (match->kind) {
	case AUTHORITY_POSITIVE:
		authority_put_set(b, DNS_ANSWER, owner, match->set);
		put_denial(b, match, q);
		put_extras(b, match->zone, q->qtype);
		put_targets(b, match->zone, match->set);
		return false;
	case AUTHORITY_ALL:
		put_all(b, match, owner, q->qtype);
		put_denial(b, match, q);
		return false;
	case AUTHORITY_CNAME:
		authority_put_set(b, DNS_ANSWER, owner, match->set);
		put_denial(b, match, q);
		dns_name_from_wire(target, match->set->data + 2);
		return true;
	case AUTHORITY_DNAME:
		return put_dname(b, match, q, target);
	case AUTHORITY_REFERRAL:
		put_referral(b, match);
		b->counter = AUTHORITY_N_referral;
		return false;
	case AUTHORITY_NODATA:
		put_soa(b, match->zone);
		put_denial(b, match, q);
		b->counter = AUTHORITY_N_nodata;
		return false;
	case AUTHORITY_NXDOMAIN:
		put_soa(b, match->zone);
		put_denial(b, match, q);
		/* RFC 6604 s.3: the RCODE is that of the last name of a chain. */
		b->rcode = DNS_RCODE_NXDOMAIN;
		b->counter = AUTHORITY_N_nxdomain;
		return false;
	}
	return false;
}

/* The zone's word on the name that an alias led to; false: nobody here has one. */
static bool follow(struct authority_build *b, const struct dns_name *target,
    struct authority_match *match)
{
	struct dns_name lower = *target;
	dns_name_lower(&lower);
	dns_query_rename(b->step, lower.wire);
	b->step->qtype = b->q->qtype;
	b->step->qclass = b->q->qclass;
	const struct zone_entry *entry = zone_set_find(b->config->zones, b->step, 0);
	if (!entry || !entry->zone)
		return false;
	authority_match(entry->zone, b->step, match);
	return true;
}

/* An alias for a name that the chain has passed leads nowhere new. */
static bool is_among(
    const struct dns_name *seen, unsigned n, const struct dns_name *name)
{
	for (unsigned i = 0; i < n; i++)
		if (dns_name_equal(&seen[i], name))
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
	b->n_proofs = 0;
	b->authoritative = match.kind != AUTHORITY_REFERRAL;
	struct dns_name seen[AUTHORITY_CHAIN_MAX];
	for (unsigned steps = 0; put_step(b, &match, q, &target); steps++) {
		if (b->m->w.err || steps == AUTHORITY_CHAIN_MAX ||
		    dns_wire_equal(target.wire, b->q->qname.wire) ||
		    is_among(seen, steps, &target) || !follow(b, &target, &match))
			break;
		seen[steps] = target;
		q = b->step;
	}
	if (b->m->w.err) {
		dns_message_rewind(b->m, &start);
		b->truncated = true;
	}
}
