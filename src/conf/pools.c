/* steering.pools: members that can stand for each other. */
#include "conf/steering_p.h"

#include <ctype.h>
#include <string.h>

static const char *const methods[] = { "failover", "weighted", "round-robin", "multi",
	"hash", NULL };

static conf_item_read read_members, read_monitors, read_member_name, read_member_pool;
static conf_item_print print_members, print_monitors, print_member_pool,
    print_member_name;

static const struct conf_item member_items[] = {
	{ "address", CONF_ADDRESS, CONF_AT(conf_member, address),
	    .help = "The address: it becomes an A or AAAA record." },
	{ "name", CONF_SPECIAL, .read = read_member_name, .print = print_member_name,
	    .help = "In place of an address: the target of a CNAME record." },
	{ "pool", CONF_SPECIAL, .read = read_member_pool, .print = print_member_pool,
	    .help = "In place of an address: another pool, as long as it is up." },
	{ "weight", CONF_NUMBER, CONF_AT(conf_member, weight), .fallback = "1",
	    .min = 0, .max = 1000000,
	    .help = "The share of answers, for the method weighted; 0 is never chosen "
		    "while another is up." },
	{ "probe", CONF_ADDRESS, CONF_AT(conf_member, probe),
	    .help = "The address that is probed; a name needs it. Default: the "
		    "member's address." },
	{ 0 },
};

static const struct conf_item name_item = { "name", CONF_NAME,
	CONF_AT(conf_member, name) };

const struct conf_item conf_pool_items[] = {
	{ "members", CONF_SPECIAL, .items = member_items, .required = true,
	    .read = read_members, .print = print_members,
	    .help = "A list of members: an address or a name alone, or a map." },
	{ "method", CONF_CHOICE, CONF_AT(conf_pool, method), .words = methods,
	    .fallback = "multi",
	    .help =
		"Which members an answer has: failover, the first that is up; "
		"weighted, one by chance; round-robin, one after the other; multi, "
		"all that are up; hash, the same one for the same client network." },
	{ "monitor", CONF_SPECIAL, .read = read_monitors, .print = print_monitors,
	    .help = "A monitor or a list of them, for every address and name. Default: "
		    "none, members are up." },
	{ "need", CONF_NUMBER, CONF_AT(conf_pool, need), .fallback = "all", .min = 1,
	    .max = 1000, .zero = "all", .unit = "monitors",
	    .help = "How many of the monitors must find a member up." },
	{ "min-up", CONF_NUMBER, CONF_AT(conf_pool, min_up), .fallback = "1", .min = 1,
	    .max = CONF_POOL_MEMBERS_MAX, .unit = "members",
	    .help = "With fewer members up the whole pool is down." },
	{ "limit", CONF_NUMBER, CONF_AT(conf_pool, limit), .fallback = "none", .min = 1,
	    .max = CONF_POOL_MEMBERS_MAX, .zero = "none", .unit = "members",
	    .help = "Members in an answer, at most." },
	{ "slow-start", CONF_SPAN, CONF_AT(conf_pool, slow_start_s), .fallback = "0s",
	    .min = 0, .max = 86400, .unit = "s",
	    .help = "After a member has come up its weight grows to the full one in "
		    "this time." },
	{ 0 },
};

/*
 * "192.0.2.300", "2001:db8::g" and "a b" are names by the letter of RFC 1035, and no host's:
 * they are addresses misspelt.
 */
static bool is_no_host(const char *text)
{
	size_t len = strlen(text);
	while (len && text[len - 1] == '.')
		len--;
	size_t from = len;
	while (from && isdigit((unsigned char)text[from - 1]))
		from--;
	return strpbrk(text, ": \t") ||
	       (from < len && (from == 0 || text[from - 1] == '.'));
}

static bool no_name(
    struct conf_reader *r, const char *option, const struct conf_node *node)
{
	conf_error(r->tree, node, KT_E_FORMAT,
	    "%s: found %s, expected an address or a domain name", option,
	    conf_show(r->tree, node));
	return false;
}

static void read_member_name(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_member *m = base;
	if (node->kind == CONF_SCALAR && is_no_host(node->text)) {
		no_name(r, item->name, node);
		return;
	}
	conf_value_read(r, &name_item, node, m);
	if (m->name.len && !m->name.labels)
		no_name(r, item->name, node);
}

