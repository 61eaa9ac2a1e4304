/* kotae ecs table: what each client network gets. */
#include "cli/ecs_open.h"
#include "cli/out.h"
#include "cli/table.h"

#include "base/mem.h"
#include "control/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct row {
	struct kt_prefix client, asked;
	struct steering_decision decision;
	struct steering_why why;
	bool explained;
};

static const struct ecs_class *class_of(const struct ecs_view *view, uint16_t class)
{
	static const struct ecs_class none = {
		.name = (char *)"-", .pools = (char *)"", .targets = (char *)""
	};
	return class < view->parts->n_classes ? &view->parts->classes[class] : &none;
}

static void first_target(const struct ecs_class *class, char *out, size_t size)
{
	size_t len = strcspn(class->targets, ",");
	snprintf(out, size, "%.*s", (int)len, class->targets);
}

static json_t *row_json(const struct ecs_view *view, const struct row *row)
{
	char text[KT_PREFIX_TEXT];
	const struct ecs_class *class = class_of(view, row->decision.class);
	json_t *o = json_object();
	json_object_set_new(
	    o, "client", json_string(kt_prefix_print(&row->client, text)));
	json_object_set_new(
	    o, "asked", json_string(kt_prefix_print(&row->asked, text)));
	json_object_set_new(o, "class", control_string(class->name));
	json_object_set_new(o, "pools", control_string(class->pools));
	json_object_set_new(o, "targets", control_string(class->targets));
	json_object_set_new(o, "scope", json_integer(row->decision.scope));
	json_object_set_new(
	    o, "reason", json_string(ecs_reason_name(row->decision.reason)));
	if (row->explained) {
		json_object_set_new(o, "decided", control_string(row->why.text));
		json_object_set_new(o, "file", control_string(row->why.file));
		json_object_set_new(o, "line", json_integer(row->why.line));
	}
	return o;
}

static void add_row(
    struct cli_table *t, const struct ecs_view *view, const struct row *row)
{
	char text[KT_PREFIX_TEXT], target[128];
	const struct ecs_class *class = class_of(view, row->decision.class);
	bool is_short = row->decision.reason == STEERING_SHORT_DECLARED ||
			row->decision.reason == STEERING_SHORT_SHARE;
	cli_table_add(t, kt_prefix_print(&row->client, text), NULL);
	cli_table_add(t, kt_prefix_print(&row->asked, text), NULL);
	cli_table_add(t, class->name, NULL);
	if (view->parts->service) {
		first_target(class, target, sizeof(target));
		cli_table_add(t, class->pools, NULL);
		cli_table_add(t, target, NULL);
	}
	cli_table_addf(t, "%u", row->decision.scope);
	cli_table_add(
	    t, ecs_reason_name(row->decision.reason), is_short ? "\033[33m" : NULL);
	if (!row->explained)
		cli_table_add(t, "", NULL);
	else if (row->why.file)
		cli_table_addf(
		    t, "%s:%u: %s", row->why.file, row->why.line, row->why.text);
	else
		cli_table_add(t, row->why.text, NULL);
}

struct rows {
	struct row *list;
	size_t n, cap;
};

static void decide(struct rows *rows, const struct ecs_view *view,
    const struct kt_prefix *client, unsigned source, const struct kt_addr *resolver)
{
	struct row row = { .client = *client, .asked = ecs_cut(client, source) };
	ecs_view_decide(view, &row.asked, resolver, &row.decision);
	row.explained = !ecs_view_why(view, &row.asked, &row.decision, &row.why);
	kt_grow(rows->list, rows->n, rows->cap);
	rows->list[rows->n++] = row;
}

/* Each prefix at each of the lengths that it can be cut to; else as it is. */
static int decide_all(struct rows *rows, const struct cli_args *args,
    const struct ecs_view *view, struct kt_errs *errs)
{
	unsigned sources[CLI_SOURCES_MAX];
	size_t n_sources;
	struct kt_addr resolver;
	int rc = cli_ecs_sources(args, errs, sources, &n_sources);
	if (!rc)
		rc = cli_ecs_resolver(args, errs, &resolver);
	for (size_t i = 1; i < args->n_operands && !rc; i++) {
		struct kt_prefix client;
		size_t before = rows->n;
		rc = kt_prefix_scan(args->operands[i], &client);
		if (rc)
			return kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
			    "\"%s\" is no prefix%s", args->operands[i],
			    rc == KT_E_RANGE ? ": its length is too large, or bits "
					       "behind it are set"
					     : "");
		for (size_t k = 0; k < n_sources; k++)
			if (sources[k] <= client.len)
				decide(rows, view, &client, sources[k], &resolver);
		if (rows->n == before)
			decide(rows, view, &client, client.len, &resolver);
	}
	return rc;
}

