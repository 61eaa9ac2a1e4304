/* kotae ecs lint: what is strange in maps and services, though they load. */
#include "cli/client.h"
#include "cli/ecs_open.h"
#include "cli/out.h"

#include "base/mem.h"
#include "control/text.h"
#include "ecs/lint.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A thousand networks that change nothing need no thousand lines. */
#define EACH      20
#define WORDS_MAX 16

struct lint {
	const struct cli_args *args;
	struct kt_errs *errs;
	unsigned source[2];
	json_t *list; /* with --json */
	size_t n;
	struct {
		const char *word;
		size_t n;
	} words[WORDS_MAX];
};

static void add_json(struct lint *l, const struct ecs_finding *f)
{
	json_t *o = json_object();
	json_object_set_new(o, "grade", json_string("warning"));
	json_object_set_new(o, "word", json_string(f->word));
	json_object_set_new(o, "text", control_string(f->text));
	json_object_set_new(o, "file", control_string(f->file));
	json_object_set_new(o, "line", json_integer(f->line));
	json_array_append_new(l->list, o);
}

static bool enough_of(struct lint *l, const char *word)
{
	for (size_t i = 0; i < WORDS_MAX; i++) {
		if (!l->words[i].word)
			l->words[i].word = word;
		if (strcmp(l->words[i].word, word) == 0)
			return ++l->words[i].n > EACH;
	}
	return false;
}

static void take(void *ctx, const struct ecs_finding *f)
{
	struct lint *l = ctx;
	bool colour = cli_colour(stdout);
	l->n++;
	if (l->list) {
		add_json(l, f);
		return;
	}
	if (enough_of(l, f->word))
		return;
	if (f->file)
		printf("%s:%u: ", f->file, f->line);
	printf("%swarning:%s %s [%s]\n", colour ? "\033[1;33m" : "",
	    colour ? "\033[0m" : "", f->text, f->word);
}

static void print_rest(const struct lint *l)
{
	for (size_t i = 0; i < WORDS_MAX && l->words[i].word; i++)
		if (l->words[i].n > EACH)
			printf("... and %zu more [%s]\n", l->words[i].n - EACH,
			    l->words[i].word);
}

/* Of a configuration */

static bool is_used(const struct steering *steering, const struct conf_map *map)
{
	for (size_t i = 0; i < steering->n_services; i++)
		if (steering->services[i].conf->map == map)
			return true;
	return false;
}

/* Its services say more about its regions than the map alone. */
static void lint_map(struct lint *l, const struct steering *steering, size_t i)
{
	const struct conf_map *map = &steering->conf->maps[i];
	struct ecs_view *view;
	ecs_lint_networks(map, l->errs, take, l);
	if (is_used(steering, map) || ecs_view_of_regions(steering->regions[i], &view))
		return;
	ecs_lint_view(view, l->source, take, l);
	ecs_view_free(view);
}

static bool wanted(const struct cli_args *args, const char *name)
{
	return !args->n_operands || strcmp(args->operands[0], name) == 0;
}

/* A map with the services that use it; a service alone when it was named. */
static size_t lint_steering(struct lint *l, const struct steering *steering)
{
	size_t n = 0;
	for (size_t i = 0; i < steering->conf->n_maps; i++) {
		if (!wanted(l->args, steering->conf->maps[i].name))
			continue;
		n++;
		lint_map(l, steering, i);
	}
	const struct steering_service *named = l->args->n_operands
						   ? ecs_service_find(
							 steering, l->args->operands[0])
						   : NULL;
	for (size_t i = 0; i < steering->n_services; i++) {
		const struct steering_service *s = &steering->services[i];
		if (s != named &&
		    !(s->conf->map && wanted(l->args, s->conf->map->name)))
			continue;
		n++;
		struct ecs_view *view = ecs_view_of_service(steering, s);
		ecs_lint_view(view, l->source, take, l);
		ecs_view_free(view);
	}
	return n;
}

static int lint_config(struct lint *l)
{
	struct conf_config *config;
	struct steering *steering = NULL;
	int rc = cli_ecs_read(cli_ecs_config(l->args), l->errs, &config);
	if (rc)
		return rc;
	rc = steering_make(&config->steering, l->errs, &steering);
	if (!rc && !lint_steering(l, steering) && l->args->n_operands)
		rc = kt_errs_add(l->errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "there is no map or service \"%s\"", l->args->operands[0]);
	steering_free(steering);
	conf_config_free(config);
	return rc;
}

/* Of the daemon: client subnets that were too short */

