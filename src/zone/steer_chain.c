/*
 * The denial chain of a signed zone whose names or types steering added to.
 *
 * Two kinds of change: links of which only the bitmap differs (the name was there), and names
 * that come between a link and its next one.  All are found in the snapshot as it was read,
 * and written to the builder.
 */
#include "zone/steer_p.h"

#include "base/mem.h"
#include "dnssec/bitmap.h"
#include "dnssec/nsec3.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Lengths that fit the rdata of NSEC and NSEC3 with a name, or hash and salt. */
	BITMAP_MAX = 256 * 34,
	FIXED_MAX = 512,
	TYPES_MAX = 65536,
};

/* Types that steering adds or takes away. */
static const uint16_t managed[] = { DNS_TYPE_A, DNS_TYPE_CNAME, DNS_TYPE_AAAA,
	DNS_TYPE_RRSIG, DNS_TYPE_ZONEMD };

/* A name that was not in the chain. */
struct fresh {
	uint32_t before; /* the link that it comes behind */
	bool wrapped;    /* its hash is below that of the first link */
	const struct zone_node *node;
	uint8_t hash[DNSSEC_NSEC3_HASH];
};

struct chain {
	struct steer_sign *x;
	const struct zone_snapshot *z;
	struct fresh *fresh;
	size_t n_fresh, fresh_size;
	zone_ref
	    *subject; /* of each link: the name whose types it may have to say anew */
	uint16_t *types; /* scratch */
};

/* NSEC or NSEC3 taken apart. */
struct link {
	const struct zone_node *node;
	const struct zone_rrset *set;
	const uint8_t *fixed; /* what comes before the next name */
	size_t fixed_len;
	const uint8_t *next, *bitmap;
	size_t next_len, bitmap_len;
};

static bool is_managed(unsigned type)
{
	for (size_t i = 0; i < KT_COUNT(managed); i++)
		if (managed[i] == type)
			return true;
	return false;
}

static bool read_nsec(const uint8_t *rdata, size_t len, struct link *out)
{
	int name = dns_name_measure(rdata, len);
	if (name < 0)
		return false;
	out->fixed = out->next = rdata;
	out->fixed_len = 0;
	out->next_len = (size_t)name;
	out->bitmap = rdata + name;
	out->bitmap_len = len - (size_t)name;
	return true;
}

/* The record of the chain that the snapshot links: hash, iterations and salt are its own. */
static bool read_nsec3(
    const struct zone_snapshot *z, const uint8_t *rdata, size_t len, struct link *out)
{
	struct dnssec_nsec3 n;
	if (dnssec_nsec3_read(rdata, len, &n) || n.hash != z->nsec3.hash ||
	    n.iterations != z->nsec3.iterations || n.salt_len != z->nsec3.salt_len ||
	    n.next_len != DNSSEC_NSEC3_HASH ||
	    (n.salt_len && memcmp(n.salt, z->nsec3.salt, n.salt_len) != 0))
		return false;
	out->fixed = rdata;
	out->fixed_len = (size_t)(n.next - rdata);
	out->next = n.next;
	out->next_len = n.next_len;
	out->bitmap = n.bitmap;
	out->bitmap_len = n.bitmap_len;
	return true;
}

static bool read_link(const struct chain *c, uint32_t at, struct link *out)
{
	bool hashed = c->z->denial == ZONE_DENIAL_NSEC3;
	out->node = zone_node_at(c->z, zone_chain(c->z)[at].node);
	out->set = zone_rrset_find(out->node, hashed ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC);
	const uint8_t *rr = out->set->data;
	for (unsigned i = out->set->n_rr; i; i--, rr += 2 + kt_get16(rr))
		if (hashed ? read_nsec3(c->z, rr + 2, kt_get16(rr), out)
			   : read_nsec(rr + 2, kt_get16(rr), out))
			return true;
	return false;
}

static int compare_types(const void *a, const void *b)
{
	uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
	return x < y ? -1 : x > y;
}

