#include "dnssec/ds.h"

#include "dnssec/key.h"

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "dns/name.h"

#include <string.h>

int dnssec_ds_read(const uint8_t *rdata, size_t len, struct dnssec_ds *out)
{
	if (len < 4)
		return KT_E_SHORT;
	*out = (struct dnssec_ds){
		.tag = kt_get16(rdata),
		.algorithm = rdata[2],
		.digest_type = rdata[3],
		.digest = rdata + 4,
		.digest_len = len - 4,
	};
	return 0;
}

static bool digest_of(uint8_t digest_type, enum crypto_digest *out)
{
	switch (digest_type) {
	case 1:
		*out = CRYPTO_SHA1;
		return true;
	case 2:
		*out = CRYPTO_SHA256;
		return true;
	case 4:
		*out = CRYPTO_SHA384;
		return true;
	default:
		return false;
	}
}

size_t dnssec_ds_digest_size(uint8_t digest_type)
{
	enum crypto_digest alg;
	return digest_of(digest_type, &alg) ? crypto_digest_size(alg) : 0;
}

int dnssec_ds_digest(uint8_t digest_type, const uint8_t *owner, const uint8_t *dnskey,
    size_t len, uint8_t out[DNSSEC_DS_DIGEST_MAX])
{
	enum crypto_digest alg;
	if (!digest_of(digest_type, &alg))
		return KT_E_UNSUPPORTED;
	/* RFC 4034 s.5.1.4: digest(owner in canonical form | DNSKEY rdata) */
	struct dns_name name;
	dns_name_from_wire(&name, owner);
	dns_name_lower(&name);
	const struct crypto_piece pieces[] = { { name.wire, name.len },
		{ dnskey, len } };
	uint8_t digest[CRYPTO_DIGEST_MAX];
	int rc = crypto_digest(alg, pieces, 2, digest);
	if (rc == 0)
		memcpy(out, digest, crypto_digest_size(alg));
	return rc;
}

int dnssec_ds_matches(const uint8_t *ds, size_t ds_len, const uint8_t *owner,
    const uint8_t *dnskey, size_t len)
{
	struct dnssec_ds d;
	struct dnssec_key k;
	int rc = dnssec_ds_read(ds, ds_len, &d);
	if (rc == 0)
		rc = dnssec_key_read(dnskey, len, &k);
	if (rc)
		return rc;
	if (!dnssec_ds_digest_size(d.digest_type))
		return KT_E_UNSUPPORTED;
	if (d.tag != k.tag || d.algorithm != k.algorithm ||
	    d.digest_len != dnssec_ds_digest_size(d.digest_type))
		return KT_E_NOT_FOUND;
	uint8_t digest[DNSSEC_DS_DIGEST_MAX];
	rc = dnssec_ds_digest(d.digest_type, owner, dnskey, len, digest);
	if (rc)
		return rc;
	return memcmp(digest, d.digest, d.digest_len) == 0 ? 0 : KT_E_NOT_FOUND;
}
