#include "cli/steered.h"

#include "authority/services.h"
#include "base/mem.h"
#include "cli/zones.h"
#include "steering/steering.h"

#include <stdlib.h>
#include <string.h>

struct cli_steered {
	struct steering *steering; /* NULL: nothing is steered */
	struct authority_services *services;
	uint8_t **names; /* of the zones with a file, then of those without */
	size_t n, n_files, cap;
};

static void add_zone(struct cli_steered *s, const struct dns_name *name)
{
	kt_grow(s->names, s->n, s->cap);
	s->names[s->n] = kt_malloc(name->len);
	memcpy(s->names[s->n++], name->wire, name->len);
}

static void take_zone(void *ctx, const struct dns_name *name, const char *path)
{
	(void)path;
	add_zone(ctx, name);
}

static void list_zones(struct cli_steered *s, const struct conf_config *config)
{
	/* What is wrong with directories is told when their zones are loaded. */
	struct kt_errs counted;
	kt_errs_init(&counted, 1);
	cli_zones_each(config, &counted, take_zone, s);
	kt_errs_fini(&counted);
	s->n_files = s->n;
	for (size_t i = 0; i < config->n_zones; i++)
		if (!config->zones[i].file)
			add_zone(s, &config->zones[i].name);
}

/* Zones by name come first, in their order. */
static void add_key_files(struct cli_steered *s, const struct conf_config *config)
{
	size_t at = 0;
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct conf_zone *z = &config->zones[i];
		struct zone_steered *steered = z->file ? authority_services_of(
							     s->services, at++)
						       : NULL;
		if (!steered)
			continue;
		steered->key_files = z->key_files;
		steered->n_key_files = z->n_key_files;
	}
}

/* Records that are made when they are asked for have no room for steered ones. */
static void refuse_without_file(struct cli_steered *s, struct kt_errs *errs)
{
	for (size_t i = s->n_files; i < s->n; i++) {
		const struct zone_steered *steered = authority_services_of(
		    s->services, i);
		if (steered)
			kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT,
			    steered->names[0].file, steered->names[0].line,
			    steered->names[0].column, NULL,
			    "the service is in a zone without a file: give it one");
	}
}

struct cli_steered *cli_steered_make(
    const struct conf_config *config, struct kt_errs *errs)
{
	struct cli_steered *s = kt_calloc(1, sizeof(*s));
	/* Its errors are in errs, and there is nothing to give to zones then. */
	if (steering_make(&config->steering, errs, &s->steering)) {
		s->steering = NULL;
		return s;
	}
	list_zones(s, config);
	s->services = authority_services_make(
	    s->steering, (const uint8_t *const *)s->names, s->n, errs);
	add_key_files(s, config);
	refuse_without_file(s, errs);
	return s;
}

void cli_steered_free(struct cli_steered *s)
{
	if (!s)
		return;
	authority_services_free(s->services);
	steering_free(s->steering);
	for (size_t i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s);
}

const struct zone_steered *cli_steered_of(
    const struct cli_steered *s, size_t i, const struct dns_name *name)
{
	/* A directory may have changed since. */
	if (!s->services || i >= s->n_files || !dns_wire_equal(s->names[i], name->wire))
		return NULL;
	return authority_services_of(s->services, i);
}

size_t cli_steered_count(const struct cli_steered *s)
{
	return s->steering ? s->steering->n_services : 0;
}
