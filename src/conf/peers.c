#include "conf/item.h"

#include <string.h>

static void read_key(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
static void print_key(
    struct conf_sink *sink, const struct conf_item *item, const void *base);

const struct conf_item conf_peer_items[] = {
	{ "address", CONF_PREFIX, CONF_AT(conf_peer, from), .required = true,
	    .help = "The address or prefix." },
	{ "key", CONF_SPECIAL, .read = read_key, .print = print_key,
	    .help = "The TSIG key that must sign. Default: none is needed." },
	{ 0 },
};

static void read_key(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_peer *peer = base;
	if (node->kind != CONF_SCALAR || !node->text[0])
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected the name of a key", item->name,
		    conf_show(r->tree, node));
	else
		peer->key = conf_key_get(r, node, node->text);
}

static void print_key(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_peer *peer = base;
	char name[DNS_NAME_TEXT];
	if (peer->key)
		sink->value(
		    sink, item, item->name, dns_name_print(peer->key->name.wire, name));
}

/* {address, key}, or the address alone. */
static void read_peer(
    struct conf_reader *r, const struct conf_node *node, struct conf_peer *peer)
{
	peer->place = conf_place_of(r, node);
	if (node->kind == CONF_SCALAR)
		conf_value_read(r, &conf_peer_items[0], node, peer);
	else
		conf_items_read(r, conf_peer_items, "a peer", node, peer);
}

/*
 * The row's offset is that of a `const struct conf_peer *`, behind which its count stands.
 */
struct peers {
	const struct conf_peer *list;
	size_t n;
};

_Static_assert(offsetof(struct conf_zone, n_transfer_to) ==
		   offsetof(struct conf_zone, transfer_to) + offsetof(struct peers, n),
    "a count behind its list");
_Static_assert(
    offsetof(struct conf_zone_directory, n_transfer_to) ==
	offsetof(struct conf_zone_directory, transfer_to) + offsetof(struct peers, n),
    "a count behind its list");

void conf_peers_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct peers *peers = (void *)((uint8_t *)base + item->offset);
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	struct conf_peer *list = conf_alloc(r, node->n, sizeof(*list));
	peers->list = list;
	for (const struct conf_node *e = node->first; e; e = e->next)
		read_peer(r, e, &list[peers->n++]);
}

void conf_peers_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct peers *peers = (const void *)((const uint8_t *)base +
						   item->offset);
	if (!peers->n)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < peers->n; i++) {
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, conf_peer_items, &peers->list[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
