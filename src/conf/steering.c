/* The steering section as a whole, and what its parts have in common. */
#include "conf/steering_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_MAX_LEN = 63,
	PROPOSED_MAX = 1000 /* names that a misspelt one is compared with */
};

static conf_item_read read_trust;
static conf_item_print print_trust;

const struct conf_item conf_steering_items[] = {
	{ "maps", CONF_SPECIAL, .items = conf_map_items, .read = conf_nothing_read,
	    .print = conf_maps_print,
	    .help = "Maps by name: to which region a client's network belongs." },
	{ "monitors", CONF_SPECIAL, .items = conf_monitor_items,
	    .read = conf_nothing_read, .print = conf_monitors_print,
	    .help = "Monitors by name: how to find out whether a member is up." },
	{ "pools", CONF_SPECIAL, .items = conf_pool_items, .read = conf_nothing_read,
	    .print = conf_pools_print,
	    .help = "Pools by name: the members that can stand for each other." },
	{ "services", CONF_SPECIAL, .items = conf_service_items,
	    .read = conf_nothing_read, .print = conf_services_print,
	    .help = "Services by domain name, in a zone of this server: which pools "
		    "answer for which region." },
	{ "trust-ecs", CONF_SPECIAL, .read = read_trust, .print = print_trust,
	    .help = "A list of resolvers, as addresses and prefixes, whose client "
		    "subnets (RFC 7871) count. Default: everybody's." },
	{ "probe-rate", CONF_NUMBER, CONF_AT(conf_steering, probe_rate),
	    .fallback = "10000", .min = 1, .max = 1000000, .unit = "probes",
	    .help = "Probes that are begun in a second, at most." },
	{ "probe-parallel", CONF_NUMBER, CONF_AT(conf_steering, probe_parallel),
	    .fallback = "1000", .min = 1, .max = 100000, .unit = "probes",
	    .help = "Probes that are under way at a time, at most." },
	{ 0 },
};

bool conf_steers(const struct conf_steering *s)
{
	return s->n_maps || s->n_monitors || s->n_pools || s->n_services;
}

bool conf_entries(struct conf_reader *r, const char *what, const struct conf_node *node)
{
	struct conf_item item = { .name = what };
	return node && conf_expect(r, &item, node, CONF_MAP) && node->n;
}

/*
 * Names stand in keys of targets ("192.0.2.1/web"), in patterns of overrides, in labels of
 * metrics and in lines of files, so nothing that means something there may be in them.
 */
static bool is_name(const char *text)
{
	size_t len = strlen(text);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || strchr(",*?[]\"'\\\x7f", *c))
			return false;
	return len > 0 && len <= NAME_MAX_LEN;
}

bool conf_name_check(struct conf_reader *r, const char *what,
    const struct conf_node *node, const char *text)
{
	bool at_key = text == node->key;
	if (is_name(text))
		return true;
	conf_report(r->tree, KT_ERROR, KT_E_FORMAT, node->file,
	    at_key ? node->key_line : node->line,
	    at_key ? node->key_column : node->column,
	    "%s is no name of a %s: expected 1 to %d octets without spaces and without "
	    "any of , * ? [ ] \\ and quotes",
	    conf_show_text(r->tree, text), what, NAME_MAX_LEN);
	return false;
}

