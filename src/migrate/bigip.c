/* wideips as services, pools as pools; topology is bigip_topology.c's. */
#include "base/mem.h"
#include "base/text.h"
#include "migrate/bigip_p.h"

#include <stdlib.h>
#include <string.h>

/* Pools */

static int by_order(const void *a, const void *b)
{
	const struct bigip_candidate *x = a, *y = b;
	return (x->order > y->order) - (x->order < y->order);
}

/* One member as a candidate.  False: it is left out, which is told once. */
static bool read_member(struct bigip *b, struct migrate_node *c, const char *name,
    const char *type, struct bigip_candidate *out)
{
	enum bigip_found found = BIGIP_ON;
	bool off = bigip_disabled(c), told = c->used;
	c->used = true;
	*out = (struct bigip_candidate){
		.pool = name,
		.ratio = bigip_count(c, "ratio"),
		.order = bigip_count(c, "member-order"),
	};
	if (strcmp(type, "cname") == 0)
		out->name = out->label = c->key;
	else
		found = bigip_find_virtual(b, c->key, out);
	if (told)
		return found == BIGIP_ON && !off;
	if (found == BIGIP_ABSENT)
		migrate_lost(b->plan, c->file, c->line,
		    "pool %s: member %s: its virtual server is not in this file", name,
		    c->key);
	else if (off || found == BIGIP_OFF)
		migrate_lost(b->plan, c->file, c->line,
		    "pool %s: member %s is disabled and left out; kotae steer down "
		    "does that here",
		    name, c->key);
	return found == BIGIP_ON && !off;
}

/* The candidates that a pool's members are, in their order. */
static size_t read_members(struct bigip *b, struct migrate_node *pool, const char *name,
    const char *type, struct bigip_candidate **out)
{
	struct migrate_node *members = migrate_child(pool, "members");
	size_t n = 0, size = 0;
	*out = NULL;
	for (struct migrate_node *c = members ? members->first : NULL; c; c = c->next) {
		struct bigip_candidate one;
		if (!c->key || !read_member(b, c, name, type, &one))
			continue;
		kt_grow(*out, n, size);
		(*out)[n++] = one;
	}
	for (size_t i = 0; i < n; i++) /* keep the file's order where none is told */
		(*out)[i].order = (*out)[i].order * (unsigned)n + (unsigned)i;
	if (n)
		qsort(*out, n, sizeof(**out), by_order);
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

static void fill_pool(struct bigip *b, struct migrate_pool *pool,
    struct migrate_node *node, const char *type)
{
	struct bigip_candidate *list;
	const char *mode = migrate_child_text(node, "load-balancing-mode");
	size_t n = read_members(b, node, pool->name, type, &list);
	unsigned port = n ? list[0].port : 0;
	pool->method = method_of(b, node, pool->name, mode ? mode : "round-robin");
	for (size_t i = 0; i < n; i++) {
		char text[KT_ADDR_TEXT];
		struct migrate_member *m = migrate_add_member(b->plan, pool);
		m->name = list[i].name;
		if (!m->name)
			m->address = migrate_format(
			    b->plan, "%s", kt_addr_print(&list[i].address, text));
		if (strcmp(pool->method, "weighted") == 0)
			m->weight = list[i].ratio;
		if (list[i].port != port)
			migrate_differs(b->plan, node->file, node->line,
			    "pool %s: members have several ports; monitors look at %u",
			    pool->name, port);
	}
	free(list);
	pool->limit = bigip_count(node, "max-answers-returned");
	if (pool->limit == 1 && strcmp(pool->method, "round-robin") == 0)
		pool->limit = 0;
	bigip_add_monitors(b, pool, node, port);
}

static struct migrate_pool *make_pool(struct bigip *b, const char *name)
{
	const char *type;
	bool made;
	struct migrate_node *node = bigip_find(b, "gtm pool ", name, &type);
	if (!node)
		return NULL;
	struct migrate_pool *pool = migrate_add_pool(b->plan, name, &made);
	if (made)
		fill_pool(b, pool, node, type);
	return pool;
}

/* Wide IPs */

/* A pool that a wide IP names. */
struct entry {
	struct migrate_node *node;
	unsigned order, ratio;
};

struct wide {
	struct bigip *b;
	struct migrate_node *node;
	struct migrate_service *service;
	struct migrate_texts pools, topology; /* those that choose by topology */
	struct migrate_texts aliases;
	struct migrate_pairs ratios; /* of pools; "0": not told */
	const char *mode, *last;     /* last: the last-resort-pool; NULL: none */
	unsigned ttl_s;
};

static void take_pool(struct wide *w, const struct entry *e)
{
	struct migrate_plan *plan = w->b->plan;
	const char *type, *name = bigip_short(e->node->key);
	struct migrate_node *node = bigip_find(w->b, "gtm pool ", name, &type);
	struct migrate_pool *pool = make_pool(w->b, name);
	bool off = node && bigip_disabled(node);
	if (!pool || !pool->n_members || off) {
		migrate_lost(plan, e->node->file, e->node->line, "pool %s %s", name,
		    !pool ? "is not in this file"
		    : off ? "is disabled and left out; kotae steer down does that here"
			  : "has no members");
		return;
	}
	const char *mode = migrate_child_text(node, "load-balancing-mode");
	unsigned ttl = bigip_count(node, "ttl");
	w->ttl_s = ttl ? ttl : w->ttl_s;
	migrate_pairs_add(plan, &w->ratios, name, migrate_format(plan, "%u", e->ratio));
	migrate_texts_add(plan,
	    mode && strcmp(mode, "topology") == 0 ? &w->topology : &w->pools, name);
}

static int by_entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return (x->node->line > y->node->line) - (x->node->line < y->node->line);
}

