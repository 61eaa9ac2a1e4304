/* gtm monitors; those that every BIG-IP has are known by name. */
#include "base/text.h"
#include "migrate/bigip_p.h"

#include <ctype.h>
#include <string.h>

enum { /* seconds; BIG-IP's defaults */
	INTERVAL_S = 30,
	TIMEOUT_S = 120,
	PROBE_TIMEOUT_S = 5,
};

static const struct {
	const char *bigip, *type;
} types[] = { { "http", "http" }, { "https", "https" }, { "tcp", "tcp" },
	{ "tcp-half-open", "tcp" }, { "tcp_half_open", "tcp" },
	{ "gateway-icmp", "icmp" }, { "gateway_icmp", "icmp" }, { "icmp", "icmp" } };

static const char *type_of(const char *bigip)
{
	for (size_t i = 0; i < KT_COUNT(types); i++)
		if (strcmp(types[i].bigip, bigip) == 0)
			return types[i].type;
	return NULL;
}

/* "gtm monitor http /Common/www": the node, with its type. */
static struct migrate_node *find(struct bigip *b, const char *name, const char **type)
{
	static const char head[] = "gtm monitor ";
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (!c->key || strncasecmp(c->key, head, sizeof(head) - 1) != 0 ||
		    strcmp(bigip_short(c->key), name) != 0)
			continue;
		const char *word = c->key + sizeof(head) - 1;
		*type = migrate_format(b->plan, "%.*s", (int)strcspn(word, " "), word);
		c->used = true;
		return c;
	}
	return NULL;
}

static unsigned seconds(struct migrate_node *node, const char *key, unsigned fallback)
{
	uint64_t n;
	const char *text = migrate_child_text(node, key);
	return text && kt_scan_number(text, strlen(text), 86400, &n) == 0 && n
		   ? (unsigned)n
		   : fallback;
}

/* "GET /path HTTP/1.1\r\nHost: www.example.com\r\n": path and host. */
static void add_send(struct bigip *b, struct migrate_monitor *m, const char *send)
{
	const char *path = strchr(send, ' ');
	const char *host = strcasestr(send, "Host:");
	if (path && path[1] == '/')
		migrate_pairs_add(b->plan, &m->options, "path",
		    migrate_format(b->plan, "\"%.*s\"", (int)strcspn(path + 1, " \\\""),
			path + 1));
	if (!host)
		return;
	host += strlen("Host:");
	host += strspn(host, " ");
	if (strcspn(host, " \\\"\r\n"))
		migrate_pairs_add(b->plan, &m->options, "host",
		    migrate_format(
			b->plan, "\"%.*s\"", (int)strcspn(host, " \\\"\r\n"), host));
}

/* "*:8080": only the port is of use; members say the address. */
static void add_port(
    struct bigip *b, struct migrate_monitor *m, const char *destination)
{
	uint64_t port;
	const char *mark = strrchr(destination, ':');
	if (!mark)
		mark = strrchr(destination, '.');
	if (mark && kt_scan_number(mark + 1, strlen(mark + 1), 65535, &port) == 0 &&
	    port)
		migrate_pairs_add(b->plan, &m->options, "port",
		    migrate_format(b->plan, "%u", (unsigned)port));
}

static void make(struct bigip *b, const char *name, const char *type,
    struct migrate_node *node, const struct migrate_node *at)
{
	struct migrate_monitor *m = migrate_add_monitor(b->plan, name, type);
	unsigned interval = seconds(node, "interval", INTERVAL_S);
	unsigned whole = seconds(node, "timeout", TIMEOUT_S);
	unsigned probe = seconds(node, "probe-timeout", PROBE_TIMEOUT_S);
	const char *send = migrate_child_text(node, "send");
	const char *recv = migrate_child_text(node, "recv");
	const char *destination = migrate_child_text(node, "destination");
	bool http = strncmp(type, "http", 4) == 0;
	if (send && http)
		add_send(b, m, send);
	if (recv && *recv && strcmp(recv, "none") != 0 && http) {
		migrate_pairs_add(b->plan, &m->options, "body",
		    migrate_format(b->plan, "\"%s\"", recv));
		migrate_differs(b->plan, at->file, at->line,
		    "monitor %s: recv is a pattern there; here the body must have that "
		    "text",
		    name);
	}
	if (destination && strcmp(type, "icmp") != 0)
		add_port(b, m, destination);
	migrate_child(node, "defaults-from");
	migrate_pairs_add(
	    b->plan, &m->options, "interval", migrate_format(b->plan, "%us", interval));
	migrate_pairs_add(b->plan, &m->options, "timeout",
	    migrate_format(b->plan, "%us", probe < interval ? probe : interval));
	migrate_pairs_add(b->plan, &m->options, "fall",
	    migrate_format(b->plan, "%u", (whole + interval - 1) / interval));
	migrate_pairs_add(b->plan, &m->options, "rise", "1");
}

static bool ensure(struct bigip *b, const char *name, const struct migrate_node *at)
{
	const char *word = name;
	for (size_t i = 0; i < b->plan->n_monitors; i++)
		if (strcmp(b->plan->monitors[i]->name, name) == 0)
			return true;
	struct migrate_node *node = find(b, name, &word);
	const char *type = type_of(word);
	if (!type) {
		migrate_lost(b->plan, node ? node->file : at->file,
		    node ? node->line : at->line,
		    "monitor %s has no equal: what it watched is not watched", name);
		return false;
	}
	make(b, name, type, node, node ? node : at);
	return true;
}

void bigip_add_monitors(struct bigip *b, struct migrate_pool *pool,
    const struct migrate_node *at, const char *text)
{
	if (!text)
		return;
	if (strncmp(text, "min ", 4) == 0)
		migrate_differs(b->plan, at->file, at->line,
		    "pool %s: \"%s\": write need: N beside its monitors", pool->name,
		    text);
	while (*text) {
		size_t len = strcspn(text, " {}");
		const char *word = migrate_format(b->plan, "%.*s", (int)len, text);
		if (*word == '/' && ensure(b, bigip_short(word), at))
			migrate_texts_add(b->plan, &pool->monitors, bigip_short(word));
		text += len;
		text += strspn(text, " {}");
	}
}
