#include "zone/load.h"

#include "base/clock.h"
#include "base/mem.h"
#include "dns/type.h"
#include "dns/zonetext.h"
#include "zone/steer_p.h"

#include <stdlib.h>
#include <string.h>

/* NXT and SIG may stand beside a CNAME as NSEC and RRSIG may (RFC 2535 s.2.3.5). */
enum {
	TYPE_NXT = 30
};

struct load {
	struct zone_builder *builder;
	const struct dns_name *apex;
	struct zone_steer *steer; /* NULL: nothing is steered */
	struct kt_errs *errs;
	int first_error;
	bool have_soa, have_ns, have_cname;
	char *soa_file;
	unsigned soa_line;
	uint8_t *soa;
	uint16_t soa_len;
};

static int wrong(struct load *l, int code)
{
	if (!l->first_error)
		l->first_error = code;
	/* Reading goes on, for more errors, as long as they are kept. */
	return kt_errs_full(l->errs) ? code : 0;
}

/* One SOA and no other, at the apex (RFC 1035 s.5.2); the same one twice is one. */
static int take_soa(struct load *l, const struct dns_record *r)
{
	char name[DNS_NAME_TEXT];
	if (!dns_wire_equal(r->owner, l->apex->wire))
		return wrong(
		    l, kt_errs_add(l->errs, KT_ERROR, KT_E_CONFLICT, r->file, r->line,
			   0, NULL, "SOA below the apex, at %s (RFC 1035 s.5.2)",
			   dns_name_print(r->owner, name)));
	if (!l->have_soa) {
		l->have_soa = true;
		l->soa_file = r->file ? kt_strdup(r->file) : NULL;
		l->soa_line = r->line;
		l->soa_len = r->rdlen;
		l->soa = kt_malloc(r->rdlen + 1u);
		memcpy(l->soa, r->rdata, r->rdlen);
		return 0;
	}
	if (r->rdlen == l->soa_len && memcmp(r->rdata, l->soa, r->rdlen) == 0)
		return 0;
	kt_errs_add(l->errs, KT_ERROR, KT_E_CONFLICT, r->file, r->line, 0, NULL,
	    "a second SOA, expected one in a zone (RFC 1035 s.5.2)");
	kt_errs_add(l->errs, KT_NOTE, KT_E_CONFLICT, l->soa_file, l->soa_line, 0, NULL,
	    "the first SOA is here");
	return wrong(l, KT_E_CONFLICT);
}

static int refused(struct load *l, const struct dns_record *r, int code)
{
	char name[DNS_NAME_TEXT], apex[DNS_NAME_TEXT];
	if (code == KT_E_RANGE) {
		kt_errs_add(l->errs, KT_ERROR, code, r->file, r->line, 0, NULL,
		    "%s is not in the zone %s", dns_name_print(r->owner, name),
		    dns_name_print(l->apex->wire, apex));
		return wrong(l, code);
	}
	kt_errs_add(l->errs, KT_ERROR, code, r->file, r->line, 0, NULL,
	    "the zone is too large: %s", kt_strerror(code));
	l->first_error = l->first_error ? l->first_error : code;
	return code;
}

static int keep(struct load *l, const struct dns_record *r)
{
	int rc = zone_builder_add(l->builder, r);
	if (kt_unlikely(rc))
		return refused(l, r, rc);
	switch (r->type) {
	case DNS_TYPE_SOA:
		return take_soa(l, r);
	case DNS_TYPE_NS:
		if (!l->have_ns)
			l->have_ns = dns_wire_equal(r->owner, l->apex->wire);
		return 0;
	case DNS_TYPE_CNAME:
		l->have_cname = true;
		return 0;
	default:
		return 0;
	}
}

static int take(void *ctx, const struct dns_record *r)
{
	struct load *l = ctx;
	if (kt_likely(!l->steer))
		return keep(l, r);
	struct dns_record own = *r;
	if (!zone_steer_take(l->steer, &own))
		return 0;
	int rc = keep(l, &own);
	if (!rc)
		zone_steer_added(l->steer, &own);
	return rc;
}

/* RFC 2181 s.10.1; RFC 4034 s.3 and s.4 for signatures, NSEC and KEY. */
static bool may_join_cname(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_CNAME:
	case DNS_TYPE_RRSIG:
	case DNS_TYPE_NSEC:
	case DNS_TYPE_KEY:
	case DNS_TYPE_SIG:
	case TYPE_NXT:
		return true;
	default:
		return false;
	}
}

/* Finds where a record stands, by reading again: snapshots know no lines. */
struct place {
	const uint8_t *owner;
	uint16_t type;
	unsigned skip; /* records of this kind to pass over */
	char *file;
	unsigned line;
};

static int find_place(void *ctx, const struct dns_record *r)
{
	struct place *p = ctx;
	if (r->type != p->type || !dns_wire_equal(r->owner, p->owner) || p->skip-- > 0)
		return 0;
	p->file = r->file ? kt_strdup(r->file) : NULL;
	p->line = r->line;
	return KT_E_EXISTS;
}

