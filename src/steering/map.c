#include "steering/map.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "steering/partition.h"
#include "steering/share.h"
#include "steering/special.h"

#include <stdlib.h>

/* A declaration of short-source: this class answers for blocks in key/len. */
struct declared {
	steering_key key;
	uint8_t len;
	uint16_t class;
};

struct family {
	struct steering_partition partition;
	struct declared *declared; /* by key and len, each once */
	size_t n_declared;
	steering_key lens[2]; /* bit n: there is one of length n */
};

struct steering_map {
	struct family v4, v6;
	uint16_t fallback; /* class of the default region */
};

static int compare_declared(const void *a, const void *b)
{
	const struct declared *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (int)x->len - (int)y->len;
}

static void take_declared(struct family *f, unsigned family,
    const struct steering_regions *regions, const uint16_t *class_of)
{
	const struct conf_map *conf = regions->conf;
	f->declared = kt_calloc(conf->n_short_source, sizeof(*f->declared));
	for (size_t i = 0; i < conf->n_short_source; i++) {
		const struct conf_network *s = &conf->short_source[i];
		if (s->prefix.addr.family != family)
			continue;
		f->declared[f->n_declared++] =
		    (struct declared){ .key = steering_key_of(&s->prefix.addr),
			    .len = s->prefix.len,
			    .class = class_of[s->region] };
		f->lens[s->prefix.len / 128] |= (steering_key)1 << s->prefix.len % 128;
	}
	if (f->n_declared)
		qsort(
		    f->declared, f->n_declared, sizeof(*f->declared), compare_declared);
}

struct steering_map *steering_map_make(const struct steering_regions *regions,
    const uint16_t *class_of, unsigned n_classes)
{
	kt_require(n_classes && n_classes < STEERING_CLASSES_MAX);
	for (size_t i = 0; i < regions->n; i++)
		kt_require(class_of[i] < n_classes);
	struct steering_runs runs4 = {
		.run4 = regions->run4, .n = regions->n_run4, .class_of = class_of
	};
	struct steering_runs runs6 = {
		.run6 = regions->run6, .n = regions->n_run6, .class_of = class_of
	};
	struct steering_map *map = kt_calloc(1, sizeof(*map));
	map->fallback = class_of[regions->conf->fallback];
	if (steering_partition_init(&map->v4.partition, &runs4) ||
	    steering_partition_init(&map->v6.partition, &runs6)) {
		steering_map_free(map);
		return NULL;
	}
	take_declared(&map->v4, 4, regions, class_of);
	take_declared(&map->v6, 6, regions, class_of);
	return map;
}

void steering_map_free(struct steering_map *map)
{
	if (!map)
		return;
	steering_partition_fini(&map->v4.partition);
	steering_partition_fini(&map->v6.partition);
	free(map->v4.declared);
	free(map->v6.declared);
	free(map);
}

size_t steering_map_size(const struct steering_map *map)
{
	return sizeof(*map) + steering_partition_size(&map->v4.partition) +
	       steering_partition_size(&map->v6.partition) +
	       (map->v4.n_declared + map->v6.n_declared) * sizeof(struct declared);
}

/* Cells */

/* Of the partition, then of IPv4 when the address has one inside. */
static struct steering_cell find6(const struct steering_map *map, steering_key key)
{
	struct steering_cell cell = steering_partition_find(&map->v6.partition, key);
	if (kt_likely(cell.class != STEERING_EMBEDDED))
		return cell;
	const struct steering_special *block = steering_special_embedding(key, 128);
	cell = steering_partition_find(
	    &map->v4.partition, steering_special_inner(block, key));
	cell.len = (uint8_t)(cell.len + block->offset);
	return cell;
}

struct steering_cell steering_map_find(
    const struct steering_map *map, const struct kt_addr *addr)
{
	if (addr->family == 4)
		return steering_partition_find(
		    &map->v4.partition, (steering_key)kt_get32(addr->octets) << 96);
	return find6(map,
	    (steering_key)kt_get64(addr->octets) << 64 | kt_get64(addr->octets + 8));
}

/* Blocks that are larger than a cell */

static const struct declared *find_declared(
    const struct family *f, steering_key key, unsigned len)
{
	for (unsigned n = f->n_declared ? len + 1 : 0; n--;) {
		if (!(f->lens[n / 128] >> n % 128 & 1))
			continue;
		struct declared want = { .key = steering_key_cut(key, n),
			.len = (uint8_t)n };
		const struct declared *found = bsearch(
		    &want, f->declared, f->n_declared, sizeof(want), compare_declared);
		if (found)
			return found;
	}
	return NULL;
}

