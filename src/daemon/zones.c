#include "daemon/zones.h"

#include "authority/services.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "daemon/answers.h"
#include "daemon/zones_p.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct zone_table *table, const uint8_t *wire, size_t len)
{
	size_t at = kt_hash_octets(0, wire, len) & (table->n_slots - 1);
	while (table->slots[at]) {
		const struct zone_item *item = &table->items[table->slots[at] - 1];
		if (item->name_len == len && memcmp(item->name, wire, len) == 0)
			break;
		at = (at + 1) & (table->n_slots - 1);
	}
	return at;
}

static void grow_slots(struct zone_table *table)
{
	free(table->slots);
	table->n_slots = table->n_slots ? table->n_slots * 4 : 64;
	table->slots = kt_calloc(table->n_slots, sizeof(*table->slots));
	for (size_t i = 0; i < table->n; i++) {
		const struct zone_item *item = &table->items[i];
		table->slots[slot_of(table, item->name, item->name_len)] = (uint32_t)i +
									   1;
	}
}

int zone_table_add(struct zone_table *table, const struct dns_name *name,
    const char *path, uint32_t policy)
{
	if ((table->n + 1) * 2 > table->n_slots)
		grow_slots(table);
	size_t slot = slot_of(table, name->wire, name->len);
	if (table->slots[slot])
		return KT_E_EXISTS;
	kt_grow(table->items, table->n, table->size);
	/* The path follows the name, in one piece. */
	size_t path_size = path ? strlen(path) + 1 : 0;
	char *copy = kt_arena_alloc(&table->memory, name->len + path_size);
	memcpy(copy, name->wire, name->len);
	if (path)
		memcpy(copy + name->len, path, path_size);
	table->items[table->n++] = (struct zone_item){
		.name = (const uint8_t *)copy,
		.name_len = name->len,
		.path = path ? copy + name->len : NULL,
		.policy = policy,
	};
	table->slots[slot] = (uint32_t)table->n;
	return 0;
}

const struct zone_item *zone_table_find(
    const struct zone_table *table, const uint8_t *wire)
{
	if (!table->n_slots)
		return NULL;
	uint32_t i = table->slots[slot_of(table, wire, dns_wire_len(wire))];
	return i ? &table->items[i - 1] : NULL;
}

/* A zone that is given otherwise, too, is served as that says. */
static void add_template(struct zone_table *table, const char *name)
{
	const struct zone_template *t = zone_template_find(name);
	if (!kt_expect(t != NULL)) /* conf/ knows the names */
		return;
	for (size_t i = 0; i < zone_template_count(t); i++) {
		struct dns_name zone;
		zone_template_name(t, i, &zone);
		if (zone_table_add(table, &zone, NULL, 0))
			continue;
		table->items[table->n - 1].builtin = t;
		table->items[table->n - 1].number = (uint16_t)i;
	}
}

static size_t count_removed(
    const struct zone_table *table, const struct zone_table *old)
{
	size_t n = 0;
	for (size_t i = 0; old && i < old->n; i++)
		n += !zone_table_find(table, old->items[i].name);
	return n;
}

/* The key files of the zones that are named one by one. */
static void add_key_files(struct authority_services *services,
    const struct zone_table *table, const struct conf_config *config)
{
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct conf_zone *z = &config->zones[i];
		const struct zone_item *item = zone_table_find(table, z->name.wire);
		struct zone_steered *steered = authority_services_of(
		    services, (size_t)(item - table->items));
		if (!steered)
			continue;
		steered->key_files = z->key_files;
		steered->n_key_files = z->n_key_files;
	}
}

/* Gives each item the names in it that are steered; to be freed when the zones are loaded. */
static struct authority_services *steer(struct zone_table *table,
    const struct conf_config *config, const struct steering *steering,
    struct kt_errs *errs)
{
	const uint8_t **names = kt_calloc(table->n, sizeof(*names));
	for (size_t i = 0; i < table->n; i++)
		names[i] = table->items[i].name;
	struct authority_services *services = authority_services_make(
	    steering, names, table->n, errs);
	free(names);
	add_key_files(services, table, config);
	for (size_t i = 0; i < table->n; i++) {
		struct zone_item *item = &table->items[i];
		const struct zone_steered *steered = authority_services_of(services, i);
		if (!steered)
			continue;
		if (item->path)
			item->steered = steered;
		else
			kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT,
			    steered->names[0].file, steered->names[0].line,
			    steered->names[0].column, NULL,
			    "the service is in a zone without a file: give it one");
	}
	return services;
}

struct zone_table *zone_table_make(const struct conf_config *config,
    const struct steering *steering, const struct zone_table *old, struct kt_errs *errs,
    struct zone_table_result *result)
{
	struct zone_table *table = kt_calloc(1, sizeof(*table));
	kt_arena_init(&table->memory, 0);
	const char *node = config->name ? config->name : "";
	table->node = kt_arena_strndup(&table->memory, node, strlen(node));
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct conf_zone *z = &config->zones[i];
		if (zone_table_add(table, &z->name, z->file, policy_of_zone(config, i)))
			kt_errs_add(errs, KT_ERROR, KT_E_EXISTS, z->place.file,
			    z->place.line, z->place.column, NULL,
			    "this zone is given twice");
	}
	/* A zone that is named goes before the same one in a directory. */
	int rc = 0;
	for (size_t i = 0; i < config->n_directories; i++) {
		int failed = zone_directory_add(table, &config->directories[i],
		    policy_of_directory(config, i), errs);
		rc = rc ? rc : failed;
	}
	*result = (struct zone_table_result){ 0 };
	if (rc && old) {
		zone_table_free(table);
		return NULL;
	}
	for (size_t i = 0; i < config->n_templates; i++)
		add_template(table, config->templates[i]);
	size_t n_errors = errs->n_errors;
	struct authority_services *services = steer(table, config, steering, errs);
	result->homeless = errs->n_errors > n_errors;
	if (result->homeless && old) {
		authority_services_free(services);
		zone_table_free(table);
		return NULL;
	}
	zone_table_load(table, old, errs, result);
	for (size_t i = 0; i < table->n; i++)
		table->items[i].steered = NULL;
	authority_services_free(services);
	result->removed = count_removed(table, old);
	return table;
}

void zone_table_free(struct zone_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++)
		zone_snapshot_put(table->items[i].zone);
	kt_arena_fini(&table->memory);
	free(table->items);
	free(table->slots);
	free(table);
}

enum zone_state zone_item_state(const struct zone_item *item)
{
	if (!item->zone)
		return ZONE_FAILED;
	return item->error ? ZONE_STALE : ZONE_SERVING;
}

void zone_table_count(const struct zone_table *table, size_t counts[ZONE_N_STATES])
{
	memset(counts, 0, ZONE_N_STATES * sizeof(*counts));
	for (size_t i = 0; i < table->n; i++)
		counts[zone_item_state(&table->items[i])]++;
}

struct zone_set *zone_table_set(
    const struct zone_table *table, const uint32_t *policies)
{
	struct zone_set *set = zone_set_new(table->n);
	for (size_t i = 0; i < table->n; i++) {
		const struct zone_item *item = &table->items[i];
		struct dns_name name;
		dns_name_from_wire(&name, item->name);
		int rc = zone_set_add(set, &name, item->zone, policies[i]);
		kt_require(!rc); /* the table has each name once */
	}
	return set;
}
