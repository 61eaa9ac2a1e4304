/* The chain of NSEC3 records (RFC 5155 s.7.1), opt-out included. */
#include "zone/check_p.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"
#include "dnssec/bitmap.h"
#include "dnssec/nsec3.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Validators treat a zone with more as unsigned or refuse it (RFC 9276 s.3.2). */
	ITERATIONS_TOLERATED = 100,
};

#define PLACE_NONE    UINT32_MAX       /* wanted, and not there */
#define PLACE_SKIPPED (UINT32_MAX - 1) /* not wanted */

/* The record of an entry that belongs to the chain. */
static bool entry_record(
    const struct zone_check *c, uint32_t place, struct dnssec_nsec3 *out)
{
	const struct zone_snapshot *z = c->zone;
	const struct zone_node *node = zone_node_at(z, zone_chain(z)[place].node);
	const struct zone_rrset *set = zone_rrset_find(node, DNS_TYPE_NSEC3);
	const uint8_t *at = set ? set->data : NULL;
	for (unsigned i = set ? set->n_rr : 0; i; i--, at += 2 + kt_get16(at)) {
		if (dnssec_nsec3_read(at + 2, kt_get16(at), out) == 0 &&
		    out->hash == z->nsec3.hash &&
		    out->iterations == z->nsec3.iterations &&
		    out->salt_len == z->nsec3.salt_len &&
		    memcmp(out->salt, z->nsec3.salt, out->salt_len) == 0)
			return true;
	}
	return false;
}

/* RFC 5155 s.7.1: opt-out lets delegations without DS and the names that only lead to them go. */
static bool may_opt_out(const struct zone_snapshot *z, const struct zone_node *node)
{
	enum zone_check_kind kind = zone_check_kind(z, node);
	if (kind == CHECK_CUT)
		return !zone_rrset_find(node, DNS_TYPE_DS);
	if (kind != CHECK_EMPTY)
		return false;
	for (const struct zone_node *n = zone_node_next(z, node);
	     n && dns_wire_under(n->name, node->name); n = zone_node_next(z, n)) {
		kind = zone_check_kind(z, n);
		if (kind == CHECK_DATA ||
		    (kind == CHECK_CUT && zone_rrset_find(n, DNS_TYPE_DS)))
			return false;
	}
	return true;
}

static bool is_covered_by_opt_out(const struct zone_check *c, uint32_t covering)
{
	struct dnssec_nsec3 n;
	return entry_record(c, covering, &n) && n.flags & DNSSEC_NSEC3_OPT_OUT;
}

static uint32_t place_of(struct zone_check *c, const struct zone_node *node)
{
	const struct zone_snapshot *z = c->zone;
	enum zone_check_kind kind = zone_check_kind(z, node);
	uint8_t hash[DNSSEC_NSEC3_HASH];
	bool exact;
	if (kind == CHECK_BELOW || kind == CHECK_NONE)
		return PLACE_SKIPPED;
	if (dnssec_nsec3_hash(z->nsec3.salt, z->nsec3.salt_len, z->nsec3.iterations,
		node->name, hash))
		return PLACE_SKIPPED;
	uint32_t place = zone_chain_find_hash(z, hash, &exact);
	if (exact) {
		c->nsec3_wanted[place] = true;
		return place;
	}
	return is_covered_by_opt_out(c, place) && may_opt_out(z, node) ? PLACE_SKIPPED
								       : PLACE_NONE;
}

static void check_parameters(struct zone_check *c, const struct zone_rrset *set)
{
	const struct zone_node *apex = zone_apex(c->zone);
	const uint8_t *at = set->data;
	unsigned usable = 0;
	for (unsigned i = set->n_rr; i; i--, at += 2 + kt_get16(at)) {
		struct dnssec_nsec3 p;
		/* RFC 5155 s.4.1.2: with flags it is not for use. */
		if (dnssec_nsec3param_read(at + 2, kt_get16(at), &p) == 0 &&
		    p.hash == DNSSEC_NSEC3_SHA1 && p.flags == 0)
			usable++;
	}
	if (usable == 0)
		zone_check_report(c, KT_ERROR, "nsec3param-unusable", apex,
		    DNS_TYPE_NSEC3PARAM, "no NSEC3PARAM has hash 1 and no flags");
	else if (usable > 1)
		zone_check_report(c, KT_WARNING, "nsec3param-many", apex,
		    DNS_TYPE_NSEC3PARAM,
		    "%u NSEC3PARAM records: only the first one's chain is used and "
		    "looked at",
		    usable);
	if (usable && c->zone->nsec3.iterations > ITERATIONS_TOLERATED)
		zone_check_report(c, KT_WARNING, "nsec3-iterations", apex,
		    DNS_TYPE_NSEC3PARAM,
		    "%u iterations: resolvers will treat the zone as unsigned, or fail "
		    "(RFC 9276)",
		    c->zone->nsec3.iterations);
	if (usable && !zone_rrset_find(apex, DNS_TYPE_NSEC) && c->zone->n_chain == 0)
		zone_check_report(c, KT_ERROR, "nsec3-missing", apex, DNS_TYPE_NSEC3,
		    "there is no NSEC3 record of the chain that NSEC3PARAM names");
}

