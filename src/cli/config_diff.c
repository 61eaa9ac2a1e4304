#include "cli/out.h"
#include "cli/verb.h"

#include <jansson.h>

/* A member that may be null, which differs from an empty text. */
static const char *side(const json_t *change, const char *key)
{
	return json_string_value(json_object_get(change, key));
}

static void show_side(
    const char *sign, const char *paint, const char *option, const char *text)
{
	bool colour = cli_colour(stdout);
	if (text)
		printf("%s%s %s: %s%s\n", colour ? paint : "", sign, option, text,
		    colour ? "\033[0m" : "");
}

void cli_config_diff_show(const json_t *result)
{
	const json_t *changes = cli_member(result, "changes");
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		show_side("-", "\033[31m", cli_text(change, "option"),
		    side(change, "running"));
		show_side(
		    "+", "\033[32m", cli_text(change, "option"), side(change, "file"));
		if (!cli_flag(change, "reload"))
			puts("  (needs a restart)");
	}
}
