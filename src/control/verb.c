#include "control/verb.h"

#include "base/text.h"

#include <string.h>

const struct control_verb control_verbs[CONTROL_N_VERBS] = {
	{ CONTROL_STATUS, "status", false, { { 0 } },
	    "Show what is served and whether anything is wrong" },
	{ CONTROL_RELOAD, "reload", true, { { 0 } },
	    "Read configuration and changed zones again, and serve" },
	{ CONTROL_STOP, "stop", true, { { 0 } },
	    "Stop the daemon; done when it no longer answers" },
	{ CONTROL_CONFIG_DIFF, "config diff", false, { { 0 } },
	    "Show how the configuration differs from what runs" },
	{ CONTROL_ZONE_LIST, "zone list", false, { { 0 } },
	    "List the zones with their states and serials" },
	{ CONTROL_ZONE_SHOW, "zone show", false, { { "name", "the zone" } },
	    "Show a zone: its file, state, and what is wrong" },
	{ CONTROL_ECS_EXPORT, "ecs export", false, { { "name", "the map or service" } },
	    "Show how a map or service parts the address space" },
	{ CONTROL_ECS_SHORT, "ecs short", false, { { 0 } },
	    "Show resolvers whose client subnets are too short" },
};

const struct control_verb *control_verb_find(const char *name)
{
	for (size_t i = 0; i < CONTROL_N_VERBS; i++)
		if (strcmp(control_verbs[i].name, name) == 0)
			return &control_verbs[i];
	return NULL;
}

const struct control_verb *control_verb_nearest(const char *name)
{
	const char *names[CONTROL_N_VERBS];
	for (size_t i = 0; i < CONTROL_N_VERBS; i++)
		names[i] = control_verbs[i].name;
	const char *near = kt_text_nearest(name, names, CONTROL_N_VERBS);
	return near ? control_verb_find(near) : NULL;
}

size_t control_verb_n_arguments(const struct control_verb *verb)
{
	size_t n = 0;
	while (n < CONTROL_ARGUMENTS_MAX && verb->arguments[n].name)
		n++;
	return n;
}
