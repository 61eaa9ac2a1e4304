/* kotae ecs diff: what changes from one network list, configuration or export to another. */
#include "cli/ecs_open.h"
#include "cli/out.h"
#include "cli/table.h"

#include "base/file.h"
#include "base/mem.h"
#include "control/text.h"
#include "ecs/diff.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX    ((size_t)1 << 30)
#define TOP_DEFAULT 20

/* What one of the files holds: one partition, or all maps and services of a configuration. */
struct side {
	struct ecs_parts **list;
	size_t n, cap;
	bool config;
};

static void add_parts(struct side *side, struct ecs_parts *parts)
{
	kt_grow(side->list, side->n, side->cap);
	side->list[side->n++] = parts;
}

static void side_fini(struct side *side)
{
	for (size_t i = 0; i < side->n; i++)
		ecs_parts_free(side->list[i]);
	free(side->list);
}

static int read_config(const char *path, struct kt_errs *errs, struct side *side)
{
	struct conf_config *config;
	struct steering *steering;
	int rc = cli_ecs_read(path, errs, &config);
	if (rc)
		return rc;
	side->config = true;
	rc = steering_make(&config->steering, errs, &steering);
	if (!rc) {
		for (size_t i = 0; i < config->steering.n_maps; i++)
			add_parts(side, ecs_parts_of_regions(steering->regions[i]));
		for (size_t i = 0; i < steering->n_services; i++)
			add_parts(side,
			    ecs_parts_of_service(steering, &steering->services[i]));
		steering_free(steering);
	}
	conf_config_free(config);
	return rc;
}

/* An export, also as the result of --json; a configuration may be JSON too. */
static bool is_export(const json_t *json)
{
	const json_t *result = json_object_get(json, "result");
	const json_t *object = result ? result : json;
	return json_object_get(object, "cells") || json_object_get(object, "runs4");
}

/* *json stays NULL when it is something else. */
static void load_export(const struct kt_file *file, json_t **json)
{
	*json = json_loadb(file->at, file->len, 0, NULL);
	if (is_export(*json))
		return;
	json_decref(*json);
	*json = NULL;
}

static int read_list(const struct kt_file *file, const char *path, struct kt_errs *errs,
    struct side *side)
{
	struct ecs_prefixes list;
	struct ecs_parts *parts;
	int rc = ecs_prefixes_read(file->at, file->len, path, errs, &list);
	if (rc)
		return rc;
	rc = ecs_parts_of_prefixes(&list, path, errs, &parts);
	ecs_prefixes_fini(&list);
	if (!rc)
		add_parts(side, parts);
	return rc;
}

/* A configuration is YAML, whose first word ends in a colon; a prefix has a digit or "/". */
static bool looks_like_yaml(const struct kt_file *file)
{
	const char *at = file->at, *end = file->at + file->len;
	while (at < end) {
		at += strspn(at, " \t\r\n");
		if (at >= end || *at != '#')
			break;
		const char *next = memchr(at, '\n', (size_t)(end - at));
		at = next ? next + 1 : end;
	}
	if (strncmp(at, "---", 3) == 0 || strncmp(at, "%YAML", 5) == 0)
		return true;
	size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz-\"'");
	return len > 0 && at[len] == ':' && strspn(at + len + 1, " \t\r\n{") > 0;
}

static int read_side(const char *path, struct kt_errs *errs, struct side *side)
{
	struct kt_file file;
	int rc = kt_file_read(path, FILE_MAX, &file);
	if (rc)
		return kt_errs_add(errs, KT_ERROR, rc, path, 0, 0, NULL,
		    rc == KT_E_SYSTEM ? "cannot be read: %m" : "is too large");
	const char *first = file.at + strspn(file.at, " \t\r\n");
	struct ecs_parts *parts;
	json_t *json = NULL;
	if (*first == '{')
		load_export(&file, &json);
	if (json) {
		rc = ecs_parts_of_json(json, path, errs, &parts);
		json_decref(json);
		if (!rc)
			add_parts(side, parts);
	} else if (ecs_parts_is_csv(file.at, file.len)) {
		rc = ecs_parts_read_csv(file.at, file.len, path, errs, &parts);
		if (!rc)
			add_parts(side, parts);
	} else if (*first == '{' || looks_like_yaml(&file)) {
		rc = read_config(path, errs, side);
	} else {
		rc = read_list(&file, path, errs, side);
	}
	kt_file_free(&file);
	return rc;
}

/* Results */

struct output {
	const struct cli_args *args;
	uint64_t top;
	json_t *list;
	bool changed;
};

/* IPv6 is counted in /64, as far as whole ones change. */
static char *moved_text(unsigned f, long double moved, char *out)
{
	char count[32];
	const long double net = 18446744073709551616.0L;
	if (f && moved >= net)
		snprintf(out, 64, "%s /64s", cli_ecs_count(moved / net, count));
	else
		snprintf(out, 64, "%s addresses", cli_ecs_count(moved, count));
	return out;
}

static void print_top(
    const struct ecs_diff *d, const struct ecs_parts *old, const struct ecs_parts *new)
{
	static const char *const headings[] = { "  block", "from", "to" };
	struct cli_table t;
	if (!d->n_top)
		return;
	cli_table_init(&t, headings, KT_COUNT(headings));
	for (size_t i = 0; i < d->n_top; i++) {
		char text[KT_PREFIX_TEXT];
		cli_table_addf(&t, "  %s", kt_prefix_print(&d->top[i].block, text));
		cli_table_add(
		    &t, ecs_parts_class_name(old, d->top[i].from), "\033[31m");
		cli_table_add(&t, ecs_parts_class_name(new, d->top[i].to), "\033[32m");
	}
	cli_table_print(&t);
	cli_table_fini(&t);
}