/* The longest cell in a block of IPv6, what is in v4-like blocks included. */
static unsigned longest6(const struct steering_map *map, steering_key key, unsigned len)
{
	unsigned longest = steering_share_longest(&map->v6.partition, key, len);
	for (unsigned i = 0; i < STEERING_N_SPECIAL; i++) {
		const struct steering_special *s = &steering_specials[i];
		steering_key block = (steering_key)s->high << 64 | s->low;
		if (s->region != STEERING_EMBEDDED || s->len < len ||
		    steering_key_cut(block, len) != key)
			continue;
		unsigned inner = s->offset + map->v4.partition.longest;
		longest = inner > longest ? inner : longest;
	}
	return longest;
}

/* The block is not of one class: who answers, and how long a source would have to be. */
static void decide_short(const struct steering_map *map, const struct family *f,
    steering_key key, unsigned len, struct steering_decision *out)
{
	const struct declared *declared = find_declared(f, key, len);
	unsigned longest = f == &map->v4
			       ? steering_share_longest(&f->partition, key, len)
			       : longest6(map, key, len);
	out->scope = (uint8_t)longest;
	out->reason = declared ? STEERING_SHORT_DECLARED : STEERING_SHORT_SHARE;
	out->class =
	    declared ? declared->class : steering_share_class(&f->partition, key, len);
}

static void decide_block(const struct steering_map *map, const struct dns_ecs *ecs,
    struct steering_decision *out)
{
	struct kt_addr addr = out->client;
	steering_key key = steering_key_cut(steering_key_of(&addr), ecs->source);
	const struct steering_special *outer =
	    addr.family == 6 ? steering_special_embedding(key, ecs->source) : NULL;
	if (outer) {
		decide_short(map, &map->v4, steering_special_inner(outer, key),
		    ecs->source - outer->offset, out);
		out->scope = (uint8_t)(out->scope + outer->offset);
	} else {
		decide_short(
		    map, addr.family == 4 ? &map->v4 : &map->v6, key, ecs->source, out);
	}
	out->cell = out->scope;
}

/* Decisions */

static unsigned bits_of(const struct kt_addr *addr)
{
	return addr->family == 4 ? 32 : 128;
}

/* By the resolver's address; one that tells nothing either is answered by default. */
static void decide_resolver(const struct steering_map *map,
    const struct kt_addr *resolver, struct steering_decision *out)
{
	struct steering_cell cell = { 0 };
	if (map)
		cell = steering_map_find(map, resolver);
	out->class = cell.class != STEERING_BY_RESOLVER ? cell.class : map->fallback;
	out->cell = cell.len;
	out->client = *resolver;
	out->source = (uint8_t)bits_of(resolver);
}

void steering_map_decide(const struct steering_map *map, const struct dns_ecs *ecs,
    const struct kt_addr *resolver, struct steering_decision *out)
{
	*out = (struct steering_decision){ .reason = STEERING_RESOLVER };
	if (!ecs || !ecs->source || (ecs->family != 4 && ecs->family != 6)) {
		/* RFC 7871 s.7.1.2: source 0 asks not to use the address */
		bool none = ecs && !ecs->source && ecs->family;
		decide_resolver(map, resolver, out);
		out->reason = !map   ? STEERING_EVERYBODY
			      : none ? STEERING_NO_SOURCE
				     : STEERING_RESOLVER;
		return;
	}
	out->client.family = ecs->family;
	memcpy(out->client.octets, ecs->octets, ecs->family == 4 ? 4 : 16);
	out->source = ecs->source;
	if (!map) {
		out->reason = STEERING_EVERYBODY;
		return;
	}
	struct steering_cell cell = steering_map_find(map, &out->client);
	out->cell = cell.len;
	out->class = cell.class;
	out->scope = cell.len;
	out->reason = STEERING_CELL;
	if (cell.len > ecs->source)
		decide_block(map, ecs, out);
	if (out->class == STEERING_BY_RESOLVER) {
		/* RFC 7871 s.11.1: scope covers the special block */
		uint8_t scope = out->scope;
		decide_resolver(map, resolver, out);
		out->scope = scope;
		out->reason = STEERING_SPECIAL;
	}
}

int steering_map_walk(const struct steering_map *map, unsigned family,
    const struct kt_prefix *within,
    int (*visit)(void *ctx, const struct kt_prefix *cell, uint16_t class), void *ctx)
{
	const struct steering_partition *p = family == 4 ? &map->v4.partition
							 : &map->v6.partition;
	steering_key end = family == 4 ? (steering_key)UINT32_MAX << 96
				       : ~(steering_key)0;
	steering_key key = 0;
	if (within) {
		key = steering_key_of(&within->addr);
		end &= key | (within->len < 128 ? ~(steering_key)0 >> within->len : 0);
	}
	for (;;) {
		struct steering_cell cell = steering_partition_find(p, key);
		key = steering_key_cut(key, cell.len);
		struct kt_prefix prefix = { .addr = steering_key_addr(key, family),
			.len = cell.len };
		int rc = visit(ctx, &prefix, cell.class);
		steering_key last = key |
				    (cell.len < 128 ? ~(steering_key)0 >> cell.len : 0);
		if (rc || last >= end)
			return rc;
		key = last + 1;
	}
}
