/* Names that NS, MX and SRV point to, as far as they are in the zone. */
#include "zone/check_p.h"

#include "base/bytes.h"

#include <string.h>

enum target {
	OUTSIDE, /* not in the zone */
	ADDRESS, /* has one, by wildcard too */
	ALIAS,   /* a CNAME */
	BELOW_DNAME,
	NO_ADDRESS, /* nothing there, or no address */
	GLUE,       /* below a cut, and an address is there */
	NO_GLUE,    /* below a cut, without */
};

static bool has_address(const struct zone_node *node)
{
	return zone_rrset_find(node, DNS_TYPE_A) ||
	       zone_rrset_find(node, DNS_TYPE_AAAA);
}

/* The cut or DNAME nearest to the apex that a node is at or below, or NULL. */
static const struct zone_node *occluder(
    const struct zone_snapshot *zone, const struct zone_node *node, bool exact)
{
	const struct zone_node *found = NULL;
	for (const struct zone_node *p = node; p; p = zone_parent(zone, p))
		/* A DNAME renames what is below it, not its own name. */
		if (p->flags & ZONE_NODE_CUT ||
		    (p->flags & ZONE_NODE_DNAME && !(exact && p == node)))
			found = p;
	return found;
}

static enum target judge(const struct zone_node *node)
{
	if (node->flags & ZONE_NODE_CNAME)
		return ALIAS;
	return has_address(node) ? ADDRESS : NO_ADDRESS;
}

static enum target judge_wildcard(
    const struct zone_snapshot *zone, const struct zone_node *encloser)
{
	struct dns_name star;
	dns_name_from_wire(&star, encloser->name);
	if (!(encloser->flags & ZONE_NODE_WILDCARD) ||
	    dns_name_prepend(&star, (const uint8_t *)"\1*"))
		return NO_ADDRESS;
	const struct zone_node *node = zone_find_name(zone, star.wire);
	return node ? judge(node) : NO_ADDRESS;
}

/* What is at a name; *cut is set for GLUE and NO_GLUE. */
static enum target look(
    const struct zone_snapshot *zone, const uint8_t *name, const struct zone_node **cut)
{
	if (!dns_wire_under(name, zone_apex(zone)->name))
		return OUTSIDE;
	const struct zone_node *node = zone_find_name(zone, name);
	const struct zone_node *encloser = node;
	for (const uint8_t *p = name; !encloser; encloser = zone_find_name(zone, p))
		p = dns_wire_skip(p, 1);
	const struct zone_node *top = occluder(zone, encloser, node != NULL);
	if (top && !(top->flags & ZONE_NODE_CUT))
		return BELOW_DNAME;
	if (top) {
		*cut = top;
		return node && has_address(node) ? GLUE : NO_GLUE;
	}
	return node ? judge(node) : judge_wildcard(zone, encloser);
}

/* "192.0.2.1" without a final dot: four numbers above the apex. */
static bool is_like_address(const struct zone_check *c, const uint8_t *name)
{
	const struct zone_node *apex = zone_apex(c->zone);
	if (dns_wire_labels(name) != apex->labels + 4u ||
	    !dns_wire_under(name, apex->name))
		return false;
	for (int i = 0; i < 4; i++, name += name[0] + 1) {
		unsigned value = 0;
		if (name[0] > 3)
			return false;
		for (unsigned j = 1; j <= name[0]; j++) {
			if (name[j] < '0' || name[j] > '9')
				return false;
			value = value * 10 + name[j] - '0';
		}
		if (value > 255)
			return false;
	}
	return true;
}

/* How NS, MX and SRV differ. */
struct rule {
	uint16_t type;
	uint8_t skip; /* octets before the name */
	const char *to_cname, *below_dname, *no_address, *like_address;
};

static const struct rule rules[] = {
	{ DNS_TYPE_NS, 0, "ns-to-cname", "ns-below-dname", "ns-no-address",
	    "ns-like-address" },
	{ DNS_TYPE_MX, 2, "mx-to-cname", "mx-below-dname", "mx-no-address",
	    "mx-like-address" },
	{ DNS_TYPE_SRV, 6, "srv-to-cname", "srv-below-dname", "srv-no-address",
	    "srv-like-address" },
};

static void report_no_glue(struct zone_check *c, const struct zone_node *node,
    const uint8_t *name, const struct zone_node *cut)
{
	if (cut == node || node->flags & ZONE_NODE_APEX)
		zone_check_report(c, KT_WARNING, "missing-glue", node, DNS_TYPE_NS,
		    "the name server %s is below the delegation of %s and has no "
		    "address here",
		    zone_check_name(c, name), zone_check_name(c, cut->name));
	else
		zone_check_report(c, KT_WARNING, "sibling-glue", node, DNS_TYPE_NS,
		    "the name server %s is below the delegation of %s and has no "
		    "address here",
		    zone_check_name(c, name), zone_check_name(c, cut->name));
}

static void check_target(struct zone_check *c, const struct zone_node *node,
    const struct rule *rule, const uint8_t *name)
{
	/* At the apex nobody can reach the zone without; a delegation is its child's matter. */
	bool grave = rule->type == DNS_TYPE_NS && node->flags & ZONE_NODE_APEX;
	enum kt_grade grade = grave ? KT_ERROR : KT_WARNING;
	const struct zone_node *cut = NULL;
	const char *type = zone_check_type(c, rule->type);
	/* RFC 2782, RFC 7505: "." says that there is none. */
	if (name[0] == 0 && rule->type != DNS_TYPE_NS)
		return;
	enum target target = look(c->zone, name, &cut);
	if (target != ADDRESS && target != GLUE && is_like_address(c, name)) {
		zone_check_report(c, grade, rule->like_address, node, rule->type,
		    "%s points to %s, which looks like an address: it takes a name",
		    type, zone_check_name(c, name));
		return;
	}
	switch (target) {
	case ALIAS: /* RFC 2181 s.10.3, RFC 2782 */
		zone_check_report(c, grade, rule->to_cname, node, rule->type,
		    "%s points to %s, which is a CNAME", type,
		    zone_check_name(c, name));
		break;
	case BELOW_DNAME:
		zone_check_report(c, grade, rule->below_dname, node, rule->type,
		    "%s points to %s, which is below a DNAME", type,
		    zone_check_name(c, name));
		break;
	case NO_ADDRESS:
		zone_check_report(c, grade, rule->no_address, node, rule->type,
		    "%s points to %s, which has no address", type,
		    zone_check_name(c, name));
		break;
	case NO_GLUE:
		if (rule->type == DNS_TYPE_NS)
			report_no_glue(c, node, name, cut);
		break;
	case OUTSIDE:
	case ADDRESS:
	case GLUE:
		break;
	}
}

void zone_check_targets(struct zone_check *c, const struct zone_node *node)
{
	if (node->flags & ZONE_NODE_BELOW)
		return;
	for (size_t r = 0; r < KT_COUNT(rules); r++) {
		/* At a cut all but NS is occluded. */
		if (node->flags & ZONE_NODE_CUT && rules[r].type != DNS_TYPE_NS)
			continue;
		const struct zone_rrset *set = zone_rrset_find(node, rules[r].type);
		const uint8_t *at = set ? set->data : NULL;
		for (unsigned i = set ? set->n_rr : 0; i; i--, at += 2 + kt_get16(at))
			check_target(c, node, &rules[r], at + 2 + rules[r].skip);
	}
}
