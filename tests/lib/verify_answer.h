/*
 * tests/lib/verify_answer.h -- does every set of a message carry a signature that verifies?
 */
#pragma once

#include "base/arena.h"
#include "crypto/verify.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/type.h"
#include "dnssec/key.h"
#include "dnssec/rrsig.h"
#include "zone/snapshot.h"

#include "kt_test.h"

#define VERIFY_RECORDS 128

struct verify_record {
	enum dns_section section;
	struct dns_message_record rec;
	uint8_t *rdata; /* uncompressed */
	size_t len;
};

struct verify_message {
	struct kt_arena arena;
	struct verify_record at[VERIFY_RECORDS];
	unsigned n;
};

static inline void verify_read(
    struct verify_message *m, const uint8_t *wire, size_t len, size_t question_len)
{
	struct kt_reader r = kt_reader_of(wire, len);
	static uint8_t buffer[DNS_RDATA_MAX];
	r.at += DNS_HEADER_LEN + question_len;
	m->n = 0;
	for (unsigned s = DNS_ANSWER; s <= DNS_ADDITIONAL; s++)
		for (unsigned i = kt_get16(wire + 6 + 2 * s); i; i--) {
			assert_true(m->n < VERIFY_RECORDS);
			struct verify_record *v = &m->at[m->n];
			dns_message_read_record(&r, &v->rec);
			assert_int_equal(r.err, 0);
			if (v->rec.type == DNS_TYPE_OPT)
				continue;
			struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
			struct kt_reader inner = r;
			inner.at = wire + v->rec.rdata_at;
			dns_rdata_read(&inner, v->rec.type, v->rec.rdlen, &w);
			assert_int_equal(inner.err, 0);
			v->section = (enum dns_section)s;
			v->len = kt_writer_len(&w);
			v->rdata = kt_arena_octets(&m->arena, v->len + 1);
			memcpy(v->rdata, buffer, v->len);
			m->n++;
		}
}

static inline bool verify_same(
    const struct verify_record *a, const struct verify_record *b, uint16_t type)
{
	return a->section == b->section && b->rec.type == type &&
	       dns_name_equal(&a->rec.owner, &b->rec.owner);
}

static inline struct crypto_key *verify_key(
    const struct zone_snapshot *z, const struct dnssec_rrsig *sig)
{
	const struct zone_rrset *keys = zone_rrset_find(zone_apex(z), DNS_TYPE_DNSKEY);
	assert_non_null(keys);
	const uint8_t *at = keys->data;
	for (unsigned i = 0; i < keys->n_rr; i++, at += 2 + kt_get16(at)) {
		struct dnssec_key key;
		struct crypto_key *out;
		assert_int_equal(dnssec_key_read(at + 2, kt_get16(at), &key), 0);
		if (key.tag != sig->tag || key.algorithm != sig->algorithm)
			continue;
		assert_int_equal(crypto_key_from_dnskey(
				     key.algorithm, key.public, key.public_len, &out),
		    0);
		return out;
	}
	return NULL;
}

/* The set that record i begins; false: it has no signature. */
static inline bool verify_set(
    struct verify_message *m, unsigned i, const struct zone_snapshot *z, int64_t now)
{
	const struct verify_record *first = &m->at[i];
	struct dnssec_rrset set = { .owner = first->rec.owner.wire,
		.type = first->rec.type,
		.class = DNS_CLASS_IN };
	uint8_t *data = kt_arena_octets(&m->arena, 65536);
	bool found = false;
	set.data = data;
	for (unsigned j = i; j < m->n; j++) {
		if (!verify_same(first, &m->at[j], first->rec.type))
			continue;
		kt_put16(data + set.size, (uint16_t)m->at[j].len);
		memcpy(data + set.size + 2, m->at[j].rdata, m->at[j].len);
		set.size += 2 + m->at[j].len;
		set.n_rr++;
		/* RFC 2181 s.5.2 */
		assert_int_equal(m->at[j].rec.ttl_s, first->rec.ttl_s);
	}
	for (unsigned j = 0; j < m->n; j++) {
		struct dnssec_rrsig sig;
		if (!verify_same(first, &m->at[j], DNS_TYPE_RRSIG))
			continue;
		assert_int_equal(
		    dnssec_rrsig_read(m->at[j].rdata, m->at[j].len, &sig), 0);
		if (sig.covered != first->rec.type)
			continue;
		struct crypto_key *key = verify_key(z, &sig);
		assert_non_null(key);
		assert_int_equal(dnssec_rrsig_verify(&set, &sig, key, &m->arena), 0);
		crypto_key_free(key);
		assert_int_equal(dnssec_rrsig_validity(&sig, now), DNSSEC_VALID);
		assert_int_equal(m->at[j].rec.ttl_s, first->rec.ttl_s);
		assert_true(sig.original_ttl >= first->rec.ttl_s);
		found = true;
	}
	return found;
}

/*
 * Fails where a set of the answer or authority section has no signature of the zone, or a wrong
 * one.  How many sets there are.
 */
static inline unsigned verify_answer(const uint8_t *wire, size_t len,
    size_t question_len, const struct zone_snapshot *z, int64_t now)
{
	struct verify_message *m = calloc(1, sizeof(*m));
	unsigned sets = 0;
	kt_arena_init(&m->arena, 0);
	verify_read(m, wire, len, question_len);
	for (unsigned i = 0; i < m->n; i++) {
		const struct verify_record *v = &m->at[i];
		bool seen = v->rec.type == DNS_TYPE_RRSIG ||
			    v->section == DNS_ADDITIONAL;
		for (unsigned j = 0; j < i && !seen; j++)
			seen = verify_same(v, &m->at[j], v->rec.type);
		if (seen)
			continue;
		assert_true(verify_set(m, i, z, now));
		sets++;
	}
	kt_arena_fini(&m->arena);
	free(m);
	return sets;
}
