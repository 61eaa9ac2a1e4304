#include "base/assert.h"
#include "base/mem.h"
#include "conf/item.h"
#include "conf/print.h"

#include <stdlib.h>
#include <string.h>

/* A configuration as a list of options with their texts. */
struct line {
	size_t option, text; /* where they begin in `chars` */
	bool restart, secret;
	bool spawner; /* a monitor that takes what only the start has: probe/probe.h */
};

struct flat_sink {
	struct conf_sink sink;
	struct kt_text path;
	size_t ends[CONF_DEPTH_MAX]; /* length of the path outside of each container */
	size_t n[CONF_DEPTH_MAX];    /* items of a list so far */
	unsigned depth;
	bool restart[CONF_DEPTH_MAX];
	struct kt_text chars;
	struct line *lines;
	size_t n_lines, cap_lines;
	bool steers;
};

static void add_step(struct flat_sink *f, const char *key)
{
	if (key)
		kt_text_addf(&f->path, "%s%s", f->path.len ? "." : "", key);
	else
		kt_text_addf(&f->path, "[%zu]", ++f->n[f->depth]);
}

static void cut(struct flat_sink *f, size_t len)
{
	f->path.len = len;
	if (f->path.at)
		f->path.at[len] = 0;
}

static bool needs_restart(const char *key)
{
	for (const struct conf_item *i = conf_items; i->name; i++)
		if (strcmp(i->name, key) == 0)
			return i->restart;
	return false;
}

static void flat_open(struct conf_sink *sink, const char *key, enum conf_kind kind)
{
	struct flat_sink *f = (struct flat_sink *)sink;
	(void)kind;
	size_t before = f->path.len;
	bool restart = f->depth ? f->restart[f->depth] : needs_restart(key);
	add_step(f, key);
	kt_require(f->depth + 1 < CONF_DEPTH_MAX);
	f->depth++;
	f->ends[f->depth] = before;
	f->n[f->depth] = 0;
	f->restart[f->depth] = restart;
}

static void flat_close(struct conf_sink *sink)
{
	struct flat_sink *f = (struct flat_sink *)sink;
	cut(f, f->ends[f->depth]);
	f->depth--;
}

static size_t keep(struct flat_sink *f, const char *text)
{
	size_t at = f->chars.len;
	kt_text_add_n(&f->chars, text, strlen(text) + 1);
	return at;
}

static void flat_value(struct conf_sink *sink, const struct conf_item *item,
    const char *key, const char *text)
{
	struct flat_sink *f = (struct flat_sink *)sink;
	size_t before = f->path.len;
	add_step(f, key);
	kt_grow(f->lines, f->n_lines, f->cap_lines);
	size_t option = keep(f, kt_text_of(&f->path));
	f->lines[f->n_lines++] = (struct line){
		.option = option,
		.text = keep(f, text),
		.restart = item->restart || f->restart[f->depth],
		.secret = item->read == conf_secret_read,
		.spawner = item->words == conf_monitor_types &&
			   (strcmp(text, "command") == 0 || strcmp(text, "icmp") == 0),
	};
	cut(f, before);
}

static void flatten(const struct conf_config *config, struct flat_sink *f)
{
	*f = (struct flat_sink){
		.sink = { .open = flat_open,
		    .value = flat_value,
		    .close = flat_close,
		    .secrets = true },
		.steers = conf_steers(&config->steering),
	};
	conf_items_print(&f->sink, conf_items, config);
}

static void flat_fini(struct flat_sink *f)
{
	/* Secrets are among the texts. */
	if (f->chars.at)
		explicit_bzero(f->chars.at, f->chars.size);
	kt_text_fini(&f->chars);
	kt_text_fini(&f->path);
	free(f->lines);
}

static int by_option(const void *a, const void *b, void *chars)
{
	const struct line *la = a, *lb = b;
	const char *at = chars;
	return strcmp(at + la->option, at + lb->option);
}

static void sort_lines(struct flat_sink *f)
{
	if (f->n_lines)
		qsort_r(
		    f->lines, f->n_lines, sizeof(*f->lines), by_option, f->chars.at);
}

static const char *shown(const struct flat_sink *f, const struct line *l)
{
	return !l ? NULL : l->secret ? "(secret)" : f->chars.at + l->text;
}

static bool differ(const struct flat_sink *a, const struct line *la,
    const struct flat_sink *b, const struct line *lb)
{
	return !la || !lb ||
	       strcmp(a->chars.at + la->text, b->chars.at + lb->text) != 0;
}

/* Walks the two sorted lists side by side. */
static size_t compare(const struct flat_sink *a, const struct flat_sink *b,
    conf_change_take *take, void *ctx)
{
	size_t n = 0;
	for (size_t i = 0, j = 0; i < a->n_lines || j < b->n_lines;) {
		const struct line *la = i < a->n_lines ? &a->lines[i] : NULL;
		const struct line *lb = j < b->n_lines ? &b->lines[j] : NULL;
		int order = !la   ? 1
			    : !lb ? -1
				  : strcmp(a->chars.at + la->option,
					b->chars.at + lb->option);
		la = order <= 0 ? la : NULL;
		lb = order >= 0 ? lb : NULL;
		i += la != NULL;
		j += lb != NULL;
		if (!differ(a, la, b, lb))
			continue;
		struct conf_change change = {
			.option = la ? a->chars.at + la->option
				     : b->chars.at + lb->option,
			.running = shown(a, la),
			.file = shown(b, lb),
			.restart = (la && la->restart) || (lb && lb->restart) ||
				   (lb && lb->spawner && !a->steers),
		};
		take(ctx, &change);
		n++;
	}
	return n;
}

size_t conf_config_diff(const struct conf_config *running,
    const struct conf_config *file, conf_change_take *take, void *ctx)
{
	struct flat_sink a, b;
	flatten(running, &a);
	flatten(file, &b);
	sort_lines(&a);
	sort_lines(&b);
	size_t n = compare(&a, &b, take, ctx);
	flat_fini(&a);
	flat_fini(&b);
	return n;
}
