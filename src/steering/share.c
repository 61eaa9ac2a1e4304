#include "steering/share.h"

#include "base/err.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A block as entries [from, to), or as keys of one split /64 where it is longer than /64. */
struct block {
	uint64_t first, last; /* halves: upper, or lower within a split /64 */
	bool low;
	size_t split;
	size_t from, to;
	size_t begin; /* the first entry whose key is inside: from or from + 1 */
};

static struct block block_of(
    const struct steering_partition *p, steering_key key, unsigned len)
{
	struct block b = { .low = len > 64 };
	size_t entry = steering_partition_entry(p, (uint64_t)(key >> 64));
	if (b.low) {
		b.split = steering_partition_rank(p, entry);
		b.first = (uint64_t)key;
		b.last = b.first | (len < 128 ? UINT64_MAX >> (len - 64) : 0);
		b.from = steering_partition_low(p, b.split, b.first);
		b.to = steering_partition_low(p, b.split, b.last);
		b.begin = b.from;
		return b;
	}
	b.first = (uint64_t)(key >> 64);
	b.last = b.first | (len < 64 ? UINT64_MAX >> len : 0);
	b.from = entry;
	b.to = steering_partition_entry(p, b.last) + 1;
	b.begin = b.from + (steering_partition_key(p, b.from) < b.first);
	return b;
}

static size_t lows_before(const struct steering_partition *p, size_t entry)
{
	return p->splits ? p->low_start[steering_partition_rank(p, entry)] : 0;
}

/* How many runs it takes to weigh the block: at least as many as it has. */
static size_t count(const struct steering_partition *p, const struct block *b)
{
	if (b->low)
		return b->to - b->from + 1;
	return b->to - b->from + lows_before(p, b->to) - lows_before(p, b->begin);
}

/*
 * Weighing: sums by class, in order of appearance.  A slot is found by the class's lower
 * bits; with 2^16 slots each class has its own, and those used can be cleared one by one.
 */

struct tally {
	uint16_t *slot; /* index in sums, and one */
	unsigned mask;
	unsigned n;
	steering_key *sums;
	uint16_t *classes;
};

static void add(struct tally *t, uint16_t class, steering_key size)
{
	if (class >= STEERING_SPLIT) /* by resolver, embedded */
		return;
	unsigned at = class & t->mask;
	while (t->slot[at] && t->classes[t->slot[at] - 1] != class)
		at = (at + 1) & t->mask;
	if (!t->slot[at]) {
		t->classes[t->n] = class;
		t->sums[t->n++] = 0;
		t->slot[at] = (uint16_t)t->n;
	}
	t->sums[t->slot[at] - 1] += size;
}

static uint16_t winner(const struct tally *t)
{
	unsigned best = 0;
	for (unsigned i = 1; i < t->n; i++)
		if (t->sums[i] > t->sums[best])
			best = i;
	return t->n ? t->classes[best] : STEERING_BY_RESOLVER;
}

static void weigh_low(const struct steering_partition *p, size_t split, uint64_t first,
    uint64_t last, struct tally *t)
{
	size_t end = p->low_start[split + 1];
	size_t i = steering_partition_low(p, split, first);
	for (;; i++) {
		bool more = i < end && p->low[i] <= last;
		uint64_t until = more ? p->low[i] - 1 : last;
		add(t, p->low_class[i + split], (steering_key)(until - first) + 1);
		if (!more)
			return;
		first = p->low[i];
	}
}

static void weigh_entry(const struct steering_partition *p, size_t i,
    const struct block *b, struct tally *t)
{
	uint64_t first = steering_partition_key(p, i), last = b->last;
	uint16_t class = p->class[i];
	bool inside = first >= b->first;
	if (!inside)
		first = b->first;
	if (i + 1 < b->to)
		last = steering_partition_key(p, i + 1) - 1;
	steering_key size = (steering_key)(last - first) + 1;
	if (class == STEERING_SPLIT) {
		size_t split = steering_partition_rank(p, i);
		if (inside) {
			weigh_low(p, split, 0, UINT64_MAX, t);
			size--;
		}
		class = p->low_class[p->low_start[split + 1] + split];
	}
	if (size)
		add(t, class, size << 64);
}

static void weigh(
    const struct steering_partition *p, const struct block *b, struct tally *t)
{
	if (b->low) {
		weigh_low(p, b->split, b->first, b->last, t);
		return;
	}
	for (size_t i = b->from; i < b->to; i++)
		weigh_entry(p, i, b, t);
}

#define SLOTS 2048
#define CLASSES \
 (2 * STEERING_SHORT_RUNS + 1) /* a split has two more classes than runs */

static uint16_t weigh_few(const struct steering_partition *p, const struct block *b)
{
	uint16_t slot[SLOTS] = { 0 };
	uint16_t classes[CLASSES];
	steering_key sums[CLASSES];
	struct tally t = {
		.slot = slot, .mask = SLOTS - 1, .classes = classes, .sums = sums
	};
	weigh(p, b, &t);
	return winner(&t);
}

/* Winners */

static bool is_whole(const struct steering_partition *p, steering_key key, unsigned len)
{
	return steering_partition_find(p, key).len <= len;
}

struct making {
	const struct steering_partition *p;
	struct tally tally;
	struct steering_winner *list;
	size_t n, cap;
	bool failed;
};

static void add_winner(struct making *m, const struct block *b, steering_key middle)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		void *list = realloc(m->list, cap * sizeof(*m->list));
		if (!list) {
			m->failed = true;
			return;
		}
		m->list = list;
		m->cap = cap;
	}
	weigh(m->p, b, &m->tally);
	m->list[m->n++] = (struct steering_winner){
		.middle = { (uint64_t)(middle >> 64), (uint64_t)middle },
		.class = winner(&m->tally)
	};
	for (unsigned i = 0; i < m->tally.n; i++)
		m->tally.slot[m->tally.classes[i]] = 0;
	m->tally.n = 0;
}

