/*
 * Topology records as a map.
 *
 * BIG-IP looks, for each candidate, for the first record that matches client and candidate, longest
 * masks first; the candidate with the highest score answers, equal ones in turn, and one that is
 * down leaves the place to the next.  All of that is known ahead: at each network that a record
 * names, candidates have fixed scores, so the network is a region whose preferences are
 * the candidates in order of score.
 */
#include "base/mem.h"
#include "base/text.h"
#include "migrate/bigip_p.h"
#include "migrate/gdnsd_p.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *bigip_short(const char *name)
{
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

/* Reading */

static struct bigip_place read_place(
    struct bigip *b, const char *text, const char *file, unsigned line)
{
	static const struct {
		const char *word;
		enum bigip_place_kind kind;
	} words[] = { { "subnet ", BIGIP_SUBNET }, { "country ", BIGIP_COUNTRY },
		{ "continent ", BIGIP_CONTINENT }, { "state ", BIGIP_STATE },
		{ "pool ", BIGIP_POOL }, { "datacenter ", BIGIP_DATACENTER } };
	struct bigip_place place = { .kind = BIGIP_NONE };
	bool host_bits;
	for (size_t i = 0; i < KT_COUNT(words); i++) {
		size_t len = strlen(words[i].word);
		if (strncasecmp(text, words[i].word, len) != 0)
			continue;
		place.kind = words[i].kind;
		place.text = text + len;
	}
	if (place.kind == BIGIP_SUBNET) {
		place.text = migrate_prefix(b->plan, place.text, &host_bits);
		if (!place.text || kt_prefix_scan(place.text, &place.prefix))
			place.kind = BIGIP_NONE;
		else if (host_bits)
			migrate_differs(b->plan, file, line,
			    "subnet has bits behind its length: %s is meant",
			    place.text);
	} else if (place.kind == BIGIP_STATE) {
		/* "US/Washington": geographic databases have codes, ISO 3166-2. */
		const char *slash = strchr(place.text, '/');
		if (!slash || strlen(slash + 1) > 3)
			place.kind = BIGIP_NONE;
	} else if (place.kind == BIGIP_POOL || place.kind == BIGIP_DATACENTER) {
		place.text = bigip_short(place.text);
	}
	if (place.kind == BIGIP_NONE)
		migrate_lost(
		    b->plan, file, line, "topology: \"%s\" has no equal", text);
	return place;
}

static void add_record(struct bigip *b, const struct bigip_record *record)
{
	kt_grow(b->records, b->n_records, b->records_size);
	b->records[b->n_records++] = *record;
}

/* A region stands for its members: a record each. */
static void add_region(
    struct bigip *b, const char *name, const struct bigip_record *like, bool client)
{
	for (struct migrate_node *c = b->root->first; c; c = c->next) {
		if (strncasecmp(c->key, "gtm region ", 11) != 0 ||
		    strcmp(bigip_short(c->key), bigip_short(name)) != 0)
			continue;
		c->used = true;
		struct migrate_node *members = migrate_child(c, "region-members");
		for (struct migrate_node *m = members ? members->first : NULL; m;
		     m = m->next) {
			struct bigip_record record = *like;
			struct bigip_place place;
			m->used = true;
			place = read_place(b, m->key, m->file, m->line);
			*(client ? &record.client : &record.server) = place;
			if (place.kind != BIGIP_NONE)
				add_record(b, &record);
		}
		return;
	}
	migrate_lost(b->plan, like->file, like->line, "there is no region %s", name);
}

static uint64_t number(struct migrate_node *node, const char *key)
{
	uint64_t n = 0;
	const char *text = migrate_child_text(node, key);
	return text && kt_scan_number(text, strlen(text), UINT32_MAX, &n) == 0 ? n : 0;
}

static void read_record(struct bigip *b, struct migrate_node *node)
{
	const char *client = strstr(node->key, "ldns: ");
	const char *server = strstr(node->key, " server: ");
	struct bigip_record record = { .file = node->file, .line = node->line };
	node->used = true;
	record.order = number(node, "order");
	record.score = number(node, "score");
	if (!client || !server || server < client) {
		migrate_lost(b->plan, node->file, node->line,
		    "topology: expected \"ldns: ... server: ...\"");
		return;
	}
	client = migrate_format(
	    b->plan, "%.*s", (int)(server - client - 6), client + 6);
	server += strlen(" server: ");
	if (strncasecmp(client, "region ", 7) == 0 &&
	    strncasecmp(server, "region ", 7) == 0) {
		migrate_lost(b->plan, node->file, node->line,
		    "topology: regions on both sides have no equal");
	} else if (strncasecmp(client, "region ", 7) == 0) {
		record.server = read_place(b, server, node->file, node->line);
		add_region(b, client + 7, &record, true);
	} else {
		record.client = read_place(b, client, node->file, node->line);
		if (record.client.kind == BIGIP_NONE)
			return;
		if (strncasecmp(server, "region ", 7) == 0) {
			add_region(b, server + 7, &record, false);
			return;
		}
		record.server = read_place(b, server, node->file, node->line);
		if (record.server.kind != BIGIP_NONE)
			add_record(b, &record);
	}
}

/* Longest mask first; what is no subnet last; then by order. */
static int by_match(const void *a, const void *b)
{
	const struct bigip_record *x = a, *y = b;
	int lx = x->client.kind == BIGIP_SUBNET ? x->client.prefix.len : -1;
	int ly = y->client.kind == BIGIP_SUBNET ? y->client.prefix.len : -1;
	if (lx != ly)
		return ly - lx;
	if (x->client.kind != y->client.kind)
		return x->client.kind == BIGIP_STATE ? -1
		       : y->client.kind == BIGIP_STATE
			   ? 1
			   : (int)x->client.kind - (int)y->client.kind;
	return (x->order > y->order) - (x->order < y->order);
}

void bigip_read_topology(struct bigip *b)
{
	for (struct migrate_node *c = b->root->first; c; c = c->next)
		if (c->key && strncasecmp(c->key, "gtm topology ", 13) == 0)
			read_record(b, c);
	if (b->n_records)
		qsort(b->records, b->n_records, sizeof(*b->records), by_match);
}

/* Scores */

static bool same_place(const struct bigip_place *a, const struct bigip_place *b)
{
	return a->kind == b->kind && strcmp(a->text, b->text) == 0;
}

/* Is every client of `at` a client of `of`, as far as that is known without a database? */
static bool holds(const struct bigip_place *of, const struct bigip_place *at)
{
	if (of->kind != BIGIP_SUBNET)
		return same_place(of, at);
	if (at->kind != BIGIP_SUBNET)
		return of->prefix.len == 0;
	return of->prefix.addr.family == at->prefix.addr.family &&
	       of->prefix.len <= at->prefix.len &&
	       kt_prefix_covers(&of->prefix, &at->prefix.addr);
}

static bool is_candidate(
    const struct bigip_place *server, const struct bigip_candidate *c)
{
	switch (server->kind) {
	case BIGIP_SUBNET:
		return c->address.family &&
		       kt_prefix_covers(&server->prefix, &c->address);
	case BIGIP_POOL:
		return strcmp(server->text, c->pool) == 0;
	case BIGIP_DATACENTER:
		return c->datacenter && strcmp(server->text, c->datacenter) == 0;
	default:
		return false;
	}
}

/* -1: no record. */
static int64_t score_at(const struct bigip *b, const struct bigip_place *at,
    const struct bigip_candidate *c)
{
	for (size_t i = 0; i < b->n_records; i++)
		if (holds(&b->records[i].client, at) &&
		    is_candidate(&b->records[i].server, c))
			return (int64_t)b->records[i].score;
	return -1;
}

/* Regions */

struct making {
	struct bigip *b;
	struct migrate_map *map;
	struct migrate_service *service;
	const struct bigip_candidate *list;
	size_t n;
	const struct migrate_pool *like;
	bool pools_told;
};

static void add_member(
    struct making *m, struct migrate_pool *pool, const struct bigip_candidate *c)
{
	char text[KT_ADDR_TEXT];
	struct migrate_member *member = migrate_add_member(m->b->plan, pool);
	if (c->whole)
		member->pool = c->pool;
	else if (c->name)
		member->name = c->name;
	else
		member->address = migrate_format(
		    m->b->plan, "%s", kt_addr_print(&c->address, text));
}

/* Has the pool just the candidates with this score? */
static bool same_members(const struct making *m, const int64_t *scores, int64_t score,
    const struct migrate_pool *pool)
{
	size_t at = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct bigip_candidate *c = &m->list[i];
		char text[KT_ADDR_TEXT];
		if (scores[i] != score)
			continue;
		if (at == pool->n_members)
			return false;
		const struct migrate_member *member = &pool->members[at++];
		const char *has = c->whole  ? member->pool
				  : c->name ? member->name
					    : member->address;
		const char *wants = c->whole  ? c->pool
				    : c->name ? c->name
					      : kt_addr_print(&c->address, text);
		if (!has || strcmp(has, wants) != 0)
			return false;
	}
	return at == pool->n_members;
}

