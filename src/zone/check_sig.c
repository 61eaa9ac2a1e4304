/* Keys and signatures. */
#include "zone/check_p.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"
#include "dnssec/rrsig.h"

#include <stdlib.h>
#include <string.h>

enum {
	KEYS_MAX = 64,
	/* Keys with the tag of a signature that are tried (tags collide, and can be made to). */
	TRIES_MAX = 4,
};

static void set_bit(uint64_t bits[4], uint8_t n)
{
	bits[n / 64] |= (uint64_t)1 << n % 64;
}

static bool has_bit(const uint64_t bits[4], uint8_t n)
{
	return bits[n / 64] >> n % 64 & 1;
}

static void add_key(struct zone_check *c, const uint8_t *rdata, size_t len)
{
	const struct zone_node *apex = zone_apex(c->zone);
	struct zone_check_key k = { 0 };
	/* RFC 4034 s.2.1.1: only zone keys verify RRSIGs. */
	if (dnssec_key_read(rdata, len, &k.key) || !(k.key.flags & DNSSEC_KEY_ZONE))
		return;
	if (k.key.protocol != DNSSEC_KEY_PROTOCOL) {
		zone_check_report(c, KT_WARNING, "dnskey-protocol", apex,
		    DNS_TYPE_DNSKEY,
		    "the key with tag %u has protocol %u, it must be 3", k.key.tag,
		    k.key.protocol);
		return;
	}
	if (c->n_keys == KEYS_MAX)
		return;
	int rc = crypto_key_from_dnskey(
	    k.key.algorithm, k.key.public, k.key.public_len, &k.crypto);
	if (rc == KT_E_UNSUPPORTED)
		zone_check_report(c, KT_WARNING, "algorithm-unsupported", apex,
		    DNS_TYPE_DNSKEY,
		    "signatures by the key with tag %u and algorithm %u cannot be "
		    "verified here",
		    k.key.tag, k.key.algorithm);
	else if (rc)
		zone_check_report(c, KT_ERROR, "dnskey-malformed", apex,
		    DNS_TYPE_DNSKEY,
		    "the key with tag %u and algorithm %u is malformed", k.key.tag,
		    k.key.algorithm);
	if (rc && rc != KT_E_UNSUPPORTED)
		return;
	if (!(k.key.flags & DNSSEC_KEY_REVOKED))
		set_bit(c->algorithms, k.key.algorithm);
	c->keys[c->n_keys++] = k;
}

static bool has_signatures(const struct zone_node *node)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set))
		if (set->n_sig)
			return true;
	return false;
}

void zone_check_sig_begin(struct zone_check *c)
{
	const struct zone_node *apex = zone_apex(c->zone);
	const struct zone_rrset *set = zone_rrset_find(apex, DNS_TYPE_DNSKEY);
	bool has_sigs = has_signatures(apex);
	kt_arena_init(&c->arena, 0);
	c->keys = kt_calloc(KEYS_MAX, sizeof(*c->keys));
	c->is_signed = set && has_sigs;
	if (set && !has_sigs)
		zone_check_report(c, KT_WARNING, "dnskey-unsigned", apex,
		    DNS_TYPE_DNSKEY, "there are keys at the apex, and no signatures");
	if (!set && has_sigs)
		zone_check_report(c, KT_ERROR, "dnskey-missing", apex, DNS_TYPE_DNSKEY,
		    "there are signatures at the apex, and no keys");
	const uint8_t *at = set ? set->data : NULL;
	for (unsigned i = set ? set->n_rr : 0; i; i--, at += 2 + kt_get16(at))
		add_key(c, at + 2, kt_get16(at));
}

void zone_check_sig_end(struct zone_check *c)
{
	for (size_t i = 0; i < c->n_keys; i++)
		crypto_key_free(c->keys[i].crypto);
	free(c->keys);
	kt_arena_fini(&c->arena);
}

/* What became of the signatures over one set. */
struct tally {
	unsigned good;          /* by keys of the zone, and they verify */
	unsigned bogus;         /* they do not */
	unsigned foreign;       /* by keys that are not there */
	bool by_sep;            /* one of the good is by a key with the SEP flag */
	uint16_t bogus_tag;     /* of the last such */
	uint64_t algorithms[4]; /* of the good */
};