static bool has_type(const struct zone_node *node, uint16_t type)
{
	/* What has data is signed; the signatures themselves may not be there yet. */
	return type == DNS_TYPE_RRSIG || zone_rrset_find(node, type) != NULL;
}

/* The bitmap of a link, with the managed types as the node has them. */
static void write_corrected(struct chain *c, const struct zone_node *node,
    const struct link *link, struct kt_writer *w)
{
	size_t n = 0;
	int type = dnssec_bitmap_next(link->bitmap, link->bitmap_len, 0);
	for (; type >= 0; type = dnssec_bitmap_next(
			      link->bitmap, link->bitmap_len, (unsigned)type + 1))
		if (!is_managed((unsigned)type))
			c->types[n++] = (uint16_t)type;
	for (size_t i = 0; i < KT_COUNT(managed); i++)
		if (has_type(node, managed[i]))
			c->types[n++] = managed[i];
	qsort(c->types, n, sizeof(*c->types), compare_types);
	dnssec_bitmap_write(w, c->types, n);
}

/* The bitmap of a name that gets its first link; empty non-terminals have none. */
static void write_types(
    struct chain *c, const struct zone_node *node, struct kt_writer *w)
{
	const struct zone_rrset *set = zone_rrsets(node);
	size_t n = 0;
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set))
		if (set->type != DNS_TYPE_RRSIG && set->type != DNS_TYPE_NSEC3)
			c->types[n++] = set->type;
	bool hashed = c->z->denial == ZONE_DENIAL_NSEC3;
	if (n || !hashed)
		c->types[n++] = DNS_TYPE_RRSIG;
	if (!hashed)
		c->types[n++] = DNS_TYPE_NSEC;
	qsort(c->types, n, sizeof(*c->types), compare_types);
	dnssec_bitmap_write(w, c->types, n);
}

static bool bitmap_is_true(
    struct chain *c, const struct zone_node *node, const struct link *link)
{
	uint8_t bitmap[BITMAP_MAX];
	struct kt_writer w = kt_writer_of(bitmap, sizeof(bitmap));
	write_corrected(c, node, link, &w);
	return kt_writer_len(&w) == link->bitmap_len &&
	       memcmp(bitmap, link->bitmap, link->bitmap_len) == 0;
}

static void add_fresh(
    struct chain *c, const struct zone_node *node, uint32_t before, const uint8_t *hash)
{
	kt_grow(c->fresh, c->n_fresh, c->fresh_size);
	struct fresh *f = &c->fresh[c->n_fresh++];
	*f = (struct fresh){ .before = before, .node = node };
	if (!hash)
		return;
	memcpy(f->hash, hash, sizeof(f->hash));
	/* What is before the first link is behind the last. */
	f->wrapped = before == c->z->n_chain - 1 &&
		     kt_get64(hash) < zone_chain(c->z)[0].key;
}

static int hash_of(
    const struct chain *c, const struct zone_node *node, uint8_t out[DNSSEC_NSEC3_HASH])
{
	return dnssec_nsec3_hash(c->z->nsec3.salt, c->z->nsec3.salt_len,
	    c->z->nsec3.iterations, node->name, out);
}

/* Finds the link of a name or where it has to come. */
static int look_at(struct chain *c, const struct zone_node *node, bool *exact)
{
	uint8_t hash[DNSSEC_NSEC3_HASH];
	bool hashed = c->z->denial == ZONE_DENIAL_NSEC3;
	int rc = hashed ? hash_of(c, node, hash) : 0;
	if (rc)
		return rc;
	uint32_t at = hashed ? zone_chain_find_hash(c->z, hash, exact)
			     : zone_chain_find_name(c->z, node->name, exact);
	if (!*exact)
		add_fresh(c, node, at, hashed ? hash : NULL);
	else if (node->n_rrsets)
		c->subject[at] = zone_ref_of(c->z, node);
	return 0;
}

