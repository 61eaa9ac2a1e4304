/*
 * authority/image.h -- finished answers, kept for the next time.
 *
 * An image is what stands behind the question in an answer that was dear to build:
 * referrals, negative answers with their proofs, sets with compressed names.  It holds
 * for every question with the same key; where names in it point to what moves when the
 * question's name is longer or shorter, the pointers are moved by the difference.
 *
 * A worker's images lie in a ring of fixed size; new ones overwrite the oldest.  Once that
 * begins, a key must have missed before it is kept, so that questions that never come
 * again push out little.
 *
 * What was left out for want of room (TC, optional addresses) depends on who asked: such
 * a body is kept for plain questions only, which all have the same room.
 *
 * Memory:   size octets for the ring, an eighth of that for the index.
 * Threads:  one.
 */
#pragma once

#include "base/attr.h"
#include "dns/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum authority_image_kind {
	AUTHORITY_IMAGE_EXACT,    /* a: node */
	AUTHORITY_IMAGE_NODATA,   /* a: node */
	AUTHORITY_IMAGE_REFERRAL, /* a: cut */
	AUTHORITY_IMAGE_NXDOMAIN, /* a: closest encloser, b: chain entry */
	AUTHORITY_IMAGE_WILDCARD, /* a: wildcard, b: chain entry */
};

enum authority_image_option {
	AUTHORITY_IMAGE_MINIMAL = 1, /* the configuration wants minimal answers */
	/* for 512 octets without EDNS; the question's length stands above these bits */
	AUTHORITY_IMAGE_PLAIN = 2,    /* optional records were left out */
	AUTHORITY_IMAGE_PLAIN_TC = 4, /* it did not fit at all */
};

struct authority_image_key {
	uint64_t generation; /* of the zone snapshot */
	uint32_t a, b;
	uint16_t qtype;   /* 0 where it makes no difference */
	uint8_t kind;     /* enum authority_image_kind */
	uint8_t dnssec;   /* 0 or 1 */
	uint32_t options; /* of the configuration: minimal or not */
};

struct authority_image {
	struct authority_image_key key;
	uint16_t body_len;
	uint16_t counts[3];
	uint16_t flags; /* AA or 0 */
	uint8_t rcode;
	uint8_t counter;   /* enum authority_counter: what kind of answer it is */
	uint8_t qname_len; /* of the question that it was built for */
	uint16_t n_moves;
	uint16_t moves[]; /* offsets in the body; then the body */
};

struct authority_images;

KT_MUST struct authority_images *authority_images_new(size_t size);
void authority_images_free(struct authority_images *images);

/* NULL: not there; *keep tells whether it is worth keeping once built. */
KT_NONNULL KT_HOT const struct authority_image *authority_images_find(
    struct authority_images *images, const struct authority_image_key *key, bool *keep);

/*
 * Keeps the body that m holds behind a question whose name has qname_len octets, the last
 * suffix_len of which every question with this key shares.  Nothing is kept when the body
 * points into the part that differs.
 */
KT_NONNULL void authority_images_keep(struct authority_images *images,
    const struct authority_image_key *key, const struct dns_message_writer *m,
    uint8_t qname_len, uint8_t suffix_len, uint16_t flags, uint8_t rcode,
    uint8_t counter);

/* Copies the body to `to`, for a question whose name has qname_len octets. */
KT_NONNULL KT_HOT static inline void authority_image_copy(
    const struct authority_image *image, uint8_t *to, uint8_t qname_len)
{
	memcpy(to, image->moves + image->n_moves, image->body_len);
	unsigned delta = (unsigned)qname_len - image->qname_len;
	if (delta == 0)
		return;
	for (unsigned i = 0; i < image->n_moves; i++) {
		uint8_t *pointer = to + image->moves[i];
		kt_put16(pointer, (uint16_t)(kt_get16(pointer) + delta));
	}
}
