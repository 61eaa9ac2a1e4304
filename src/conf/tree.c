#include "conf/tree.h"

#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct builder {
	struct conf_tree *tree;
	const struct conf_file *file;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	bool failed;        /* the parser gave up: there are no more events */
};

void conf_tree_init(struct conf_tree *tree, struct kt_errs *errs)
{
	*tree = (struct conf_tree){ .errs = errs };
	kt_arena_init(&tree->memory, 0);
}

void conf_tree_fini(struct conf_tree *tree)
{
	for (size_t i = 0; i < tree->n_files; i++) {
		if (!tree->files[i]->borrowed)
			kt_file_free(&tree->files[i]->text);
	}
	free(tree->files);
	kt_arena_fini(&tree->memory);
	*tree = (struct conf_tree){ 0 };
}

struct conf_file *conf_tree_add_file(struct conf_tree *tree, const char *name)
{
	struct conf_file *file = kt_arena_alloc(&tree->memory, sizeof(*file));
	*file = (struct conf_file){
		.name = kt_arena_strndup(&tree->memory, name, strlen(name)),
	};
	kt_grow(tree->files, tree->n_files, tree->cap_files);
	tree->files[tree->n_files++] = file;
	return file;
}

static int report_at(
    struct builder *b, const yaml_mark_t *mark, int code, const char *text)
{
	return conf_report(b->tree, KT_ERROR, code, b->file, (unsigned)mark->line + 1,
	    (unsigned)mark->column + 1, "%s", text);
}

static void report_parser(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "it cannot be read";
	if (p->error == YAML_READER_ERROR)
		conf_report(b->tree, KT_ERROR, KT_E_FORMAT, b->file, 0, 0,
		    "this is no YAML: %s at octet %zu", problem, p->problem_offset);
	else if (p->context)
		conf_report(b->tree, KT_ERROR, KT_E_FORMAT, b->file,
		    (unsigned)p->problem_mark.line + 1,
		    (unsigned)p->problem_mark.column + 1,
		    "this is no YAML: %s, %s that began in line %zu", problem,
		    p->context, p->context_mark.line + 1);
	else
		conf_report(b->tree, KT_ERROR, KT_E_FORMAT, b->file,
		    (unsigned)p->problem_mark.line + 1,
		    (unsigned)p->problem_mark.column + 1, "this is no YAML: %s",
		    problem);
}

/* Moves to the next event; after a failure every event is the end of the stream. */
static yaml_event_type_t advance(struct builder *b)
{
	yaml_event_delete(&b->event);
	if (!b->failed && !yaml_parser_parse(&b->parser, &b->event)) {
		report_parser(b);
		b->failed = true;
	}
	if (b->failed)
		b->event.type = YAML_STREAM_END_EVENT;
	return b->event.type;
}

static void give_up(struct builder *b, int code, const char *text)
{
	report_at(b, &b->event.start_mark, code, text);
	b->failed = true;
}

static struct conf_node *add_node(struct builder *b, enum conf_kind kind)
{
	if (++b->tree->n_values > CONF_VALUES_MAX) {
		if (!b->failed)
			give_up(
			    b, KT_E_LIMIT, "too many values: no more than 4,194,304");
	}
	struct conf_node *node = kt_arena_alloc(&b->tree->memory, sizeof(*node));
	*node = (struct conf_node){
		.kind = kind,
		.line = (unsigned)b->event.start_mark.line + 1,
		.column = (unsigned)b->event.start_mark.column + 1,
		.file = b->file,
	};
	return node;
}

static void refuse_extras(
    struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		report_at(b, &b->event.start_mark, KT_E_UNSUPPORTED,
		    "anchors (&name) are not supported: write the value where it is "
		    "needed");
	if (tag)
		report_at(b, &b->event.start_mark, KT_E_UNSUPPORTED,
		    "tags (!name) are not supported");
}

static struct conf_node *take_scalar(struct builder *b)
{
	struct conf_node *node = add_node(b, CONF_SCALAR);
	const char *value = (const char *)b->event.data.scalar.value;
	size_t len = b->event.data.scalar.length;
	refuse_extras(b, b->event.data.scalar.anchor, b->event.data.scalar.tag);
	if (memchr(value, 0, len))
		report_at(
		    b, &b->event.start_mark, KT_E_FORMAT, "a NUL character in a value");
	node->quoted = b->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = kt_arena_strndup(&b->tree->memory, value, strnlen(value, len));
	return node;
}

static struct conf_node *take_node(struct builder *b, unsigned depth, bool in_list);

