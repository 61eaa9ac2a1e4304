#include "cli/out.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <jansson.h>

/* Whoever transfers the zone shall know that these are not all there is to the names. */
static void show_steered(const json_t *names)
{
	size_t i;
	json_t *name;
	if (json_array_size(names) == 0)
		return;
	printf("steered  %zu names; a transfer has the default region's first pool in "
	       "their place:\n",
	    json_array_size(names));
	json_array_foreach(names, i, name)
	    printf("         %s\n", json_string_value(name));
}

void cli_zone_show_show(const json_t *result)
{
	char loaded[32];
	const char *error = json_string_value(json_object_get(result, "error"));
	printf("zone     %s\n", cli_text(result, "name"));
	printf("state    %s\n", cli_text(result, "state"));
	printf("serial   %" PRIu64 "\n", cli_number(result, "serial"));
	printf("loaded   %s\n", cli_time(result, "loaded", loaded));
	printf("file     %s\n", cli_text(result, "file"));
	printf("records  %" PRIu64 " at %" PRIu64 " names, %" PRIu64 " octets\n",
	    cli_number(result, "records"), cli_number(result, "names"),
	    cli_number(result, "size"));
	printf("signed   %s, denial %s\n", cli_flag(result, "signed") ? "yes" : "no",
	    cli_text(result, "denial"));
	show_steered(json_object_get(result, "steered"));
	if (error)
		printf("error    %s\n", error);
}
