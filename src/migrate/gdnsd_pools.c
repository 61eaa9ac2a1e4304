/*
 * gdnsd's resources as pools.  Each address family has a pool of its own, as gdnsd judges
 * them apart; a question only looks at pools that have its type.
 */
#include "base/text.h"
#include "migrate/gdnsd_p.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	RESOURCES_DEEP = 16
};

/* What a stanza inherits: its own keys, then those of the resource, then the plugin's. */
struct scope {
	struct migrate_node *levels[4];
	size_t n;
};

/* One family's (or CNAMEs') part of a resource. */
struct part {
	const char *plugin, *name;
	struct migrate_node *node;
	struct scope scope;
};

static bool resolve(struct gdnsd *g, const char *plugin, const char *resource,
    const char *dc, const char *file, unsigned line, struct gdnsd_target *out);

static struct migrate_node *inherited(const struct scope *scope, const char *key)
{
	struct migrate_node *found = NULL;
	/* All levels are asked, so that a key that a nearer one hides counts as understood. */
	for (size_t i = 0; i < scope->n; i++) {
		struct migrate_node *c = migrate_child(scope->levels[i], key);
		found = found ? found : c;
	}
	return found;
}

static void push(struct scope *scope, struct migrate_node *node)
{
	if (!node || node->kind != MIGRATE_HASH || scope->n == KT_COUNT(scope->levels))
		return;
	memmove(scope->levels + 1, scope->levels, scope->n * sizeof(*scope->levels));
	scope->levels[0] = node;
	scope->n++;
}

