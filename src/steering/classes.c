#include "steering/classes.h"

#include "steering/pools.h"

#include "base/hash.h"
#include "base/mem.h"
#include "conf/config.h"

#include <stdlib.h>
#include <string.h>

/* One service's classes while they are told apart. */
struct parting {
	struct steering *steering;
	const struct conf_service *service;
	struct steering_list *list;
	size_t n, size;
	uint32_t *slots; /* class + 1 by hash of its pools; n_slots is a power of two */
	size_t n_slots;
	uint16_t *class_of;
};

/* A region that nobody names goes by "*", without one as the default does. */
static const struct conf_preference *preference_of(
    const struct conf_service *service, size_t region)
{
	if (!service->map)
		return &service->regions[0];
	if (region < service->n_regions && service->regions[region].n_pools)
		return &service->regions[region];
	if (service->other)
		return service->other;
	return &service->regions[service->map->fallback];
}

static bool same_pools(const struct conf_preference *a, const struct conf_preference *b)
{
	return a == b ||
	       (a->n_pools == b->n_pools &&
		   memcmp(a->pools, b->pools, a->n_pools * sizeof(*a->pools)) == 0);
}

static uint64_t hash_pools(const struct conf_preference *p)
{
	uint64_t h = p->n_pools;
	for (size_t i = 0; i < p->n_pools; i++)
		h = kt_hash_mix(h, p->pools[i]->index);
	return h;
}

static uint16_t add_class(
    struct parting *x, const struct conf_preference *conf, size_t region)
{
	struct steering_private *p = x->steering->private;
	const struct steering_pool **pools = kt_arena_alloc(
	    &p->memory, conf->n_pools * sizeof(*pools));
	kt_grow(x->list, x->n, x->size);
	struct steering_list *class = &x->list[x->n];
	*class = (struct steering_list){
		.pools = pools,
		.conf = conf,
		.n_pools = (uint32_t)conf->n_pools,
		.region = (uint16_t)region,
	};
	for (size_t i = 0; i < conf->n_pools; i++) {
		pools[i] = &p->pools[conf->pools[i]->index];
		class->types |= pools[i]->types;
	}
	return (uint16_t)x->n++;
}

static uint16_t class_for(
    struct parting *x, const struct conf_preference *conf, size_t region)
{
	size_t at = hash_pools(conf) & (x->n_slots - 1);
	while (x->slots[at] && !same_pools(x->list[x->slots[at] - 1].conf, conf))
		at = (at + 1) & (x->n_slots - 1);
	if (!x->slots[at])
		x->slots[at] = (uint32_t)add_class(x, conf, region) + 1;
	return (uint16_t)(x->slots[at] - 1);
}

static void part(struct parting *x, size_t n_regions)
{
	x->n_slots = 16;
	while (x->n_slots < n_regions * 2)
		x->n_slots *= 2;
	x->slots = kt_calloc(x->n_slots, sizeof(*x->slots));
	x->class_of = kt_calloc(n_regions, sizeof(*x->class_of));
	for (size_t r = 0; r < n_regions; r++)
		x->class_of[r] = class_for(x, preference_of(x->service, r), r);
	free(x->slots);
}

/* Splits */

static bool is_split(const struct steering_split *s, const struct conf_map *map,
    const uint16_t *class_of, size_t n_regions)
{
	return s->map == map && s->n_regions == n_regions &&
	       memcmp(s->class_of, class_of, n_regions * sizeof(*class_of)) == 0;
}

/* Splits are found by a table of their numbers + 1, while all services are read. */
struct split_table {
	uint32_t *slots;
	size_t n_slots;
};

static struct steering_split *add_split(struct steering_private *p,
    const struct conf_map *map, const uint16_t *class_of, size_t n_regions,
    unsigned n_classes)
{
	struct steering_split *s = &p->splits[p->n_splits++];
	uint16_t *copy = kt_arena_alloc(&p->memory, n_regions * sizeof(*copy));
	memcpy(copy, class_of, n_regions * sizeof(*copy));
	*s = (struct steering_split){
		.map = map,
		.class_of = copy,
		.n_regions = n_regions,
		.n_classes = n_classes,
	};
	return s;
}

static const struct steering_split *split_for(struct steering_private *p,
    struct split_table *t, const struct conf_map *map, const struct parting *x,
    size_t n_regions)
{
	uint64_t h = kt_hash_octets(map ? (uint64_t)(uintptr_t)map : 1, x->class_of,
	    n_regions * sizeof(*x->class_of));
	size_t at = h & (t->n_slots - 1);
	while (t->slots[at] &&
	       !is_split(&p->splits[t->slots[at] - 1], map, x->class_of, n_regions))
		at = (at + 1) & (t->n_slots - 1);
	if (!t->slots[at]) {
		add_split(p, map, x->class_of, n_regions, (unsigned)x->n);
		t->slots[at] = (uint32_t)p->n_splits;
	}
	return &p->splits[t->slots[at] - 1];
}

