/* wideips as services, pools as pools; topology is bigip_topology.c's. */
#include "base/mem.h"
#include "base/text.h"
#include "migrate/bigip_p.h"

#include <stdlib.h>
#include <string.h>

/* "gtm pool aaaa /Common/www" after "gtm pool ": type "" when it is not told. */
static const char *name_of(
    struct migrate_plan *plan, const char *rest, const char **type)
{
	const char *space = strchr(rest, ' ');
	*type = space ? migrate_format(plan, "%.*s", (int)(space - rest), rest) : "";
	return bigip_short(space ? space + 1 : rest);
}

static bool stanza(const struct migrate_node *node, const char *head, const char **rest)
{
	size_t len = strlen(head);
	if (!node->key || strncasecmp(node->key, head, len) != 0)
		return false;
	*rest = node->key + len;
	return true;
}

static struct migrate_node *find(
    struct bigip *b, const char *head, const char *name, const char **type)
{
	const char *rest;
	for (struct migrate_node *c = b->root->first; c; c = c->next)
		if (stanza(c, head, &rest) &&
		    strcmp(name_of(b->plan, rest, type), name) == 0) {
			c->used = true;
			return c;
		}
	return NULL;
}

/* Virtual servers */

/* "2001:db8::1.443", "192.0.2.1:443", with or without a folder before it. */
static bool scan_destination(
    struct migrate_plan *plan, const char *text, struct kt_addr *out)
{
	const char *at = bigip_short(text);
	const char *dot = strrchr(at, '.'), *colon = strrchr(at, ':');
	size_t len = strlen(at);
	if (kt_addr_scan(at, out) == 0)
		return true;
	if (colon && strchr(at, ':') == colon)
		len = (size_t)(colon - at);
	else if (dot)
		len = (size_t)(dot - at);
	return kt_addr_scan(migrate_format(plan, "%.*s", (int)len, at), out) == 0;
}

/* "/Common/server1:/Common/vs1" or "/Common/server1:vs1". */
static bool find_virtual(struct bigip *b, const char *key, struct bigip_candidate *out)
{
	const char *type, *mark = strchr(key, ':');
	if (!mark)
		return false;
	const char *server = bigip_short(
	    migrate_format(b->plan, "%.*s", (int)(mark - key), key));
	const char *vs = bigip_short(mark + 1);
	struct migrate_node *node = find(b, "gtm server ", server, &type);
	struct migrate_node *list = migrate_child(node, "virtual-servers");
	struct migrate_node *devices = migrate_child(node, "devices");
	if (devices) /* where the machine itself is: not asked here */
		devices->first = NULL;
	for (struct migrate_node *c = list ? list->first : NULL; c; c = c->next) {
		if (strcmp(bigip_short(c->key), vs) != 0)
			continue;
		c->used = true;
		const char *destination = migrate_child_text(c, "destination");
		const char *center = migrate_child_text(node, "datacenter");
		out->label = vs;
		out->datacenter = center ? bigip_short(center) : NULL;
		return destination &&
		       scan_destination(b->plan, destination, &out->address);
	}
	return false;
}

/* Pools */

/* The candidates that a pool's members are. */
static size_t read_members(struct bigip *b, struct migrate_node *pool, const char *name,
    const char *type, struct bigip_candidate **out)
{
	struct migrate_node *members = migrate_child(pool, "members");
	size_t n = 0, size = 0;
	*out = NULL;
	for (struct migrate_node *c = members ? members->first : NULL; c; c = c->next) {
		struct bigip_candidate one = { .pool = name };
		c->used = true;
		bool off = migrate_child(c, "disabled") != NULL;
		migrate_child(c, "enabled");
		if (strcmp(type, "cname") == 0) {
			one.name = one.label = c->key;
		} else if (!find_virtual(b, c->key, &one)) {
			migrate_lost(b->plan, c->file, c->line,
			    "pool %s: member %s: its virtual server is not in this "
			    "file",
			    name, c->key);
			continue;
		}
		if (off) {
			migrate_lost(b->plan, c->file, c->line,
			    "pool %s: member %s is disabled and left out; kotae steer "
			    "down does that here",
			    name, c->key);
			continue;
		}
		kt_grow(*out, n, size);
		(*out)[n++] = one;
	}
	return n;
}

