/* Types that do not go together, or not there. */
#include "zone/check_p.h"

#include "base/bytes.h"

#include <string.h>
#include <strings.h>

enum {
	TYPE_NXT = 30,
	TYPE_SPF = 99,
	LOOP_MAX = 32, /* CNAMEs followed at most */
};

static void check_apex(struct zone_check *c, const struct zone_node *apex)
{
	const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
	if (!soa)
		zone_check_report(c, KT_ERROR, "no-soa", apex, DNS_TYPE_SOA,
		    "the zone has no SOA record");
	else if (soa->n_rr > 1)
		zone_check_report(c, KT_ERROR, "many-soa", apex, DNS_TYPE_SOA,
		    "the zone has %u SOA records, there must be one", soa->n_rr);
	if (!zone_rrset_find(apex, DNS_TYPE_NS))
		zone_check_report(c, KT_ERROR, "no-ns", apex, DNS_TYPE_NS,
		    "the zone has no NS record at its apex");
	/* RFC 4035 s.2.4 */
	if (zone_rrset_find(apex, DNS_TYPE_DS))
		zone_check_report(c, KT_ERROR, "ds-at-apex", apex, DNS_TYPE_DS,
		    "DS at the apex: it belongs to the parent zone");
}

/* Types that mean something at the apex only. */
static void check_not_apex(
    struct zone_check *c, const struct zone_node *node, uint16_t type)
{
	static const struct {
		uint16_t type;
		enum kt_grade grade;
		const char *word;
	} rules[] = {
		{ DNS_TYPE_SOA, KT_ERROR, "soa-below-apex" },
		{ DNS_TYPE_DNSKEY, KT_WARNING,
		    "dnskey-below-apex" }, /* RFC 4035 s.2.1 */
		{ DNS_TYPE_NSEC3PARAM, KT_WARNING,
		    "nsec3param-below-apex" },                        /* RFC 5155 s.4 */
		{ DNS_TYPE_ZONEMD, KT_WARNING, "zonemd-below-apex" }, /* RFC 8976 s.2 */
	};
	for (size_t i = 0; i < KT_COUNT(rules); i++)
		if (rules[i].type == type)
			zone_check_report(c, rules[i].grade, rules[i].word, node, type,
			    "%s below the apex means nothing",
			    zone_check_type(c, type));
	if (type == DNS_TYPE_DS && !(node->flags & ZONE_NODE_CUT))
		zone_check_report(c, KT_WARNING, "ds-without-ns", node, type,
		    "DS without NS: there is no delegation here");
}

static bool may_stand_beside_cname(uint16_t type)
{
	/* RFC 2181 s.10.1, RFC 2535 s.2.3.5, RFC 4035 s.2.5 */
	return type == DNS_TYPE_CNAME || type == DNS_TYPE_RRSIG ||
	       type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3 ||
	       type == DNS_TYPE_KEY || type == DNS_TYPE_SIG || type == TYPE_NXT;
}

/* Where a chain of CNAMEs goes inside the zone: does it come back to where it began? */
static bool cname_loops(const struct zone_check *c, const struct zone_node *node)
{
	const struct zone_node *at = node;
	for (unsigned i = 0; i < LOOP_MAX; i++) {
		const struct zone_rrset *set = zone_rrset_find(at, DNS_TYPE_CNAME);
		if (!set || !dns_wire_under(set->data + 2, zone_apex(c->zone)->name))
			return false;
		at = zone_find_name(c->zone, set->data + 2);
		if (!at || at->flags & ZONE_NODE_BELOW)
			return false;
		if (at == node)
			return true;
	}
	return false;
}

static void check_cname(
    struct zone_check *c, const struct zone_node *node, const struct zone_rrset *cname)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (may_stand_beside_cname(set->type))
			continue;
		zone_check_report(c, KT_ERROR, "cname-and-data", node, set->type,
		    "CNAME and %s at one name", zone_check_type(c, set->type));
		break;
	}
	if (cname->n_rr > 1)
		zone_check_report(c, KT_ERROR, "many-cname", node, DNS_TYPE_CNAME,
		    "%u CNAME records at one name", cname->n_rr);
	else if (cname_loops(c, node))
		zone_check_report(c, KT_WARNING, "cname-loop", node, DNS_TYPE_CNAME,
		    "the CNAME leads back to itself");
}