/* Services */

static size_t map_index(const struct steering *steering, const struct conf_map *map)
{
	return (size_t)(map - steering->conf->maps);
}

static size_t count_regions(const struct steering *steering, const struct conf_map *map)
{
	return map ? steering->regions[map_index(steering, map)]->n : 1;
}

static void set_stand_ins(struct steering_plan *plan, unsigned n_classes, uint8_t types,
    struct kt_arena *arena)
{
	for (int t = STEERING_A; t < STEERING_N_TYPES; t++) {
		/* A CNAME would stand beside the addresses (RFC 1034 s.3.6.2). */
		if (t == STEERING_CNAME && types & STEERING_ADDRESSES)
			return;
		struct steering_stand_in_set *set = &plan->stand_in[t];
		for (unsigned k = 0; k < n_classes && !set->n_rr; k++) {
			unsigned c = (plan->first_class + k) % n_classes;
			const struct steering_list *class = &plan->classes[c];
			for (uint32_t i = 0; i < class->n_pools && !set->n_rr; i++)
				*set = steering_pools_all(
				    class->pools[i], (enum steering_type)t, arena);
		}
	}
}

static void set_service(struct steering *steering, struct steering_service *service,
    const struct parting *x, const struct steering_split *split)
{
	struct steering_private *p = steering->private;
	const struct conf_service *conf = service->conf;
	struct steering_plan *plan = &p->plans[service->index];
	struct steering_list *classes = kt_arena_alloc(
	    &p->memory, x->n * sizeof(*classes));
	memcpy(classes, x->list, x->n * sizeof(*classes));
	service->plan = plan;
	plan->classes = classes;
	plan->split = split;
	plan->first_class = conf->map ? x->class_of[conf->map->fallback] : 0;
	if (conf->all_down == CONF_DOWN_POOL)
		plan->down = &p->pools[conf->down_pool->index];
	service->n_classes = (uint16_t)x->n;
	service->class_of = split->class_of;
	service->map_index = 0xffff;
	if (conf->map) {
		service->map_index = (uint16_t)map_index(steering, conf->map);
		service->ignores_ecs = !conf->map->ecs;
	}
	for (size_t c = 0; c < x->n; c++) {
		service->types |= classes[c].types;
		for (uint32_t i = 0; i < classes[c].n_pools; i++)
			service->hashes |= classes[c].pools[i]->hashes;
	}
	if (plan->down) {
		/* Only a name there brings a type: an answer to every question. */
		service->types |= plan->down->types & STEERING_NAMES;
		service->hashes |= plan->down->hashes;
	}
	set_stand_ins(plan, service->n_classes, service->types, &p->memory);
}

static void make_service(struct steering *steering, struct steering_service *service,
    struct split_table *table)
{
	const struct conf_map *map = service->conf->map;
	struct parting x = { .steering = steering, .service = service->conf };
	size_t n_regions = count_regions(steering, map);
	part(&x, n_regions);
	set_service(steering, service, &x,
	    split_for(steering->private, table, map, &x, n_regions));
	free(x.list);
	free(x.class_of);
}

/* Compiled maps */

static int compile(struct steering *steering, struct kt_errs *errs)
{
	struct steering_private *p = steering->private;
	struct steering_map **maps = kt_arena_alloc(
	    &p->memory, p->n_splits * sizeof(*maps));
	steering->maps = maps;
	for (size_t i = 0; i < p->n_splits; i++) {
		struct steering_split *s = &p->splits[i];
		if (s->n_classes < 2)
			continue;
		s->compiled = steering_map_make(
		    steering->regions[map_index(steering, s->map)], s->class_of,
		    s->n_classes);
		if (!s->compiled)
			return kt_errs_add(errs, KT_ERROR, KT_E_LIMIT,
			    s->map->place.file, s->map->place.line,
			    s->map->place.column, NULL, "no memory to compile map %s",
			    s->map->name);
		maps[steering->n_maps++] = s->compiled;
	}
	return 0;
}

int steering_classes_make(struct steering *steering, struct kt_errs *errs)
{
	struct steering_private *p = steering->private;
	size_t n = steering->n_services;
	struct split_table table = { .n_slots = 16 };
	while (table.n_slots < n * 2)
		table.n_slots *= 2;
	table.slots = kt_calloc(table.n_slots, sizeof(*table.slots));
	p->plans = kt_arena_alloc(&p->memory, n * sizeof(*p->plans));
	p->splits = kt_arena_alloc(&p->memory, n * sizeof(*p->splits));
	if (n)
		memset(p->plans, 0, n * sizeof(*p->plans));
	for (size_t i = 0; i < n; i++)
		make_service(steering, &steering->services[i], &table);
	free(table.slots);
	int rc = compile(steering, errs);
	for (size_t i = 0; i < n; i++)
		steering->services[i].map = p->plans[i].split->compiled;
	return rc;
}
