#include "cli/out.h"
#include "cli/verb.h"

#include "base/file.h"
#include "base/mem.h"
#include "control/text.h"
#include "migrate/migrate.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FINDINGS_MAX = 10000, /* every line that is lost is named */
	DIRECTORY_MODE = 0755,
	FILE_MODE = 0644,
};

#define OUT_DEFAULT "kotae-import"

struct import {
	const char *out; /* directory */
	struct kt_errs errs;
	struct migrate_result result;
	json_t *files;
};

static int system_error(struct import *i, const char *path, const char *what)
{
	return kt_errs_add(&i->errs, KT_ERROR, KT_E_SYSTEM, path, 0, 0, NULL,
	    "cannot %s: %s", what, strerror(errno));
}

static int make_directory(struct import *i, const char *path)
{
	if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return system_error(i, path, "make the directory");
	return 0;
}

/* Nothing that is there is overwritten: it is looked for before anything is written. */
static int find_file(struct import *i, const char *path, const struct kt_text *text)
{
	(void)text;
	if (access(path, F_OK) < 0)
		return 0;
	return kt_errs_add(&i->errs, KT_ERROR, KT_E_EXISTS, path, 0, 0, NULL,
	    "the file is there already: give another directory with --out");
}

static int put_file(struct import *i, const char *path, const struct kt_text *text)
{
	if (kt_file_replace(path, kt_text_of(text), text->len, FILE_MODE))
		return system_error(i, path, "write the file");
	json_array_append_new(i->files, control_string(path));
	return 0;
}

static int each_file(struct import *i,
    int (*visit)(struct import *i, const char *path, const struct kt_text *text))
{
	char *path = kt_format("%s/kotae.yaml", i->out);
	int rc = visit(i, path, &i->result.yaml);
	free(path);
	for (size_t z = 0; !rc && z < i->result.n_zones; z++) {
		const struct migrate_zone *zone = &i->result.zones[z];
		path = kt_format("%s/zones/%s.zone", i->out, zone->name);
		rc = visit(i, path, &zone->text);
		free(path);
	}
	return rc;
}

static int put_files(struct import *i)
{
	char *zones = kt_format("%s/zones", i->out);
	int rc = each_file(i, find_file);
	if (!rc)
		rc = make_directory(i, i->out);
	if (!rc && i->result.n_zones)
		rc = make_directory(i, zones);
	if (!rc)
		rc = each_file(i, put_file);
	free(zones);
	return rc;
}

static json_t *describe(const struct import *i)
{
	const struct migrate_result *r = &i->result;
	json_t *object = json_object();
	json_object_set(object, "files", i->files);
	json_object_set_new(object, "zones", json_integer((json_int_t)r->n_zones));
	json_object_set_new(object, "maps", json_integer((json_int_t)r->n_maps));
	json_object_set_new(
	    object, "monitors", json_integer((json_int_t)r->n_monitors));
	json_object_set_new(object, "pools", json_integer((json_int_t)r->n_pools));
	json_object_set_new(
	    object, "services", json_integer((json_int_t)r->n_services));
	return object;
}

static void show(const struct import *i)
{
	const struct migrate_result *r = &i->result;
	size_t n;
	json_t *file;
	json_array_foreach(i->files, n, file)
	    printf("wrote %s\n", json_string_value(file));
	printf("%zu zones, %zu services, %zu maps, %zu pools, %zu monitors; "
	       "%zu lines have no equal\nnext: kotae check %s/kotae.yaml\n",
	    r->n_zones, r->n_services, r->n_maps, r->n_pools, r->n_monitors,
	    i->errs.n_warnings, i->out);
}

static int finish(const struct cli_args *args, struct import *i, int rc)
{
	int status = rc ? CLI_ERROR : i->errs.n_warnings ? CLI_FINDINGS : CLI_CLEAN;
	if (!rc && !args->json)
		show(i);
	status = cli_finish(
	    args->json, status, rc || !args->json ? NULL : describe(i), &i->errs);
	json_decref(i->files);
	migrate_result_fini(&i->result);
	kt_errs_fini(&i->errs);
	return status;
}

static void begin(const struct cli_args *args, struct import *i)
{
	const char *out = cli_option_value(args, "out");
	*i = (struct import){ .out = out ? out : OUT_DEFAULT, .files = json_array() };
	kt_errs_init(&i->errs, FINDINGS_MAX);
}

int cli_import_gdnsd_run(const struct cli_args *args)
{
	struct import i;
	begin(args, &i);
	/* Paths in the result must hold wherever it is written. */
	char *directory = realpath(args->operands[0], NULL);
	int rc = directory ? migrate_gdnsd(directory, &i.errs, &i.result)
			   : system_error(&i, args->operands[0], "find the directory");
	free(directory);
	if (!rc)
		rc = put_files(&i);
	return finish(args, &i, rc);
}

int cli_import_bigip_run(const struct cli_args *args)
{
	struct import i;
	begin(args, &i);
	int rc = migrate_bigip(
	    args->operands[0], cli_option_value(args, "name"), &i.errs, &i.result);
	if (!rc)
		rc = put_files(&i);
	return finish(args, &i, rc);
}