static steering_key half(steering_key key, unsigned len)
{
	return key | (steering_key)1 << (127 - len);
}

/* In order of middles; no deeper than 128. */
static void find_winners(struct making *m, steering_key key, unsigned len)
{
	struct block b = block_of(m->p, key, len);
	if (m->failed || count(m->p, &b) <= STEERING_SHORT_RUNS)
		return;
	steering_key middle = half(key, len);
	bool left = is_whole(m->p, key, len + 1);
	bool right = is_whole(m->p, middle, len + 1);
	if (!left)
		find_winners(m, key, len + 1);
	if (!left && !right)
		add_winner(m, &b, middle);
	if (!right)
		find_winners(m, middle, len + 1);
}

int steering_share_winners(struct steering_partition *p)
{
	struct making m = { .p = p, .tally = { .mask = 0xffff } };
	struct block all = block_of(p, 0, 0);
	if (count(p, &all) <= STEERING_SHORT_RUNS)
		return 0;
	m.tally.slot = kt_calloc(1 << 16, sizeof(*m.tally.slot));
	m.tally.classes = kt_malloc(sizeof(*m.tally.classes) << 16);
	m.tally.sums = kt_malloc(sizeof(*m.tally.sums) << 16);
	find_winners(&m, 0, 0);
	free(m.tally.slot);
	free(m.tally.classes);
	free(m.tally.sums);
	p->winners = m.list;
	p->n_winners = m.n;
	return m.failed ? KT_E_LIMIT : 0;
}

static uint16_t kept_winner(const struct steering_partition *p, steering_key middle)
{
	size_t from = 0, to = p->n_winners;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		const struct steering_winner *w = &p->winners[mid];
		steering_key at = (steering_key)w->middle[0] << 64 | w->middle[1];
		if (at == middle)
			return w->class;
		if (at < middle)
			from = mid + 1;
		else
			to = mid;
	}
	return STEERING_BY_RESOLVER;
}

uint16_t steering_share_class(
    const struct steering_partition *p, steering_key key, unsigned len)
{
	for (;; len++) {
		struct steering_cell cell = steering_partition_find(p, key);
		if (cell.len <= len || len >= 128)
			return cell.class < STEERING_SPLIT ? cell.class
							   : STEERING_BY_RESOLVER;
		if (p->n == 1 && !p->n_split)
			return cell.class;
		struct block b = block_of(p, key, len);
		if (count(p, &b) <= STEERING_SHORT_RUNS)
			return weigh_few(p, &b);
		steering_key middle = half(key, len);
		struct steering_cell other = steering_partition_find(p, middle);
		bool left = cell.len <= len + 1, right = other.len <= len + 1;
		if (!left && !right)
			return kept_winner(p, middle);
		uint16_t class = left ? cell.class : other.class;
		if (class < STEERING_SPLIT)
			return class;
		/* A half without a voice: the other one decides. */
		key = left ? middle : key;
	}
}

/* Depths: the longest cell beside an entry's key, or in its split /64. */

static unsigned entry_depth(const struct steering_partition *p, size_t i)
{
	if (p->class[i] == STEERING_SPLIT)
		return p->split_depth[steering_partition_rank(p, i)];
	uint64_t key = steering_partition_key(p, i);
	return key ? 64 - (unsigned)__builtin_ctzll(key) : 1;
}

static unsigned low_depth(const struct steering_partition *p, size_t i)
{
	return 128 - (unsigned)__builtin_ctzll(p->low[i]);
}

typedef unsigned depth_of(const struct steering_partition *p, size_t i);

/* The largest of [from, to), by steps of 65536, 256 and 1. */
static unsigned deepest(const struct steering_partition *p, depth_of *one,
    uint8_t *const sums[2], size_t from, size_t to)
{
	unsigned most = 0;
	while (from < to) {
		unsigned here, step = 1;
		if (from % 65536 == 0 && to - from >= 65536) {
			here = sums[1][from >> 16];
			step = 65536;
		} else if (from % 256 == 0 && to - from >= 256) {
			here = sums[0][from >> 8];
			step = 256;
		} else {
			here = one(p, from);
		}
		if (here > most)
			most = here;
		from += step;
	}
	return most;
}

static void sum_up(
    const struct steering_partition *p, depth_of *one, uint8_t *const sums[2], size_t n)
{
	memset(sums[0], 0, (n >> 8) + 1);
	memset(sums[1], 0, (n >> 16) + 1);
	for (size_t i = 0; i < n; i++) {
		uint8_t here = (uint8_t)one(p, i);
		if (here > sums[0][i >> 8])
			sums[0][i >> 8] = here;
		if (here > sums[1][i >> 16])
			sums[1][i >> 16] = here;
	}
}

void steering_share_depths(struct steering_partition *p)
{
	if (p->n_split)
		sum_up(p, low_depth, p->low_depth, p->n_low);
	for (size_t k = 0; k < p->n_split; k++)
		p->split_depth[k] = (uint8_t)deepest(
		    p, low_depth, p->low_depth, p->low_start[k], p->low_start[k + 1]);
	sum_up(p, entry_depth, p->depth, p->n);
	p->longest = (uint8_t)deepest(p, entry_depth, p->depth, 0, p->n);
}

unsigned steering_share_longest(
    const struct steering_partition *p, steering_key key, unsigned len)
{
	struct block b = block_of(p, key, len);
	if (b.low)
		return deepest(p, low_depth, p->low_depth, b.begin, b.to);
	return deepest(p, entry_depth, p->depth, b.begin, b.to);
}
