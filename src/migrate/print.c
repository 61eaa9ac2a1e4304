/* The text of kotae.yaml: maps in block style, short things on one line. */
#include "migrate/plan.h"

#include <ctype.h>
#include <string.h>

/* A scalar as YAML takes it: bare when nothing in it means anything. */
static void put_scalar(struct kt_text *out, const char *text)
{
	bool bare = *text &&
		    (isalnum((unsigned char)*text) || *text == '/' || *text == '_');
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off",
		"null", "y", "n" };
	for (const char *c = text; *c && bare; c++)
		bare = isalnum((unsigned char)*c) || strchr("._-/+", *c);
	for (size_t i = 0; i < KT_COUNT(words) && bare; i++)
		bare = strcasecmp(text, words[i]) != 0;
	if (bare) {
		kt_text_add(out, text);
		return;
	}
	kt_text_char(out, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			kt_text_char(out, '\\');
		if ((unsigned char)*c < ' ')
			kt_text_addf(out, "\\x%02x", (unsigned char)*c);
		else
			kt_text_char(out, *c);
	}
	kt_text_char(out, '"');
}

static void put_list(struct kt_text *out, const struct migrate_texts *texts)
{
	kt_text_char(out, '[');
	for (size_t i = 0; i < texts->n; i++) {
		kt_text_add(out, i ? ", " : "");
		put_scalar(out, texts->list[i]);
	}
	kt_text_char(out, ']');
}

static void put_pairs(
    struct kt_text *out, const char *indent, const struct migrate_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		kt_text_add(out, indent);
		put_scalar(out, pairs->list[i].key);
		kt_text_add(out, ": ");
		put_scalar(out, pairs->list[i].value);
		kt_text_char(out, '\n');
	}
}

static void put_map(struct kt_text *out, const struct migrate_map *map)
{
	kt_text_add(out, "    ");
	put_scalar(out, map->name);
	kt_text_add(out, ":\n");
	if (map->networks.n) {
		kt_text_add(out, "      networks:\n");
		put_pairs(out, "        ", &map->networks);
	}
	if (map->networks_file) {
		kt_text_add(out, "      networks-file: ");
		put_scalar(out, map->networks_file);
		kt_text_char(out, '\n');
	}
	if (map->database && map->geo.n) {
		kt_text_add(out, "      geo:\n        database: ");
		put_scalar(out, map->database);
		kt_text_add(out, "\n        match:\n");
		put_pairs(out, "          ", &map->geo);
	}
	if (map->ignore_ecs)
		kt_text_add(out, "      ecs: false\n");
	kt_text_add(out, "      default: ");
	put_scalar(out, map->fallback);
	kt_text_char(out, '\n');
}

static void put_monitor(struct kt_text *out, const struct migrate_monitor *m)
{
	kt_text_add(out, "    ");
	put_scalar(out, m->name);
	kt_text_addf(out, ": {type: %s", m->type);
	for (size_t i = 0; i < m->options.n; i++)
		kt_text_addf(
		    out, ", %s: %s", m->options.list[i].key, m->options.list[i].value);
	kt_text_add(out, "}\n");
}

static void put_member(struct kt_text *out, const struct migrate_member *m)
{
	const char *key = m->address ? "address" : m->name ? "name" : "pool";
	kt_text_addf(out, "        - {%s: ", key);
	put_scalar(out, m->address ? m->address : m->name ? m->name : m->pool);
	if (m->weight)
		kt_text_addf(out, ", weight: %u", m->weight);
	kt_text_add(out, "}\n");
}

static void put_pool(struct kt_text *out, const struct migrate_pool *pool)
{
	kt_text_add(out, "    ");
	put_scalar(out, pool->name);
	kt_text_add(out, ":\n      members:\n");
	for (size_t i = 0; i < pool->n_members; i++)
		put_member(out, &pool->members[i]);
	if (pool->method)
		kt_text_addf(out, "      method: %s\n", pool->method);
	if (pool->monitors.n) {
		kt_text_add(out, "      monitor: ");
		put_list(out, &pool->monitors);
		kt_text_char(out, '\n');
	}
	if (pool->need)
		kt_text_addf(out, "      need: %u\n", pool->need);
	if (pool->min_up > 1)
		kt_text_addf(out, "      min-up: %u\n", pool->min_up);
	if (pool->limit)
		kt_text_addf(out, "      limit: %u\n", pool->limit);
}

