#include "dns/query.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/reader.h"
#include "dns/type.h"

#include <string.h>

uint64_t dns_suffix_hash(const uint8_t *wire)
{
	uint8_t at[DNS_LABELS_MAX + 1];
	unsigned n = 0;
	for (unsigned i = 0; wire[i]; i += wire[i] + 1u)
		at[n++] = (uint8_t)i;
	uint64_t hash = DNS_HASH_ROOT;
	while (n)
		hash = dns_hash_label(hash, wire + at[--n]);
	return hash;
}

/* The question's name; the octet behind it, or NULL. */
static const uint8_t *read_qname(
    struct dns_query *q, const uint8_t *at, const uint8_t *end)
{
	const uint8_t *start = at;
	const uint8_t *limit = end - at > DNS_NAME_MAX ? at + DNS_NAME_MAX : end;
	unsigned labels = 0;
	for (;;) {
		if (kt_unlikely(at >= limit))
			return NULL;
		uint8_t c = *at;
		q->label_at[labels] = (uint8_t)(at - start);
		if (c == 0)
			break;
		if (kt_unlikely(c > DNS_LABEL_MAX))
			return NULL;
		at += c + 1;
		labels++;
	}
	q->qname.len = (uint8_t)(at + 1 - start);
	q->qname.labels = (uint8_t)labels;
	dns_copy_lower(q->qname.wire, start, q->qname.len);
	uint64_t hash = DNS_HASH_ROOT;
	q->hash[labels] = hash;
	for (unsigned i = labels; i--;)
		q->hash[i] = hash = dns_hash_label(
		    hash, q->qname.wire + q->label_at[i]);
	return at + 1;
}

void dns_query_rename(struct dns_query *q, const uint8_t *wire)
{
	read_qname(q, wire, wire + dns_wire_len(wire));
}

/* Skips a name without following pointers; is it the root, or a pointer to one? */
static bool skip_name(struct kt_reader *r)
{
	for (bool first = true;; first = false) {
		size_t at = kt_reader_offset(r);
		uint8_t c = kt_read8(r);
		if (r->err || c == 0)
			return first;
		if ((c & 0xc0) == 0xc0) {
			size_t to = ((size_t)c & 0x3f) << 8 | kt_read8(r);
			if (to >= at)
				kt_reader_fail(r, KT_E_POINTER); /* not backwards */
			return first && !r->err && r->start[to] == 0;
		}
		if (c > DNS_LABEL_MAX) {
			kt_reader_fail(r, KT_E_LABEL);
			return false;
		}
		kt_read(r, c);
	}
}

static void read_opt(
    struct dns_query *q, struct kt_reader *r, bool root, bool additional)
{
	uint16_t size = kt_read16(r);
	uint32_t ttl = kt_read32(r);
	uint16_t rdlen = kt_read16(r);
	const uint8_t *rdata = kt_read(r, rdlen);
	/* RFC 6891 s.6.1.1: one OPT, its owner the root, in the additional section. */
	if (r->err || !root || !additional || q->edns.present ||
	    dns_edns_read(size, ttl, rdata, rdlen, &q->edns) < 0)
		kt_reader_fail(r, KT_E_FORMAT);
}

/* The records behind the question: OPT and TSIG are looked at, the others skipped. */
static void read_records(
    struct dns_query *q, struct kt_reader *r, unsigned before, unsigned additional)
{
	for (unsigned i = 0; i < before + additional && !r->err; i++) {
		const uint8_t *start = r->at;
		bool root = skip_name(r);
		uint16_t type = kt_read16(r);
		if (type == DNS_TYPE_OPT) {
			read_opt(q, r, root, i >= before);
			continue;
		}
		/* RFC 8945 s.5.1: TSIG is the last record of the additional section. */
		if (type == DNS_TYPE_TSIG && !r->err) {
			if (i + 1 != before + additional || additional == 0)
				kt_reader_fail(r, KT_E_FORMAT);
			q->tsig_at = (uint32_t)(start - r->start);
		}
		kt_read(r, 6);
		kt_read(r, kt_read16(r));
	}
	if (!r->err && r->at != r->end)
		kt_reader_fail(r, KT_E_LONG);
}

/* The usual end of a query: an OPT record without options, and nothing else. */
static inline bool read_bare_opt(struct dns_query *q, const struct kt_reader *r)
{
	const uint8_t *p = r->at;
	/* root, type 41; no rdata */
	if (kt_reader_left(r) != DNS_OPT_LEN || p[0] ||
	    kt_get16(p + 1) != DNS_TYPE_OPT || kt_get16(p + 9))
		return false;
	return dns_edns_read(
		   kt_get16(p + 3), kt_get32(p + 5), p + DNS_OPT_LEN, 0, &q->edns) == 0;
}

static void judge(struct dns_query *q, const struct kt_reader *r, unsigned questions)
{
	/*
	 * RFC 9619 s.4: more than one question is FORMERR.  RFC 7873 s.5.4: none at all
	 * is allowed to ask for a cookie.
	 */
	if (r->err || q->edns.malformed || questions > 1 ||
	    (questions == 0 && !q->edns.cookie_len))
		q->verdict = DNS_VERDICT_FORMERR;
	else if (q->edns.present && q->edns.version != 0)
		q->verdict = DNS_VERDICT_BADVERS;
	else
		q->verdict = DNS_VERDICT_ANSWER;
}

void dns_query_read(struct dns_query *q, const uint8_t *wire, size_t len,
    const struct dns_client *client)
{
	q->wire = wire;
	q->len = len;
	q->client = client;
	q->question_len = 0;
	q->tsig_at = 0;
	q->edns.present = false;
	q->edns.malformed = false;
	q->edns.flags = 0;
	q->edns.cookie_len = 0;
	if (kt_unlikely(len < DNS_HEADER_LEN || (wire[2] & 0x80))) {
		q->verdict = DNS_VERDICT_DROP;
		return;
	}
	q->id = kt_get16(wire);
	q->flags = kt_get16(wire + 2);
	q->opcode = (q->flags >> 11) & 15;
	if (kt_unlikely(q->opcode != DNS_OPCODE_QUERY)) {
		q->verdict = DNS_VERDICT_NOTIMP;
		return;
	}
	unsigned questions = kt_get16(wire + 4);
	unsigned before = (unsigned)kt_get16(wire + 6) + kt_get16(wire + 8);
	unsigned additional = kt_get16(wire + 10);
	struct kt_reader r = kt_reader_of(wire, len);
	r.at += DNS_HEADER_LEN;
	if (questions == 1) {
		const uint8_t *at = read_qname(q, r.at, r.end);
		if (kt_unlikely(!at || r.end - at < 4)) {
			q->verdict = DNS_VERDICT_FORMERR;
			return;
		}
		q->qtype = kt_get16(at);
		q->qclass = kt_get16(at + 2);
		r.at = at + 4;
		q->question_len = (uint16_t)(r.at - wire - DNS_HEADER_LEN);
	}
	if (questions == 1 && (before | additional) == 0 && r.at == r.end) {
		q->verdict = DNS_VERDICT_ANSWER;
		return;
	}
	if (questions <= 1 && (before != 0 || additional != 1 || !read_bare_opt(q, &r)))
		read_records(q, &r, before, additional);
	judge(q, &r, questions);
}
