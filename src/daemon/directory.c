#include "daemon/zones_p.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char suffix[] = ".zone";

/* NAME of "NAME.zone"; false: another file. */
static bool zone_name_of(const char *file, size_t *len)
{
	size_t all = strlen(file), tail = sizeof(suffix) - 1;
	if (all <= tail || strcmp(file + all - tail, suffix) != 0)
		return false;
	*len = all - tail;
	return true;
}

static int warn(struct kt_errs *errs, const struct conf_zone_directory *d, int code,
    const char *what, const char *file)
{
	return kt_errs_add(errs, KT_WARNING, code, d->place.file, d->place.line,
	    d->place.column, NULL, "%s/%s is not served: %s", d->path, file, what);
}

static void add_file(struct zone_table *table, const struct conf_zone_directory *d,
    uint32_t policy, struct kt_errs *errs, const char *file)
{
	struct dns_name name;
	size_t len;
	if (!zone_name_of(file, &len))
		return;
	/* A hidden file is an editor's or a copy under way; but the root zone is "..zone". */
	if (file[0] == '.' && len != 1)
		return;
	int rc = dns_name_scan(file, len, NULL, &name);
	if (rc) {
		warn(errs, d, rc, "its name is no zone's name", file);
		return;
	}
	dns_name_lower(&name);
	char *path = kt_format("%s/%s", d->path, file);
	const struct zone_item *had = zone_table_find(table, name.wire);
	rc = zone_table_add(table, &name, path, policy);
	if (rc && strcmp(had->path ? had->path : "", path) != 0)
		warn(errs, d, rc, "the zone comes from elsewhere already", file);
	free(path);
}

static int unreadable(struct kt_errs *errs, const struct conf_zone_directory *d)
{
	return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, d->place.file, d->place.line,
	    d->place.column, NULL, "cannot read the directory %s: %s", d->path,
	    strerror(errno));
}

int zone_directory_add(struct zone_table *table, const struct conf_zone_directory *d,
    uint32_t policy, struct kt_errs *errs)
{
	DIR *dir = opendir(d->path);
	if (!dir)
		return unreadable(errs, d);
	errno = 0;
	for (const struct dirent *e; (e = readdir(dir)); errno = 0)
		add_file(table, d, policy, errs, e->d_name);
	int rc = errno ? unreadable(errs, d) : 0;
	closedir(dir);
	return rc;
}
