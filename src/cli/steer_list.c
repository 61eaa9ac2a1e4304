/* Targets as a table: of steer list, and of what the operator has just said. */
#include "cli/out.h"
#include "cli/steer.h"
#include "cli/table.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static const char red[] = "\033[1;31m", yellow[] = "\033[33m", green[] = "\033[32m";

static bool is(const json_t *object, const char *key, const char *word)
{
	return strcmp(cli_text(object, key), word) == 0;
}

const char *cli_steer_paint(const json_t *target)
{
	if (json_is_object(cli_member(target, "override")))
		return yellow;
	return is(target, "state", "up") ? green : red;
}

/* "forced down until 2026-...: reason; found up", or the error of what is down. */
void cli_steer_note(const json_t *target, struct kt_text *out)
{
	char until[32];
	const json_t *override = cli_member(target, "override");
	const char *found = cli_text(target, "found");
	if (json_is_object(override)) {
		kt_text_addf(out, "forced by %s", cli_text(override, "pattern"));
		if (cli_number(override, "until"))
			kt_text_addf(
			    out, " until %s", cli_time(override, "until", until));
		if (!is(override, "reason", "-"))
			kt_text_addf(out, ": %s", cli_text(override, "reason"));
		if (!is(target, "monitor", "-"))
			kt_text_addf(out, "; found %s", found);
	} else if (strcmp(found, "unknown") == 0) {
		kt_text_add(out, is(target, "type", "push") ? "nothing was pushed yet"
							    : "not probed yet");
	} else if (is(target, "state", "down")) {
		kt_text_add(out, cli_text(target, "error"));
	} else if (cli_number(target, "streak")) {
		kt_text_addf(out, "failed %" PRIu64 " times: %s",
		    cli_number(target, "streak"), cli_text(target, "error"));
	}
}

void cli_steer_targets(const json_t *targets)
{
	static const char *const headings[] = { "target", "state", "since", "note" };
	struct cli_table table;
	cli_table_init(&table, headings, 4);
	for (size_t i = 0; i < json_array_size(targets); i++) {
		char since[32];
		struct kt_text note = { 0 };
		const json_t *target = json_array_get(targets, i);
		cli_steer_note(target, &note);
		cli_table_add(&table, cli_text(target, "target"), NULL);
		cli_table_add(
		    &table, cli_text(target, "state"), cli_steer_paint(target));
		cli_table_add(&table, cli_time(target, "since", since), NULL);
		cli_table_add(&table, kt_text_of(&note), NULL);
		kt_text_fini(&note);
	}
	cli_table_print(&table);
	cli_table_fini(&table);
}

void cli_steer_list_show(const json_t *result)
{
	const json_t *targets = cli_member(result, "targets");
	if (json_array_size(targets))
		cli_steer_targets(targets);
	else
		puts("nothing is steered here");
}
