/*
 * tests/unit/steering/trie.h -- what a map is by definition: a complete binary trie, built
 * bit by bit and made minimal.  Slow and obvious: other structures are held against it.
 */
#pragma once

#include "base/mem.h"
#include "steering/map.h"

#include "kt_test.h"

typedef __uint128_t trie_bits; /* left-aligned */

struct trie {
	struct trie *child[2]; /* both or none */
	uint16_t class;
};

static inline void trie_free(struct trie *t)
{
	if (!t)
		return;
	trie_free(t->child[0]);
	trie_free(t->child[1]);
	free(t);
}

static inline struct trie *trie_leaf(uint16_t class)
{
	struct trie *t = kt_calloc(1, sizeof(*t));
	t->class = class;
	return t;
}

/* All of a block becomes of one class: insert shorter prefixes first. */
static inline void trie_set(
    struct trie *t, trie_bits bits, unsigned len, uint16_t class)
{
	for (unsigned i = 0; i < len; i++) {
		if (!t->child[0])
			for (unsigned side = 0; side < 2; side++)
				t->child[side] = trie_leaf(t->class);
		t = t->child[bits >> (127 - i) & 1];
	}
	for (unsigned side = 0; side < 2; side++) {
		trie_free(t->child[side]);
		t->child[side] = NULL;
	}
	t->class = class;
}

static inline void trie_minimize(struct trie *t)
{
	if (!t->child[0])
		return;
	trie_minimize(t->child[0]);
	trie_minimize(t->child[1]);
	if (t->child[0]->child[0] || t->child[1]->child[0] ||
	    t->child[0]->class != t->child[1]->class)
		return;
	t->class = t->child[0]->class;
	for (unsigned side = 0; side < 2; side++) {
		trie_free(t->child[side]);
		t->child[side] = NULL;
	}
}

/* Down to len bits or a leaf; *depth: how far that was. */
static inline const struct trie *trie_at(
    const struct trie *t, trie_bits bits, unsigned len, unsigned *depth)
{
	for (*depth = 0; *depth < len && t->child[0]; ++*depth)
		t = t->child[bits >> (127 - *depth) & 1];
	return t;
}

/* Scope 0 is for what is the same for everybody: a family is at least two cells. */
static inline unsigned trie_len(unsigned depth)
{
	return depth ? depth : 1;
}

/* Length of the longest cell in t, which is at depth; `embedded`: what such a leaf adds. */
static inline unsigned trie_deepest(
    const struct trie *t, unsigned depth, unsigned embedded)
{
	if (!t->child[0])
		return trie_len(depth) + (t->class == STEERING_EMBEDDED ? embedded : 0);
	unsigned a = trie_deepest(t->child[0], depth + 1, embedded);
	unsigned b = trie_deepest(t->child[1], depth + 1, embedded);
	return a > b ? a : b;
}

struct trie_shares {
	trie_bits sum[65536];
	uint16_t order[65536];
	unsigned n;
};

static inline void trie_weigh(
    const struct trie *t, unsigned depth, struct trie_shares *s)
{
	if (t->child[0]) {
		trie_weigh(t->child[0], depth + 1, s);
		trie_weigh(t->child[1], depth + 1, s);
		return;
	}
	if (t->class == STEERING_EMBEDDED || t->class == STEERING_BY_RESOLVER)
		return;
	if (!s->sum[t->class])
		s->order[s->n++] = t->class;
	s->sum[t->class] += (trie_bits)1 << (128 - trie_len(depth));
}

static inline uint16_t trie_winner(const struct trie *t, unsigned depth)
{
	static struct trie_shares s;
	trie_weigh(t, depth, &s);
	uint16_t best = s.n ? s.order[0] : STEERING_BY_RESOLVER;
	for (unsigned i = 1; i < s.n; i++)
		if (s.sum[s.order[i]] > s.sum[best])
			best = s.order[i];
	while (s.n)
		s.sum[s.order[--s.n]] = 0;
	return best;
}
