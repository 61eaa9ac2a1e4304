/* gdnsd's service types and geographic maps. */
#include "base/file.h"
#include "base/text.h"
#include "migrate/gdnsd_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { /* gdnsd.config(5) */
	INTERVAL_S = 10,
	UP_THRESH = 20,
	DOWN_THRESH = 10,
	PROBES_MAX = 100, /* of kotae's rise and fall */
};

/* Monitors */

static unsigned number(struct gdnsd *g, struct migrate_node *node, const char *key,
    unsigned fallback, unsigned max)
{
	uint64_t n;
	struct migrate_node *c = migrate_child(node, key);
	if (!c || c->kind != MIGRATE_SCALAR)
		return fallback;
	if (kt_scan_number(c->text, strlen(c->text), max, &n) == 0)
		return (unsigned)n;
	migrate_lost(g->plan, c->file, c->line, "%s %s is no number up to %u", key,
	    c->text, max);
	return fallback;
}

static void add_text(struct gdnsd *g, struct migrate_monitor *m,
    struct migrate_node *node, const char *from, const char *to)
{
	const char *text = migrate_child_text(node, from);
	if (text)
		migrate_pairs_add(
		    g->plan, &m->options, to, migrate_quoted(g->plan, text));
}

static void add_codes(
    struct gdnsd *g, struct migrate_monitor *m, struct migrate_node *node)
{
	struct migrate_node *codes = migrate_child(node, "ok_codes");
	const char *list = codes && codes->text ? codes->text : NULL;
	for (struct migrate_node *c = codes ? codes->first : NULL; c; c = c->next) {
		c->used = true;
		list = list ? migrate_format(g->plan, "%s, %s", list, c->text)
			    : c->text;
	}
	migrate_pairs_add(g->plan, &m->options, "status",
	    migrate_format(g->plan, "[%s]", list ? list : "200"));
}

/* extmon's %%ITEM%% is the target. */
static void add_command(
    struct gdnsd *g, struct migrate_monitor *m, struct migrate_node *node)
{
	struct migrate_node *cmd = migrate_child(node, "cmd");
	struct kt_text list = { 0 };
	struct migrate_node *only = cmd && cmd->kind == MIGRATE_SCALAR ? cmd : NULL;
	for (struct migrate_node *c = only  ? only
				      : cmd ? cmd->first
					    : NULL;
	     c; c = only ? NULL : c->next) {
		c->used = true;
		const char *word = c->text ? c->text : "";
		const char *item = strstr(word, "%%ITEM%%");
		if (item)
			word = migrate_format(g->plan, "%.*s{address}%s",
			    (int)(item - word), word, item + strlen("%%ITEM%%"));
		kt_text_addf(
		    &list, "%s%s", list.len ? ", " : "", migrate_quoted(g->plan, word));
	}
	migrate_pairs_add(g->plan, &m->options, "command",
	    migrate_format(g->plan, "[%s]", kt_text_of(&list)));
	kt_text_fini(&list);
}

static void add_times(
    struct gdnsd *g, struct migrate_monitor *m, struct migrate_node *node)
{
	unsigned interval = number(g, node, "interval", INTERVAL_S, 3600);
	unsigned timeout = number(g, node, "timeout", interval / 2, 3600);
	unsigned rise = number(g, node, "up_thresh", UP_THRESH, 65535);
	unsigned fall = number(g, node, "down_thresh", DOWN_THRESH, 65535);
	struct migrate_node *ok = migrate_child(node, "ok_thresh");
	if (ok)
		migrate_differs(g->plan, ok->file, ok->line,
		    "ok_thresh %s: here one success starts the count of failures anew",
		    ok->text ? ok->text : "");
	if (rise > PROBES_MAX || fall > PROBES_MAX)
		migrate_lost(g->plan, node->file, node->line,
		    "service type %s: up_thresh and down_thresh go up to %d here",
		    node->key, PROBES_MAX);
	timeout += timeout == 0;
	interval += interval == 0;
	migrate_pairs_add(
	    g->plan, &m->options, "interval", migrate_format(g->plan, "%us", interval));
	migrate_pairs_add(g->plan, &m->options, "timeout",
	    migrate_format(g->plan, "%us", timeout < interval ? timeout : interval));
	migrate_pairs_add(g->plan, &m->options, "rise",
	    migrate_format(g->plan, "%u", rise < PROBES_MAX ? rise : PROBES_MAX));
	migrate_pairs_add(g->plan, &m->options, "fall",
	    migrate_format(g->plan, "%u", fall < PROBES_MAX ? fall : PROBES_MAX));
}

