/* steering.services: which pools answer for which region. */
#include "base/mem.h"
#include "conf/steering_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PREFERENCES_MAX = 8 << 20 /* regions of maps, once for each service */
};

static conf_item_read read_all_down, read_hash;
static conf_item_print print_map, print_regions, print_pools, print_all_down,
    print_hash;

const struct conf_item conf_service_items[] = {
	{ "map", CONF_SPECIAL, .read = conf_nothing_read, .print = print_map,
	    .help =
		"The map that tells regions apart. Default: none, \"pools\" are for "
		"everybody." },
	{ "regions", CONF_SPECIAL, .read = conf_nothing_read, .print = print_regions,
	    .help = "By region a pool or a list of them, in order of preference; the "
		    "region * is every one that is not named." },
	{ "pools", CONF_SPECIAL, .read = conf_nothing_read, .print = print_pools,
	    .help =
		"Without a map: a pool or a list of them, in order of preference." },
	{ "ttl", CONF_SPAN, CONF_AT(conf_service, ttl_s), .fallback = "30s", .min = 0,
	    .max = 604800, .unit = "s", .help = "The TTL of answers." },
	{ "ttl-min", CONF_SPAN, CONF_AT(conf_service, ttl_min_s), .fallback = "1s",
	    .min = 0, .max = 604800, .unit = "s",
	    .help = "The lowest TTL, when a change of state is near." },
	{ "when-all-down", CONF_SPECIAL, .read = read_all_down, .print = print_all_down,
	    .help = "What is answered when all pools of a region are down: all, their "
		    "members as if they were up; none, no record; last-known, those "
		    "that were up last; or a pool. Default: all." },
	{ "limit", CONF_NUMBER, CONF_AT(conf_service, limit), .fallback = "none",
	    .min = 1, .max = CONF_POOL_MEMBERS_MAX, .zero = "none", .unit = "records",
	    .help = "Records in an answer, at most." },
	{ "hash-prefix", CONF_SPECIAL, .read = read_hash, .print = print_hash,
	    .help = "For the method hash: the bits of a client's IPv4 and IPv6 address "
		    "that are its network. Default: [24, 48]." },
	{ 0 },
};

static const char *const down_words[] = { [CONF_DOWN_ALL] = "all",
	[CONF_DOWN_NONE] = "none",
	[CONF_DOWN_LAST_KNOWN] = "last-known" };

static void read_all_down(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_service *s = base;
	for (size_t i = 0; node->kind == CONF_SCALAR && i < KT_COUNT(down_words); i++)
		if (strcmp(node->text, down_words[i]) == 0) {
			s->all_down = (enum conf_all_down)i;
			return;
		}
	size_t i = conf_name_get(r, item->name, "pool", &r->steer->pools, node);
	if (i == CONF_NO_NAME)
		return;
	s->all_down = CONF_DOWN_POOL;
	s->down_pool = &r->config->steering.pools[i];
}

static void print_all_down(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_service *s = base;
	sink->value(sink, item, item->name,
	    s->all_down == CONF_DOWN_POOL ? s->down_pool->name
					  : down_words[s->all_down]);
}

static bool scan_bits(const struct conf_node *node, unsigned max, uint8_t *out)
{
	uint64_t v;
	if (!node || node->kind != CONF_SCALAR ||
	    kt_scan_number(node->text, strlen(node->text), max, &v) || v == 0)
		return false;
	*out = (uint8_t)v;
	return true;
}

static void read_hash(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_service *s = base;
	const struct conf_node *v4 = node->kind == CONF_LIST ? node->first : NULL;
	if (node->n != 2 || !v4 || !scan_bits(v4, 32, &s->hash_v4) ||
	    !scan_bits(v4->next, 128, &s->hash_v6))
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: expected a list of two numbers, 1 to 32 and 1 to 128, such "
		    "as [24, 48]",
		    item->name);
}

static void print_hash(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_service *s = base;
	char text[4];
	sink->open(sink, item->name, CONF_LIST);
	snprintf(text, sizeof(text), "%u", s->hash_v4);
	sink->value(sink, item, NULL, text);
	snprintf(text, sizeof(text), "%u", s->hash_v6);
	sink->value(sink, item, NULL, text);
	sink->close(sink);
}

static bool has_pool(const struct conf_preference *p, const struct conf_pool *pool)
{
	for (size_t i = 0; i < p->n_pools; i++)
		if (p->pools[i] == pool)
			return true;
	return false;
}

