#include "cli/verb.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option *find_letter(char letter)
{
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (letter && o->letter == letter)
			return o;
	return NULL;
}

static const struct cli_option *find_name(const char *name, size_t len)
{
	for (const struct cli_option *o = cli_options; o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static void tell_unknown(const char *typed)
{
	const char *names[CLI_OPTIONS_MAX];
	size_t n = 0;
	for (const struct cli_option *o = cli_options; o->name && n < KT_COUNT(names);
	     o++)
		names[n++] = o->name;
	const char *near = typed[1] == '-' ? kt_text_nearest(typed + 2, names, n)
					   : NULL;
	fprintf(stderr, "kotae: there is no option %s", typed);
	if (near)
		fprintf(stderr, "; did you mean --%s?", near);
	fputs("\n", stderr);
}

static void take_option(
    struct cli_args *args, const struct cli_option *option, const char *value)
{
	struct {
		const char *name;
		const char **text;
		bool *flag;
	} places[] = {
		{ "config", &args->config, NULL },
		{ "socket", &args->socket, NULL },
		{ "at", &args->at, NULL },
		{ "algorithm", &args->algorithm, NULL },
		{ "json", NULL, &args->json },
		{ "print", NULL, &args->print },
		{ "help", NULL, &args->help },
		{ "version", NULL, &args->version },
	};
	args->given[option - cli_options] = value ? value : "";
	for (size_t i = 0; i < KT_COUNT(places); i++) {
		if (strcmp(places[i].name, option->name) != 0)
			continue;
		if (places[i].text)
			*places[i].text = value;
		else
			*places[i].flag = true;
	}
}

/*
 * The option at argv[*i]: "--name", "--name=value", "--name value", "-c value", "-cvalue".
 */
static bool read_option(int argc, char **argv, int *i, struct cli_args *args)
{
	const char *typed = argv[*i], *value = NULL;
	const struct cli_option *option;
	if (typed[1] == '-') {
		const char *equals = strchr(typed, '=');
		option = find_name(typed + 2,
		    equals ? (size_t)(equals - typed - 2) : strlen(typed + 2));
		value = equals ? equals + 1 : NULL;
	} else {
		option = find_letter(typed[1]);
		value = typed[2] ? typed + 2 : NULL;
	}
	if (!option) {
		tell_unknown(typed);
		return false;
	}
	if (!option->argument && value) {
		fprintf(stderr, "kotae: --%s takes no argument\n", option->name);
		return false;
	}
	if (option->argument && !value) {
		if (*i + 1 >= argc) {
			fprintf(stderr, "kotae: --%s needs %s\n", option->name,
			    option->argument);
			return false;
		}
		value = argv[++*i];
	}
	take_option(args, option, value);
	return true;
}

bool cli_args_read(int argc, char **argv, struct cli_args *args)
{
	bool ended = false;
	*args = (struct cli_args){ 0 };
	for (int i = 1; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
		} else if (!ended && argv[i][0] == '-' && argv[i][1]) {
			if (!read_option(argc, argv, &i, args))
				return false;
		} else if (args->n_words == CLI_WORDS_MAX) {
			fputs("kotae: too many words\n", stderr);
			return false;
		} else {
			args->words[args->n_words++] = argv[i];
		}
	}
	return true;
}

/* How many of the words are the verb's name; 0: it is another one. */
static size_t match(const struct cli_verb *verb, const struct cli_args *args)
{
	char *typed = args->n_words < 2
			  ? kt_strdup("")
			  : kt_format("%s %s", args->words[0], args->words[1]);
	size_t n = strcmp(verb->name, typed) == 0            ? 2
		   : strcmp(verb->name, args->words[0]) == 0 ? 1
							     : 0;
	free(typed);
	return n;
}

static void tell_group(const char *group)
{
	size_t len = strlen(group);
	fprintf(stderr, "kotae: %s what?", group);
	for (size_t i = 0; i < cli_n_verbs; i++)
		if (strncmp(cli_verbs[i].name, group, len) == 0 &&
		    cli_verbs[i].name[len] == ' ')
			fprintf(stderr, " %s", cli_verbs[i].name + len + 1);
	fputs("\n", stderr);
}

static bool is_group(const char *word)
{
	size_t len = strlen(word);
	for (size_t i = 0; i < cli_n_verbs; i++)
		if (strncmp(cli_verbs[i].name, word, len) == 0 &&
		    cli_verbs[i].name[len] == ' ')
			return true;
	return false;
}

static void tell_no_verb(const struct cli_args *args)
{
	const char *names[CLI_VERBS_MAX];
	for (size_t i = 0; i < cli_n_verbs; i++)
		names[i] = cli_verbs[i].name;
	if (args->n_words == 1 && is_group(args->words[0])) {
		tell_group(args->words[0]);
		return;
	}
	char *typed = args->n_words < 2
			  ? kt_strdup(args->words[0])
			  : kt_format("%s %s", args->words[0], args->words[1]);
	const char *near = kt_text_nearest(typed, names, cli_n_verbs);
	if (!near)
		near = kt_text_nearest(args->words[0], names, cli_n_verbs);
	fprintf(stderr, "kotae: there is no verb \"%s\"", typed);
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fputs("\n", stderr);
	free(typed);
}

const struct cli_verb *cli_verb_find(struct cli_args *args)
{
	for (size_t i = 0; i < cli_n_verbs; i++) {
		size_t n = match(&cli_verbs[i], args);
		if (!n)
			continue;
		args->operands = args->words + n;
		args->n_operands = args->n_words - n;
		return &cli_verbs[i];
	}
	tell_no_verb(args);
	return NULL;
}

bool cli_verb_check(const struct cli_verb *verb, const struct cli_args *args)
{
	for (const struct cli_option *o = cli_options; o->name; o++) {
		if (args->given[o - cli_options] && !cli_option_fits(o, verb)) {
			fprintf(stderr, "kotae: %s has no option --%s\n", verb->name,
			    o->name);
			return false;
		}
	}
	if (args->n_operands >= verb->min && args->n_operands <= verb->max)
		return true;
	fprintf(stderr, "kotae: expected: kotae %s%s%s\n", verb->name,
	    verb->operands ? " " : "", verb->operands ? verb->operands : "");
	return false;
}

const char *cli_option_value(const struct cli_args *args, const char *name)
{
	const struct cli_option *o = find_name(name, strlen(name));
	kt_require(o);
	return args->given[o - cli_options];
}

bool cli_option_known(const struct cli_verb *verb, const char *name)
{
	const struct cli_option *o = find_name(name, strlen(name));
	return o && o->verb && cli_option_fits(o, verb);
}

/* One of the names in "ecs table, ecs cost". */
bool cli_option_fits(const struct cli_option *option, const struct cli_verb *verb)
{
	const char *at = option->verb;
	size_t len = strlen(verb->name);
	if (!at)
		return true;
	for (;;) {
		size_t n = strcspn(at, ",");
		if (n == len && memcmp(at, verb->name, n) == 0)
			return true;
		if (!at[n])
			return false;
		at += n + 1 + strspn(at + n + 1, " ");
	}
}