static void read_monitor(struct gdnsd *g, struct migrate_node *node)
{
	static const struct {
		const char *plugin, *type;
	} types[] = { { "http_status", "http" }, { "tcp_connect", "tcp" },
		{ "extmon", "command" }, { "extfile", "file" } };
	const char *plugin = migrate_child_text(node, "plugin"), *type = NULL;
	node->used = true;
	for (size_t i = 0; i < KT_COUNT(types) && plugin; i++)
		if (strcmp(types[i].plugin, plugin) == 0)
			type = types[i].type;
	if (!type) {
		migrate_lost(g->plan, node->file, node->line,
		    "service type %s: plugin %s has no equal; what it watched is not "
		    "watched",
		    node->key, plugin ? plugin : "(none)");
		return;
	}
	struct migrate_monitor *m = migrate_add_monitor(g->plan, node->key, type);
	if (strcmp(type, "http") == 0) {
		add_text(g, m, node, "url_path", "path");
		add_text(g, m, node, "vhost", "host");
		add_codes(g, m, node);
	}
	if (strcmp(type, "command") == 0)
		add_command(g, m, node);
	if (strcmp(type, "file") == 0) {
		struct migrate_node *file = migrate_child(node, "file");
		add_text(g, m, node, "file", "file");
		migrate_differs(g->plan, node->file, node->line,
		    "service type %s: the lines of the state file are \"ADDRESS up\" "
		    "here%s",
		    node->key, file ? "" : "; add its name");
	}
	if (strcmp(type, "http") == 0 || strcmp(type, "tcp") == 0) {
		const char *port = migrate_child_text(node, "port");
		if (port)
			migrate_pairs_add(g->plan, &m->options, "port", port);
	}
	add_times(g, m, node);
}

void gdnsd_read_monitors(struct gdnsd *g)
{
	for (struct migrate_node *c = g->service_types ? g->service_types->first : NULL;
	     c; c = c->next)
		read_monitor(g, c);
}

/* Maps */

static void each_of(
    struct migrate_node *node, struct migrate_plan *plan, struct migrate_texts *out)
{
	*out = (struct migrate_texts){ 0 };
	if (node->kind == MIGRATE_SCALAR)
		migrate_texts_add(plan, out, node->text);
	for (struct migrate_node *c = node->first; c; c = c->next) {
		c->used = true;
		if (c->kind == MIGRATE_SCALAR)
			migrate_texts_add(plan, out, c->text);
	}
}

/* A region is named for its datacenters in order. */
static const char *region_of(struct gdnsd *g, const struct migrate_texts *dcs)
{
	const char *name = dcs->n ? dcs->list[0] : "none";
	for (size_t i = 1; i < dcs->n; i++)
		name = migrate_format(g->plan, "%s+%s", name, dcs->list[i]);
	return name;
}

typedef void visit_list(void *ctx, const char *key, struct migrate_node *list);

