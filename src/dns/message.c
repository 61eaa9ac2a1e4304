#include "dns/message.h"

#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "dns/type.h"

#include <string.h>

enum {
	POINTER_MAX = 0x3fff, /* offsets that a compression pointer can name */
	PROBES_MAX = 8,
};

void dns_message_read_record(struct kt_reader *r, struct dns_message_record *out)
{
	dns_name_read(r, &out->owner);
	out->type = kt_read16(r);
	out->class = kt_read16(r);
	out->ttl_s = kt_read32(r);
	out->rdlen = kt_read16(r);
	out->rdata_at = kt_reader_offset(r);
	kt_read(r, out->rdlen);
}

/*
 * Does the name at an offset of our own message equal wire?  Its pointers go backwards;
 * what is not written yet equals nothing.
 */
static bool same_name(
    const struct dns_message_writer *m, unsigned at, const uint8_t *wire)
{
	const uint8_t *start = m->w.start;
	if (at >= kt_writer_len(&m->w))
		return false;
	for (;;) {
		const uint8_t *label = start + at;
		if ((*label & 0xc0) == 0xc0) {
			at = kt_get16(label) & POINTER_MAX;
			continue;
		}
		if (*label != *wire)
			return false;
		if (*label == 0)
			return true;
		if (!kt_equal_lower(label + 1, wire + 1, *label))
			return false;
		at += *label + 1u;
		wire += *wire + 1;
	}
}

/* Finds the suffix, or notes that it is going to stand at offset `at` (0: do not note). */
static unsigned find_suffix(
    struct dns_message_writer *m, uint64_t hash, const uint8_t *wire, size_t at)
{
	uint32_t tag = (uint32_t)hash;
	unsigned i = (unsigned)(hash >> 32) % DNS_WRITER_SLOTS;
	for (unsigned n = 0; n < PROBES_MAX; n++, i = (i + 1) % DNS_WRITER_SLOTS) {
		if (m->slot[i].epoch != m->epoch) {
			if (at && at <= POINTER_MAX) {
				m->slot[i].epoch = m->epoch;
				m->slot[i].tag = tag;
				m->slot[i].at = (uint16_t)at;
				m->noted[m->n_noted++] = (uint16_t)i;
			}
			return 0;
		}
		if (m->slot[i].tag == tag && same_name(m, m->slot[i].at, wire))
			return m->slot[i].at;
	}
	return 0;
}

struct suffixes {
	unsigned n;
	uint8_t at[DNS_LABELS_MAX + 1];
	uint64_t hash[DNS_LABELS_MAX + 1];
};

static void hash_suffixes(struct suffixes *s, const uint8_t *wire)
{
	s->n = 0;
	for (unsigned i = 0; wire[i]; i += wire[i] + 1u)
		s->at[s->n++] = (uint8_t)i;
	uint64_t hash = DNS_HASH_ROOT;
	for (unsigned i = s->n; i--;) {
		const uint8_t *label = wire + s->at[i];
		s->hash[i] = hash = kt_hash_octets_lower(hash, label + 1, label[0]);
	}
}

static void note_pointer(struct dns_message_writer *m, size_t at, bool owner)
{
	if (m->n_pointers == DNS_WRITER_POINTERS || at > POINTER_MAX) {
		m->immovable = true;
		return;
	}
	m->pointer_at[m->n_pointers++] = (uint16_t)(at |
						    (owner ? DNS_POINTER_OWNER : 0));
}

/* The question's suffixes can be pointed to; they came with their hashes. */
static void note_question(struct dns_message_writer *m, const struct dns_query *q)
{
	for (unsigned i = 0; i < q->qname.labels; i++)
		find_suffix(m, q->hash[i], q->qname.wire + q->label_at[i],
		    DNS_HEADER_LEN + (size_t)q->label_at[i]);
}

static void put_pointer(struct dns_message_writer *m, unsigned to, bool owner)
{
	note_pointer(m, kt_writer_len(&m->w), owner);
	kt_write16(&m->w, (uint16_t)(0xc000 | to));
}