static void print_member_name(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_member *m = base;
	char text[DNS_NAME_TEXT];
	if (m->name.labels)
		sink->value(sink, item, item->name, dns_name_print(m->name.wire, text));
}

static void read_member_pool(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_member *m = base;
	size_t i = conf_name_get(r, item->name, "pool", &r->steer->pools, node);
	if (i != CONF_NO_NAME)
		m->pool = &r->steer->pool_list[i];
}

static void print_member_pool(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_member *m = base;
	if (m->pool)
		sink->value(sink, item, item->name, m->pool->name);
}

static void read_bare(struct conf_reader *r, const char *option,
    const struct conf_node *node, struct conf_member *m)
{
	if (!kt_addr_scan(node->text, &m->address))
		return;
	m->address.family = 0;
	if (conf_names_find(&r->steer->pools, node->text) != CONF_NO_NAME)
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: %s is a pool; write {pool: %s}", option,
		    conf_show(r->tree, node), node->text);
	else if (!node->text[0] || is_no_host(node->text))
		no_name(r, option, node);
	else
		conf_value_read(r, &name_item, node, m);
}

static void check_member(
    struct conf_reader *r, const struct conf_node *node, const struct conf_member *m)
{
	unsigned n = conf_has(node, "address") + conf_has(node, "name") +
		     conf_has(node, "pool");
	if (n != 1)
		conf_error_key(r->tree, node, n ? KT_E_CONFLICT : KT_E_NOT_FOUND,
		    "a member needs one of \"address\", \"name\" and \"pool\"");
	else if (conf_has(node, "pool") && m->probe.family)
		conf_error(r->tree, conf_node_find(node, "probe"), KT_E_CONFLICT,
		    "probe: of a pool its own members are probed");
}

static void member_key(const struct conf_member *m, struct kt_text *out)
{
	char text[DNS_NAME_TEXT];
	if (m->address.family)
		kt_text_add(out, kt_addr_print(&m->address, text));
	else if (m->name.labels)
		kt_text_add(out, dns_name_print(m->name.wire, text));
	else if (m->pool)
		kt_text_addf(out, "pool %s", m->pool->name);
}

/* The same member twice would be the same record twice. */
static void check_twice(struct conf_reader *r, const struct conf_pool *pool)
{
	struct conf_names seen = { 0 };
	size_t *of = conf_alloc(r, pool->n_members, sizeof(*of));
	for (size_t i = 0; i < pool->n_members; i++) {
		struct kt_text key = { 0 };
		member_key(&pool->members[i], &key);
		size_t first = key.len ? conf_names_find(&seen, key.at) : CONF_NO_NAME;
		if (first != CONF_NO_NAME) {
			conf_error_place(r, &pool->members[i].place, KT_E_EXISTS,
			    "members: %s is here twice", key.at);
			conf_note_first(r, &pool->members[of[first]].place);
		} else if (key.len) {
			of[seen.n] = i;
			conf_names_add(
			    &seen, kt_arena_strndup(&r->tree->memory, key.at, key.len));
		}
		kt_text_fini(&key);
	}
	conf_names_fini(&seen);
}

static void read_members(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_pool *pool = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	if (!node->n)
		conf_error(r->tree, node, KT_E_FORMAT, "%s: a pool without members",
		    item->name);
	struct conf_member *list = conf_alloc(r, node->n, sizeof(*list));
	pool->members = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_member *m = &list[pool->n_members++];
		m->place = conf_place_of(r, e);
		conf_items_default(r, item->items, m);
		if (e->kind == CONF_SCALAR)
			read_bare(r, item->name, e, m);
		else if (conf_items_read(r, item->items, "a member", e, m))
			check_member(r, e, m);
	}
	check_twice(r, pool);
}

static void print_members(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_pool *pool = base;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < pool->n_members; i++) {
		sink->open(sink, NULL, CONF_MAP);
		conf_items_print(sink, item->items, &pool->members[i]);
		sink->close(sink);
	}
	sink->close(sink);
}

static bool has_monitor(
    const struct conf_monitor *const *list, size_t n, const struct conf_monitor *m)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == m)
			return true;
	return false;
}

