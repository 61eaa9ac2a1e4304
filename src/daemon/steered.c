#include "daemon/steered.h"

#include "authority/services.h"

#include <stdlib.h>

static bool steers(const struct conf_steering *c)
{
	return c->n_maps || c->n_monitors || c->n_pools || c->n_services;
}

int steered_make(
    const struct conf_config *config, struct kt_errs *errs, struct steering **out)
{
	*out = NULL;
	return steers(&config->steering) ? steering_make(&config->steering, errs, out)
					 : 0;
}

int steered_check(const struct conf_config *config, struct kt_errs *errs)
{
	struct steering *steering;
	int rc = steered_make(config, errs, &steering);
	if (!rc)
		steering_free(steering);
	return rc;
}

void steered_sign(struct steering *steering, const struct zone_table *zones)
{
	for (size_t i = 0; steering && i < zones->n; i++) {
		const struct zone_snapshot *z = zones->items[i].zone;
		if (!z || !z->n_steered)
			continue;
		struct steering_service **services = authority_services_by_number(
		    steering, z);
		for (uint32_t j = 0; j < z->n_steered; j++)
			if (services[j])
				services[j]->signer = z->signer;
		free(services);
	}
}