static const char *method_of(
    struct bigip *b, const struct migrate_node *at, const char *name, const char *mode)
{
	static const struct {
		const char *bigip, *method;
	} modes[] = { { "round-robin", "round-robin" }, { "ratio", "weighted" },
		{ "global-availability", "failover" }, { "static-persist", "hash" },
		{ "topology", "round-robin" } };
	for (size_t i = 0; i < KT_COUNT(modes); i++)
		if (strcmp(modes[i].bigip, mode) == 0)
			return modes[i].method;
	migrate_lost(b->plan, at->file, at->line,
	    "%s: load balancing by %s has no equal: in turn", name, mode);
	return "round-robin";
}

static unsigned count_of(struct migrate_node *node, const char *key)
{
	uint64_t n = 0;
	const char *text = migrate_child_text(node, key);
	return text && kt_scan_number(text, strlen(text), UINT32_MAX, &n) == 0
		   ? (unsigned)n
		   : 0;
}

static void fill_pool(struct bigip *b, struct migrate_pool *pool,
    struct migrate_node *node, const char *type)
{
	struct bigip_candidate *list;
	struct migrate_node *members = migrate_child(node, "members");
	const char *mode = migrate_child_text(node, "load-balancing-mode");
	size_t n = read_members(b, node, pool->name, type, &list);
	for (size_t i = 0; i < n; i++) {
		char text[KT_ADDR_TEXT];
		struct migrate_member *m = migrate_add_member(b->plan, pool);
		m->name = list[i].name;
		if (!m->name)
			m->address = migrate_format(
			    b->plan, "%s", kt_addr_print(&list[i].address, text));
	}
	free(list);
	pool->method = method_of(b, node, pool->name, mode ? mode : "round-robin");
	pool->limit = count_of(node, "max-answers-returned");
	if (pool->limit == 1 && strcmp(pool->method, "round-robin") == 0)
		pool->limit = 0;
	size_t i = 0;
	for (struct migrate_node *c = members ? members->first : NULL; c; c = c->next) {
		unsigned ratio = count_of(c, "ratio");
		migrate_child(c, "member-order");
		migrate_child(c, "order");
		if (ratio && i < pool->n_members &&
		    strcmp(pool->method, "weighted") == 0)
			pool->members[i].weight = ratio;
		i++;
	}
	bigip_add_monitors(b, pool, node, migrate_child_text(node, "monitor"));
}

static struct migrate_pool *make_pool(struct bigip *b, const char *name)
{
	const char *type;
	bool made;
	struct migrate_node *node = find(b, "gtm pool ", name, &type);
	if (!node)
		return NULL;
	struct migrate_pool *pool = migrate_add_pool(b->plan, name, &made);
	if (made)
		fill_pool(b, pool, node, type);
	return pool;
}

/* Wide IPs */

struct wide {
	struct bigip *b;
	struct migrate_node *node;
	struct migrate_service *service;
	struct migrate_texts pools, topology; /* those that choose by topology */
	const char *mode, *last; /* last: the last-resort-pool; NULL: none */
	unsigned ttl_s;
};

static void take_pool(struct wide *w, struct migrate_node *entry)
{
	const char *type, *name = bigip_short(entry->key);
	struct migrate_node *node = find(w->b, "gtm pool ", name, &type);
	entry->used = true;
	migrate_child(entry, "order");
	migrate_child(entry, "ratio");
	struct migrate_pool *pool = make_pool(w->b, name);
	if (!pool || !pool->n_members) {
		migrate_lost(w->b->plan, entry->file, entry->line, "pool %s %s", name,
		    pool ? "has no members" : "is not in this file");
		return;
	}
	const char *mode = migrate_child_text(node, "load-balancing-mode");
	unsigned ttl = count_of(node, "ttl");
	migrate_child(node, "alternate-mode");
	migrate_child(node, "fallback-mode");
	w->ttl_s = ttl ? ttl : w->ttl_s;
	migrate_texts_add(w->b->plan,
	    mode && strcmp(mode, "topology") == 0 ? &w->topology : &w->pools, name);
}

/* Pools that are not chosen by topology, as the wide IP orders them. */
static void add_pools(struct wide *w, struct migrate_texts *out)
{
	bool made;
	const char *method = method_of(w->b, w->node, w->service->name, w->mode);
	if (w->pools.n < 2 || strcmp(method, "failover") == 0) {
		for (size_t i = 0; i < w->pools.n; i++)
			migrate_texts_add(w->b->plan, out, w->pools.list[i]);
		return;
	}
	struct migrate_pool *outer = migrate_add_pool(w->b->plan,
	    migrate_format(w->b->plan, "%s-pools", w->service->name), &made);
	outer->method = method;
	for (size_t i = 0; made && i < w->pools.n; i++)
		migrate_add_member(w->b->plan, outer)->pool = w->pools.list[i];
	migrate_texts_add(w->b->plan, out, outer->name);
}

