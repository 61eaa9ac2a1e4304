#include "dnssec/signer.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/reader.h"
#include "base/text.h"
#include "dnssec/key.h"
#include "dnssec/keyfile.h"

#include <stdlib.h>
#include <string.h>

enum {
	HEAD = 18, /* octets of RRSIG before the signer's name */
	KEYS_MAX = 16,
	TOLD_MAX = 16, /* DNSKEYs that a message lists */
	ALGORITHM_AT = 2,
	TAG_AT = 16,
};

struct signing_key {
	struct crypto_private *private;
	const char *file; /* the caller's, while the signer is made */
	uint16_t flags, tag;
	uint8_t algorithm;
};

struct dnssec_signer {
	struct dns_name apex; /* lower case */
	uint64_t sum;
	unsigned n;
	struct signing_key keys[KEYS_MAX];
};

/* A signer in the making. */
struct make {
	struct dnssec_signer *signer;
	const struct dnssec_rrset *dnskeys;
	struct kt_errs *errs;
	unsigned passed_over; /* keys of DNSKEYs that must not sign */
};

/* The next DNSKEY of the set that can be read. */
static bool next_dnskey(struct kt_reader *r, struct dnssec_key *out)
{
	while (!r->err && kt_reader_left(r)) {
		size_t len = kt_read16(r);
		const uint8_t *rdata = kt_read(r, len);
		if (!r->err && dnssec_key_read(rdata, len, out) == 0)
			return true;
	}
	return false;
}

/* RFC 4034 s.2.1.1 and s.2.1.2, RFC 5011 s.2.1: whose signatures validators take. */
static bool may_sign(const struct dnssec_key *key)
{
	return key->flags & DNSSEC_KEY_ZONE && !(key->flags & DNSSEC_KEY_REVOKED) &&
	       key->protocol == DNSSEC_KEY_PROTOCOL;
}

/* Of DNSKEYs with one public key: that which may sign, and is for the zone's data. */
static unsigned rank(const struct dnssec_key *key)
{
	return (may_sign(key) ? 2u : 0u) + (key->flags & DNSSEC_KEY_SEP ? 0u : 1u);
}

static bool find_dnskey(const struct dnssec_rrset *dnskeys,
    const struct crypto_private *private, struct dnssec_key *out)
{
	struct kt_reader r = kt_reader_of(dnskeys->data, dnskeys->size);
	struct dnssec_key key;
	size_t len;
	const uint8_t *public = crypto_private_public(private, &len);
	bool found = false;
	while (next_dnskey(&r, &key)) {
		if (key.algorithm != crypto_private_algorithm(private) ||
		    key.public_len != len || memcmp(key.public, public, len) != 0 ||
		    (found && rank(&key) <= rank(out)))
			continue;
		*out = key;
		found = true;
	}
	return found;
}

static void add_dnskey(struct kt_text *text, const struct dnssec_key *key)
{
	kt_text_addf(text, "%s%u (algorithm %u%s%s)", text->len ? ", " : "", key->tag,
	    key->algorithm, key->flags & DNSSEC_KEY_SEP ? ", SEP" : "",
	    key->flags & DNSSEC_KEY_REVOKED ? ", revoked" : "");
}

/* "12345 (algorithm 13, SEP), ..." */
static void list_dnskeys(const struct dnssec_rrset *dnskeys, struct kt_text *text)
{
	struct kt_reader r = kt_reader_of(dnskeys->data, dnskeys->size);
	struct dnssec_key key;
	for (unsigned i = 0; next_dnskey(&r, &key); i++) {
		if (i == TOLD_MAX) {
			kt_text_add(text, ", ...");
			return;
		}
		add_dnskey(text, &key);
	}
	if (!text->len)
		kt_text_add(text, "none");
}

static int not_of_the_zone(
    struct make *m, const char *file, const struct crypto_private *private)
{
	struct kt_text list = { 0 };
	char apex[DNS_NAME_TEXT];
	list_dnskeys(m->dnskeys, &list);
	int rc = kt_errs_add(m->errs, KT_ERROR, KT_E_NOT_FOUND, file, 0, 0, NULL,
	    "no DNSKEY of %s has this key of algorithm %u; there are: %s",
	    dns_name_print(m->signer->apex.wire, apex),
	    crypto_private_algorithm(private), kt_text_of(&list));
	kt_text_fini(&list);
	return rc;
}