static void take_pools(struct wide *w, struct migrate_node *pools)
{
	struct entry *list = NULL;
	size_t n = 0, size = 0;
	for (struct migrate_node *c = pools ? pools->first : NULL; c; c = c->next) {
		c->used = true;
		if (!c->key)
			continue;
		kt_grow(list, n, size);
		list[n++] = (struct entry){ c, bigip_count(c, "order"),
			bigip_count(c, "ratio") };
	}
	if (n)
		qsort(list, n, sizeof(*list), by_entry_order);
	for (size_t i = 0; i < n; i++)
		take_pool(w, &list[i]);
	free(list);
}

static unsigned ratio_of(const struct wide *w, const char *pool)
{
	for (size_t i = 0; i < w->ratios.n; i++)
		if (strcmp(w->ratios.list[i].key, pool) == 0)
			return (unsigned)strtoul(w->ratios.list[i].value, NULL, 10);
	return 0;
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
	for (size_t i = 0; made && i < w->pools.n; i++) {
		struct migrate_member *m = migrate_add_member(w->b->plan, outer);
		m->pool = w->pools.list[i];
		if (strcmp(method, "weighted") == 0)
			m->weight = ratio_of(w, m->pool);
	}
	migrate_texts_add(w->b->plan, out, outer->name);
}

