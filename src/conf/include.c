#include "conf/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned depth_of(const struct conf_file *file)
{
	unsigned depth = 0;
	for (; file->parent; file = file->parent)
		depth++;
	return depth;
}

static bool is_open(const struct conf_file *file, const char *path)
{
	for (; file; file = file->parent)
		if (strcmp(file->name, path) == 0)
			return true;
	return false;
}

/* The file that node names, read; NULL: reported. */
static const struct conf_file *open_file(
    struct conf_tree *tree, const struct conf_node *node, const char *path)
{
	if (is_open(node->file, path)) {
		conf_error(tree, node, KT_E_CONFLICT, "%s includes itself",
		    conf_show_text(tree, path));
		return NULL;
	}
	if (depth_of(node->file) + 1 >= CONF_INCLUDE_DEPTH) {
		conf_error(tree, node, KT_E_LIMIT,
		    "files include each other more than %d deep", CONF_INCLUDE_DEPTH);
		return NULL;
	}
	if (tree->n_files >= CONF_FILES_MAX) {
		conf_error(
		    tree, node, KT_E_LIMIT, "more than %d files", CONF_FILES_MAX);
		return NULL;
	}
	struct conf_file *file = conf_tree_add_file(tree, path);
	file->parent = node->file;
	int rc = kt_file_read(path, CONF_FILE_MAX, &file->text);
	if (rc) {
		conf_error(tree, node, rc, "%s cannot be read: %s",
		    conf_show_text(tree, path),
		    rc == KT_E_SYSTEM ? strerror(errno) : "it is larger than 64 MiB");
		return NULL;
	}
	return file;
}

static void include_one(struct conf_tree *tree, const struct conf_node *node,
    enum conf_kind kind, struct conf_node ***tail, size_t *n)
{
	if (node->kind != CONF_SCALAR || node->text[0] == 0) {
		conf_error(tree, node, KT_E_FORMAT,
		    "include: found %s, expected a file or a list of files",
		    conf_show(tree, node));
		return;
	}
	if (tree->alone) {
		conf_error(
		    tree, node, KT_E_REFUSED, "include: no other file is read here");
		return;
	}
	char *path = kt_path_beside(node->file->name, node->text);
	const struct conf_file *file = open_file(tree, node, path);
	free(path);
	/* When one file is broken and includes many, the first broken one is enough. */
	if (!file || tree->broken)
		return;
	struct conf_node *root = conf_tree_parse(tree, file);
	if (!root)
		return;
	if (root->kind != kind) {
		conf_error(tree, node, KT_E_FORMAT,
		    "include: the file holds %s, expected %s", conf_show(tree, root),
		    kind == CONF_MAP ? "a map" : "a list");
		return;
	}
	**tail = root->first;
	while (**tail)
		*tail = &(**tail)->next;
	*n += root->n;
}

void conf_include(struct conf_tree *tree, const struct conf_node *node,
    enum conf_kind kind, struct conf_node ***tail, size_t *n)
{
	if (node->kind != CONF_LIST) {
		include_one(tree, node, kind, tail, n);
		return;
	}
	for (const struct conf_node *item = node->first; item; item = item->next)
		include_one(tree, item, kind, tail, n);
}