/* "EU", "DE", subdivision: each level's list with its key as geo.match has it. */
static void walk_places(struct gdnsd *g, struct migrate_node *node, unsigned level,
    const char *country, visit_list *visit, void *ctx)
{
	for (struct migrate_node *c = node->first; c; c = c->next) {
		const char *key = NULL;
		bool fallback = c->key && strcasecmp(c->key, "default") == 0;
		c->used = true;
		if (!c->key)
			continue;
		if (fallback)
			key = level == 1
				  ? migrate_format(g->plan, "continent %s", country)
			      : level == 2 ? country
					   : NULL;
		else if (level == 0)
			key = migrate_format(g->plan, "continent %s", c->key);
		else if (level == 1)
			key = c->key;
		else if (level == 2 && strlen(c->key) <= 3)
			key = migrate_format(g->plan, "%s-%s", country, c->key);
		if (c->kind == MIGRATE_HASH && !fallback) {
			walk_places(g, c, level + 1, c->key, visit, ctx);
		} else if (key) {
			visit(ctx, key, c);
		} else if (level) {
			migrate_lost(g->plan, c->file, c->line,
			    "the place %s: cities, and subdivisions below the first, "
			    "have no equal",
			    c->key);
		}
	}
}

static struct migrate_node *default_list(struct migrate_node *map)
{
	struct migrate_node *places = migrate_child(map, "map");
	struct migrate_node *list = migrate_child(places, "default");
	return list && list->kind != MIGRATE_HASH ? list
						  : migrate_child(map, "datacenters");
}

/*
 * The entry that covers every address, both families: IPv4 lies in ::/96 there.  It is the
 * default, whatever else the map says.
 */
static struct migrate_node *whole_net(struct gdnsd *g, struct migrate_node *nets)
{
	for (struct migrate_node *c = nets ? nets->first : NULL; c; c = c->next) {
		bool host_bits;
		const char *prefix = c->key
					 ? migrate_prefix(g->plan, c->key, &host_bits)
					 : NULL;
		if (prefix && strcmp(prefix, "::/0") == 0)
			return c;
	}
	return NULL;
}

/* The hash of nets, also when it stands in a file of its own. */
static struct migrate_node *nets_of(struct gdnsd *g, struct migrate_node *map)
{
	struct migrate_node *nets = migrate_child(map, "nets");
	if (!nets || nets->kind != MIGRATE_SCALAR)
		return nets;
	char *base = kt_path_beside(g->directory, "geoip/x");
	char *inside = kt_path_beside(base, nets->text);
	struct migrate_node *root = migrate_vscf_read(g->plan, inside);
	free(inside);
	free(base);
	if (root) {
		nets->kind = MIGRATE_HASH;
		nets->first = root->first;
		nets->last = root->last;
		nets->text = NULL;
	}
	return root ? nets : NULL;
}

struct visiting {
	struct gdnsd *g;
	struct migrate_map *map;
	void (*visit)(void *ctx, const char *region, const struct migrate_texts *dcs);
	void *ctx;
};

static void visit_region(void *ctx, const char *key, struct migrate_node *list)
{
	struct visiting *v = ctx;
	struct migrate_texts dcs;
	(void)key;
	each_of(list, v->g->plan, &dcs);
	if (dcs.n && strcmp(dcs.list[0], "auto") != 0)
		v->visit(v->ctx, region_of(v->g, &dcs), &dcs);
}

void gdnsd_map_each(struct gdnsd *g, struct migrate_node *map,
    void (*visit)(void *ctx, const char *region, const struct migrate_texts *dcs),
    void *ctx)
{
	struct visiting v = { .g = g, .visit = visit, .ctx = ctx };
	struct migrate_node *nets = migrate_child(map, "nets");
	struct migrate_node *places = migrate_child(map, "map");
	struct migrate_node *whole = whole_net(g, nets);
	struct migrate_node *fallback = whole ? whole : default_list(map);
	if (fallback)
		visit_region(&v, "", fallback);
	for (struct migrate_node *c = nets ? nets->first : NULL; c; c = c->next)
		visit_region(&v, "", c);
	if (places && !whole)
		walk_places(g, places, 0, "", visit_region, &v);
}

static void take_place(void *ctx, const char *key, struct migrate_node *list)
{
	struct visiting *v = ctx;
	struct migrate_texts dcs;
	each_of(list, v->g->plan, &dcs);
	if (!dcs.n || strcmp(dcs.list[0], "auto") == 0)
		migrate_lost(v->g->plan, list->file, list->line,
		    "%s: %s has no equal; the default answers", key,
		    dcs.n ? "auto" : "an empty list");
	else
		migrate_pairs_add(v->g->plan, &v->map->geo, key, region_of(v->g, &dcs));
}

