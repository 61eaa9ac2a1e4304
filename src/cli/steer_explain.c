#include "cli/client.h"
#include "cli/out.h"
#include "cli/verb.h"

#include "base/mem.h"
#include "conf/config.h"
#include "steering/explain.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Printing */

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static void print_line(int indent, const char *label)
{
	printf("%*s%-*s", indent, "", 10, label);
}

static void print_asked(const json_t *result)
{
	const json_t *asked = cli_member(result, "asked");
	const char *ecs = word(asked, "ecs");
	printf("%s %s, asked by %s", cli_text(result, "service"),
	    cli_text(result, "type"), cli_text(asked, "resolver"));
	if (*ecs)
		printf(" for %s (%s)", ecs, cli_text(asked, "ecs-use"));
	putchar('\n');
}

static void print_lines(const json_t *decision, const char *map)
{
	const json_t *lines = json_object_get(decision, "lines"), *line;
	size_t i;
	json_array_foreach(lines, i, line)
	{
		const char *file = word(line, "file");
		print_line(2, i ? "" : "map");
		printf("%s: %s is in %s", map, cli_text(line, "address"),
		    cli_text(line, "text"));
		if (*file)
			printf("  (%s:%" PRIu64 ")", file, cli_number(line, "line"));
		putchar('\n');
	}
}

static void print_regions(const json_t *decision)
{
	const json_t *regions = json_object_get(decision, "regions"), *region;
	uint64_t total = cli_number(decision, "regions-total");
	size_t i;
	if (!total)
		return;
	print_line(2, "class");
	printf("%" PRIu64 ":", cli_number(decision, "class"));
	json_array_foreach(regions, i, region)
	    printf("%s %s", i ? "," : "", json_string_value(region));
	if (total > json_array_size(regions))
		printf(" and %" PRIu64 " more", total - json_array_size(regions));
	putchar('\n');
}

static void print_decision(const json_t *result)
{
	const json_t *decision = cli_member(result, "decision");
	const char *cell = word(decision, "cell");
	print_lines(decision, cli_text(result, "map"));
	print_line(2, "client");
	printf("%s", cli_text(decision, "text"));
	if (*cell)
		printf("; cell %s", cell);
	putchar('\n');
	print_line(2, "scope");
	printf("%" PRIu64 "\n", cli_number(decision, "scope"));
	print_regions(decision);
}

static void print_override(const json_t *object)
{
	const json_t *override = json_object_get(object, "override");
	char until[32];
	if (!json_is_object(override))
		return;
	printf("; held %s by \"%s\"", cli_text(override, "state"),
	    cli_text(override, "pattern"));
	if (*word(override, "reason"))
		printf(" (%s)", word(override, "reason"));
	if (json_is_integer(json_object_get(override, "until")))
		printf(" until %s", cli_time(override, "until", until));
}

static void print_targets(const json_t *member)
{
	const json_t *target;
	size_t i;
	json_array_foreach(json_object_get(member, "targets"), i, target)
	{
		printf("%s %s %s", i ? "," : "", cli_text(target, "target"),
		    cli_text(target, "state"));
		if (*word(target, "error"))
			printf(": %s", word(target, "error"));
		print_override(target);
	}
}

static void print_pool(const json_t *pool, int indent);

static void print_member(const json_t *member, int indent)
{
	uint64_t share = cli_number(member, "share");
	printf("%*s%-24s %-5s weight %" PRIu64, indent, "", cli_text(member, "member"),
	    cli_flag(member, "up") ? "up" : "down", cli_number(member, "weight"));
	if (share && share < 1000)
		printf(
		    " (%" PRIu64 ".%" PRIu64 " %% of it yet)", share / 10, share % 10);
	print_targets(member);
	putchar('\n');
	if (json_is_object(json_object_get(member, "pool")))
		print_pool(json_object_get(member, "pool"), indent + 2);
}

static void print_pool(const json_t *pool, int indent)
{
	const json_t *member;
	size_t i;
	printf("%*spool %s, %s", indent, "", cli_text(pool, "pool"),
	    cli_text(pool, "method"));
	if (*word(pool, "verdict"))
		printf(": %s, %s", word(pool, "verdict"), word(pool, "text"));
	print_override(pool);
	putchar('\n');
	json_array_foreach(json_object_get(pool, "members"), i, member)
	    print_member(member, indent + 2);
}

