/*
 * authority/match.h -- what a zone has to say to a question: RFC 1034 s.4.3.2, step 3.
 *
 * A name that is steered is only found here; what it says is steering's (authority/steer.h).
 *
 * Threads:  pure.
 * RFC:      1034 s.4.3.2 and 4.3.3, 4592 s.3.3 (wildcards), 6672 s.3.2 (DNAME), 4035
 *           s.3.1.4.1 (DS is the parent's), 5155 s.7.2.8 (NSEC3 owners do not exist).
 */
#pragma once

#include "base/attr.h"
#include "dns/query.h"
#include "steering/steering.h"
#include "zone/set.h"
#include "zone/snapshot.h"

#include <stdbool.h>

enum authority_kind {
	AUTHORITY_POSITIVE, /* set is the answer */
	AUTHORITY_ALL,      /* the node exists; QTYPE ANY or RRSIG */
	AUTHORITY_CNAME,    /* set is the CNAME to follow */
	AUTHORITY_DNAME,    /* node is the DNAME above the name; set its record */
	AUTHORITY_REFERRAL, /* node is the zone cut */
	AUTHORITY_NODATA,   /* node exists, the type does not */
	AUTHORITY_NXDOMAIN,
	AUTHORITY_STEERED, /* node is steered: ask authority_steer() */
	AUTHORITY_FAILED,  /* node is steered and cannot be answered: SERVFAIL */
};

/* A set that steering chose, in place of one of the zone's. */
struct authority_chosen {
	const struct steering_variant *variant;
	uint32_t ttl_s; /* of the records and their signatures */
	uint16_t type;
};

struct authority_match {
	const struct zone_snapshot *zone;
	enum authority_kind kind;
	bool wildcard;                /* node is the wildcard that the name matched */
	const struct zone_node *node; /* NULL: NXDOMAIN */
	const struct zone_rrset *set; /* NULL in POSITIVE and CNAME: chosen */
	const struct zone_node
	    *encloser; /* the closest encloser, when the name does not exist */
	/* of a steered node, set by authority_steer(); NULL: it is answered like any other */
	const struct steering_service *service;
	struct authority_chosen chosen;
};

/* q's name is at or below the apex of zone. */
KT_NONNULL KT_HOT void authority_match(const struct zone_snapshot *zone,
    const struct dns_query *q, struct authority_match *out);

/* What the records of the steered m->node say, as if nothing were steered. */
KT_NONNULL void authority_match_records(
    const struct dns_query *q, struct authority_match *m);

/* The zone that answers q, or NULL. */
KT_NONNULL static inline const struct zone_entry *authority_zone_of(
    const struct zone_set *zones, const struct dns_query *q)
{
	/* RFC 4035 s.3.1.4.1: DS is asked of the parent side, where it is held here. */
	if (kt_unlikely(q->qtype == DNS_TYPE_DS) && q->qname.labels) {
		const struct zone_entry *parent = zone_set_find(zones, q, 1);
		if (parent)
			return parent;
	}
	return zone_set_find(zones, q, 0);
}

/* The labels that q's name has more than its closest encloser's next closer name. */
static inline unsigned authority_next_closer(
    const struct dns_query *q, const struct zone_node *encloser)
{
	return q->qname.labels - encloser->labels - 1u;
}
