#include "steering/nets.h"

#include <stdlib.h>
#include <string.h>

void steering_nets_fini(struct steering_nets *nets)
{
	free(nets->list);
	*nets = (struct steering_nets){ 0 };
}

void steering_spans_fini(struct steering_spans *spans)
{
	free(spans->list);
	*spans = (struct steering_spans){ 0 };
}

/* Room for one more, up to max. */
static int grow(void **list, size_t n, size_t *cap, size_t size, size_t max)
{
	if (n < *cap)
		return 0;
	if (n >= max)
		return KT_E_LIMIT;
	size_t more = *cap ? *cap * 2 : 64;
	void *grown = realloc(*list, more * size);
	if (!grown)
		return KT_E_LIMIT;
	*list = grown;
	*cap = more;
	return 0;
}

int steering_nets_add(struct steering_nets *nets, const struct steering_net *net)
{
	void *list = nets->list;
	int rc = grow(&list, nets->n, &nets->cap, sizeof(*net), STEERING_PREFIXES_MAX);
	nets->list = list;
	if (!rc)
		nets->list[nets->n++] = *net;
	return rc;
}

int steering_spans_add(
    struct steering_spans *spans, steering_key first, uint16_t region)
{
	if (spans->n && spans->list[spans->n - 1].region == region)
		return 0;
	void *list = spans->list;
	int rc = grow(&list, spans->n, &spans->cap, sizeof(*spans->list),
	    2 * STEERING_PREFIXES_MAX);
	spans->list = list;
	if (!rc)
		spans->list[spans->n++] =
		    (struct steering_span){ .high = (uint64_t)(first >> 64),
			    .low = (uint64_t)first,
			    .region = region };
	return rc;
}

/*
 * Sorting: octet by octet from the last to the first, each pass stable; octets that are the
 * same everywhere cost nothing, which in lists of networks most are.
 */

#define N_OCTETS 17 /* of the address, and the length as the last */

static unsigned octet(const struct steering_net *net, unsigned i)
{
	if (i == 16)
		return net->len;
	return (unsigned)((i < 8 ? net->high : net->low) >> (56 - 8 * (i % 8)) & 255);
}

static int compare(const struct steering_net *a, const struct steering_net *b)
{
	steering_key x = steering_net_key(a), y = steering_net_key(b);
	if (x != y)
		return x < y ? -1 : 1;
	return (int)a->len - (int)b->len;
}

static bool is_sorted(const struct steering_nets *nets)
{
	for (size_t i = 1; i < nets->n; i++)
		if (compare(&nets->list[i - 1], &nets->list[i]) > 0)
			return false;
	return true;
}

static void pass(const struct steering_net *from, struct steering_net *to, size_t n,
    unsigned i, const size_t *counts)
{
	size_t at[256], sum = 0;
	for (unsigned v = 0; v < 256; v++) {
		at[v] = sum;
		sum += counts[v];
	}
	for (size_t k = 0; k < n; k++)
		to[at[octet(&from[k], i)]++] = from[k];
}

int steering_nets_sort(struct steering_nets *nets)
{
	size_t counts[N_OCTETS][256] = { 0 };
	if (is_sorted(nets))
		return 0;
	struct steering_net *spare = malloc(nets->n * sizeof(*spare));
	if (!spare)
		return KT_E_LIMIT;
	for (size_t k = 0; k < nets->n; k++)
		for (unsigned i = 0; i < N_OCTETS; i++)
			counts[i][octet(&nets->list[k], i)]++;
	for (unsigned i = N_OCTETS; i--;) {
		if (counts[i][octet(&nets->list[0], i)] == nets->n)
			continue;
		pass(nets->list, spare, nets->n, i, counts[i]);
		struct steering_net *sorted = spare;
		spare = nets->list;
		nets->list = sorted;
	}
	free(spare);
	nets->cap = nets->n;
	return 0;
}

/* Laying over: networks that hold the present address are a stack, the longest on top. */

#define DEPTH_MAX 129

struct overlay {
	const struct steering_spans *base;
	size_t at; /* in base */
	steering_key pos;
	bool done; /* pos is past the last address */
	struct {
		steering_key last;
		uint16_t region;
	} stack[DEPTH_MAX];
	unsigned depth;
	struct steering_spans *out;
};

static steering_key span_first(const struct steering_span *s)
{
	return (steering_key)s->high << 64 | s->low;
}

static int add_base(struct overlay *o, steering_key last)
{
	const struct steering_spans *b = o->base;
	int rc = 0;
	while (o->at + 1 < b->n && span_first(&b->list[o->at + 1]) <= o->pos)
		o->at++;
	for (size_t i = o->at; !rc && i < b->n; i++) {
		steering_key first = span_first(&b->list[i]);
		if (first > last)
			break;
		rc = steering_spans_add(
		    o->out, first > o->pos ? first : o->pos, b->list[i].region);
	}
	return rc;
}

/* From pos to last whoever is on top. */
static int advance(struct overlay *o, steering_key last)
{
	int rc = o->depth
		     ? steering_spans_add(o->out, o->pos, o->stack[o->depth - 1].region)
		     : add_base(o, last);
	o->done = last == ~(steering_key)0;
	o->pos = last + 1;
	return rc;
}

/* Takes those from the stack that end before `first`. */
static int leave(struct overlay *o, steering_key first, bool all)
{
	int rc = 0;
	while (!rc && o->depth && (all || o->stack[o->depth - 1].last < first)) {
		steering_key last = o->stack[o->depth - 1].last;
		if (!o->done && o->pos <= last)
			rc = advance(o, last);
		o->depth--;
	}
	return rc;
}

int steering_nets_overlay(const struct steering_nets *nets,
    const struct steering_spans *base, struct steering_spans *out)
{
	struct overlay o = { .base = base, .out = out };
	int rc = 0;
	for (size_t i = 0; i < nets->n && !rc; i++) {
		const struct steering_net *net = &nets->list[i];
		if (i + 1 < nets->n && compare(net, net + 1) == 0)
			continue;
		steering_key first = steering_net_key(net);
		rc = leave(&o, first, false);
		if (!rc && first > o.pos)
			rc = advance(&o, first - 1);
		o.stack[o.depth].last =
		    first | (net->len < 128 ? ~(steering_key)0 >> net->len : 0);
		o.stack[o.depth++].region = net->region;
	}
	if (!rc)
		rc = leave(&o, 0, true);
	if (!rc && !o.done)
		rc = advance(&o, ~(steering_key)0);
	return rc;
}

int steering_spans_merge(const struct steering_spans *over,
    const struct steering_spans *under, struct steering_spans *out)
{
	size_t i = 0, j = 0;
	steering_key pos = 0;
	for (;;) {
		uint16_t region = over->list[i].region;
		if (region == STEERING_NOWHERE)
			region = under->list[j].region;
		int rc = steering_spans_add(out, pos, region);
		if (rc)
			return rc;
		bool more_i = i + 1 < over->n, more_j = j + 1 < under->n;
		if (!more_i && !more_j)
			return 0;
		steering_key a = more_i ? span_first(&over->list[i + 1]) : 0;
		steering_key b = more_j ? span_first(&under->list[j + 1]) : 0;
		pos = !more_j || (more_i && a < b) ? a : b;
		i += more_i && a == pos;
		j += more_j && b == pos;
	}
}