/* RFC 5155 s.7.1: the empty non-terminals above a name are in the chain too. */
static int look_above(struct chain *c, const struct zone_node *node)
{
	int rc = 0;
	node = zone_parent(c->z, node);
	while (!rc && node && !(node->flags & ZONE_NODE_APEX)) {
		bool exact = false;
		if (node->n_rrsets == 0)
			rc = look_at(c, node, &exact);
		node = zone_parent(c->z, node);
	}
	return rc;
}

static int look_for_changes(struct chain *c)
{
	const struct zone_steered_entry *entry = zone_steered_entries(c->z);
	bool exact = false;
	int rc = 0;
	for (uint32_t i = 0; i < c->z->n_steered && !rc; i++) {
		const struct zone_node *node = zone_node_at(c->z, entry[i].node);
		rc = look_at(c, node, &exact);
		if (!rc && !exact && c->z->denial == ZONE_DENIAL_NSEC3)
			rc = look_above(c, node);
	}
	if (!rc && c->x->steer->zonemd)
		rc = look_at(c, zone_apex(c->z), &exact);
	return rc;
}

static int compare_fresh(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;
	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	if (x->wrapped != y->wrapped)
		return x->wrapped ? 1 : -1;
	int order = memcmp(x->hash, y->hash, sizeof(x->hash));
	/* Nodes lie in canonical order; with NSEC all hashes are 0. */
	return order ? order : x->node < y->node ? -1 : x->node > y->node;
}

static void sort_fresh(struct chain *c)
{
	if (!c->n_fresh)
		return;
	qsort(c->fresh, c->n_fresh, sizeof(*c->fresh), compare_fresh);
	/* An empty non-terminal is found from each name below it. */
	size_t kept = 1;
	for (size_t i = 1; i < c->n_fresh; i++)
		if (c->fresh[i].node != c->fresh[kept - 1].node)
			c->fresh[kept++] = c->fresh[i];
	c->n_fresh = kept;
}

/* Adds a record and its signatures in place of what the owner has of that type. */
static int put(struct chain *c, const uint8_t *owner, uint32_t ttl_s,
    const uint8_t *record, size_t len, struct steer_validity validity)
{
	struct zone_builder *b = c->x->steer->builder;
	uint16_t type = c->z->denial == ZONE_DENIAL_NSEC3 ? DNS_TYPE_NSEC3
							  : DNS_TYPE_NSEC;
	const struct dns_record r = {
		.owner = owner,
		.type = type,
		.class = DNS_CLASS_IN,
		.ttl_s = ttl_s,
		.rdlen = (uint16_t)(len - 2),
		.rdata = record + 2,
	};
	const struct dnssec_rrset set = {
		.owner = owner,
		.type = type,
		.class = DNS_CLASS_IN,
		.n_rr = 1,
		.data = record,
		.size = len,
	};
	builder_place place = zone_builder_node(b, owner);
	if (place)
		zone_builder_drop(b, place, type);
	int rc = zone_builder_add(b, &r);
	return rc ? rc : zone_steer_sign_set(c->x, &set, ttl_s, validity);
}

/* What a fresh name is called in the chain. */
static int owner_of(const struct chain *c, const struct fresh *f, struct dns_name *out)
{
	if (c->z->denial != ZONE_DENIAL_NSEC3) {
		dns_name_from_wire(out, f->node->name);
		return 0;
	}
	uint8_t label[1 + DNSSEC_NSEC3_LABEL] = { DNSSEC_NSEC3_LABEL };
	dnssec_nsec3_label_print(f->hash, label + 1);
	dns_name_from_wire(out, zone_apex(c->z)->name);
	return dns_name_prepend(out, label);
}

static void write_next(const struct chain *c, const struct fresh *f,
    const struct link *link, struct kt_writer *w)
{
	if (!f)
		kt_write(w, link->next, link->next_len);
	else if (c->z->denial == ZONE_DENIAL_NSEC3)
		kt_write(w, f->hash, sizeof(f->hash));
	else
		kt_write(w, f->node->name, f->node->len);
}

