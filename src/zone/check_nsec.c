/* The chain of NSEC records (RFC 4034 s.4, RFC 4035 s.2.3). */
#include "zone/check_p.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dnssec/bitmap.h"

#include <stdlib.h>

/* The first type that only one of two sorted lists has, or -1. */
static int first_difference(
    const uint8_t *bitmap, size_t len, const uint16_t *types, size_t n)
{
	unsigned from = 0;
	for (size_t i = 0;; i++) {
		int has = dnssec_bitmap_next(bitmap, len, from);
		int should = i < n ? types[i] : -1;
		if (has != should)
			return has < 0                      ? should
			       : should < 0 || has < should ? has
							    : should;
		if (has < 0)
			return -1;
		from = (unsigned)has + 1;
	}
}

void zone_check_bitmap(struct zone_check *c, const char *word,
    const struct zone_node *node, uint16_t type, const uint8_t *bitmap, size_t len,
    const uint16_t *types, size_t n)
{
	int different = first_difference(bitmap, len, types, n);
	if (different < 0)
		return;
	bool has = dnssec_bitmap_has(bitmap, len, (uint16_t)different);
	zone_check_report(c, KT_ERROR, word, node, type,
	    has ? "the bitmap says that there is %s, there is none"
		: "the bitmap says that there is no %s, but there is",
	    zone_check_type(c, (uint16_t)different));
}

static int compare_types(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* The types that the NSEC record of a node should list; how many. */
static size_t wanted_types(
    const struct zone_node *node, enum zone_check_kind kind, uint16_t *types)
{
	size_t n = 0;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		bool at_cut = set->type == DNS_TYPE_NS || set->type == DNS_TYPE_DS;
		if (set->type == DNS_TYPE_NSEC || set->type == DNS_TYPE_NSEC3 ||
		    set->type == DNS_TYPE_RRSIG || (kind == CHECK_CUT && !at_cut))
			continue;
		types[n++] = set->type;
	}
	types[n++] = DNS_TYPE_RRSIG;
	types[n++] = DNS_TYPE_NSEC;
	qsort(types, n, sizeof(*types), compare_types);
	return n;
}

static bool is_in_chain(enum zone_check_kind kind)
{
	return kind == CHECK_DATA || kind == CHECK_CUT;
}

/* The name that follows in the chain: the apex behind the last. */
static const struct zone_node *follower(
    const struct zone_snapshot *zone, const struct zone_node *node)
{
	do
		node = zone_node_next(zone, node);
	while (node && !is_in_chain(zone_check_kind(zone, node)));
	return node ? node : zone_apex(zone);
}

static void check_record(struct zone_check *c, const struct zone_node *node,
    enum zone_check_kind kind, const uint8_t *rdata, size_t len)
{
	int next_len = dns_name_measure(rdata, len);
	const struct zone_node *next = follower(c->zone, node);
	if (next_len < 0 || !dns_wire_equal(rdata, next->name)) {
		zone_check_report(c, KT_ERROR, "nsec-next", node, DNS_TYPE_NSEC,
		    "the next name is %s, it should be %s",
		    next_len < 0 ? "malformed" : zone_check_name(c, rdata),
		    zone_check_name(c, next->name));
		if (next_len < 0)
			return;
	}
	uint16_t *types = kt_malloc((node->n_rrsets + 2u) * sizeof(*types));
	size_t n = wanted_types(node, kind, types);
	zone_check_bitmap(c, "nsec-bitmap", node, DNS_TYPE_NSEC, rdata + next_len,
	    len - (size_t)next_len, types, n);
	free(types);
}

static bool has_type(const struct zone_snapshot *zone, uint16_t type)
{
	for (const struct zone_node *n = zone_apex(zone); n;
	     n = zone_node_next(zone, n))
		if (zone_rrset_find(n, type))
			return true;
	return false;
}

void zone_check_nsec_begin(struct zone_check *c)
{
	const struct zone_node *apex = zone_apex(c->zone);
	if (!c->is_signed)
		return;
	/* A zone that moves from one chain to the other may have both. */
	bool has_nsec3 = zone_rrset_find(apex, DNS_TYPE_NSEC3PARAM) != NULL;
	c->wants_nsec = zone_rrset_find(apex, DNS_TYPE_NSEC) ||
			(!has_nsec3 && has_type(c->zone, DNS_TYPE_NSEC));
	if (c->wants_nsec || has_nsec3)
		return;
	/* RFC 5155 s.4: without the parameters at the apex a server cannot use the chain. */
	if (has_type(c->zone, DNS_TYPE_NSEC3))
		zone_check_report(c, KT_ERROR, "nsec3param-missing", apex,
		    DNS_TYPE_NSEC3PARAM,
		    "there are NSEC3 records, and no NSEC3PARAM at the apex");
	else
		zone_check_report(c, KT_ERROR, "denial-missing", apex, DNS_TYPE_NSEC,
		    "the zone is signed, and has neither NSEC nor NSEC3");
}

void zone_check_nsec(struct zone_check *c, const struct zone_node *node)
{
	enum zone_check_kind kind = zone_check_kind(c->zone, node);
	const struct zone_rrset *set = zone_rrset_find(node, DNS_TYPE_NSEC);
	if (!c->is_signed)
		return;
	if (set && !is_in_chain(kind)) {
		zone_check_report(c, KT_ERROR, "nsec-extra", node, DNS_TYPE_NSEC,
		    "NSEC at a name without authoritative data");
		return;
	}
	if (!c->wants_nsec) {
		if (set)
			zone_check_report(c, KT_ERROR, "nsec-extra", node,
			    DNS_TYPE_NSEC, "NSEC in a zone with NSEC3");
		return;
	}
	if (!set) {
		if (is_in_chain(kind))
			zone_check_report(c, KT_ERROR, "nsec-missing", node,
			    DNS_TYPE_NSEC, "no NSEC proves what is not here");
		return;
	}
	if (set->n_rr > 1)
		zone_check_report(c, KT_ERROR, "nsec-many", node, DNS_TYPE_NSEC,
		    "%u NSEC records at one name", set->n_rr);
	else
		check_record(c, node, kind, set->data + 2, kt_get16(set->data));
}
