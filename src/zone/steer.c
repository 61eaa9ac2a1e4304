/* Steered names while their zone is read: what gives way, and what stands for them. */
#include "zone/steer_p.h"

#include "base/hash.h"
#include "base/mem.h"
#include "dns/type.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOLD_MAX = 8, /* sets that gave way, one by one; the others are counted */
};

static uint32_t slot_of(const struct zone_steer *s, const uint8_t *name)
{
	return kt_hash_slot(
	    kt_hash_octets_lower(0, name, dns_wire_len(name)), s->n_slots);
}

static struct steer_name *find(const struct zone_steer *s, const uint8_t *name)
{
	for (uint32_t i = slot_of(s, name); s->slots[i];
	     i = i + 1 == s->n_slots ? 0 : i + 1) {
		struct steer_name *found = &s->names[s->slots[i] - 1];
		if (dns_wire_equal(found->given->name, name))
			return found;
	}
	return NULL;
}

bool zone_steer_covers(const struct zone_steer *s, const uint8_t *name)
{
	struct dns_name wildcard;
	if (find(s, name))
		return true;
	while (s->has_wildcard && name[0] && dns_wire_under(name, s->apex->wire)) {
		name = dns_wire_skip(name, 1);
		dns_name_from_wire(&wildcard, name);
		if (dns_name_prepend(&wildcard, (const uint8_t *)"\1*") == 0 &&
		    find(s, wildcard.wire))
			return true;
	}
	return false;
}

KT_PRINTF(4, 5)
static int wrong(
    struct zone_steer *s, const struct steer_name *n, int code, const char *format, ...)
{
	char name[DNS_NAME_TEXT];
	va_list args;
	va_start(args, format);
	char *why = NULL;
	kt_require(vasprintf(&why, format, args) >= 0);
	va_end(args);
	kt_errs_add(s->errs, KT_ERROR, code, n->given->file, n->given->line,
	    n->given->column, NULL, "%s cannot be steered: %s",
	    dns_name_print(n->given->name, name), why);
	free(why);
	s->first_error = s->first_error ? s->first_error : code;
	return code;
}

static void enter_name(struct zone_steer *s, size_t i)
{
	struct steer_name *n = &s->names[i];
	n->given = &s->list->names[i];
	if (find(s, n->given->name)) {
		wrong(s, n, KT_E_EXISTS, "it is steered already");
		return;
	}
	uint32_t at = slot_of(s, n->given->name);
	while (s->slots[at])
		at = at + 1 == s->n_slots ? 0 : at + 1;
	s->slots[at] = (uint32_t)i + 1;
	s->has_wildcard |= dns_wire_is_wildcard(n->given->name);
}

struct zone_steer *zone_steer_new(struct zone_builder *b, const struct dns_name *apex,
    const char *path, const struct zone_steered *list, struct kt_errs *errs)
{
	if (!list || !list->n)
		return NULL;
	struct zone_steer *s = kt_calloc(1, sizeof(*s));
	s->list = list;
	s->builder = b;
	s->apex = apex;
	s->errs = errs;
	s->path = path;
	kt_arena_init(&s->arena, 0);
	s->names = kt_calloc(list->n, sizeof(*s->names));
	s->n_slots = (uint32_t)list->n * 2 + 1;
	s->slots = kt_calloc(s->n_slots, sizeof(*s->slots));
	for (size_t i = 0; i < list->n; i++)
		enter_name(s, i);
	return s;
}

void zone_steer_free(struct zone_steer *s)
{
	if (!s)
		return;
	kt_arena_fini(&s->arena);
	free(s->names);
	free(s->slots);
	free(s->stripped);
	free(s);
}

static bool stands_in(const struct steer_name *n, uint16_t type)
{
	for (size_t i = 0; i < n->given->n_sets; i++)
		if (n->given->sets[i].type == type)
			return true;
	return false;
}

/* A CNAME cannot stay beside the addresses that take its place (RFC 2181 s.10.1). */
static bool gives_way(const struct steer_name *n, uint16_t type)
{
	return stands_in(n, type) || (type == DNS_TYPE_CNAME && n->given->n_sets);
}

static void tell(struct zone_steer *s, struct steer_name *n, const struct dns_record *r)
{
	char name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	uint8_t bit = r->type == DNS_TYPE_A ? 1 : r->type == DNS_TYPE_AAAA ? 2 : 4;
	if (n->told & bit)
		return;
	n->told |= bit;
	if (++s->n_told > TOLD_MAX) {
		s->n_untold++;
		return;
	}
	kt_errs_add(s->errs, KT_WARNING, KT_E_CONFLICT, r->file, r->line, 0, NULL,
	    "%s %s gives way to the service", dns_name_print(n->given->name, name),
	    dns_type_print(r->type, type));
}

