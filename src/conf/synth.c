#include "conf/item.h"

#include <string.h>

/*
 * The longest text of an address in a label: "255-255-255-255", and eight groups of four digits
 * with seven dashes.
 */
enum {
	LABEL_IPV4 = 15,
	LABEL_IPV6 = 39
};

static void read_pattern(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
static void print_pattern(
    struct conf_sink *sink, const struct conf_item *item, const void *base);

const struct conf_item conf_synth_items[] = {
	{ "prefix", CONF_PREFIX, CONF_AT(conf_synth, prefix), .required = true,
	    .help = "The addresses that have records." },
	{ "pattern", CONF_SPECIAL, CONF_AT(conf_synth, pattern), .required = true,
	    .read = read_pattern, .print = print_pattern,
	    .help = "The first label of the name, as host-{address}: {address} stands "
		    "for the "
		    "address with dashes in place of dots and colons." },
	{ "origin", CONF_NAME, CONF_AT(conf_synth, origin),
	    .help = "In a reverse zone: the name that the PTR targets are below." },
	{ "ttl", CONF_SPAN, CONF_AT(conf_synth, ttl_s), .fallback = "1h", .min = 0,
	    .max = 2147483647, .unit = "s", .help = "The TTL of the records." },
	{ 0 },
};

static bool is_label_text(const char *text, size_t len)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
			    "6789-_") >= len;
}

static const char *check_pattern(const char *text)
{
	static const char mark[] = "{address}";
	const char *at = strstr(text, mark);
	if (!at)
		return "it needs {address}";
	const char *rest = at + sizeof(mark) - 1;
	if (!is_label_text(text, (size_t)(at - text)) ||
	    !is_label_text(rest, strlen(rest)))
		return "beside one {address} only letters, digits, - and _ may stand "
		       "in a label";
	return NULL;
}

static void read_pattern(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_synth *synth = base;
	const char *wrong = node->kind == CONF_SCALAR ? check_pattern(node->text)
						      : "it is no text";
	if (wrong)
		conf_error(r->tree, node, KT_E_FORMAT, "%s: found %s: %s", item->name,
		    conf_show(r->tree, node), wrong);
	else
		synth->pattern = conf_strdup(r, node->text);
}

static void print_pattern(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_synth *synth = base;
	sink->value(sink, item, item->name, synth->pattern);
}

static bool is_below(const struct dns_name *name, const char *tree)
{
	struct dns_name top;
	return dns_name_scan(tree, strlen(tree), NULL, &top) == 0 &&
	       dns_wire_under(name->wire, top.wire);
}

/* One label of a reverse name as a number; -1: it is none. */
static int label_number(const uint8_t *label, unsigned base)
{
	unsigned v = 0;
	if (label[0] == 0 || label[0] > (base == 16 ? 1 : 3))
		return -1;
	for (unsigned i = 1; i <= label[0]; i++) {
		uint8_t c = label[i];
		unsigned digit = c >= 'a' && c <= 'f' ? c - 'a' + 10u
						      : c - (unsigned)'0';
		if (digit >= base)
			return -1;
		v = v * base + digit;
	}
	return v <= 255 ? (int)v : -1;
}

/* The prefix whose reverse zone this is; false: it is not one of whole octets or digits. */
static bool reverse_prefix(const struct dns_name *zone, struct kt_prefix *out)
{
	bool v4 = is_below(zone, "in-addr.arpa");
	unsigned n = zone->labels - 2u, bits = v4 ? 8 : 4;
	*out = (struct kt_prefix){ .addr.family = v4 ? 4 : 6,
		.len = (uint8_t)(n * bits) };
	if (n > (v4 ? 4u : 32u))
		return false;
	for (unsigned i = 0; i < n; i++) {
		int v = label_number(
		    dns_wire_skip(zone->wire, n - 1 - i), v4 ? 10 : 16);
		if (v < 0)
			return false;
		out->addr.octets[i * bits / 8] |= (uint8_t)(v << (v4 || i % 2 ? 0 : 4));
	}
	return true;
}

static bool overlap(const struct kt_prefix *a, const struct kt_prefix *b)
{
	return a->addr.family == b->addr.family &&
	       (kt_prefix_covers(a, &b->addr) || kt_prefix_covers(b, &a->addr));
}

static void check_reverse(struct conf_reader *r, const struct conf_node *node,
    const struct conf_zone *zone, const struct conf_synth *synth)
{
	struct kt_prefix whole;
	const struct conf_node *prefix = conf_node_find(node, "prefix");
	if (synth->origin.labels == 0)
		conf_error(r->tree, node, KT_E_NOT_FOUND,
		    "in a reverse zone synth needs \"origin\"");
	if (!synth->prefix.addr.family || !reverse_prefix(&zone->name, &whole))
		return;
	if (!overlap(&whole, &synth->prefix)) {
		char text[KT_PREFIX_TEXT];
		conf_error(r->tree, prefix, KT_E_CONFLICT,
		    "prefix: this zone is the reverse of %s",
		    kt_prefix_print(&whole, text));
	}
}

static void check_synth(struct conf_reader *r, const struct conf_node *node,
    const struct conf_zone *zone, struct conf_synth *synth)
{
	size_t address = synth->prefix.addr.family == 6 ? LABEL_IPV6 : LABEL_IPV4;
	if (synth->pattern &&
	    strlen(synth->pattern) - strlen("{address}") + address > DNS_LABEL_MAX)
		conf_error(r->tree, conf_node_find(node, "pattern"), KT_E_LONG,
		    "pattern: with the longest address the label has more than %d "
		    "octets",
		    DNS_LABEL_MAX);
	synth->reverse = is_below(&zone->name, "in-addr.arpa") ||
			 is_below(&zone->name, "ip6.arpa");
	if (synth->reverse)
		check_reverse(r, node, zone, synth);
	else if (synth->origin.labels)
		conf_error(r->tree, conf_node_find(node, "origin"), KT_E_CONFLICT,
		    "origin: only a reverse zone has one; here the names are below the "
		    "zone");
}

void conf_synth_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_zone *zone = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	struct conf_synth *list = conf_alloc(r, node->n, sizeof(*list));
	zone->synth = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_synth *s = &list[zone->n_synth++];
		s->place = conf_place_of(r, e);
		s->origin = DNS_NAME_ROOT;
		conf_items_default(r, conf_synth_items, s);
		if (conf_items_read(r, conf_synth_items, "synth", e, s) &&
		    e->kind == CONF_MAP)
			check_synth(r, e, zone, s);
	}
}

void conf_synth_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_zone *zone = base;
	if (!zone->n_synth)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < zone->n_synth; i++) {
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, conf_synth_items, &zone->synth[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
