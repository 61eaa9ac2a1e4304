/*
 * cli/verb.h -- the verbs of kotae: one table, one file a verb.
 *
 * A verb works on files here (check, zone check, key generate) or is asked of the daemon
 * (all of control/verb.h).  Every verb can answer in JSON, as one object of the shape of a
 * reply (control/message.h) on stdout; else what it found goes to stdout and errors to
 * stderr.
 *
 * Exit status of every verb: 0 done and clean, 1 error, 2 findings or changes.
 */
#pragma once

#include "base/attr.h"
#include "control/message.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CLI_CLEAN = 0,
	CLI_ERROR = 1,
	CLI_FINDINGS = 2,
};

#define CLI_WORDS_MAX   256
#define CLI_VERBS_MAX   64
#define CLI_OPTIONS_MAX 64

/* What was typed. */
struct cli_args {
	const char *words[CLI_WORDS_MAX]; /* verb and operands */
	size_t n_words;
	const char **operands; /* behind the verb, in `words` */
	size_t n_operands;
	const char *config, *socket; /* NULL: not given */
	const char *at, *algorithm;
	bool json, print, help, version;
	const char *given[CLI_OPTIONS_MAX]; /* by place in cli_options; "" for a flag */
};

/* A row: `run` for what is done here, `show` for what the daemon answers. */
struct cli_verb {
	const char *name;
	const char *operands; /* "NAME FILE"; brackets: may be left out */
	unsigned min, max;    /* operands */
	const char *help;     /* a sentence without its dot */
	const char *details;  /* more for --help, lines; NULL: none */
	int (*run)(const struct cli_args *args);
	const struct control_verb *control;
	void (*show)(const struct json_t *result);
};

extern const struct cli_verb cli_verbs[];
extern const size_t cli_n_verbs; /* at most CLI_VERBS_MAX */

/* An option; verb: those that take it, "ecs table, ecs cost"; NULL: every verb does. */
struct cli_option {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: it takes none */
	const char *verb;
	const char *help;
};

extern const struct cli_option cli_options[]; /* name NULL ends */

/* The value of an option, "" for a flag; NULL: not given. */
KT_NONNULL const char *cli_option_value(const struct cli_args *args, const char *name);
/* Has the verb an option of its own with this name? */
KT_NONNULL bool cli_option_known(const struct cli_verb *verb, const char *name);
/* Does the verb take it? */
KT_NONNULL bool cli_option_fits(
    const struct cli_option *option, const struct cli_verb *verb);

/*
 * Reads argv into *args.  False: an error, told on stderr.
 */
KT_MUST KT_NONNULL bool cli_args_read(int argc, char **argv, struct cli_args *args);
/* The verb that the words begin with; sets the operands.  NULL: none, told on stderr. */
KT_NONNULL const struct cli_verb *cli_verb_find(struct cli_args *args);
/* False: an option was given that the verb does not have, or wrong operands; told. */
KT_MUST KT_NONNULL bool cli_verb_check(
    const struct cli_verb *verb, const struct cli_args *args);

/* cli/help.c */
void cli_help_short(void);
KT_NONNULL void cli_help_verb(const struct cli_verb *verb);

/* cli/remote.c: asks the daemon. */
KT_NONNULL int cli_remote_run(const struct cli_verb *verb, const struct cli_args *args);

/* One file each. */
KT_NONNULL int cli_check_run(const struct cli_args *args);
KT_NONNULL int cli_zone_check_run(const struct cli_args *args);
KT_NONNULL int cli_key_generate_run(const struct cli_args *args);
KT_NONNULL int cli_import_gdnsd_run(const struct cli_args *args);
KT_NONNULL int cli_import_bigip_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_table_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_check_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_simulate_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_cost_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_lint_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_export_run(const struct cli_args *args);
KT_NONNULL int cli_ecs_diff_run(const struct cli_args *args);
KT_NONNULL int cli_steer_explain_run(const struct cli_args *args);
KT_NONNULL void cli_status_show(const struct json_t *result);
KT_NONNULL void cli_reload_show(const struct json_t *result);
KT_NONNULL void cli_stop_show(const struct json_t *result);
KT_NONNULL void cli_config_diff_show(const struct json_t *result);
KT_NONNULL void cli_zone_list_show(const struct json_t *result);
KT_NONNULL void cli_zone_show_show(const struct json_t *result);
KT_NONNULL void cli_steer_list_show(const struct json_t *result);
KT_NONNULL void cli_steer_show_show(const struct json_t *result);
