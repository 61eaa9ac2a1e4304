#include "ecs/parts.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct ecs_parts *ecs_parts_new(const char *name, bool service)
{
	struct ecs_parts *p = kt_calloc(1, sizeof(*p));
	p->name = kt_strdup(name);
	p->service = service;
	return p;
}

void ecs_parts_free(struct ecs_parts *parts)
{
	if (!parts)
		return;
	for (size_t i = 0; i < parts->n_classes; i++) {
		free(parts->classes[i].name);
		free(parts->classes[i].pools);
		free(parts->classes[i].targets);
	}
	free(parts->classes);
	free(parts->runs[0]);
	free(parts->runs[1]);
	free(parts->shorts);
	free(parts->index);
	free(parts->name);
	free(parts);
}

static const struct {
	uint16_t class;
	const char *name;
} own_classes[] = {
	{ ECS_BY_RESOLVER, "by-resolver" },
	{ ECS_EMBEDDED, "embedded-ipv4" },
	{ ECS_NOTHING, "-" },
};

/* Where the class of this name is in the index, or would be. */
static uint32_t *find_place(const struct ecs_parts *parts, const char *name)
{
	size_t at = kt_hash_octets(0, (const uint8_t *)name, strlen(name));
	for (;; at++) {
		uint32_t *place = &parts->index[at & (parts->index_size - 1)];
		if (!*place || strcmp(parts->classes[*place - 1].name, name) == 0)
			return place;
	}
}

/* The same, in an index that is at most half full. */
static uint32_t *place_of(struct ecs_parts *parts, const char *name)
{
	if (parts->n_classes * 2 >= parts->index_size) {
		free(parts->index);
		parts->index_size = parts->index_size ? parts->index_size * 2 : 32;
		parts->index = kt_calloc(parts->index_size, sizeof(*parts->index));
		for (size_t i = 0; i < parts->n_classes; i++)
			*find_place(parts, parts->classes[i].name) = (uint32_t)i + 1;
	}
	return find_place(parts, name);
}

int ecs_parts_class(struct ecs_parts *parts, const char *name, uint16_t *out)
{
	for (size_t i = 0; i < KT_COUNT(own_classes); i++) {
		if (strcmp(own_classes[i].name, name) == 0) {
			*out = own_classes[i].class;
			return 0;
		}
	}
	uint32_t *place = place_of(parts, name);
	if (*place) {
		*out = (uint16_t)(*place - 1);
		return 0;
	}
	if (parts->n_classes >= ECS_CLASSES_MAX)
		return KT_E_LIMIT;
	*place = (uint32_t)parts->n_classes + 1;
	kt_grow(parts->classes, parts->n_classes, parts->classes_cap);
	parts->classes[parts->n_classes] = (struct ecs_class){
		.name = kt_strdup(name),
		.pools = kt_strdup(""),
		.targets = kt_strdup(""),
	};
	*out = (uint16_t)parts->n_classes++;
	return 0;
}

const char *ecs_parts_class_name(const struct ecs_parts *parts, uint16_t class)
{
	for (size_t i = 0; i < KT_COUNT(own_classes); i++)
		if (own_classes[i].class == class)
			return own_classes[i].name;
	return class < parts->n_classes ? parts->classes[class].name : "-";
}

void ecs_parts_add_run(
    struct ecs_parts *parts, unsigned family, ecs_bits first, uint16_t class)
{
	unsigned f = ecs_family_index(family);
	struct ecs_run *last = parts->n_runs[f] ? &parts->runs[f][parts->n_runs[f] - 1]
						: NULL;
	if (last && last->first == first) {
		/* What comes later at the same place counts. */
		last->class = class;
		if (parts->n_runs[f] > 1 && last[-1].class == class)
			parts->n_runs[f]--;
		return;
	}
	if (last && last->class == class)
		return;
	kt_grow(parts->runs[f], parts->n_runs[f], parts->runs_cap[f]);
	parts->runs[f][parts->n_runs[f]++] = (struct ecs_run){ first, class };
}

void ecs_parts_add_short(
    struct ecs_parts *parts, const struct kt_prefix *prefix, uint16_t class)
{
	kt_grow(parts->shorts, parts->n_shorts, parts->shorts_cap);
	parts->shorts[parts->n_shorts++] = (struct ecs_short){ *prefix, class };
}