static void add_candidates(struct wide *w, const struct migrate_texts *pools,
    struct bigip_candidate **list, size_t *n)
{
	for (size_t i = 0; i < pools->n; i++) {
		const char *type = "";
		struct bigip_candidate *more;
		struct migrate_node *node = bigip_find(
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

static bool same_watch(const struct migrate_pool *a, const struct migrate_pool *b)
{
	bool same = a->monitors.n == b->monitors.n && a->need == b->need;
	for (size_t i = 0; same && i < a->monitors.n; i++)
		same = strcmp(a->monitors.list[i], b->monitors.list[i]) == 0;
	return same;
}

/* Members of several pools by topology are put together, and watched alike. */
static const struct migrate_pool *watched_like(struct wide *w)
{
	const struct migrate_pool *first = NULL;
	for (size_t i = 0; i < w->topology.n; i++) {
		const struct migrate_pool *pool = migrate_find_pool(
		    w->b->plan, w->topology.list[i]);
		first = first ? first : pool;
		if (!same_watch(first, pool))
			migrate_lost(w->b->plan, w->node->file, w->node->line,
			    "wideip %s: its pools have different monitors: those of %s "
			    "watch all members",
			    w->service->name, first->name);
	}
	return first;
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
	if (w->topology.n && w->pools.n)
		migrate_lost(w->b->plan, w->node->file, w->node->line,
		    "wideip %s: pools by topology beside others have no equal: those "
		    "by topology come first",
		    w->service->name);
	if (w->last) {
		const char *space = strrchr(w->last, ' ');
		const char *name = bigip_short(space ? space + 1 : w->last);
		if (make_pool(w->b, name))
			migrate_texts_add(w->b->plan, &rest, name);
	}
	if (n && w->b->n_records) {
		bigip_make_map(w->b, w->service, list, n, watched_like(w));
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

/* Names that stand for the wide IP: services like it. */
static void add_aliases(struct wide *w)
{
	for (size_t i = 0; i < w->aliases.n; i++) {
		const char *name = w->aliases.list[i];
		if (service_of(w->b, name))
			continue;
		struct migrate_service *s = migrate_add_service(w->b->plan, name);
		name = s->name;
		*s = *w->service;
		s->name = name;
	}
}

static void take_aliases(struct wide *w, struct migrate_node *list)
{
	for (struct migrate_node *c = list ? list->first : NULL; c; c = c->next) {
		c->used = true;
		if (c->key)
			migrate_texts_add(w->b->plan, &w->aliases, c->key);
		for (const char *at = c->text ? c->text : ""; *at;) {
			size_t len = strcspn(at, " ");
			migrate_texts_add(w->b->plan, &w->aliases,
			    migrate_format(w->b->plan, "%.*s", (int)len, at));
			at += len;
			at += strspn(at, " ");
		}
	}
}

/* All stanzas of this name: one for A, one for AAAA, one service. */
static void read_wide(struct bigip *b, const char *name)
{
	struct wide w = { .b = b, .mode = "round-robin" };
	const char *rest, *type;
	w.service = migrate_add_service(b->plan, name);
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (!bigip_stanza(c, "gtm wideip ", &rest) ||
		    strcmp(bigip_name(b->plan, rest, &type), name) != 0)
			continue;
		c->used = true;
		w.node = c;
		const char *mode = migrate_child_text(c, "pool-lb-mode");
		struct migrate_node *pools = migrate_child(c, "pools");
		const char *last = migrate_child_text(c, "last-resort-pool");
		w.mode = mode ? mode : w.mode;
		w.last = last && *last ? last : w.last;
		if (bigip_disabled(c))
			migrate_lost(b->plan, c->file, c->line,
			    "wideip %s is disabled: kotae steer down does that here",
			    name);
		take_pools(&w, pools);
		take_aliases(&w, migrate_child(c, "aliases"));
	}
	finish(&w);
	for (size_t i = 0; i < w.service->n_regions; i++)
		if (!w.service->regions[i].pools.n) {
			migrate_lost(b->plan, w.node->file, w.node->line,
			    "wideip %s: nothing is left of it", name);
			b->plan->n_services--;
			return;
		}
	add_aliases(&w);
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

/* What nobody asked for is named, so that nothing goes silently. */
static void name_unused(struct bigip *b)
{
	static const char *const heads[] = { "gtm pool ", "gtm server ", "gtm monitor ",
		"gtm region " };
	const char *rest;
	for (struct migrate_node *c = b->root->first; c; c = c->next)
		for (size_t i = 0; i < KT_COUNT(heads) && !c->used; i++)
			if (bigip_stanza(c, heads[i], &rest)) {
				c->used = true;
				c->first = NULL;
				migrate_lost(b->plan, c->file, c->line,
				    "%s: nothing asks for it, it is left out", c->key);
			}
	migrate_unused(b->plan, b->root, "");
}

static void read_all(struct bigip *b, const char *service, struct migrate_result *out)
{
	const char *rest, *type;
	bool wide = false;
	bigip_read_topology(b);
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (bigip_stanza(c, "gtm global-settings load-balancing", &rest)) {
			c->used = true;
			migrate_child(c, "topology-prefer-edns0-client-subnet");
			migrate_child(c, "topology-longest-match");
		} else if (bigip_stanza(c, "gtm wideip ", &rest)) {
			wide = true;
			const char *name = bigip_name(b->plan, rest, &type);
			if (!service_of(b, name))
				read_wide(b, name);
		} else if (bigip_stanza(c, "gtm datacenter ", &rest)) {
			c->used = true;
		}
	}
	if (!wide && b->n_records)
		read_bare(b, service);
	make_zones(b, out);
	name_unused(b);
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
