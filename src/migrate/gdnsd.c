#include "base/mem.h"
#include "migrate/gdnsd_p.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_listen(struct gdnsd *g, const char *address, const char *port)
{
	const char *all = migrate_child_text(
	    migrate_child(g->root, "options"), "dns_port");
	port = port ? port : all;
	migrate_texts_add(g->plan, &g->plan->listen,
	    port ? migrate_format(g->plan, "%s port %s", address, port) : address);
}

/* "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53", "any". */
static void take_listen(
    struct gdnsd *g, const char *text, const struct migrate_node *at)
{
	if (strcmp(text, "any") == 0) {
		add_listen(g, "0.0.0.0", NULL);
		add_listen(g, "::", NULL);
		return;
	}
	struct kt_addr addr;
	const char *open = *text == '[' ? text + 1 : text;
	size_t len = *text == '[' ? strcspn(open, "]") : strlen(open);
	const char *colon = *text == '[' ? strchr(open + len, ':') : strchr(text, ':');
	if (*text != '[' && colon && !strchr(colon + 1, ':'))
		len = (size_t)(colon - text);
	else if (*text != '[')
		colon = NULL;
	const char *address = migrate_format(g->plan, "%.*s", (int)len, open);
	if (kt_addr_scan(address, &addr))
		migrate_lost(g->plan, at->file, at->line,
		    "listen %s: give its addresses one by one", text);
	else
		add_listen(g, address, colon ? colon + 1 : NULL);
}

static void read_options(struct gdnsd *g)
{
	struct migrate_node *options = migrate_child(g->root, "options");
	struct migrate_node *listen = migrate_child(options, "listen");
	const char *ecs = migrate_child_text(options, "edns_client_subnet");
	migrate_child(options, "zones_default_ttl");
	if (ecs && strcasecmp(ecs, "false") == 0)
		migrate_lost(g->plan, options->file, options->line,
		    "edns_client_subnet false: give each map \"ecs: false\"");
	if (listen && listen->kind == MIGRATE_SCALAR)
		take_listen(g, listen->text, listen);
	for (struct migrate_node *c = listen ? listen->first : NULL; c; c = c->next) {
		c->used = true;
		if (c->key || c->text)
			take_listen(g, c->key ? c->key : c->text, c);
	}
}

/* A zone's name is its file's, where "@" stands for "." at the end or alone. */
static int read_zone(struct gdnsd *g, const char *directory, const char *entry,
    struct migrate_result *out)
{
	struct stat st;
	char *path = kt_format("%s/%s", directory, entry);
	int rc = 0;
	if (*entry != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		kt_grow(out->zones, out->n_zones, out->zones_size);
		struct migrate_zone *zone = &out->zones[out->n_zones++];
		*zone = (struct migrate_zone){ .name = kt_strdup(entry) };
		size_t len = strlen(zone->name);
		if (len > 1 && zone->name[len - 1] == '.')
			zone->name[len - 1] = 0;
		migrate_texts_add(g->plan, &g->plan->zones, zone->name);
		rc = gdnsd_read_zone(g, path, zone->name, &zone->text);
	}
	free(path);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_zones(struct gdnsd *g, struct migrate_result *out)
{
	char **names = NULL, *directory = kt_format("%s/zones", g->directory);
	size_t n = 0, size = 0;
	int rc = 0;
	DIR *dir = opendir(directory);
	if (!dir)
		migrate_differs(
		    g->plan, directory, 0, "no zones here: %s", strerror(errno));
	for (struct dirent *e; dir && (e = readdir(dir));) {
		kt_grow(names, n, size);
		names[n++] = kt_strdup(e->d_name);
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		rc = rc ? rc : read_zone(g, directory, names[i], out);
		free(names[i]);
	}
	free(names);
	free(directory);
	return rc;
}

/* Resources that no zone asks for; what a plugin itself is told has a word for it. */
static void name_resources(
    struct gdnsd *g, const char *plugin, struct migrate_node *list)
{
	for (struct migrate_node *c = list ? list->first : NULL; c; c = c->next) {
		if (c->used || !c->key || gdnsd_is_parameter(c->key))
			continue;
		c->used = true;
		migrate_lost(g->plan, c->file, c->line,
		    "%s!%s: no zone asks for it, it is left out", plugin, c->key);
		c->first = NULL;
	}
}

/* What nobody asked for is named, so that nothing goes silently. */
static void name_unused(struct gdnsd *g)
{
	static const char *const plugins[] = { "multifo", "simplefo", "weighted",
		"static" };
	static const char *const meta[] = { "geoip", "metafo" };
	for (size_t i = 0; i < KT_COUNT(plugins); i++)
		name_resources(g, plugins[i], migrate_child(g->plugins, plugins[i]));
	for (size_t i = 0; i < KT_COUNT(meta); i++)
		name_resources(g, meta[i],
		    migrate_child(migrate_child(g->plugins, meta[i]), "resources"));
	migrate_unused(g->plan, g->root, "");
}

static int read_config(struct gdnsd *g)
{
	char *path = kt_format("%s/config", g->directory);
	int rc = 0;
	if (access(path, F_OK) == 0) {
		g->root = migrate_vscf_read(g->plan, path);
		rc = g->root ? 0 : KT_E_FORMAT;
	} else {
		rc = kt_errs_add(g->plan->errs, KT_ERROR, KT_E_SYSTEM, path, 0, 0, NULL,
		    "cannot read gdnsd's configuration: %s", strerror(errno));
	}
	free(path);
	return rc;
}

int migrate_gdnsd(
    const char *directory, struct kt_errs *errs, struct migrate_result *out)
{
	struct migrate_plan plan;
	struct gdnsd g = { .plan = &plan, .directory = directory };
	*out = (struct migrate_result){ 0 };
	migrate_plan_init(&plan, directory, errs);
	int rc = read_config(&g);
	if (!rc) {
		g.service_types = migrate_child(g.root, "service_types");
		g.plugins = migrate_child(g.root, "plugins");
		read_options(&g);
		gdnsd_read_monitors(&g);
		gdnsd_read_maps(&g);
		rc = read_zones(&g, out);
	}
	if (!rc) {
		name_unused(&g);
		migrate_print(&plan, &out->yaml);
		out->n_maps = plan.n_maps;
		out->n_monitors = plan.n_monitors;
		out->n_pools = plan.n_pools;
		out->n_services = plan.n_services;
	} else {
		migrate_result_fini(out);
	}
	migrate_plan_fini(&plan);
	return rc;
}
