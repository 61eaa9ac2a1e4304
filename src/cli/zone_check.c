#include "cli/findings.h"
#include "cli/out.h"
#include "cli/verb.h"
#include "cli/when.h"

#include "control/text.h"
#include "dns/name.h"
#include "zone/load.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

struct job {
	struct dns_name name;
	const char *file;
	kt_unix at;
};

static int usage(struct kt_errs *errs, int code, const char *what, const char *typed)
{
	return kt_errs_add(
	    errs, KT_ERROR, code, NULL, 0, 0, NULL, "%s: \"%s\"", what, typed);
}

static int read_job(const struct cli_args *args, struct kt_errs *errs, struct job *job)
{
	const char *name = args->operands[0];
	int rc = strcmp(name, "@") == 0
		     ? KT_E_FORMAT
		     : dns_name_scan(name, strlen(name), NULL, &job->name);
	if (rc)
		return usage(errs, rc, "this is no domain name", name);
	dns_name_lower(&job->name);
	job->file = args->operands[1];
	job->at = kt_clock_unix();
	if (args->at && cli_when_scan(args->at, &job->at))
		return usage(errs, KT_E_FORMAT,
		    "this is no time; expected 2017-08-21, 2017-08-21T12:30:00Z, "
		    "20170821123000 or "
		    "seconds since 1970",
		    args->at);
	return 0;
}

static json_t *describe(const struct job *job, const struct zone_snapshot *zone,
    const struct cli_findings *findings)
{
	char name[DNS_NAME_TEXT];
	json_t *result = json_object();
	json_object_set_new(
	    result, "zone", control_string(dns_name_print(job->name.wire, name)));
	json_object_set_new(result, "file", control_string(job->file));
	json_object_set_new(result, "at", json_integer(job->at));
	if (!zone)
		return result;
	json_object_set_new(result, "serial", json_integer(zone->serial));
	json_object_set_new(
	    result, "records", json_integer((json_int_t)zone->n_records));
	json_object_set_new(result, "signed", json_boolean(zone->is_signed));
	json_object_set_new(result, "findings", json_incref(findings->list));
	return result;
}

static void print_summary(const struct job *job, const struct zone_snapshot *zone,
    const struct cli_findings *findings)
{
	char name[DNS_NAME_TEXT];
	printf("%s serial %" PRIu32 ", %" PRIu64 " records%s: ",
	    dns_name_print(job->name.wire, name), zone->serial, zone->n_records,
	    zone->is_signed ? ", signed" : "");
	if (findings->errors || findings->warnings)
		printf(
		    "%zu errors, %zu warnings\n", findings->errors, findings->warnings);
	else
		puts("clean");
}

static int check(
    const struct cli_args *args, const struct job *job, struct kt_errs *errs)
{
	struct zone_builder *builder = zone_builder_new();
	struct zone_snapshot *zone = NULL;
	struct cli_findings findings = { .file = job->file };
	int rc = zone_load_file(builder, &job->name, job->file, NULL, errs, &zone);
	int status = rc ? CLI_ERROR : CLI_CLEAN;
	zone_builder_free(builder);
	if (args->json)
		findings.list = json_array();
	if (!rc) {
		cli_findings_take(&findings, zone, job->at);
		status = cli_findings_status(&findings);
	}
	if (status == CLI_CLEAN && errs->n_warnings)
		status = CLI_FINDINGS;
	if (!rc && !args->json)
		print_summary(job, zone, &findings);
	cli_finish(args->json, status,
	    args->json ? describe(job, zone, &findings) : NULL, errs);
	json_decref(findings.list);
	zone_snapshot_put(zone);
	return status;
}

int cli_zone_check_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct job job;
	kt_errs_init(&errs, 0);
	int status = CLI_ERROR;
	if (read_job(args, &errs, &job))
		cli_finish(args->json, CLI_ERROR, NULL, &errs);
	else
		status = check(args, &job, &errs);
	kt_errs_fini(&errs);
	return status;
}