/* Inside ::/96 stands IPv4: "::c000:200/120" is 192.0.2.0/24. */
static const char *ipv4_inside(struct gdnsd *g, const char *prefix)
{
	static const uint8_t none[12];
	char text[KT_PREFIX_TEXT];
	struct kt_prefix p;
	if (kt_prefix_scan(prefix, &p) || p.addr.family != 6 || p.len < 96 ||
	    memcmp(p.addr.octets, none, sizeof(none)) != 0)
		return prefix;
	struct kt_prefix v4 = { .addr.family = 4, .len = (uint8_t)(p.len - 96) };
	memcpy(v4.addr.octets, p.addr.octets + sizeof(none), 4);
	return migrate_format(g->plan, "%s", kt_prefix_print(&v4, text));
}

static void read_net(struct gdnsd *g, struct migrate_map *map, struct migrate_node *net)
{
	struct migrate_texts dcs;
	bool host_bits;
	net->used = true;
	const char *prefix = migrate_prefix(g->plan, net->key, &host_bits);
	each_of(net, g->plan, &dcs);
	if (!prefix || !dcs.n) {
		migrate_lost(g->plan, net->file, net->line, "nets %s: %s", net->key,
		    prefix ? "an empty list has no equal" : "it is no network");
		return;
	}
	if (host_bits)
		migrate_differs(g->plan, net->file, net->line,
		    "nets %s has bits behind its length: %s is meant", net->key,
		    prefix);
	prefix = ipv4_inside(g, prefix);
	for (size_t i = 0; i < map->networks.n; i++)
		if (strcmp(map->networks.list[i].key, prefix) == 0) {
			migrate_lost(g->plan, net->file, net->line,
			    "nets %s is given twice: the first counts", net->key);
			return;
		}
	migrate_pairs_add(g->plan, &map->networks, prefix, region_of(g, &dcs));
}

static void read_map(struct gdnsd *g, struct migrate_node *node)
{
	struct migrate_texts dcs;
	struct migrate_map *map = migrate_add_map(g->plan, node->key);
	struct visiting v = { .g = g, .map = map };
	struct migrate_node *places = migrate_child(node, "map");
	struct migrate_node *nets = nets_of(g, node);
	struct migrate_node *whole = whole_net(g, nets);
	struct migrate_node *fallback = whole ? whole : default_list(node);
	const char *ignore = migrate_child_text(node, "ignore_ecs");
	node->used = true;
	map->database = migrate_child_text(node, "geoip2_db");
	map->ignore_ecs = ignore && strcasecmp(ignore, "true") == 0;
	struct migrate_node *all = migrate_child(node, "datacenters");
	if (all)
		each_of(all, g->plan, &dcs);
	if (map->database && *map->database != '/')
		map->database = migrate_format(
		    g->plan, "%s/geoip/%s", g->directory, map->database);
	if (fallback)
		each_of(fallback, g->plan, &dcs);
	map->fallback = fallback && dcs.n ? region_of(g, &dcs) : "none";
	for (struct migrate_node *c = nets ? nets->first : NULL; c; c = c->next)
		if (c != whole)
			read_net(g, map, c);
		else
			c->used = true;
	if (places && whole)
		migrate_lost(g->plan, places->file, places->line,
		    "map %s: its places say nothing, since nets has ::/0", node->key);
	else if (places)
		walk_places(g, places, 0, "", take_place, &v);
	if (map->geo.n && !map->database)
		migrate_lost(g->plan, node->file, node->line,
		    "map %s has places and no geoip2_db", node->key);
}

void gdnsd_read_maps(struct gdnsd *g)
{
	struct migrate_node *geoip = migrate_child(g->plugins, "geoip");
	struct migrate_node *maps = migrate_child(geoip, "maps");
	for (struct migrate_node *c = maps ? maps->first : NULL; c; c = c->next)
		if (c->key && c->kind == MIGRATE_HASH)
			read_map(g, c);
}