/* Why a key of the zone does not sign; it is no error as long as another does. */
static void pass_over(struct make *m, const char *file, const struct dnssec_key *key)
{
	m->passed_over++;
	kt_errs_add(m->errs, KT_WARNING, KT_E_CONFLICT, file, 0, 0, NULL,
	    "not used: the DNSKEY with tag %u is %s", key->tag,
	    key->flags & DNSSEC_KEY_REVOKED ? "revoked (RFC 5011 s.2.1)"
					    : "no zone key (RFC 4034 s.2.1.1)");
}

static const struct signing_key *same_key(
    const struct dnssec_signer *signer, const struct dnssec_key *key)
{
	for (unsigned i = 0; i < signer->n; i++) {
		size_t len;
		const struct signing_key *k = &signer->keys[i];
		const uint8_t *public = crypto_private_public(k->private, &len);
		if (k->algorithm == key->algorithm && len == key->public_len &&
		    memcmp(public, key->public, len) == 0)
			return k;
	}
	return NULL;
}

static int add_file(struct make *m, const char *file)
{
	struct crypto_private *private = NULL;
	struct dnssec_key key = { 0 };
	int rc = dnssec_keyfile_read(file, m->errs, &private);
	if (rc)
		return rc;
	struct dnssec_signer *s = m->signer;
	const struct signing_key *same = NULL;
	if (!find_dnskey(m->dnskeys, private, &key)) {
		rc = not_of_the_zone(m, file, private);
	} else if (!may_sign(&key)) {
		pass_over(m, file, &key);
	} else if ((same = same_key(s, &key))) {
		kt_errs_add(m->errs, KT_WARNING, KT_E_EXISTS, file, 0, 0, NULL,
		    "the same key as in %s", same->file);
	} else if (s->n == KEYS_MAX) {
		rc = kt_errs_add(m->errs, KT_ERROR, KT_E_LIMIT, file, 0, 0, NULL,
		    "more than %d keys of one zone", KEYS_MAX);
	} else {
		s->keys[s->n++] = (struct signing_key){ private, file, key.flags,
			key.tag, key.algorithm };
		return 0;
	}
	crypto_private_free(private);
	return rc;
}

static bool has_zone_signing_key(const struct dnssec_signer *s, uint8_t algorithm)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->keys[i].algorithm == algorithm &&
		    !(s->keys[i].flags & DNSSEC_KEY_SEP))
			return true;
	return false;
}

/* Keys with the SEP flag sign only where their algorithm has no other. */
static void keep_zone_signing_keys(struct dnssec_signer *s)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < s->n; i++) {
		if (s->keys[i].flags & DNSSEC_KEY_SEP &&
		    has_zone_signing_key(s, s->keys[i].algorithm))
			crypto_private_free(s->keys[i].private);
		else
			s->keys[kept++] = s->keys[i];
	}
	s->n = kept;
}

static bool signs_with(const struct dnssec_signer *s, uint8_t algorithm)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->keys[i].algorithm == algorithm)
			return true;
	return false;
}

/* RFC 4035 s.2.2: each algorithm of the DNSKEYs signs each set. */
static void check_algorithms(const struct make *m)
{
	struct kt_reader r = kt_reader_of(m->dnskeys->data, m->dnskeys->size);
	struct dnssec_key key;
	bool told[256] = { false };
	char apex[DNS_NAME_TEXT];
	while (next_dnskey(&r, &key)) {
		if (!may_sign(&key) || told[key.algorithm] ||
		    signs_with(m->signer, key.algorithm))
			continue;
		told[key.algorithm] = true;
		kt_errs_add(m->errs, KT_WARNING, KT_E_NOT_FOUND,
		    m->signer->keys[0].file, 0, 0, NULL,
		    "%s has DNSKEYs of algorithm %u and no key file of it: what is "
		    "signed here lacks that algorithm (RFC 4035 s.2.2)",
		    dns_name_print(m->signer->apex.wire, apex), key.algorithm);
	}
}

static uint64_t sum_of(const struct dnssec_signer *s)
{
	uint64_t sum = kt_hash_octets(s->n, s->apex.wire, s->apex.len);
	for (unsigned i = 0; i < s->n; i++) {
		size_t len;
		const uint8_t *public = crypto_private_public(s->keys[i].private, &len);
		sum = kt_hash_octets(sum ^ s->keys[i].tag, public, len);
	}
	return sum;
}

