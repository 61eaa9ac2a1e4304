#include "authority/denial.h"

#include "dnssec/nsec3.h"

#include <string.h>

static void put_entry(
    struct authority_build *b, const struct zone_snapshot *z, uint32_t index)
{
	const struct zone_node *node = zone_node_at(z, zone_chain(z)[index].node);
	uint16_t type = z->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;
	authority_add_proof(b, node, zone_rrset_find(node, type));
}

/* The entry at or before the hash of a name.  false: the hash could not be made. */
static bool find_hash(
    const struct zone_snapshot *z, const uint8_t *wire, uint32_t *index, bool *exact)
{
	uint8_t hash[20];
	if (dnssec_nsec3_hash(
		z->nsec3.salt, z->nsec3.salt_len, z->nsec3.iterations, wire, hash))
		return false;
	*index = zone_chain_find_hash(z, hash, exact);
	return true;
}

static void put_cover(
    struct authority_build *b, const struct zone_snapshot *z, const uint8_t *wire)
{
	uint32_t index;
	bool exact;
	if (find_hash(z, wire, &index, &exact))
		put_entry(b, z, index);
}

static bool put_match(
    struct authority_build *b, const struct zone_snapshot *z, const uint8_t *wire)
{
	uint32_t index;
	bool exact;
	if (!find_hash(z, wire, &index, &exact) || !exact)
		return false;
	put_entry(b, z, index);
	return true;
}

/*
 * RFC 5155 s.7.2.1: the closest encloser that has an NSEC3 record, and the record that
 * covers the next closer name.  wire lies below encloser.  With opt-out an encloser may
 * have no record, then its parent is tried.  Returns the one that was proven, or NULL.
 */
static const struct zone_node *put_encloser_proof(struct authority_build *b,
    const struct zone_snapshot *z, const uint8_t *wire,
    const struct zone_node *encloser)
{
	while (encloser && !put_match(b, z, encloser->name))
		encloser = zone_parent(z, encloser);
	if (!encloser)
		return NULL;
	unsigned labels = dns_wire_labels(wire);
	put_cover(b, z, dns_wire_skip(wire, labels - encloser->labels - 1));
	return encloser;
}

/* "*" below the encloser; false: there is no room for such a name. */
static bool wildcard_name(
    const struct zone_node *encloser, uint8_t name[2 + DNS_NAME_MAX])
{
	if (encloser->len + 2u > DNS_NAME_MAX)
		return false;
	name[0] = 1;
	name[1] = '*';
	memcpy(name + 2, encloser->name, encloser->len);
	return true;
}

void authority_deny_type(struct authority_build *b, const struct zone_snapshot *z,
    const struct zone_node *node)
{
	if (z->denial == ZONE_DENIAL_NSEC)
		/* An empty non-terminal has no NSEC of its own: the one before covers it. */
		put_entry(b, z, node->denial);
	else if (z->denial == ZONE_DENIAL_NSEC3 && !put_match(b, z, node->name) &&
		 node->parent)
		/* RFC 5155 s.7.2.4 and 7.2.7: only opt-out leaves a name without a record. */
		put_encloser_proof(b, z, node->name, zone_parent(z, node));
}

void authority_deny_name(struct authority_build *b, const struct zone_snapshot *z,
    const struct dns_query *q, const struct zone_node *encloser)
{
	uint8_t wildcard[2 + DNS_NAME_MAX];
	bool exact;
	if (z->denial == ZONE_DENIAL_NSEC) {
		authority_deny_exact(b, z, q, encloser);
		if (wildcard_name(encloser, wildcard))
			put_entry(b, z, zone_chain_find_name(z, wildcard, &exact));
	} else if (z->denial == ZONE_DENIAL_NSEC3) {
		/* RFC 5155 s.7.2.2: closest encloser, next closer name, wildcard. */
		encloser = put_encloser_proof(b, z, q->qname.wire, encloser);
		if (encloser && wildcard_name(encloser, wildcard))
			put_cover(b, z, wildcard);
	}
}

void authority_deny_exact(struct authority_build *b, const struct zone_snapshot *z,
    const struct dns_query *q, const struct zone_node *encloser)
{
	bool exact;
	if (z->denial == ZONE_DENIAL_NSEC)
		put_entry(b, z, zone_chain_find_query(z, q, &exact));
	else if (z->denial == ZONE_DENIAL_NSEC3)
		/* RFC 5155 s.7.2.6: the next closer name is enough. */
		put_cover(b, z,
		    q->qname.wire + q->label_at[authority_next_closer(q, encloser)]);
}

void authority_deny_wildcard_type(struct authority_build *b,
    const struct zone_snapshot *z, const struct dns_query *q,
    const struct zone_node *encloser, const struct zone_node *wildcard)
{
	if (z->denial == ZONE_DENIAL_NSEC) {
		authority_deny_type(b, z, wildcard);
		authority_deny_exact(b, z, q, encloser);
	} else if (z->denial == ZONE_DENIAL_NSEC3) {
		/* RFC 5155 s.7.2.5 */
		put_encloser_proof(b, z, q->qname.wire, encloser);
		put_match(b, z, wildcard->name);
	}
}

uint32_t authority_denial_entry(const struct zone_snapshot *z,
    const struct dns_query *q, const struct zone_node *encloser)
{
	uint32_t index = UINT32_MAX;
	bool exact;
	if (z->denial == ZONE_DENIAL_NSEC)
		index = zone_chain_find_query(z, q, &exact);
	else if (z->denial == ZONE_DENIAL_NSEC3 &&
		 !find_hash(z,
		     q->qname.wire + q->label_at[authority_next_closer(q, encloser)],
		     &index, &exact))
		index = UINT32_MAX;
	return index;
}
