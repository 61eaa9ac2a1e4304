#include "cli/out.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static int widest(const json_t *zones)
{
	size_t width = 4;
	for (size_t i = 0; i < json_array_size(zones); i++) {
		size_t len = strlen(cli_text(json_array_get(zones, i), "name"));
		width = len > width ? len : width;
	}
	return width < 60 ? (int)width : 60;
}

void cli_zone_list_show(const json_t *result)
{
	const json_t *zones = cli_member(result, "zones");
	int width = widest(zones);
	printf("%-*s  %-8s %10s  %s\n", width, "zone", "state", "serial", "loaded");
	for (size_t i = 0; i < json_array_size(zones); i++) {
		char loaded[32];
		const json_t *zone = json_array_get(zones, i);
		printf("%-*s  %-8s %10" PRIu64 "  %s\n", width, cli_text(zone, "name"),
		    cli_text(zone, "state"), cli_number(zone, "serial"),
		    cli_time(zone, "loaded", loaded));
	}
}