static const char *text_of_time(uint32_t t, char out[16])
{
	/* RFC 4034 s.3.2: of the 2^32 seconds around 1970 those that come first */
	time_t at = (time_t)t;
	struct tm tm;
	if (!gmtime_r(&at, &tm) || !strftime(out, 16, "%Y%m%d%H%M%S", &tm))
		out[0] = 0;
	return out;
}

static void check_times(struct zone_check *c, const struct zone_node *node,
    const struct zone_rrset *set, const struct dnssec_rrsig *sig)
{
	char time[16];
	enum dnssec_validity v = dnssec_rrsig_validity(sig, c->options->at);
	if (v == DNSSEC_EXPIRED)
		zone_check_report(c, KT_WARNING, "rrsig-expired", node, set->type,
		    "the signature by key %u over %s expired at %s", sig->tag,
		    zone_check_type(c, set->type), text_of_time(sig->expiration, time));
	else if (v == DNSSEC_NOT_YET_VALID)
		zone_check_report(c, KT_WARNING, "rrsig-not-yet-valid", node, set->type,
		    "the signature by key %u over %s begins at %s", sig->tag,
		    zone_check_type(c, set->type), text_of_time(sig->inception, time));
	/* RFC 4034 s.3: a validator lowers the TTL; signer and server disagree. */
	if (sig->original_ttl != set->ttl_s)
		zone_check_report(c, KT_WARNING, "rrsig-ttl", node, set->type,
		    "%s has TTL %u and was signed with %u",
		    zone_check_type(c, set->type), set->ttl_s, sig->original_ttl);
}

static bool is_key_of(const struct zone_check_key *k, const struct dnssec_rrsig *sig)
{
	return k->key.tag == sig->tag && k->key.algorithm == sig->algorithm;
}

static bool is_by_sep(const struct zone_check *c, const struct dnssec_rrsig *sig)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (is_key_of(&c->keys[i], sig) &&
		    c->keys[i].key.flags & DNSSEC_KEY_SEP)
			return true;
	return false;
}

static bool has_sep(const struct zone_check *c)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (c->keys[i].key.flags & DNSSEC_KEY_SEP &&
		    !(c->keys[i].key.flags & DNSSEC_KEY_REVOKED))
			return true;
	return false;
}

/* 0 when it verifies by one of the keys or cannot be judged; or why not. */
static int verify(struct zone_check *c, const struct zone_node *node,
    const struct zone_rrset *set, const struct dnssec_rrsig *sig, unsigned *n_keys)
{
	const struct dnssec_rrset records = {
		.owner = node->name,
		.type = set->type,
		.class = DNS_CLASS_IN,
		.n_rr = set->n_rr,
		.data = set->data,
		.size = set->rr_size,
	};
	int rc = 0;
	for (size_t i = 0; i < c->n_keys && *n_keys < TRIES_MAX; i++) {
		const struct zone_check_key *k = &c->keys[i];
		if (!is_key_of(k, sig))
			continue;
		++*n_keys;
		if (!k->crypto || !c->options->signatures ||
		    (c->options->max_signatures &&
			c->n_signatures >= c->options->max_signatures))
			return 0;
		c->n_signatures++;
		kt_arena_reset(&c->arena);
		rc = dnssec_rrsig_verify(&records, sig, k->crypto, &c->arena);
		if (rc == 0)
			break;
	}
	return rc;
}

static void check_one(struct zone_check *c, const struct zone_node *node,
    const struct zone_rrset *set, const uint8_t *rdata, size_t len, struct tally *tally)
{
	struct dnssec_rrsig sig;
	unsigned n_keys = 0;
	if (dnssec_rrsig_read(rdata, len, &sig)) {
		zone_check_report(c, KT_ERROR, "rrsig-malformed", node, set->type,
		    "a signature over %s is malformed", zone_check_type(c, set->type));
		return;
	}
	/* RFC 4035 s.2.2: the signer is the zone. */
	if (!dns_wire_equal(sig.signer, zone_apex(c->zone)->name)) {
		zone_check_report(c, KT_WARNING, "rrsig-signer", node, set->type,
		    "a signature over %s names the signer %s, not the zone",
		    zone_check_type(c, set->type), zone_check_name(c, sig.signer));
		tally->foreign++;
		return;
	}
	int rc = verify(c, node, set, &sig, &n_keys);
	/* RFC 4034 s.3.1.3: the labels of the owner, the wildcard's asterisk apart */
	if (rc == 0 && n_keys &&
	    sig.labels != node->labels - dns_wire_is_wildcard(node->name))
		rc = KT_E_BAD_SIGNATURE;
	if (n_keys == 0) {
		tally->foreign++;
		return;
	}
	if (rc) {
		tally->bogus++;
		tally->bogus_tag = sig.tag;
		return;
	}
	tally->good++;
	tally->by_sep |= is_by_sep(c, &sig);
	set_bit(tally->algorithms, sig.algorithm);
	check_times(c, node, set, &sig);
}