static void print_answer(const json_t *result)
{
	static const char *const failed = ", cannot be signed: SERVFAIL";
	const json_t *answer = json_object_get(result, "answer"), *variant, *record;
	size_t i, k;
	print_line(2, "answer");
	puts(word(result, "text"));
	if (!json_is_object(answer))
		return;
	print_line(2, "");
	printf("%s of pool %s, by %s, TTL %" PRIu64 "%s%s\n", cli_text(answer, "type"),
	    cli_text(answer, "pool"), cli_text(answer, "pick"),
	    cli_number(answer, "ttl"), cli_flag(answer, "signed") ? ", signed" : "",
	    cli_flag(answer, "failed") ? failed : "");
	json_array_foreach(json_object_get(answer, "variants"), i, variant)
	{
		double p = json_number_value(json_object_get(variant, "probability"));
		printf("    %5.1f %% ", p * 100);
		json_array_foreach(json_object_get(variant, "records"), k, record)
		    printf(" %s", json_string_value(record));
		putchar('\n');
	}
	size_t shown = json_array_size(json_object_get(answer, "variants"));
	uint64_t total = cli_number(answer, "variants-total");
	if (total > shown)
		printf("    and %" PRIu64 " more\n", total - shown);
}

static void show(const json_t *result)
{
	const json_t *pool;
	size_t i;
	print_asked(result);
	print_decision(result);
	json_array_foreach(json_object_get(result, "pools"), i, pool)
	    print_pool(pool, 2);
	print_answer(result);
}

/* Asking */

static const char *option(const struct cli_args *args, const char *name)
{
	const char *value = cli_option_value(args, name);
	return value ? value : "";
}

static int ask_daemon(
    const struct cli_args *args, struct kt_errs *errs, json_t **result)
{
	const char *arguments[CONTROL_ARGUMENTS_MAX] = { args->operands[0],
		args->operands[1], option(args, "client"), option(args, "ecs") };
	struct control_reply reply;
	int rc = cli_remote_ask(
	    args, &control_verbs[CONTROL_STEER_EXPLAIN], arguments, errs, &reply);
	if (rc) {
		kt_errs_add(errs, KT_NOTE, rc, NULL, 0, 0, NULL,
		    "--offline asks the configuration file, with everything up");
		return rc;
	}
	for (size_t i = 0; i < reply.errs.n; i++) {
		const struct kt_err *e = &reply.errs.list[i];
		kt_errs_add(errs, e->grade, e->code, e->file, e->line, e->column,
		    e->source, "%s", e->text);
	}
	*result = json_incref(reply.result);
	rc = reply.status == CLI_ERROR ? KT_E_REFUSED : 0;
	control_reply_fini(&reply);
	return rc;
}

/* A configuration that is not loaded: nobody has looked, so all is taken as up. */
static int explain_here(const struct cli_args *args, struct steering *steering,
    struct kt_errs *errs, json_t **result)
{
	struct steering_question q;
	struct steering_refresh_result refreshed;
	struct dns_ecs ecs;
	int rc = steering_question_read(steering, args->operands[0], args->operands[1],
	    option(args, "client"), option(args, "ecs"), errs, &ecs, &q);
	if (rc)
		return rc;
	struct steering_health *health = kt_calloc(
	    steering->n_targets + 1, sizeof(*health));
	for (size_t i = 0; i < steering->n_targets; i++)
		health[i] = (struct steering_health){
			.up = true, .share = 1000, .stable_s = UINT32_MAX
		};
	steering_refresh(steering, health, kt_clock_unix(), &refreshed);
	*result = steering_explain(steering, &q, health, NULL, NULL);
	steering_explain_lines(steering, &q, *result);
	free(health);
	return 0;
}

static int ask_file(const struct cli_args *args, struct kt_errs *errs, json_t **result)
{
	struct conf_config *config;
	struct steering *steering;
	int rc = conf_config_read(
	    args->config ? args->config : CONF_FILE_DEFAULT, errs, &config);
	if (rc)
		return rc;
	rc = steering_make(&config->steering, errs, &steering);
	if (!rc) {
		rc = explain_here(args, steering, errs, result);
		steering_free(steering);
	}
	conf_config_free(config);
	return rc;
}

int cli_steer_explain_run(const struct cli_args *args)
{
	struct kt_errs errs;
	json_t *result = NULL;
	kt_errs_init(&errs, 0);
	int rc = cli_option_value(args, "offline") ? ask_file(args, &errs, &result)
						   : ask_daemon(args, &errs, &result);
	if (!rc && !args->json)
		show(result);
	int status = cli_finish(args->json, rc ? CLI_ERROR : CLI_CLEAN,
	    result ? result : json_object(), &errs);
	kt_errs_fini(&errs);
	return status;
}
