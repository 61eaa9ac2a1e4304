#include "authority/short.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORDS = 3,
	READ_TRIES = 64,
};

/* needed is what was wanted last; the other fields tell one source from another. */
#define IDENTITY (~(uint64_t)0xff)

static void pack(const struct authority_short_source *source, uint64_t words[WORDS])
{
	words[0] = kt_load64(source->resolver.octets);
	words[1] = kt_load64(source->resolver.octets + 8);
	words[2] = (uint64_t)source->map << 32 |
		   (uint64_t)source->resolver.family << 24 |
		   (uint64_t)source->family << 16 | (uint64_t)source->source << 8 |
		   source->needed;
}

static void unpack(const uint64_t words[WORDS], struct authority_short_source *source)
{
	memcpy(source->resolver.octets, words, 16);
	source->map = (uint16_t)(words[2] >> 32);
	source->resolver.family = (uint8_t)(words[2] >> 24);
	source->family = (uint8_t)(words[2] >> 16);
	source->source = (uint8_t)(words[2] >> 8);
	source->needed = (uint8_t)words[2];
}

static inline uint64_t peek(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static bool is_of(const struct authority_short *s, const uint64_t words[WORDS])
{
	return peek(&s->n) && peek(&s->words[0]) == words[0] &&
	       peek(&s->words[1]) == words[1] &&
	       !((peek(&s->words[2]) ^ words[2]) & IDENTITY);
}

/*
 * Each word is released after the odd version, so who reads one of them (acquiring it) sees that
 * the version has changed when it looks again.
 */
static void take(struct authority_short *s, const uint64_t words[WORDS], uint64_t n)
{
	uint32_t version = atomic_load_explicit(&s->version, memory_order_relaxed);
	atomic_store_explicit(&s->version, version + 1, memory_order_relaxed);
	for (unsigned i = 0; i < WORDS; i++)
		atomic_store_explicit(&s->words[i], words[i], memory_order_release);
	atomic_store_explicit(&s->n, n, memory_order_release);
	atomic_store_explicit(&s->version, version + 2, memory_order_release);
}

void authority_shorts_count(
    struct authority_shorts *shorts, const struct authority_short_source *source)
{
	uint64_t words[WORDS];
	pack(source, words);
	uint64_t identity[WORDS] = { words[0], words[1], words[2] & IDENTITY };
	uint64_t hash = kt_siphash24(&shorts->key, identity, sizeof(identity));
	struct authority_short *set = shorts->at[hash % AUTHORITY_SHORT_SETS],
			       *least = set;
	for (unsigned i = 0; i < AUTHORITY_SHORT_WAYS; i++) {
		struct authority_short *s = &set[i];
		if (is_of(s, words)) {
			if (kt_unlikely(peek(&s->words[2]) != words[2]))
				take(s, words, peek(&s->n) + 1);
			else
				atomic_store_explicit(
				    &s->n, peek(&s->n) + 1, memory_order_relaxed);
			return;
		}
		if (peek(&s->n) < peek(&least->n))
			least = s;
	}
	take(least, words, peek(&least->n) + 1);
}

/* false: nothing is there, or it changes too often just now to be read. */
static bool read_one(
    const struct authority_short *s, struct authority_short_source *out)
{
	for (unsigned tries = 0; tries < READ_TRIES; tries++) {
		uint64_t words[WORDS];
		uint32_t version = atomic_load_explicit(
		    &s->version, memory_order_acquire);
		out->n = atomic_load_explicit(&s->n, memory_order_acquire);
		for (unsigned i = 0; i < WORDS; i++)
			words[i] = atomic_load_explicit(
			    &s->words[i], memory_order_acquire);
		if (version % 2 == 0 && version == atomic_load_explicit(&s->version,
						       memory_order_relaxed)) {
			unpack(words, out);
			return out->n != 0;
		}
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct authority_short_source *x = a, *y = b;
	return (x->n < y->n) - (x->n > y->n);
}

size_t authority_shorts_read(const struct authority_shorts *shorts,
    struct authority_short_source *out, size_t size)
{
	struct authority_short_source all[AUTHORITY_SHORT_MAX];
	size_t n = 0;
	for (unsigned i = 0; i < AUTHORITY_SHORT_SETS; i++)
		for (unsigned j = 0; j < AUTHORITY_SHORT_WAYS; j++)
			n += read_one(&shorts->at[i][j], &all[n]);
	qsort(all, n, sizeof(all[0]), compare);
	if (n > size)
		n = size;
	memcpy(out, all, n * sizeof(*out));
	return n;
}
