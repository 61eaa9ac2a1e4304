#include "dnssec/nsec3.h"

#include "crypto/digest.h"
#include "dns/name.h"

#include "base/err.h"
#include "base/reader.h"

#include <string.h>

int dnssec_nsec3_hash(const uint8_t *salt, size_t salt_len, unsigned iterations,
    const uint8_t *name, uint8_t out[DNSSEC_NSEC3_HASH])
{
	if (iterations > DNSSEC_NSEC3_ITERATIONS_MAX || salt_len > 255)
		return KT_E_LIMIT;
	/* One piece costs less than two: the message lies behind the digest's room. */
	uint8_t digest[CRYPTO_DIGEST_MAX], message[DNS_NAME_MAX + 255];
	size_t len = dns_wire_len(name);
	memcpy(message, name, len);
	if (salt_len)
		memcpy(message + len, salt, salt_len);
	struct crypto_piece piece = { message, len + salt_len };
	int rc = crypto_digest(CRYPTO_SHA1, &piece, 1, digest);
	if (iterations && salt_len)
		memcpy(message + DNSSEC_NSEC3_HASH, salt, salt_len);
	piece.len = DNSSEC_NSEC3_HASH + salt_len;
	/* RFC 5155 s.5: IH(salt, x, k) = H(IH(salt, x, k-1) || salt) */
	while (rc == 0 && iterations--) {
		memcpy(message, digest, DNSSEC_NSEC3_HASH);
		rc = crypto_digest(CRYPTO_SHA1, &piece, 1, digest);
	}
	if (rc == 0)
		memcpy(out, digest, DNSSEC_NSEC3_HASH);
	return rc;
}

void dnssec_nsec3_label_print(
    const uint8_t hash[DNSSEC_NSEC3_HASH], uint8_t out[DNSSEC_NSEC3_LABEL])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	/* 5 octets are 8 digits. */
	for (int group = 0; group < DNSSEC_NSEC3_HASH / 5; group++) {
		uint64_t v = 0;
		for (int i = 0; i < 5; i++)
			v = v << 8 | hash[group * 5 + i];
		for (int i = 7; i >= 0; i--, v >>= 5)
			out[group * 8 + i] = (uint8_t)digits[v & 31];
	}
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

int dnssec_nsec3_label_scan(const uint8_t *label, uint8_t out[DNSSEC_NSEC3_HASH])
{
	if (label[0] != DNSSEC_NSEC3_LABEL)
		return KT_E_FORMAT;
	uint8_t hash[DNSSEC_NSEC3_HASH];
	for (int group = 0; group < DNSSEC_NSEC3_HASH / 5; group++) {
		uint64_t v = 0;
		for (int i = 0; i < 8; i++) {
			int d = digit(label[1 + group * 8 + i]);
			if (d < 0)
				return KT_E_FORMAT;
			v = v << 5 | (unsigned)d;
		}
		for (int i = 4; i >= 0; i--, v >>= 8)
			hash[group * 5 + i] = (uint8_t)v;
	}
	memcpy(out, hash, sizeof(hash));
	return 0;
}

static struct dnssec_nsec3 read_parameters(struct kt_reader *r)
{
	struct dnssec_nsec3 n = { 0 };
	n.hash = kt_read8(r);
	n.flags = kt_read8(r);
	n.iterations = kt_read16(r);
	n.salt_len = kt_read8(r);
	n.salt = kt_read(r, n.salt_len);
	return n;
}

int dnssec_nsec3_read(const uint8_t *rdata, size_t len, struct dnssec_nsec3 *out)
{
	struct kt_reader r = kt_reader_of(rdata, len);
	struct dnssec_nsec3 n = read_parameters(&r);
	n.next_len = kt_read8(&r);
	n.next = kt_read(&r, n.next_len);
	n.bitmap_len = kt_reader_left(&r);
	n.bitmap = kt_read(&r, n.bitmap_len);
	if (r.err)
		return r.err;
	*out = n;
	return 0;
}

int dnssec_nsec3param_read(const uint8_t *rdata, size_t len, struct dnssec_nsec3 *out)
{
	struct kt_reader r = kt_reader_of(rdata, len);
	struct dnssec_nsec3 n = read_parameters(&r);
	if (!r.err && kt_reader_left(&r))
		return KT_E_FORMAT;
	if (r.err)
		return r.err;
	*out = n;
	return 0;
}
