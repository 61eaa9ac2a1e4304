/* steering.maps: from networks, files and databases to regions. */
#include "base/mem.h"
#include "conf/steering_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A map while it is read: its options add regions as they name them. */
struct build {
	struct conf_map map; /* first: what the rows' offsets are about */
	struct conf_names regions;
	bool too_many;
};

static conf_item_read read_networks, read_short_source, read_files, read_geo,
    read_default, read_short_ttl;
static conf_item_print print_networks, print_short_source, print_files, print_geo,
    print_default, print_short_ttl;

static const struct conf_item file_items[] = {
	{ "file", CONF_PATH, CONF_AT(conf_network_file, path), .required = true,
	    .help = "The file." },
	{ "region", CONF_SPECIAL, .read = conf_nothing_read,
	    .print = conf_nothing_print,
	    .help = "The region of all its networks. Default: each line names one." },
	{ 0 },
};

static const struct conf_item geo_items[] = {
	{ "database", CONF_PATH, CONF_AT(conf_geo, database), .required = true,
	    .help = "A MaxMind DB file." },
	{ "match", CONF_SPECIAL, .required = true, .read = conf_nothing_read,
	    .print = conf_nothing_print,
	    .help = "Regions by country (JP), subdivision (JP-13), network operator "
		    "(AS64500), continent (continent EU) or * for all that the "
		    "database knows; the most specific decides." },
	{ 0 },
};

const struct conf_item conf_map_items[] = {
	{ "networks", CONF_SPECIAL, .read = conf_nothing_read, .print = print_networks,
	    .help = "Regions by network; the longest prefix wins." },
	{ "networks-file", CONF_SPECIAL, .items = file_items, .read = conf_nothing_read,
	    .print = print_files,
	    .help = "A file with networks, a map as below, or a list of such: one "
		    "prefix a line, a comma and its region, or a geofeed (RFC 8805)." },
	{ "geo", CONF_SPECIAL, .items = geo_items, .read = conf_nothing_read,
	    .print = print_geo,
	    .help = "A geographic database, or a list: for what no network covers. The "
		    "first that knows an address decides." },
	{ "default", CONF_SPECIAL, .required = true, .read = conf_nothing_read,
	    .print = print_default, .help = "The region of everybody else." },
	{ "short-source", CONF_SPECIAL, .read = conf_nothing_read,
	    .print = print_short_source,
	    .help = "Regions by network: who answers when a resolver tells too few "
		    "bits of the client's network to choose. Default: the region with "
		    "the largest share." },
	{ "short-source-ttl", CONF_SPECIAL, .read = read_short_ttl,
	    .print = print_short_ttl,
	    .help = "The longest TTL of an answer to such a resolver, a duration. "
		    "Default: it is not shortened." },
	{ "ecs", CONF_BOOL, CONF_AT(conf_map, ecs), .fallback = "true",
	    .help = "Whether the client's network in a query (RFC 7871) counts; else "
		    "the resolver's address does." },
	{ 0 },
};

static const struct conf_item short_ttl_item = { "short-source-ttl", CONF_SPAN,
	CONF_AT(conf_map, short_source_ttl_s), .min = 1, .max = 2147483647,
	.unit = "s" };

/* The region that a scalar names, added when it is new; -1: reported. */
static int take_region(struct conf_reader *r, const char *option,
    const struct conf_node *node, struct build *b)
{
	if (node->kind != CONF_SCALAR || !node->text[0]) {
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected the name of a region", option,
		    conf_show(r->tree, node));
		return -1;
	}
	if (!conf_name_check(r, "region", node, node->text))
		return -1;
	size_t number = conf_names_find(&b->regions, node->text);
	if (number != CONF_NO_NAME)
		return (int)number;
	if (b->regions.n >= CONF_REGIONS_MAX) {
		if (!b->too_many)
			conf_error(r->tree, node, KT_E_LIMIT,
			    "a map has no more than %d regions", CONF_REGIONS_MAX);
		b->too_many = true;
		return -1;
	}
	conf_names_add(&b->regions, conf_strdup(r, node->text));
	return (int)b->regions.n - 1;
}

