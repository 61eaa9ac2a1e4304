#include "ecs/lint.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* How a class fares with resolvers that send so many bits. */
struct fate {
	bool exists;  /* it has a cell */
	bool reached; /* a query can get it */
};

struct reaching {
	const struct ecs_view *view;
	unsigned source;
	struct fate *fates; /* by class */
	size_t too_long;    /* cells, in blocks that hold several classes */
	struct kt_prefix longest;
	/* the block at hand */
	struct {
		struct kt_prefix at;
		size_t n;
		uint16_t class;
		bool mixed;
		struct kt_prefix longest;
	} block;
};

static const struct kt_addr nobody = { .family = 4, .octets = { 192, 0, 2, 1 } };

/* A block that is too coarse goes to one class: asked once for each block. */
static void decide_block(struct reaching *r)
{
	struct steering_decision d;
	ecs_view_decide(r->view, &r->block.at, &nobody, &d);
	if (d.reason != STEERING_SPECIAL && d.class < r->view->parts->n_classes)
		r->fates[d.class].reached = true;
}

/* Cells are long beside special blocks, too; what matters is that classes differ. */
static void end_block(struct reaching *r)
{
	if (r->block.mixed) {
		r->too_long += r->block.n;
		if (r->block.longest.len > r->longest.len)
			r->longest = r->block.longest;
	}
	r->block.n = 0;
}

static void see_long(struct reaching *r, const struct kt_prefix *cell, uint16_t class)
{
	struct kt_prefix at = ecs_cut(cell, r->source);
	if (r->block.n && !ecs_prefix_equal(&at, &r->block.at))
		end_block(r);
	if (!r->block.n) {
		r->block.at = at;
		r->block.class = class;
		r->block.mixed = false;
		r->block.longest = *cell;
		decide_block(r);
	}
	r->block.n++;
	r->block.mixed = r->block.mixed || class != r->block.class;
	if (cell->len > r->block.longest.len)
		r->block.longest = *cell;
}

static int see_cell(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	struct reaching *r = ctx;
	bool ours = class < r->view->parts->n_classes;
	if (ours)
		r->fates[class].exists = true;
	if (cell->len <= r->source) {
		if (ours)
			r->fates[class].reached = true;
		return 0;
	}
	/* The blocks that hold an IPv4 address are longer than that, and seldom sent. */
	if (ours)
		see_long(r, cell, class);
	return 0;
}

static struct reaching reach(
    const struct ecs_view *view, unsigned family, unsigned source, struct fate *fates)
{
	struct reaching r = { .view = view, .source = source, .fates = fates };
	(void)steering_map_walk(view->map, family, NULL, see_cell, &r);
	end_block(&r);
	return r;
}

KT_PRINTF(5, 6)
static void tell(ecs_lint_take *take, void *ctx, const char *word,
    const struct conf_place *place, const char *format, ...)
{
	va_list ap;
	char text[1024];
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	struct ecs_finding f = {
		.grade = KT_WARNING,
		.word = word,
		.file = place ? place->file : NULL,
		.line = place ? place->line : 0,
		.column = place ? place->column : 0,
		.text = text,
	};
	take(ctx, &f);
}

static const char *kind_of(const struct ecs_parts *parts)
{
	return parts->service ? "service" : "map";
}

/* "; its targets: ..." of a service; a map has none. */
static const char *targets_of(const struct ecs_view *view, size_t class, char out[256])
{
	const char *targets = view->parts->classes[class].targets;
	*out = 0;
	if (*targets)
		snprintf(out, 256, "; its targets: %s", targets);
	return out;
}

