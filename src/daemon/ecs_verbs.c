#include "daemon/ecs_verbs.h"

#include "authority/answer.h"
#include "base/mem.h"
#include "control/frame.h"
#include "control/text.h"
#include "ecs/view.h"

#include <stdlib.h>
#include <string.h>

/* A reply has other members too, and the tool reads it all into memory. */
#define EXPORT_MAX (CONTROL_REPLY_MAX / 2)

/* ecs export */

struct export_question {
	const char *name;
	struct verb_result *r;
	struct kt_errs *errs;
};

static struct ecs_parts *find_parts(const struct steering *steering, const char *name)
{
	for (size_t i = 0; i < steering->conf->n_maps; i++)
		if (strcmp(steering->conf->maps[i].name, name) == 0)
			return ecs_parts_of_regions(steering->regions[i]);
	const struct steering_service *service = ecs_service_find(steering, name);
	return service ? ecs_parts_of_service(steering, service) : NULL;
}

static void fail(const struct export_question *q, int code, const char *what)
{
	q->r->status = 1;
	kt_errs_add(q->errs, KT_ERROR, code, NULL, 0, 0, NULL, "%s: %s", q->name, what);
}

static void see_export(void *ctx, const struct server_view *view)
{
	struct export_question *q = ctx;
	json_t *json;
	struct ecs_parts *parts = view->steering ? find_parts(view->steering, q->name)
						 : NULL;
	if (!parts) {
		fail(q, KT_E_NOT_FOUND,
		    view->steering ? "kotaed has no map or service of this name"
				   : "kotaed steers nothing");
		return;
	}
	int rc = ecs_parts_json(parts, true, EXPORT_MAX, &json);
	ecs_parts_free(parts);
	if (rc) {
		fail(q, rc,
		    "its map is too large for the control socket; look at the "
		    "configuration file in place of the daemon (without --running)");
		return;
	}
	json_decref(q->r->result);
	q->r->result = json;
}

void ecs_verb_export(struct server *server, const char *name, struct verb_result *r,
    struct kt_errs *errs)
{
	struct export_question q = { .name = name, .r = r, .errs = errs };
	server_see(server, see_export, &q);
}

/* ecs short */

/* A few hundred at most are kept by a worker. */
#define SHORT_A_WORKER 1024

static int by_resolver(const void *a, const void *b)
{
	const struct authority_short_source *x = a, *y = b;
	int order = memcmp(&x->resolver, &y->resolver, sizeof(x->resolver));
	if (!order)
		order = (int)x->map - (int)y->map;
	if (!order)
		order = (int)x->family - (int)y->family;
	return order ? order : (int)x->source - (int)y->source;
}

/* A resolver's queries may have come to several workers. */
static size_t join(struct authority_short_source *list, size_t n)
{
	size_t to = 0;
	qsort(list, n, sizeof(*list), by_resolver);
	for (size_t i = 0; i < n; i++) {
		if (to && by_resolver(&list[to - 1], &list[i]) == 0) {
			list[to - 1].n += list[i].n;
			if (list[i].needed > list[to - 1].needed)
				list[to - 1].needed = list[i].needed;
		} else {
			list[to++] = list[i];
		}
	}
	return to;
}

static json_t *entry(
    const struct steering *steering, const struct authority_short_source *s)
{
	char resolver[KT_ADDR_TEXT];
	json_t *object = json_object();
	json_object_set_new(
	    object, "resolver", json_string(kt_addr_print(&s->resolver, resolver)));
	json_object_set_new(
	    object, "map", control_string(steering->conf->maps[s->map].name));
	json_object_set_new(object, "family", json_integer(s->family));
	json_object_set_new(object, "source", json_integer(s->source));
	json_object_set_new(object, "needed", json_integer(s->needed));
	json_object_set_new(object, "count", json_integer((json_int_t)s->n));
	return object;
}

static json_t *services(const struct steering *steering)
{
	json_t *list = json_array();
	for (size_t i = 0; i < steering->n_services; i++) {
		const struct conf_service *conf = steering->services[i].conf;
		char name[DNS_NAME_TEXT];
		if (!conf->map)
			continue;
		json_t *object = json_object();
		json_object_set_new(object, "name",
		    control_string(dns_name_print(conf->name.wire, name)));
		json_object_set_new(object, "map", control_string(conf->map->name));
		json_array_append_new(list, object);
	}
	return list;
}

static void see_short(void *ctx, const struct server_view *view)
{
	struct verb_result *r = ctx;
	struct authority_short_source *list = kt_calloc(
	    (size_t)view->n_workers * SHORT_A_WORKER + 1, sizeof(*list));
	size_t n = 0;
	json_t *result = json_array();
	for (unsigned i = 0; view->steering && i < view->n_workers; i++)
		n += worker_short_sources(view->workers[i], list + n, SHORT_A_WORKER);
	n = join(list, n);
	for (size_t i = 0; i < n; i++)
		if (list[i].map < view->steering->conf->n_maps)
			json_array_append_new(result, entry(view->steering, &list[i]));
	r->status = json_array_size(result) ? 2 : 0;
	json_object_set_new(r->result, "short", result);
	json_object_set_new(r->result, "services",
	    view->steering ? services(view->steering) : json_array());
	free(list);
}

void ecs_verb_short(struct server *server, struct verb_result *r)
{
	server_see(server, see_short, r);
}
