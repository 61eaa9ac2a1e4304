#include "daemon/steer_verbs.h"

#include "base/mem.h"
#include "base/text.h"
#include "steering/pattern.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FOR_MAX_S (10ull * 366 * 86400)

bool steer_verb_is(const struct control_verb *verb)
{
	return strncmp(verb->name, "steer ", 6) == 0;
}

struct steer_question {
	struct verb_result *r;
	struct kt_errs *errs;
	const char *pattern; /* as made */
	const char *typed;
	json_t *list;
	size_t faults, n_seen;
	/* for a hint */
	const char **names;
	size_t n_names, names_size;
};

static void name_add(struct steer_question *q, const char *name)
{
	kt_grow(q->names, q->n_names, q->names_size);
	q->names[q->n_names++] = kt_strdup(name);
}

static void names_fini(struct steer_question *q)
{
	for (size_t i = 0; i < q->n_names; i++)
		free((char *)q->names[i]);
	free(q->names);
}

static const char *nearest(const struct steer_question *q)
{
	for (size_t i = 0; i < q->n_names; i++)
		if (strncmp(q->names[i], "pool/", 5) == 0 &&
		    strcmp(q->names[i] + 5, q->typed) == 0)
			return q->names[i];
	return kt_text_nearest(q->typed, q->names, q->n_names);
}