static void put_name(struct dns_message_writer *m, const uint8_t *wire, bool owner)
{
	struct suffixes s;
	hash_suffixes(&s, wire);
	size_t base = kt_writer_len(&m->w);
	for (unsigned i = 0; i < s.n; i++) {
		unsigned to = find_suffix(m, s.hash[i], wire + s.at[i], base + s.at[i]);
		if (!to)
			continue;
		kt_write(&m->w, wire, s.at[i]);
		put_pointer(m, to, owner);
		return;
	}
	kt_write(&m->w, wire, s.n ? s.at[s.n - 1] + wire[s.at[s.n - 1]] + 2u : 1u);
}

static void begin(struct dns_message_writer *m, uint8_t *buffer, size_t size,
    uint16_t id, uint16_t flags)
{
	m->w = kt_writer_of(buffer, size);
	m->counts[0] = m->counts[1] = m->counts[2] = 0;
	m->section = DNS_ANSWER;
	m->n_pointers = 0;
	m->n_noted = m->n_names = 0;
	m->last_owner = 0;
	m->immovable = false;
	if (++m->epoch == 0) {
		memset(m->slot, 0, sizeof(m->slot));
		m->epoch = 1;
	}
	kt_write16(&m->w, id);
	kt_write16(&m->w, flags);
	kt_write64(&m->w, 0);
}

/*
 * The offset that pointers to a name written at `at` should have: not that of a pointer.
 * 0: there is none.
 */
static uint16_t name_place(const struct dns_message_writer *m, size_t at)
{
	if ((m->w.start[at] & 0xc0) == 0xc0)
		at = kt_get16(m->w.start + at) & POINTER_MAX;
	return at <= POINTER_MAX ? (uint16_t)at : 0;
}

/* An owner is mostly the one of the record before, or the question's name. */
static void put_owner(struct dns_message_writer *m, const uint8_t *wire)
{
	if (wire[0] && m->last_owner && same_name(m, m->last_owner, wire)) {
		put_pointer(m, m->last_owner, true);
		return;
	}
	size_t at = kt_writer_len(&m->w);
	put_name(m, wire, true);
	if (m->w.err)
		return;
	m->last_owner = name_place(m, at);
}

bool dns_message_owner_from_rdata(
    struct dns_message_writer *m, uint16_t since, unsigned i)
{
	unsigned written = (uint16_t)(m->n_names - since);
	if (i >= written || written > DNS_WRITER_NAMES)
		return false;
	unsigned at = m->name_at[(since + i) % DNS_WRITER_NAMES];
	if (at >= kt_writer_len(&m->w))
		return false;
	m->last_owner = name_place(m, at);
	return m->last_owner != 0;
}

void dns_message_begin(struct dns_message_writer *m, uint8_t *buffer, size_t size,
    const struct dns_query *q, uint16_t flags)
{
	begin(m, buffer, size, q->id, flags);
	if (!q->question_len)
		return;
	kt_write(&m->w, q->wire + DNS_HEADER_LEN, q->question_len);
	if (m->w.err)
		return;
	kt_put16(buffer + 4, 1);
	m->last_owner = DNS_HEADER_LEN;
	note_question(m, q);
}

void dns_message_begin_bare(struct dns_message_writer *m, uint8_t *buffer, size_t size,
    uint16_t id, uint16_t flags)
{
	begin(m, buffer, size, id, flags);
}

/* Rdata whose names may be compressed: what stands before them, the names, the rest. */
static void put_rdata_names(struct dns_message_writer *m, struct dns_type_layout layout,
    const uint8_t *rdata, uint16_t rdlen)
{
	const uint8_t *at = rdata + layout.skip, *end = rdata + rdlen;
	kt_write(&m->w, rdata, layout.skip);
	for (unsigned i = 0; i < layout.names; i++) {
		m->name_at[m->n_names++ % DNS_WRITER_NAMES] = (uint16_t)kt_writer_len(
		    &m->w);
		put_name(m, at, false);
		at += dns_wire_len(at);
	}
	kt_write(&m->w, at, (size_t)(end - at));
}