uint16_t ecs_parts_find(const struct ecs_parts *parts, const struct kt_addr *addr)
{
	unsigned f = ecs_family_index(addr->family);
	ecs_bits bits = ecs_bits_of(addr);
	size_t low = 0, high = parts->n_runs[f];
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (parts->runs[f][mid].first <= bits)
			low = mid;
		else
			high = mid;
	}
	return high ? parts->runs[f][low].class : ECS_NOTHING;
}

bool ecs_cells_next(struct ecs_cells *cells, struct kt_prefix *cell, uint16_t *class)
{
	unsigned f = ecs_family_index(cells->family);
	const struct ecs_run *runs = cells->parts->runs[f];
	size_t n = cells->parts->n_runs[f];
	if (cells->ended || cells->run >= n)
		return false;
	if (!cells->inside)
		cells->at = runs[cells->run].first;
	ecs_bits last = cells->run + 1 < n ? runs[cells->run + 1].first - 1
					   : ~(ecs_bits)0;
	unsigned len = ecs_largest(cells->at, last);
	*cell = ecs_block(cells->family, cells->at, len);
	*class = runs[cells->run].class;
	ecs_bits end = ecs_last(cell);
	cells->inside = end != last;
	cells->at = end + 1;
	cells->run += end == last;
	cells->ended = end == ~(ecs_bits)0;
	return true;
}

/* Network lists */

/* The prefixes around the address at hand, outermost first. */
struct nest {
	struct {
		ecs_bits last;
		uint16_t class;
	} around[130];
	unsigned n;
};

static uint16_t innermost(const struct nest *nest)
{
	return nest->n ? nest->around[nest->n - 1].class : ECS_NOTHING;
}

/* Leaves the prefixes that end before first. */
static void leave(
    struct nest *nest, struct ecs_parts *parts, unsigned family, ecs_bits first)
{
	while (nest->n && nest->around[nest->n - 1].last < first) {
		ecs_bits last = nest->around[--nest->n].last;
		ecs_parts_add_run(parts, family, last + 1, innermost(nest));
	}
}

static int sweep(const struct ecs_prefixes *list, unsigned family, const char *file,
    struct kt_errs *errs, struct ecs_parts *parts)
{
	struct nest nest = { .n = 0 };
	const struct ecs_entry *before = NULL;
	ecs_parts_add_run(parts, family, 0, ECS_NOTHING);
	for (size_t i = 0; i < list->n; i++) {
		const struct ecs_entry *e = &list->list[i];
		uint16_t class;
		if (e->prefix.addr.family != family)
			continue;
		int rc = ecs_parts_class(
		    parts, *e->label ? e->label : "listed", &class);
		if (rc)
			return kt_errs_add(errs, KT_ERROR, rc, file, e->line, 0, NULL,
			    "more than %d classes", ECS_CLASSES_MAX);
		if (before && ecs_prefix_equal(&before->prefix, &e->prefix)) {
			if (class == innermost(&nest))
				continue;
			return kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT, file, e->line,
			    1, NULL, "the prefix stands in line %u too, as \"%s\"",
			    before->line, before->label);
		}
		leave(&nest, parts, family, ecs_bits_of(&e->prefix.addr));
		nest.around[nest.n].last = ecs_last(&e->prefix);
		nest.around[nest.n++].class = class;
		ecs_parts_add_run(parts, family, ecs_bits_of(&e->prefix.addr), class);
		before = e;
	}
	/* What reaches the end of the family is left by nobody. */
	while (nest.n && nest.around[nest.n - 1].last != ~(ecs_bits)0) {
		ecs_bits last = nest.around[--nest.n].last;
		ecs_parts_add_run(parts, family, last + 1, innermost(&nest));
	}
	return 0;
}

int ecs_parts_of_prefixes(struct ecs_prefixes *list, const char *file,
    struct kt_errs *errs, struct ecs_parts **out)
{
	struct ecs_parts *parts = ecs_parts_new(file, false);
	ecs_prefixes_sort(list);
	int rc = sweep(list, 4, file, errs, parts);
	if (!rc)
		rc = sweep(list, 6, file, errs, parts);
	if (rc) {
		ecs_parts_free(parts);
		return rc;
	}
	*out = parts;
	return 0;
}
