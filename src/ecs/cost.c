#include "ecs/cost.h"

#include "steering/map.h"

#include <math.h>

/* Entries come in rising order, so one that was counted is the one before. */
struct counting {
	const struct ecs_view *view;
	const struct kt_prefix *within;
	unsigned source;
	unsigned
	    offset; /* bits before the IPv4 address, inside an IPv6 block that holds one */
	struct ecs_cost *cost;
	struct kt_prefix last;
	bool last_short;
};

static void count(struct counting *c, const struct kt_prefix *cell)
{
	bool is_short = cell->len > c->source;
	struct kt_prefix entry = ecs_cut(cell, c->source);
	if (c->last.addr.family && ecs_prefix_equal(&entry, &c->last)) {
		if (is_short && !c->last_short)
			c->cost->blocks_short++;
		c->last_short = c->last_short || is_short;
		return;
	}
	c->last = entry;
	c->last_short = is_short;
	c->cost->entries++;
	c->cost->blocks_short += is_short;
}

/* The IPv4 cell inside an IPv6 block, as a cell of IPv6. */
static int count_inner(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	struct counting *c = ctx;
	(void)class;
	ecs_bits bits = ecs_bits_of(&c->within->addr) & ~ecs_rest(c->offset);
	bits |= ecs_bits_of(&cell->addr) >> c->offset;
	struct kt_prefix outer = ecs_block(6, bits, cell->len + c->offset);
	if (outer.len > c->within->len || ecs_prefix_holds(&outer, c->within))
		count(c, &outer);
	return 0;
}

/*
 * The address starts where the block ends, but for Teredo (2001::/32) and those whose blocks are
 * all that is before it: at the length of the cell (steering/map.h).
 */
static void count_embedded(struct counting *c, const struct kt_prefix *cell)
{
	struct counting inner = *c;
	struct kt_prefix v4 = { .addr = { .family = 4 } };
	inner.offset = cell->len;
	if (c->within->len > cell->len) {
		unsigned len = c->within->len - cell->len;
		v4 = ecs_block(
		    4, ecs_bits_of(&c->within->addr) << cell->len, len > 32 ? 32 : len);
	} else {
		inner.within = cell;
	}
	if (c->source <= cell->len)
		count(c, cell);
	else
		(void)steering_map_walk(c->view->map, 4, &v4, count_inner, &inner);
	if (c->source > cell->len) {
		c->last = inner.last;
		c->last_short = inner.last_short;
	}
}

/* Method hash: an entry for each of its blocks that the clients' network touches. */
static void count_hashed(
    struct counting *c, const struct kt_prefix *cell, unsigned hash)
{
	unsigned n = hash < c->source ? hash : c->source;
	unsigned len = cell->len > c->within->len ? cell->len : c->within->len;
	struct kt_prefix entry = ecs_cut(c->within, n);
	if (len < n)
		c->cost->entries += ldexp(1, (int)(n - len));
	else
		count(c, &entry);
}

static int count_cell(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	struct counting *c = ctx;
	unsigned hash = c->view->parts->hash[ecs_family_index(cell->addr.family)];
	if (class < c->view->parts->n_classes && hash > cell->len &&
	    c->source > cell->len)
		count_hashed(c, cell, hash);
	else if (class == STEERING_EMBEDDED)
		count_embedded(c, cell);
	else
		count(c, cell);
	return 0;
}

static void count_prefix(struct counting *c, const struct kt_prefix *prefix)
{
	/* A client's network that is longer than what is sent stands for the block sent. */
	struct kt_prefix sent = ecs_cut(prefix, c->source);
	c->within = &sent;
	if (c->view->map && !c->view->parts->ignores_ecs) {
		(void)steering_map_walk(
		    c->view->map, sent.addr.family, &sent, count_cell, c);
	} else {
		struct kt_prefix all = ecs_cut(prefix, 0);
		if (c->view->map)
			count(c, &all);
		else
			(void)count_cell(c, &all, 0);
	}
	c->within = NULL;
	c->cost->entries_source += ldexp(1, (int)(c->source - sent.len));
}

void ecs_cost(const struct ecs_view *view, struct ecs_prefixes *prefixes,
    const unsigned source[2], struct ecs_cost out[2])
{
	ecs_prefixes_sort(prefixes);
	for (unsigned f = 0; f < 2; f++) {
		struct counting c = {
			.view = view, .source = source[f], .cost = &out[f]
		};
		struct kt_prefix before = { .addr = { .family = 0 } };
		out[f] = (struct ecs_cost){ 0 };
		for (size_t i = 0; i < prefixes->n; i++) {
			const struct kt_prefix *p = &prefixes->list[i].prefix;
			struct kt_prefix sent = ecs_cut(p, source[f]);
			if (ecs_family_index(p->addr.family) != f ||
			    (before.addr.family && ecs_prefix_holds(&before, &sent)))
				continue;
			count_prefix(&c, p);
			before = sent;
		}
	}
}