static void put_fixed(struct dns_message_writer *m, uint16_t type, uint16_t class,
    uint32_t ttl_s, uint16_t rdlen)
{
	uint8_t *p = kt_write_room(&m->w, 10);
	if (!p)
		return;
	kt_put64(p, (uint64_t)type << 48 | (uint64_t) class << 32 | ttl_s);
	kt_put16(p + 8, rdlen);
}

/* What stands behind the owner; nothing is left of the record when it does not fit. */
static void put_rest(struct dns_message_writer *m, enum dns_section section,
    uint16_t type, uint16_t class, uint32_t ttl_s, const uint8_t *rdata, uint16_t rdlen,
    const struct dns_message_mark *mark)
{
	put_fixed(m, type, class, ttl_s, rdlen);
	uint8_t *start = m->w.at;
	struct dns_type_layout layout = dns_type_layout(type);
	if (layout.names && rdlen > layout.skip) {
		put_rdata_names(m, layout, rdata, rdlen);
		if (!m->w.err)
			kt_put16(start - 2, (uint16_t)(m->w.at - start));
	} else {
		kt_write(&m->w, rdata, rdlen);
	}
	if (kt_unlikely(m->w.err)) {
		int err = m->w.err;
		dns_message_rewind(m, mark);
		m->w.err = err;
		return;
	}
	m->counts[section]++;
	m->section = section;
}

void dns_message_put(struct dns_message_writer *m, enum dns_section section,
    const uint8_t *owner, uint16_t type, uint16_t class, uint32_t ttl_s,
    const uint8_t *rdata, uint16_t rdlen)
{
	if (m->w.err)
		return;
	struct dns_message_mark mark = dns_message_mark(m);
	put_owner(m, owner);
	put_rest(m, section, type, class, ttl_s, rdata, rdlen, &mark);
}

void dns_message_put_same(struct dns_message_writer *m, enum dns_section section,
    const uint8_t *owner, uint16_t type, uint16_t class, uint32_t ttl_s,
    const uint8_t *rdata, uint16_t rdlen)
{
	if (m->w.err)
		return;
	struct dns_message_mark mark = dns_message_mark(m);
	if (kt_likely(owner[0] && m->last_owner))
		put_pointer(m, m->last_owner, true);
	else
		put_owner(m, owner);
	put_rest(m, section, type, class, ttl_s, rdata, rdlen, &mark);
}

struct dns_message_mark dns_message_mark(const struct dns_message_writer *m)
{
	return (struct dns_message_mark){
		.at = m->w.at,
		.counts = { m->counts[0], m->counts[1], m->counts[2] },
		.n_pointers = m->n_pointers,
		.n_noted = m->n_noted,
	};
}

void dns_message_rewind(
    struct dns_message_writer *m, const struct dns_message_mark *mark)
{
	m->w.at = mark->at;
	m->w.err = 0;
	memcpy(m->counts, mark->counts, sizeof(m->counts));
	m->n_pointers = mark->n_pointers;
	/* What was written behind the mark can no longer be pointed to. */
	while (m->n_noted > mark->n_noted)
		m->slot[m->noted[--m->n_noted]].epoch = m->epoch - 1;
	if (m->last_owner >= kt_writer_len(&m->w))
		m->last_owner = 0;
}

void dns_message_finish(
    struct dns_message_writer *m, unsigned rcode, unsigned extra_additional)
{
	uint8_t *header = m->w.start;
	header[3] = (uint8_t)((header[3] & 0xf0) | (rcode & 0x0f));
	kt_put16(header + 6, m->counts[DNS_ANSWER]);
	kt_put16(header + 8, m->counts[DNS_AUTHORITY]);
	kt_put16(header + 10, (uint16_t)(m->counts[DNS_ADDITIONAL] + extra_additional));
}
