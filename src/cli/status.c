#include "cli/out.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static void show_listener(const json_t *listen)
{
	const json_t *transports = cli_member(listen, "transports");
	printf("listen    %s port %" PRIu64 ", %s,", cli_text(listen, "address"),
	    cli_number(listen, "port"), cli_text(listen, "serve"));
	for (size_t i = 0; i < json_array_size(transports); i++) {
		const char *name = json_string_value(json_array_get(transports, i));
		printf(" %s", name ? name : "-");
	}
	fputc('\n', stdout);
}

static void show_problems(const json_t *problems)
{
	bool colour = cli_colour(stdout);
	for (size_t i = 0; i < json_array_size(problems); i++) {
		const char *text = json_string_value(json_array_get(problems, i));
		printf("%sproblem%s   %s\n", colour ? "\033[1;31m" : "",
		    colour ? "\033[0m" : "", text ? text : "-");
	}
}

void cli_status_show(const json_t *result)
{
	char started[32], loaded[32];
	const json_t *zones = cli_member(result, "zones"),
		     *listens = cli_member(result, "listen"),
		     *steering = cli_member(result, "steering");
	printf("kotaed    %s, version %s, process %" PRIu64 ", %s\n",
	    cli_text(result, "name"), cli_text(result, "version"),
	    cli_number(result, "pid"),
	    cli_flag(result, "ready") ? "ready" : "not ready");
	printf("since     %s, %" PRIu64 " workers, %" PRIu64 " queries\n",
	    cli_time(result, "started", started), cli_number(result, "workers"),
	    cli_number(result, "queries"));
	printf("config    %s, read %s\n", cli_text(result, "config"),
	    cli_time(result, "config-loaded", loaded));
	printf("zones     %" PRIu64 " serving, %" PRIu64 " stale, %" PRIu64 " failed\n",
	    cli_number(zones, "serving"), cli_number(zones, "stale"),
	    cli_number(zones, "failed"));
	if (steering)
		printf("steering  %" PRIu64 " targets, %" PRIu64 " down, %" PRIu64
		       " forced\n",
		    cli_number(steering, "targets"), cli_number(steering, "down"),
		    cli_number(steering, "forced"));
	for (size_t i = 0; i < json_array_size(listens); i++)
		show_listener(json_array_get(listens, i));
	show_problems(cli_member(result, "problems"));
}
