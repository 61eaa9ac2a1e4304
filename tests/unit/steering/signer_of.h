/*
 * tests/unit/steering/signer_of.h -- a signer for example.com with a key of its own, and the
 * look whether a signature is by it.
 */
#pragma once

#include "base/bytes.h"
#include "crypto/sign.h"
#include "dnssec/key.h"
#include "dnssec/signer.h"

#include "kt_test.h"
#include "private_keys.h"

#include <unistd.h>

struct signer_of {
	struct dnssec_signer *signer;
	struct crypto_key *public;
};

static inline void signer_of(struct signer_of *s, const char *pem, uint8_t algorithm)
{
	char path[] = "/tmp/kotae-steering-key-XXXXXX";
	const char *paths[] = { path };
	struct crypto_private *private;
	struct kt_errs errs;
	struct dns_name apex;
	uint8_t rr[2 + 4 + CRYPTO_PUBLIC_MAX];
	size_t len;
	assert_int_equal(crypto_private_from_pem(pem, strlen(pem), &private), 0);
	const uint8_t *public = crypto_private_public(private, &len);
	struct kt_writer w = kt_writer_of(rr, sizeof(rr));
	kt_write16(&w, (uint16_t)(4 + len));
	kt_write16(&w, DNSSEC_KEY_ZONE);
	kt_write8(&w, DNSSEC_KEY_PROTOCOL);
	kt_write8(&w, algorithm);
	kt_write(&w, public, len);
	assert_int_equal(crypto_key_from_dnskey(algorithm, public, len, &s->public), 0);
	const struct dnssec_rrset set = {
		.n_rr = 1, .data = rr, .size = kt_writer_len(&w)
	};
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, pem, strlen(pem)), strlen(pem));
	close(fd);
	kt_errs_init(&errs, 0);
	assert_int_equal(dns_name_scan("example.com", 11, NULL, &apex), 0);
	int rc = dnssec_signer_make(&apex, &set, paths, 1, &errs, &s->signer);
	unlink(path);
	kt_errs_print(&errs, stderr, false);
	kt_errs_fini(&errs);
	crypto_private_free(private);
	assert_int_equal(rc, 0);
}

static inline void signer_fini(struct signer_of *s)
{
	dnssec_signer_free(s->signer);
	crypto_key_free(s->public);
}

/* The one signature at data is by this signer, over the set, and valid at now. */
static inline void signer_verify(const struct signer_of *s,
    const struct dnssec_rrset *set, const uint8_t *data, kt_unix now,
    struct dnssec_rrsig *sig)
{
	struct kt_arena arena;
	assert_int_equal(dnssec_rrsig_read(data + 2, kt_get16(data), sig), 0);
	kt_arena_init(&arena, 0);
	assert_int_equal(dnssec_rrsig_verify(set, sig, s->public, &arena), 0);
	kt_arena_fini(&arena);
	assert_int_equal(dnssec_rrsig_validity(sig, now), DNSSEC_VALID);
}
