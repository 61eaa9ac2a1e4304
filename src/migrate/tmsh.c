/*
 * The stanzas of tmsh: words, then a value, or a block in braces; one a line.
 *
 *   gtm topology ldns: subnet ::/0 server: subnet 2001:db8::1/128 {
 *       order 13
 *   }
 *
 * A node's key is the whole line before the brace, or the first word of a line without one;
 * its text is the rest of that line.
 */
#include "base/file.h"
#include "migrate/node.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct tmsh {
	struct migrate_plan *plan;
	const char *file, *at, *end;
	unsigned line;
};

#define QUOTED_SPACE '\x1f'

static void skip_space(struct tmsh *t)
{
	for (; t->at < t->end; t->at++) {
		if (*t->at == '#')
			while (t->at + 1 < t->end && t->at[1] != '\n')
				t->at++;
		else if (*t->at == '\n')
			t->line++;
		else if (!isspace((unsigned char)*t->at))
			return;
	}
}

/*
 * Words up to a brace or the end of the line, single spaces between them, quotes taken off;
 * a space that was in quotes is a QUOTED_SPACE.
 */
static void take_line(struct tmsh *t, struct kt_text *out)
{
	bool quoted = false;
	kt_text_clear(out);
	for (; t->at < t->end; t->at++) {
		char c = *t->at;
		if (c == '\\' && t->at + 1 < t->end && quoted) {
			kt_text_char(out, c);
			kt_text_char(out, *++t->at);
			continue;
		}
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (!quoted && (c == '{' || c == '}' || c == '\n' || c == '#'))
			break;
		t->line += c == '\n';
		if (!quoted && isspace((unsigned char)c)) {
			if (out->len && out->at[out->len - 1] != ' ')
				kt_text_char(out, ' ');
			continue;
		}
		kt_text_char(out, c == ' ' ? QUOTED_SPACE : c);
	}
	while (out->len && out->at[out->len - 1] == ' ')
		out->at[--out->len] = 0;
}

static int fail(struct tmsh *t, const char *text)
{
	return kt_errs_add(t->plan->errs, KT_ERROR, KT_E_FORMAT, t->file, t->line, 0,
	    NULL, "%s", text);
}

static const char *with_spaces(struct tmsh *t, const char *text)
{
	struct kt_text out = { 0 };
	for (; *text; text++)
		kt_text_char(&out, *text == QUOTED_SPACE ? ' ' : *text);
	const char *kept = migrate_format(t->plan, "%s", kt_text_of(&out));
	kt_text_fini(&out);
	return kept;
}

/* "order 13": the first word is the key. */
static void add_scalar(
    struct tmsh *t, struct migrate_node *parent, const char *text, unsigned line)
{
	const char *space = strchr(text, ' ');
	size_t len = space ? (size_t)(space - text) : strlen(text);
	const char *key = migrate_format(t->plan, "%.*s", (int)len, text);
	struct migrate_node *node = migrate_node_add(
	    t->plan, parent, MIGRATE_SCALAR, key, t->file, line);
	node->text = space ? with_spaces(t, space + 1) : "";
}

/*
 * "order 1 score 100" in one line, as `one-line` lists it: pairs, when nothing else can be
 * meant by so many words.
 */
static void add_scalars(
    struct tmsh *t, struct migrate_node *parent, const char *text, unsigned line)
{
	unsigned spaces = 0;
	for (const char *c = text; *c; c++)
		spaces += *c == ' ';
	if (spaces < 3 || spaces % 2 == 0 || strncmp(text, "monitor ", 8) == 0) {
		add_scalar(t, parent, text, line);
		return;
	}
	while (*text) {
		size_t key = strcspn(text, " ") + 1;
		size_t len = key + strcspn(text + key, " ");
		add_scalar(
		    t, parent, migrate_format(t->plan, "%.*s", (int)len, text), line);
		text += len + (text[len] == ' ');
	}
}

static int read_block(struct tmsh *t, struct migrate_node *node, unsigned depth)
{
	struct kt_text text = { 0 };
	int rc = 0;
	if (depth > MIGRATE_DEPTH_MAX)
		return fail(t, "nested too deeply");
	while (!rc) {
		skip_space(t);
		if (t->at == t->end) {
			rc = depth ? fail(t, "a block is not closed") : 0;
			break;
		}
		if (*t->at == '}') {
			t->at++;
			rc = depth ? 0 : fail(t, "a closing brace that opens nowhere");
			break;
		}
		unsigned line = t->line;
		take_line(t, &text);
		if (t->at < t->end && *t->at == '{') {
			t->at++;
			rc = read_block(t,
			    migrate_node_add(t->plan, node, MIGRATE_HASH,
				with_spaces(t, kt_text_of(&text)), t->file, line),
			    depth + 1);
		} else if (text.len) {
			add_scalars(t, node, kt_text_of(&text), line);
		}
	}
	kt_text_fini(&text);
	return rc;
}

struct migrate_node *migrate_tmsh_read(struct migrate_plan *plan, const char *path)
{
	struct kt_file file;
	if (kt_file_read(path, MIGRATE_FILE_MAX, &file)) {
		kt_errs_add(plan->errs, KT_ERROR, KT_E_SYSTEM, path, 0, 0, NULL,
		    "cannot read the file: %s", strerror(errno));
		return NULL;
	}
	struct tmsh t = {
		.plan = plan,
		.file = migrate_format(plan, "%s", path),
		.at = file.at,
		.end = file.at + file.len,
		.line = 1,
	};
	struct migrate_node *root = migrate_node_add(
	    plan, NULL, MIGRATE_HASH, NULL, t.file, 1);
	int rc = read_block(&t, root, 0);
	kt_file_free(&file);
	return rc ? NULL : root;
}
