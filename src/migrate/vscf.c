/* gdnsd's configuration language: hashes, arrays, strings, includes. */
#include "base/file.h"
#include "base/mem.h"
#include "migrate/node.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct vscf {
	struct migrate_plan *plan;
	const char *file, *at, *end;
	unsigned line, depth;
	unsigned *n_files;
	int rc;
};

static int fail(struct vscf *v, const char *text)
{
	if (!v->rc)
		v->rc = kt_errs_add(v->plan->errs, KT_ERROR, KT_E_FORMAT, v->file,
		    v->line, 0, NULL, "%s", text);
	return v->rc;
}

static void skip_space(struct vscf *v)
{
	for (; v->at < v->end; v->at++) {
		if (*v->at == '#' || *v->at == ';')
			while (v->at + 1 < v->end && v->at[1] != '\n')
				v->at++;
		else if (*v->at == '\n')
			v->line++;
		else if (!isspace((unsigned char)*v->at))
			return;
	}
}

static bool starts(const struct vscf *v, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(v->end - v->at) >= len && memcmp(v->at, text, len) == 0;
}

/* "\" and any character, or three decimal digits.  At the backslash. */
static int take_escape(struct vscf *v, struct kt_text *out)
{
	const char *p = v->at + 1;
	if (p >= v->end)
		return fail(v, "the file ends behind a backslash");
	if (!isdigit((unsigned char)*p)) {
		kt_text_char(out, *p);
		v->line += *p == '\n';
		v->at = p + 1;
		return 0;
	}
	unsigned n = 0;
	for (int i = 0; i < 3; i++, p++) {
		if (p >= v->end || !isdigit((unsigned char)*p))
			return fail(v, "a backslash wants three digits, or one other "
				       "character");
		n = n * 10 + (unsigned)(*p - '0');
	}
	if (n == 0 || n > 255)
		return fail(v, "a backslash's number goes from 001 to 255");
	kt_text_char(out, (char)n);
	v->at = p;
	return 0;
}

static int take_string(struct vscf *v, struct kt_text *out)
{
	bool quoted = v->at < v->end && *v->at == '"';
	v->at += quoted;
	kt_text_clear(out);
	while (v->at < v->end) {
		char c = *v->at;
		if (quoted ? c == '"'
			   : isspace((unsigned char)c) || strchr("][}{;#,\"=", c))
			break;
		if (c == '\\') {
			if (take_escape(v, out))
				return v->rc;
			continue;
		}
		v->line += c == '\n';
		kt_text_char(out, c);
		v->at++;
	}
	if (quoted && v->at == v->end)
		return fail(v, "a quoted string is not closed");
	if (!quoted && !out->len)
		return fail(v, "expected a string");
	v->at += quoted;
	return 0;
}

static int read_hash(struct vscf *v, struct migrate_node *hash, bool top);
static int read_file(
    struct vscf *parent, const char *path, struct migrate_node *into, const char *key);

static int read_array(struct vscf *v, struct migrate_node *array);

static int read_value(struct vscf *v, struct migrate_node *parent, const char *key);

/* $include{ path }, behind the word; the path is seen from the including file. */
static int include_path(struct vscf *v, char **out)
{
	struct kt_text text = { 0 };
	v->at += strlen("$include{");
	skip_space(v);
	int rc = take_string(v, &text);
	if (!rc) {
		skip_space(v);
		if (v->at == v->end || *v->at != '}')
			rc = fail(v, "$include{ is not closed");
		else
			v->at++;
	}
	if (!rc)
		*out = kt_path_beside(v->file, kt_text_of(&text));
	kt_text_fini(&text);
	return rc;
}

/* A whole value, or keys that are merged into a hash. */
static int read_include(struct vscf *v, struct migrate_node *into, const char *key)
{
	char *path, *pattern;
	struct stat st;
	glob_t found;
	int rc = include_path(v, &path);
	if (rc)
		return rc;
	bool directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	pattern = directory ? kt_format("%s/*", path) : kt_strdup(path);
	if (glob(pattern, 0, NULL, &found)) {
		if (!directory)
			rc = kt_errs_add(v->plan->errs, KT_ERROR, KT_E_NOT_FOUND,
			    v->file, v->line, 0, NULL, "cannot include %s", path);
	} else {
		for (size_t i = 0; i < found.gl_pathc && !rc; i++)
			rc = read_file(v, found.gl_pathv[i], into, key);
		globfree(&found);
	}
	free(pattern);
	free(path);
	v->rc = v->rc ? v->rc : rc;
	return rc;
}