/*
 * IPv4 addresses inside IPv6: mapped, SIIT (RFC 7915), NAT64 (RFC 6052), 6to4 (RFC 3056),
 * Teredo (RFC 4380).  The IPv4 network decides about them.
 */
static bool is_embedded(const struct kt_prefix *p)
{
	static const struct kt_prefix blocks[] = {
		{ .addr = { 6, { [10] = 0xff, 0xff } }, .len = 96 },
		{ .addr = { 6, { [8] = 0xff, 0xff } }, .len = 96 },
		{ .addr = { 6, { 0x00, 0x64, 0xff, 0x9b } }, .len = 96 },
		{ .addr = { 6, { 0x20, 0x02 } }, .len = 16 },
		{ .addr = { 6, { 0x20, 0x01 } }, .len = 32 },
	};
	for (size_t i = 0; i < KT_COUNT(blocks); i++)
		if (p->len >= blocks[i].len && kt_prefix_covers(&blocks[i], &p->addr))
			return true;
	return false;
}

/* False: reported, or there already. */
static bool take_network(struct conf_reader *r, const char *option,
    const struct conf_node *node, struct build *b, struct conf_names *seen,
    struct conf_network *list)
{
	char text[KT_PREFIX_TEXT];
	struct conf_network *network = &list[seen->n];
	bool good = conf_prefix_get(r, node, node->key, true, &network->prefix);
	int region = take_region(r, option, node, b);
	if (!good)
		return false;
	if (is_embedded(&network->prefix)) {
		conf_error_key(r->tree, node, KT_E_CONFLICT,
		    "%s is in a block of IPv6 that stands for IPv4: give the IPv4 "
		    "network",
		    conf_show_text(r->tree, node->key));
		return false;
	}
	kt_prefix_print(&network->prefix, text);
	size_t first = conf_names_find(seen, text);
	if (first != CONF_NO_NAME) {
		conf_error_key(
		    r->tree, node, KT_E_EXISTS, "the prefix %s is here twice", text);
		conf_note_first(r, &list[first].place);
		return false;
	}
	conf_names_add(seen, kt_arena_strndup(&r->tree->memory, text, strlen(text)));
	network->region = (uint16_t)(region < 0 ? 0 : region);
	network->place = conf_place_of(r, node);
	return true;
}

static size_t take_networks(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, struct build *b, const struct conf_network **out)
{
	struct conf_names seen = { 0 };
	if (!conf_expect(r, item, node, CONF_MAP) || !node->n)
		return 0;
	struct conf_network *list = conf_alloc(r, node->n, sizeof(*list));
	size_t n = 0;
	*out = list;
	for (const struct conf_node *e = node->first; e; e = e->next)
		n += take_network(r, item->name, e, b, &seen, list);
	conf_names_fini(&seen);
	return n;
}

static void read_networks(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct build *b = base;
	b->map.n_networks = take_networks(r, item, node, b, &b->map.networks);
}

static void read_short_source(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct build *b = base;
	b->map.n_short_source = take_networks(r, item, node, b, &b->map.short_source);
}

static void read_short_ttl(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	(void)item;
	conf_value_read(r, &short_ttl_item, node, base);
}

static void read_default(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct build *b = base;
	int region = take_region(r, item->name, node, b);
	if (region >= 0)
		b->map.fallback = (uint16_t)region;
}

static void read_file(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, struct build *b, struct conf_network_file *file)
{
	file->region = -1;
	file->place = conf_place_of(r, node);
	if (node->kind == CONF_SCALAR) {
		struct conf_item path = file_items[0];
		path.name = item->name;
		conf_value_read(r, &path, node, file);
		return;
	}
	if (!conf_items_read(r, file_items, item->name, node, file))
		return;
	const struct conf_node *region = conf_node_find(node, "region");
	if (region)
		file->region = take_region(r, "region", region, b);
}

static void read_files(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct build *b = base;
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	struct conf_network_file *list = conf_alloc(r, n, sizeof(*list));
	if (!n)
		conf_empty_list(r, item->name, node);
	b->map.files = list;
	b->map.n_files = n;
	for (size_t i = 0; i < n; i++, e = e->next)
		read_file(r, item, e, b, &list[i]);
}