static void print_diff(
    const struct ecs_diff *d, const struct ecs_parts *old, const struct ecs_parts *new)
{
	size_t changes = 0;
	for (unsigned f = 0; f < 2; f++) {
		const struct ecs_diff_family *x = &d->families[f];
		char moved[64];
		changes += x->changes;
		printf(
		    "  IPv%u: %zu cells, then %zu: %zu added, %zu removed; %s change "
		    "their class\n",
		    f ? 6u : 4u, x->cells_old, x->cells_new, x->cells_added,
		    x->cells_removed, moved_text(f, x->moved, moved));
	}
	print_top(d, old, new);
	if (changes > d->n_top && d->n_top)
		printf("  ... and %zu blocks more\n", changes - d->n_top);
}

static json_t *diff_json(
    const struct ecs_diff *d, const struct ecs_parts *old, const struct ecs_parts *new)
{
	json_t *o = json_object(), *top = json_array();
	for (unsigned f = 0; f < 2; f++) {
		const struct ecs_diff_family *x = &d->families[f];
		json_object_set_new(o, f ? "ipv6" : "ipv4",
		    json_pack("{sI sI sI sI sI sf}", "cells-old",
			(json_int_t)x->cells_old, "cells-new", (json_int_t)x->cells_new,
			"added", (json_int_t)x->cells_added, "removed",
			(json_int_t)x->cells_removed, "blocks", (json_int_t)x->changes,
			"addresses", (double)x->moved));
	}
	for (size_t i = 0; i < d->n_top; i++) {
		char text[KT_PREFIX_TEXT];
		json_t *c = json_object();
		json_object_set_new(
		    c, "block", json_string(kt_prefix_print(&d->top[i].block, text)));
		json_object_set_new(c, "from",
		    control_string(ecs_parts_class_name(old, d->top[i].from)));
		json_object_set_new(
		    c, "to", control_string(ecs_parts_class_name(new, d->top[i].to)));
		json_array_append_new(top, c);
	}
	json_object_set_new(o, "top", top);
	return o;
}

static const char *kind_of(const struct ecs_parts *parts)
{
	return parts->service ? "service" : "map";
}

static void compare(
    struct output *out, const struct ecs_parts *old, const struct ecs_parts *new)
{
	struct ecs_diff d;
	ecs_diff(old, new, (size_t)out->top, &d);
	for (unsigned f = 0; f < 2; f++)
		out->changed = out->changed || d.families[f].cells_added ||
			       d.families[f].cells_removed || d.families[f].changes;
	if (out->list) {
		json_t *o = diff_json(&d, old, new);
		json_object_set_new(o, "name", control_string(new->name));
		json_object_set_new(o, "kind", json_string(kind_of(new)));
		json_array_append_new(out->list, o);
	} else {
		printf("%s %s\n", kind_of(new), new->name);
		print_diff(&d, old, new);
	}
	ecs_diff_fini(&d);
}

static void tell_alone(struct output *out, const struct ecs_parts *parts, bool added)
{
	out->changed = true;
	if (out->list) {
		json_t *o = json_object();
		json_object_set_new(o, "name", control_string(parts->name));
		json_object_set_new(o, "kind", json_string(kind_of(parts)));
		json_object_set_new(
		    o, "change", json_string(added ? "added" : "removed"));
		json_array_append_new(out->list, o);
	} else {
		printf("%s %s is %s\n", kind_of(parts), parts->name,
		    added ? "new" : "gone");
	}
}

static const struct ecs_parts *find(
    const struct side *side, const struct ecs_parts *like)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->list[i]->service == like->service &&
		    strcmp(side->list[i]->name, like->name) == 0)
			return side->list[i];
	return NULL;
}

/* Two partitions whatever their names; of configurations those of one name. */
static int compare_sides(struct output *out, const struct side *old,
    const struct side *new, struct kt_errs *errs)
{
	const struct side *one = old->config ? new : old,
			  *many = old->config ? old : new;
	if (!old->config && !new->config) {
		compare(out, old->list[0], new->list[0]);
		return 0;
	}
	if (!one->config) {
		const struct ecs_parts *same = find(many, one->list[0]);
		if (!same)
			return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0,
			    NULL, "the configuration has no %s \"%s\"",
			    kind_of(one->list[0]), one->list[0]->name);
		compare(out, old->config ? same : one->list[0],
		    old->config ? one->list[0] : same);
		return 0;
	}
	for (size_t i = 0; i < old->n; i++)
		if (!find(new, old->list[i]))
			tell_alone(out, old->list[i], false);
	for (size_t i = 0; i < new->n; i++) {
		const struct ecs_parts *before = find(old, new->list[i]);
		if (before)
			compare(out, before, new->list[i]);
		else
			tell_alone(out, new->list[i], true);
	}
	return 0;
}

int cli_ecs_diff_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct side old = { 0 }, new = { 0 };
	struct output out = { .args = args, .top = TOP_DEFAULT };
	json_t *result = NULL;
	kt_errs_init(&errs, 0);
	int rc = cli_ecs_number(args, "top", 100000, &errs, &out.top);
	if (!rc)
		rc = read_side(args->operands[0], &errs, &old);
	if (!rc)
		rc = read_side(args->operands[1], &errs, &new);
	if (args->json)
		out.list = json_array();
	if (!rc)
		rc = compare_sides(&out, &old, &new, &errs);
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "differences", out.list);
	}
	int status = rc ? CLI_ERROR : out.changed ? CLI_FINDINGS : CLI_CLEAN;
	cli_finish(args->json, status, result, &errs);
	side_fini(&old);
	side_fini(&new);
	kt_errs_fini(&errs);
	return status;
}
