#include "steering/targets.h"

#include "base/mem.h"
#include "steering/pattern.h"

#include <stdlib.h>
#include <string.h>

static void print_pool_key(struct kt_text *key, const struct conf_pool *pool)
{
	kt_text_clear(key);
	kt_text_addf(key, "pool/%s", pool->name);
}

/* A target with the member that it is from. */
struct found {
	struct steering_target target;
	const struct conf_member *member;
};

struct collection {
	struct found *list;
	size_t n, size;
	struct kt_arena *arena;
	struct kt_text key;
};

/* One with the key that was just printed. */
static struct steering_target *add(
    struct collection *c, const struct conf_member *member)
{
	kt_grow(c->list, c->n, c->size);
	struct found *f = &c->list[c->n++];
	*f = (struct found){ .member = member };
	f->target.key = kt_arena_strndup(c->arena, kt_text_of(&c->key), c->key.len);
	return &f->target;
}

static void add_member(
    struct collection *c, const struct conf_pool *pool, const struct conf_member *m)
{
	size_t n = pool->n_monitors ? pool->n_monitors : 1;
	for (size_t i = 0; i < n; i++) {
		const struct conf_monitor *monitor = pool->n_monitors
							 ? pool->monitors[i]
							 : NULL;
		steering_member_key(&c->key, pool, m, i);
		struct steering_target *t = add(c, m);
		t->monitor = monitor;
		t->address = monitor && m->probe.family ? m->probe : m->address;
		t->name = m->address.family ? NULL : &m->name;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct steering_target *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static int in_order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order = strcmp(x->target.key, y->target.key);
	/* pools by pools, members as they stand in memory: what is reported is the later */
	return order ? order : x->member < y->member ? -1 : x->member > y->member;
}

static int report_probe(const struct found *f, struct kt_errs *errs)
{
	const struct conf_place *place = &f->member->place;
	return kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT, place->file, place->line,
	    place->column, NULL,
	    "%s: another member has this name and monitor with another \"probe\" "
	    "address; one name has one: give it a monitor of its own",
	    f->target.key);
}

/* Each key once, into the arena. */
static int keep_distinct(
    struct steering *steering, const struct collection *c, struct kt_errs *errs)
{
	struct steering_target *kept = kt_arena_alloc(c->arena, c->n * sizeof(*kept));
	size_t n = 0;
	int rc = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct steering_target *t = &c->list[i].target;
		if (!n || strcmp(kept[n - 1].key, t->key) != 0)
			kept[n++] = *t;
		else if (!kt_addr_equal(&kept[n - 1].address, &t->address))
			rc = report_probe(&c->list[i], errs);
	}
	steering->targets = kept;
	steering->n_targets = n;
	return rc;
}

int steering_targets_make(struct steering *steering, struct kt_errs *errs)
{
	const struct conf_steering *conf = steering->conf;
	struct collection c = { .arena = &steering->private->memory };
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct conf_pool *pool = &conf->pools[i];
		print_pool_key(&c.key, pool);
		add(&c, NULL)->pool = pool;
		for (size_t j = 0; j < pool->n_members; j++)
			if (!pool->members[j].pool)
				add_member(&c, pool, &pool->members[j]);
	}
	if (c.n)
		qsort(c.list, c.n, sizeof(*c.list), in_order);
	int rc = keep_distinct(steering, &c, errs);
	free(c.list);
	kt_text_fini(&c.key);
	return rc;
}

const struct steering_target *steering_target_find(
    const struct steering *steering, const char *key)
{
	const struct steering_target wanted = { .key = key };
	if (!steering->n_targets)
		return NULL;
	return bsearch(
	    &wanted, steering->targets, steering->n_targets, sizeof(wanted), by_key);
}

static uint32_t number_of(const struct steering *steering, struct kt_text *key)
{
	const struct steering_target *t = steering_target_find(
	    steering, kt_text_of(key));
	kt_require(t);
	return (uint32_t)(t - steering->targets);
}

const uint32_t *steering_targets_of(const struct steering *steering,
    const struct conf_pool *pool, const struct conf_member *member, uint16_t *n)
{
	struct kt_text key = { 0 };
	*n = (uint16_t)(pool->n_monitors ? pool->n_monitors : 1);
	uint32_t *list = kt_arena_alloc(&steering->private->memory, *n * sizeof(*list));
	for (uint16_t i = 0; i < *n; i++) {
		steering_member_key(&key, pool, member, i);
		list[i] = number_of(steering, &key);
	}
	kt_text_fini(&key);
	return list;
}

uint32_t steering_targets_pool(
    const struct steering *steering, const struct conf_pool *pool)
{
	struct kt_text key = { 0 };
	print_pool_key(&key, pool);
	uint32_t number = number_of(steering, &key);
	kt_text_fini(&key);
	return number;
}