/* A class that no family reaches. */
static void tell_classes(const struct ecs_view *view, const struct fate *fates,
    const unsigned source[2], ecs_lint_take *take, void *ctx)
{
	const struct ecs_parts *p = view->parts;
	for (size_t c = 0; c < p->n_classes; c++) {
		char targets[256];
		const char *word = fates[c].exists ? "class-unreachable"
						   : "class-empty";
		if (fates[c].reached)
			continue;
		/* Private space asked for from private space is answered by the default. */
		if (!fates[c].exists && c == p->fallback)
			continue;
		if (!fates[c].exists)
			tell(take, ctx, word, NULL, "%s %s: no address is of %s%s",
			    kind_of(p), p->name, p->classes[c].name,
			    targets_of(view, c, targets));
		else
			tell(take, ctx, word, NULL,
			    "%s %s: %s is reached by nobody who sends at most /%u and "
			    "/%u: "
			    "its cells are longer%s",
			    kind_of(p), p->name, p->classes[c].name, source[0],
			    source[1], targets_of(view, c, targets));
	}
}

void ecs_lint_view(const struct ecs_view *view, const unsigned source[2],
    ecs_lint_take *take, void *ctx)
{
	const struct ecs_parts *p = view->parts;
	if (!view->map || p->ignores_ecs)
		return;
	struct fate *fates = kt_calloc(p->n_classes + 1, sizeof(*fates));
	for (unsigned f = 0; f < 2; f++) {
		char longest[KT_PREFIX_TEXT];
		struct reaching r = reach(view, f ? 6 : 4, source[f], fates);
		if (r.too_long)
			tell(take, ctx, "cell-too-long", NULL,
			    "%s %s: %zu cells of IPv%u are longer than /%u, which is "
			    "what "
			    "resolvers send; the longest: %s",
			    kind_of(p), p->name, r.too_long, f ? 6 : 4, source[f],
			    kt_prefix_print(&r.longest, longest));
	}
	tell_classes(view, fates, source, take, ctx);
	free(fates);
}

size_t ecs_lint_unreached(
    const struct ecs_view *view, unsigned family, unsigned source, struct kt_text *out)
{
	const struct ecs_parts *p = view->parts;
	size_t n = 0;
	if (!view->map || p->ignores_ecs)
		return 0;
	struct fate *fates = kt_calloc(p->n_classes + 1, sizeof(*fates));
	(void)reach(view, family, source, fates);
	for (size_t c = 0; c < p->n_classes; c++) {
		if (!fates[c].exists || fates[c].reached)
			continue;
		const struct ecs_class *class = &p->classes[c];
		kt_text_addf(out, "%s%s", n++ ? "; " : "", class->name);
		if (*class->targets)
			kt_text_addf(out, " (%s)", class->targets);
	}
	free(fates);
	return n;
}

/* Networks */

/* A network, or a special block, which has no region. */
struct net {
	struct kt_prefix prefix;
	const char *region; /* NULL: a special block */
	struct conf_place place;
	size_t order; /* what came earlier counts */
};

struct nets {
	struct net *list;
	size_t n, cap;
	struct ecs_prefixes *files; /* whose labels the nets point to */
	size_t n_files;
};

static void add_net(struct nets *nets, const struct kt_prefix *prefix,
    const char *region, const struct conf_place *place)
{
	kt_grow(nets->list, nets->n, nets->cap);
	nets->list[nets->n] = (struct net){
		.prefix = *prefix, .region = region, .place = *place, .order = nets->n
	};
	nets->n++;
}

static void add_specials(struct nets *nets)
{
	static const char *const blocks[] = { "10.0.0.0/8", "100.64.0.0/10",
		"172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "::ffff:0:0/96",
		"::ffff:0:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32" };
	static const struct conf_place none = { 0 };
	for (size_t i = 0; i < KT_COUNT(blocks); i++) {
		struct kt_prefix p;
		int rc = kt_prefix_scan(blocks[i], &p);
		kt_require(!rc);
		add_net(nets, &p, NULL, &none);
	}
}

/* What a file says was said to errs when the map was made; here it is read for its lines. */
static void add_file(struct nets *nets, const struct conf_map *map,
    const struct conf_network_file *file, struct kt_errs *errs)
{
	struct kt_file text;
	struct ecs_prefixes *list = &nets->files[nets->n_files];
	int rc = kt_file_read(file->path, (size_t)1 << 30, &text);
	if (rc) {
		kt_errs_add(errs, KT_WARNING, rc, file->path, 0, 0, NULL,
		    "cannot be read: %s", kt_strerror(rc));
		return;
	}
	rc = ecs_prefixes_read(text.at, text.len, file->path, errs, list);
	kt_file_free(&text);
	if (rc)
		return;
	nets->n_files++;
	for (size_t i = 0; i < list->n; i++) {
		struct conf_place place = {
			.file = file->path, .line = list->list[i].line, .column = 1
		};
		add_net(nets, &list->list[i].prefix,
		    file->region >= 0 ? map->regions[file->region]
				      : list->list[i].label,
		    &place);
	}
}

