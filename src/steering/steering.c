#include "steering/steering.h"

#include "steering/classes.h"
#include "steering/live.h"
#include "steering/pools.h"
#include "steering/steering_p.h"
#include "steering/targets.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Regions of all maps: every map is read, so that all errors are told at once. */
static int read_regions(struct steering *steering, struct kt_errs *errs)
{
	const struct conf_steering *conf = steering->conf;
	struct steering_regions **list = kt_calloc(conf->n_maps + 1, sizeof(*list));
	steering->regions = (const struct steering_regions *const *)list;
	int first = 0;
	for (size_t i = 0; i < conf->n_maps; i++) {
		int rc = steering_regions_make(&conf->maps[i], errs, &list[i]);
		if (rc && !first)
			first = rc;
	}
	return first;
}

static void make_services(struct steering *steering)
{
	const struct conf_steering *conf = steering->conf;
	steering->n_services = conf->n_services;
	steering->services = kt_calloc(
	    conf->n_services + 1, sizeof(*steering->services));
	for (size_t i = 0; i < conf->n_services; i++) {
		steering->services[i].conf = &conf->services[i];
		steering->services[i].index = (uint32_t)i;
	}
}

static struct steering *make_empty(const struct conf_steering *conf)
{
	struct steering *steering = kt_calloc(1, sizeof(*steering));
	struct steering_private *p = kt_calloc(1, sizeof(*p));
	kt_arena_init(&p->memory, 0);
	kt_arena_init(&p->scratch, 0);
	kt_arena_init(&p->sets, 0);
	steering->conf = conf;
	steering->private = p;
	return steering;
}

int steering_make(
    const struct conf_steering *conf, struct kt_errs *errs, struct steering **out)
{
	struct steering *steering = make_empty(conf);
	int rc = read_regions(steering, errs);
	if (!rc)
		rc = steering_targets_make(steering, errs);
	if (!rc) {
		steering_pools_make(steering);
		make_services(steering);
		rc = steering_classes_make(steering, errs);
	}
	if (!rc)
		rc = steering_types_check(steering, errs);
	if (rc) {
		steering_free(steering);
		return rc;
	}
	steering_live_init(steering);
	*out = steering;
	return 0;
}

void steering_free(struct steering *steering)
{
	if (!steering)
		return;
	struct steering_private *p = steering->private;
	steering_live_fini(steering);
	for (size_t i = 0; i < steering->n_maps; i++)
		steering_map_free(steering->maps[i]);
	for (size_t i = 0; steering->regions && i < steering->conf->n_maps; i++)
		steering_regions_free((struct steering_regions *)steering->regions[i]);
	free((void *)steering->regions);
	free(steering->services);
	kt_arena_fini(&p->memory);
	kt_arena_fini(&p->scratch);
	kt_arena_fini(&p->sets);
	free(p);
	free(steering);
}

size_t steering_stand_in(const struct steering_service *service,
    enum steering_type type, const uint8_t **data, size_t *size)
{
	const struct steering_stand_in_set *set = &service->plan->stand_in[type];
	*data = set->data;
	*size = set->size;
	return set->n_rr;
}