static void end_record(struct kt_writer *w)
{
	kt_put16(w->start, (uint16_t)(kt_writer_len(w) - 2));
}

/* Writes a link anew: its bitmap if it has a subject, its next name if one came behind it. */
static int put_link(
    struct chain *c, uint32_t at, const struct link *link, const struct fresh *next)
{
	uint8_t record[FIXED_MAX + BITMAP_MAX];
	struct kt_writer w = kt_writer_of(record, sizeof(record));
	kt_write16(&w, 0);
	kt_write(&w, link->fixed, link->fixed_len);
	write_next(c, next, link, &w);
	if (c->subject[at])
		write_corrected(c, zone_node_at(c->z, c->subject[at]), link, &w);
	else
		kt_write(&w, link->bitmap, link->bitmap_len);
	end_record(&w);
	return w.err ? w.err
		     : put(c, link->node->name, link->set->ttl_s, record,
			   kt_writer_len(&w), zone_steer_validity(link->set));
}

/*
 * A new link behind another.  Opt-out is that of the span that it divides (RFC 5155
 * s.3.1.2.1: unsigned delegations may be on either side), and so is its TTL.
 */
static int put_fresh(struct chain *c, const struct fresh *f, const struct link *before,
    const struct fresh *next)
{
	uint8_t record[FIXED_MAX + BITMAP_MAX];
	struct dns_name owner;
	struct kt_writer w = kt_writer_of(record, sizeof(record));
	int rc = owner_of(c, f, &owner);
	if (rc)
		return rc;
	kt_write16(&w, 0);
	kt_write(&w, before->fixed, before->fixed_len);
	write_next(c, next, before, &w);
	write_types(c, f->node, &w);
	end_record(&w);
	const struct steer_validity apex = { 0 };
	return w.err ? w.err
		     : put(c, owner.wire, before->set->ttl_s, record, kt_writer_len(&w),
			   apex);
}

/* The fresh names behind one link, fresh[from] and on; how many there are. */
static size_t count_group(const struct chain *c, size_t from)
{
	size_t n = 0;
	while (
	    from + n < c->n_fresh && c->fresh[from + n].before == c->fresh[from].before)
		n++;
	return n;
}

static int put_group(struct chain *c, const struct fresh *group, size_t n)
{
	struct link link;
	if (!read_link(c, group->before, &link))
		return KT_E_FORMAT;
	int rc = put_link(c, group->before, &link, group);
	for (size_t i = 0; i < n && !rc; i++)
		rc = put_fresh(c, &group[i], &link, i + 1 < n ? &group[i + 1] : NULL);
	c->subject[group->before] = 0;
	return rc;
}

/* Links behind which nothing came: those whose bitmap is not true any more. */
static int put_subjects(struct chain *c)
{
	struct link link;
	int rc = 0;
	for (uint32_t i = 0; i < c->z->n_chain && !rc; i++) {
		if (!c->subject[i])
			continue;
		if (!read_link(c, i, &link))
			return KT_E_FORMAT;
		if (!bitmap_is_true(c, zone_node_at(c->z, c->subject[i]), &link))
			rc = put_link(c, i, &link, NULL);
	}
	return rc;
}

int zone_steer_chain(struct steer_sign *x)
{
	struct chain c = { .x = x, .z = x->z };
	int rc = 0;
	if (x->z->denial == ZONE_DENIAL_NONE)
		return 0;
	c.subject = kt_calloc(x->z->n_chain, sizeof(*c.subject));
	c.types = kt_malloc(TYPES_MAX * sizeof(*c.types));
	rc = look_for_changes(&c);
	sort_fresh(&c);
	for (size_t i = 0, n; i < c.n_fresh && !rc; i += n) {
		n = count_group(&c, i);
		rc = put_group(&c, &c.fresh[i], n);
	}
	if (!rc)
		rc = put_subjects(&c);
	free(c.fresh);
	free(c.subject);
	free(c.types);
	return rc;
}
