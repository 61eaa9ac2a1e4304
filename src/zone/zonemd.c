#include "zone/zonemd.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "dns/rdata.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct signature {
	const uint8_t *at; /* its length first */
	uint32_t ttl_s;
};

struct digesting {
	struct crypto_digester *digester;
	struct signature *signatures; /* of the node at hand */
	size_t n, size;
	uint8_t rdata[DNS_RDATA_MAX];
};

static bool digest_of(uint8_t hash, enum crypto_digest *out)
{
	if (hash != ZONE_ZONEMD_SHA384 && hash != ZONE_ZONEMD_SHA512)
		return false;
	*out = hash == ZONE_ZONEMD_SHA384 ? CRYPTO_SHA384 : CRYPTO_SHA512;
	return true;
}

size_t zone_zonemd_size(uint8_t hash)
{
	enum crypto_digest alg;
	return digest_of(hash, &alg) ? crypto_digest_size(alg) : 0;
}

/* RFC 8976 s.3.3.1: the record in canonical form (RFC 4034 s.6.2). */
static void add_record(struct digesting *d, const struct zone_node *node, uint16_t type,
    uint32_t ttl_s, const uint8_t *at)
{
	uint8_t fixed[10];
	uint16_t len = kt_get16(at);
	kt_put16(fixed, type);
	kt_put16(fixed + 2, DNS_CLASS_IN);
	kt_put32(fixed + 4, ttl_s);
	kt_put16(fixed + 8, len);
	memcpy(d->rdata, at + 2, len);
	dns_rdata_canonical(type, d->rdata, len);
	crypto_digester_add(d->digester, node->name, node->len);
	crypto_digester_add(d->digester, fixed, sizeof(fixed));
	crypto_digester_add(d->digester, d->rdata, len);
}

static int compare_signatures(const void *a, const void *b)
{
	const uint8_t *x = ((const struct signature *)a)->at;
	const uint8_t *y = ((const struct signature *)b)->at;
	return dns_rdata_compare(
	    DNS_TYPE_RRSIG, x + 2, kt_get16(x), y + 2, kt_get16(y));
}

static void gather(struct digesting *d, const uint8_t *at, unsigned n, uint32_t ttl_s)
{
	for (; n; n--, at += 2 + kt_get16(at)) {
		kt_grow(d->signatures, d->n, d->size);
		d->signatures[d->n++] = (struct signature){ at, ttl_s };
	}
}

/* RFC 8976 s.3.3.1.1: at the apex ZONEMD and the signatures over it are left out. */
static bool is_left_out(const struct zone_node *node, uint16_t type)
{
	return node->flags & ZONE_NODE_APEX && type == DNS_TYPE_ZONEMD;
}

/* All signatures of a node are one set of type RRSIG, whatever they cover. */
static void add_signatures(struct digesting *d, const struct zone_node *node)
{
	d->n = 0;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (set->type == DNS_TYPE_RRSIG)
			gather(d, set->data, set->n_rr, set->ttl_s);
		else if (!is_left_out(node, set->type))
			gather(d, zone_signatures(set), set->n_sig, set->ttl_s);
	}
	if (d->n > 1)
		qsort(d->signatures, d->n, sizeof(*d->signatures), compare_signatures);
	for (size_t i = 0; i < d->n; i++) {
		const uint8_t *at = d->signatures[i].at;
		if (node->flags & ZONE_NODE_APEX && kt_get16(at) >= 2 &&
		    kt_get16(at + 2) == DNS_TYPE_ZONEMD)
			continue;
		add_record(d, node, DNS_TYPE_RRSIG, d->signatures[i].ttl_s, at);
	}
}

static void add_node(struct digesting *d, const struct zone_node *node)
{
	bool signatures_added = false;
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (set->type == DNS_TYPE_RRSIG || is_left_out(node, set->type))
			continue;
		/* Sets stand in the order of their types. */
		if (set->type > DNS_TYPE_RRSIG && !signatures_added) {
			add_signatures(d, node);
			signatures_added = true;
		}
		const uint8_t *at = set->data;
		for (unsigned j = set->n_rr; j; j--, at += 2 + kt_get16(at))
			add_record(d, node, set->type, set->ttl_s, at);
	}
	if (!signatures_added)
		add_signatures(d, node);
}

int zone_zonemd_digest(
    const struct zone_snapshot *zone, uint8_t hash, uint8_t out[ZONE_ZONEMD_DIGEST_MAX])
{
	enum crypto_digest alg;
	if (!digest_of(hash, &alg))
		return KT_E_UNSUPPORTED;
	struct digesting *d = kt_calloc(1, sizeof(*d));
	d->digester = crypto_digester_new(alg);
	for (const struct zone_node *n = zone_apex(zone); n;
	     n = zone_node_next(zone, n))
		add_node(d, n);
	uint8_t digest[CRYPTO_DIGEST_MAX];
	int rc = crypto_digester_end(d->digester, digest);
	if (rc == 0)
		memcpy(out, digest, crypto_digest_size(alg));
	free(d->signatures);
	free(d);
	return rc;
}