static void check_dname(
    struct zone_check *c, const struct zone_node *node, const struct zone_rrset *dname)
{
	/* RFC 6672 s.2.4 */
	if (dname->n_rr > 1)
		zone_check_report(c, KT_ERROR, "many-dname", node, DNS_TYPE_DNAME,
		    "%u DNAME records at one name", dname->n_rr);
	/* RFC 6672 s.2.3: at a cut the child's DNAME is not ours. */
	if (node->flags & ZONE_NODE_CUT)
		zone_check_report(c, KT_ERROR, "ns-and-dname", node, DNS_TYPE_DNAME,
		    "DNAME at a delegation");
	/* RFC 4592 s.4.4 */
	if (dns_wire_is_wildcard(node->name))
		zone_check_report(c, KT_WARNING, "wildcard-dname", node, DNS_TYPE_DNAME,
		    "DNAME at a wildcard has no meaning that servers agree on");
	const struct zone_node *child = zone_node_next(c->zone, node);
	while (child && child->flags & ZONE_NODE_NSEC3_ONLY)
		child = zone_node_next(c->zone, child);
	if (child && dns_wire_under(child->name, node->name))
		zone_check_report(c, KT_ERROR, "dname-children", node, DNS_TYPE_DNAME,
		    "%s is below a DNAME and would never be answered",
		    zone_check_name(c, child->name));
}

static bool is_address(uint16_t type)
{
	return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
}

static void check_cut(struct zone_check *c, const struct zone_node *node)
{
	/* RFC 4592 s.4.2 */
	if (dns_wire_is_wildcard(node->name))
		zone_check_report(c, KT_ERROR, "wildcard-ns", node, DNS_TYPE_NS,
		    "a wildcard cannot be delegated");
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (is_address(set->type) || set->type == DNS_TYPE_NS ||
		    set->type == DNS_TYPE_DS || set->type == DNS_TYPE_NSEC ||
		    set->type == DNS_TYPE_NSEC3 || set->type == DNS_TYPE_RRSIG ||
		    set->type == DNS_TYPE_CNAME || set->type == DNS_TYPE_DNAME)
			continue;
		zone_check_report(c, KT_WARNING, "occluded", node, set->type,
		    "%s at a delegation is never answered",
		    zone_check_type(c, set->type));
		break;
	}
}

/* What lies under a cut and is no glue; under a DNAME it has been told already. */
static void check_below(struct zone_check *c, const struct zone_node *node)
{
	const struct zone_rrset *cname = zone_rrset_find(node, DNS_TYPE_CNAME);
	if (cname)
		check_cname(c, node, cname);
	const struct zone_node *top = node;
	for (const struct zone_node *p = zone_parent(c->zone, node); p;
	     p = zone_parent(c->zone, p))
		if (p->flags & (ZONE_NODE_CUT | ZONE_NODE_DNAME))
			top = p;
	if (top->flags & ZONE_NODE_DNAME && !(top->flags & ZONE_NODE_CUT))
		return;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (is_address(set->type) || set->type == DNS_TYPE_NSEC3 ||
		    set->type == DNS_TYPE_RRSIG)
			continue;
		zone_check_report(c, KT_WARNING, "occluded", node, set->type,
		    "%s below the delegation of %s is never answered",
		    zone_check_type(c, set->type), zone_check_name(c, top->name));
		break;
	}
}

static bool has_spf_text(const struct zone_node *node)
{
	const struct zone_rrset *txt = zone_rrset_find(node, DNS_TYPE_TXT);
	const uint8_t *at = txt ? txt->data : NULL;
	for (unsigned i = txt ? txt->n_rr : 0; i; i--, at += 2 + kt_get16(at))
		if (kt_get16(at) > 6 &&
		    strncasecmp((const char *)at + 3, "v=spf1", 6) == 0)
			return true;
	return false;
}

/* RFC 7505 s.3: a null MX stands alone. */
static void check_null_mx(
    struct zone_check *c, const struct zone_node *node, const struct zone_rrset *mx)
{
	const uint8_t *at = mx->data;
	for (unsigned i = mx->n_rr; i && mx->n_rr > 1; i--, at += 2 + kt_get16(at))
		if (kt_get16(at) == 3 && at[4] == 0)
			zone_check_report(c, KT_WARNING, "null-mx-and-more", node,
			    DNS_TYPE_MX,
			    "a null MX says no mail, and there are others");
}

void zone_check_data(struct zone_check *c, const struct zone_node *node)
{
	if (node->flags & ZONE_NODE_BELOW) {
		check_below(c, node);
		return;
	}
	if (node->flags & ZONE_NODE_APEX)
		check_apex(c, node);
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (!(node->flags & ZONE_NODE_APEX))
			check_not_apex(c, node, set->type);
		if (set->type == DNS_TYPE_CNAME)
			check_cname(c, node, set);
		else if (set->type == DNS_TYPE_DNAME)
			check_dname(c, node, set);
		else if (set->type == DNS_TYPE_MX)
			check_null_mx(c, node, set);
		/* RFC 7208 s.3.1 */
		else if (set->type == TYPE_SPF && !has_spf_text(node))
			zone_check_report(c, KT_WARNING, "spf-without-txt", node,
			    TYPE_SPF,
			    "type SPF is not looked at any more: it should be TXT");
	}
	if (node->flags & ZONE_NODE_CUT)
		check_cut(c, node);
}