static void read_monitors(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_pool *pool = base;
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	if (!n || n > 1000) {
		conf_error(r->tree, node, KT_E_LIMIT, "%s: expected 1 to 1000 monitors",
		    item->name);
		return;
	}
	const struct conf_monitor **list = conf_alloc(r, n, sizeof(*list));
	pool->monitors = list;
	for (size_t i = 0; i < n; i++, e = e->next) {
		size_t at = conf_name_get(
		    r, item->name, "monitor", &r->steer->monitors, e);
		if (at == CONF_NO_NAME)
			continue;
		const struct conf_monitor *m = &r->config->steering.monitors[at];
		if (has_monitor(list, pool->n_monitors, m))
			conf_error(r->tree, e, KT_E_EXISTS, "%s: %s is here twice",
			    item->name, conf_show(r->tree, e));
		else
			list[pool->n_monitors++] = m;
	}
}

static void print_monitors(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_pool *pool = base;
	if (!pool->n_monitors)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < pool->n_monitors; i++)
		sink->value(sink, item, NULL, pool->monitors[i]->name);
	sink->close(sink);
}

static bool probes_network(const struct conf_monitor *m)
{
	return m->type <= CONF_MONITOR_ICMP;
}

/* A name has no address to connect to: it would need a resolver, and which address is meant? */
static void check_probes(struct conf_reader *r, const struct conf_pool *pool)
{
	const struct conf_monitor *monitor = NULL;
	for (size_t i = 0; i < pool->n_monitors && !monitor; i++)
		if (probes_network(pool->monitors[i]))
			monitor = pool->monitors[i];
	for (size_t i = 0; monitor && i < pool->n_members; i++) {
		const struct conf_member *m = &pool->members[i];
		if (m->name.labels && !m->probe.family)
			conf_error_place(r, &m->place, KT_E_NOT_FOUND,
			    "a name needs \"probe\", the address that monitor %s looks "
			    "at",
			    monitor->name);
	}
}

/* Members and monitors may stand behind the numbers that count them. */
static void check_pool(
    struct conf_reader *r, const struct conf_node *node, const struct conf_pool *pool)
{
	const struct conf_node *need = conf_node_find(node, "need");
	const struct conf_node *min_up = conf_node_find(node, "min-up");
	if (need && pool->need > pool->n_monitors)
		conf_error(r->tree, need, KT_E_RANGE, "need: the pool has %zu monitors",
		    pool->n_monitors);
	if (min_up && pool->min_up > pool->n_members)
		conf_error(r->tree, min_up, KT_E_RANGE,
		    "min-up: the pool has %zu member%s", pool->n_members,
		    pool->n_members == 1 ? "" : "s");
	if (pool->n_members > CONF_POOL_MEMBERS_MAX)
		conf_error_key(r->tree, node, KT_E_LIMIT,
		    "a pool has no more than %d members", CONF_POOL_MEMBERS_MAX);
	check_probes(r, pool);
}

static void read_pool(
    struct conf_reader *r, const struct conf_node *node, struct conf_pool *pool)
{
	size_t n_errors = r->tree->errs->n_errors;
	conf_items_default(r, conf_pool_items, pool);
	if (conf_items_read(r, conf_pool_items, "a pool", node, pool) &&
	    r->tree->errs->n_errors == n_errors)
		check_pool(r, node, pool);
}

/* Names first: pools may name each other in any order. */
void conf_pools_fill(struct conf_reader *r, const struct conf_node *node)
{
	struct conf_steering *s = &r->config->steering;
	if (!conf_entries(r, "pools", node))
		return;
	size_t n_errors = r->tree->errs->n_errors;
	struct conf_pool *list = conf_alloc(r, node->n, sizeof(*list));
	const struct conf_node **nodes = conf_alloc(r, node->n, sizeof(*nodes));
	s->pools = r->steer->pool_list = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		if (!conf_name_check(r, "pool", e, e->key))
			continue;
		nodes[s->n_pools] = e;
		list[s->n_pools] = (struct conf_pool){ .name = conf_strdup(r, e->key),
			.index = (uint32_t)s->n_pools,
			.place = conf_place_of(r, e) };
		conf_names_add(&r->steer->pools, list[s->n_pools++].name);
	}
	for (size_t i = 0; i < s->n_pools; i++)
		read_pool(r, nodes[i], &list[i]);
	if (r->tree->errs->n_errors == n_errors)
		conf_nesting_check(r);
}

void conf_pools_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_steering *s = base;
	if (!s->n_pools)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < s->n_pools; i++) {
		sink->open(sink, s->pools[i].name, CONF_MAP);
		conf_items_print(sink, item->items, &s->pools[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
