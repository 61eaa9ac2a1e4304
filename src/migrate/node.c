#include "migrate/node.h"

#include <string.h>

struct migrate_node *migrate_child(struct migrate_node *node, const char *key)
{
	for (struct migrate_node *c = node ? node->first : NULL; c; c = c->next)
		if (c->key && strcmp(c->key, key) == 0) {
			c->used = true;
			return c;
		}
	return NULL;
}

const char *migrate_child_text(struct migrate_node *node, const char *key)
{
	struct migrate_node *c = migrate_child(node, key);
	return c && c->kind == MIGRATE_SCALAR ? c->text : NULL;
}

struct migrate_node *migrate_node_add(struct migrate_plan *plan,
    struct migrate_node *parent, enum migrate_kind kind, const char *key,
    const char *file, unsigned line)
{
	struct migrate_node *node = kt_arena_alloc(&plan->memory, sizeof(*node));
	*node = (struct migrate_node){
		.kind = kind,
		.key = key ? migrate_format(plan, "%s", key) : NULL,
		.file = file,
		.line = line,
	};
	if (!parent)
		return node;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

void migrate_unused(
    struct migrate_plan *plan, const struct migrate_node *node, const char *path)
{
	for (const struct migrate_node *c = node->first; c; c = c->next) {
		const char *key = c->key ? c->key : "";
		const char *whole = *path ? migrate_format(plan, "%s %s", path, key)
					  : key;
		if (!c->used)
			migrate_lost(plan, c->file, c->line,
			    "%s%s%s has no equal here and is left out", whole,
			    c->text && *c->text ? " " : "", c->text ? c->text : "");
		else if (c->kind != MIGRATE_SCALAR)
			migrate_unused(plan, c, whole);
	}
}
