#include "conf/item.h"

#include <stdlib.h>
#include <string.h>

enum {
	LISTENERS_MAX = 4096
};

static void read_serve(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
static void print_serve(
    struct conf_sink *sink, const struct conf_item *item, const void *base);
static void read_transports(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
static void print_transports(
    struct conf_sink *sink, const struct conf_item *item, const void *base);
static void print_address(
    struct conf_sink *sink, const struct conf_item *item, const void *base);

const struct conf_item conf_listen_items[] = {
	{ "address", CONF_SPECIAL, .required = true, .read = conf_nothing_read,
	    .print = print_address,
	    .help =
		"An address or a list of them; 0.0.0.0 and :: are all of this host." },
	{ "port", CONF_NUMBER, CONF_AT(conf_listen, port), .fallback = "53", .min = 1,
	    .max = 65535, .help = "The port, for UDP and TCP." },
	{ "serve", CONF_SPECIAL, .read = read_serve, .print = print_serve,
	    .help = "The role: authority. Default: authority." },
	{ "transports", CONF_SPECIAL, .read = read_transports,
	    .print = print_transports,
	    .help = "A list of udp and tcp. Default: both." },
	{ .name = "tls", .type = CONF_PLANNED },
	{ 0 },
};

static const struct conf_item address_item = { "address", CONF_ADDRESS,
	CONF_AT(conf_listen, address), .help = "" };

/* The entry's addresses are read when the rest of it is known. */
void conf_nothing_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	(void)r;
	(void)item;
	(void)node;
	(void)base;
}

static void read_serve(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	static const char *const roles[] = { "authority", "resolver" };
	(void)base;
	const char *text = node->kind == CONF_SCALAR ? node->text : "";
	const char *near = kt_text_nearest(text, roles, KT_COUNT(roles));
	if (strcmp(text, "authority") == 0)
		return;
	if (strcmp(text, "resolver") == 0)
		conf_error(r->tree, node, KT_E_UNSUPPORTED,
		    "serve: resolver is not supported yet by this version");
	else if (near)
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected authority; did you mean \"%s\"?",
		    item->name, conf_show(r->tree, node), near);
	else
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected authority", item->name,
		    conf_show(r->tree, node));
}

static void print_serve(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	(void)base;
	sink->value(sink, item, item->name, "authority");
}

static void read_transport(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, struct conf_listen *listen)
{
	const char *text = node->kind == CONF_SCALAR ? node->text : "";
	bool *seen = strcmp(text, "udp") == 0   ? &listen->udp
		     : strcmp(text, "tcp") == 0 ? &listen->tcp
						: NULL;
	if (seen && *seen)
		conf_error(r->tree, node, KT_E_EXISTS, "%s: %s is here twice",
		    item->name, conf_show(r->tree, node));
	else if (seen)
		*seen = true;
	else if (strcmp(text, "tls") == 0 || strcmp(text, "https") == 0)
		conf_error(r->tree, node, KT_E_UNSUPPORTED,
		    "%s: %s is not supported yet by this version", item->name, text);
	else
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected udp or tcp", item->name,
		    conf_show(r->tree, node));
}

static void read_transports(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_listen *listen = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	listen->udp = listen->tcp = false;
	for (const struct conf_node *e = node->first; e; e = e->next)
		read_transport(r, item, e, listen);
	if (!node->first)
		conf_error(r->tree, node, KT_E_FORMAT, "%s: an empty list", item->name);
}

static void print_transports(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_listen *listen = base;
	sink->open(sink, item->name, CONF_LIST);
	if (listen->udp)
		sink->value(sink, item, NULL, "udp");
	if (listen->tcp)
		sink->value(sink, item, NULL, "tcp");
	sink->close(sink);
}

static void print_address(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_listen *listen = base;
	char text[KT_ADDR_TEXT];
	sink->value(sink, item, item->name, kt_addr_print(&listen->address, text));
}

static const struct conf_listen *find_same(
    const struct conf_config *c, const struct conf_listen *l)
{
	for (size_t i = 0; i < c->n_listens; i++)
		if (c->listens[i].port == l->port &&
		    kt_addr_equal(&c->listens[i].address, &l->address))
			return &c->listens[i];
	return NULL;
}

static void add_listener(struct conf_reader *r, const struct conf_node *node,
    const struct conf_listen *common, struct conf_listen *list)
{
	struct conf_listen l = *common;
	conf_value_read(r, &address_item, node, &l);
	if (!l.address.family)
		return;
	l.place = conf_place_of(r, node);
	l.place.line = node->line;
	l.place.column = node->column;
	const struct conf_listen *first = find_same(r->config, &l);
	if (first) {
		char text[KT_ADDR_TEXT];
		conf_error(r->tree, node, KT_E_EXISTS, "two listeners on %s port %u",
		    kt_addr_print(&l.address, text), l.port);
		conf_note_first(r, &first->place);
		return;
	}
	list[r->config->n_listens++] = l;
}

static void read_addresses(struct conf_reader *r, const struct conf_node *entry,
    const struct conf_listen *common, struct conf_listen *list)
{
	const struct conf_node *address = conf_node_find(entry, "address");
	if (!address)
		return; /* reported as missing */
	if (address->kind != CONF_LIST) {
		add_listener(r, address, common, list);
		return;
	}
	if (!address->first)
		conf_error(r->tree, address, KT_E_FORMAT, "address: an empty list");
	for (const struct conf_node *e = address->first; e; e = e->next)
		add_listener(r, e, common, list);
}

static size_t count_addresses(const struct conf_node *node)
{
	size_t n = 0;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		const struct conf_node *address = conf_node_find(e, "address");
		n += address && address->kind == CONF_LIST ? address->n : 1;
	}
	return n;
}

void conf_listen_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	size_t n = count_addresses(node);
	if (n > LISTENERS_MAX) {
		conf_error_key(
		    r->tree, node, KT_E_LIMIT, "more than %d addresses", LISTENERS_MAX);
		return;
	}
	struct conf_listen *list = conf_alloc(r, n, sizeof(*list));
	config->listens = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_listen common = { .udp = true, .tcp = true };
		conf_items_default(r, item->items, &common);
		if (conf_items_read(r, item->items, "a listener", e, &common))
			read_addresses(r, e, &common, list);
	}
}

void conf_listen_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	if (!config->n_listens)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < config->n_listens; i++) {
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, item->items, &config->listens[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