static void read_preference(struct conf_reader *r, const char *option,
    const struct conf_node *node, struct conf_preference *out)
{
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	const struct conf_pool **list = conf_alloc(r, n, sizeof(*list));
	if (!n)
		conf_empty_list(r, option, node);
	out->pools = list;
	out->place = conf_place_of(r, node);
	for (size_t i = 0; i < n; i++, e = e->next) {
		size_t at = conf_name_get(r, option, "pool", &r->steer->pools, e);
		if (at == CONF_NO_NAME)
			continue;
		const struct conf_pool *pool = &r->config->steering.pools[at];
		if (has_pool(out, pool))
			conf_error(r->tree, e, KT_E_EXISTS, "%s: %s is here twice",
			    option, conf_show(r->tree, e));
		else
			list[out->n_pools++] = pool;
	}
}

/* Regions of the map that nothing is said about, named in one error. */
static void check_left_out(struct conf_reader *r, const struct conf_node *regions,
    const struct conf_service *s)
{
	struct kt_text names = { 0 };
	size_t n = 0;
	/* Those that files bring go to the default's pools. */
	for (size_t i = 0; i < s->map->n_own_regions; i++) {
		if (s->regions[i].place.file)
			continue;
		if (n++ < 20)
			kt_text_addf(
			    &names, "%s%s", n > 1 ? ", " : "", s->map->regions[i]);
	}
	if (n > 20)
		kt_text_addf(&names, " and %zu more", n - 20);
	if (n)
		conf_error_key(r->tree, regions, KT_E_NOT_FOUND,
		    "regions: map %s has more, and there is no \"*\": %s", s->map->name,
		    kt_text_of(&names));
	kt_text_fini(&names);
}

static void read_regions(struct conf_reader *r, const struct conf_node *node,
    struct conf_service *s, const struct conf_names *names)
{
	struct conf_item item = { .name = "regions" };
	size_t n_errors = r->tree->errs->n_errors;
	if (!conf_expect(r, &item, node, CONF_MAP))
		return;
	r->steer->n_preferences += s->map->n_regions;
	if (r->steer->n_preferences > PREFERENCES_MAX) {
		conf_error_key(r->tree, node, KT_E_LIMIT,
		    "regions: all services together have more than %d",
		    PREFERENCES_MAX);
		return;
	}
	struct conf_preference *list = conf_alloc(r, s->map->n_regions, sizeof(*list));
	s->regions = list;
	s->n_regions = s->map->n_regions;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_preference *p;
		if (strcmp(e->key, "*") == 0) {
			s->other = p = conf_alloc(r, 1, sizeof(*p));
		} else {
			size_t at = conf_name_get_key(r, "regions", "region", names, e);
			p = at == CONF_NO_NAME ? NULL : &list[at];
		}
		struct conf_preference spare = { 0 };
		read_preference(r, "regions", e, p ? p : &spare);
	}
	if (!s->other && r->tree->errs->n_errors == n_errors)
		check_left_out(r, node, s);
}

static void read_pools(
    struct conf_reader *r, const struct conf_node *node, struct conf_service *s)
{
	struct conf_preference *one = conf_alloc(r, 1, sizeof(*one));
	read_preference(r, "pools", node, one);
	s->regions = one;
	s->n_regions = 1;
}

/* With a map "regions", without one "pools". */
static void read_choice(
    struct conf_reader *r, const struct conf_node *node, struct conf_service *s)
{
	const struct conf_node *map = conf_node_find(node, "map");
	const struct conf_node *regions = conf_node_find(node, "regions");
	const struct conf_node *pools = conf_node_find(node, "pools");
	if (map && pools)
		conf_error_key(r->tree, pools, KT_E_CONFLICT,
		    "pools: with a map pools stand in \"regions\"");
	else if (!map && regions)
		conf_error_key(
		    r->tree, regions, KT_E_CONFLICT, "regions: they need a \"map\"");
	else if (map ? !regions : !pools)
		conf_error_key(r->tree, node, KT_E_NOT_FOUND, "a service needs %s",
		    map ? "\"regions\"" : "\"pools\", or \"map\" and \"regions\"");
	if (pools)
		read_pools(r, pools, s);
	if (!map)
		return;
	size_t at = conf_name_get(r, "map", "map", &r->steer->maps, map);
	if (at == CONF_NO_NAME)
		return;
	s->map = &r->config->steering.maps[at];
	if (regions)
		read_regions(r, regions, s, &r->steer->regions[at]);
}