static size_t find_name(struct conf_reader *r, const char *option, const char *what,
    const struct conf_names *names, const struct conf_node *node, const char *text,
    bool at_key)
{
	size_t number = conf_names_find(names, text);
	if (number != CONF_NO_NAME)
		return number;
	size_t n = names->n < PROPOSED_MAX ? names->n : PROPOSED_MAX;
	const char *near = kt_text_nearest(text, names->list, n);
	conf_report(r->tree, KT_ERROR, KT_E_NOT_FOUND, node->file,
	    at_key ? node->key_line : node->line,
	    at_key ? node->key_column : node->column, "%s: there is no %s %s%s%s%s",
	    option, what, conf_show_text(r->tree, text),
	    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return CONF_NO_NAME;
}

size_t conf_name_get(struct conf_reader *r, const char *option, const char *what,
    const struct conf_names *names, const struct conf_node *node)
{
	if (node->kind == CONF_SCALAR && node->text[0])
		return find_name(r, option, what, names, node, node->text, false);
	conf_error(r->tree, node, KT_E_FORMAT,
	    "%s: found %s, expected the name of a %s", option, conf_show(r->tree, node),
	    what);
	return CONF_NO_NAME;
}

size_t conf_name_get_key(struct conf_reader *r, const char *option, const char *what,
    const struct conf_names *names, const struct conf_node *node)
{
	return find_name(r, option, what, names, node, node->key, true);
}

const struct conf_node *conf_one_or_list(const struct conf_node *node, size_t *n)
{
	*n = node->kind == CONF_LIST ? node->n : 1;
	return node->kind == CONF_LIST ? node->first : node;
}

void conf_empty_list(
    struct conf_reader *r, const char *option, const struct conf_node *node)
{
	conf_error(r->tree, node, KT_E_FORMAT, "%s: an empty list", option);
}

bool conf_has(const struct conf_node *node, const char *option)
{
	return conf_node_find(node, option);
}

static void clear_bits(struct kt_addr *addr, unsigned len)
{
	for (unsigned i = len; i < 128; i++)
		addr->octets[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
}

/* The length that leaves no bit of addr behind it. */
static unsigned needed_bits(const struct kt_addr *addr)
{
	unsigned n = addr->family == 4 ? 32 : 128;
	while (n > 0 && !(addr->octets[(n - 1) / 8] & 0x80u >> (n - 1) % 8))
		n--;
	return n;
}

/* With bits behind its length: what may be meant, into r's tree; NULL: it is wrong otherwise. */
static const char *meant_prefix(struct conf_reader *r, const char *text)
{
	char host[KT_ADDR_TEXT], one[KT_PREFIX_TEXT], other[KT_PREFIX_TEXT];
	const char *slash = strchr(text, '/');
	struct kt_prefix p;
	uint64_t len;
	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return NULL;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = 0;
	if (kt_addr_scan(host, &p.addr) || kt_scan_number(slash + 1, strlen(slash + 1),
					       p.addr.family == 4 ? 32 : 128, &len))
		return NULL;
	p.len = (uint8_t)needed_bits(&p.addr);
	kt_prefix_print(&p, one);
	clear_bits(&p.addr, (unsigned)len);
	p.len = (uint8_t)len;
	struct kt_text hint = { 0 };
	kt_text_addf(&hint, "%s or %s", kt_prefix_print(&p, other), one);
	const char *kept = kt_arena_strndup(
	    &r->tree->memory, kt_text_of(&hint), hint.len);
	kt_text_fini(&hint);
	return kept;
}

bool conf_prefix_get(struct conf_reader *r, const struct conf_node *node,
    const char *text, bool at_key, struct kt_prefix *out)
{
	int rc = kt_prefix_scan(text, out);
	if (!rc)
		return true;
	unsigned line = at_key ? node->key_line : node->line;
	unsigned column = at_key ? node->key_column : node->column;
	const char *meant = meant_prefix(r, text);
	const char *shown = conf_show_text(r->tree, text);
	if (meant)
		conf_report(r->tree, KT_ERROR, rc, node->file, line, column,
		    "%s has bits behind its length; did you mean %s?", shown, meant);
	else
		conf_report(r->tree, KT_ERROR, rc, node->file, line, column,
		    "%s is no prefix such as 192.0.2.0/24 or 2001:db8::/32", shown);
	return false;
}

static void read_trust(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_steering *steering = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	struct kt_prefix *list = conf_alloc(r, node->n, sizeof(*list));
	steering->trust_ecs = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		if (e->kind != CONF_SCALAR)
			conf_error(r->tree, e, KT_E_FORMAT,
			    "%s: found %s, expected an address or prefix", item->name,
			    conf_show(r->tree, e));
		else if (conf_prefix_get(
			     r, e, e->text, false, &list[steering->n_trust_ecs]))
			steering->n_trust_ecs++;
	}
	if (node->kind == CONF_LIST && !node->n)
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: an empty list; to ignore the option write \"ecs: false\" in a "
		    "map",
		    item->name);
}

static void print_trust(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_steering *steering = base;
	char text[KT_PREFIX_TEXT];
	if (!steering->n_trust_ecs)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < steering->n_trust_ecs; i++)
		sink->value(
		    sink, item, NULL, kt_prefix_print(&steering->trust_ecs[i], text));
	sink->close(sink);
}

static void fini_steer(struct conf_steer *steer, size_t n_maps)
{
	for (size_t i = 0; i < n_maps; i++)
		conf_names_fini(&steer->regions[i]);
	free(steer->regions);
	conf_names_fini(&steer->maps);
	conf_names_fini(&steer->monitors);
	conf_names_fini(&steer->pools);
}

void conf_steering_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	struct conf_steer steer = { 0 };
	if (!conf_expect(r, item, node, CONF_MAP))
		return;
	r->steer = &steer;
	conf_items_default(r, item->items, &config->steering);
	conf_items_read(r, item->items, item->name, node, &config->steering);
	conf_maps_fill(r, conf_node_find(node, "maps"));
	conf_monitors_fill(r, conf_node_find(node, "monitors"));
	conf_pools_fill(r, conf_node_find(node, "pools"));
	conf_services_fill(r, conf_node_find(node, "services"));
	fini_steer(&steer, config->steering.n_maps);
	r->steer = NULL;
}

void conf_steering_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	if (!config->steering.probe_rate)
		return;
	sink->open(sink, item->name, CONF_MAP);
	conf_items_print(sink, item->items, &config->steering);
	sink->close(sink);
}
