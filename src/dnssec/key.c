#include "dnssec/key.h"

#include "base/bytes.h"
#include "base/err.h"

enum {
	FIXED = 4, /* flags, protocol, algorithm */
	RSAMD5 = 1
};

int dnssec_key_read(const uint8_t *rdata, size_t len, struct dnssec_key *out)
{
	if (len < FIXED)
		return KT_E_SHORT;
	*out = (struct dnssec_key){
		.flags = kt_get16(rdata),
		.protocol = rdata[2],
		.algorithm = rdata[3],
		.tag = dnssec_key_tag(rdata, len),
		.public = rdata + FIXED,
		.public_len = len - FIXED,
	};
	return 0;
}

uint16_t dnssec_key_tag(const uint8_t *rdata, size_t len)
{
	if (len < FIXED)
		return 0;
	/* RFC 4034 appendix B.1: the last octets of the modulus but one */
	if (rdata[3] == RSAMD5)
		return len < FIXED + 3 ? 0 : kt_get16(rdata + len - 3);
	/* 65,535 octets sum up to less than 2^31. */
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}
