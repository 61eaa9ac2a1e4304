/* A signed zone with steered names: signatures over what is new or changed. */
#include "zone/steer_p.h"

#include "base/mem.h"
#include "dnssec/nsec3.h"

#include <stdlib.h>

struct steer_validity zone_steer_validity(const struct zone_rrset *set)
{
	struct steer_validity v = { 0 };
	const uint8_t *at = zone_signatures(set);
	for (unsigned i = set->n_sig; i; i--, at += 2 + kt_get16(at))
		zone_steer_validity_of(&v, at + 2, kt_get16(at));
	return v;
}

static int add_signatures(struct steer_sign *x, const struct dnssec_rrset *set,
    uint32_t ttl_s, const uint8_t *octets, size_t len)
{
	struct dns_record r = {
		.owner = set->owner,
		.type = DNS_TYPE_RRSIG,
		.class = DNS_CLASS_IN,
		.ttl_s = ttl_s,
	};
	for (size_t at = 0; at < len; at += 2u + r.rdlen) {
		r.rdlen = kt_get16(octets + at);
		r.rdata = octets + at + 2;
		int rc = zone_builder_add(x->steer->builder, &r);
		if (rc)
			return rc;
	}
	return 0;
}

int zone_steer_sign_set(struct steer_sign *x, const struct dnssec_rrset *set,
    uint32_t ttl_s, struct steer_validity validity)
{
	struct kt_writer w = kt_writer_of(x->room, x->room_size);
	struct steer_validity v = validity.known ? validity : x->validity;
	kt_arena_reset(&x->scratch);
	int rc = dnssec_sign(
	    x->signer, set, ttl_s, v.inception, v.expiration, &x->scratch, &w);
	if (rc)
		return rc;
	return add_signatures(x, set, ttl_s, x->room, kt_writer_len(&w));
}

static int sign_rrset(struct steer_sign *x, const uint8_t *owner,
    const struct zone_rrset *set, struct steer_validity validity)
{
	const struct dnssec_rrset records = {
		.owner = owner,
		.type = set->type,
		.class = DNS_CLASS_IN,
		.n_rr = set->n_rr,
		.data = set->data,
		.size = set->rr_size,
	};
	return zone_steer_sign_set(x, &records, set->ttl_s, validity);
}