void zone_steer_validity_of(struct steer_validity *v, const uint8_t *rrsig, size_t len)
{
	struct dnssec_rrsig sig;
	if (dnssec_rrsig_read(rrsig, len, &sig))
		return;
	/* RFC 4034 s.3.1.5: serial number arithmetic */
	if (v->known && (int32_t)(sig.expiration - v->expiration) <= 0)
		return;
	*v = (struct steer_validity){ true, sig.inception, sig.expiration };
}

/* Signatures go with what they cover. */
static bool take_signature(struct zone_steer *s, const struct dns_record *r)
{
	uint16_t covered = r->rdlen >= 2 ? kt_get16(r->rdata) : 0;
	if (covered == DNS_TYPE_ZONEMD)
		return !dns_wire_equal(r->owner, s->apex->wire);
	if (covered != DNS_TYPE_A && covered != DNS_TYPE_AAAA &&
	    covered != DNS_TYPE_CNAME)
		return true;
	struct steer_name *n = find(s, r->owner);
	if (!n || !gives_way(n, covered))
		return true;
	zone_steer_validity_of(&n->validity, r->rdata, r->rdlen);
	return false;
}

static bool take_address(struct zone_steer *s, const struct dns_record *r)
{
	struct steer_name *n = find(s, r->owner);
	if (!n || !gives_way(n, r->type))
		return true;
	tell(s, n, r);
	return false;
}

/* RFC 8976 s.2: the digest is that of the zone without steered names. */
static bool take_zonemd(struct zone_steer *s, const struct dns_record *r)
{
	if (!dns_wire_equal(r->owner, s->apex->wire))
		return true;
	if (!s->zonemd)
		kt_errs_add(s->errs, KT_NOTE, KT_E_CONFLICT, r->file, r->line, 0, NULL,
		    "ZONEMD is left out: its digest is not that of a zone with steered "
		    "names");
	s->zonemd = true;
	return false;
}

/* The names whose addresses the hints of a record repeat: TargetName, or the owner. */
static bool points_at_steered(const struct zone_steer *s, const struct dns_record *r)
{
	if (r->rdlen < 3 || dns_name_measure(r->rdata + 2, r->rdlen - 2u) < 0)
		return false;
	const uint8_t *target = r->rdata + 2;
	return zone_steer_covers(s, target[0] ? target : r->owner);
}

static void take_svcb(struct zone_steer *s, struct dns_record *r)
{
	char name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	struct kt_writer w = kt_writer_of(s->rdata, sizeof(s->rdata));
	if (!points_at_steered(s, r) || !zone_steer_strip(r->rdata, r->rdlen, &w))
		return;
	r->rdata = s->rdata;
	r->rdlen = (uint16_t)kt_writer_len(&w);
	s->strip_pending = true;
	if (++s->n_told > TOLD_MAX) {
		s->n_untold++;
		return;
	}
	kt_errs_add(s->errs, KT_WARNING, KT_E_CONFLICT, r->file, r->line, 0, NULL,
	    "%s %s loses its address hints: the service chooses the addresses",
	    dns_name_print(r->owner, name), dns_type_print(r->type, type));
}

bool zone_steer_take(struct zone_steer *s, struct dns_record *r)
{
	s->strip_pending = false;
	switch (r->type) {
	case DNS_TYPE_RRSIG:
		return take_signature(s, r);
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
	case DNS_TYPE_CNAME:
		return take_address(s, r);
	case DNS_TYPE_ZONEMD:
		return take_zonemd(s, r);
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		take_svcb(s, r);
		return true;
	default:
		return true;
	}
}

void zone_steer_added(struct zone_steer *s, const struct dns_record *r)
{
	if (kt_likely(!s->strip_pending))
		return;
	kt_grow(s->stripped, s->n_stripped, s->stripped_size);
	s->stripped[s->n_stripped++] = (struct steer_stripped){ s->builder->run_node,
		r->type };
}

static bool has_type(const struct zone_steer *s, builder_place place, uint16_t type)
{
	const struct builder_node *node = place ? builder_at(s->builder, place) : NULL;
	for (builder_place at = node ? node->first : 0; at;) {
		const struct builder_item *item = builder_at(s->builder, at);
		if (item->type == type)
			return true;
		at = item->next;
	}
	return false;
}

