/* gtm monitors; those that every BIG-IP has are known by name. */
#include "base/text.h"
#include "migrate/bigip_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { /* seconds; BIG-IP's defaults */
	INTERVAL_S = 30,
	TIMEOUT_S = 120,
	PROBE_TIMEOUT_S = 5,
	FALL_MAX = 100, /* of kotae */
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

/* "*:8080": only the port is of use, members say the address.  0: theirs. */
static unsigned port_of(const char *destination)
{
	uint64_t port;
	const char *mark = strrchr(destination, ':');
	if (!mark)
		mark = strrchr(destination, '.');
	if (mark && kt_scan_number(mark + 1, strlen(mark + 1), 65535, &port) == 0)
		return (unsigned)port;
	return 0;
}

/* "200", "200 OK", "HTTP/1.1 200 OK", "HTTP/1\\.[01] 200". */
static bool is_status(const char *recv, unsigned *out)
{
	const char *space = strchr(recv, ' ');
	bool whole = strncasecmp(recv, "HTTP/", 5) == 0;
	const char *digits = whole ? space ? space + 1 : "" : recv;
	if (strspn(digits, "0123456789") != 3 || (digits[3] && digits[3] != ' '))
		return false;
	*out = (unsigned)strtoul(digits, NULL, 10);
	return *out >= 100 && *out <= 599;
}

/* What a pattern without anything but escaped signs means: "up\\.html". */
static const char *plain_text(struct bigip *b, const char *pattern)
{
	struct kt_text out = { 0 };
	for (; *pattern; pattern++)
		if (*pattern != '\\' || !ispunct((unsigned char)pattern[1]))
			kt_text_char(&out, *pattern);
	const char *kept = migrate_format(b->plan, "%s", kt_text_of(&out));
	kt_text_fini(&out);
	return kept;
}

/* BIG-IP takes any response for a good one, unless recv, a pattern, is somewhere in it. */
static void add_recv(struct bigip *b, struct migrate_monitor *m, const char *recv,
    const struct migrate_node *at)
{
	unsigned status;
	if (recv && *recv && strcmp(recv, "none") != 0) {
		if (is_status(recv, &status)) {
			migrate_pairs_add(b->plan, &m->options, "status",
			    migrate_format(b->plan, "%u", status));
			return;
		}
		if (strncasecmp(recv, "HTTP/", 5) == 0) {
			migrate_lost(b->plan, at->file, at->line,
			    "monitor %s: recv %s has no equal: any status from 200 to "
			    "299 is good",
			    m->name, recv);
			return;
		}
		migrate_pairs_add(b->plan, &m->options, "body",
		    migrate_quoted(b->plan, plain_text(b, recv)));
		migrate_differs(b->plan, at->file, at->line,
		    "monitor %s: recv is a pattern there; here the body must have that "
		    "text",
		    m->name);
	}
	migrate_pairs_add(b->plan, &m->options, "status", "100-599");
}

static void add_http(struct bigip *b, struct migrate_monitor *m,
    struct migrate_node *node, const struct migrate_node *at)
{
	const char *send = migrate_child_text(node, "send");
	if (send)
		add_send(b, m, send);
	add_recv(b, m, migrate_child_text(node, "recv"), at);
	/* Certificates are not looked at there. */
	if (strcmp(m->type, "https") == 0)
		migrate_pairs_add(b->plan, &m->options, "verify", "false");
}

/* Does it say or expect anything?  Both count as told. */
static bool talks(struct migrate_node *node)
{
	const struct migrate_node *send = migrate_child(node, "send");
	const struct migrate_node *recv = migrate_child(node, "recv");
	return send || recv;
}

