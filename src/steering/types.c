/* Every class of a service must have the types that any of its classes has. */
#include "steering/classes.h"

#include "dns/name.h"

static const char *const type_names[STEERING_N_TYPES] = { "A", "AAAA", "CNAME" };
static const char *const members_with[STEERING_N_TYPES] = { "an IPv4 address",
	"an IPv6 address", "a name" };

/* A class of names answers every question with a CNAME. */
static bool lacks(const struct steering_list *class, int type)
{
	return !(class->types & (1u << type | STEERING_NAMES));
}

static const struct steering_list *first_with(
    const struct steering_plan *plan, unsigned n_classes, int type)
{
	for (unsigned i = 0; i < n_classes; i++)
		if (plan->classes[i].types & 1u << type)
			return &plan->classes[i];
	return NULL;
}

static const char *region_name(const struct steering *steering,
    const struct steering_service *service, const struct steering_list *class)
{
	return steering->regions[service->map_index]->names[class->region];
}

static int report_lack(const struct steering *steering,
    const struct steering_service *service, const struct steering_list *with,
    const struct steering_list *without, int type, struct kt_errs *errs)
{
	char name[DNS_NAME_TEXT];
	const struct conf_place *place = &without->conf->place;
	dns_name_print(service->conf->name.wire, name);
	return kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT, place->file, place->line,
	    place->column, NULL,
	    "service %s: no pool of region %s has %s, but region %s has %s records; "
	    "resolvers would keep \"no %s\" for everybody (RFC 7871 s.7.4): add a pool "
	    "with %s to region %s, or take %s out of the others",
	    name, region_name(steering, service, without), members_with[type],
	    region_name(steering, service, with), type_names[type], type_names[type],
	    members_with[type], region_name(steering, service, without),
	    type_names[type]);
}

static int check_type(const struct steering *steering,
    const struct steering_service *service, int type, struct kt_errs *errs)
{
	const struct steering_plan *plan = &steering->private->plans[service->index];
	const struct steering_list *with = first_with(plan, service->n_classes, type);
	int rc = 0;
	for (unsigned i = 0; with && i < service->n_classes; i++)
		if (lacks(&plan->classes[i], type))
			rc = report_lack(
			    steering, service, with, &plan->classes[i], type, errs);
	return rc;
}

static void warn_names(const struct steering *steering,
    const struct steering_service *service, struct kt_errs *errs)
{
	const struct steering_plan *plan = &steering->private->plans[service->index];
	char name[DNS_NAME_TEXT];
	const struct steering_list *with = first_with(
	    plan, service->n_classes, STEERING_CNAME);
	if (!with || !(service->types & STEERING_ADDRESSES))
		return;
	const struct conf_place *place = &with->conf->place;
	kt_errs_add(errs, KT_WARNING, KT_E_CONFLICT, place->file, place->line,
	    place->column, NULL,
	    "service %s has both addresses and names: some clients get a CNAME where "
	    "others get A or AAAA; a transfer of the zone shows the addresses",
	    dns_name_print(service->conf->name.wire, name));
}

int steering_types_check(const struct steering *steering, struct kt_errs *errs)
{
	int rc = 0;
	for (size_t i = 0; i < steering->n_services; i++) {
		const struct steering_service *service = &steering->services[i];
		int a = check_type(steering, service, STEERING_A, errs);
		int aaaa = check_type(steering, service, STEERING_AAAA, errs);
		warn_names(steering, service, errs);
		rc = rc ? rc : a ? a : aaaa;
	}
	return rc;
}
