#include "cli/zones.h"

#include "base/hash.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char suffix[] = ".zone";

/* The zones that are configured by name: a table of their indices + 1. */
struct named {
	const struct conf_config *config;
	uint32_t *slots;
	size_t n_slots;
};

static size_t slot_of(const struct named *named, const struct dns_name *name)
{
	size_t at = kt_hash_octets(0, name->wire, name->len) & (named->n_slots - 1);
	while (named->slots[at] &&
	       !dns_name_equal(&named->config->zones[named->slots[at] - 1].name, name))
		at = (at + 1) & (named->n_slots - 1);
	return at;
}

static void fill_named(struct named *named, const struct conf_config *config)
{
	*named = (struct named){ .config = config, .n_slots = 16 };
	while (named->n_slots < config->n_zones * 2)
		named->n_slots *= 2;
	named->slots = kt_calloc(named->n_slots, sizeof(*named->slots));
	for (size_t i = 0; i < config->n_zones; i++)
		named->slots[slot_of(named, &config->zones[i].name)] = (uint32_t)i + 1;
}

/* NAME.zone; a hidden file is an editor's, but "..zone" is the root zone. */
static int is_zone_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), tail = sizeof(suffix) - 1;
	if (len <= tail || strcmp(entry->d_name + len - tail, suffix) != 0)
		return 0;
	return entry->d_name[0] != '.' || len == tail + 1;
}

static void take_file(const struct conf_zone_directory *d, const char *file,
    const struct named *named, struct kt_errs *errs, cli_zone_take *take, void *ctx)
{
	struct dns_name name;
	char *path = kt_format("%s/%s", d->path, file);
	int rc = dns_name_scan(file, strlen(file) - (sizeof(suffix) - 1), NULL, &name);
	if (rc) {
		kt_errs_add(errs, KT_WARNING, rc, path, 0, 0, NULL,
		    "its name is no zone's name: %s", kt_strerror(rc));
	} else {
		dns_name_lower(&name);
		if (!named->slots[slot_of(named, &name)])
			take(ctx, &name, path);
	}
	free(path);
}

static void take_directory(const struct conf_zone_directory *d,
    const struct named *named, struct kt_errs *errs, cli_zone_take *take, void *ctx)
{
	struct dirent **list = NULL;
	int n = scandir(d->path, &list, is_zone_file, alphasort);
	if (n < 0) {
		kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, d->place.file, d->place.line,
		    d->place.column, NULL, "the directory %s cannot be read: %s",
		    d->path, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		take_file(d, list[i]->d_name, named, errs, take, ctx);
		free(list[i]);
	}
	free(list);
}

void cli_zones_each(const struct conf_config *config, struct kt_errs *errs,
    cli_zone_take *take, void *ctx)
{
	struct named named;
	for (size_t i = 0; i < config->n_zones; i++)
		if (config->zones[i].file)
			take(ctx, &config->zones[i].name, config->zones[i].file);
	fill_named(&named, config);
	for (size_t i = 0; i < config->n_directories; i++)
		take_directory(&config->directories[i], &named, errs, take, ctx);
	free(named.slots);
}
