#include "daemon/verbs.h"

#include "base/mem.h"
#include "conf/print.h"
#include "control/text.h"
#include "daemon/ecs_verbs.h"
#include "daemon/explain.h"
#include "daemon/metrics.h"
#include "daemon/steer_verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const state_words[ZONE_N_STATES] = {
	[ZONE_SERVING] = "serving",
	[ZONE_STALE] = "stale",
	[ZONE_FAILED] = "failed",
};

static void set(json_t *object, const char *key, json_t *value)
{
	/* Takes the reference; fails only for want of memory. */
	int rc = json_object_set_new(object, key, value);
	kt_require(!rc);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* status */

static json_t *listen_entry(const struct server_view *view, const struct listener *l)
{
	char address[KT_ADDR_TEXT];
	json_t *entry = json_object(), *transports = json_array();
	for (size_t i = 0; i < view->listeners->n; i++) {
		const struct listener *o = &view->listeners->list[i];
		if (o->port == l->port && kt_addr_equal(&o->address, &l->address))
			json_array_append_new(
			    transports, json_string(o->tcp ? "tcp" : "udp"));
	}
	set(entry, "address", json_string(kt_addr_print(&l->address, address)));
	set(entry, "port", json_integer(l->port));
	set(entry, "serve", json_string("authority"));
	set(entry, "transports", transports);
	return entry;
}

/* One entry for each address and port: at its first listener. */
static bool is_first(const struct listeners *all, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (all->list[i].port == all->list[at].port &&
		    kt_addr_equal(&all->list[i].address, &all->list[at].address))
			return false;
	return true;
}

static json_t *listen_list(const struct server_view *view)
{
	json_t *list = json_array();
	for (size_t i = 0; i < view->listeners->n; i++)
		if (is_first(view->listeners, i))
			json_array_append_new(
			    list, listen_entry(view, &view->listeners->list[i]));
	return list;
}

static void add_problem(json_t *problems, char *sentence)
{
	json_array_append_new(problems, control_string(sentence));
	free(sentence);
}

static json_t *problems_of(
    const struct server_view *view, const size_t counts[ZONE_N_STATES])
{
	json_t *problems = json_array();
	if (!view->ready)
		add_problem(problems, kt_strdup("queries are not answered yet"));
	if (view->config_error)
		add_problem(
		    problems, kt_format("the newest configuration was refused: %s",
				  view->config_error));
	if (counts[ZONE_FAILED])
		add_problem(problems,
		    kt_format("zones that cannot be served: %zu", counts[ZONE_FAILED]));
	if (counts[ZONE_STALE])
		add_problem(problems, kt_format("%zu zones are served in an older "
						"version, since the newest was refused",
					  counts[ZONE_STALE]));
	return problems;
}

static json_t *zone_counts(const size_t counts[ZONE_N_STATES])
{
	json_t *object = json_object();
	for (unsigned i = 0; i < ZONE_N_STATES; i++)
		set(object, state_words[i], number(counts[i]));
	return object;
}

static void see_status(void *ctx, const struct server_view *view)
{
	struct verb_result *r = ctx;
	size_t counts[ZONE_N_STATES] = { 0 };
	if (view->zones)
		zone_table_count(view->zones, counts);
	json_t *problems = problems_of(view, counts);
	set(r->result, "name",
	    control_string(view->config->name ? view->config->name : ""));
	set(r->result, "version", json_string(KOTAE_VERSION));
	set(r->result, "pid", json_integer(getpid()));
	set(r->result, "started", json_integer(view->started));
	set(r->result, "config", control_string(view->config->file));
	set(r->result, "config-loaded", json_integer(view->loaded));
	set(r->result, "workers", json_integer(view->n_workers));
	set(r->result, "ready", json_boolean(view->ready));
	set(r->result, "queries", number(metrics_queries(view)));
	set(r->result, "zones", zone_counts(counts));
	set(r->result, "listen", listen_list(view));
	r->status = json_array_size(problems) ? 2 : 0;
	set(r->result, "problems", problems);
}

static void add_steering(struct server *server, json_t *result)
{
	struct health_counts counts;
	health_count(server_health(server), &counts);
	if (!counts.targets)
		return;
	json_t *object = json_object();
	set(object, "targets", number(counts.targets));
	set(object, "down", number(counts.down));
	set(object, "forced", number(counts.forced));
	set(result, "steering", object);
}

/* zone list, zone show */

static int by_name(const void *a, const void *b)
{
	const struct zone_item *const *x = a, *const *y = b;
	return dns_wire_compare((*x)->name, (*y)->name);
}

static void set_zone(json_t *object, const struct zone_item *item)
{
	char name[DNS_NAME_TEXT];
	set(object, "name", control_string(dns_name_print(item->name, name)));
	set(object, "state", json_string(state_words[zone_item_state(item)]));
	if (!item->zone)
		return;
	set(object, "serial", number(item->zone->serial));
	set(object, "loaded", json_integer(item->zone->loaded_unix));
}

static void see_zones(void *ctx, const struct server_view *view)
{
	struct verb_result *r = ctx;
	json_t *list = json_array();
	size_t n = view->zones ? view->zones->n : 0;
	const struct zone_item **sorted = kt_calloc(n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &view->zones->items[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++) {
		json_t *object = json_object();
		set_zone(object, sorted[i]);
		json_array_append_new(list, object);
	}
	free(sorted);
	set(r->result, "zones", list);
}

struct zone_question {
	struct verb_result *r;
	struct kt_errs *errs;
	struct dns_name name;
};

/* Names whose sets are stand-ins: what whoever transfers the zone gets for them. */
static json_t *steered_names(const struct zone_snapshot *z)
{
	json_t *list = json_array();
	const struct zone_steered_entry *entries = zone_steered_entries(z);
	for (uint32_t i = 0; i < z->n_steered; i++) {
		char name[DNS_NAME_TEXT];
		const struct zone_node *node = zone_node_at(z, entries[i].node);
		json_array_append_new(
		    list, json_string(dns_name_print(node->name, name)));
	}
	return list;
}

static void set_contents(json_t *object, const struct zone_snapshot *z)
{
	static const char *const denials[] = {
		[ZONE_DENIAL_NONE] = "none",
		[ZONE_DENIAL_NSEC] = "nsec",
		[ZONE_DENIAL_NSEC3] = "nsec3",
	};
	set(object, "records", number(z->n_records));
	set(object, "names", number(z->n_nodes));
	set(object, "size", number(z->size));
	set(object, "signed", json_boolean(z->is_signed));
	set(object, "denial", json_string(denials[z->denial]));
	set(object, "steered", steered_names(z));
}

static void see_zone(void *ctx, const struct server_view *view)
{
	struct zone_question *q = ctx;
	char name[DNS_NAME_TEXT];
	const struct zone_item *item = view->zones
					   ? zone_table_find(view->zones, q->name.wire)
					   : NULL;
	if (!item) {
		q->r->status = 1;
		kt_errs_add(q->errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "there is no zone %s here", dns_name_print(q->name.wire, name));
		return;
	}
	json_t *object = q->r->result;
	set_zone(object, item);
	if (item->zone)
		set_contents(object, item->zone);
	set(object, "file", item->path ? control_string(item->path) : json_null());
	set(object, "error", item->error ? control_string(item->error) : json_null());
	q->r->status = zone_item_state(item) == ZONE_SERVING ? 0 : 2;
}

static void show_zone(struct server *server, const char *name, struct verb_result *r,
    struct kt_errs *errs)
{
	struct zone_question q = { .r = r, .errs = errs };
	int rc = dns_name_scan(name, strlen(name), NULL, &q.name);
	if (rc) {
		r->status = 1;
		kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "%s is no domain name: %s", name, kt_strerror(rc));
		return;
	}
	dns_name_lower(&q.name);
	server_see(server, see_zone, &q);
}

/* config diff */

struct comparison {
	const struct conf_config *file;
	json_t *changes;
};

static void take_change(void *ctx, const struct conf_change *change)
{
	struct comparison *c = ctx;
	json_t *object = json_object();
	set(object, "option", control_string(change->option));
	set(object, "running",
	    change->running ? control_string(change->running) : json_null());
	set(object, "file", change->file ? control_string(change->file) : json_null());
	set(object, "reload", json_boolean(!change->restart));
	json_array_append_new(c->changes, object);
}

static void see_difference(void *ctx, const struct server_view *view)
{
	struct comparison *c = ctx;
	conf_config_diff(view->config, c->file, take_change, c);
}

static void see_file(void *ctx, const struct server_view *view)
{
	*(char **)ctx = kt_strdup(view->config->file);
}

static void diff_config(
    struct server *server, struct verb_result *r, struct kt_errs *errs)
{
	struct conf_config *config;
	char *file = NULL;
	server_see(server, see_file, &file);
	int rc = conf_config_read(file, errs, &config);
	free(file);
	if (rc) {
		r->status = 1;
		return;
	}
	struct comparison c = { .file = config, .changes = json_array() };
	server_see(server, see_difference, &c);
	r->status = json_array_size(c.changes) ? 2 : 0;
	set(r->result, "changes", c.changes);
	conf_config_free(config);
}

struct verb_result verb_look(
    struct server *server, const struct control_request *request, struct kt_errs *errs)
{
	struct verb_result r = { .result = json_object() };
	switch (request->verb->id) {
	case CONTROL_STATUS:
		server_see(server, see_status, &r);
		add_steering(server, r.result);
		break;
	case CONTROL_ZONE_LIST:
		server_see(server, see_zones, &r);
		break;
	case CONTROL_ZONE_SHOW:
		show_zone(server, request->arguments[0], &r, errs);
		break;
	case CONTROL_CONFIG_DIFF:
		diff_config(server, &r, errs);
		break;
	case CONTROL_ECS_EXPORT:
		ecs_verb_export(server, request->arguments[0], &r, errs);
		break;
	case CONTROL_ECS_SHORT:
		ecs_verb_short(server, &r);
		break;
	case CONTROL_STEER_EXPLAIN:
		explain_verb(server, request, &r, errs);
		break;
	default:
		/* Those that are left are the control thread's own. */
		kt_require(steer_verb_is(request->verb));
		steer_verb_run(server_health(server), request, &r, errs);
	}
	return r;
}

bool verb_waits(const struct control_verb *verb)
{
	return steer_verb_is(verb) || verb->id == CONTROL_STATUS ||
	       verb->id == CONTROL_CONFIG_DIFF || verb->id == CONTROL_ECS_EXPORT ||
	       verb->id == CONTROL_ECS_SHORT;
}

struct verb_result verb_reloaded(
    int rc, const struct server_reload_result *result, const struct kt_errs *errs)
{
	struct verb_result r = { .result = json_object() };
	json_t *zones = json_object(), *restart = json_array();
	set(zones, "loaded", number(result->zones.loaded));
	set(zones, "unchanged", number(result->zones.unchanged));
	set(zones, "removed", number(result->zones.removed));
	set(zones, "failed", number(result->zones.failed));
	for (size_t i = 0; i < result->n_restart; i++)
		json_array_append_new(restart, control_string(result->restart[i]));
	set(r.result, "config-changed", json_boolean(result->config_changed));
	set(r.result, "zones", zones);
	set(r.result, "restart-needed", restart);
	r.status = rc || errs->n_errors ? 1 : 0;
	return r;
}