/* Virtual servers of two servers can have one name. */
static const char *free_name(
    struct making *m, const int64_t *scores, int64_t score, const char *name)
{
	const char *wanted = name;
	for (unsigned i = 2;; i++) {
		const struct migrate_pool *pool = migrate_find_pool(m->b->plan, wanted);
		if (!pool || same_members(m, scores, score, pool))
			return wanted;
		wanted = migrate_format(m->b->plan, "%s-%u", name, i);
	}
}

/* The pool of candidates with one score. */
static const char *group_pool(struct making *m, const int64_t *scores, int64_t score)
{
	bool made;
	const struct bigip_candidate *only = NULL;
	struct kt_text name = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (scores[i] == score) {
			kt_text_addf(&name, "%s%s", n++ ? "+" : "", m->list[i].label);
			only = &m->list[i];
		}
	if (n == 1 && only->whole) {
		kt_text_fini(&name);
		return only->pool;
	}
	struct migrate_pool *pool = migrate_add_pool(
	    m->b->plan, free_name(m, scores, score, kt_text_of(&name)), &made);
	kt_text_fini(&name);
	for (size_t i = 0; made && i < m->n; i++)
		if (scores[i] == score)
			add_member(m, pool, &m->list[i]);
	if (made && n > 1)
		pool->method = "round-robin";
	if (made && m->like) {
		pool->monitors = m->like->monitors;
		pool->need = m->like->need;
	}
	return pool->name;
}

