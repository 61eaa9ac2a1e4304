#include "authority/image.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	OCTETS_AN_IMAGE =
	    256, /* one slot of the index for so many octets of the ring */
	SIZE_MIN = 64 * 1024,
	BODY_MAX = 8192,
};

struct slot {
	uint64_t tag; /* the key's hash; 0: free */
	uint64_t
	    at; /* position in the ring's endless address space; 0: seen, not kept */
};

struct authority_images {
	size_t size;
	uint64_t head; /* where the next image goes; position % size is its place */
	uint32_t n_slots;
	struct slot *slots;
	uint8_t *ring;
};

struct authority_images *authority_images_new(size_t size)
{
	struct authority_images *images = kt_calloc(1, sizeof(*images));
	images->size = (size < SIZE_MIN ? SIZE_MIN : size) & ~(size_t)7;
	images->n_slots = (uint32_t)(images->size / OCTETS_AN_IMAGE);
	images->slots = kt_calloc(images->n_slots + 1, sizeof(*images->slots));
	images->ring = kt_malloc(images->size);
	images->head = images->size; /* so that position 0 means "none" */
	return images;
}

void authority_images_free(struct authority_images *images)
{
	if (!images)
		return;
	free(images->slots);
	free(images->ring);
	free(images);
}

static inline uint64_t hash_key(const struct authority_image_key *key)
{
	uint64_t words[3];
	_Static_assert(sizeof(*key) == sizeof(words), "a key is hashed as three words");
	memcpy(words, key, sizeof(words));
	uint64_t hash = kt_hash_mix(kt_hash_mix(words[0], words[1]), words[2]);
	return hash ? hash : 1;
}

static inline const struct authority_image *image_at(
    const struct authority_images *images, uint64_t at)
{
	if (at == 0 || at + images->size < images->head)
		return NULL; /* overwritten since */
	return (const struct authority_image *)(images->ring + at % images->size);
}

const struct authority_image *authority_images_find(
    struct authority_images *images, const struct authority_image_key *key, bool *keep)
{
	uint64_t hash = hash_key(key);
	struct slot *slot = &images->slots[kt_hash_slot(hash, images->n_slots)];
	*keep = false;
	for (unsigned i = 0; i < 2; i++) {
		if (slot[i].tag != hash)
			continue;
		const struct authority_image *image = image_at(images, slot[i].at);
		if (kt_likely(image && memcmp(&image->key, key, sizeof(*key)) == 0))
			return image;
		*keep = true;
		return NULL;
	}
	/* Note it in the slot whose image is the older one. */
	struct slot *victim = slot[0].at <= slot[1].at ? &slot[0] : &slot[1];
	*victim = (struct slot){ .tag = hash };
	/* As long as nothing is overwritten there is nothing to protect. */
	*keep = images->head < 2 * images->size;
	return NULL;
}

/*
 * Sorts out a pointer of the body: may it stay, must it move?  false: it names a part of
 * the question that other questions with this key do not have.
 */
static bool judge_pointer(const struct dns_message_writer *m, uint16_t noted,
    unsigned shared_from, unsigned body_at, uint16_t *move)
{
	unsigned at = noted & (DNS_POINTER_OWNER - 1u);
	unsigned to = kt_get16(m->w.start + at) & 0x3fff;
	*move = UINT16_MAX;
	if (to >= shared_from) {
		*move = (uint16_t)(at - body_at);
		return true;
	}
	/* The question's name itself, as the owner of what was synthesized for it. */
	return to == DNS_HEADER_LEN && (noted & DNS_POINTER_OWNER);
}

static struct authority_image *make_room(struct authority_images *images, size_t size)
{
	size_t place = images->head % images->size;
	if (place + size > images->size)
		images->head += images->size - place;
	struct authority_image *image =
	    (struct authority_image *)(images->ring + images->head % images->size);
	images->head += size;
	return image;
}

void authority_images_keep(struct authority_images *images,
    const struct authority_image_key *key, const struct dns_message_writer *m,
    uint8_t qname_len, uint8_t suffix_len, uint16_t flags, uint8_t rcode,
    uint8_t counter)
{
	unsigned body_at = DNS_HEADER_LEN + qname_len + 4u;
	unsigned shared_from = DNS_HEADER_LEN + qname_len - suffix_len;
	size_t body_len = kt_writer_len(&m->w) - body_at;
	if (m->immovable || body_len > BODY_MAX)
		return;
	uint16_t moves[DNS_WRITER_POINTERS];
	uint16_t n_moves = 0;
	for (unsigned i = 0; i < m->n_pointers; i++) {
		uint16_t move;
		if (!judge_pointer(m, m->pointer_at[i], shared_from, body_at, &move))
			return;
		if (move != UINT16_MAX)
			moves[n_moves++] = move;
	}
	size_t size = sizeof(struct authority_image) + n_moves * sizeof(*moves) +
		      body_len;
	size = (size + 7) & ~(size_t)7;
	if (size > images->size / 4)
		return;
	struct authority_image *image = make_room(images, size);
	*image = (struct authority_image){
		.key = *key,
		.body_len = (uint16_t)body_len,
		.counts = { m->counts[0], m->counts[1], m->counts[2] },
		.flags = flags,
		.rcode = rcode,
		.counter = counter,
		.qname_len = qname_len,
		.n_moves = n_moves,
	};
	memcpy(image->moves, moves, n_moves * sizeof(*moves));
	memcpy(image->moves + n_moves, m->w.start + body_at, body_len);
	uint64_t hash = hash_key(key), at = images->head - size;
	struct slot *slot = &images->slots[kt_hash_slot(hash, images->n_slots)];
	for (unsigned i = 0; i < 2; i++)
		if (slot[i].tag == hash)
			slot[i].at = at;
}
