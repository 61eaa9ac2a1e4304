/* kotae ecs export: the partition, to give to those who run resolvers. */
#include "cli/ecs_open.h"
#include "cli/out.h"

#include <jansson.h>
#include <string.h>

static int print_csv(
    const struct cli_args *args, const struct ecs_view *view, struct kt_errs *errs)
{
	struct kt_text text = { 0 };
	json_t *result = NULL;
	ecs_parts_print_csv(view->parts, &text);
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "csv", json_string(kt_text_of(&text)));
	} else {
		fwrite(text.at, 1, text.len, stdout);
	}
	kt_text_fini(&text);
	return cli_finish(args->json, CLI_CLEAN, result, errs);
}

static int print_json(
    const struct cli_args *args, const struct ecs_view *view, struct kt_errs *errs)
{
	json_t *result = NULL;
	int rc = ecs_parts_json(view->parts, false, SIZE_MAX, &result);
	if (!args->json && !rc) {
		json_dumpf(result, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	return cli_finish(args->json, rc ? CLI_ERROR : CLI_CLEAN, result, errs);
}

int cli_ecs_export_run(const struct cli_args *args)
{
	const char *format = cli_option_value(args, "format");
	bool json = format ? strcmp(format, "json") == 0 : args->json;
	struct kt_errs errs;
	struct cli_ecs ecs;
	int status = CLI_ERROR;
	kt_errs_init(&errs, 0);
	if (format && !json && strcmp(format, "csv") != 0)
		kt_errs_add(&errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "--format is csv or json, not \"%s\"", format);
	if (errs.n_errors || cli_ecs_open(args, args->operands[0], &errs, &ecs)) {
		cli_finish(args->json, CLI_ERROR, NULL, &errs);
	} else {
		status = json ? print_json(args, ecs.view, &errs)
			      : print_csv(args, ecs.view, &errs);
		cli_ecs_close(&ecs);
	}
	kt_errs_fini(&errs);
	return status;
}
