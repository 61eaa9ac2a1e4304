/* What answers remember when the configuration is read again. */
#include "steering/steering.h"

#include "steering/block.h"
#include "steering/steering_p.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of the pools of a class and what is in them. */
static uint64_t class_sum(const struct steering_list *class)
{
	uint64_t h = class->n_pools;
	for (uint32_t i = 0; i < class->n_pools; i++)
		h = kt_hash_mix(h, class->pools[i]->sum);
	return h;
}

struct old_class {
	uint64_t sum;
	unsigned class;
};

static int by_sum(const void *a, const void *b)
{
	const struct old_class *x = a, *y = b;
	return x->sum < y->sum ? -1 : x->sum > y->sum;
}

/* The classes of a service, by their sums. */
static struct old_class *sort_classes(const struct steering_service *service)
{
	struct old_class *list = kt_calloc(service->n_classes, sizeof(*list));
	for (unsigned i = 0; i < service->n_classes; i++)
		list[i] = (struct old_class){ class_sum(&service->plan->classes[i]),
			i };
	qsort(list, service->n_classes, sizeof(*list), by_sum);
	return list;
}

/* The pool of that name which the class has now; NULL: none, it was another's. */
static const struct conf_pool *same_pool(
    const struct steering_list *class, const struct conf_pool *pool)
{
	for (uint32_t i = 0; i < class->n_pools; i++)
		if (strcmp(class->pools[i]->conf->name, pool->name) == 0)
			return class->pools[i]->conf;
	return NULL;
}

static void copy_choice(struct draft *draft, size_t slot,
    const struct steering_choice *choice, const struct conf_pool *pool)
{
	const struct draft_choice copy = {
		.variants = {
			.pick = choice->pick,
			.type = choice->type,
			.n = choice->n,
			.first = (uint32_t)draft->n_variants,
			.total = choice->total,
			.failed = choice->failed,
		},
		.ttl_s = choice->ttl_s,
		.pool = pool,
	};
	for (uint16_t i = 0; i < choice->n; i++)
		draft_variant(draft, &choice->variants[i], choice->variants[i].data);
	draft->slots[slot] = draft_choice(draft, &copy) + 1;
}

static void copy_class(struct draft *draft, const struct steering_service *to,
    unsigned class, const struct live_block *from, unsigned from_class)
{
	for (unsigned type = 0; type < STEERING_N_TYPES; type++) {
		const struct steering_choice *choice =
		    from->live.choices[from_class * STEERING_N_TYPES + type];
		if (!choice)
			continue;
		const struct conf_pool *pool = same_pool(
		    &to->plan->classes[class], choice->pool);
		if (pool)
			copy_choice(
			    draft, class * STEERING_N_TYPES + type, choice, pool);
	}
}

/* Every class that was there with the same pools remembers what they answered. */
static void inherit_service(struct steering_service *to,
    const struct steering_service *from, struct draft *draft)
{
	struct live_block *block = steering_block(from);
	if (!block || steering_block(to))
		return;
	struct old_class *old = sort_classes(from);
	draft_begin(draft, (size_t)to->n_classes * STEERING_N_TYPES);
	for (unsigned class = 0; class < to->n_classes; class ++) {
		const struct old_class wanted = { class_sum(&to->plan->classes[class]),
			0 };
		const struct old_class *found = bsearch(
		    &wanted, old, from->n_classes, sizeof(*old), by_sum);
		if (found)
			copy_class(draft, to, class, block, found->class);
	}
	free(old);
	struct live_block *copy = draft_block(draft);
	copy->provisional = true;
	void *before = kt_publish(&to->live, &copy->live);
	kt_require(!before);
}

static int by_name(const void *a, const void *b)
{
	const struct steering_service *const *x = a, *const *y = b;
	return dns_wire_compare((*x)->conf->name.wire, (*y)->conf->name.wire);
}

static const struct steering_service **sort_services(const struct steering *steering)
{
	const struct steering_service **list = kt_calloc(
	    steering->n_services + 1, sizeof(*list));
	for (size_t i = 0; i < steering->n_services; i++)
		list[i] = &steering->services[i];
	qsort(list, steering->n_services, sizeof(*list), by_name);
	return list;
}

void steering_inherit(struct steering *to, const struct steering *from)
{
	struct sigcache *signatures = sigcache_get(from->private->signatures);
	sigcache_put(to->private->signatures);
	to->private->signatures = signatures;
	const struct steering_service **old = sort_services(from);
	struct draft draft = { 0 };
	for (size_t i = 0; i < to->n_services; i++) {
		const struct steering_service *service = &to->services[i];
		const struct steering_service **found = bsearch(
		    &service, old, from->n_services, sizeof(*old), by_name);
		if (found)
			inherit_service(&to->services[i], *found, &draft);
	}
	draft_fini(&draft);
	free(old);
}
