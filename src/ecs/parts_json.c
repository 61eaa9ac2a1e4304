/* A partition as JSON, for people (cells) and for the control socket (runs). */
#include "ecs/parts.h"

#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Octets of indented JSON around a cell's texts. */
#define CELL_OVERHEAD 96

/* Names are the operator's words: what is no UTF-8 shows as "?". */
static json_t *string(const char *chars)
{
	json_t *text = json_string(chars);
	if (text)
		return text;
	char *copy = kt_strdup(chars);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	text = json_string(copy);
	free(copy);
	return text;
}

static json_t *classes_json(const struct ecs_parts *parts, size_t *size)
{
	json_t *list = json_array();
	for (size_t i = 0; i < parts->n_classes; i++) {
		const struct ecs_class *c = &parts->classes[i];
		json_t *object = json_object();
		json_object_set_new(object, "name", string(c->name));
		json_object_set_new(object, "pools", string(c->pools));
		json_object_set_new(object, "targets", string(c->targets));
		json_array_append_new(list, object);
		*size += strlen(c->name) + strlen(c->pools) + strlen(c->targets) +
			 CELL_OVERHEAD;
	}
	return list;
}

static json_t *shorts_json(const struct ecs_parts *parts)
{
	json_t *list = json_array();
	for (size_t i = 0; i < parts->n_shorts; i++) {
		char text[KT_PREFIX_TEXT];
		json_t *object = json_object();
		json_object_set_new(object, "prefix",
		    json_string(kt_prefix_print(&parts->shorts[i].prefix, text)));
		json_object_set_new(object, "class",
		    string(ecs_parts_class_name(parts, parts->shorts[i].class)));
		json_array_append_new(list, object);
	}
	return list;
}

static int add_cells(
    const struct ecs_parts *parts, json_t *list, size_t *size, size_t max)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		struct ecs_cells cells = { .parts = parts, .family = family };
		struct kt_prefix cell;
		uint16_t class;
		while (ecs_cells_next(&cells, &cell, &class)) {
			char text[KT_PREFIX_TEXT];
			const char *name = ecs_parts_class_name(parts, class);
			json_t *object = json_object();
			json_object_set_new(
			    object, "family", json_integer((json_int_t)family));
			json_object_set_new(object, "prefix",
			    json_string(kt_prefix_print(&cell, text)));
			json_object_set_new(object, "class", string(name));
			json_array_append_new(list, object);
			*size += strlen(text) + strlen(name) + CELL_OVERHEAD;
			if (*size > max)
				return KT_E_LIMIT;
		}
	}
	return 0;
}

static int add_runs(
    const struct ecs_parts *parts, json_t *object, size_t *size, size_t max)
{
	for (unsigned f = 0; f < 2; f++) {
		struct kt_text text = { 0 };
		for (size_t i = 0; i < parts->n_runs[f] && *size + text.len <= max;
		     i++) {
			char addr[KT_ADDR_TEXT];
			struct kt_addr first = ecs_addr_of(
			    f ? 6 : 4, parts->runs[f][i].first);
			kt_text_addf(&text, "%s %u\n", kt_addr_print(&first, addr),
			    parts->runs[f][i].class);
		}
		/* A line's end is two octets in JSON. */
		*size += text.len + parts->n_runs[f];
		json_object_set_new(
		    object, f ? "runs6" : "runs4", json_string(kt_text_of(&text)));
		kt_text_fini(&text);
		if (*size > max)
			return KT_E_LIMIT;
	}
	return 0;
}

int ecs_parts_json(
    const struct ecs_parts *parts, bool compact, size_t max, json_t **out)
{
	json_t *object = json_object(), *cells = json_array();
	size_t size = 0;
	json_object_set_new(object, "name", string(parts->name));
	json_object_set_new(
	    object, "kind", json_string(parts->service ? "service" : "map"));
	json_object_set_new(object, "classes", classes_json(parts, &size));
	json_object_set_new(
	    object, "default", string(ecs_parts_class_name(parts, parts->fallback)));
	json_object_set_new(object, "ecs", json_boolean(!parts->ignores_ecs));
	json_object_set_new(object, "short-source", shorts_json(parts));
	json_object_set_new(
	    object, "hash-bits", json_pack("[ii]", parts->hash[0], parts->hash[1]));
	int rc = compact ? add_runs(parts, object, &size, max)
			 : add_cells(parts, cells, &size, max);
	if (!compact)
		json_object_set(object, "cells", cells);
	json_decref(cells);
	if (rc) {
		json_decref(object);
		return rc;
	}
	*out = object;
	return 0;
}

/* Reading */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static int read_classes(const json_t *list, struct ecs_parts *parts)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);
		uint16_t class;
		const char *name = text_of(object, "name");
		if (!*name || ecs_parts_class(parts, name, &class) || class != i)
			return KT_E_FORMAT;
		struct ecs_class *c = &parts->classes[class];
		free(c->pools);
		free(c->targets);
		c->pools = kt_strdup(text_of(object, "pools"));
		c->targets = kt_strdup(text_of(object, "targets"));
	}
	return 0;
}

