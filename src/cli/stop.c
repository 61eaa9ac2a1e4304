#include "cli/verb.h"

#include <stdio.h>

/* Done says all that there is; a reply with members is from a newer daemon. */
void cli_stop_show(const struct json_t *result)
{
	(void)result;
	puts("stopped");
}
