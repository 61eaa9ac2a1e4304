#include "ecs/view.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What a view had made for it, apart from its parts. */
struct made {
	struct steering_regions *read;   /* by steering_regions_make() */
	struct steering_map *map;        /* by steering_map_make() */
	struct steering_regions regions; /* from parts */
	struct conf_map conf;
	struct conf_network *shorts;
	struct steering_run4 *run4;
	struct steering_run6 *run6;
};

void ecs_view_free(struct ecs_view *view)
{
	if (!view)
		return;
	struct made *m = view->memory;
	if (m) {
		steering_map_free(m->map);
		steering_regions_free(m->read);
		free(m->shorts);
		free(m->run4);
		free(m->run6);
		free(m);
	}
	ecs_parts_free(view->parts);
	free(view);
}

/* Parts */

static void add_region_runs(struct ecs_parts *parts,
    const struct steering_regions *regions, const uint16_t *class_of)
{
	for (size_t i = 0; i < regions->n_run4; i++) {
		uint16_t region = regions->run4[i].region;
		ecs_parts_add_run(parts, 4, (ecs_bits)regions->run4[i].first << 96,
		    class_of && region < regions->n ? class_of[region] : region);
	}
	for (size_t i = 0; i < regions->n_run6; i++) {
		const struct steering_run6 *run = &regions->run6[i];
		ecs_parts_add_run(parts, 6,
		    (ecs_bits)run->first[0] << 64 | run->first[1],
		    class_of && run->region < regions->n ? class_of[run->region]
							 : run->region);
	}
	for (size_t i = 0; i < regions->conf->n_short_source; i++) {
		const struct conf_network *s = &regions->conf->short_source[i];
		ecs_parts_add_short(
		    parts, &s->prefix, class_of ? class_of[s->region] : s->region);
	}
	parts->ignores_ecs = !regions->conf->ecs;
	parts->fallback = class_of ? class_of[regions->conf->fallback]
				   : regions->conf->fallback;
}

/* Numbers of regions are numbers of classes: names are distinct. */
static void add_class(struct ecs_parts *parts, const char *name, uint16_t wanted)
{
	uint16_t class;
	int rc = ecs_parts_class(parts, name, &class);
	kt_require(!rc && class == wanted);
}

struct ecs_parts *ecs_parts_of_regions(const struct steering_regions *regions)
{
	struct ecs_parts *parts = ecs_parts_new(regions->conf->name, false);
	for (size_t i = 0; i < regions->n; i++)
		add_class(parts, regions->names[i], (uint16_t)i);
	add_region_runs(parts, regions, NULL);
	return parts;
}

/* A class is called by its regions; by the first of them when they are many. */
#define CLASS_REGIONS_SHOWN 4

static void name_class(const struct steering_service *service,
    const struct steering_regions *regions, unsigned class, struct kt_text *out)
{
	size_t n = 0;
	kt_text_clear(out);
	for (size_t r = 0; r < regions->n; r++) {
		if (service->class_of[r] != class)
			continue;
		if (n < CLASS_REGIONS_SHOWN)
			kt_text_addf(out, "%s%s", n ? "+" : "", regions->names[r]);
		n++;
	}
	if (n > CLASS_REGIONS_SHOWN)
		kt_text_addf(out, "+%zu-more", n - CLASS_REGIONS_SHOWN);
}

static const struct conf_preference *preference_of(
    const struct conf_service *conf, size_t region)
{
	if (region < conf->n_regions && conf->regions[region].n_pools)
		return &conf->regions[region];
	return conf->other;
}

static void add_member(struct kt_text *out, const struct conf_member *m)
{
	char addr[KT_ADDR_TEXT];
	if (out->len)
		kt_text_add(out, ", ");
	if (m->address.family)
		kt_text_add(out, kt_addr_print(&m->address, addr));
	else
		dns_name_add(out, m->name.wire);
}

/* Pools may be nested; the configuration has no loops, and few levels. */
#define NESTED_MAX 16

static void add_members(
    struct kt_text *out, const struct conf_pool *pool, unsigned depth)
{
	for (size_t i = 0; i < pool->n_members; i++) {
		if (!pool->members[i].pool)
			add_member(out, &pool->members[i]);
		else if (depth < NESTED_MAX)
			add_members(out, pool->members[i].pool, depth + 1);
	}
}

