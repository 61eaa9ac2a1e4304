/* Stanzas by their heads, and virtual servers. */
#include "base/text.h"
#include "migrate/bigip_p.h"

#include <string.h>

const char *bigip_name(struct migrate_plan *plan, const char *rest, const char **type)
{
	const char *space = strchr(rest, ' ');
	*type = space ? migrate_format(plan, "%.*s", (int)(space - rest), rest) : "";
	return bigip_short(space ? space + 1 : rest);
}

bool bigip_stanza(const struct migrate_node *node, const char *head, const char **rest)
{
	size_t len = strlen(head);
	if (!node->key || strncasecmp(node->key, head, len) != 0)
		return false;
	*rest = node->key + len;
	return true;
}

struct migrate_node *bigip_find(
    struct bigip *b, const char *head, const char *name, const char **type)
{
	const char *rest;
	for (struct migrate_node *c = b->root->first; c; c = c->next)
		if (bigip_stanza(c, head, &rest) &&
		    strcmp(bigip_name(b->plan, rest, type), name) == 0) {
			c->used = true;
			return c;
		}
	return NULL;
}

bool bigip_disabled(struct migrate_node *node)
{
	migrate_child(node, "enabled");
	return migrate_child(node, "disabled") != NULL;
}

unsigned bigip_count(struct migrate_node *node, const char *key)
{
	uint64_t n = 0;
	const char *text = migrate_child_text(node, key);
	return text && kt_scan_number(text, strlen(text), UINT16_MAX, &n) == 0
		   ? (unsigned)n
		   : 0;
}

/* "443", or the word that tmsh shows in its place. */
static unsigned scan_port(const char *text)
{
	static const struct {
		const char *word;
		unsigned port;
	} words[] = { { "http", 80 }, { "https", 443 }, { "domain", 53 }, { "ssh", 22 },
		{ "ftp", 21 }, { "smtp", 25 }, { "webcache", 8080 },
		{ "pcsync-https", 8443 }, { "any", 0 } };
	uint64_t n;
	for (size_t i = 0; i < KT_COUNT(words); i++)
		if (strcmp(words[i].word, text) == 0)
			return words[i].port;
	return kt_scan_number(text, strlen(text), UINT16_MAX, &n) == 0 ? (unsigned)n
								       : 0;
}

/* "2001:db8::1.443", "192.0.2.1:https", with or without a folder before it. */
static bool scan_destination(
    struct migrate_plan *plan, const char *text, struct bigip_candidate *out)
{
	const char *at = bigip_short(text);
	const char *dot = strrchr(at, '.'), *colon = strrchr(at, ':');
	if (kt_addr_scan(at, &out->address) == 0)
		return true;
	const char *mark = colon && strchr(at, ':') == colon ? colon : dot;
	if (!mark)
		return false;
	out->port = scan_port(mark + 1);
	return kt_addr_scan(migrate_format(plan, "%.*s", (int)(mark - at), at),
		   &out->address) == 0;
}

enum bigip_found bigip_find_virtual(
    struct bigip *b, const char *key, struct bigip_candidate *out)
{
	const char *type, *mark = strchr(key, ':');
	if (!mark)
		return BIGIP_ABSENT;
	const char *server = bigip_short(
	    migrate_format(b->plan, "%.*s", (int)(mark - key), key));
	const char *vs = bigip_short(mark + 1);
	struct migrate_node *node = bigip_find(b, "gtm server ", server, &type);
	struct migrate_node *list = migrate_child(node, "virtual-servers");
	struct migrate_node *devices = migrate_child(node, "devices");
	bool off = node && bigip_disabled(node);
	if (devices) /* where the machine itself is: not asked here */
		devices->first = NULL;
	for (struct migrate_node *c = list ? list->first : NULL; c; c = c->next) {
		if (!c->key || strcmp(bigip_short(c->key), vs) != 0)
			continue;
		c->used = true;
		const char *destination = migrate_child_text(c, "destination");
		const char *center = migrate_child_text(node, "datacenter");
		out->label = vs;
		out->datacenter = center ? bigip_short(center) : NULL;
		if (!destination || !scan_destination(b->plan, destination, out))
			return BIGIP_ABSENT;
		return off || bigip_disabled(c) ? BIGIP_OFF : BIGIP_ON;
	}
	return BIGIP_ABSENT;
}