int dnssec_signer_make(const struct dns_name *apex, const struct dnssec_rrset *dnskeys,
    const char *const *files, size_t n_files, struct kt_errs *errs,
    struct dnssec_signer **out)
{
	struct dnssec_signer *s = kt_calloc(1, sizeof(*s));
	struct make m = { .signer = s, .dnskeys = dnskeys, .errs = errs };
	char text[DNS_NAME_TEXT];
	int first = 0;
	s->apex = *apex;
	dns_name_lower(&s->apex);
	/* All files are looked at, so that all errors are told at once. */
	for (size_t i = 0; i < n_files; i++) {
		int rc = add_file(&m, files[i]);
		first = first ? first : rc;
	}
	if (!first && !s->n)
		first = kt_errs_add(errs, KT_ERROR,
		    m.passed_over ? KT_E_CONFLICT : KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "no key given for %s can sign", dns_name_print(s->apex.wire, text));
	if (first) {
		dnssec_signer_free(s);
		return first;
	}
	keep_zone_signing_keys(s);
	check_algorithms(&m);
	s->sum = sum_of(s);
	for (unsigned i = 0; i < s->n; i++)
		s->keys[i].file = NULL;
	*out = s;
	return 0;
}

void dnssec_signer_free(struct dnssec_signer *signer)
{
	if (!signer)
		return;
	for (unsigned i = 0; i < signer->n; i++)
		crypto_private_free(signer->keys[i].private);
	free(signer);
}

size_t dnssec_signer_size(const struct dnssec_signer *signer)
{
	return (size_t)signer->n *
	       (2 + HEAD + signer->apex.len + CRYPTO_SIGNATURE_OCTETS);
}

unsigned dnssec_signer_count(const struct dnssec_signer *signer)
{
	return signer->n;
}

uint64_t dnssec_signer_sum(const struct dnssec_signer *signer)
{
	return signer->sum;
}

/* RRSIG rdata up to the signature (RFC 4034 s.3.1), for the first key. */
static void write_head(const struct dnssec_signer *s, const struct dnssec_rrset *set,
    uint32_t ttl_s, kt_unix inception, kt_unix expiration,
    uint8_t out[HEAD + DNS_NAME_MAX])
{
	struct kt_writer w = kt_writer_of(out, HEAD + DNS_NAME_MAX);
	kt_write16(&w, set->type);
	kt_write8(&w, s->keys[0].algorithm);
	/* s.3.1.3: neither the root nor a leading "*" counts. */
	kt_write8(&w,
	    (uint8_t)(dns_wire_labels(set->owner) - dns_wire_is_wildcard(set->owner)));
	kt_write32(&w, ttl_s);
	kt_write32(&w, (uint32_t)expiration);
	kt_write32(&w, (uint32_t)inception);
	kt_write16(&w, s->keys[0].tag);
	kt_write(&w, s->apex.wire, s->apex.len);
}

/* data begins with the fields of RRSIG, which are made this key's. */
static int sign_by(const struct dnssec_signer *s, const struct signing_key *key,
    uint8_t *data, size_t len, struct kt_writer *out)
{
	uint8_t signature[CRYPTO_SIGNATURE_OCTETS];
	data[ALGORITHM_AT] = key->algorithm;
	kt_put16(data + TAG_AT, key->tag);
	const struct crypto_piece piece = { data, len };
	int rc = crypto_sign(key->private, &piece, 1, signature);
	if (rc)
		return rc;
	kt_write16(out, (uint16_t)(HEAD + s->apex.len + sizeof(signature)));
	kt_write(out, data, HEAD + s->apex.len);
	kt_write(out, signature, sizeof(signature));
	return 0;
}

int dnssec_sign(const struct dnssec_signer *signer, const struct dnssec_rrset *set,
    uint32_t ttl_s, kt_unix inception, kt_unix expiration, struct kt_arena *scratch,
    struct kt_writer *out)
{
	uint8_t head[HEAD + DNS_NAME_MAX];
	struct dnssec_rrsig sig;
	struct crypto_piece data;
	if (out->err || kt_writer_left(out) < dnssec_signer_size(signer))
		return KT_E_SPACE;
	write_head(signer, set, ttl_s, inception, expiration, head);
	int rc = dnssec_rrsig_read(head, HEAD + (size_t)signer->apex.len, &sig);
	if (!rc)
		rc = dnssec_rrsig_signed_data(set, &sig, scratch, &data);
	const struct kt_writer before = *out;
	for (unsigned i = 0; !rc && i < signer->n; i++)
		/* It stands in the arena, for us. */
		rc = sign_by(
		    signer, &signer->keys[i], (uint8_t *)data.octets, data.len, out);
	if (rc)
		*out = before;
	return rc;
}