static bool is_code(const char *text, size_t least, size_t most)
{
	size_t n = 0;
	while (isupper((unsigned char)text[n]) || isdigit((unsigned char)text[n]))
		n++;
	return !text[n] && n >= least && n <= most;
}

/* ISO 3166-1 alpha-2 and, behind a dash, ISO 3166-2. */
static bool is_place(const char *text)
{
	bool country = isupper((unsigned char)text[0]) &&
		       isupper((unsigned char)text[1]);
	return country && (!text[2] || (text[2] == '-' && is_code(text + 3, 1, 3)));
}

static bool is_match(const char *text)
{
	static const char *const continents[] = { "AF", "AN", "AS", "EU", "NA", "OC",
		"SA" };
	uint64_t as;
	if (strncmp(text, "AS", 2) == 0 &&
	    !kt_scan_number(text + 2, strlen(text + 2), UINT32_MAX, &as))
		return true;
	if (strncmp(text, "continent ", 10) == 0) {
		for (size_t i = 0; i < KT_COUNT(continents); i++)
			if (strcmp(text + 10, continents[i]) == 0)
				return true;
		return false;
	}
	return strcmp(text, "*") == 0 || is_place(text);
}

static void read_match(struct conf_reader *r, const struct conf_node *node,
    struct build *b, struct conf_geo *geo)
{
	struct conf_item item = { .name = "match" };
	if (!conf_expect(r, &item, node, CONF_MAP))
		return;
	if (!node->n)
		conf_error(r->tree, node, KT_E_FORMAT, "match: an empty map");
	struct conf_geo_match *list = conf_alloc(r, node->n, sizeof(*list));
	geo->match = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_geo_match *m = &list[geo->n_match++];
		int region = take_region(r, "match", e, b);
		*m = (struct conf_geo_match){ .key = conf_strdup(r, e->key),
			.region = (uint16_t)(region < 0 ? 0 : region),
			.place = conf_place_of(r, e) };
		if (!is_match(e->key))
			conf_error_key(r->tree, e, KT_E_FORMAT,
			    "match: found %s, expected a country (JP), a subdivision "
			    "(JP-13), AS64500, \"continent EU\" or \"*\"",
			    conf_show_text(r->tree, e->key));
	}
}

static void read_geo(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct build *b = base;
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	struct conf_geo *list = conf_alloc(r, n, sizeof(*list));
	if (!n)
		conf_empty_list(r, item->name, node);
	b->map.geo = list;
	b->map.n_geo = n;
	for (size_t i = 0; i < n; i++, e = e->next) {
		list[i].place = conf_place_of(r, e);
		if (!conf_items_read(r, geo_items, item->name, e, &list[i]))
			continue;
		const struct conf_node *match = conf_node_find(e, "match");
		if (match)
			read_match(r, match, b, &list[i]);
	}
}

/*
 * What names regions, in the order in which it is printed: so a region's number does not
 * depend on the order in which options are written.
 */
static void read_regions(
    struct conf_reader *r, const struct conf_node *node, struct build *b)
{
	static const struct {
		const char *option;
		conf_item_read *read;
	} parts[] = { { "networks", read_networks }, { "networks-file", read_files },
		{ "geo", read_geo }, { "default", read_default },
		{ "short-source", read_short_source } };
	for (size_t i = 0; i < KT_COUNT(parts); i++) {
		struct conf_item item = { .name = parts[i].option };
		const struct conf_node *part = conf_node_find(node, item.name);
		if (part)
			parts[i].read(r, &item, part, b);
	}
}

static void set_regions(
    struct conf_reader *r, struct conf_map *map, const struct conf_names *regions)
{
	const char **names = conf_alloc(r, regions->n, sizeof(*names));
	if (regions->n)
		memcpy(names, regions->list, regions->n * sizeof(*names));
	map->regions = names;
	map->n_regions = regions->n;
}

