#include "cli/out.h"
#include "cli/steer.h"
#include "cli/verb.h"

#include "base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

enum {
	REGIONS_SHOWN = 8,
	VARIANTS_SHOWN = 16,
};

static void show_state(const json_t *target)
{
	bool colour = cli_colour(stdout);
	struct kt_text note = { 0 };
	cli_steer_note(target, &note);
	printf("%s%s%s%s%s", colour ? cli_steer_paint(target) : "",
	    cli_text(target, "state"), colour ? "\033[0m" : "", note.len ? ", " : "",
	    kt_text_of(&note));
	kt_text_fini(&note);
}

static void show_target(const json_t *target)
{
	char since[32], probed[32];
	printf("target    %s\n", cli_text(target, "target"));
	printf("monitor   %s, type %s\n", cli_text(target, "monitor"),
	    cli_text(target, "type"));
	fputs("state     ", stdout);
	show_state(target);
	printf("\nsince     %s, %" PRIu64 " changes\n",
	    cli_time(target, "since", since), cli_number(target, "changes"));
	printf("found     %s, %" PRIu64 " results in a row against it\n",
	    cli_text(target, "found"), cli_number(target, "streak"));
	printf("probed    %s, %" PRIu64 " ok, %" PRIu64 " failed\n",
	    cli_time(target, "probed", probed), cli_number(target, "ok"),
	    cli_number(target, "failed"));
	printf("error     %s\n", cli_text(target, "error"));
}

/* "a, b, c and 3 more" */
static void show_words(const json_t *list, size_t max)
{
	size_t n = json_array_size(list);
	for (size_t i = 0; i < n && i < max; i++) {
		const char *word = json_string_value(json_array_get(list, i));
		printf("%s%s", i ? ", " : "", word ? word : "-");
	}
	if (n > max)
		printf(" and %zu more", n - max);
	if (!n)
		fputs("-", stdout);
}

static void show_member(const json_t *member)
{
	const json_t *targets = cli_member(member, "targets");
	printf("  member  %s, weight %" PRIu64 "\n", cli_text(member, "member"),
	    cli_number(member, "weight"));
	for (size_t i = 0; i < json_array_size(targets); i++) {
		const json_t *target = json_array_get(targets, i);
		printf("          %s ", cli_text(target, "target"));
		show_state(target);
		fputc('\n', stdout);
	}
}

static void show_pool(const json_t *pool)
{
	const json_t *members = cli_member(pool, "members"),
		     *override = cli_member(pool, "override");
	printf("pool      %s %s, %s, at least %" PRIu64 " up", cli_text(pool, "name"),
	    cli_flag(pool, "up") ? "up" : "down", cli_text(pool, "method"),
	    cli_number(pool, "min-up"));
	if (cli_number(pool, "slow-start"))
		printf(", slow start %" PRIu64 " s", cli_number(pool, "slow-start"));
	if (json_is_object(override))
		printf(", forced %s by %s", cli_text(override, "state"),
		    cli_text(override, "pattern"));
	fputs("\n  by      ", stdout);
	show_words(cli_member(pool, "monitors"), REGIONS_SHOWN);
	fputc('\n', stdout);
	for (size_t i = 0; i < json_array_size(members); i++)
		show_member(json_array_get(members, i));
}

static void show_answer(const json_t *answer)
{
	const json_t *variants = cli_member(answer, "variants");
	size_t n = json_array_size(variants);
	printf("  %-6s  ttl %" PRIu64 ", pool %s%s\n", cli_text(answer, "type"),
	    cli_number(answer, "ttl"), cli_text(answer, "pool"),
	    cli_flag(answer, "failed") ? ", could not be signed: SERVFAIL" : "");
	for (size_t i = 0; i < n && i < VARIANTS_SHOWN; i++) {
		const json_t *variant = json_array_get(variants, i);
		fputs("          ", stdout);
		show_words(cli_member(variant, "records"), VARIANTS_SHOWN);
		if (n > 1)
			printf("  %s %" PRIu64 "/%" PRIu64, cli_text(answer, "pick"),
			    cli_number(variant, "weight"), cli_number(answer, "total"));
		fputc('\n', stdout);
	}
	if (n > VARIANTS_SHOWN)
		printf("          and %zu more\n", n - VARIANTS_SHOWN);
}

static void show_class(const json_t *class)
{
	const json_t *answers = cli_member(class, "answers");
	printf("class %-3" PRIu64 " regions ", cli_number(class, "class"));
	show_words(cli_member(class, "regions"), REGIONS_SHOWN);
	fputs("\n  pools   ", stdout);
	show_words(cli_member(class, "pools"), REGIONS_SHOWN);
	fputc('\n', stdout);
	for (size_t i = 0; i < json_array_size(answers); i++)
		show_answer(json_array_get(answers, i));
	if (!json_array_size(answers))
		puts("  nothing is answered now");
}

static void show_service(const json_t *service)
{
	const json_t *pools = cli_member(service, "pools"),
		     *classes = cli_member(service, "classes");
	printf("service   %s, map %s, ttl %" PRIu64 " to %" PRIu64 "%s\n",
	    cli_text(service, "name"), cli_text(service, "map"),
	    cli_number(service, "ttl-min"), cli_number(service, "ttl"),
	    cli_flag(service, "signed") ? ", signed" : "");
	for (size_t i = 0; i < json_array_size(pools); i++)
		show_pool(json_array_get(pools, i));
	for (size_t i = 0; i < json_array_size(classes); i++)
		show_class(json_array_get(classes, i));
}

void cli_steer_show_show(const json_t *result)
{
	const char *kind = cli_text(result, "kind");
	if (strcmp(kind, "service") == 0)
		show_service(result);
	else if (strcmp(kind, "pool") == 0)
		show_pool(result);
	else
		show_target(result);
}
