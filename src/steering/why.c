#include "steering/regions.h"

#include "base/mem.h"
#include "steering/geo.h"
#include "steering/names.h"
#include "steering/networks.h"
#include "steering/special.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The strongest network so far: the longest; of equal ones the last. */
struct search {
	const struct steering_regions *regions;
	steering_key key;
	unsigned family;
	bool found;
	struct steering_why best;
	const char *file; /* being read */
	struct steering_names names;
};

static void offer(struct search *s, steering_key key, unsigned len, uint16_t region,
    const struct conf_place *place)
{
	bool covers = len == 0 || (s->key ^ key) >> (128 - len) == 0;
	if (!covers || (s->found && s->best.prefix.len > len))
		return;
	s->found = true;
	s->best.prefix = (struct kt_prefix){ .addr = steering_key_addr(key, s->family),
		.len = (uint8_t)len };
	s->best.region = region;
	s->best.file = place->file;
	s->best.line = place->line;
	s->best.column = place->column;
}

static void offer_specials(struct search *s)
{
	for (unsigned i = 0; i < STEERING_N_SPECIAL; i++) {
		const struct steering_special *b = &steering_specials[i];
		if (b->family == s->family)
			offer(s, (steering_key)b->high << 64 | b->low, b->len,
			    b->region, &(struct conf_place){ 0 });
	}
}

static int take(
    void *ctx, const struct steering_net *net, unsigned family, unsigned column)
{
	struct search *s = ctx;
	if (family == s->family && net->region < s->regions->n)
		offer(s, steering_net_key(net), net->len, net->region,
		    &(struct conf_place){ s->file, net->line, column });
	return 0;
}

static void offer_inline(struct search *s)
{
	const struct conf_map *conf = s->regions->conf;
	for (size_t i = 0; i < conf->n_networks; i++) {
		const struct conf_network *n = &conf->networks[i];
		if (n->prefix.addr.family == s->family)
			offer(s, steering_key_of(&n->prefix.addr), n->prefix.len,
			    n->region, &n->place);
	}
}

/* Errors in a file were told when the map was made: here its good lines count. */
static int offer_file(struct search *s, const struct conf_network_file *f,
    const struct steering_matcher *matchers)
{
	struct kt_file file;
	struct kt_errs errs;
	int rc = steering_file_copy(f->path, STEERING_FILE_MAX, &file);
	if (rc)
		return KT_E_SYSTEM;
	kt_errs_init(&errs, 0);
	struct steering_networks list = { .path = f->path,
		.region = f->region,
		.matchers = matchers,
		.n_matchers = s->regions->conf->n_geo,
		.names = &s->names,
		.errs = &errs,
		.take = take,
		.ctx = s };
	s->file = f->path;
	(void)!steering_networks_read(&list, file.at, file.len);
	kt_errs_fini(&errs);
	kt_file_free(&file);
	return 0;
}

static int offer_files(struct search *s)
{
	const struct conf_map *conf = s->regions->conf;
	struct steering_matcher *matchers = kt_calloc(conf->n_geo, sizeof(*matchers));
	int rc = 0;
	for (size_t i = 0; i < conf->n_geo; i++)
		steering_matcher_init(&matchers[i], &conf->geo[i]);
	for (size_t i = 0; i < conf->n_files && !rc; i++)
		rc = offer_file(s, &conf->files[i], matchers);
	for (size_t i = 0; i < conf->n_geo; i++)
		steering_matcher_fini(&matchers[i]);
	free(matchers);
	return rc;
}

static void tell_network(const struct search *s, struct steering_why *out)
{
	char prefix[KT_PREFIX_TEXT];
	const char *region = "the resolver's address decides";
	*out = s->best;
	if (out->region == STEERING_EMBEDDED)
		region = "the IPv4 address in it decides";
	else if (out->region != STEERING_BY_RESOLVER)
		region = s->regions->names[out->region];
	snprintf(out->text, sizeof(out->text), "%s: %s",
	    kt_prefix_print(&out->prefix, prefix), region);
}

/* In one database: 0 and out, KT_E_NOT_FOUND, or KT_E_SYSTEM. */
static int ask_database(
    const struct search *s, const struct conf_geo *conf, struct steering_why *out)
{
	struct steering_geo geo;
	struct kt_errs errs;
	const struct conf_geo_match *m = NULL;
	unsigned len = 0;
	kt_errs_init(&errs, 1);
	int rc = steering_geo_open(&geo, conf, &errs);
	kt_errs_fini(&errs);
	if (!rc)
		rc = steering_geo_find(&geo, s->family, s->key, &m, &len);
	steering_geo_close(&geo);
	if (rc || !m)
		return rc ? KT_E_SYSTEM : KT_E_NOT_FOUND;
	const char *slash = strrchr(conf->database, '/');
	*out = (struct steering_why){ .file = m->place.file,
		.line = m->place.line,
		.column = m->place.column,
		.region = m->region,
		.prefix = {
		    .addr = steering_key_addr(steering_key_cut(s->key, len), s->family),
		    .len = (uint8_t)len } };
	snprintf(out->text, sizeof(out->text), "%s: %s",
	    slash ? slash + 1 : conf->database, m->key);
	return 0;
}

static int ask_databases(const struct search *s, struct steering_why *out)
{
	const struct conf_map *conf = s->regions->conf;
	int rc = KT_E_NOT_FOUND;
	for (size_t i = 0; i < conf->n_geo && rc == KT_E_NOT_FOUND; i++)
		rc = ask_database(s, &conf->geo[i], out);
	return rc;
}

int steering_regions_why(const struct steering_regions *regions,
    const struct kt_addr *addr, struct steering_why *out)
{
	const struct conf_map *conf = regions->conf;
	/* Numbers as in the regions, whatever the files have by now. */
	const struct conf_map known = { .regions = regions->names,
		.n_regions = regions->n };
	struct search s = {
		.regions = regions, .key = steering_key_of(addr), .family = addr->family
	};
	steering_names_init(&s.names, &known);
	offer_specials(&s);
	int rc = offer_files(&s);
	steering_names_fini(&s.names);
	if (rc)
		return rc;
	offer_inline(&s);
	if (s.found) {
		tell_network(&s, out);
		return 0;
	}
	rc = ask_databases(&s, out);
	if (rc != KT_E_NOT_FOUND)
		return rc;
	*out = (struct steering_why){ .text = "default",
		.file = conf->place.file,
		.line = conf->place.line,
		.column = conf->place.column,
		.region = conf->fallback,
		.prefix.addr.family = addr->family };
	return 0;
}