static void describe_class(
    struct ecs_class *class, const struct conf_preference *preference)
{
	struct kt_text pools = { 0 }, targets = { 0 };
	if (!preference || !preference->n_pools)
		return;
	for (size_t i = 0; i < preference->n_pools; i++)
		kt_text_addf(&pools, "%s%s", i ? ", " : "", preference->pools[i]->name);
	add_members(&targets, preference->pools[0], 0);
	free(class->pools);
	free(class->targets);
	class->pools = kt_strdup(kt_text_of(&pools));
	class->targets = kt_strdup(kt_text_of(&targets));
	kt_text_fini(&pools);
	kt_text_fini(&targets);
}

static const struct steering_regions *regions_of(
    const struct steering *steering, const struct steering_service *service)
{
	return service->conf->map
		   ? steering->regions[service->conf->map - steering->conf->maps]
		   : NULL;
}

static void add_everybody(struct ecs_parts *parts)
{
	ecs_parts_add_run(parts, 4, 0, 0);
	ecs_parts_add_run(parts, 6, 0, 0);
}

struct ecs_parts *ecs_parts_of_service(
    const struct steering *steering, const struct steering_service *service)
{
	const struct conf_service *conf = service->conf;
	const struct steering_regions *regions = regions_of(steering, service);
	struct kt_text text = { 0 };
	dns_name_add(&text, conf->name.wire);
	struct ecs_parts *parts = ecs_parts_new(kt_text_of(&text), true);
	if (service->hashes) {
		parts->hash[0] = conf->hash_v4;
		parts->hash[1] = conf->hash_v6;
	}
	if (!regions) {
		add_class(parts, "everybody", 0);
		describe_class(&parts->classes[0], preference_of(conf, 0));
		add_everybody(parts);
		kt_text_fini(&text);
		return parts;
	}
	for (unsigned c = 0; c < service->n_classes; c++) {
		name_class(service, regions, c, &text);
		add_class(parts, kt_text_of(&text), (uint16_t)c);
		for (size_t r = 0; r < regions->n; r++) {
			if (service->class_of[r] != c)
				continue;
			describe_class(&parts->classes[c], preference_of(conf, r));
			break;
		}
	}
	if (service->map)
		add_region_runs(parts, regions, service->class_of);
	else
		add_everybody(parts);
	kt_text_fini(&text);
	return parts;
}

/* Views */

static struct ecs_view *view_new(struct ecs_parts *parts)
{
	struct ecs_view *view = kt_calloc(1, sizeof(*view));
	view->parts = parts;
	view->memory = kt_calloc(1, sizeof(struct made));
	return view;
}

/* A map whose classes are the regions themselves. */
static int make_map(struct ecs_view *view, const struct steering_regions *regions)
{
	struct made *m = view->memory;
	uint16_t *same = kt_calloc(regions->n + 1, sizeof(*same));
	for (size_t i = 0; i < regions->n; i++)
		same[i] = (uint16_t)i;
	m->map = steering_map_make(regions, same, (unsigned)regions->n);
	free(same);
	view->map = m->map;
	return m->map ? 0 : KT_E_LIMIT;
}

int ecs_view_of_regions(const struct steering_regions *regions, struct ecs_view **out)
{
	struct ecs_view *view = view_new(ecs_parts_of_regions(regions));
	view->regions = regions;
	int rc = make_map(view, regions);
	if (rc) {
		ecs_view_free(view);
		return rc;
	}
	*out = view;
	return 0;
}

int ecs_view_of_map(
    const struct conf_map *map, struct kt_errs *errs, struct ecs_view **out)
{
	struct steering_regions *regions;
	int rc = steering_regions_make(map, errs, &regions);
	if (rc)
		return rc;
	rc = ecs_view_of_regions(regions, out);
	if (rc) {
		steering_regions_free(regions);
		return kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "the map %s does not fit in memory", map->name);
	}
	((struct made *)(*out)->memory)->read = regions;
	return 0;
}

struct ecs_view *ecs_view_of_service(
    const struct steering *steering, const struct steering_service *service)
{
	struct ecs_view *view = view_new(ecs_parts_of_service(steering, service));
	view->map = service->map;
	view->regions = regions_of(steering, service);
	view->service = service->conf;
	view->class_of = service->class_of;
	return view;
}

