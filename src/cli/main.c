/*
 * kotae -- talks to kotaed, checks configuration and zones.
 */
#include "cli/verb.h"

#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct cli_args args;
	/* A daemon that goes away is an error to tell, not a reason to vanish. */
	signal(SIGPIPE, SIG_IGN);
	if (!cli_args_read(argc, argv, &args))
		return CLI_ERROR;
	if (args.version) {
		puts("kotae " KOTAE_VERSION);
		return CLI_CLEAN;
	}
	if (args.n_words == 0) {
		cli_help_short();
		return CLI_CLEAN;
	}
	const struct cli_verb *verb = cli_verb_find(&args);
	if (!verb)
		return CLI_ERROR;
	if (args.help) {
		cli_help_verb(verb);
		return CLI_CLEAN;
	}
	if (!cli_verb_check(verb, &args))
		return CLI_ERROR;
	int status = verb->run ? verb->run(&args) : cli_remote_run(verb, &args);
	/* What could not be written was not said. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("kotae: standard output could not be written\n", stderr);
		return CLI_ERROR;
	}
	return status;
}
