#include "steering/regions.h"

#include "base/block.h"
#include "base/mem.h"
#include "base/text.h"
#include "steering/geo.h"
#include "steering/names.h"
#include "steering/nets.h"
#include "steering/networks.h"
#include "steering/special.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 10000 /* networks */

struct memory {
	struct steering_names names;
	struct steering_run4 *run4;
	struct steering_run6 *run6;
	size_t size4, size6;
};

/* While a map is made; [0] is IPv4, [1] IPv6. */
struct making {
	const struct conf_map *conf;
	struct kt_errs *errs;
	struct memory *memory;
	struct steering_nets nets[2];
	struct steering_spans base[2], spans[2];
	size_t n_prefixes;
	uint8_t source; /* of the file that is read */
};

static int out_of_memory(struct making *m)
{
	const struct conf_place *p = &m->conf->place;
	return kt_errs_add(m->errs, KT_ERROR, KT_E_LIMIT, p->file, p->line, p->column,
	    NULL, "map %s: more prefixes than %zu, or than there is memory for",
	    m->conf->name, STEERING_PREFIXES_MAX);
}

static int add_specials(struct making *m)
{
	int rc = 0;
	for (unsigned i = 0; i < STEERING_N_SPECIAL && !rc; i++) {
		const struct steering_special *s = &steering_specials[i];
		struct steering_net net = { .high = s->high,
			.low = s->low,
			.len = s->len,
			.region = s->region,
			.source = STEERING_SOURCE_SPECIAL };
		rc = steering_nets_add(&m->nets[s->family == 6], &net);
	}
	return rc ? out_of_memory(m) : 0;
}

/* A prefix in a v4-like block would never be looked for: its IPv4 addresses decide. */
static int check_embedded(struct making *m, const struct conf_network *n)
{
	char text[KT_PREFIX_TEXT];
	if (n->prefix.addr.family == 4 ||
	    !steering_special_embedding(
		steering_key_of(&n->prefix.addr), n->prefix.len))
		return 0;
	return kt_errs_add(m->errs, KT_ERROR, KT_E_REFUSED, n->place.file,
	    n->place.line, n->place.column, NULL,
	    "%s holds IPv4 addresses: name the IPv4 network, which decides for it",
	    kt_prefix_print(&n->prefix, text));
}

static int add_inline(struct making *m)
{
	int first = 0;
	for (size_t i = 0; i < m->conf->n_networks; i++) {
		const struct conf_network *n = &m->conf->networks[i];
		int rc = check_embedded(m, n);
		if (rc) {
			first = first ? first : rc;
			continue;
		}
		steering_key key = steering_key_of(&n->prefix.addr);
		struct steering_net net = { .high = (uint64_t)(key >> 64),
			.low = (uint64_t)key,
			.line = (uint32_t)i,
			.len = n->prefix.len,
			.region = n->region,
			.source = STEERING_SOURCE_INLINE };
		if (steering_nets_add(&m->nets[n->prefix.addr.family == 6], &net))
			return out_of_memory(m);
		m->n_prefixes++;
	}
	for (size_t i = 0; i < m->conf->n_short_source; i++) {
		int rc = check_embedded(m, &m->conf->short_source[i]);
		first = first ? first : rc;
	}
	return first;
}

static int take_net(
    void *ctx, const struct steering_net *net, unsigned family, unsigned column)
{
	struct making *m = ctx;
	struct steering_net own = *net;
	(void)column;
	own.source = m->source;
	m->n_prefixes++;
	return steering_nets_add(&m->nets[family == 6], &own) ? out_of_memory(m) : 0;
}

static int read_file(struct making *m, const struct conf_network_file *f,
    const struct steering_matcher *matchers)
{
	struct kt_file file;
	struct steering_networks list = { .path = f->path,
		.region = f->region,
		.matchers = matchers,
		.n_matchers = m->conf->n_geo,
		.names = &m->memory->names,
		.errs = m->errs,
		.take = take_net,
		.ctx = m };
	int rc = steering_file_copy(f->path, STEERING_FILE_MAX, &file);
	if (rc)
		return kt_errs_add(m->errs, KT_ERROR, rc, f->place.file, f->place.line,
		    f->place.column, NULL, "%s cannot be read: %s", f->path,
		    rc == KT_E_SYSTEM ? strerror(errno) : kt_strerror(rc));
	rc = steering_networks_read(&list, file.at, file.len);
	kt_file_free(&file);
	return rc;
}

