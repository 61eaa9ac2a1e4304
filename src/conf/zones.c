#include "base/hash.h"
#include "base/mem.h"
#include "conf/item.h"

#include <stdlib.h>
#include <string.h>

const struct conf_item conf_zone_items[] = {
	{ "file", CONF_PATH, CONF_AT(conf_zone, file), .help = "The zone file." },
	{ "transfer-to", CONF_SPECIAL, CONF_AT(conf_zone, transfer_to),
	    .items = conf_peer_items, .read = conf_peers_read,
	    .print = conf_peers_print,
	    .help = "A list of who may transfer the zone. Default: nobody." },
	{ "synth", CONF_SPECIAL, .items = conf_synth_items, .read = conf_synth_read,
	    .print = conf_synth_print,
	    .help =
		"A list of prefixes whose records are made when they are asked for." },
	{ "key-files", CONF_SPECIAL, CONF_AT(conf_zone, key_files),
	    .read = conf_paths_read, .print = conf_paths_print,
	    .help = "A file or a list of files with private keys, as BIND or Knot DNS "
		    "has them: "
		    "they sign what steering makes in a signed zone." },
	{ .name = "sign", .type = CONF_PLANNED },
	{ .name = "notify", .type = CONF_PLANNED },
	{ .name = "primary", .type = CONF_PLANNED },
	{ 0 },
};

const struct conf_item conf_directory_items[] = {
	{ "directory", CONF_PATH, CONF_AT(conf_zone_directory, path), .required = true,
	    .help = "Every NAME.zone in this directory is the zone NAME." },
	{ "transfer-to", CONF_SPECIAL, CONF_AT(conf_zone_directory, transfer_to),
	    .items = conf_peer_items, .read = conf_peers_read,
	    .print = conf_peers_print,
	    .help = "A list of who may transfer these zones. Default: nobody." },
	{ .name = "sign", .type = CONF_PLANNED },
	{ .name = "notify", .type = CONF_PLANNED },
	{ 0 },
};

static bool is_directory(const struct conf_node *node)
{
	return strcmp(node->key, "*") == 0;
}

static void read_directory(struct conf_reader *r, const struct conf_node *node,
    struct conf_zone_directory *list)
{
	struct conf_zone_directory d = { .place = conf_place_of(r, node) };
	if (conf_items_read(r, conf_directory_items, "\"*\"", node, &d) && d.path)
		list[r->config->n_directories++] = d;
}

/* "*" has a map, or a list of maps. */
static void read_directories(struct conf_reader *r, const struct conf_node *node)
{
	struct conf_zone_directory *list = conf_alloc(
	    r, node->kind == CONF_LIST ? node->n : 1, sizeof(*list));
	r->config->directories = list;
	if (node->kind != CONF_LIST) {
		read_directory(r, node, list);
		return;
	}
	for (const struct conf_node *e = node->first; e; e = e->next)
		read_directory(r, e, list);
}

/* False: its name is none (reported). */
static bool read_zone(
    struct conf_reader *r, const struct conf_node *node, struct conf_zone *zone)
{
	int rc = dns_name_scan(node->key, strlen(node->key), NULL, &zone->name);
	zone->place = conf_place_of(r, node);
	if (rc) {
		conf_error_key(r->tree, node, rc, "%s is no domain name: %s",
		    conf_show_text(r->tree, node->key), kt_strerror(rc));
		return false;
	}
	dns_name_lower(&zone->name);
	bool read = conf_items_read(r, conf_zone_items, "a zone", node, zone);
	const struct conf_node *synth = conf_node_find(node, "synth");
	if (read && !conf_node_find(node, "file") && (!synth || synth->n == 0))
		conf_error_key(r->tree, node, KT_E_NOT_FOUND,
		    "a zone needs \"file\" or \"synth\"");
	return true;
}

static bool stands_at(const struct conf_node *node, const struct conf_place *place)
{
	return node->key_line == place->line && node->key_column == place->column &&
	       strcmp(node->file->name, place->file) == 0;
}

static void report_twice(struct conf_reader *r, const struct conf_node *map,
    const struct conf_zone *first, const struct conf_zone *again)
{
	char name[DNS_NAME_TEXT];
	const struct conf_node *node = map->first;
	while (node && !stands_at(node, &again->place))
		node = node->next;
	if (!node)
		return;
	conf_error_key(r->tree, node, KT_E_EXISTS, "the zone %s is here twice",
	    dns_name_print(again->name.wire, name));
	conf_note_first(r, &first->place);
}

/* "example.com", "example.com." and "EXAMPLE.com" are different keys and one zone. */
static void check_twice(struct conf_reader *r, const struct conf_node *map)
{
	const struct conf_config *c = r->config;
	size_t n_slots = 16;
	while (n_slots < c->n_zones * 2)
		n_slots *= 2;
	uint32_t *slots = kt_calloc(n_slots, sizeof(*slots)); /* index + 1 */
	for (size_t i = 0; i < c->n_zones; i++) {
		const struct dns_name *name = &c->zones[i].name;
		size_t at = kt_hash_octets(0, name->wire, name->len) & (n_slots - 1);
		while (
		    slots[at] && !dns_name_equal(&c->zones[slots[at] - 1].name, name))
			at = (at + 1) & (n_slots - 1);
		if (slots[at])
			report_twice(r, map, &c->zones[slots[at] - 1], &c->zones[i]);
		else
			slots[at] = (uint32_t)i + 1;
	}
	free(slots);
}

void conf_zones_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	if (!conf_expect(r, item, node, CONF_MAP))
		return;
	struct conf_zone *zones = conf_alloc(r, node->n, sizeof(*zones));
	config->zones = zones;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		if (is_directory(e))
			read_directories(r, e);
		else
			config->n_zones += read_zone(r, e, &zones[config->n_zones]);
	}
	check_twice(r, node);
}

static void print_directories(struct conf_sink *sink, const struct conf_config *config)
{
	if (!config->n_directories)
		return;
	sink->open(sink, "*", CONF_LIST);
	for (size_t i = 0; i < config->n_directories; i++) {
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, conf_directory_items, &config->directories[i]);
		sink->close(sink);
	}
	sink->close(sink);
}

void conf_zones_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	char name[DNS_NAME_TEXT];
	if (!config->n_zones && !config->n_directories)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < config->n_zones; i++) {
		sink->open(
		    sink, dns_name_print(config->zones[i].name.wire, name), CONF_MAP);
		conf_items_print(sink, conf_zone_items, &config->zones[i]);
		sink->close(sink);
	}
	print_directories(sink, config);
	sink->close(sink);
}