const struct steering_service *ecs_service_find(
    const struct steering *steering, const char *name)
{
	struct dns_name wanted;
	if (dns_name_scan(name, strlen(name), NULL, &wanted))
		return NULL;
	for (size_t i = 0; i < steering->n_services; i++)
		if (dns_name_equal(&steering->services[i].conf->name, &wanted))
			return &steering->services[i];
	return NULL;
}

/* Parts become regions, as a map file would have made them. */
static void fill_regions(struct made *m, const struct ecs_parts *parts)
{
	m->run4 = kt_calloc(parts->n_runs[0], sizeof(*m->run4));
	m->run6 = kt_calloc(parts->n_runs[1], sizeof(*m->run6));
	m->shorts = kt_calloc(parts->n_shorts, sizeof(*m->shorts));
	for (size_t i = 0; i < parts->n_runs[0]; i++)
		m->run4[i] = (struct steering_run4){
			.first = (uint32_t)(parts->runs[0][i].first >> 96),
			.region = parts->runs[0][i].class,
		};
	for (size_t i = 0; i < parts->n_runs[1]; i++)
		m->run6[i] = (struct steering_run6){
			.first = { (uint64_t)(parts->runs[1][i].first >> 64),
			    (uint64_t)parts->runs[1][i].first },
			.region = parts->runs[1][i].class,
		};
	for (size_t i = 0; i < parts->n_shorts; i++)
		m->shorts[i] = (struct conf_network){
			.prefix = parts->shorts[i].prefix,
			.region = parts->shorts[i].class,
		};
	m->conf = (struct conf_map){
		.name = parts->name,
		.short_source = m->shorts,
		.n_short_source = parts->n_shorts,
		.fallback = parts->fallback,
		.short_source_ttl_s = UINT32_MAX,
		.ecs = !parts->ignores_ecs,
	};
	m->regions = (struct steering_regions){
		.conf = &m->conf,
		.n = parts->n_classes,
		.run4 = m->run4,
		.n_run4 = parts->n_runs[0],
		.run6 = m->run6,
		.n_run6 = parts->n_runs[1],
	};
}

/* A map has a class for each run; holes of a network list have none. */
static bool makes_a_map(const struct ecs_parts *parts)
{
	if (!parts->n_classes || parts->fallback >= parts->n_classes)
		return false;
	for (unsigned f = 0; f < 2; f++) {
		if (!parts->n_runs[f])
			return false;
		for (size_t i = 0; i < parts->n_runs[f]; i++) {
			uint16_t class = parts->runs[f][i].class;
			if (class >= parts->n_classes && class != ECS_BY_RESOLVER &&
			    !(class == ECS_EMBEDDED && f == 1))
				return false;
		}
	}
	for (size_t i = 0; i < parts->n_shorts; i++)
		if (parts->shorts[i].class >= parts->n_classes)
			return false;
	return true;
}

int ecs_view_of_parts(struct ecs_parts *parts, struct ecs_view **out)
{
	struct ecs_view *view = view_new(parts);
	struct made *m = view->memory;
	int rc = KT_E_FORMAT;
	if (makes_a_map(parts)) {
		fill_regions(m, parts);
		/* One class for both families: as the service has it, without a map. */
		bool everybody = parts->service && parts->n_runs[0] == 1 &&
				 parts->n_runs[1] == 1 && parts->n_classes == 1;
		rc = everybody ? 0 : make_map(view, &m->regions);
	}
	if (rc) {
		ecs_view_free(view);
		return rc;
	}
	*out = view;
	return 0;
}

/* Decisions */

/* Method hash tells clients of a cell apart: by so many bits, which is the scope then. */
static void refine(const struct ecs_view *view, struct steering_decision *d)
{
	unsigned hash = view->parts->hash[ecs_family_index(d->client.family)];
	unsigned n = hash < d->source ? hash : d->source;
	bool ours = d->reason == STEERING_CELL || d->reason == STEERING_EVERYBODY;
	if (ours && n > d->scope)
		d->scope = (uint8_t)n;
}

void ecs_view_decide(const struct ecs_view *view, const struct kt_prefix *asked,
    const struct kt_addr *resolver, struct steering_decision *out)
{
	struct dns_ecs ecs = { .family = asked->addr.family, .source = asked->len };
	memcpy(ecs.octets, asked->addr.octets, sizeof(ecs.octets));
	if (view->map && view->parts->ignores_ecs) {
		/* As without the option: the answer holds for all of the resolver's clients. */
		steering_map_decide(view->map, NULL, resolver, out);
		out->scope = 0;
	} else if (view->map) {
		steering_map_decide(view->map, &ecs, resolver, out);
	} else {
		*out = (struct steering_decision){
			.source = asked->len,
			.reason = STEERING_EVERYBODY,
			.client = asked->addr,
		};
	}
	refine(view, out);
}

