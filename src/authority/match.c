#include "authority/match.h"

#include <string.h>

/* Names that only carry NSEC3 records are outside the tree (RFC 5155 s.7.2.8). */
KT_INLINE const struct zone_node *find_suffix(
    const struct zone_snapshot *z, const struct dns_query *q, unsigned skip)
{
	unsigned at = q->label_at[skip];
	const struct zone_node *node = zone_find(
	    z, q->qname.wire + at, q->qname.len - at, q->hash[skip]);
	return node && !(node->flags & ZONE_NODE_NSEC3_ONLY) ? node : NULL;
}

/*
 * The closest encloser (RFC 4592 s.3.3.1) of a name that is not there.  Every ancestor of
 * a node is a node, so the deepest one is found by halving; at most seven looks.
 */
static const struct zone_node *find_encloser(
    const struct zone_snapshot *z, const struct dns_query *q)
{
	const struct zone_node *best = zone_apex(z);
	unsigned low = best->labels, high = q->qname.labels - 1u;
	if (high > z->max_labels)
		high = z->max_labels;
	while (low < high) {
		unsigned middle = (low + high + 1) / 2;
		const struct zone_node *node = find_suffix(
		    z, q, q->qname.labels - middle);
		if (node) {
			best = node;
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	return best;
}

static const struct zone_node *find_wildcard(const struct zone_snapshot *z,
    const struct dns_query *q, const struct zone_node *encloser)
{
	static const uint8_t star[2] = { 1, '*' };
	uint8_t name[2 + DNS_NAME_MAX];
	if (encloser->len + 2u > DNS_NAME_MAX)
		return NULL;
	memcpy(name, star, 2);
	memcpy(name + 2, encloser->name, encloser->len);
	uint64_t hash = dns_hash_label(
	    q->hash[q->qname.labels - encloser->labels], star);
	return zone_find(z, name, encloser->len + 2u, hash);
}

KT_INLINE void match_records(
    const struct zone_node *node, const struct dns_query *q, struct authority_match *m)
{
	if (kt_unlikely(q->qtype == DNS_TYPE_ANY || q->qtype == DNS_TYPE_RRSIG)) {
		m->kind = node->flags & ZONE_NODE_EMPTY ? AUTHORITY_NODATA
							: AUTHORITY_ALL;
		return;
	}
	m->set = zone_rrset_find(node, q->qtype);
	if (kt_likely(m->set != NULL)) {
		m->kind = AUTHORITY_POSITIVE;
		return;
	}
	if (node->flags & ZONE_NODE_CNAME) {
		m->kind = AUTHORITY_CNAME;
		m->set = zone_rrset_find(node, DNS_TYPE_CNAME);
		return;
	}
	m->kind = AUTHORITY_NODATA;
}

void authority_match_records(const struct dns_query *q, struct authority_match *m)
{
	match_records(m->node, q, m);
}

/* A node that is more than its records: a cut, or steered. */
static bool match_special(
    const struct zone_node *node, const struct dns_query *q, struct authority_match *m)
{
	if (node->flags & ZONE_NODE_CUT) {
		m->kind = AUTHORITY_REFERRAL;
		return q->qtype != DNS_TYPE_DS;
	}
	m->kind = AUTHORITY_STEERED;
	m->service = NULL;
	return true;
}

/* Data of a node that the question reached, itself or through a wildcard. */
KT_INLINE void match_node(
    const struct zone_node *node, const struct dns_query *q, struct authority_match *m)
{
	m->node = node;
	if (kt_unlikely(node->flags & (ZONE_NODE_CUT | ZONE_NODE_STEERED)) &&
	    match_special(node, q, m))
		return;
	match_records(node, q, m);
}

/* node is at or below a cut or a DNAME that is not the question's name: which one decides? */
static void match_above(const struct zone_snapshot *z, const struct zone_node *node,
    struct authority_match *m)
{
	while (node->flags & ZONE_NODE_BELOW)
		node = zone_parent(z, node);
	if (!(node->flags & ZONE_NODE_CUT)) {
		m->kind = AUTHORITY_DNAME;
		m->set = zone_rrset_find(node, DNS_TYPE_DNAME);
	} else {
		m->kind = AUTHORITY_REFERRAL;
	}
	m->node = node;
}

static void match_missing(
    const struct zone_snapshot *z, const struct dns_query *q, struct authority_match *m)
{
	const struct zone_node *encloser = find_encloser(z, q);
	if (encloser->flags & (ZONE_NODE_CUT | ZONE_NODE_DNAME | ZONE_NODE_BELOW)) {
		match_above(z, encloser, m);
		return;
	}
	m->encloser = encloser;
	if (encloser->flags & ZONE_NODE_WILDCARD) {
		const struct zone_node *wildcard = find_wildcard(z, q, encloser);
		if (wildcard) {
			m->wildcard = true;
			match_node(wildcard, q, m);
			return;
		}
	}
	m->kind = AUTHORITY_NXDOMAIN;
}

void authority_match(const struct zone_snapshot *zone, const struct dns_query *q,
    struct authority_match *m)
{
	m->zone = zone;
	m->wildcard = false;
	m->node = NULL;
	m->set = NULL;
	m->encloser = NULL;
	const struct zone_node *node = find_suffix(zone, q, 0);
	if (kt_unlikely(!node))
		match_missing(zone, q, m);
	else if (kt_unlikely(node->flags & ZONE_NODE_BELOW))
		match_above(zone, node, m);
	else
		match_node(node, q, m);
}
