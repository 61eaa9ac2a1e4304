#include "base/mem.h"
#include "base/text.h"
#include "conf/tree.h"

#include <stdlib.h>
#include <string.h>

enum {
	SOURCE_MAX = 240,
	SHOWN_MAX = 60
};

/* Control characters would reach a terminal. */
static void replace_controls(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			*text = '?';
}

/* The line of a file in new memory, or NULL when it is too long to be of help. */
static char *source_line(const struct conf_file *file, unsigned line)
{
	const char *at = file->text.at, *end = at + file->text.len;
	if (!at || line == 0)
		return NULL;
	for (unsigned i = 1; i < line && at < end; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		at = newline ? newline + 1 : end;
	}
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	size_t len = (size_t)((newline ? newline : end) - at);
	if (len && at[len - 1] == '\r')
		len--;
	if (len > SOURCE_MAX || len == 0)
		return NULL;
	char *copy = kt_strndup(at, len);
	replace_controls(copy);
	return copy;
}

KT_PRINTF(8, 0)
static int report(struct conf_tree *tree, enum kt_grade grade, int code,
    const struct conf_file *file, unsigned line, unsigned column, bool secret,
    const char *format, va_list ap)
{
	/* Entries past the limit are only counted: no line is looked for. */
	char *source = secret || kt_errs_full(tree->errs) ? NULL
							  : source_line(file, line);
	char *text = NULL;
	kt_require(vasprintf(&text, format, ap) >= 0);
	kt_errs_add(
	    tree->errs, grade, code, file->name, line, column, source, "%s", text);
	free(text);
	free(source);
	return code;
}

int conf_report(struct conf_tree *tree, enum kt_grade grade, int code,
    const struct conf_file *file, unsigned line, unsigned column, const char *format,
    ...)
{
	va_list ap;
	va_start(ap, format);
	report(tree, grade, code, file, line, column, false, format, ap);
	va_end(ap);
	return code;
}

int conf_error(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(tree, KT_ERROR, code, node->file, node->line, node->column, false,
	    format, ap);
	va_end(ap);
	return code;
}

int conf_error_key(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(tree, KT_ERROR, code, node->file,
	    node->key ? node->key_line : node->line,
	    node->key ? node->key_column : node->column, false, format, ap);
	va_end(ap);
	return code;
}

int conf_error_secret(struct conf_tree *tree, const struct conf_node *node, int code,
    const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(tree, KT_ERROR, code, node->file, node->line, node->column, true, format,
	    ap);
	va_end(ap);
	return code;
}

const char *conf_show_text(struct conf_tree *tree, const char *text)
{
	size_t len = strlen(text);
	bool cut = len > SHOWN_MAX;
	char *shown = kt_format(
	    "\"%.*s%s\"", cut ? SHOWN_MAX : (int)len, text, cut ? "..." : "");
	replace_controls(shown);
	const char *kept = kt_arena_strndup(&tree->memory, shown, strlen(shown));
	free(shown);
	return kept;
}

const char *conf_show(struct conf_tree *tree, const struct conf_node *node)
{
	if (conf_node_is_empty(node))
		return "nothing";
	if (node->kind == CONF_MAP)
		return "a map";
	return node->kind == CONF_LIST ? "a list" : conf_show_text(tree, node->text);
}