/* Of clients in one cell each block of the hash may get another member: so many answers. */
static uint32_t answer_of(
    const struct ecs_view *view, const struct steering_decision *d)
{
	if (!view->parts->hash[ecs_family_index(d->client.family)])
		return d->class;
	struct kt_prefix block = ecs_block(
	    d->client.family, ecs_bits_of(&d->client), d->scope);
	return (uint32_t)kt_hash_octets(d->class, block.addr.octets, 16);
}

void ecs_view_replies(const struct ecs_view *view, const struct ecs_prefixes *prefixes,
    const struct kt_addr *resolver, struct ecs_reply *out)
{
	for (size_t i = 0; i < prefixes->n; i++) {
		struct steering_decision d;
		ecs_view_decide(view, &prefixes->list[i].prefix, resolver, &d);
		out[i] = (struct ecs_reply){
			.asked = prefixes->list[i].prefix,
			.answer = answer_of(view, &d),
			.scope = d.scope,
		};
	}
}

const char *ecs_reason_name(enum steering_reason reason)
{
	static const char *const names[] = {
		[STEERING_CELL] = "cell",
		[STEERING_SHORT_DECLARED] = "too short: declared",
		[STEERING_SHORT_SHARE] = "too short: largest share",
		[STEERING_RESOLVER] = "resolver",
		[STEERING_NO_SOURCE] = "source 0: resolver",
		[STEERING_SPECIAL] = "special block: resolver",
		[STEERING_EVERYBODY] = "one class",
	};
	return (size_t)reason < KT_COUNT(names) ? names[reason] : "-";
}

struct search {
	const struct steering_map *map;
	const struct kt_prefix *within;
	uint16_t class;
	struct kt_addr found;
};

static int find_class(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	struct search *s = ctx;
	/* What matters of a cell that is larger than the block is inside the block. */
	const struct kt_prefix *inner = cell->len < s->within->len ? s->within : cell;
	if (class == STEERING_EMBEDDED)
		class = steering_map_find(s->map, &inner->addr).class;
	if (class != s->class)
		return 0;
	s->found = inner->addr;
	return 1;
}

static const struct conf_network *declared_for(
    const struct conf_map *conf, const struct kt_prefix *asked)
{
	const struct conf_network *best = NULL;
	for (size_t i = 0; i < conf->n_short_source; i++) {
		const struct conf_network *s = &conf->short_source[i];
		if (ecs_prefix_holds(&s->prefix, asked) &&
		    (!best || s->prefix.len > best->prefix.len))
			best = s;
	}
	return best;
}

static void explain_declared(const struct ecs_view *view,
    const struct conf_network *network, struct steering_why *out)
{
	char text[KT_PREFIX_TEXT];
	*out = (struct steering_why){
		.file = network->place.file,
		.line = network->place.line,
		.column = network->place.column,
		.region = network->region,
		.prefix = network->prefix,
	};
	snprintf(out->text, sizeof(out->text), "short-source %s: %s",
	    kt_prefix_print(&network->prefix, text),
	    view->regions->names[network->region]);
}

int ecs_view_why(const struct ecs_view *view, const struct kt_prefix *asked,
    const struct steering_decision *decision, struct steering_why *out)
{
	struct kt_addr addr = decision->client;
	if (!view->regions)
		return KT_E_NOT_FOUND;
	/* The block is why the resolver counts. */
	if (decision->reason == STEERING_SPECIAL)
		addr = asked->addr;
	if (decision->reason == STEERING_SHORT_DECLARED) {
		const struct conf_network *n = declared_for(view->regions->conf, asked);
		if (n) {
			explain_declared(view, n, out);
			return 0;
		}
	}
	if (decision->reason == STEERING_SHORT_SHARE && view->map) {
		struct search s = { view->map, asked, decision->class, addr };
		(void)steering_map_walk(
		    view->map, asked->addr.family, asked, find_class, &s);
		addr = s.found;
	}
	return steering_regions_why(view->regions, &addr, out);
}