/* In their order, so that of equal networks a later file's comes last when sorted. */
static int read_files(struct making *m)
{
	const struct conf_map *conf = m->conf;
	const struct conf_place *p = &conf->place;
	if (conf->n_files > STEERING_FILES_MAX)
		return kt_errs_add(m->errs, KT_ERROR, KT_E_LIMIT, p->file, p->line,
		    p->column, NULL, "map %s: more than %d files", conf->name,
		    STEERING_FILES_MAX);
	struct steering_matcher *matchers = kt_calloc(conf->n_geo, sizeof(*matchers));
	for (size_t i = 0; i < conf->n_geo; i++)
		steering_matcher_init(&matchers[i], &conf->geo[i]);
	int first = 0;
	for (size_t i = 0; i < conf->n_files; i++) {
		m->source = (uint8_t)(STEERING_SOURCE_FILE + i);
		int rc = read_file(m, &conf->files[i], matchers);
		first = first ? first : rc;
	}
	for (size_t i = 0; i < conf->n_geo; i++)
		steering_matcher_fini(&matchers[i]);
	free(matchers);
	return first;
}

/* Networks that are given again */

static struct conf_place place_of(
    const struct making *m, const struct steering_net *net)
{
	if (net->source == STEERING_SOURCE_INLINE)
		return m->conf->networks[net->line].place;
	return (struct conf_place){
		.file = m->conf->files[net->source - STEERING_SOURCE_FILE].path,
		.line = net->line
	};
}

struct doubles {
	size_t same, differ;
	struct conf_place first_same, first_differ;
};

static void warn_differ(struct making *m, unsigned family,
    const struct steering_net *lost, const struct steering_net *won)
{
	struct conf_place at = place_of(m, lost), by = place_of(m, won);
	struct kt_prefix prefix = { .addr = steering_key_addr(
					steering_net_key(lost), family),
		.len = lost->len };
	char text[KT_PREFIX_TEXT];
	kt_errs_add(m->errs, KT_WARNING, KT_E_CONFLICT, at.file, at.line, at.column,
	    NULL, "%s: region %s does not count, %s:%u says %s",
	    kt_prefix_print(&prefix, text), m->memory->names.list[lost->region],
	    by.file, by.line, m->memory->names.list[won->region]);
}

#define DIFFER_TOLD 5 /* one by one; the rest as a number */

static void find_doubles(struct making *m, unsigned family, struct doubles *d)
{
	const struct steering_nets *nets = &m->nets[family == 6];
	for (size_t i = 1; i < nets->n; i++) {
		const struct steering_net *a = &nets->list[i - 1], *b = &nets->list[i];
		if (a->source == STEERING_SOURCE_SPECIAL || a->high != b->high ||
		    a->low != b->low || a->len != b->len)
			continue;
		if (a->region == b->region) {
			if (!d->same++)
				d->first_same = place_of(m, b);
		} else if (d->differ++ < DIFFER_TOLD) {
			warn_differ(m, family, a, b);
		}
	}
}

static void warn_doubles(struct making *m)
{
	struct doubles d = { 0 };
	find_doubles(m, 4, &d);
	find_doubles(m, 6, &d);
	const struct conf_place *p = &m->conf->place;
	if (d.differ > DIFFER_TOLD)
		kt_errs_add(m->errs, KT_WARNING, KT_E_CONFLICT, p->file, p->line,
		    p->column, NULL, "map %s: %zu more networks with two regions",
		    m->conf->name, d.differ - DIFFER_TOLD);
	if (d.same)
		kt_errs_add(m->errs, KT_WARNING, KT_E_EXISTS, d.first_same.file,
		    d.first_same.line, d.first_same.column, NULL,
		    "map %s: %zu networks are given again with the same region, here "
		    "the first",
		    m->conf->name, d.same);
}

/* Spans as they are kept: without what alignment to the left costs. */
static int keep_runs(struct making *m, struct steering_regions *out)
{
	const struct steering_spans *v4 = &m->spans[0], *v6 = &m->spans[1];
	struct steering_run4 *run4 = kt_block_new(v4->n * sizeof(*run4));
	struct steering_run6 *run6 = kt_block_new(v6->n * sizeof(*run6));
	m->memory->run4 = run4;
	m->memory->size4 = v4->n * sizeof(*run4);
	m->memory->run6 = run6;
	m->memory->size6 = v6->n * sizeof(*run6);
	if (!run4 || !run6)
		return KT_E_LIMIT;
	for (size_t i = 0; i < v4->n; i++)
		run4[i] =
		    (struct steering_run4){ .first = (uint32_t)(v4->list[i].high >> 32),
			    .region = v4->list[i].region };
	for (size_t i = 0; i < v6->n; i++)
		run6[i] = (struct steering_run6){ .first = { v6->list[i].high,
						      v6->list[i].low },
			.region = v6->list[i].region };
	out->run4 = run4;
	out->n_run4 = v4->n;
	out->run6 = run6;
	out->n_run6 = v6->n;
	return 0;
}

static int compose(struct making *m, struct steering_regions *out)
{
	for (unsigned f = 0; f < 2; f++) {
		int rc = steering_nets_sort(&m->nets[f]);
		if (rc)
			return out_of_memory(m);
	}
	warn_doubles(m);
	for (unsigned f = 0; f < 2; f++)
		if (steering_nets_overlay(&m->nets[f], &m->base[f], &m->spans[f]))
			return out_of_memory(m);
	return keep_runs(m, out) ? out_of_memory(m) : 0;
}