/* RFC 4035 s.2.2 wants every algorithm of the DNSKEY set; RFC 8901 s.3 explains who may not. */
static void check_algorithms(struct zone_check *c, const struct zone_node *node,
    const struct zone_rrset *set, const struct tally *tally)
{
	for (size_t i = 0; i < c->n_keys; i++) {
		uint8_t a = c->keys[i].key.algorithm;
		if (!has_bit(c->algorithms, a) || has_bit(tally->algorithms, a) ||
		    has_bit(c->algorithms_missed, a))
			continue;
		set_bit(c->algorithms_missed, a);
		zone_check_report(c, KT_WARNING, "algorithm-incomplete", node,
		    set->type,
		    "there are keys of algorithm %u, and %s here (perhaps more) has no "
		    "signature by one",
		    a, zone_check_type(c, set->type));
	}
}

static void report_tally(struct zone_check *c, const struct zone_node *node,
    const struct zone_rrset *set, const struct tally *tally)
{
	const char *type = zone_check_type(c, set->type);
	if (set->n_sig == 0)
		zone_check_report(c, KT_ERROR, "rrsig-missing", node, set->type,
		    "%s is not signed", type);
	/* RFC 4035 s.5.3.3: one that verifies is enough. */
	if (tally->bogus)
		zone_check_report(c, tally->good ? KT_WARNING : KT_ERROR, "rrsig-bogus",
		    node, set->type,
		    "the signature by key %u over %s does not verify%s",
		    tally->bogus_tag, type, tally->good ? ", another does" : "");
	if (tally->foreign && !tally->good && !tally->bogus)
		zone_check_report(c, KT_ERROR, "rrsig-no-key", node, set->type,
		    "%s is signed by no key of the zone", type);
	else if (tally->foreign)
		zone_check_report(c, KT_WARNING, "rrsig-foreign", node, set->type,
		    "%s has a signature by a key that the zone does not have", type);
	/* The parent's DS points to such a key as a rule; RFC 4034 s.2.1.1 makes it no rule. */
	if (set->type == DNS_TYPE_DNSKEY && tally->good && !tally->by_sep && has_sep(c))
		zone_check_report(c, KT_WARNING, "dnskey-without-sep", node, set->type,
		    "none of the keys with the SEP flag signs the keys");
}

static void check_set(
    struct zone_check *c, const struct zone_node *node, const struct zone_rrset *set)
{
	struct tally tally = { 0 };
	const uint8_t *at = zone_signatures(set);
	for (unsigned i = set->n_sig; i; i--, at += 2 + kt_get16(at))
		check_one(c, node, set, at + 2, kt_get16(at), &tally);
	report_tally(c, node, set, &tally);
	if (tally.good)
		check_algorithms(c, node, set, &tally);
}

/* RFC 4035 s.2.2: what a zone signs. */
static bool must_be_signed(enum zone_check_kind kind, uint16_t type)
{
	if (type == DNS_TYPE_RRSIG)
		return false;
	if (kind == CHECK_BELOW)
		return false;
	if (kind == CHECK_CUT)
		return type == DNS_TYPE_DS || type == DNS_TYPE_NSEC ||
		       type == DNS_TYPE_NSEC3;
	return true;
}

void zone_check_sig(struct zone_check *c, const struct zone_node *node)
{
	enum zone_check_kind kind = zone_check_kind(c->zone, node);
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set)) {
		if (set->type == DNS_TYPE_RRSIG)
			zone_check_report(c, KT_WARNING, "rrsig-orphan", node,
			    DNS_TYPE_RRSIG,
			    "a signature covers a type that is not here");
		else if (set->n_sig && !must_be_signed(kind, set->type))
			zone_check_report(c, KT_WARNING, "rrsig-not-wanted", node,
			    set->type,
			    "%s is not authoritative here and must not be signed",
			    zone_check_type(c, set->type));
		else if (c->is_signed && must_be_signed(kind, set->type))
			check_set(c, node, set);
	}
}