static void read_map(struct conf_reader *r, const struct conf_node *node,
    struct conf_map *out, struct conf_names *regions)
{
	struct build b = { .map.short_source_ttl_s = UINT32_MAX };
	b.map.name = conf_strdup(r, node->key);
	b.map.place = conf_place_of(r, node);
	conf_items_default(r, conf_map_items, &b.map);
	if (conf_items_read(r, conf_map_items, "a map", node, &b))
		read_regions(r, node, &b);
	set_regions(r, &b.map, &b.regions);
	b.map.n_own_regions = b.regions.n;
	*out = b.map;
	*regions = b.regions;
}

/* Has it lines that name regions of which nothing is known before they are read? */
static bool is_open(const struct conf_map *map)
{
	for (size_t i = 0; i < map->n_files; i++)
		if (map->files[i].region < 0)
			return true;
	return false;
}

void conf_map_extend(struct conf_reader *r, size_t at, const struct conf_node *regions)
{
	struct conf_map *map = &r->steer->map_list[at];
	struct conf_names *names = &r->steer->regions[at];
	if (!is_open(map))
		return;
	for (const struct conf_node *e = regions->first; e; e = e->next) {
		if (!e->key || strcmp(e->key, "*") == 0 ||
		    conf_names_find(names, e->key) != CONF_NO_NAME ||
		    names->n >= CONF_REGIONS_MAX ||
		    !conf_name_check(r, "region", e, e->key))
			continue;
		conf_names_add(names, conf_strdup(r, e->key));
	}
	if (names->n > map->n_regions)
		set_regions(r, map, names);
}

void conf_maps_fill(struct conf_reader *r, const struct conf_node *node)
{
	struct conf_steering *s = &r->config->steering;
	if (!conf_entries(r, "maps", node))
		return;
	struct conf_map *maps = conf_alloc(r, node->n, sizeof(*maps));
	r->steer->regions = kt_calloc(node->n, sizeof(*r->steer->regions));
	s->maps = r->steer->map_list = maps;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		if (!conf_name_check(r, "map", e, e->key))
			continue;
		read_map(r, e, &maps[s->n_maps], &r->steer->regions[s->n_maps]);
		conf_names_add(&r->steer->maps, maps[s->n_maps++].name);
	}
}

static void put_networks(struct conf_sink *sink, const struct conf_item *item,
    const struct conf_map *map, const struct conf_network *list, size_t n)
{
	char text[KT_PREFIX_TEXT];
	if (!n)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < n; i++)
		sink->value(sink, item, kt_prefix_print(&list[i].prefix, text),
		    map->regions[list[i].region]);
	sink->close(sink);
}

static void print_networks(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	put_networks(sink, item, map, map->networks, map->n_networks);
}

static void print_short_source(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	put_networks(sink, item, map, map->short_source, map->n_short_source);
}

static void print_short_ttl(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	struct kt_text text = { 0 };
	if (map->short_source_ttl_s == UINT32_MAX)
		return;
	conf_value_print(&short_ttl_item, map, &text);
	sink->value(sink, item, item->name, kt_text_of(&text));
	kt_text_fini(&text);
}

static void print_default(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	sink->value(sink, item, item->name, map->regions[map->fallback]);
}

static void print_files(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	if (!map->n_files)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < map->n_files; i++) {
		const struct conf_network_file *f = &map->files[i];
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, file_items, f);
		if (f->region >= 0)
			sink->value(sink, item, "region", map->regions[f->region]);
		sink->close(sink);
	}
	sink->close(sink);
}

static void print_geo(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_map *map = base;
	if (!map->n_geo)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < map->n_geo; i++) {
		const struct conf_geo *g = &map->geo[i];
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, geo_items, g);
		sink->open(sink, "match", CONF_MAP);
		for (size_t j = 0; j < g->n_match; j++)
			sink->value(sink, item, g->match[j].key,
			    map->regions[g->match[j].region]);
		sink->close(sink);
		sink->close(sink);
	}
	sink->close(sink);
}

void conf_maps_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_steering *s = base;
	if (!s->n_maps)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < s->n_maps; i++) {
		sink->open(sink, s->maps[i].name, CONF_MAP);
		conf_items_print(sink, item->items, &s->maps[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
