#include "conf/print.h"

#include "base/assert.h"
#include "conf/item.h"

#include <string.h>

struct yaml_sink {
	struct conf_sink sink;
	struct kt_text *out;
	const char *directory;
	unsigned depth;                       /* containers that are open */
	enum conf_kind kinds[CONF_DEPTH_MAX]; /* of them */
	size_t n[CONF_DEPTH_MAX];             /* entries written so far */
};

static bool is_plain(const char *text)
{
	static const char safe[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-";
	return text[0] && text[0] != '-' && text[strspn(text, safe)] == 0;
}

/* Plain where no YAML reader could misunderstand it, else in double quotes. */
static void add_quoted(struct kt_text *out, const char *text)
{
	if (is_plain(text)) {
		kt_text_add(out, text);
		return;
	}
	kt_text_char(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f)
			kt_text_addf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			kt_text_addf(out, "\\%c", c);
		else
			kt_text_char(out, (char)c);
	}
	kt_text_char(out, '"');
}

/* The beginning of an entry's line; a map in a list begins behind its dash. */
static void begin_entry(struct yaml_sink *y, const char *key)
{
	unsigned top = y->depth - 1;
	bool after_dash = top > 0 && y->kinds[top - 1] == CONF_LIST && y->n[top] == 0;
	if (!after_dash)
		for (unsigned i = 1; i < y->depth; i++)
			kt_text_add(y->out, "  ");
	y->n[top]++;
	if (y->kinds[top] == CONF_LIST) {
		kt_text_add(y->out, "- ");
		return;
	}
	add_quoted(y->out, key);
	kt_text_char(y->out, ':');
}

static void yaml_open(struct conf_sink *sink, const char *key, enum conf_kind kind)
{
	struct yaml_sink *y = (struct yaml_sink *)sink;
	begin_entry(y, key);
	if (y->kinds[y->depth - 1] == CONF_MAP)
		kt_text_char(y->out, '\n');
	kt_require(y->depth < CONF_DEPTH_MAX);
	y->kinds[y->depth] = kind;
	y->n[y->depth] = 0;
	y->depth++;
}

static void yaml_close(struct conf_sink *sink)
{
	struct yaml_sink *y = (struct yaml_sink *)sink;
	y->depth--;
	/* An empty map of a list stands behind its dash. */
	if (y->n[y->depth] == 0 && y->kinds[y->depth - 1] == CONF_LIST)
		kt_text_add(y->out, "{}\n");
}

static bool is_path(const struct conf_item *item)
{
	return item->type == CONF_PATH || item->read == conf_secret_file_read ||
	       item->read == conf_cookie_read || item->read == conf_paths_read;
}

static void yaml_value(struct conf_sink *sink, const struct conf_item *item,
    const char *key, const char *text)
{
	struct yaml_sink *y = (struct yaml_sink *)sink;
	struct kt_text path = { 0 };
	begin_entry(y, key);
	if (y->kinds[y->depth - 1] == CONF_MAP)
		kt_text_char(y->out, ' ');
	if (is_path(item) && text[0] != '/') {
		kt_text_addf(&path, "%s/%s", y->directory, text);
		text = kt_text_of(&path);
	}
	add_quoted(y->out, text);
	kt_text_char(y->out, '\n');
	kt_text_fini(&path);
}

void conf_config_print(
    const struct conf_config *config, const char *directory, struct kt_text *out)
{
	struct yaml_sink y = {
		.sink = { .open = yaml_open, .value = yaml_value, .close = yaml_close },
		.out = out,
		.directory = directory,
		.depth = 1,
		.kinds = { CONF_MAP },
	};
	conf_items_print(&y.sink, conf_items, config);
}