static void make(struct bigip *b, const char *name, const char *type, unsigned port,
    struct migrate_node *node, const struct migrate_node *at)
{
	struct migrate_monitor *m = migrate_add_monitor(b->plan, name, type);
	unsigned interval = seconds(node, "interval", INTERVAL_S);
	unsigned whole = seconds(node, "timeout", TIMEOUT_S);
	unsigned probe = seconds(node, "probe-timeout", PROBE_TIMEOUT_S);
	unsigned fall = (whole + interval - 1) / interval;
	if (strncmp(type, "http", 4) == 0)
		add_http(b, m, node, at);
	else if (talks(node))
		migrate_lost(b->plan, at->file, at->line,
		    "monitor %s: send and recv have no equal: whoever takes the "
		    "connection is up",
		    name);
	if (port)
		migrate_pairs_add(
		    b->plan, &m->options, "port", migrate_format(b->plan, "%u", port));
	else if (strcmp(type, "tcp") == 0)
		migrate_lost(b->plan, at->file, at->line,
		    "monitor %s: neither it nor the members have a port: give it one",
		    name);
	migrate_child(node, "defaults-from");
	migrate_pairs_add(
	    b->plan, &m->options, "interval", migrate_format(b->plan, "%us", interval));
	migrate_pairs_add(b->plan, &m->options, "timeout",
	    migrate_format(b->plan, "%us", probe < interval ? probe : interval));
	migrate_pairs_add(b->plan, &m->options, "fall",
	    migrate_format(b->plan, "%u", fall < FALL_MAX ? fall : FALL_MAX));
	migrate_pairs_add(b->plan, &m->options, "rise", "1");
}

/*
 * The monitor of that name for members that serve at port, made when it is the first of them:
 * one without a port of its own looks at that of each member.  NULL: told.
 */
static const struct migrate_monitor *ensure(
    struct bigip *b, const char *name, const struct migrate_node *at, unsigned port)
{
	const char *word = name;
	struct migrate_node *node = find(b, name, &word);
	const char *type = type_of(word);
	if (!type) {
		migrate_lost(b->plan, node ? node->file : at->file,
		    node ? node->line : at->line,
		    "monitor %s has no equal: what it watched is not watched", name);
		return NULL;
	}
	const char *destination = migrate_child_text(node, "destination");
	unsigned own = destination ? port_of(destination) : 0;
	bool portless = strcmp(type, "icmp") == 0;
	if (!portless && !own && port)
		name = migrate_format(b->plan, "%s-%u", name, port);
	for (size_t i = 0; i < b->plan->n_monitors; i++)
		if (strcmp(b->plan->monitors[i]->name, name) == 0)
			return b->plan->monitors[i];
	make(b, name, type, portless ? 0 : own ? own : port, node, node ? node : at);
	return b->plan->monitors[b->plan->n_monitors - 1];
}

static void add_monitor(struct bigip *b, struct migrate_pool *pool,
    const struct migrate_node *at, const char *name, unsigned port)
{
	const struct migrate_monitor *m = ensure(b, name, at, port);
	if (m && migrate_cannot_watch(pool, m))
		migrate_lost(b->plan, at->file, at->line,
		    "pool %s: for monitor %s give its names a probe, the address that "
		    "is watched",
		    pool->name, m->name);
	else if (m)
		migrate_texts_add(b->plan, &pool->monitors, m->name);
}

/* "monitor /Common/a and /Common/b", "monitor min 1 of { /Common/a /Common/b }": the names. */
static const char *names_of(
    struct bigip *b, struct migrate_node *pool, struct migrate_node **at)
{
	const char *names = migrate_child_text(pool, "monitor");
	if (names)
		return names;
	for (struct migrate_node *c = pool->first; c; c = c->next) {
		if (!c->key || strncmp(c->key, "monitor min ", 12) != 0)
			continue;
		*at = c;
		c->used = true;
		names = c->key;
		for (struct migrate_node *m = c->first; m; m = m->next) {
			m->used = true;
			names = migrate_format(
			    b->plan, "%s %s %s", names, m->key, m->text ? m->text : "");
		}
	}
	return names;
}

void bigip_add_monitors(struct bigip *b, struct migrate_pool *pool,
    struct migrate_node *node, unsigned port)
{
	struct migrate_node *at = node;
	const char *text = names_of(b, node, &at);
	const char *min = text ? strstr(text, "min ") : NULL;
	while (text && *text) {
		size_t len = strcspn(text, " ");
		const char *word = migrate_format(b->plan, "%.*s", (int)len, text);
		if (*word == '/')
			add_monitor(b, pool, at, bigip_short(word), port);
		text += len;
		text += strspn(text, " ");
	}
	unsigned need = min ? (unsigned)strtoul(min + 4, NULL, 10) : 0;
	pool->need = need < pool->monitors.n ? need : 0;
}