void zone_check_nsec3_begin(struct zone_check *c)
{
	const struct zone_snapshot *z = c->zone;
	const struct zone_rrset *set = zone_rrset_find(
	    zone_apex(z), DNS_TYPE_NSEC3PARAM);
	if (!c->is_signed || !set)
		return;
	check_parameters(c, set);
	if (z->denial != ZONE_DENIAL_NSEC3 ||
	    z->nsec3.iterations > DNSSEC_NSEC3_ITERATIONS_MAX)
		return;
	c->nsec3_place = kt_malloc(z->n_nodes * sizeof(*c->nsec3_place));
	c->nsec3_wanted = kt_calloc(z->n_chain, sizeof(*c->nsec3_wanted));
	uint32_t i = 0;
	for (const struct zone_node *n = zone_apex(z); n; n = zone_node_next(z, n))
		c->nsec3_place[i++] = place_of(c, n);
}

void zone_check_nsec3_end(struct zone_check *c)
{
	free(c->nsec3_place);
	free(c->nsec3_wanted);
}

/* The types that the NSEC3 record of a node should list, in rising order; how many. */
static size_t wanted_types(const struct zone_snapshot *z, const struct zone_node *node,
    bool lists_nsec, uint16_t *types)
{
	enum zone_check_kind kind = zone_check_kind(z, node);
	bool is_signed = kind == CHECK_DATA;
	size_t n = 0, at = 0;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (set->type == DNS_TYPE_NSEC3 || set->type == DNS_TYPE_RRSIG ||
		    /* while a zone moves from one chain to the other */
		    (set->type == DNS_TYPE_NSEC && !lists_nsec) ||
		    (kind == CHECK_CUT && set->type != DNS_TYPE_NS &&
			set->type != DNS_TYPE_DS) ||
		    kind == CHECK_EMPTY)
			continue;
		is_signed |= set->type == DNS_TYPE_DS;
		types[n++] = set->type;
	}
	if (!is_signed)
		return n;
	/* RRSIG where it belongs: sets stand in rising order. */
	while (at < n && types[at] < DNS_TYPE_RRSIG)
		at++;
	memmove(&types[at + 1], &types[at], (n - at) * sizeof(*types));
	types[at] = DNS_TYPE_RRSIG;
	return n + 1;
}

static void check_bitmap(
    struct zone_check *c, const struct zone_node *node, uint32_t place)
{
	struct dnssec_nsec3 n;
	if (!entry_record(c, place, &n))
		return;
	bool lists_nsec = dnssec_bitmap_has(n.bitmap, n.bitmap_len, DNS_TYPE_NSEC);
	uint16_t *types = kt_malloc((node->n_rrsets + 1u) * sizeof(*types));
	size_t n_types = wanted_types(c->zone, node, lists_nsec, types);
	zone_check_bitmap(c, "nsec3-bitmap", node, DNS_TYPE_NSEC3, n.bitmap,
	    n.bitmap_len, types, n_types);
	free(types);
}

/* Is the hash of the next entry what this one says? */
static void check_next(
    struct zone_check *c, const struct zone_node *node, uint32_t place)
{
	const struct zone_snapshot *z = c->zone;
	const struct zone_chain_entry *chain = zone_chain(z);
	const struct zone_node *next = zone_node_at(
	    z, chain[place + 1 < z->n_chain ? place + 1 : 0].node);
	struct dnssec_nsec3 n;
	uint8_t hash[DNSSEC_NSEC3_HASH];
	if (!entry_record(c, place, &n) || dnssec_nsec3_label_scan(next->name, hash))
		return;
	if (n.next_len != sizeof(hash) || memcmp(n.next, hash, sizeof(hash)) != 0)
		zone_check_report(c, KT_ERROR, "nsec3-next", node, DNS_TYPE_NSEC3,
		    "the next hash is not that of %s, which follows",
		    zone_check_name(c, next->name));
}

/* A node that holds NSEC3 records. */
static void check_owner(struct zone_check *c, const struct zone_node *node)
{
	const struct zone_snapshot *z = c->zone;
	/* Beside a chain of NSEC it may be on its way in or out. */
	if (z->denial != ZONE_DENIAL_NSEC3)
		return;
	uint32_t place = node->denial;
	if (zone_node_at(z, zone_chain(z)[place].node) != node) {
		zone_check_report(c, KT_ERROR, "nsec3-parameters", node, DNS_TYPE_NSEC3,
		    "NSEC3 that is not of the chain that NSEC3PARAM names");
		return;
	}
	if (c->nsec3_wanted && !c->nsec3_wanted[place])
		zone_check_report(c, KT_ERROR, "nsec3-extra", node, DNS_TYPE_NSEC3,
		    "no name of the zone has this hash");
	check_next(c, node, place);
}

void zone_check_nsec3(struct zone_check *c, const struct zone_node *node)
{
	if (!c->is_signed)
		return;
	if (zone_rrset_find(node, DNS_TYPE_NSEC3) &&
	    !(node->flags & ZONE_NODE_BELOW && !(node->flags & ZONE_NODE_NSEC3_ONLY)))
		check_owner(c, node);
	if (!c->nsec3_place)
		return;
	uint32_t place = c->nsec3_place[c->node_index];
	if (place == PLACE_NONE)
		zone_check_report(c, KT_ERROR, "nsec3-missing", node, DNS_TYPE_NSEC3,
		    "no NSEC3 for this name");
	else if (place != PLACE_SKIPPED)
		check_bitmap(c, node, place);
}
