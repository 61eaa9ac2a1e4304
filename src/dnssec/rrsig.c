#include "dnssec/rrsig.h"

#include "base/err.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dns/name.h"
#include "dns/rdata.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD = 18 /* octets before the signer's name */
};

int dnssec_rrsig_read(const uint8_t *rdata, size_t len, struct dnssec_rrsig *out)
{
	struct kt_reader r = kt_reader_of(rdata, len);
	struct dnssec_rrsig s = { .head = rdata };
	s.covered = kt_read16(&r);
	s.algorithm = kt_read8(&r);
	s.labels = kt_read8(&r);
	s.original_ttl = kt_read32(&r);
	s.expiration = kt_read32(&r);
	s.inception = kt_read32(&r);
	s.tag = kt_read16(&r);
	if (r.err)
		return r.err;
	/* RFC 4034 s.3.1.7: the signer's name is never compressed. */
	int measured = dns_name_measure(r.at, kt_reader_left(&r));
	if (measured < 0)
		return measured;
	s.signer_len = (size_t)measured;
	s.signer = kt_read(&r, s.signer_len);
	s.signature_len = kt_reader_left(&r);
	s.signature = r.at;
	*out = s;
	return 0;
}

enum dnssec_validity dnssec_rrsig_validity(const struct dnssec_rrsig *sig, kt_unix at)
{
	/* RFC 4034 s.3.1.5: serial number arithmetic */
	uint32_t now = (uint32_t)at;
	if ((int32_t)(now - sig->inception) < 0)
		return DNSSEC_NOT_YET_VALID;
	if ((int32_t)(sig->expiration - now) < 0)
		return DNSSEC_EXPIRED;
	return DNSSEC_VALID;
}

/* RFC 4035 s.5.3.2: the owner as it was signed, in lower case. */
static int signed_owner(
    const uint8_t *owner, const struct dnssec_rrsig *sig, struct dns_name *out)
{
	unsigned all = dns_wire_labels(owner);
	/* RFC 4034 s.3.1.3: the root and a leading "*" do not count. */
	unsigned labels = all - dns_wire_is_wildcard(owner);
	if (sig->labels > labels)
		return KT_E_BAD_SIGNATURE;
	if (sig->labels < labels) {
		dns_name_from_wire(out, dns_wire_skip(owner, all - sig->labels));
		int rc = dns_name_prepend(out, (const uint8_t *)"\1*");
		if (rc)
			return KT_E_BAD_SIGNATURE;
	} else {
		dns_name_from_wire(out, owner);
	}
	dns_name_lower(out);
	return 0;
}

/* Canonical rdata. */
struct item {
	const uint8_t *octets;
	size_t len;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = memcmp(x->octets, y->octets, x->len < y->len ? x->len : y->len);
	if (order)
		return order;
	return x->len < y->len ? -1 : x->len > y->len;
}

/* The set in canonical form, sorted (RFC 4034 s.6.2, s.6.3); NULL when memory is short. */
static struct item *canonical_items(
    const struct dnssec_rrset *set, struct kt_arena *arena, int *rc)
{
	*rc = KT_E_SHORT;
	if (set->n_rr == 0 || set->n_rr > set->size / 2)
		return NULL;
	struct item *items = kt_arena_alloc(arena, set->n_rr * sizeof(*items));
	uint8_t *copy = kt_arena_alloc(arena, set->size);
	*rc = KT_E_LIMIT;
	if (!items || !copy)
		return NULL;
	memcpy(copy, set->data, set->size);
	struct kt_reader r = kt_reader_of(copy, set->size);
	bool sorted = true;
	for (uint32_t i = 0; i < set->n_rr; i++) {
		size_t len = kt_read16(&r);
		uint8_t *rdata = (uint8_t *)kt_read(&r, len);
		*rc = r.err;
		if (r.err)
			return NULL;
		dns_rdata_canonical(set->type, rdata, len);
		items[i] = (struct item){ rdata, len };
		sorted = sorted &&
			 (i == 0 || compare_items(&items[i - 1], &items[i]) < 0);
	}
	if (!sorted)
		qsort(items, set->n_rr, sizeof(*items), compare_items);
	return items;
}

static void write_records(struct kt_writer *w, const struct dnssec_rrset *set,
    const struct dns_name *owner, uint32_t ttl_s, const struct item *items)
{
	for (uint32_t i = 0; i < set->n_rr; i++) {
		/* RFC 4034 s.6.3: duplicates count once. */
		if (i && compare_items(&items[i - 1], &items[i]) == 0)
			continue;
		kt_write(w, owner->wire, owner->len);
		kt_write16(w, set->type);
		kt_write16(w, set->class);
		kt_write32(w, ttl_s);
		kt_write16(w, (uint16_t)items[i].len);
		kt_write(w, items[i].octets, items[i].len);
	}
}

int dnssec_rrsig_signed_data(const struct dnssec_rrset *set,
    const struct dnssec_rrsig *sig, struct kt_arena *arena, struct crypto_piece *out)
{
	struct dns_name owner;
	if (sig->covered != set->type)
		return KT_E_BAD_SIGNATURE;
	int rc = signed_owner(set->owner, sig, &owner);
	if (rc)
		return rc;
	struct item *items = canonical_items(set, arena, &rc);
	if (!items)
		return rc;
	size_t size = HEAD + sig->signer_len + set->size +
		      set->n_rr * ((size_t)owner.len + 8);
	uint8_t *octets = kt_arena_alloc(arena, size);
	if (!octets)
		return KT_E_LIMIT;
	struct kt_writer w = kt_writer_of(octets, size);
	kt_write(&w, sig->head, HEAD);
	kt_write(&w, sig->signer, sig->signer_len);
	/* RFC 4034 s.3.1.8.1: the signer's name in canonical form */
	dns_lower(octets + HEAD, sig->signer_len);
	write_records(&w, set, &owner, sig->original_ttl, items);
	*out = (struct crypto_piece){ octets, kt_writer_len(&w) };
	return w.err;
}

int dnssec_rrsig_verify(const struct dnssec_rrset *set, const struct dnssec_rrsig *sig,
    const struct crypto_key *key, struct kt_arena *arena)
{
	struct crypto_piece data;
	int rc = dnssec_rrsig_signed_data(set, sig, arena, &data);
	if (rc)
		return rc;
	return crypto_verify(key, &data, 1, sig->signature, sig->signature_len);
}