static int read_shorts(const json_t *list, struct ecs_parts *parts)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);
		struct kt_prefix prefix;
		uint16_t class;
		if (kt_prefix_scan(text_of(object, "prefix"), &prefix) ||
		    ecs_parts_class(parts, text_of(object, "class"), &class))
			return KT_E_FORMAT;
		ecs_parts_add_short(parts, &prefix, class);
	}
	return 0;
}

static int read_hash(const json_t *list, struct ecs_parts *parts)
{
	for (unsigned f = 0; f < 2 && list; f++) {
		json_int_t bits = json_integer_value(json_array_get(list, f));
		if (bits < 0 || bits > ecs_width(f ? 6 : 4))
			return KT_E_FORMAT;
		parts->hash[f] = (uint8_t)bits;
	}
	return 0;
}

static bool is_class(const struct ecs_parts *parts, uint64_t number)
{
	return number < parts->n_classes || number == ECS_BY_RESOLVER ||
	       number == ECS_EMBEDDED || number == ECS_NOTHING;
}

/* One line "ADDRESS CLASS". */
static int read_run(
    struct ecs_parts *parts, unsigned family, const char *line, size_t len)
{
	char text[KT_ADDR_TEXT + 8];
	struct kt_addr first;
	uint64_t class;
	unsigned f = ecs_family_index(family);
	if (len >= sizeof(text))
		return KT_E_FORMAT;
	memcpy(text, line, len);
	text[len] = 0;
	char *blank = strchr(text, ' ');
	if (!blank)
		return KT_E_FORMAT;
	*blank++ = 0;
	if (kt_addr_scan(text, &first) || first.family != family ||
	    kt_scan_number(blank, strlen(blank), UINT16_MAX, &class) ||
	    !is_class(parts, class))
		return KT_E_FORMAT;
	size_t n = parts->n_runs[f];
	ecs_bits bits = ecs_bits_of(&first);
	if (n >= ECS_RUNS_MAX || (n ? bits <= parts->runs[f][n - 1].first : bits != 0))
		return KT_E_FORMAT;
	ecs_parts_add_run(parts, family, bits, (uint16_t) class);
	return 0;
}

static int read_runs(const char *text, unsigned family, struct ecs_parts *parts)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		int rc = read_run(parts, family, text, len);
		if (rc)
			return rc;
		text += len + (text[len] == '\n');
	}
	return parts->n_runs[ecs_family_index(family)] ? 0 : KT_E_FORMAT;
}

/* Cells become the lines of a CSV file, whose reader knows what a partition is. */
static int read_cells(
    const json_t *list, const char *file, struct kt_errs *errs, struct ecs_parts *parts)
{
	struct kt_text csv = { 0 };
	struct ecs_parts *read;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *cell = json_array_get(list, i);
		const char *prefix = text_of(cell, "prefix"),
			   *class = text_of(cell, "class");
		if (strpbrk(prefix, ",\"#\n") || strpbrk(class, "\"\n"))
			return kt_text_fini(&csv), KT_E_FORMAT;
		kt_text_addf(
		    &csv, "%d,%s,\"%s\"\n", strchr(prefix, ':') ? 6 : 4, prefix, class);
	}
	int rc = ecs_parts_read_csv(kt_text_of(&csv), csv.len, file, errs, &read);
	kt_text_fini(&csv);
	if (rc)
		return rc;
	for (unsigned f = 0; f < 2 && !rc; f++) {
		for (size_t i = 0; i < read->n_runs[f] && !rc; i++) {
			const struct ecs_run *run = &read->runs[f][i];
			uint16_t class;
			rc = ecs_parts_class(
			    parts, ecs_parts_class_name(read, run->class), &class);
			if (!rc)
				ecs_parts_add_run(parts, f ? 6 : 4, run->first, class);
		}
	}
	ecs_parts_free(read);
	return rc;
}

int ecs_parts_of_json(
    const json_t *json, const char *file, struct kt_errs *errs, struct ecs_parts **out)
{
	const json_t *result = json_object_get(json, "result");
	const json_t *object = result ? result : json;
	const json_t *cells = json_object_get(object, "cells");
	struct ecs_parts *parts = ecs_parts_new(
	    text_of(object, "name"), strcmp(text_of(object, "kind"), "service") == 0);
	size_t before = errs->n_errors;
	int rc = read_classes(json_object_get(object, "classes"), parts);
	if (!rc && cells) {
		rc = read_cells(cells, file, errs, parts);
	} else if (!rc) {
		rc = read_runs(text_of(object, "runs4"), 4, parts);
		if (!rc)
			rc = read_runs(text_of(object, "runs6"), 6, parts);
	}
	if (!rc && *text_of(object, "default"))
		rc = ecs_parts_class(
		    parts, text_of(object, "default"), &parts->fallback);
	if (!rc)
		rc = read_shorts(json_object_get(object, "short-source"), parts);
	parts->ignores_ecs = json_is_false(json_object_get(object, "ecs"));
	if (!rc)
		rc = read_hash(json_object_get(object, "hash-bits"), parts);
	if (rc) {
		ecs_parts_free(parts);
		if (errs->n_errors == before)
			kt_errs_add(errs, KT_ERROR, rc, file, 0, 0, NULL,
			    "it is no partition as kotae exports it");
		return rc;
	}
	*out = parts;
	return 0;
}
