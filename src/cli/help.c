#include "cli/verb.h"

#include <stdio.h>

static const char *help_of(const struct cli_verb *verb)
{
	return verb->control ? verb->control->help : verb->help;
}

static void print_option(const struct cli_option *o)
{
	char left[64];
	snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "",
	    o->argument ? o->argument : "");
	if (o->letter)
		printf("  -%c, %-22s %s\n", o->letter, left, o->help);
	else
		printf("      %-22s %s\n", left, o->help);
}

void cli_help_short(void)
{
	puts("kotae talks to kotaed and checks configuration and zones.\n");
	puts("  kotae [-c FILE] [-s PATH] [-j] VERB ...\n");
	for (size_t i = 0; i < cli_n_verbs; i++) {
		const struct cli_verb *v = &cli_verbs[i];
		char left[64];
		snprintf(left, sizeof(left), "%s%s%s", v->name, v->operands ? " " : "",
		    v->operands ? v->operands : "");
		printf("  %-34s %s\n", left, help_of(v));
	}
	puts("");
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (!o->verb)
			print_option(o);
	puts("\nExit status: 0 done and clean, 1 error, 2 findings or changes.");
	puts("kotae VERB --help tells more; so do kotae(1) and kotae.yaml(5).");
}

void cli_help_verb(const struct cli_verb *verb)
{
	printf("kotae %s%s%s\n\n%s.\n", verb->name, verb->operands ? " " : "",
	    verb->operands ? verb->operands : "", help_of(verb));
	if (verb->control)
		puts("kotaed is asked over its control socket.");
	if (verb->details)
		printf("\n%s\n", verb->details);
	puts("");
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (cli_option_fits(o, verb))
			print_option(o);
}
