/*
 * Pools inside pools: no loops, no more depth and members than an answer can be made of,
 * and one kind of member.
 */
#include "base/mem.h"
#include "conf/steering_p.h"

#include <stdlib.h>

enum {
	HAS_ADDRESS = 1,
	HAS_NAME = 2
};

/* What is known of a pool. */
struct fact {
	enum {
		NEW,
		OPEN,
		DONE
	} state;
	unsigned height;  /* pools inside each other, itself included */
	unsigned members; /* with those of pools inside; at most one too many */
	unsigned names;   /* of them */
	unsigned kinds;
};

struct nesting {
	struct conf_reader *r;
	const struct conf_pool *pools;
	struct fact *facts;
	uint32_t path[CONF_POOL_DEPTH_MAX + 1];
	unsigned depth;
};

static void report_loop(struct nesting *n, const struct conf_member *member)
{
	struct kt_text text = { 0 };
	unsigned from = n->depth;
	while (from && n->path[from - 1] != member->pool->index)
		from--;
	for (unsigned i = from ? from - 1 : 0; i < n->depth; i++)
		kt_text_addf(&text, "%s > ", n->pools[n->path[i]].name);
	conf_error_place(n->r, &member->place, KT_E_CONFLICT,
	    "pools that are inside themselves: %s%s", kt_text_of(&text),
	    member->pool->name);
	kt_text_fini(&text);
}

static void visit(struct nesting *n, uint32_t index);

static unsigned add_up_to(unsigned a, unsigned b)
{
	unsigned sum = a + b;
	return sum > CONF_POOL_MEMBERS_MAX ? CONF_POOL_MEMBERS_MAX + 1 : sum;
}

/* The pool inside is counted with its outer one. */
static void count_inner(
    struct nesting *n, struct fact *outer, const struct conf_member *member)
{
	struct fact *inner = &n->facts[member->pool->index];
	if (inner->state == OPEN) {
		report_loop(n, member);
		return;
	}
	if (inner->state == NEW && n->depth <= CONF_POOL_DEPTH_MAX)
		visit(n, member->pool->index);
	bool deep = inner->state == NEW || inner->height >= CONF_POOL_DEPTH_MAX;
	if (deep) {
		conf_error_place(n->r, &member->place, KT_E_LIMIT,
		    "pools inside each other more than %d deep", CONF_POOL_DEPTH_MAX);
		return;
	}
	if (outer->height < inner->height + 1)
		outer->height = inner->height + 1;
	outer->members = add_up_to(outer->members, inner->members);
	outer->names = add_up_to(outer->names, inner->names);
	outer->kinds |= inner->kinds;
}

static void check_kinds(struct nesting *n, const struct conf_pool *pool)
{
	const struct fact *f = &n->facts[pool->index];
	if (f->members > CONF_POOL_MEMBERS_MAX)
		conf_error_place(n->r, &pool->place, KT_E_LIMIT,
		    "with the pools inside it this pool has more than %d members",
		    CONF_POOL_MEMBERS_MAX);
	if (f->kinds == (HAS_ADDRESS | HAS_NAME))
		conf_error_place(n->r, &pool->place, KT_E_CONFLICT,
		    "the members of pool %s are both addresses and names: a CNAME "
		    "stands alone (RFC 1034 section 3.6.2)",
		    pool->name);
	else if (f->names > 1 && pool->method == CONF_METHOD_MULTI && pool->limit != 1)
		conf_error_place(n->r, &pool->place, KT_E_CONFLICT,
		    "the method multi of pool %s would answer several names: a CNAME "
		    "stands alone (RFC 1034 section 3.6.2); choose another method",
		    pool->name);
}

static void visit(struct nesting *n, uint32_t index)
{
	const struct conf_pool *pool = &n->pools[index];
	struct fact *f = &n->facts[index];
	f->state = OPEN;
	f->height = 1;
	n->path[n->depth++] = index;
	for (size_t i = 0; i < pool->n_members; i++) {
		const struct conf_member *m = &pool->members[i];
		if (m->pool) {
			count_inner(n, f, m);
			continue;
		}
		f->members = add_up_to(f->members, 1);
		f->names = add_up_to(f->names, m->name.labels > 0);
		f->kinds |= m->name.labels ? HAS_NAME : HAS_ADDRESS;
	}
	n->depth--;
	f->state = DONE;
	check_kinds(n, pool);
}

void conf_nesting_check(struct conf_reader *r)
{
	const struct conf_steering *s = &r->config->steering;
	struct nesting n = { .r = r,
		.pools = s->pools,
		.facts = kt_calloc(s->n_pools, sizeof(*n.facts)) };
	for (size_t i = 0; i < s->n_pools; i++)
		if (n.facts[i].state == NEW)
			visit(&n, (uint32_t)i);
	free(n.facts);
}
