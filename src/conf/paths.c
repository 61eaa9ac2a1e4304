/* A path or a list of paths, at a `const char *const *` behind which its count stands. */
#include "conf/steering_p.h"

struct paths {
	const char *const *list;
	size_t n;
};

_Static_assert(offsetof(struct conf_zone, n_key_files) ==
		   offsetof(struct conf_zone, key_files) + offsetof(struct paths, n),
    "a count behind its list");

void conf_paths_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct paths *paths = (void *)((uint8_t *)base + item->offset);
	struct conf_item one = { .name = item->name, .type = CONF_PATH };
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	if (!n)
		conf_empty_list(r, item->name, node);
	const char **list = conf_alloc(r, n, sizeof(*list));
	for (size_t i = 0; i < n; i++, e = e->next)
		conf_value_read(r, &one, e, &list[i]);
	*paths = (struct paths){ list, n };
}

void conf_paths_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct paths *paths = (const void *)((const uint8_t *)base +
						   item->offset);
	if (!paths->n)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < paths->n; i++)
		sink->value(sink, item, NULL, paths->list[i]);
	sink->close(sink);
}
