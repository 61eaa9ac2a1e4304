#include "authority/services.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "dns/name.h"

#include <stdlib.h>
#include <string.h>

struct authority_services {
	struct zone_steered *lists; /* by zone; n 0: none */
	size_t n;
	struct zone_steered_name *names;
	struct zone_steered_set *sets;
};

/* Numbers plus 1 of names; 0: free. */
struct index {
	uint32_t *slots;
	size_t n_slots; /* a power of two */
	const uint8_t *const *names;
};

static size_t find_slot(const struct index *x, const uint8_t *name)
{
	size_t len = dns_wire_len(name);
	size_t at = kt_hash_octets(0, name, len) & (x->n_slots - 1);
	while (x->slots[at] && !dns_wire_equal(x->names[x->slots[at] - 1], name))
		at = (at + 1) & (x->n_slots - 1);
	return at;
}

static void index_make(struct index *x, const uint8_t *const *names, size_t n)
{
	x->names = names;
	x->n_slots = 16;
	while (x->n_slots < n * 2)
		x->n_slots *= 2;
	x->slots = kt_calloc(x->n_slots, sizeof(*x->slots));
	for (size_t i = 0; i < n; i++)
		x->slots[find_slot(x, names[i])] = (uint32_t)i + 1;
}

/* The number of the zone with the longest name above, plus 1; 0: none. */
static uint32_t zone_above(const struct index *x, const struct dns_name *name)
{
	for (unsigned skip = 0; skip <= name->labels; skip++) {
		uint32_t found =
		    x->slots[find_slot(x, dns_wire_skip(name->wire, skip))];
		if (found)
			return found;
	}
	return 0;
}

static uint16_t wire_type(enum steering_type type)
{
	static const uint16_t types[STEERING_N_TYPES] = {
		[STEERING_A] = DNS_TYPE_A,
		[STEERING_AAAA] = DNS_TYPE_AAAA,
		[STEERING_CNAME] = DNS_TYPE_CNAME,
	};
	return types[type];
}

/* Its stand-ins at `sets`; a CNAME only where there are no addresses.  How many. */
static size_t put_sets(
    const struct steering_service *service, struct zone_steered_set *sets)
{
	size_t n = 0;
	for (int t = STEERING_A; t < STEERING_N_TYPES; t++) {
		struct zone_steered_set *set = &sets[n];
		if (t == STEERING_CNAME && n)
			break;
		size_t n_rr = steering_stand_in(
		    service, (enum steering_type)t, &set->data, &set->size);
		if (!n_rr)
			continue;
		set->type = wire_type((enum steering_type)t);
		set->n_rr = (uint16_t)n_rr;
		set->ttl_s = service->conf->ttl_s;
		n++;
	}
	return n;
}

static void put_name(
    struct authority_services *s, size_t at, const struct steering_service *service)
{
	struct zone_steered_set *sets = &s->sets[at * STEERING_N_TYPES];
	const struct conf_place *place = &service->conf->place;
	s->names[at] = (struct zone_steered_name){
		.name = service->conf->name.wire,
		.sets = sets,
		.n_sets = put_sets(service, sets),
		.file = place->file,
		.line = place->line,
		.column = place->column,
	};
}

/* Counts each zone's services and gives each zone its part of s->names. */
static void share_out(
    struct authority_services *s, const uint32_t *zone_of, size_t n_services)
{
	size_t at = 0;
	for (size_t i = 0; i < n_services; i++)
		if (zone_of[i])
			s->lists[zone_of[i] - 1].n++;
	for (size_t i = 0; i < s->n; i++) {
		s->lists[i].names = s->names + at;
		at += s->lists[i].n;
		s->lists[i].n = 0;
	}
}

/*
 * The number of the zone that holds a service, + 1; 0: reported.  At an apex are SOA and NS,
 * beside which there is no CNAME (RFC 1034 s.3.6.2).
 */
static uint32_t find_zone(
    const struct index *x, const struct steering_service *service, struct kt_errs *errs)
{
	const struct conf_service *c = service->conf;
	char text[DNS_NAME_TEXT];
	uint32_t zone = zone_above(x, &c->name);
	if (!zone) {
		kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, c->place.file,
		    c->place.line, c->place.column, NULL,
		    "no zone holds the service %s: add its zone to `zones`",
		    dns_name_print(c->name.wire, text));
	} else if (service->types & 1u << STEERING_CNAME &&
		   dns_wire_equal(x->names[zone - 1], c->name.wire)) {
		kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT, c->place.file, c->place.line,
		    c->place.column, NULL,
		    "the service %s is at the apex of its zone, where a pool of names "
		    "cannot be: a CNAME stands alone",
		    dns_name_print(c->name.wire, text));
		zone = 0;
	}
	return zone;
}

struct authority_services *authority_services_make(const struct steering *steering,
    const uint8_t *const *zones, size_t n, struct kt_errs *errs)
{
	struct authority_services *s = kt_calloc(1, sizeof(*s));
	size_t n_services = steering ? steering->n_services : 0;
	struct index x;
	s->n = n;
	s->lists = kt_calloc(n, sizeof(*s->lists));
	if (!n_services)
		return s;
	s->names = kt_calloc(n_services, sizeof(*s->names));
	s->sets = kt_calloc(n_services * STEERING_N_TYPES, sizeof(*s->sets));
	uint32_t *zone_of = kt_calloc(n_services, sizeof(*zone_of));
	index_make(&x, zones, n);
	for (size_t i = 0; i < n_services; i++)
		zone_of[i] = find_zone(&x, &steering->services[i], errs);
	share_out(s, zone_of, n_services);
	for (size_t i = 0; i < n_services; i++) {
		if (!zone_of[i])
			continue;
		struct zone_steered *list = &s->lists[zone_of[i] - 1];
		put_name(s, (size_t)(list->names - s->names) + list->n++,
		    &steering->services[i]);
	}
	free(zone_of);
	free(x.slots);
	return s;
}

void authority_services_free(struct authority_services *s)
{
	if (!s)
		return;
	free(s->lists);
	free(s->names);
	free(s->sets);
	free(s);
}

struct zone_steered *authority_services_of(struct authority_services *s, size_t zone)
{
	return s->lists[zone].n ? &s->lists[zone] : NULL;
}

struct steering_service **authority_services_by_number(
    const struct steering *steering, const struct zone_snapshot *z)
{
	struct steering_service **list = kt_calloc(z->n_steered, sizeof(*list));
	const uint8_t **names = kt_calloc(steering->n_services, sizeof(*names));
	struct index x;
	for (size_t i = 0; i < steering->n_services; i++)
		names[i] = steering->services[i].conf->name.wire;
	index_make(&x, names, steering->n_services);
	const struct zone_steered_entry *entries = zone_steered_entries(z);
	for (uint32_t i = 0; i < z->n_steered; i++) {
		const struct zone_node *node = zone_node_at(z, entries[i].node);
		uint32_t found = x.slots[find_slot(&x, node->name)];
		if (found)
			list[entries[i].number] = &steering->services[found - 1];
	}
	free(x.slots);
	free(names);
	return list;
}