static int sign_stand_ins(struct steer_sign *x)
{
	const struct zone_steer *s = x->steer;
	for (size_t i = 0; i < s->list->n; i++) {
		const struct zone_steered_name *given = s->names[i].given;
		const struct zone_node *node = zone_find_name(x->z, given->name);
		for (size_t j = 0; j < given->n_sets; j++) {
			const struct zone_rrset *set = zone_rrset_find(
			    node, given->sets[j].type);
			int rc = set ? sign_rrset(
					   x, given->name, set, s->names[i].validity)
				     : 0;
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* What was not signed (below a delegation) is not signed now. */
static int sign_stripped(struct steer_sign *x)
{
	struct zone_steer *s = x->steer;
	for (size_t i = 0; i < s->n_stripped; i++) {
		const struct steer_stripped *changed = &s->stripped[i];
		const struct builder_node *from = builder_at(s->builder, changed->node);
		const struct zone_node *node = zone_node_at(x->z, from->ref);
		const struct zone_rrset *set = zone_rrset_find(node, changed->type);
		if (!set || !set->n_sig)
			continue;
		zone_builder_drop_signatures(s->builder, changed->node, changed->type);
		int rc = sign_rrset(x, node->name, set, zone_steer_validity(set));
		if (rc)
			return rc;
	}
	return 0;
}

/* That of the apex's NSEC or NSEC3; of the SOA where there is none. */
static struct steer_validity apex_validity(const struct zone_snapshot *z)
{
	const struct zone_node *apex = zone_apex(z);
	const struct zone_rrset *set = zone_rrset_find(apex, DNS_TYPE_NSEC);
	uint8_t hash[DNSSEC_NSEC3_HASH];
	bool exact = false;
	if (z->denial == ZONE_DENIAL_NSEC3 &&
	    dnssec_nsec3_hash(z->nsec3.salt, z->nsec3.salt_len, z->nsec3.iterations,
		apex->name, hash) == 0) {
		uint32_t at = zone_chain_find_hash(z, hash, &exact);
		const struct zone_node *node = zone_node_at(z, zone_chain(z)[at].node);
		set = zone_rrset_find(node, DNS_TYPE_NSEC3);
	}
	if (!set || !set->n_sig)
		set = zone_rrset_find(apex, DNS_TYPE_SOA);
	return zone_steer_validity(set);
}

/* Errors of a zone that is signed while its keys are not at hand. */
static int cannot_sign(struct zone_steer *s, const char *why)
{
	char apex[DNS_NAME_TEXT], name[DNS_NAME_TEXT];
	const struct zone_steered_name *first = s->list->names;
	return kt_errs_add(s->errs, KT_ERROR, KT_E_NOT_FOUND, first->file, first->line,
	    first->column, NULL, "%s is steered and its zone %s is signed: %s",
	    dns_name_print(first->name, name), dns_name_print(s->apex->wire, apex),
	    why);
}

static int make_signer(
    struct zone_steer *s, const struct zone_snapshot *z, struct dnssec_signer **out)
{
	const struct zone_rrset *keys = zone_rrset_find(zone_apex(z), DNS_TYPE_DNSKEY);
	if (!keys)
		return cannot_sign(s, "there is no DNSKEY at its apex");
	if (!s->list->n_key_files)
		return cannot_sign(
		    s, "add the files of its private keys to the zone (key-files)");
	const struct dnssec_rrset set = {
		.owner = s->apex->wire,
		.type = DNS_TYPE_DNSKEY,
		.class = DNS_CLASS_IN,
		.n_rr = keys->n_rr,
		.data = keys->data,
		.size = keys->rr_size,
	};
	return dnssec_signer_make(
	    s->apex, &set, s->list->key_files, s->list->n_key_files, s->errs, out);
}

/* While a zone goes from one chain to another it has two (RFC 5155 s.10.4). */
static void warn_of_chains(const struct steer_sign *x)
{
	const struct zone_node *apex = zone_apex(x->z);
	const struct zone_rrset *nsec3 = zone_rrset_find(apex, DNS_TYPE_NSEC3PARAM);
	unsigned n = (nsec3 ? nsec3->n_rr : 0u) +
		     (zone_rrset_find(apex, DNS_TYPE_NSEC) ? 1u : 0u);
	if (n > 1)
		kt_errs_add(x->steer->errs, KT_WARNING, KT_E_CONFLICT, x->steer->path,
		    0, 0, NULL,
		    "the zone has %u denial chains: only the one that answers are made "
		    "from is corrected for steered names",
		    n);
}

static int sign_all(struct steer_sign *x)
{
	x->validity = apex_validity(x->z);
	/* Keys at the apex and no signature: the zone is not signed yet. */
	if (!x->validity.known)
		return 0;
	warn_of_chains(x);
	x->room_size = dnssec_signer_size(x->signer);
	x->room = kt_malloc(x->room_size);
	kt_arena_init(&x->scratch, 0);
	int rc = sign_stand_ins(x);
	if (!rc)
		rc = sign_stripped(x);
	if (!rc)
		rc = zone_steer_chain(x);
	kt_arena_fini(&x->scratch);
	free(x->room);
	return rc;
}

int zone_steer_sign(struct zone_steer *s, struct zone_snapshot **z)
{
	struct steer_sign x = { .steer = s, .z = *z };
	if (!(*z)->is_signed) {
		if (s->list->n_key_files)
			kt_errs_add(s->errs, KT_WARNING, KT_E_CONFLICT, s->path, 0, 0,
			    NULL,
			    "key files are given and the zone is not signed: "
			    "they are not used");
		return 0;
	}
	int rc = make_signer(s, *z, &x.signer);
	if (rc)
		return rc;
	rc = sign_all(&x);
	struct zone_snapshot *whole = rc ? NULL : zone_builder_finish(s->builder);
	if (!whole) {
		dnssec_signer_free(x.signer);
		rc = rc ? rc : KT_E_LIMIT;
		return kt_errs_add(s->errs, KT_ERROR, rc, s->path, 0, 0, NULL,
		    "the steered names of the zone cannot be signed: %s",
		    kt_strerror(rc));
	}
	whole->signer = x.signer;
	zone_snapshot_put(*z);
	*z = whole;
	return 0;
}
