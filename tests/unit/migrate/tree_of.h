/* Files for a test in a directory of its own, and what an import made of them. */
#pragma once

#include "migrate/migrate.h"

#include "kt_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char path[64];
	struct kt_errs errs;
	struct migrate_result out;
	int rc;
};

static inline void tree_begin(struct tree *t)
{
	*t = (struct tree){ .path = "/tmp/kotae-migrate-XXXXXX" };
	assert_non_null(mkdtemp(t->path));
	kt_errs_init(&t->errs, 1000);
}

static inline void tree_put(struct tree *t, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", t->path, name);
	for (char *slash = path + strlen(t->path) + 1; (slash = strchr(slash, '/'));
	     *slash++ = '/') {
		*slash = 0;
		mkdir(path, 0700);
	}
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline void tree_gdnsd(struct tree *t)
{
	t->rc = migrate_gdnsd(t->path, &t->errs, &t->out);
}

static inline void tree_bigip(struct tree *t, const char *text, const char *name)
{
	char path[256];
	tree_put(t, "gtm.conf", text);
	snprintf(path, sizeof(path), "%s/gtm.conf", t->path);
	t->rc = migrate_bigip(path, name, &t->errs, &t->out);
}

/* Is there a finding of this grade with both texts in it? */
static inline bool tree_told(
    const struct tree *t, enum kt_grade grade, unsigned line, const char *text)
{
	for (size_t i = 0; i < t->errs.n; i++) {
		const struct kt_err *e = &t->errs.list[i];
		if (e->grade == grade && strstr(e->text, text) &&
		    (!line || e->line == line))
			return true;
	}
	kt_errs_print(&t->errs, stderr, false);
	return false;
}

static inline bool tree_has(const struct tree *t, const char *text)
{
	if (strstr(kt_text_of(&t->out.yaml), text))
		return true;
	fprintf(stderr, "no \"%s\" in:\n%s\n", text, kt_text_of(&t->out.yaml));
	return false;
}

static inline void tree_end(struct tree *t)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", t->path);
	assert_int_equal(system(command), 0);
	if (!t->rc)
		migrate_result_fini(&t->out);
	kt_errs_fini(&t->errs);
}