static void add_candidates(struct wide *w, const struct migrate_texts *pools,
    struct bigip_candidate **list, size_t *n)
{
	for (size_t i = 0; i < pools->n; i++) {
		const char *type = "";
		struct bigip_candidate *more;
		struct migrate_node *node = find(
		    w->b, "gtm pool ", pools->list[i], &type);
		size_t n_more = read_members(w->b, node, pools->list[i], type, &more);
		*list = kt_realloc(*list, (*n + n_more + 1) * sizeof(**list));
		if (n_more)
			memcpy(*list + *n, more, n_more * sizeof(*more));
		*n += n_more;
		free(more);
	}
}

/* Topology among whole pools: each is a candidate, where its first member is. */
static void add_whole(struct wide *w, struct bigip_candidate **list, size_t *n)
{
	for (size_t i = 0; i < w->pools.n; i++) {
		struct bigip_candidate *members = NULL;
		size_t n_members = 0;
		struct migrate_texts one = { &w->pools.list[i], 1, 1 };
		add_candidates(w, &one, &members, &n_members);
		*list = kt_realloc(*list, (*n + 1) * sizeof(**list));
		struct bigip_candidate *c = &(*list)[(*n)++];
		*c = n_members ? members[0] : (struct bigip_candidate){ 0 };
		c->whole = true;
		c->label = c->pool = w->pools.list[i];
		free(members);
	}
}

static void finish(struct wide *w)
{
	struct bigip_candidate *list = NULL;
	size_t n = 0;
	bool by_pool = strcmp(w->mode, "topology") == 0;
	struct migrate_texts rest = { 0 };
	if (by_pool && w->pools.n) {
		add_whole(w, &list, &n);
	} else {
		add_pools(w, &rest);
	}
	add_candidates(w, &w->topology, &list, &n);
	if (w->last) {
		const char *space = strrchr(w->last, ' ');
		const char *name = bigip_short(space ? space + 1 : w->last);
		if (make_pool(w->b, name))
			migrate_texts_add(w->b->plan, &rest, name);
	}
	if (n && w->b->n_records) {
		bigip_make_map(w->b, w->service, list, n,
		    w->topology.n ? migrate_find_pool(w->b->plan, w->topology.list[0])
				  : NULL);
		for (size_t i = 0; i < w->service->n_regions; i++)
			for (size_t j = 0; j < rest.n; j++)
				migrate_texts_add(w->b->plan,
				    &w->service->regions[i].pools, rest.list[j]);
	} else {
		for (size_t i = 0; i < w->topology.n; i++)
			migrate_texts_add(w->b->plan, &rest, w->topology.list[i]);
		migrate_add_region(w->b->plan, w->service, NULL)->pools = rest;
	}
	w->service->ttl_s = w->ttl_s;
	free(list);
}

static struct migrate_service *service_of(struct bigip *b, const char *name)
{
	for (size_t i = 0; i < b->plan->n_services; i++)
		if (strcmp(b->plan->services[i]->name, name) == 0)
			return b->plan->services[i];
	return NULL;
}

/* All stanzas of this name: one for A, one for AAAA, one service. */
static void read_wide(struct bigip *b, const char *name)
{
	struct wide w = { .b = b, .mode = "round-robin" };
	const char *rest, *type;
	w.service = migrate_add_service(b->plan, name);
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (!stanza(c, "gtm wideip ", &rest) ||
		    strcmp(name_of(b->plan, rest, &type), name) != 0)
			continue;
		c->used = true;
		w.node = c;
		const char *mode = migrate_child_text(c, "pool-lb-mode");
		struct migrate_node *pools = migrate_child(c, "pools");
		const char *last = migrate_child_text(c, "last-resort-pool");
		w.mode = mode ? mode : w.mode;
		w.last = last && *last ? last : w.last;
		for (struct migrate_node *p = pools ? pools->first : NULL; p;
		     p = p->next)
			take_pool(&w, p);
	}
	finish(&w);
	for (size_t i = 0; i < w.service->n_regions; i++)
		if (!w.service->regions[i].pools.n) {
			migrate_lost(b->plan, w.node->file, w.node->line,
			    "wideip %s: nothing is left of it", name);
			b->plan->n_services--;
			return;
		}
}

