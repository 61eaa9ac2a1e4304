#include "ecs/cache.h"

#include "ecs/block.h"

#include "base/mem.h"

#include <stdlib.h>

const char *const ecs_cache_names[ECS_N_CACHES] = {
	[ECS_CACHE_RFC] = "rfc",
	[ECS_CACHE_UNBOUND] = "unbound",
	[ECS_CACHE_POWERDNS] = "powerdns",
};

#define NOBODY UINT32_MAX

/* A place where an answer can be kept. */
struct key {
	struct kt_prefix at;
	bool exact; /* for queries of the same source length only */
};

struct slot {
	struct key key;
	uint32_t from; /* whose answer is kept; NOBODY: none */
	uint64_t used; /* when it was last used */
};

struct ecs_cache {
	struct slot *slots; /* sorted by key */
	size_t n_slots;
	uint32_t *own;     /* by client: the slot of its answer */
	uint32_t *serving; /* slots that can serve a client, best first */
	size_t *begin;     /* by client, in serving; one more at the end */
	size_t n_clients, limit;
	size_t entries, upstream;
	size_t in_family[2];
	uint64_t now;
};

static struct key key_of(enum ecs_cache_model model, const struct ecs_reply *r)
{
	struct key k = { .at = ecs_cut(&r->asked, r->scope) };
	if (model != ECS_CACHE_POWERDNS)
		k.exact = r->scope > r->asked.len;
	/* Without a family: one entry for everybody. */
	else if (k.at.len == 0)
		k.at.addr = (struct kt_addr){ 0 };
	return k;
}

static int key_compare(const struct key *a, const struct key *b)
{
	int order = ecs_prefix_compare(&a->at, &b->at);
	return order ? order : (int)a->exact - (int)b->exact;
}

static int by_key(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	return key_compare(&x->key, &y->key);
}

static uint32_t find_slot(const struct ecs_cache *c, const struct key *key)
{
	size_t low = 0, high = c->n_slots;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = key_compare(&c->slots[mid].key, key);
		if (order == 0)
			return (uint32_t)mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NOBODY;
}

static void make_slots(
    struct ecs_cache *c, enum ecs_cache_model model, const struct ecs_reply *replies)
{
	size_t n = 0;
	c->slots = kt_calloc(c->n_clients + 1, sizeof(*c->slots));
	for (size_t i = 0; i < c->n_clients; i++)
		c->slots[i] = (struct slot){ .key = key_of(model, &replies[i]),
			.from = NOBODY };
	qsort(c->slots, c->n_clients, sizeof(*c->slots), by_key);
	for (size_t i = 0; i < c->n_clients; i++)
		if (!n || key_compare(&c->slots[n - 1].key, &c->slots[i].key) != 0)
			c->slots[n++] = c->slots[i];
	c->n_slots = n;
}

/* The slots at a block of len bits around the client, if there are any. */
static size_t slots_at(const struct ecs_cache *c, enum ecs_cache_model model,
    const struct kt_prefix *asked, unsigned len, uint32_t found[2])
{
	struct key key = { .at = ecs_cut(asked, len) };
	size_t n = 0;
	if (len == 0 && model == ECS_CACHE_POWERDNS)
		key.at.addr = (struct kt_addr){ 0 };
	found[n] = find_slot(c, &key);
	n += found[n] != NOBODY;
	key.exact = true;
	if (len == asked->len) {
		found[n] = find_slot(c, &key);
		n += found[n] != NOBODY;
	}
	return n;
}

/* All slots that cover each client, in the order in which the model looks. */
static void make_serving(
    struct ecs_cache *c, enum ecs_cache_model model, const struct ecs_reply *replies)
{
	size_t n = 0, cap = 0;
	c->begin = kt_calloc(c->n_clients + 1, sizeof(*c->begin));
	for (size_t i = 0; i < c->n_clients; i++) {
		const struct kt_prefix *asked = &replies[i].asked;
		c->begin[i] = n;
		for (unsigned step = 0; step <= asked->len; step++) {
			uint32_t found[2];
			unsigned len = model == ECS_CACHE_UNBOUND ? step
								  : asked->len - step;
			size_t n_found = slots_at(c, model, asked, len, found);
			for (size_t k = 0; k < n_found; k++) {
				kt_grow(c->serving, n, cap);
				c->serving[n++] = found[k];
			}
		}
	}
	c->begin[c->n_clients] = n;
}

struct ecs_cache *ecs_cache_new(
    enum ecs_cache_model model, const struct ecs_reply *replies, size_t n, size_t limit)
{
	struct ecs_cache *c = kt_calloc(1, sizeof(*c));
	c->n_clients = n;
	c->limit = limit;
	make_slots(c, model, replies);
	c->own = kt_calloc(n + 1, sizeof(*c->own));
	for (size_t i = 0; i < n; i++) {
		struct key key = key_of(model, &replies[i]);
		c->own[i] = find_slot(c, &key);
	}
	make_serving(c, model, replies);
	return c;
}

void ecs_cache_free(struct ecs_cache *cache)
{
	if (!cache)
		return;
	free(cache->slots);
	free(cache->own);
	free(cache->serving);
	free(cache->begin);
	free(cache);
}

void ecs_cache_clear(struct ecs_cache *cache)
{
	for (size_t i = 0; i < cache->n_slots; i++)
		cache->slots[i].from = NOBODY;
	cache->entries = cache->upstream = 0;
	cache->in_family[0] = cache->in_family[1] = 0;
}

static size_t *family_of(struct ecs_cache *c, const struct slot *slot)
{
	return &c->in_family[slot->key.at.addr.family == 4];
}

/* The entry of the slot's family that was used longest ago goes. */
static void make_room(struct ecs_cache *c, const struct slot *slot)
{
	struct slot *oldest = NULL;
	for (size_t i = 0; i < c->n_slots; i++) {
		struct slot *s = &c->slots[i];
		if (s->from != NOBODY &&
		    s->key.at.addr.family == slot->key.at.addr.family &&
		    (!oldest || s->used < oldest->used))
			oldest = s;
	}
	if (!oldest)
		return;
	oldest->from = NOBODY;
	c->entries--;
	--*family_of(c, slot);
}

static void keep(struct ecs_cache *c, uint32_t i)
{
	struct slot *slot = &c->slots[c->own[i]];
	if (slot->from == NOBODY) {
		if (c->limit && *family_of(c, slot) >= c->limit)
			make_room(c, slot);
		c->entries++;
		++*family_of(c, slot);
	}
	slot->from = i;
	slot->used = ++c->now;
}

uint32_t ecs_cache_ask(struct ecs_cache *cache, uint32_t i)
{
	for (size_t k = cache->begin[i]; k < cache->begin[i + 1]; k++) {
		struct slot *slot = &cache->slots[cache->serving[k]];
		if (slot->from == NOBODY)
			continue;
		slot->used = ++cache->now;
		return slot->from;
	}
	cache->upstream++;
	keep(cache, i);
	return i;
}

size_t ecs_cache_entries(const struct ecs_cache *cache)
{
	return cache->entries;
}

size_t ecs_cache_upstream(const struct ecs_cache *cache)
{
	return cache->upstream;
}
