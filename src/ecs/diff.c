#include "ecs/diff.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct comparison {
	const struct ecs_parts *old, *new;
	uint16_t *
	    same; /* by class of old: the class of new with its name; ECS_NOTHING: none */
	unsigned family;
	struct ecs_diff_family *f;
	struct ecs_change *top; /* of this family, largest first */
	size_t n_top, max;
};

/* Numbers of classes in both, so that names are compared once. */
static uint16_t *match_classes(const struct ecs_parts *old, const struct ecs_parts *new)
{
	uint16_t *same = kt_calloc(old->n_classes + 1, sizeof(*same));
	struct ecs_parts *index = ecs_parts_new("", false);
	for (size_t i = 0; i < new->n_classes; i++) {
		uint16_t class;
		int rc = ecs_parts_class(index, new->classes[i].name, &class);
		kt_require(!rc);
	}
	for (size_t i = 0; i < old->n_classes; i++) {
		uint16_t class;
		same[i] = ECS_NOTHING;
		if (!ecs_parts_class(index, old->classes[i].name, &class) &&
		    class < new->n_classes)
			same[i] = class;
	}
	ecs_parts_free(index);
	return same;
}

static bool same_class(const struct comparison *c, uint16_t old, uint16_t new)
{
	if (old >= c->old->n_classes || new >= c->new->n_classes)
		return old == new;
	return c->same[old] == new;
}

/* Both lists of cells are sorted: one walk along them finds who is missing. */
static void compare_cells(struct comparison *c)
{
	struct ecs_cells old = { .parts = c->old, .family = c->family };
	struct ecs_cells new = { .parts = c->new, .family = c->family };
	struct kt_prefix a, b;
	uint16_t x = 0, y = 0;
	bool more_a = ecs_cells_next(&old, &a, &x),
	     more_b = ecs_cells_next(&new, &b, &y);
	while (more_a || more_b) {
		int order = !more_a ? 1 : !more_b ? -1 : ecs_prefix_compare(&a, &b);
		bool same = order == 0 && same_class(c, x, y);
		if (order <= 0) {
			c->f->cells_old++;
			c->f->cells_removed += !same;
			more_a = ecs_cells_next(&old, &a, &x);
		}
		if (order >= 0) {
			c->f->cells_new++;
			c->f->cells_added += !same;
			more_b = ecs_cells_next(&new, &b, &y);
		}
	}
}

static void keep_top(struct comparison *c, const struct ecs_change *change)
{
	size_t at = c->n_top;
	if (!c->max || (at == c->max && c->top[at - 1].block.len <= change->block.len))
		return;
	if (at == c->max)
		at--;
	else
		c->n_top++;
	while (at > 0 && c->top[at - 1].block.len > change->block.len) {
		c->top[at] = c->top[at - 1];
		at--;
	}
	c->top[at] = *change;
}

/* From first to last all addresses go from one class to another. */
static void take_change(
    struct comparison *c, ecs_bits first, ecs_bits last, uint16_t from, uint16_t to)
{
	for (;;) {
		struct ecs_change change = { .from = from, .to = to };
		unsigned len = ecs_largest(first, last);
		change.block = ecs_block(c->family, first, len);
		c->f->changes++;
		c->f->moved += ldexpl(1, (int)(ecs_width(c->family) - len));
		keep_top(c, &change);
		ecs_bits end = first | ecs_rest(len);
		if (end == last)
			return;
		first = end + 1;
	}
}

static void compare_classes(struct comparison *c)
{
	unsigned f = ecs_family_index(c->family);
	const struct ecs_run *a = c->old->runs[f], *b = c->new->runs[f];
	size_t n_a = c->old->n_runs[f], n_b = c->new->n_runs[f], i = 0, j = 0;
	ecs_bits first = 0;
	while (n_a && n_b) {
		ecs_bits end_a = i + 1 < n_a ? a[i + 1].first - 1 : ~(ecs_bits)0;
		ecs_bits end_b = j + 1 < n_b ? b[j + 1].first - 1 : ~(ecs_bits)0;
		ecs_bits last = end_a < end_b ? end_a : end_b;
		if (!same_class(c, a[i].class, b[j].class))
			take_change(c, first, last, a[i].class, b[j].class);
		if (last == ~(ecs_bits)0)
			return;
		i += end_a == last;
		j += end_b == last;
		first = last + 1;
	}
}

void ecs_diff(const struct ecs_parts *old, const struct ecs_parts *new, size_t top,
    struct ecs_diff *out)
{
	uint16_t *same = match_classes(old, new);
	*out = (struct ecs_diff){ .top = kt_calloc(2 * top + 1, sizeof(*out->top)) };
	for (unsigned f = 0; f < 2; f++) {
		struct comparison c = {
			.old = old,
			.new = new,
			.same = same,
			.family = f ? 6 : 4,
			.f = &out->families[f],
			.top = out->top + out->n_top,
			.max = top,
		};
		compare_cells(&c);
		compare_classes(&c);
		out->n_top += c.n_top;
	}
	free(same);
}

void ecs_diff_fini(struct ecs_diff *diff)
{
	free(diff->top);
	diff->top = NULL;
}