/* "- include: other.yaml": a map with this one entry. */
static bool is_include(const struct conf_node *node)
{
	return node->kind == CONF_MAP && node->n == 1 &&
	       strcmp(node->first->key, "include") == 0;
}

static struct conf_node *take_list(struct builder *b, unsigned depth)
{
	struct conf_node *list = add_node(b, CONF_LIST), **tail = &list->first;
	refuse_extras(
	    b, b->event.data.sequence_start.anchor, b->event.data.sequence_start.tag);
	while (advance(b) != YAML_SEQUENCE_END_EVENT && !b->failed) {
		struct conf_node *item = take_node(b, depth + 1, true);
		if (is_include(item)) {
			conf_include(b->tree, item->first, CONF_LIST, &tail, &list->n);
			continue;
		}
		*tail = item;
		tail = &item->next;
		list->n++;
	}
	return list;
}

static void report_twice(struct conf_tree *tree, const struct conf_node *first,
    const struct conf_node *again)
{
	conf_error_key(tree, again, KT_E_EXISTS, "%s is here twice",
	    conf_show_text(tree, again->key));
	conf_report(tree, KT_NOTE, KT_E_EXISTS, first->file, first->key_line,
	    first->key_column, "the first is here");
}

/* The entry before `end` that has its key, or NULL. */
static const struct conf_node *find_before(
    const struct conf_node *map, const struct conf_node *end)
{
	for (const struct conf_node *e = map->first; e != end; e = e->next)
		if (strcmp(e->key, end->key) == 0)
			return e;
	return NULL;
}

/* The same by a hash table, to which the entry is added. */
static const struct conf_node *find_or_add(
    const struct conf_node **slots, size_t n_slots, const struct conf_node *entry)
{
	size_t at = kt_hash_octets(0, entry->key, strlen(entry->key)) & (n_slots - 1);
	while (slots[at] && strcmp(slots[at]->key, entry->key) != 0)
		at = (at + 1) & (n_slots - 1);
	if (slots[at])
		return slots[at];
	slots[at] = entry;
	return NULL;
}

enum {
	FEW = 8
};

/* Reports keys that are there already and drops their entries: who walks a map meets a key once. */
static void drop_twice(struct conf_tree *tree, struct conf_node *map)
{
	size_t n_slots = 16;
	while (n_slots < map->n * 2)
		n_slots *= 2;
	bool few = map->n <= FEW;
	const struct conf_node **slots = few ? NULL
					     : kt_calloc(n_slots, sizeof(*slots));
	for (struct conf_node **at = &map->first; *at;) {
		const struct conf_node *first = few ? find_before(map, *at)
						    : find_or_add(slots, n_slots, *at);
		if (!first) {
			at = &(*at)->next;
			continue;
		}
		report_twice(tree, first, *at);
		*at = (*at)->next;
		map->n--;
	}
	free(slots);
}

/* A key that is no scalar is reported; what it would have named is read and dropped. */
static bool take_key(struct builder *b, struct conf_node *key, unsigned depth)
{
	bool plain = b->event.type == YAML_SCALAR_EVENT;
	if (!plain)
		report_at(b, &b->event.start_mark, KT_E_FORMAT,
		    "a key must be a single word or text");
	*key = *take_node(b, depth + 1, false);
	return plain;
}

/* Puts the entries of included files in the place of each "include". */
static void expand_includes(struct conf_tree *tree, struct conf_node *map)
{
	struct conf_node **tail = &map->first;
	for (struct conf_node *entry = map->first, *next; entry; entry = next) {
		next = entry->next;
		if (strcmp(entry->key, "include") != 0) {
			*tail = entry;
			tail = &entry->next;
			continue;
		}
		map->n--;
		conf_include(tree, entry, CONF_MAP, &tail, &map->n);
	}
	*tail = NULL;
}

static void finish_map(struct conf_tree *tree, struct conf_node *map)
{
	if (conf_node_find(map, "include"))
		expand_includes(tree, map);
	drop_twice(tree, map);
}

static struct conf_node *take_map(struct builder *b, unsigned depth, bool in_list)
{
	struct conf_node *map = add_node(b, CONF_MAP), **tail = &map->first;
	refuse_extras(
	    b, b->event.data.mapping_start.anchor, b->event.data.mapping_start.tag);
	while (advance(b) != YAML_MAPPING_END_EVENT && !b->failed) {
		struct conf_node key;
		bool plain = take_key(b, &key, depth);
		advance(b);
		if (b->failed)
			break;
		struct conf_node *entry = take_node(b, depth + 1, false);
		if (!plain)
			continue;
		entry->key = key.text;
		entry->key_line = key.line;
		entry->key_column = key.column;
		*tail = entry;
		tail = &entry->next;
		map->n++;
	}
	if (!in_list || !is_include(map))
		finish_map(b->tree, map);
	return map;
}

