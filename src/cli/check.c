#include "cli/findings.h"
#include "cli/out.h"
#include "cli/steered.h"
#include "cli/verb.h"
#include "cli/zones.h"

#include "base/clock.h"
#include "base/mem.h"
#include "conf/print.h"
#include "control/text.h"
#include "zone/load.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <unistd.h>

struct check {
	const struct cli_args *args;
	struct kt_errs *errs;
	struct zone_builder *builder;
	struct cli_steered *steered;
	struct cli_findings findings;
	struct cli_progress progress;
	json_t *zones; /* with --json: those with findings */
	kt_unix at;
	size_t n, n_failed, n_services;
	uint64_t n_records;
};

static void count_zone(void *ctx, const struct dns_name *name, const char *path)
{
	size_t *n = ctx;
	(void)name;
	(void)path;
	++*n;
}

/* The findings of the zone at hand become a member of the result. */
static void keep_findings(
    struct check *c, const struct dns_name *name, const char *path)
{
	char text[DNS_NAME_TEXT];
	if (!c->findings.list || json_array_size(c->findings.list) == 0)
		return;
	json_t *zone = json_object();
	json_object_set_new(
	    zone, "zone", control_string(dns_name_print(name->wire, text)));
	json_object_set_new(zone, "file", control_string(path));
	json_object_set_new(zone, "findings", c->findings.list);
	json_array_append_new(c->zones, zone);
	c->findings.list = json_array();
}

static void check_zone(void *ctx, const struct dns_name *name, const char *path)
{
	struct check *c = ctx;
	struct zone_snapshot *zone = NULL;
	const struct zone_steered *steered = cli_steered_of(c->steered, c->n, name);
	cli_progress_show(&c->progress, c->n++);
	if (zone_load_file(c->builder, name, path, steered, c->errs, &zone)) {
		c->n_failed++;
		return;
	}
	c->n_records += zone->n_records;
	c->findings.file = path;
	cli_findings_take(&c->findings, zone, c->at);
	keep_findings(c, name, path);
	zone_snapshot_put(zone);
}

static void check_zones(struct check *c, const struct conf_config *config)
{
	struct kt_errs counted;
	size_t total = 0;
	kt_errs_init(&counted, 1);
	cli_zones_each(config, &counted, count_zone, &total);
	kt_errs_fini(&counted);
	cli_progress_begin(&c->progress, "zones checked", total);
	c->findings.progress = &c->progress;
	c->steered = cli_steered_make(config, c->errs);
	c->n_services = cli_steered_count(c->steered);
	c->builder = zone_builder_new();
	cli_zones_each(config, c->errs, check_zone, c);
	zone_builder_free(c->builder);
	cli_steered_free(c->steered);
	cli_progress_end(&c->progress);
}

static int status_of(const struct check *c)
{
	if (c->errs->n_errors || c->findings.errors)
		return CLI_ERROR;
	return c->errs->n_warnings || c->findings.warnings ? CLI_FINDINGS : CLI_CLEAN;
}

static json_t *describe(const struct check *c, const struct conf_config *config)
{
	json_t *result = json_object();
	json_object_set_new(result, "config", control_string(config->file));
	json_object_set_new(result, "zones-checked", json_integer((json_int_t)c->n));
	json_object_set_new(
	    result, "zones-failed", json_integer((json_int_t)c->n_failed));
	json_object_set_new(result, "records", json_integer((json_int_t)c->n_records));
	json_object_set_new(
	    result, "services", json_integer((json_int_t)c->n_services));
	json_object_set(result, "zones", c->zones);
	return result;
}

static void say_counts(
    const struct check *c, const struct conf_config *config, const struct kt_errs *errs)
{
	char services[40] = "";
	if (c->n_services)
		snprintf(services, sizeof(services), ", %zu services", c->n_services);
	printf("%s: %zu zones, %" PRIu64 " records%s: %zu errors, %zu warnings\n",
	    config->file, c->n, c->n_records, services,
	    errs->n_errors + c->findings.errors,
	    errs->n_warnings + c->findings.warnings);
}

static int check_all(
    const struct cli_args *args, const struct conf_config *config, struct kt_errs *errs)
{
	struct check c = { .args = args, .errs = errs, .at = kt_clock_unix() };
	if (args->json) {
		c.zones = json_array();
		c.findings.list = json_array();
	}
	check_zones(&c, config);
	int status = status_of(&c);
	if (!args->json)
		say_counts(&c, config, errs);
	cli_finish(args->json, status, args->json ? describe(&c, config) : NULL, errs);
	json_decref(c.findings.list);
	json_decref(c.zones);
	return status;
}

static int print(
    const struct cli_args *args, const struct conf_config *config, struct kt_errs *errs)
{
	char directory[PATH_MAX];
	struct kt_text text = { 0 };
	json_t *result = NULL;
	if (!getcwd(directory, sizeof(directory))) {
		kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0, NULL,
		    "the working directory has no name: %m");
		return cli_finish(args->json, CLI_ERROR, NULL, errs);
	}
	conf_config_print(config, directory, &text);
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "config", control_string(config->file));
		json_object_set_new(result, "text", control_string(kt_text_of(&text)));
	} else {
		fputs(kt_text_of(&text), stdout);
	}
	kt_text_fini(&text);
	return cli_finish(
	    args->json, errs->n_warnings ? CLI_FINDINGS : CLI_CLEAN, result, errs);
}

int cli_check_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct conf_config *config;
	const char *path = args->n_operands ? args->operands[0]
			   : args->config   ? args->config
					    : CONF_FILE_DEFAULT;
	int status;
	kt_errs_init(&errs, 0);
	if (conf_config_read(path, &errs, &config)) {
		status = cli_finish(args->json, CLI_ERROR, NULL, &errs);
	} else {
		status = args->print ? print(args, config, &errs)
				     : check_all(args, config, &errs);
		conf_config_free(config);
	}
	kt_errs_fini(&errs);
	return status;
}