/* What is below the networks: databases, each where those before know nothing. */

static int merge_under(struct making *m, unsigned f, struct steering_spans *under)
{
	struct steering_spans merged = { 0 };
	int rc = steering_spans_merge(&m->base[f], under, &merged);
	steering_spans_fini(&m->base[f]);
	steering_spans_fini(under);
	m->base[f] = merged;
	return rc ? out_of_memory(m) : 0;
}

static int read_database(struct making *m, const struct conf_geo *conf)
{
	struct steering_geo geo;
	unsigned seen = 0;
	int rc = steering_geo_open(&geo, conf, m->errs);
	for (unsigned f = 0; f < 2 && !rc; f++) {
		struct steering_spans spans = { 0 };
		rc = steering_geo_read(
		    &geo, f ? 6 : 4, m->errs, &spans, &m->n_prefixes, &seen);
		if (rc)
			steering_spans_fini(&spans);
		else
			rc = merge_under(m, f, &spans);
	}
	if (!rc)
		rc = steering_geo_check(&geo, seen, m->errs);
	steering_geo_close(&geo);
	return rc;
}

static int read_geo(struct making *m)
{
	int first = 0;
	for (unsigned f = 0; f < 2; f++)
		if (steering_spans_add(&m->base[f], 0, STEERING_NOWHERE))
			return out_of_memory(m);
	for (size_t i = 0; i < m->conf->n_geo; i++) {
		int rc = read_database(m, &m->conf->geo[i]);
		first = first ? first : rc;
	}
	for (unsigned f = 0; f < 2 && !first; f++) {
		struct steering_spans rest = { 0 };
		if (steering_spans_add(&rest, 0, m->conf->fallback))
			return out_of_memory(m);
		first = merge_under(m, f, &rest);
	}
	return first;
}

static int read_all(struct making *m, struct steering_regions *out)
{
	int rc = add_specials(m);
	if (rc)
		return rc;
	/* All that is wrong anywhere, at once; files before inline, which so comes last. */
	int files = read_files(m), networks = add_inline(m), geo = read_geo(m);
	rc = files ? files : networks ? networks : geo;
	return rc ? rc : compose(m, out);
}

/*
 * Regions that services name and no line of a file has: the file may be about to have them, so
 * that is no error.
 */
static void check_named(
    const struct conf_map *conf, const struct steering_regions *r, struct kt_errs *errs)
{
	size_t own = conf->n_own_regions;
	if (!own || own >= conf->n_regions)
		return;
	bool *used = kt_calloc(STEERING_BY_RESOLVER + 1, sizeof(*used));
	for (size_t i = 0; i < r->n_run4; i++)
		used[r->run4[i].region] = true;
	for (size_t i = 0; i < r->n_run6; i++)
		used[r->run6[i].region] = true;
	for (size_t i = own; i < conf->n_regions; i++) {
		if (used[i])
			continue;
		const char *near = kt_text_nearest(
		    conf->regions[i], conf->regions, own);
		kt_errs_add(errs, KT_WARNING, KT_E_NOT_FOUND, conf->place.file,
		    conf->place.line, conf->place.column, NULL,
		    "map %s: a service names region %s, which no line of its files "
		    "has%s%s%s",
		    conf->name, conf->regions[i], near ? ": did you mean " : "",
		    near ? near : "", near ? "?" : "");
	}
	free(used);
}

int steering_regions_make(
    const struct conf_map *conf, struct kt_errs *errs, struct steering_regions **out)
{
	struct steering_regions *r = kt_calloc(1, sizeof(*r));
	struct memory *memory = kt_calloc(1, sizeof(*memory));
	struct making m = { .conf = conf, .errs = errs, .memory = memory };
	steering_names_init(&memory->names, conf);
	r->memory = memory;
	int rc = read_all(&m, r);
	for (unsigned f = 0; f < 2; f++) {
		steering_nets_fini(&m.nets[f]);
		steering_spans_fini(&m.base[f]);
		steering_spans_fini(&m.spans[f]);
	}
	if (rc) {
		steering_regions_free(r);
		return rc;
	}
	check_named(conf, r, errs);
	r->conf = conf;
	r->names = memory->names.list;
	r->n = memory->names.n;
	r->n_prefixes = m.n_prefixes;
#ifdef __GLIBC__
	/* Reading took several times of what is kept: that goes back to the system. */
	if (m.n_prefixes > LARGE)
		malloc_trim(0);
#endif
	*out = r;
	return 0;
}

void steering_regions_free(struct steering_regions *regions)
{
	if (!regions)
		return;
	struct memory *memory = regions->memory;
	steering_names_fini(&memory->names);
	if (memory->run4)
		kt_block_free(memory->run4, memory->size4);
	if (memory->run6)
		kt_block_free(memory->run6, memory->size6);
	free(memory);
	free(regions);
}