/* RFC 1034 s.4.2.1, RFC 6672 s.2.4: below these nothing is the zone's. */
static int check_above(struct zone_steer *s, const struct steer_name *n)
{
	char name[DNS_NAME_TEXT];
	const uint8_t *at = n->given->name;
	while (!dns_wire_equal(at, s->apex->wire)) {
		at = dns_wire_skip(at, 1);
		builder_place place = zone_builder_node(s->builder, at);
		if (has_type(s, place, DNS_TYPE_DNAME))
			return wrong(s, n, KT_E_CONFLICT, "it is below the DNAME at %s",
			    dns_name_print(at, name));
		if (place != s->builder->apex_node && has_type(s, place, DNS_TYPE_NS))
			return wrong(s, n, KT_E_CONFLICT,
			    "it is below the delegation of %s",
			    dns_name_print(at, name));
	}
	return 0;
}

/* RFC 2181 s.10.1; RFC 4034 s.3 and s.4 */
static int check_cname(struct zone_steer *s, const struct steer_name *n)
{
	char type[DNS_TYPE_TEXT];
	builder_place place = zone_builder_node(s->builder, n->given->name);
	const struct builder_node *node = place ? builder_at(s->builder, place) : NULL;
	if (place == s->builder->apex_node || n->given->n_sets > 1 ||
	    n->given->sets->n_rr > 1)
		return wrong(s, n, KT_E_CONFLICT,
		    "a CNAME cannot stand %s (RFC 1034 s.3.6.2)",
		    place == s->builder->apex_node ? "at the apex of a zone"
						   : "beside other records");
	for (builder_place at = node ? node->first : 0; at;) {
		const struct builder_item *item = builder_at(s->builder, at);
		if (item->type != DNS_TYPE_RRSIG && item->type != DNS_TYPE_NSEC &&
		    item->type != DNS_TYPE_KEY)
			return wrong(s, n, KT_E_CONFLICT,
			    "a CNAME cannot stand beside the %s of the zone "
			    "(RFC 1034 s.3.6.2)",
			    dns_type_print(item->type, type));
		at = item->next;
	}
	return 0;
}

static int check_name(struct zone_steer *s, const struct steer_name *n)
{
	if (!dns_wire_under(n->given->name, s->apex->wire))
		return wrong(s, n, KT_E_RANGE, "it is not in the zone");
	if (!n->given->n_sets)
		return wrong(s, n, KT_E_NOT_FOUND, "no set stands for it in the zone");
	int rc = check_above(s, n);
	builder_place place = zone_builder_node(s->builder, n->given->name);
	if (!rc && place != s->builder->apex_node && has_type(s, place, DNS_TYPE_NS))
		rc = wrong(s, n, KT_E_CONFLICT, "it is delegated");
	if (!rc && stands_in(n, DNS_TYPE_CNAME))
		rc = check_cname(s, n);
	return rc;
}

static int add_set(
    struct zone_steer *s, struct steer_name *n, const struct zone_steered_set *set)
{
	struct dns_record r = {
		.owner = n->given->name,
		.type = set->type,
		.class = DNS_CLASS_IN,
		.ttl_s = set->ttl_s,
	};
	struct kt_reader at = kt_reader_of(set->data, set->size);
	for (unsigned i = 0; i < set->n_rr; i++) {
		r.rdlen = kt_read16(&at);
		r.rdata = kt_read(&at, r.rdlen);
		int rc = at.err ? at.err : zone_builder_add(s->builder, &r);
		if (rc)
			return wrong(s, n, rc, "%s", kt_strerror(rc));
	}
	n->node = s->builder->run_node;
	return 0;
}

static void place_name(struct zone_steer *s, uint32_t i)
{
	struct steer_name *n = &s->names[i];
	if (check_name(s, n))
		return;
	for (size_t j = 0; j < n->given->n_sets; j++)
		if (add_set(s, n, &n->given->sets[j]))
			return;
	zone_builder_steer(s->builder, n->node, i);
}

int zone_steer_place(struct zone_steer *s)
{
	if (s->n_untold)
		kt_errs_add(s->errs, KT_WARNING, KT_E_CONFLICT, s->path, 0, 0, NULL,
		    "%u more records give way to services, or lose their hints",
		    s->n_untold);
	for (uint32_t i = 0; i < s->list->n; i++)
		place_name(s, i);
	return s->first_error;
}