static struct conf_node *take_node(struct builder *b, unsigned depth, bool in_list)
{
	if (depth > CONF_DEPTH_MAX && !b->failed)
		give_up(b, KT_E_LIMIT,
		    "too many maps and lists inside each other: no more than 32");
	switch (b->failed ? YAML_NO_EVENT : b->event.type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(b);
	case YAML_SEQUENCE_START_EVENT:
		return take_list(b, depth);
	case YAML_MAPPING_START_EVENT:
		return take_map(b, depth, in_list);
	case YAML_ALIAS_EVENT:
		report_at(b, &b->event.start_mark, KT_E_UNSUPPORTED,
		    "aliases (*name) are not supported: write the value where it is "
		    "needed");
		/* fallthrough */
	default: {
		struct conf_node *node = add_node(b, CONF_SCALAR);
		node->text = "";
		return node;
	}
	}
}

/* Everything behind the first document but the end of the stream is refused. */
static void expect_end(struct builder *b)
{
	if (b->failed || advance(b) == YAML_STREAM_END_EVENT)
		return;
	report_at(b, &b->event.start_mark, KT_E_UNSUPPORTED,
	    "a second document (---) in one file");
}

static struct conf_node *take_document(struct builder *b)
{
	if (advance(b) != YAML_STREAM_START_EVENT ||
	    advance(b) != YAML_DOCUMENT_START_EVENT)
		return NULL;
	advance(b);
	if (b->failed)
		return NULL;
	struct conf_node *root = take_node(b, 0, false);
	if (!b->failed)
		advance(b);
	expect_end(b);
	return conf_node_is_empty(root) ? NULL : root;
}

struct conf_node *conf_tree_parse(struct conf_tree *tree, const struct conf_file *file)
{
	struct builder b = { .tree = tree, .file = file };
	if (!yaml_parser_initialize(&b.parser)) {
		conf_report(
		    tree, KT_ERROR, KT_E_LIMIT, file, 0, 0, "no memory to read it");
		return NULL;
	}
	yaml_parser_set_input_string(
	    &b.parser, (const unsigned char *)file->text.at, file->text.len);
	struct conf_node *root = take_document(&b);
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	if (b.failed)
		tree->broken = true;
	return root;
}

/* The code of the first error that was added since there were n, or 0. */
static int first_code(const struct kt_errs *errs, size_t n, size_t n_errors)
{
	for (size_t i = n; i < errs->n; i++)
		if (errs->list[i].grade == KT_ERROR)
			return errs->list[i].code;
	return errs->n_errors > n_errors ? KT_E_FORMAT : 0;
}

static int read_root(struct conf_tree *tree, const struct conf_file *file)
{
	size_t n = tree->errs->n, n_errors = tree->errs->n_errors;
	tree->root = conf_tree_parse(tree, file);
	return first_code(tree->errs, n, n_errors);
}

int conf_tree_read(struct conf_tree *tree, const char *path)
{
	struct conf_file *file = conf_tree_add_file(tree, path);
	int rc = kt_file_read(path, CONF_FILE_MAX, &file->text);
	if (!rc)
		return read_root(tree, file);
	tree->broken = true;
	return conf_report(tree, KT_ERROR, rc, file, 0, 0, "cannot be read: %s",
	    rc == KT_E_SYSTEM ? strerror(errno) : "it is larger than 64 MiB");
}

int conf_tree_read_text(
    struct conf_tree *tree, const char *text, size_t len, const char *name)
{
	struct conf_file *file = conf_tree_add_file(tree, name);
	/* Only read: the tree neither changes nor frees a borrowed text. */
	file->text = (struct kt_file){ .at = (char *)text, .len = len };
	file->borrowed = true;
	tree->alone = true;
	return read_root(tree, file);
}

const struct conf_node *conf_node_find(const struct conf_node *map, const char *key)
{
	for (const struct conf_node *e = map->first; e; e = e->next)
		if (e->key && strcmp(e->key, key) == 0)
			return e;
	return NULL;
}

bool conf_node_is_empty(const struct conf_node *node)
{
	return node->kind == CONF_SCALAR && !node->quoted && node->text[0] == 0;
}