/* Topology records without any wide IP: what they choose among are their targets. */
static void read_bare(struct bigip *b, const char *name)
{
	struct bigip_candidate *list = kt_calloc(b->n_records, sizeof(*list));
	size_t n = 0;
	for (size_t i = 0; i < b->n_records; i++) {
		const struct bigip_place *server = &b->records[i].server;
		char text[KT_ADDR_TEXT];
		bool known = false;
		unsigned whole = server->prefix.addr.family == 4 ? 32 : 128;
		if (server->kind != BIGIP_SUBNET || server->prefix.len != whole) {
			migrate_lost(b->plan, b->records[i].file, b->records[i].line,
			    "topology: without wideips only servers with a whole "
			    "address can be taken over");
			continue;
		}
		for (size_t j = 0; j < n && !known; j++)
			known = kt_addr_equal(&list[j].address, &server->prefix.addr);
		if (known)
			continue;
		list[n].address = server->prefix.addr;
		list[n].pool = "";
		list[n++].label = migrate_format(
		    b->plan, "%s", kt_addr_print(&server->prefix.addr, text));
	}
	if (n) {
		struct migrate_service *s = migrate_add_service(
		    b->plan, name ? name : "www.example.com");
		bigip_make_map(b, s, list, n, NULL);
		if (!name) {
			b->plan->n_services--;
			migrate_differs(b->plan, b->records[0].file, b->records[0].line,
			    "there is no wideip: the map and pools are made; give the "
			    "name of the service with --name to have that too");
		}
	}
	free(list);
}

/* Zones */

static bool has_zone(const struct migrate_plan *plan, const char *zone)
{
	for (size_t i = 0; i < plan->zones.n; i++)
		if (strcmp(plan->zones.list[i], zone) == 0)
			return true;
	return false;
}

/* BIG-IP answers names, not zones: each name's parent gets a zone to be completed. */
static void make_zones(struct bigip *b, struct migrate_result *out)
{
	for (size_t i = 0; i < b->plan->n_services; i++) {
		const char *name = b->plan->services[i]->name;
		const char *dot = strchr(name, '.');
		const char *zone = dot && strchr(dot + 1, '.') ? dot + 1 : name;
		if (has_zone(b->plan, zone))
			continue;
		migrate_texts_add(b->plan, &b->plan->zones, zone);
		kt_grow(out->zones, out->n_zones, out->zones_size);
		struct migrate_zone *z = &out->zones[out->n_zones++];
		*z = (struct migrate_zone){ .name = kt_strdup(zone) };
		kt_text_addf(&z->text,
		    "; complete this: BIG-IP knows names, not zones\n$TTL 3600\n"
		    "@  SOA ns1 hostmaster 1 7200 1800 1209600 300\n@  NS ns1\n"
		    "ns1  A 192.0.2.53 ; put the address of your name server "
		    "here\n");
		migrate_differs(b->plan, b->root->file, 0,
		    "zones/%s.zone has SOA and NS to be completed", zone);
	}
}

static void read_all(struct bigip *b, const char *service, struct migrate_result *out)
{
	const char *rest, *type;
	bool wide = false;
	bigip_read_topology(b);
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (stanza(c, "gtm global-settings load-balancing", &rest)) {
			c->used = true;
			migrate_child(c, "topology-prefer-edns0-client-subnet");
			migrate_child(c, "topology-longest-match");
		} else if (stanza(c, "gtm wideip ", &rest)) {
			wide = true;
			const char *name = name_of(b->plan, rest, &type);
			if (!service_of(b, name))
				read_wide(b, name);
		} else if (stanza(c, "gtm datacenter ", &rest)) {
			c->used = true;
		}
	}
	if (!wide && b->n_records)
		read_bare(b, service);
	make_zones(b, out);
	migrate_unused(b->plan, b->root, "");
}

int migrate_bigip(const char *file, const char *service, struct kt_errs *errs,
    struct migrate_result *out)
{
	struct migrate_plan plan;
	struct bigip b = { .plan = &plan };
	*out = (struct migrate_result){ 0 };
	migrate_plan_init(&plan, file, errs);
	b.root = migrate_tmsh_read(&plan, file);
	int rc = b.root ? 0 : KT_E_FORMAT;
	if (!rc) {
		read_all(&b, service, out);
		migrate_print(&plan, &out->yaml);
		out->n_maps = plan.n_maps;
		out->n_monitors = plan.n_monitors;
		out->n_pools = plan.n_pools;
		out->n_services = plan.n_services;
	}
	free(b.records);
	migrate_plan_fini(&plan);
	return rc;
}
