/* ZONEMD (RFC 8976 s.4). */
#include "zone/check_p.h"

#include "base/bytes.h"
#include "zone/zonemd.h"

#include <string.h>

enum {
	FIXED = 6 /* serial, scheme, hash */
};

struct verdict {
	unsigned good, bad;
};

/* Another record with the same scheme and hash: neither may be used (RFC 8976 s.2.2.3). */
static bool has_twin(const struct zone_rrset *set, const uint8_t *record)
{
	const uint8_t *at = set->data;
	for (unsigned i = set->n_rr; i; i--, at += 2 + kt_get16(at))
		if (at != record && kt_get16(at) >= FIXED &&
		    memcmp(at + 6, record + 6, 2) == 0)
			return true;
	return false;
}

static void check_one(struct zone_check *c, const struct zone_node *apex,
    const struct zone_rrset *set, const uint8_t *at, struct verdict *verdict)
{
	size_t len = kt_get16(at);
	const uint8_t *rdata = at + 2;
	if (len < FIXED)
		return;
	uint8_t scheme = rdata[4], hash = rdata[5], digest[ZONE_ZONEMD_DIGEST_MAX];
	size_t size = zone_zonemd_size(hash);
	if (kt_get32(rdata) != c->zone->serial) {
		zone_check_report(c, KT_WARNING, "zonemd-serial", apex, DNS_TYPE_ZONEMD,
		    "ZONEMD is of serial %u, the zone has %u", kt_get32(rdata),
		    c->zone->serial);
	} else if (scheme != ZONE_ZONEMD_SIMPLE || !size) {
		zone_check_report(c, KT_WARNING, "zonemd-unsupported", apex,
		    DNS_TYPE_ZONEMD,
		    "ZONEMD of scheme %u and hash %u cannot be verified here", scheme,
		    hash);
	} else if (has_twin(set, at)) {
		zone_check_report(c, KT_WARNING, "zonemd-many", apex, DNS_TYPE_ZONEMD,
		    "several ZONEMD of scheme %u and hash %u: none can be used", scheme,
		    hash);
	} else if (zone_zonemd_digest(c->zone, hash, digest) == 0) {
		bool good = len == FIXED + size &&
			    memcmp(rdata + FIXED, digest, size) == 0;
		*(good ? &verdict->good : &verdict->bad) += 1;
	}
}

void zone_check_zonemd(struct zone_check *c, const struct zone_node *apex)
{
	const struct zone_rrset *set = zone_rrset_find(apex, DNS_TYPE_ZONEMD);
	if (!set)
		return;
	struct verdict verdict = { 0 };
	const uint8_t *at = set->data;
	for (unsigned i = set->n_rr; i; i--, at += 2 + kt_get16(at))
		check_one(c, apex, set, at, &verdict);
	/* RFC 8976 s.4: one that matches is enough. */
	if (verdict.bad && !verdict.good)
		zone_check_report(c, KT_ERROR, "zonemd-mismatch", apex, DNS_TYPE_ZONEMD,
		    "the digest in ZONEMD is not that of the zone");
	else if (verdict.bad)
		zone_check_report(c, KT_WARNING, "zonemd-mismatch", apex,
		    DNS_TYPE_ZONEMD,
		    "one of the digests in ZONEMD is not that of the zone");
}