static int by_prefix(const void *a, const void *b)
{
	const struct net *x = a, *y = b;
	int order = ecs_prefix_compare(&x->prefix, &y->prefix);
	return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static void tell_duplicate(
    const struct net *net, const struct net *other, ecs_lint_take *take, void *ctx)
{
	char prefix[KT_PREFIX_TEXT];
	tell(take, ctx, "network-duplicate", &net->place,
	    "%s (%s) stands in %s line %u before, which counts",
	    kt_prefix_print(&net->prefix, prefix), net->region, other->place.file,
	    other->place.line);
}

static void tell_redundant(
    const struct net *net, const struct net *other, ecs_lint_take *take, void *ctx)
{
	char mine[KT_PREFIX_TEXT], its[KT_PREFIX_TEXT];
	kt_prefix_print(&net->prefix, mine);
	kt_prefix_print(&other->prefix, its);
	if (other->place.file)
		tell(take, ctx, "network-redundant", &net->place,
		    "%s (%s) changes nothing: %s in %s line %u has that region", mine,
		    net->region, its, other->place.file, other->place.line);
	else
		tell(take, ctx, "network-redundant", &net->place,
		    "%s (%s) changes nothing: the default has that region", mine,
		    net->region);
}

static bool same_prefix(const struct net *a, const struct net *b)
{
	return a && b && ecs_prefix_equal(&a->prefix, &b->prefix);
}

static void judge(const struct net *net, const struct net *around,
    const struct net *everything, ecs_lint_take *take, void *ctx)
{
	if (!net->region)
		return;
	if (same_prefix(net, around)) {
		/* A special block yields to a network of its length, which so does something. */
		if (around->region)
			tell_duplicate(net, around, take, ctx);
		return;
	}
	if (!around)
		around = everything;
	if (around && around->region && strcmp(around->region, net->region) == 0)
		tell_redundant(net, around, take, ctx);
}

static void judge_all(const struct nets *nets, const struct net *everything,
    ecs_lint_take *take, void *ctx)
{
	const struct net *around[130];
	unsigned depth = 0;
	for (size_t i = 0; i < nets->n; i++) {
		const struct net *net = &nets->list[i];
		while (depth &&
		       !ecs_prefix_holds(&around[depth - 1]->prefix, &net->prefix))
			depth--;
		const struct net *outer = depth ? around[depth - 1] : NULL;
		judge(net, outer, everything, take, ctx);
		if (!same_prefix(net, outer))
			around[depth++] = net;
		else if (!outer->region)
			around[depth - 1] = net;
	}
}

void ecs_lint_networks(
    const struct conf_map *map, struct kt_errs *errs, ecs_lint_take *take, void *ctx)
{
	struct nets nets = { .files = kt_calloc(
				 map->n_files + 1, sizeof(*nets.files)) };
	struct net everything = { .region = map->regions[map->fallback] };
	add_specials(&nets);
	for (size_t i = 0; i < map->n_networks; i++)
		add_net(&nets, &map->networks[i].prefix,
		    map->regions[map->networks[i].region], &map->networks[i].place);
	for (size_t i = 0; i < map->n_files; i++)
		add_file(&nets, map, &map->files[i], errs);
	qsort(nets.list, nets.n, sizeof(*nets.list), by_prefix);
	/* With a database, only it knows what the network would be without its line. */
	judge_all(&nets, map->n_geo ? NULL : &everything, take, ctx);
	for (size_t i = 0; i < nets.n_files; i++)
		ecs_prefixes_fini(&nets.files[i]);
	free(nets.files);
	free(nets.list);
}
