/* What a snapshot knows of itself once its nodes stand: apex facts and the denial chain. */
#include "zone/layout_p.h"

#include "zone/key_p.h"

#include <stdlib.h>
#include <string.h>

void zone_layout_apex(struct zone_snapshot *z)
{
	const struct zone_node *apex = zone_apex(z);
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	if (soa) {
		/* serial is the first number behind the two names */
		const uint8_t *rdata = soa->data + 2;
		size_t names = dns_wire_len(rdata);
		names += dns_wire_len(rdata + names);
		z->serial = kt_get32(rdata + names);
		z->is_signed = soa->n_sig > 0;
	}
	if (zone_rrset_find(apex, DNS_TYPE_DNSKEY))
		z->is_signed = true;
}

/* RFC 5155 s.4: the parameters of the chain; the first record with hash 1 and no flags. */
static bool read_nsec3param(struct zone_snapshot *z)
{
	const struct zone_rrset *set = zone_rrset_find(
	    zone_apex(z), DNS_TYPE_NSEC3PARAM);
	if (!set)
		return false;
	const uint8_t *at = set->data;
	for (unsigned i = 0; i < set->n_rr; i++) {
		unsigned len = kt_get16(at);
		const uint8_t *rdata = at + 2;
		at = rdata + len;
		if (len < 5 || rdata[0] != 1 || rdata[1] != 0 || len < 5u + rdata[4])
			continue;
		z->nsec3.hash = rdata[0];
		z->nsec3.flags = rdata[1];
		z->nsec3.iterations = kt_get16(rdata + 2);
		z->nsec3.salt_len = rdata[4];
		memcpy(z->nsec3.salt, rdata + 5, rdata[4]);
		return true;
	}
	return false;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

/* The first 64 bits of the hash that a label of 32 base32hex digits spells. */
static bool hash_key(
    const struct zone_snapshot *z, const struct zone_node *node, uint64_t *key)
{
	if (node->labels != zone_apex(z)->labels + 1 || node->name[0] != 32)
		return false;
	__uint128_t bits = 0;
	for (unsigned i = 1; i <= 32; i++) {
		int d = digit_of(node->name[i]);
		if (d < 0)
			return false;
		if (i <= 13) /* 65 bits */
			bits = bits << 5 | (unsigned)d;
	}
	*key = (uint64_t)(bits >> 1);
	return true;
}

/* Does a record of the set belong to the chain that the apex names, and does it opt out? */
static bool in_chain(
    const struct zone_snapshot *z, const struct zone_rrset *set, bool *opt_out)
{
	const uint8_t *at = set->data;
	for (unsigned i = 0; i < set->n_rr; i++) {
		unsigned len = kt_get16(at);
		const uint8_t *rdata = at + 2;
		at = rdata + len;
		if (len < 5 || rdata[0] != z->nsec3.hash ||
		    kt_get16(rdata + 2) != z->nsec3.iterations ||
		    rdata[4] != z->nsec3.salt_len || len < 5u + rdata[4] ||
		    memcmp(rdata + 5, z->nsec3.salt, rdata[4]) != 0)
			continue;
		*opt_out = rdata[1] & 1;
		return true;
	}
	return false;
}

static bool chain_entry(struct zone_snapshot *z, const struct zone_node *node,
    struct zone_chain_entry *entry)
{
	entry->node = zone_ref_of(z, node);
	if (z->denial == ZONE_DENIAL_NSEC) {
		entry->key = zone_name_key(node->name, zone_apex(z)->labels);
		return !(node->flags & ZONE_NODE_BELOW) &&
		       zone_rrset_find(node, DNS_TYPE_NSEC);
	}
	bool opt_out = false;
	const struct zone_rrset *set = zone_rrset_find(node, DNS_TYPE_NSEC3);
	if (!set || !hash_key(z, node, &entry->key) || !in_chain(z, set, &opt_out))
		return false;
	z->opt_out |= opt_out;
	return true;
}

void zone_layout_chain(struct zone_snapshot *z)
{
	struct zone_chain_entry *chain =
	    (struct zone_chain_entry *)((uint8_t *)z + (size_t)z->chain_at * 8);
	if (zone_rrset_find(zone_apex(z), DNS_TYPE_NSEC))
		z->denial = ZONE_DENIAL_NSEC;
	else if (read_nsec3param(z))
		z->denial = ZONE_DENIAL_NSEC3;
	else
		return;
	/* Nodes lie in canonical order, which is the order of both kinds of chain. */
	for (const struct zone_node *node = zone_apex(z); node;
	     node = zone_node_next(z, node)) {
		struct zone_chain_entry entry;
		if (chain_entry(z, node, &entry))
			chain[z->n_chain++] = entry;
		((struct zone_node *)node)->denial = z->n_chain ? z->n_chain - 1 : 0;
	}
	if (z->n_chain == 0)
		z->denial = ZONE_DENIAL_NONE;
}