/* What clients of such a resolver never get, of one service. */
static void add_unreached(struct lint *l, const char *service, unsigned family,
    unsigned source, struct kt_text *out)
{
	struct ecs_parts *parts;
	struct ecs_view *view;
	struct kt_text unreached = { 0 };
	if (cli_ecs_ask_parts(l->args, service, l->errs, &parts) ||
	    ecs_view_of_parts(parts, &view))
		return;
	if (ecs_lint_unreached(view, family, source, &unreached))
		kt_text_addf(
		    out, "; never reached of %s: %s", service, kt_text_of(&unreached));
	kt_text_fini(&unreached);
	ecs_view_free(view);
}

/* Does the operand say this service?  Names are told with their last dot. */
static bool is_named(const struct cli_args *args, const json_t *service)
{
	const char *operand = args->n_operands ? args->operands[0] : "";
	const char *name = cli_text(service, "name");
	size_t len = strlen(operand);
	len -= len > 1 && operand[len - 1] == '.';
	return len && strncasecmp(operand, name, len) == 0 &&
	       (strcmp(name + len, ".") == 0 || !name[len]);
}

/* The services of the map that the operand asks for: itself, or all of its map. */
static bool wants_service(const struct lint *l, const json_t *service)
{
	return wanted(l->args, cli_text(service, "map")) || is_named(l->args, service);
}

static bool wants_map(const struct lint *l, const char *map, const json_t *services)
{
	bool yes = wanted(l->args, map);
	for (size_t i = 0; i < json_array_size(services) && !yes; i++) {
		const json_t *s = json_array_get(services, i);
		yes = strcmp(cli_text(s, "map"), map) == 0 && is_named(l->args, s);
	}
	return yes;
}

/* A word that is neither a service nor the map of one is no reason to be silent. */
static int check_operand(struct lint *l, const json_t *services)
{
	bool found = !l->args->n_operands;
	for (size_t i = 0; i < json_array_size(services) && !found; i++)
		found = wants_service(l, json_array_get(services, i));
	if (found)
		return 0;
	return kt_errs_add(l->errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
	    "there is no service \"%s\", and none with a map of this name",
	    l->args->operands[0]);
}

static void take_short(struct lint *l, const json_t *entry, const json_t *services)
{
	struct kt_text text = { 0 };
	const char *map = cli_text(entry, "map");
	unsigned family = cli_number(entry, "family") == 4 ? 4 : 6;
	unsigned source = (unsigned)cli_number(entry, "source");
	kt_text_addf(&text,
	    "resolver %s sent %llu client subnets of IPv%u with /%u, map %s needs "
	    "/%llu",
	    cli_text(entry, "resolver"), (unsigned long long)cli_number(entry, "count"),
	    family, source, map, (unsigned long long)cli_number(entry, "needed"));
	for (size_t i = 0; i < json_array_size(services); i++) {
		const json_t *s = json_array_get(services, i);
		if (strcmp(cli_text(s, "map"), map) == 0 && wants_service(l, s))
			add_unreached(l, cli_text(s, "name"), family, source, &text);
	}
	struct ecs_finding f = { .grade = KT_WARNING,
		.word = "source-too-short",
		.text = kt_text_of(&text) };
	take(l, &f);
	kt_text_fini(&text);
}

static int lint_running(struct lint *l)
{
	static const char *const no_arguments[] = { NULL };
	struct control_reply reply;
	int rc = cli_remote_ask(
	    l->args, &control_verbs[CONTROL_ECS_SHORT], no_arguments, l->errs, &reply);
	if (rc)
		return rc;
	const json_t *list = cli_member(reply.result, "short");
	const json_t *services = cli_member(reply.result, "services");
	rc = check_operand(l, services);
	for (size_t i = 0; !rc && i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		if (wants_map(l, cli_text(entry, "map"), services))
			take_short(l, entry, services);
	}
	control_reply_fini(&reply);
	return rc;
}

int cli_ecs_lint_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct lint l = { .args = args, .errs = &errs };
	json_t *result = NULL;
	kt_errs_init(&errs, 0);
	if (args->json)
		l.list = json_array();
	int rc = cli_ecs_source_pair(args, &errs, l.source);
	if (!rc)
		rc = cli_option_value(args, "running") ? lint_running(&l)
						       : lint_config(&l);
	if (!args->json)
		print_rest(&l);
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "findings", l.list);
	}
	int status = rc || errs.n_errors      ? CLI_ERROR
		     : l.n || errs.n_warnings ? CLI_FINDINGS
					      : CLI_CLEAN;
	cli_finish(args->json, status, result, &errs);
	kt_errs_fini(&errs);
	return status;
}