bool gdnsd_is_parameter(const char *key)
{
	static const char *const keys[] = { "service_types", "up_thresh", "multi",
		"ignore_health", "plugin", "skip_first", "datacenters", "dcmap", "map",
		"resources", "maps", "undefined_datacenters_ok", "addrs_v4",
		"addrs_v6" };
	for (size_t i = 0; i < KT_COUNT(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Monitors */

static const struct migrate_monitor *find_monitor(
    const struct gdnsd *g, const char *name)
{
	for (size_t i = 0; i < g->plan->n_monitors; i++)
		if (strcmp(g->plan->monitors[i]->name, name) == 0)
			return g->plan->monitors[i];
	return NULL;
}

static void take_type(
    struct gdnsd *g, struct migrate_pool *pool, const struct migrate_node *node)
{
	const char *name = node->text ? node->text : "";
	if (strcmp(name, "up") == 0 || strcmp(name, "default") == 0)
		return;
	const struct migrate_monitor *m = find_monitor(g, name);
	if (!m)
		migrate_lost(g->plan, node->file, node->line,
		    "service type %s of pool %s: it is not watched", name, pool->name);
	else if (migrate_cannot_watch(pool, m))
		migrate_lost(g->plan, node->file, node->line,
		    "service type %s of pool %s: give its names a probe, the address "
		    "that is watched",
		    name, pool->name);
	else
		migrate_texts_add(g->plan, &pool->monitors, name);
}

static void add_monitors(
    struct gdnsd *g, struct migrate_pool *pool, const struct scope *scope)
{
	struct migrate_node *types = inherited(scope, "service_types");
	if (types && types->kind == MIGRATE_SCALAR)
		take_type(g, pool, types);
	for (struct migrate_node *c = types ? types->first : NULL; c; c = c->next) {
		c->used = true;
		take_type(g, pool, c);
	}
}

/* Members */

/* Up to gdnsd 2, "lb03" stands below the origin of the record that asks, which is another one elsewhere. */
static const char *whole_name(struct gdnsd *g, struct migrate_pool *pool,
    const struct migrate_node *node, const char *text)
{
	size_t len = strlen(text);
	if (len && text[len - 1] == '.')
		return migrate_format(g->plan, "%s", text);
	pool->origin = g->origin;
	const char *name = migrate_format(
	    g->plan, "%s.%s", text, strcmp(g->origin, ".") == 0 ? "" : g->origin);
	migrate_differs(g->plan, node->file, node->line,
	    "pool %s: %s is %s, by the first record that asks for it", pool->name, text,
	    name);
	return name;
}

static void add_value(struct gdnsd *g, struct migrate_pool *pool,
    const struct migrate_node *node, const char *text, unsigned weight)
{
	struct kt_addr addr;
	struct migrate_member *m = migrate_add_member(g->plan, pool);
	char out[KT_ADDR_TEXT];
	m->weight = weight;
	if (kt_addr_scan(text, &addr) == 0)
		m->address = migrate_format(g->plan, "%s", kt_addr_print(&addr, out));
	else
		m->name = whole_name(g, pool, node, text);
}

static double threshold(const struct scope *scope)
{
	struct migrate_node *node = inherited(scope, "up_thresh");
	double value = node && node->text ? strtod(node->text, NULL) : 0.5;
	return value > 0 && value <= 1 ? value : 0.5;
}

static void fill_multifo(
    struct gdnsd *g, struct migrate_pool *pool, const struct part *part)
{
	struct migrate_node *ignored = inherited(&part->scope, "ignore_health");
	pool->method = "multi";
	if (part->node->kind == MIGRATE_SCALAR)
		add_value(g, pool, part->node, part->node->text, 0);
	for (struct migrate_node *c = part->node->first; c; c = c->next) {
		if (c->kind != MIGRATE_SCALAR || (c->key && gdnsd_is_parameter(c->key)))
			continue;
		c->used = true;
		add_value(g, pool, c, c->text, 0);
	}
	pool->min_up = (unsigned)ceil(
	    threshold(&part->scope) * (double)pool->n_members);
	if (ignored && ignored->text && strcasecmp(ignored->text, "true") == 0)
		migrate_lost(g->plan, ignored->file, ignored->line,
		    "pool %s: ignore_health has no equal: members that are down are "
		    "left out",
		    pool->name);
}

static void fill_simplefo(
    struct gdnsd *g, struct migrate_pool *pool, const struct part *part)
{
	static const char *const keys[] = { "primary", "secondary" };
	pool->method = "failover";
	for (size_t i = 0; i < KT_COUNT(keys); i++) {
		const char *text = migrate_child_text(part->node, keys[i]);
		if (text)
			add_value(g, pool, part->node, text, 0);
	}
}

static unsigned weight_of(const struct migrate_node *pair)
{
	uint64_t n = 1;
	const struct migrate_node *second = pair->first ? pair->first->next : NULL;
	if (second && second->text &&
	    kt_scan_number(second->text, strlen(second->text), 1u << 20, &n))
		n = 1;
	return (unsigned)n;
}

static void take_pair(struct gdnsd *g, struct migrate_pool *pool,
    struct migrate_node *pair, uint64_t *total)
{
	pair->used = true;
	for (struct migrate_node *c = pair->first; c; c = c->next)
		c->used = true;
	if (!pair->first || !pair->first->text)
		return;
	unsigned weight = weight_of(pair);
	*total += weight;
	add_value(g, pool, pair, pair->first->text, weight);
}

static bool is_multi(const struct scope *scope)
{
	struct migrate_node *multi = inherited(scope, "multi");
	return multi && multi->text && strcasecmp(multi->text, "true") == 0;
}

/* A group is a pool inside the pool. */
static void take_group(struct gdnsd *g, struct migrate_pool *outer,
    struct migrate_node *group, const struct part *part, bool multi)
{
	bool made;
	uint64_t total = 0;
	const char *name = migrate_format(
	    g->plan, "%s-%s", outer->name, group->key ? group->key : "group");
	struct migrate_pool *pool = migrate_add_pool(g->plan, name, &made);
	group->used = true;
	for (struct migrate_node *c = group->first; c; c = c->next)
		if (c->kind == MIGRATE_ARRAY)
			take_pair(g, pool, c, &total);
	pool->method = multi ? "weighted" : "multi";
	add_monitors(g, pool, &part->scope);
	struct migrate_member *m = migrate_add_member(g->plan, outer);
	m->pool = pool->name;
	m->weight = (unsigned)total;
	migrate_differs(g->plan, group->file, group->line, "group %s: %s", name,
	    multi ? "one member of each group by weight; gdnsd leaves out lighter "
		    "groups by chance"
		  : "all members of the chosen group that are up answer; gdnsd leaves "
		    "out the lighter ones by chance");
}

static void fill_weighted(
    struct gdnsd *g, struct migrate_pool *pool, const struct part *part)
{
	bool multi = is_multi(&part->scope), groups = false;
	uint64_t total = 0;
	for (struct migrate_node *c = part->node->first; c; c = c->next) {
		if (c->key && gdnsd_is_parameter(c->key))
			continue;
		if (c->kind == MIGRATE_HASH) {
			take_group(g, pool, c, part, multi);
			groups = true;
		} else {
			take_pair(g, pool, c, &total);
		}
	}
	pool->method = multi ? "multi" : "weighted";
	if (multi && !groups)
		migrate_lost(g->plan, part->node->file, part->node->line,
		    "pool %s: multi puts lighter members in by chance, which has no "
		    "equal: all that are up answer",
		    pool->name);
	pool->min_up = (unsigned)ceil(
	    threshold(&part->scope) * (double)pool->n_members);
}

static void fill(struct gdnsd *g, struct migrate_pool *pool, const struct part *part)
{
	if (strcmp(part->plugin, "simplefo") == 0)
		fill_simplefo(g, pool, part);
	else if (strcmp(part->plugin, "weighted") == 0)
		fill_weighted(g, pool, part);
	else
		fill_multifo(g, pool, part);
	if (strcmp(part->plugin, "static") != 0)
		add_monitors(g, pool, &part->scope);
}

static void add_pool(
    struct gdnsd *g, const struct part *part, struct migrate_texts *out)
{
	bool made;
	struct migrate_pool *pool = migrate_add_pool(g->plan, part->name, &made);
	if (made)
		fill(g, pool, part);
	else if (pool->origin && strcmp(pool->origin, g->origin) != 0)
		migrate_lost(g->plan, part->node->file, part->node->line,
		    "pool %s: its names are those below %s, but a record below %s asks "
		    "for it too",
		    pool->name, pool->origin, g->origin);
	if (pool->n_members)
		migrate_texts_add(g->plan, out, pool->name);
	else if (made)
		migrate_lost(g->plan, part->node->file, part->node->line,
		    "%s has no members", part->name);
}

/* A stanza, with addrs_v4 and addrs_v6 or without. */
static void add_stanza(
    struct gdnsd *g, const struct part *part, struct migrate_texts *out)
{
	static const struct {
		const char *key, *suffix;
	} families[] = { { "addrs_v4", "-v4" }, { "addrs_v6", "-v6" } };
	bool any = false;
	for (size_t i = 0; i < KT_COUNT(families); i++) {
		struct migrate_node *node = migrate_child(part->node, families[i].key);
		struct part family = *part;
		if (!node)
			continue;
		any = true;
		family.node = node;
		family.name = migrate_format(
		    g->plan, "%s%s", part->name, families[i].suffix);
		push(&family.scope, node);
		add_pool(g, &family, out);
	}
	if (!any)
		add_pool(g, part, out);
}

/* Datacenters */

static struct migrate_node *resource_node(
    struct gdnsd *g, const char *plugin, const char *resource, struct scope *scope)
{
	struct migrate_node *p = migrate_child(g->plugins, plugin);
	bool meta = strcmp(plugin, "geoip") == 0 || strcmp(plugin, "metafo") == 0;
	struct migrate_node *node = migrate_child(
	    meta ? migrate_child(p, "resources") : p, resource);
	push(scope, p);
	push(scope, node);
	return node;
}

static bool take_reference(struct gdnsd *g, const char *text, const char *plugin,
    const struct migrate_node *at, struct migrate_texts *out)
{
	struct gdnsd_target target = { 0 };
	const char *mark = strchr(text, '!');
	if (*text == '%')
		plugin = migrate_format(
		    g->plan, "%.*s", (int)(mark ? mark - text - 1 : 0), text + 1);
	if (!mark || !resolve(g, plugin, mark + 1, NULL, at->file, at->line, &target))
		return false;
	if (target.map) {
		migrate_lost(g->plan, at->file, at->line,
		    "%s: a map inside a datacenter has no equal; its first region "
		    "answers",
		    text);
	}
	for (size_t i = 0; target.n_regions && i < target.regions[0].pools.n; i++)
		migrate_texts_add(g->plan, out, target.regions[0].pools.list[i]);
	return true;
}

/* One datacenter's pools; name: "RESOURCE-DC". */
static void take_dc(struct gdnsd *g, struct migrate_node *dc, const char *name,
    const struct scope *scope, struct migrate_texts *out)
{
	struct part part = { .name = name, .node = dc, .scope = *scope };
	push(&part.scope, dc);
	struct migrate_node *plugin = inherited(&part.scope, "plugin");
	part.plugin = plugin && plugin->text ? plugin->text : "multifo";
	if (dc->kind == MIGRATE_SCALAR && strchr(dc->text, '!')) {
		take_reference(g, dc->text, part.plugin, dc, out);
		return;
	}
	if (strcmp(part.plugin, "geoip") == 0 || strcmp(part.plugin, "metafo") == 0) {
		migrate_lost(g->plan, dc->file, dc->line,
		    "%s: plugin %s inside a datacenter has no equal", name,
		    part.plugin);
		return;
	}
	add_stanza(g, &part, out);
}

static void add_dc(struct gdnsd *g, struct migrate_node *dcmap, const char *resource,
    const char *dc, const struct scope *scope, struct migrate_texts *out)
{
	struct migrate_node *node = migrate_child(dcmap, dc);
	if (node)
		take_dc(g, node, migrate_format(g->plan, "%s-%s", resource, dc), scope,
		    out);
}

static struct migrate_preference *add_preference(
    struct gdnsd *g, struct gdnsd_target *target, const char *region)
{
	struct migrate_service rows = {
		.regions = target->regions,
		.n_regions = target->n_regions,
		.regions_size = target->regions_size,
	};
	struct migrate_preference *p = migrate_add_region(g->plan, &rows, region);
	target->regions = rows.regions;
	target->n_regions = rows.n_regions;
	target->regions_size = rows.regions_size;
	return p;
}

struct mapping {
	struct gdnsd *g;
	struct migrate_node *dcmap;
	const char *resource;
	const struct scope *scope;
	struct gdnsd_target *target;
	bool skip_first;
};

static void map_region(void *ctx, const char *region, const struct migrate_texts *dcs)
{
	struct mapping *m = ctx;
	for (size_t i = 0; i < m->target->n_regions; i++)
		if (strcmp(m->target->regions[i].region, region) == 0)
			return;
	struct migrate_preference *p = add_preference(m->g, m->target, region);
	/* gdnsd-plugin-geoip(8): without effect on a list of one */
	size_t from = m->skip_first && dcs->n > 1;
	for (size_t i = from; i < dcs->n; i++)
		add_dc(m->g, m->dcmap, m->resource, dcs->list[i], m->scope, &p->pools);
}

static void resolve_geoip(struct gdnsd *g, struct migrate_node *node,
    const char *resource, const char *dc, const struct scope *scope,
    struct gdnsd_target *out)
{
	struct migrate_node *dcmap = migrate_child(node, "dcmap");
	struct migrate_node *skip = inherited(scope, "skip_first");
	const char *name = migrate_child_text(node, "map");
	struct migrate_node *map = migrate_child(
	    migrate_child(migrate_child(g->plugins, "geoip"), "maps"),
	    name ? name : "");
	struct mapping m = { g, dcmap, resource, scope, out,
		skip && skip->text && strcasecmp(skip->text, "true") == 0 };
	if (dc) {
		add_dc(g, dcmap, resource, dc, scope,
		    &add_preference(g, out, NULL)->pools);
		return;
	}
	if (!map) {
		migrate_lost(g->plan, node->file, node->line, "%s: there is no map %s",
		    resource, name ? name : "");
		return;
	}
	out->map = name;
	gdnsd_map_each(g, map, map_region, &m);
}

static void resolve_metafo(struct gdnsd *g, struct migrate_node *node,
    const char *resource, const char *dc, const struct scope *scope,
    struct gdnsd_target *out)
{
	struct migrate_node *dcmap = migrate_child(node, "dcmap");
	struct migrate_node *dcs = migrate_child(node, "datacenters");
	struct migrate_node *skip = inherited(scope, "skip_first");
	struct migrate_preference *p = add_preference(g, out, NULL);
	bool skips = skip && skip->text && strcasecmp(skip->text, "true") == 0;
	if (dc || (dcs && dcs->kind == MIGRATE_SCALAR)) {
		add_dc(g, dcmap, resource, dc ? dc : dcs->text, scope, &p->pools);
		return;
	}
	for (struct migrate_node *c = dcs ? dcs->first : NULL; c; c = c->next) {
		c->used = true;
		if (!(skips && c == dcs->first && c->next) && c->text)
			add_dc(g, dcmap, resource, c->text, scope, &p->pools);
	}
}

static bool resolve(struct gdnsd *g, const char *plugin, const char *resource,
    const char *dc, const char *file, unsigned line, struct gdnsd_target *out)
{
	struct scope scope = { 0 };
	struct migrate_node *node = resource_node(g, plugin, resource, &scope);
	if (!node || g->depth >= RESOURCES_DEEP) {
		migrate_lost(g->plan, file, line, "%s!%s: %s", plugin, resource,
		    node ? "resources lead to each other in a ring"
			 : "there is no such resource, or its plugin has no equal");
		return false;
	}
	g->depth++;
	if (strcmp(plugin, "geoip") == 0) {
		resolve_geoip(g, node, resource, dc, &scope, out);
	} else if (strcmp(plugin, "metafo") == 0) {
		resolve_metafo(g, node, resource, dc, &scope, out);
	} else {
		struct part part = { plugin, resource, node, scope };
		add_stanza(g, &part, &add_preference(g, out, NULL)->pools);
	}
	g->depth--;
	return true;
}

bool gdnsd_resolve(struct gdnsd *g, const char *text, const char *file, unsigned line,
    struct gdnsd_target *out)
{
	const char *mark = strchr(text, '!');
	const char *slash = mark ? strchr(mark, '/') : NULL;
	*out = (struct gdnsd_target){ 0 };
	if (!mark) {
		migrate_lost(g->plan, file, line, "%s: expected plugin!resource", text);
		return false;
	}
	const char *plugin = migrate_format(g->plan, "%.*s", (int)(mark - text), text);
	size_t len = slash ? (size_t)(slash - mark - 1) : strlen(mark + 1);
	const char *resource = migrate_format(g->plan, "%.*s", (int)len, mark + 1);
	return resolve(g, plugin, resource, slash ? slash + 1 : NULL, file, line, out);
}