static void print_rows(const struct ecs_view *view, const struct rows *rows)
{
	static const char *const map_headings[] = { "client", "asked", "region",
		"scope", "reason", "decided by" };
	static const char *const service_headings[] = { "client", "asked", "class",
		"pools", "target", "scope", "reason", "decided by" };
	struct cli_table t;
	if (view->parts->service)
		cli_table_init(&t, service_headings, KT_COUNT(service_headings));
	else
		cli_table_init(&t, map_headings, KT_COUNT(map_headings));
	for (size_t i = 0; i < rows->n; i++)
		add_row(&t, view, &rows->list[i]);
	cli_table_print(&t);
	cli_table_fini(&t);
}

static int show_prefixes(
    const struct cli_args *args, const struct ecs_view *view, struct kt_errs *errs)
{
	struct rows rows = { 0 };
	json_t *result = NULL;
	int status = CLI_CLEAN;
	if (decide_all(&rows, args, view, errs)) {
		status = CLI_ERROR;
	} else if (args->json) {
		json_t *list = json_array();
		result = json_object();
		for (size_t i = 0; i < rows.n; i++)
			json_array_append_new(list, row_json(view, &rows.list[i]));
		json_object_set_new(result, "name", control_string(view->parts->name));
		json_object_set_new(result, "rows", list);
	} else {
		print_rows(view, &rows);
	}
	free(rows.list);
	return cli_finish(args->json, status, result, errs);
}

static void print_classes(const struct ecs_parts *parts, const size_t *cells)
{
	static const char *const headings[] = { "class", "cells", "pools", "targets" };
	struct cli_table t;
	cli_table_init(&t, headings, parts->service ? 4 : 2);
	for (size_t i = 0; i < parts->n_classes; i++) {
		cli_table_add(&t, parts->classes[i].name, NULL);
		cli_table_addf(&t, "%zu", cells[i]);
		if (!parts->service)
			continue;
		cli_table_add(&t, parts->classes[i].pools, NULL);
		cli_table_add(&t, parts->classes[i].targets, NULL);
	}
	cli_table_print(&t);
	cli_table_fini(&t);
}

/* The classes, then every cell, a line each. */
static void print_all(const struct ecs_parts *parts)
{
	size_t *cells = kt_calloc((size_t)UINT16_MAX + 1, sizeof(*cells));
	for (int print = 0; print < 2; print++) {
		for (unsigned family = 4; family <= 6; family += 2) {
			struct ecs_cells walk = { .parts = parts, .family = family };
			struct kt_prefix cell;
			uint16_t class;
			char text[KT_PREFIX_TEXT];
			while (ecs_cells_next(&walk, &cell, &class)) {
				cells[class]++;
				if (print)
					printf("%-24s %s\n",
					    kt_prefix_print(&cell, text),
					    ecs_parts_class_name(parts, class));
			}
		}
		if (!print) {
			print_classes(parts, cells);
			putchar('\n');
		}
	}
	free(cells);
}

static int show_all(
    const struct cli_args *args, const struct ecs_view *view, struct kt_errs *errs)
{
	json_t *result = NULL;
	int rc = 0;
	if (args->json)
		rc = ecs_parts_json(view->parts, false, SIZE_MAX, &result);
	else
		print_all(view->parts);
	return cli_finish(args->json, rc ? CLI_ERROR : CLI_CLEAN, result, errs);
}

int cli_ecs_table_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct cli_ecs ecs;
	int status;
	kt_errs_init(&errs, 0);
	if (cli_ecs_open(args, args->operands[0], &errs, &ecs)) {
		status = cli_finish(args->json, CLI_ERROR, NULL, &errs);
	} else {
		status = args->n_operands > 1 ? show_prefixes(args, ecs.view, &errs)
					      : show_all(args, ecs.view, &errs);
		cli_ecs_close(&ecs);
	}
	kt_errs_fini(&errs);
	return status;
}
