#include "conf/item.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *conf_alloc(struct conf_reader *r, size_t n, size_t size)
{
	/* n counts nodes of the tree, which are bounded. */
	void *at = kt_arena_alloc(&r->config->memory, n * size);
	memset(at, 0, n * size);
	return at;
}

char *conf_strdup(struct conf_reader *r, const char *text)
{
	return kt_arena_strndup(&r->config->memory, text, strlen(text));
}

struct conf_place conf_place_of(struct conf_reader *r, const struct conf_node *node)
{
	if (r->last_file != node->file) {
		r->last_name = conf_strdup(r, node->file->name);
		r->last_file = node->file;
	}
	return (struct conf_place){
		.file = r->last_name,
		.line = node->key ? node->key_line : node->line,
		.column = node->key ? node->key_column : node->column,
	};
}

/* The file of the tree, so that its line can be shown. */
static const struct conf_file *file_of(
    struct conf_reader *r, const struct conf_place *place)
{
	size_t i = 0;
	while (i + 1 < r->tree->n_files &&
	       strcmp(r->tree->files[i]->name, place->file) != 0)
		i++;
	return r->tree->files[i];
}

void conf_error_place(struct conf_reader *r, const struct conf_place *place, int code,
    const char *format, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, format);
	kt_require(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	conf_report(r->tree, KT_ERROR, code, file_of(r, place), place->line,
	    place->column, "%s", text);
	free(text);
}

void conf_note_first(struct conf_reader *r, const struct conf_place *place)
{
	conf_report(r->tree, KT_NOTE, KT_E_EXISTS, file_of(r, place), place->line,
	    place->column, "the first is here");
}

bool conf_expect(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, enum conf_kind kind)
{
	if (node->kind == kind || conf_node_is_empty(node))
		return true;
	conf_error(r->tree, node, KT_E_FORMAT, "%s: found %s, expected %s", item->name,
	    conf_show(r->tree, node), kind == CONF_MAP ? "a map" : "a list");
	return false;
}

static const struct conf_item *find_item(
    const struct conf_item *items, const char *name)
{
	for (const struct conf_item *i = items; i->name; i++)
		if (strcmp(i->name, name) == 0)
			return i;
	return NULL;
}

static void report_unknown(
    struct conf_reader *r, const struct conf_item *items, const struct conf_node *node)
{
	const char *names[64];
	size_t n = 0;
	for (const struct conf_item *i = items; i->name && n < KT_COUNT(names); i++)
		names[n++] = i->name;
	const char *near = kt_text_nearest(node->key, names, n);
	const char *shown = conf_show_text(r->tree, node->key);
	if (near)
		conf_error_key(r->tree, node, KT_E_NOT_FOUND,
		    "unknown option %s; did you mean \"%s\"?", shown, near);
	else
		conf_error_key(
		    r->tree, node, KT_E_NOT_FOUND, "unknown option %s", shown);
}

static void read_item(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	switch (item->type) {
	case CONF_SECTION:
		if (conf_expect(r, item, node, CONF_MAP))
			conf_items_read(r, item->items, item->name, node, base);
		break;
	case CONF_SPECIAL:
		item->read(r, item, node, base);
		break;
	case CONF_PLANNED:
		conf_error_key(r->tree, node, KT_E_UNSUPPORTED,
		    "%s is not supported yet by this version", item->name);
		break;
	default:
		conf_value_read(r, item, node, base);
	}
}

void conf_items_default(
    struct conf_reader *r, const struct conf_item *items, void *base)
{
	for (const struct conf_item *i = items; i->name; i++) {
		if (i->type == CONF_SECTION) {
			conf_items_default(r, i->items, base);
		} else if (i->fallback) {
			struct conf_node node = {
				.kind = CONF_SCALAR, .quoted = true, .text = i->fallback
			};
			conf_value_read(r, i, &node, base);
		}
	}
}

static void require_items(struct conf_reader *r, const struct conf_item *items,
    const char *what, const struct conf_node *map)
{
	for (const struct conf_item *i = items; i->name; i++)
		if (i->required && !conf_node_find(map, i->name))
			conf_error_key(r->tree, map, KT_E_NOT_FOUND, "%s needs \"%s\"",
			    what, i->name);
}

bool conf_items_read(struct conf_reader *r, const struct conf_item *items,
    const char *what, const struct conf_node *node, void *base)
{
	bool empty = conf_node_is_empty(node);
	if (node->kind != CONF_MAP && !empty) {
		conf_error(r->tree, node, KT_E_FORMAT, "%s: found %s, expected a map",
		    what, conf_show(r->tree, node));
		return false;
	}
	for (const struct conf_node *e = node->first; e; e = e->next) {
		const struct conf_item *item = find_item(items, e->key);
		if (item)
			read_item(r, item, e, base);
		else
			report_unknown(r, items, e);
	}
	require_items(r, items, what, node);
	return true;
}

static void print_item(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	if (item->type == CONF_SECTION) {
		sink->open(sink, item->name, CONF_MAP);
		conf_items_print(sink, item->items, base);
		sink->close(sink);
		return;
	}
	if (item->type == CONF_SPECIAL) {
		item->print(sink, item, base);
		return;
	}
	struct kt_text text = { 0 };
	if (conf_value_print(item, base, &text))
		sink->value(sink, item, item->name, kt_text_of(&text));
	kt_text_fini(&text);
}

void conf_items_print(
    struct conf_sink *sink, const struct conf_item *items, const void *base)
{
	for (const struct conf_item *i = items; i->name; i++)
		print_item(sink, i, base);
}