static void refuse(struct steer_question *q, int code, const char *what)
{
	const char *near = nearest(q);
	q->r->status = 1;
	if (!q->n_names)
		kt_errs_add(q->errs, KT_ERROR, code, NULL, 0, 0, NULL,
		    "nothing is steered here");
	else
		kt_errs_add(q->errs, KT_ERROR, code, NULL, 0, 0, NULL,
		    "%s \"%.200s\"%s%s%s", what, q->typed,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* steer list */

static void see_listed(void *ctx, const struct monitor_view *v)
{
	struct steer_question *q = ctx;
	name_add(q, v->target->key);
	if (q->pattern && !steering_pattern_fits(q->pattern, v->target->key))
		return;
	q->n_seen++;
	q->faults += steer_is_fault(v);
	json_array_append_new(q->list, steer_target_json(v));
}

/* Those that pattern matches; "" is all. */
static void list(struct health *health, const char *pattern, struct steer_question *q)
{
	char *made = *pattern ? steering_pattern_make(pattern) : NULL;
	q->typed = pattern;
	q->pattern = made;
	q->list = json_array();
	if (!*pattern || made)
		health_see(health, see_listed, q);
	if (*pattern && !q->n_seen)
		refuse(q, KT_E_NOT_FOUND, "there is no target");
	else
		json_object_set(q->r->result, "targets", q->list);
	json_decref(q->list);
	free(made);
}

/* steer show */

static void show_target(struct steer_look *look, struct steer_question *q, uint32_t i)
{
	struct monitor_view v;
	monitor_see(look->monitor, i, &v);
	look->faults += steer_is_fault(&v);
	json_t *object = steer_target_json(&v);
	json_object_set_new(q->r->result, "kind", json_string("target"));
	json_object_update(q->r->result, object);
	json_decref(object);
}

static bool show_pool(struct steer_look *look, struct steer_question *q)
{
	const struct conf_steering *conf = look->steering->conf;
	const char *name = strncmp(q->typed, "pool/", 5) == 0 ? q->typed + 5 : q->typed;
	for (size_t i = 0; i < conf->n_pools; i++)
		if (strcmp(conf->pools[i].name, name) == 0) {
			json_decref(q->r->result);
			q->r->result = steer_pool_json(look, &conf->pools[i]);
			return true;
		}
	return false;
}

static bool show_service(struct steer_look *look, struct steer_question *q)
{
	struct dns_name name;
	if (dns_name_scan(q->typed, strlen(q->typed), NULL, &name))
		return false;
	dns_name_lower(&name);
	for (size_t i = 0; i < look->steering->n_services; i++) {
		const struct steering_service *service = &look->steering->services[i];
		const struct dns_name *own = &service->conf->name;
		if (own->len != name.len || memcmp(own->wire, name.wire, name.len) != 0)
			continue;
		json_decref(q->r->result);
		q->r->result = steer_service_json(look, service);
		return true;
	}
	return false;
}

static void note_names(const struct steer_look *look, struct steer_question *q)
{
	char name[DNS_NAME_TEXT];
	for (size_t i = 0; i < look->steering->n_targets; i++)
		name_add(q, look->steering->targets[i].key);
	for (size_t i = 0; i < look->steering->n_services; i++)
		name_add(q,
		    dns_name_print(look->steering->services[i].conf->name.wire, name));
}

static void look_shown(
    void *ctx, const struct steering *steering, const struct monitor *monitor)
{
	struct steer_question *q = ctx;
	bool *usable = health_pools(steering, monitor);
	struct steer_look look = { steering, monitor, usable, 0 };
	uint32_t target;
	/* A pool is more than its target. */
	if (show_pool(&look, q) || show_service(&look, q))
		q->n_seen = 1;
	else if (q->pattern && steering_key_find(steering, q->pattern, &target)) {
		show_target(&look, q, target);
		q->n_seen = 1;
	} else {
		note_names(&look, q);
	}
	q->faults = look.faults;
	free(usable);
}

static void show(struct health *health, const char *name, struct steer_question *q)
{
	char *made = steering_pattern_make(name);
	q->typed = name;
	q->pattern = made;
	health_look(health, look_shown, q);
	if (!q->n_seen)
		refuse(q, KT_E_NOT_FOUND, "there is no target, pool or service");
	free(made);
}

/* steer down, up, auto, push */

static bool is_line(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

static int wrong(struct steer_question *q, int code, const char *sentence)
{
	q->r->status = 1;
	return kt_errs_add(q->errs, KT_ERROR, code, NULL, 0, 0, NULL, "%s", sentence);
}

static int read_for(struct steer_question *q, const char *text, uint32_t *out)
{
	uint64_t ms = 0;
	*out = 0;
	if (!*text)
		return 0;
	int rc = kt_scan_duration(text, strlen(text), &ms);
	if (rc)
		return wrong(q, rc, "--for is a time such as 90s, 30m, 2h or 1d");
	if (ms < 1000 || ms / 1000 > FOR_MAX_S)
		return wrong(q, KT_E_RANGE, "--for is between a second and ten years");
	*out = (uint32_t)(ms / 1000);
	return 0;
}

static void hold(struct health *health, const struct control_request *request, bool up,
    struct steer_question *q)
{
	uint32_t for_s;
	const char *pattern = request->arguments[0], *reason = request->arguments[2];
	if (!is_line(pattern) || !is_line(reason)) {
		wrong(q, KT_E_FORMAT, "pattern and reason are one line of text each");
		return;
	}
	if (read_for(q, request->arguments[1], &for_s))
		return;
	int rc = health_override(health, pattern, up, for_s, reason);
	if (rc == KT_E_LIMIT)
		wrong(q, rc, "there are too many overrides: take some back");
	else /* a pattern without targets is told by this */
		list(health, pattern, q);
}

static void see_override(void *ctx, const struct monitor_view *v)
{
	struct steer_question *q = ctx;
	for (size_t i = 0; v->pattern && i < q->n_names; i++)
		if (strcmp(q->names[i], v->pattern) == 0)
			return;
	if (v->pattern)
		name_add(q, v->pattern);
}

/* Which patterns there are, so that the right one can be typed. */
static void tell_overrides(struct health *health, struct steer_question *q)
{
	struct kt_text text = { 0 };
	health_see(health, see_override, q);
	for (size_t i = 0; i < q->n_names && i < 10; i++)
		kt_text_addf(&text, "%s \"%s\"", i ? "," : "", q->names[i]);
	q->r->status = 1;
	kt_errs_add(q->errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
	    text.len ? "nothing is held by the pattern \"%.200s\"; held by:%s%s"
		     : "nothing is held by the pattern \"%.200s\"%s%s",
	    q->typed, kt_text_of(&text), q->n_names > 10 ? " ..." : "");
	kt_text_fini(&text);
}

static void release(
    struct health *health, const char *pattern, struct steer_question *q)
{
	q->typed = pattern;
	if (health_auto(health, pattern))
		tell_overrides(health, q);
	else
		list(health, pattern, q);
}

static void push(struct health *health, const struct control_request *request,
    struct steer_question *q)
{
	const char *target = request->arguments[0], *state = request->arguments[1];
	bool up = strcmp(state, "up") == 0;
	if (!up && strcmp(state, "down") != 0) {
		wrong(q, KT_E_FORMAT, "the state is up or down");
		return;
	}
	int rc = health_push(health, target, up);
	list(health, target, q);
	if (!rc || q->r->status)
		return;
	json_object_clear(q->r->result);
	wrong(q, rc, "its monitor is not of type push");
}

void steer_verb_run(struct health *health, const struct control_request *request,
    struct verb_result *r, struct kt_errs *errs)
{
	struct steer_question q = { .r = r, .errs = errs, .typed = "" };
	switch (request->verb->id) {
	case CONTROL_STEER_LIST:
		list(health, request->arguments[0], &q);
		break;
	case CONTROL_STEER_SHOW:
		show(health, request->arguments[0], &q);
		break;
	case CONTROL_STEER_DOWN:
		hold(health, request, false, &q);
		break;
	case CONTROL_STEER_UP:
		hold(health, request, true, &q);
		break;
	case CONTROL_STEER_AUTO:
		release(health, request->arguments[0], &q);
		break;
	case CONTROL_STEER_PUSH:
		push(health, request, &q);
		break;
	default:
		kt_require(!"a verb of kotae steer");
	}
	/* Words of the operator are done when they are done, whatever else is down. */
	if (!r->status && q.faults && !request->verb->writes)
		r->status = 2;
	names_fini(&q);
}
