#include "steering/pools.h"

#include "steering/targets.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Members */

static void set_record(struct steering_member *m, struct kt_arena *arena)
{
	const struct conf_member *conf = m->conf;
	const struct kt_addr *address = &conf->address;
	enum steering_type type = address->family == 4   ? STEERING_A
				  : address->family == 6 ? STEERING_AAAA
							 : STEERING_CNAME;
	if (type == STEERING_CNAME) {
		uint8_t *name = kt_arena_octets(arena, conf->name.len);
		dns_copy_lower(name, conf->name.wire, conf->name.len);
		m->rdata = name;
		m->rdlen = conf->name.len;
	} else {
		m->rdata = address->octets;
		m->rdlen = type == STEERING_A ? 4 : 16;
	}
	m->types = (uint8_t)(1u << type);
	m->id = (uint32_t)kt_hash_octets(type, m->rdata, m->rdlen);
}

static void set_pool(struct steering_member *m, const struct steering_pool *pool)
{
	m->pool = pool;
	m->types = pool->types;
	m->id = (uint32_t)kt_hash_octets(
	    STEERING_N_TYPES, pool->conf->name, strlen(pool->conf->name));
}

static uint64_t sum_of(const struct steering_pool *pool)
{
	const struct conf_pool *conf = pool->conf;
	uint64_t h = kt_hash_octets(0, conf->name, strlen(conf->name));
	h = kt_hash_mix(h, (uint64_t)conf->method << 32 | conf->limit);
	for (size_t i = 0; i < conf->n_members; i++) {
		const struct steering_member *m = &pool->members[i];
		h = kt_hash_mix(h, m->conf->weight);
		h = m->pool ? kt_hash_mix(h, m->pool->sum)
			    : kt_hash_octets(h, m->rdata, m->rdlen);
	}
	return h;
}

static void fill(struct steering *steering, struct steering_pool *pool)
{
	struct steering_private *p = steering->private;
	const struct conf_pool *conf = pool->conf;
	struct steering_member *members = kt_arena_alloc(
	    &p->memory, conf->n_members * sizeof(*members));
	pool->target = steering_targets_pool(steering, conf);
	pool->need = conf->need ? conf->need : (uint16_t)conf->n_monitors;
	if (!pool->need)
		pool->need = 1; /* the target without a monitor */
	pool->hashes = conf->method == CONF_METHOD_HASH;
	pool->members = members;
	for (size_t i = 0; i < conf->n_members; i++) {
		struct steering_member *m = &members[i];
		*m = (struct steering_member){ .conf = &conf->members[i],
			.index = (uint32_t)p->n_members++ };
		if (m->conf->pool) {
			set_pool(m, &p->pools[m->conf->pool->index]);
			pool->hashes |= m->pool->hashes;
		} else {
			set_record(m, &p->memory);
			m->targets = steering_targets_of(
			    steering, conf, m->conf, &m->n_targets);
		}
		pool->types |= m->types;
	}
	pool->sum = sum_of(pool);
}

/* Puts a pool behind those in it; conf has seen that there are no loops. */
static void order(
    struct steering_private *p, const struct conf_pool *conf, bool *placed, size_t *n)
{
	if (placed[conf->index])
		return;
	placed[conf->index] = true;
	for (size_t i = 0; i < conf->n_members; i++)
		if (conf->members[i].pool)
			order(p, conf->members[i].pool, placed, n);
	p->pool_order[(*n)++] = conf->index;
}

void steering_pools_make(struct steering *steering)
{
	struct steering_private *p = steering->private;
	size_t n = steering->conf->n_pools, ordered = 0;
	bool *placed = kt_calloc(n + 1, sizeof(*placed));
	p->pools = kt_arena_alloc(&p->memory, n * sizeof(*p->pools));
	p->pool_order = kt_arena_alloc(&p->memory, n * sizeof(*p->pool_order));
	for (size_t i = 0; i < n; i++) {
		p->pools[i] =
		    (struct steering_pool){ .conf = &steering->conf->pools[i] };
		order(p, &steering->conf->pools[i], placed, &ordered);
	}
	for (size_t i = 0; i < n; i++)
		fill(steering, &p->pools[p->pool_order[i]]);
	free(placed);
}

/* Sets */

int steering_member_compare(
    const struct steering_member *a, const struct steering_member *b)
{
	size_t shorter = a->rdlen < b->rdlen ? a->rdlen : b->rdlen;
	int order = memcmp(a->rdata, b->rdata, shorter);
	return order ? order : (int)a->rdlen - (int)b->rdlen;
}

struct collection {
	const struct steering_member **list;
	size_t n, size;
};

static void collect(
    struct collection *c, const struct steering_pool *pool, enum steering_type type)
{
	for (size_t i = 0; i < pool->conf->n_members; i++) {
		const struct steering_member *m = &pool->members[i];
		if (m->pool) {
			collect(c, m->pool, type);
		} else if (m->types & 1u << type) {
			kt_grow(c->list, c->n, c->size);
			c->list[c->n++] = m;
		}
	}
}

static int in_order(const void *a, const void *b)
{
	const struct steering_member *const *x = a, *const *y = b;
	return steering_member_compare(*x, *y);
}

static bool is_repeated(const struct collection *c, size_t i)
{
	return i && steering_member_compare(c->list[i - 1], c->list[i]) == 0;
}

struct steering_stand_in_set steering_pools_all(
    const struct steering_pool *pool, enum steering_type type, struct kt_arena *arena)
{
	struct collection c = { 0 };
	struct steering_stand_in_set set = { 0 };
	collect(&c, pool, type);
	if (!c.n)
		return set;
	qsort(c.list, c.n, sizeof(*c.list), in_order);
	/* A name has one CNAME (RFC 2181 s.10.1). */
	if (type == STEERING_CNAME)
		c.n = 1;
	uint8_t *data = kt_arena_octets(arena, c.n * (2u + c.list[0]->rdlen));
	uint8_t *at = data;
	for (size_t i = 0; i < c.n; i++) {
		if (is_repeated(&c, i))
			continue;
		kt_put16(at, c.list[i]->rdlen);
		memcpy(at + 2, c.list[i]->rdata, c.list[i]->rdlen);
		at += 2 + c.list[i]->rdlen;
		set.n_rr++;
	}
	set.data = data;
	set.size = (size_t)(at - data);
	free(c.list);
	return set;
}