/* Pools by falling score. */
static void rank(
    struct making *m, const struct bigip_place *at, struct migrate_texts *out)
{
	int64_t *scores = kt_calloc(m->n, sizeof(*scores)), below = INT64_MAX;
	*out = (struct migrate_texts){ 0 };
	for (size_t i = 0; i < m->n; i++)
		scores[i] = score_at(m->b, at, &m->list[i]);
	for (;;) {
		int64_t best = -1;
		for (size_t i = 0; i < m->n; i++)
			if (scores[i] > best && scores[i] < below)
				best = scores[i];
		if (best < 0)
			break;
		migrate_texts_add(m->b->plan, out, group_pool(m, scores, best));
		below = best;
	}
	free(scores);
}

static bool same_texts(const struct migrate_texts *a, const struct migrate_texts *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->list[i], b->list[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool has_region(const struct migrate_service *s, const char *name)
{
	for (size_t i = 0; i < s->n_regions; i++)
		if (strcmp(s->regions[i].region, name) == 0)
			return true;
	return false;
}

/* The region with these preferences, made when it is the first with them. */
static const char *region_of(struct making *m, const struct migrate_texts *pools)
{
	struct migrate_service *s = m->service;
	const char *name = pools->list[0];
	for (size_t i = 0; i < s->n_regions; i++)
		if (same_texts(&s->regions[i].pools, pools))
			return s->regions[i].region;
	for (unsigned i = 2; has_region(s, name); i++)
		name = migrate_format(m->b->plan, "%s-%u", pools->list[0], i);
	struct migrate_preference *p = migrate_add_region(m->b->plan, s, name);
	p->pools = *pools;
	return p->region;
}

static const char *geo_key(struct migrate_plan *plan, const struct bigip_place *place)
{
	const char *slash = strchr(place->text, '/');
	if (place->kind == BIGIP_CONTINENT)
		return migrate_format(plan, "continent %s", place->text);
	if (place->kind == BIGIP_STATE && slash)
		return migrate_format(plan, "%.*s-%s", (int)(slash - place->text),
		    place->text, slash + 1);
	return place->text;
}

static bool is_first(const struct bigip *b, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_place(&b->records[i].client, &b->records[at].client))
			return false;
	return true;
}

static void add_places(struct making *m)
{
	struct migrate_plan *plan = m->b->plan;
	/* Shorter prefixes first reads better. */
	for (size_t i = m->b->n_records; i > 0; i--) {
		const struct bigip_record *r = &m->b->records[i - 1];
		struct migrate_texts pools;
		if (!is_first(m->b, i - 1))
			continue;
		rank(m, &r->client, &pools);
		if (!pools.n)
			continue;
		const char *region = region_of(m, &pools);
		if (r->client.kind != BIGIP_SUBNET)
			migrate_pairs_add(
			    plan, &m->map->geo, geo_key(plan, &r->client), region);
		else if (r->client.prefix.len)
			migrate_pairs_add(
			    plan, &m->map->networks, r->client.text, region);
		else if (!m->map->fallback)
			m->map->fallback = region;
		else if (strcmp(m->map->fallback, region) != 0)
			migrate_pairs_add(
			    plan, &m->map->networks, r->client.text, region);
	}
}

/* Clients that no record names: BIG-IP goes on to its fallback method; all answer here. */
static void add_fallback(struct making *m)
{
	int64_t *scores = kt_calloc(m->n, sizeof(*scores));
	struct migrate_texts pools = { 0 };
	migrate_texts_add(m->b->plan, &pools, group_pool(m, scores, 0));
	free(scores);
	m->map->fallback = region_of(m, &pools);
	migrate_lost(m->b->plan, m->b->records[0].file, m->b->records[0].line,
	    "no topology record is for all clients: those that none names get any "
	    "member");
}

void bigip_make_map(struct bigip *b, struct migrate_service *service,
    const struct bigip_candidate *list, size_t n, const struct migrate_pool *like)
{
	struct making m = {
		.b = b, .service = service, .list = list, .n = n, .like = like
	};
	const char *name = b->plan->n_maps ? migrate_format(b->plan, "topology-%zu",
						 b->plan->n_maps + 1)
					   : "topology";
	m.map = migrate_add_map(b->plan, name);
	service->map = m.map->name;
	add_places(&m);
	if (!m.map->fallback)
		add_fallback(&m);
	if (m.map->geo.n) {
		m.map->database = "GeoIP2-Country.mmdb";
		migrate_lost(b->plan, b->records[0].file, b->records[0].line,
		    "countries, continents and states want a MaxMind database: put its "
		    "path in map %s",
		    name);
	}
}
