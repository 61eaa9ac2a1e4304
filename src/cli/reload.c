#include "cli/out.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <jansson.h>

void cli_reload_show(const json_t *result)
{
	const json_t *zones = cli_member(result, "zones");
	const json_t *restart = cli_member(result, "restart-needed");
	printf("configuration %s; zones: %" PRIu64 " loaded, %" PRIu64
	       " unchanged, %" PRIu64 " removed, %" PRIu64 " failed\n",
	    cli_flag(result, "config-changed") ? "changed" : "unchanged",
	    cli_number(zones, "loaded"), cli_number(zones, "unchanged"),
	    cli_number(zones, "removed"), cli_number(zones, "failed"));
	for (size_t i = 0; i < json_array_size(restart); i++) {
		const char *option = json_string_value(json_array_get(restart, i));
		printf("needs a restart: %s\n", option ? option : "-");
	}
}