static int read_value(struct vscf *v, struct migrate_node *parent, const char *key)
{
	struct kt_text text = { 0 };
	struct migrate_node *node;
	skip_space(v);
	if (v->at == v->end)
		return fail(v, "the file ends where a value was expected");
	if (starts(v, "$include{"))
		return read_include(v, parent, key ? key : "");
	if (*v->at == '{' || *v->at == '[') {
		bool hash = *v->at++ == '{';
		node = migrate_node_add(v->plan, parent,
		    hash ? MIGRATE_HASH : MIGRATE_ARRAY, key, v->file, v->line);
		if (++v->depth > MIGRATE_DEPTH_MAX)
			return fail(v, "nested too deeply");
		int rc = hash ? read_hash(v, node, false) : read_array(v, node);
		v->depth--;
		return rc;
	}
	unsigned line = v->line;
	if (!take_string(v, &text)) {
		node = migrate_node_add(
		    v->plan, parent, MIGRATE_SCALAR, key, v->file, line);
		node->text = migrate_format(v->plan, "%s", kt_text_of(&text));
	}
	kt_text_fini(&text);
	return v->rc;
}

static void skip_comma(struct vscf *v)
{
	skip_space(v);
	if (v->at < v->end && *v->at == ',')
		v->at++;
}

static int read_array(struct vscf *v, struct migrate_node *array)
{
	for (;; skip_comma(v)) {
		skip_space(v);
		if (v->at == v->end)
			return fail(v, "an array is not closed");
		if (*v->at == ']') {
			v->at++;
			return 0;
		}
		if (read_value(v, array, NULL))
			return v->rc;
	}
}

static int read_pair(struct vscf *v, struct migrate_node *hash)
{
	struct kt_text key = { 0 };
	if (!take_string(v, &key)) {
		skip_space(v);
		if (!starts(v, "="))
			fail(v, "expected => behind a key");
		v->at += starts(v, "=>") ? 2 : 1;
		if (!v->rc)
			read_value(v, hash, kt_text_of(&key));
	}
	kt_text_fini(&key);
	return v->rc;
}

static int read_hash(struct vscf *v, struct migrate_node *hash, bool top)
{
	for (;; skip_comma(v)) {
		skip_space(v);
		if (v->at == v->end)
			return top ? 0 : fail(v, "a hash is not closed");
		if (*v->at == '}' && !top) {
			v->at++;
			return 0;
		}
		if (starts(v, "$include{") ? read_include(v, hash, NULL)
					   : read_pair(v, hash))
			return v->rc;
	}
}

/* key NULL: the file's keys go into the hash `into`; else it is one value of that key. */
static int read_file(
    struct vscf *parent, const char *path, struct migrate_node *into, const char *key)
{
	struct vscf v = *parent;
	struct kt_file file;
	if (++*parent->n_files > MIGRATE_FILES_MAX || ++v.depth > MIGRATE_DEPTH_MAX)
		return fail(parent, "too many included files");
	if (kt_file_read(path, MIGRATE_FILE_MAX, &file))
		return kt_errs_add(v.plan->errs, KT_ERROR, KT_E_SYSTEM, path, 0, 0,
		    NULL, "cannot read the file: %s", strerror(errno));
	v.file = migrate_format(v.plan, "%s", path);
	v.at = file.at;
	v.end = file.at + file.len;
	v.line = 1;
	skip_space(&v);
	bool array = v.at < v.end && *v.at == '[';
	if (key) {
		into = migrate_node_add(v.plan, into,
		    array ? MIGRATE_ARRAY : MIGRATE_HASH, *key ? key : NULL, v.file,
		    v.line);
		v.at += array;
	} else if (array) {
		fail(&v, "expected keys and values, found an array");
	}
	if (!v.rc)
		v.rc = key && array ? read_array(&v, into) : read_hash(&v, into, true);
	kt_file_free(&file);
	return v.rc;
}

struct migrate_node *migrate_vscf_read(struct migrate_plan *plan, const char *path)
{
	unsigned n_files = 0;
	struct vscf v = { .plan = plan, .file = path, .n_files = &n_files };
	struct migrate_node *root = migrate_node_add(
	    plan, NULL, MIGRATE_HASH, NULL, migrate_format(plan, "%s", path), 1);
	return read_file(&v, path, root, NULL) ? NULL : root;
}