static void at_place(struct load *l, const char *path, struct place *place,
    enum kt_grade grade, const char *text)
{
	struct dns_zonetext_options options = { .origin = *l->apex,
		.class = DNS_CLASS_IN };
	struct kt_errs none;
	kt_errs_init(&none, 1);
	/* Errors were told, or there are none. */
	if (dns_zonetext_read_file(path, &options, find_place, place, &none) !=
	    KT_E_EXISTS)
		place->line = 0;
	kt_errs_add(l->errs, grade, KT_E_CONFLICT, place->file ? place->file : path,
	    place->line, 0, NULL, "%s", text);
	free(place->file);
	kt_errs_fini(&none);
}

static void cname_error(
    struct load *l, const char *path, const struct zone_node *node, uint16_t other)
{
	char name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	char *text = other == DNS_TYPE_CNAME
			 ? kt_format("a second CNAME at %s (RFC 2181 s.10.1)",
			       dns_name_print(node->name, name))
			 : kt_format("%s beside a CNAME at %s (RFC 2181 s.10.1)",
			       dns_type_print(other, type),
			       dns_name_print(node->name, name));
	struct place there = {
		.owner = node->name, .type = other, .skip = other == DNS_TYPE_CNAME
	};
	at_place(l, path, &there, KT_ERROR, text);
	struct place cname = { .owner = node->name, .type = DNS_TYPE_CNAME };
	at_place(l, path, &cname, KT_NOTE, "the CNAME is here");
	l->first_error = l->first_error ? l->first_error : KT_E_CONFLICT;
	free(text);
}

/* The first type that cannot stand at a node with a CNAME; 0: none. */
static uint16_t cname_conflict(const struct zone_node *node)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set))
		if (!may_join_cname(set->type) ||
		    (set->type == DNS_TYPE_CNAME && set->n_rr > 1))
			return set->type;
	return 0;
}

static void check_cnames(
    struct load *l, const char *path, const struct zone_snapshot *z)
{
	const struct zone_node *node = zone_apex(z);
	for (; node && !kt_errs_full(l->errs); node = zone_node_next(z, node)) {
		if (!(node->flags & ZONE_NODE_CNAME))
			continue;
		uint16_t other = cname_conflict(node);
		if (other)
			cname_error(l, path, node, other);
	}
}

/* RFC 2181 s.5.2: the TTLs of a set are the same. */
static void check_ttls(struct load *l, const char *path, const struct zone_snapshot *z)
{
	const struct zone_builder_ttl *mixed;
	size_t n = zone_builder_mixed_ttls(l->builder, &mixed);
	for (size_t i = 0; i < n && !kt_errs_full(l->errs); i++) {
		char name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
		const struct zone_node *node = zone_node_at(z, mixed[i].node);
		const struct zone_rrset *set = zone_rrset_find(node, mixed[i].type);
		char *text = kt_format("the TTLs of %s %s differ, the smallest is "
				       "used: %u (RFC 2181 s.5.2)",
		    dns_name_print(node->name, name), dns_type_print(set->type, type),
		    set->ttl_s);
		struct place place = { .owner = node->name, .type = set->type };
		at_place(l, path, &place, KT_WARNING, text);
		free(text);
	}
}

static void check_apex(struct load *l, const char *path)
{
	char apex[DNS_NAME_TEXT];
	dns_name_print(l->apex->wire, apex);
	if (!l->have_soa)
		l->first_error = kt_errs_add(l->errs, KT_ERROR, KT_E_NOT_FOUND, path, 0,
		    0, NULL, "no SOA at the apex %s", apex);
	if (!l->have_ns)
		l->first_error = kt_errs_add(l->errs, KT_ERROR, KT_E_NOT_FOUND, path, 0,
		    0, NULL, "no NS at the apex %s", apex);
}

static int build(struct load *l, const char *path, struct zone_snapshot **out)
{
	check_apex(l, path);
	if (l->steer && !l->first_error)
		l->first_error = zone_steer_place(l->steer);
	if (l->first_error)
		return l->first_error;
	struct zone_snapshot *z = zone_builder_finish(l->builder);
	if (!z)
		return kt_errs_add(l->errs, KT_ERROR, KT_E_LIMIT, path, 0, 0, NULL,
		    "memory is short, or the zone is larger than can be held");
	if (l->steer)
		l->first_error = zone_steer_sign(l->steer, &z);
	if (l->have_cname)
		check_cnames(l, path, z);
	check_ttls(l, path, z);
	if (l->first_error) {
		zone_snapshot_put(z);
		return l->first_error;
	}
	free(z->source);
	z->source = kt_strdup(path);
	z->loaded_unix = kt_clock_unix();
	*out = z;
	return 0;
}

int zone_load_file(struct zone_builder *b, const struct dns_name *name,
    const char *path, const struct zone_steered *steered, struct kt_errs *errs,
    struct zone_snapshot **out)
{
	struct dns_zonetext_options options = { .origin = *name,
		.class = DNS_CLASS_IN };
	struct load l = { .builder = b, .apex = name, .errs = errs };
	zone_builder_begin(b, name);
	l.steer = zone_steer_new(b, &b->apex, path, steered, errs);
	int rc = dns_zonetext_read_file(path, &options, take, &l, errs);
	/* What is missing may stand in what could not be read. */
	if (!rc)
		rc = l.first_error;
	if (!rc)
		rc = build(&l, path, out);
	zone_steer_free(l.steer);
	free(l.soa_file);
	free(l.soa);
	return rc;
}
