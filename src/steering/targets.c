#include "steering/targets.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What a probe goes to: the probe address, the address, or the name. */
static void print_object(
    struct kt_text *key, const struct conf_pool *pool, const struct conf_member *member)
{
	char text[KT_ADDR_TEXT];
	if (member->probe.family && pool->n_monitors)
		kt_text_add(key, kt_addr_print(&member->probe, text));
	else if (member->address.family)
		kt_text_add(key, kt_addr_print(&member->address, text));
	else
		dns_name_add(key, member->name.wire);
}

static void print_key(struct kt_text *key, const struct conf_pool *pool,
    const struct conf_member *member, const struct conf_monitor *monitor)
{
	kt_text_clear(key);
	print_object(key, pool, member);
	if (monitor)
		kt_text_addf(key, "/%s", monitor->name);
}

static void print_pool_key(struct kt_text *key, const struct conf_pool *pool)
{
	kt_text_clear(key);
	kt_text_addf(key, "pool/%s", pool->name);
}

struct collection {
	struct steering_target *list;
	size_t n, size;
	struct kt_arena *arena;
	struct kt_text key;
};

/* One with the key that was just printed. */
static struct steering_target *add(struct collection *c)
{
	kt_grow(c->list, c->n, c->size);
	struct steering_target *t = &c->list[c->n++];
	*t = (struct steering_target){
		.key = kt_arena_strndup(c->arena, kt_text_of(&c->key), c->key.len),
	};
	return t;
}

static void add_member(
    struct collection *c, const struct conf_pool *pool, const struct conf_member *m)
{
	size_t n = pool->n_monitors ? pool->n_monitors : 1;
	for (size_t i = 0; i < n; i++) {
		const struct conf_monitor *monitor = pool->n_monitors
							 ? pool->monitors[i]
							 : NULL;
		print_key(&c->key, pool, m, monitor);
		struct steering_target *t = add(c);
		t->monitor = monitor;
		t->address = monitor && m->probe.family ? m->probe : m->address;
		t->name = t->address.family ? NULL : &m->name;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct steering_target *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static size_t drop_repeated(struct steering_target *list, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(list[kept - 1].key, list[i].key) != 0)
			list[kept++] = list[i];
	return kept;
}

void steering_targets_make(struct steering *steering)
{
	const struct conf_steering *conf = steering->conf;
	struct collection c = { .arena = &steering->private->memory };
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct conf_pool *pool = &conf->pools[i];
		print_pool_key(&c.key, pool);
		add(&c)->pool = pool;
		for (size_t j = 0; j < pool->n_members; j++)
			if (!pool->members[j].pool)
				add_member(&c, pool, &pool->members[j]);
	}
	if (c.n)
		qsort(c.list, c.n, sizeof(*c.list), by_key);
	steering->n_targets = drop_repeated(c.list, c.n);
	size_t size = steering->n_targets * sizeof(*c.list);
	struct steering_target *kept = kt_arena_alloc(c.arena, size);
	if (size)
		memcpy(kept, c.list, size);
	steering->targets = kept;
	free(c.list);
	kt_text_fini(&c.key);
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
		print_key(
		    &key, pool, member, pool->n_monitors ? pool->monitors[i] : NULL);
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
