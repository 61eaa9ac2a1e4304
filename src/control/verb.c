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
	{ CONTROL_ZONE_SHOW, "zone show", false, { { "name", "the zone", false } },
	    "Show a zone: its file, state, and what is wrong" },
	{ CONTROL_ECS_EXPORT, "ecs export", false,
	    { { "name", "the map or service", false } },
	    "Show how a map or service parts the address space" },
	{ CONTROL_ECS_SHORT, "ecs short", false, { { 0 } },
	    "Show resolvers whose client subnets are too short" },
	{ CONTROL_STEER_LIST, "steer list", false,
	    { { "pattern", "targets, as a key, address, name or glob", true } },
	    "List what is watched, and whether it is up" },
	{ CONTROL_STEER_SHOW, "steer show", false,
	    { { "name", "a target, a pool or a service", false } },
	    "Show a target, a pool or a service, and what is answered now" },
	{ CONTROL_STEER_EXPLAIN, "steer explain", false,
	    { { "name", "a domain name", false }, { "type", "A, AAAA, CNAME", false },
		{ "client", "the address of who asks", true },
		{ "ecs", "the client subnet that comes with it", true } },
	    "Show why a client gets the answer that it gets" },
	{ CONTROL_STEER_DOWN, "steer down", true,
	    { { "pattern", "targets", false }, { "for", "how long", true },
		{ "reason", "why", true } },
	    "Hold targets down, whatever their monitors say" },
	{ CONTROL_STEER_UP, "steer up", true,
	    { { "pattern", "targets", false }, { "for", "how long", true },
		{ "reason", "why", true } },
	    "Hold targets up, whatever their monitors say" },
	{ CONTROL_STEER_AUTO, "steer auto", true,
	    { { "pattern", "as it was given", false } },
	    "Take steer down or steer up back" },
	{ CONTROL_STEER_PUSH, "steer push", true,
	    { { "target", "with a push monitor", false },
		{ "state", "up or down", false } },
	    "Tell the state of a target with a push monitor" },
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