static void check_ttl(
    struct conf_reader *r, const struct conf_node *node, struct conf_service *s)
{
	const struct conf_node *least = conf_node_find(node, "ttl-min");
	if (s->ttl_min_s <= s->ttl_s)
		return;
	if (least)
		conf_error(r->tree, least, KT_E_CONFLICT,
		    "ttl-min: it is longer than the ttl");
	else
		s->ttl_min_s = s->ttl_s;
}

/* False: its name is none (reported). */
static bool read_service(
    struct conf_reader *r, const struct conf_node *node, struct conf_service *s)
{
	*s = (struct conf_service){
		.place = conf_place_of(r, node), .hash_v4 = 24, .hash_v6 = 48
	};
	int rc = dns_name_scan(node->key, strlen(node->key), NULL, &s->name);
	if (rc) {
		conf_error_key(r->tree, node, rc, "%s is no domain name: %s",
		    conf_show_text(r->tree, node->key), kt_strerror(rc));
		return false;
	}
	dns_name_lower(&s->name);
	conf_items_default(r, conf_service_items, s);
	if (conf_items_read(r, conf_service_items, "a service", node, s)) {
		read_choice(r, node, s);
		check_ttl(r, node, s);
	}
	return true;
}

/* "www.example.com" and "WWW.example.com." are different keys and one service. */
static bool is_new(struct conf_reader *r, struct conf_names *seen,
    const struct conf_service *list, const struct conf_service *s)
{
	char text[DNS_NAME_TEXT];
	dns_name_print(s->name.wire, text);
	size_t first = conf_names_find(seen, text);
	if (first != CONF_NO_NAME) {
		conf_error_place(
		    r, &s->place, KT_E_EXISTS, "the service %s is here twice", text);
		conf_note_first(r, &list[first].place);
		return false;
	}
	conf_names_add(seen, kt_arena_strndup(&r->tree->memory, text, strlen(text)));
	return true;
}

static void extend_map(struct conf_reader *r, const struct conf_node *node)
{
	const struct conf_node *regions = conf_node_find(node, "regions");
	const struct conf_node *map = conf_node_find(node, "map");
	if (!regions || regions->kind != CONF_MAP || !map || map->kind != CONF_SCALAR)
		return;
	size_t at = conf_names_find(&r->steer->maps, map->text);
	if (at != CONF_NO_NAME)
		conf_map_extend(r, at, regions);
}

void conf_services_fill(struct conf_reader *r, const struct conf_node *node)
{
	struct conf_steering *s = &r->config->steering;
	struct conf_names seen = { 0 };
	if (!conf_entries(r, "services", node))
		return;
	struct conf_service *list = conf_alloc(r, node->n, sizeof(*list));
	s->services = list;
	/* A map's regions are all known before the first service counts them. */
	for (const struct conf_node *e = node->first; e; e = e->next)
		extend_map(r, e);
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_service *service = &list[s->n_services];
		if (read_service(r, e, service))
			s->n_services += is_new(r, &seen, list, service);
	}
	conf_names_fini(&seen);
}

static void put_preference(struct conf_sink *sink, const struct conf_item *item,
    const char *key, const struct conf_preference *p)
{
	sink->open(sink, key, CONF_LIST);
	for (size_t i = 0; i < p->n_pools; i++)
		sink->value(sink, item, NULL, p->pools[i]->name);
	sink->close(sink);
}

static void print_map(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_service *s = base;
	if (s->map)
		sink->value(sink, item, item->name, s->map->name);
}

static void print_regions(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_service *s = base;
	if (!s->map)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < s->n_regions; i++)
		if (s->regions[i].n_pools)
			put_preference(sink, item, s->map->regions[i], &s->regions[i]);
	if (s->other)
		put_preference(sink, item, "*", s->other);
	sink->close(sink);
}

static void print_pools(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_service *s = base;
	if (!s->map)
		put_preference(sink, item, item->name, &s->regions[0]);
}

void conf_services_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_steering *s = base;
	char name[DNS_NAME_TEXT];
	if (!s->n_services)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < s->n_services; i++) {
		sink->open(
		    sink, dns_name_print(s->services[i].name.wire, name), CONF_MAP);
		conf_items_print(sink, item->items, &s->services[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
