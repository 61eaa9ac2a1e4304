/*
 * dns/message.h -- messages: records in, records out.
 *
 * The writer compresses names (RFC 1035 s.4.1.4): owners always, names in rdata for
 * the types of RFC 1035 only (RFC 3597 s.4).  It notes where it wrote pointers, so
 * that a finished body can be kept and moved (authority/image.h).
 *
 * Input:    the reader takes hostile octets: each record costs work linear in its
 *           own length, and names point backwards only.
 * Memory:   borrows buffers; a writer is large, keep one for each worker.
 */
#pragma once

#include "base/attr.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dns/name.h"
#include "dns/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
};

/* One record as it stands in a message; owner is expanded, rdata is not. */
struct dns_message_record {
	struct dns_name owner;
	uint16_t type, class;
	uint32_t ttl_s;
	uint16_t rdlen;
	size_t rdata_at; /* offset in the message */
};

/* Reads the record at the cursor; r->err is set on failure. */
KT_NONNULL void dns_message_read_record(
    struct kt_reader *r, struct dns_message_record *out);

#define DNS_MESSAGE_MAX 65535

/* A noted pointer that is a record's owner has this bit; the rest is its offset. */
#define DNS_POINTER_OWNER 0x8000

enum {
	DNS_WRITER_SLOTS = 512, /* suffixes that can be pointed to */
	DNS_WRITER_NAMES = 64,
	DNS_WRITER_POINTERS = 512 /* pointers noted for moving; more: not movable */
};

struct dns_message_writer {
	struct kt_writer w; /* w.start is the message's first octet */
	uint16_t counts[3]; /* by enum dns_section */
	enum dns_section section;
	/* compression: suffixes written so far, by hash */
	uint16_t n_pointers;
	bool immovable; /* a pointer could not be noted */
	uint32_t epoch;
	uint16_t pointer_at[DNS_WRITER_POINTERS];
	uint16_t last_owner; /* offset of the owner written last; 0: none */
	/* where the names in rdata were written last, in order, modulo DNS_WRITER_NAMES */
	uint16_t n_names;
	uint16_t name_at[DNS_WRITER_NAMES];
	uint16_t n_noted;
	uint16_t noted[DNS_WRITER_SLOTS]; /* slots, in the order of their filling */
	struct {
		uint32_t epoch; /* of the message it belongs to */
		uint32_t tag;
		uint16_t at;
	} slot[DNS_WRITER_SLOTS];
};

/*
 * Starts a message of at most size octets in buffer: header (id, flags without rcode)
 * and the question of q, whose octets are copied with their letter case.
 */
KT_NONNULL void dns_message_begin(struct dns_message_writer *m, uint8_t *buffer,
    size_t size, const struct dns_query *q, uint16_t flags);

/* Starts a message without a question (transfer messages behind the first). */
KT_NONNULL void dns_message_begin_bare(struct dns_message_writer *m, uint8_t *buffer,
    size_t size, uint16_t id, uint16_t flags);

/*
 * Writes one record of well-formed, uncompressed rdata.  Sticky: when it does not fit, nothing of it is left, w.err is
 * KT_E_SPACE and the count stays.
 */
KT_NONNULL void dns_message_put(struct dns_message_writer *m, enum dns_section section,
    const uint8_t *owner, uint16_t type, uint16_t class, uint32_t ttl_s,
    const uint8_t *rdata, uint16_t rdlen);

/* The same for an owner that is the one of the record before, in this message. */
KT_NONNULL void dns_message_put_same(struct dns_message_writer *m,
    enum dns_section section, const uint8_t *owner, uint16_t type, uint16_t class,
    uint32_t ttl_s, const uint8_t *rdata, uint16_t rdlen);

/*
 * The next owner is the name that was the i-th in rdata since n_names had the value
 * `since`; dns_message_put_same() may be used for it.  false: its place is not known.
 */
KT_MUST KT_NONNULL bool dns_message_owner_from_rdata(
    struct dns_message_writer *m, uint16_t since, unsigned i);

/* Forgets everything behind a mark taken before (an RRset that did not fit). */
struct dns_message_mark {
	uint8_t *at;
	uint16_t counts[3];
	uint16_t n_pointers;
	uint16_t n_noted;
};
KT_NONNULL struct dns_message_mark dns_message_mark(const struct dns_message_writer *m);
KT_NONNULL void dns_message_rewind(
    struct dns_message_writer *m, const struct dns_message_mark *mark);

/* Writes counts into the header; extra_additional counts OPT and TSIG that the caller appends. */
KT_NONNULL void dns_message_finish(
    struct dns_message_writer *m, unsigned rcode, unsigned extra_additional);
