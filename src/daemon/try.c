#include "daemon/try.h"

#include "base/text.h"
#include "dns/name.h"
#include "dns/type.h"
#include "io/socket.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	NODES_MAX = 1000
};

static const struct listener *first_listener(const struct server_view *view)
{
	const struct listeners *l = view->listeners;
	for (size_t i = 0; i < l->n; i++)
		if (!l->list[i].tcp)
			return &l->list[i];
	return l->n ? &l->list[0] : NULL;
}

static const struct zone_item *serving(const struct server_view *view, size_t skip)
{
	for (size_t i = 0; i < view->zones->n; i++)
		if (view->zones->items[i].zone && !skip--)
			return &view->zones->items[i];
	return NULL;
}

/* A name that a shell takes as it is. */
static bool is_plain(const uint8_t *name)
{
	char text[DNS_NAME_TEXT];
	dns_name_print(name, text);
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.")];
}

/* A name below the apex with an address, or the apex. */
static const uint8_t *name_with_address(const struct zone_snapshot *z, uint16_t *type)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA };
	const struct zone_node *node = zone_apex(z);
	for (unsigned i = 0; node && i < NODES_MAX;
	     i++, node = zone_node_next(z, node)) {
		if (node->flags & (ZONE_NODE_BELOW | ZONE_NODE_CUT | ZONE_NODE_APEX) ||
		    !is_plain(node->name))
			continue;
		for (size_t t = 0; t < KT_COUNT(types); t++)
			if (zone_rrset_find(node, types[t])) {
				*type = types[t];
				return node->name;
			}
	}
	*type = DNS_TYPE_SOA;
	return zone_apex(z)->name;
}

static void dig(const struct listener *l, const uint8_t *name, const char *rest)
{
	char address[KT_ADDR_TEXT], text[DNS_NAME_TEXT];
	kt_addr_print(&l->address, address);
	const char *at = !io_addr_is_any(&l->address) ? address
			 : l->address.family == 4     ? "127.0.0.1"
						      : "::1";
	fprintf(stderr, "  dig @%s -p %u %s %s\n", at, l->port,
	    dns_name_print(name, text), rest);
}

static bool is_wanted(const struct server_view *view)
{
	return isatty(STDERR_FILENO) || strstr(view->config->file, "etc/demo/");
}

void try_print(const struct server_view *view)
{
	const struct listener *l = first_listener(view);
	const struct zone_item *one = serving(view, 0), *two = serving(view, 1);
	if (!is_wanted(view) || !l || !one)
		return;
	if (!two)
		two = one;
	uint16_t type;
	const uint8_t *name = name_with_address(one->zone, &type);
	fputs("Try:\n", stderr);
	dig(l, name, type == DNS_TYPE_A ? "A" : type == DNS_TYPE_AAAA ? "AAAA" : "SOA");
	dig(l, two->name, two->zone->is_signed ? "DNSKEY +dnssec" : "NS");
	dig(l, one->name, "SOA +tcp +nsid");
}