static void put_regions(struct kt_text *out, const struct migrate_service *s)
{
	if (s->n_regions == 1 && !s->regions[0].region) {
		kt_text_add(out, "      pools: ");
		put_list(out, &s->regions[0].pools);
		kt_text_char(out, '\n');
		return;
	}
	kt_text_add(out, "      regions:\n");
	for (size_t i = 0; i < s->n_regions; i++) {
		kt_text_add(out, "        ");
		put_scalar(out, s->regions[i].region ? s->regions[i].region : "*");
		kt_text_add(out, ": ");
		put_list(out, &s->regions[i].pools);
		kt_text_char(out, '\n');
	}
}

static void put_service(struct kt_text *out, const struct migrate_service *s)
{
	kt_text_add(out, "    ");
	put_scalar(out, s->name);
	kt_text_add(out, ":\n");
	if (s->map) {
		kt_text_add(out, "      map: ");
		put_scalar(out, s->map);
		kt_text_char(out, '\n');
	}
	put_regions(out, s);
	if (s->ttl_s)
		kt_text_addf(out, "      ttl: %us\n", s->ttl_s);
	if (s->ttl_min_s)
		kt_text_addf(out, "      ttl-min: %us\n", s->ttl_min_s);
	if (s->limit)
		kt_text_addf(out, "      limit: %u\n", s->limit);
	if (s->all_down) {
		kt_text_add(out, "      when-all-down: ");
		put_scalar(out, s->all_down);
		kt_text_char(out, '\n');
	}
}

static void put_listen(struct kt_text *out, const struct migrate_texts *listen)
{
	kt_text_add(out, "listen:\n");
	for (size_t i = 0; i < listen->n; i++) {
		const char *port = strstr(listen->list[i], " port ");
		size_t len = port ? (size_t)(port - listen->list[i])
				  : strlen(listen->list[i]);
		kt_text_addf(
		    out, "  - {address: [\"%.*s\"]", (int)len, listen->list[i]);
		if (port)
			kt_text_addf(out, ", port: %s", port + strlen(" port "));
		kt_text_add(out, ", serve: authority}\n");
	}
	if (!listen->n)
		kt_text_add(out,
		    "  # the source does not say where it listens: put your addresses "
		    "here\n"
		    "  - {address: [127.0.0.1, \"::1\"], serve: authority}\n");
}

static void put_zones(struct kt_text *out, const struct migrate_texts *zones)
{
	if (!zones->n)
		return;
	kt_text_add(out, "\nzones:\n");
	for (size_t i = 0; i < zones->n; i++) {
		kt_text_add(out, "  ");
		put_scalar(out, zones->list[i]);
		kt_text_addf(out, ": {file: zones/%s.zone}\n", zones->list[i]);
	}
}

void migrate_print(const struct migrate_plan *plan, struct kt_text *out)
{
	kt_text_addf(out,
	    "# Made from %s by kotae import.  Check it with: kotae check FILE\n\n",
	    plan->source);
	put_listen(out, &plan->listen);
	put_zones(out, &plan->zones);
	if (!plan->n_maps && !plan->n_pools && !plan->n_services)
		return;
	kt_text_add(out, "\nsteering:\n");
	if (plan->n_maps)
		kt_text_add(out, "  maps:\n");
	for (size_t i = 0; i < plan->n_maps; i++)
		put_map(out, plan->maps[i]);
	if (plan->n_monitors)
		kt_text_add(out, "  monitors:\n");
	for (size_t i = 0; i < plan->n_monitors; i++)
		put_monitor(out, plan->monitors[i]);
	if (plan->n_pools)
		kt_text_add(out, "  pools:\n");
	for (size_t i = 0; i < plan->n_pools; i++)
		put_pool(out, plan->pools[i]);
	if (plan->n_services)
		kt_text_add(out, "  services:\n");
	for (size_t i = 0; i < plan->n_services; i++)
		put_service(out, plan->services[i]);
}
