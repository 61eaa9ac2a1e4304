#include "steering/regions.h"

#include "base/mem.h"
#include "steering/names.h"
#include "steering/nets.h"
#include "steering/special.h"

#include <stdlib.h>

struct memory {
	struct steering_names names;
	struct steering_run4 *run4;
	struct steering_run6 *run6;
};

/* While a map is made; [0] is IPv4, [1] IPv6. */
struct making {
	const struct conf_map *conf;
	struct kt_errs *errs;
	struct memory *memory;
	struct steering_nets nets[2];
	struct steering_spans base[2], spans[2];
	size_t n_prefixes;
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

/* Spans as they are kept: without what alignment to the left costs. */
static int keep_runs(struct making *m, struct steering_regions *out)
{
	const struct steering_spans *v4 = &m->spans[0], *v6 = &m->spans[1];
	struct steering_run4 *run4 = malloc(v4->n * sizeof(*run4));
	struct steering_run6 *run6 = malloc(v6->n * sizeof(*run6));
	m->memory->run4 = run4;
	m->memory->run6 = run6;
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
		if (!rc)
			rc = steering_nets_overlay(
			    &m->nets[f], &m->base[f], &m->spans[f]);
		if (rc)
			return out_of_memory(m);
	}
	return keep_runs(m, out) ? out_of_memory(m) : 0;
}

static int read_geo(struct making *m)
{
	for (unsigned f = 0; f < 2; f++)
		if (steering_spans_add(&m->base[f], 0, m->conf->fallback))
			return out_of_memory(m);
	return 0;
}

static int read_all(struct making *m, struct steering_regions *out)
{
	if (m->conf->n_files || m->conf->n_geo)
		return kt_errs_add(m->errs, KT_ERROR, KT_E_UNSUPPORTED,
		    m->conf->place.file, m->conf->place.line, m->conf->place.column,
		    NULL, "map %s: networks-file and geo are not supported yet",
		    m->conf->name);
	int rc = add_specials(m);
	if (!rc)
		rc = add_inline(m);
	if (!rc)
		rc = read_geo(m);
	return rc ? rc : compose(m, out);
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
	r->conf = conf;
	r->names = memory->names.list;
	r->n = memory->names.n;
	r->n_prefixes = m.n_prefixes;
	*out = r;
	return 0;
}

void steering_regions_free(struct steering_regions *regions)
{
	if (!regions)
		return;
	struct memory *memory = regions->memory;
	steering_names_fini(&memory->names);
	free(memory->run4);
	free(memory->run6);
	free(memory);
	free(regions);
}
