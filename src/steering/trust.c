#include "steering/steering.h"

bool steering_trusts(const struct conf_steering *conf, const struct kt_addr *resolver)
{
	for (size_t i = 0; i < conf->n_trust_ecs; i++)
		if (kt_prefix_covers(&conf->trust_ecs[i], resolver))
			return true;
	return conf->n_trust_ecs == 0;
}
