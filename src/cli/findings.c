#include "cli/findings.h"

#include "cli/out.h"
#include "cli/verb.h"
#include "control/text.h"
#include "dns/type.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const grades[] = { "error", "warning", "note" };

static void add_json(
    json_t *list, const struct zone_finding *f, const char *owner, const char *type)
{
	json_t *object = json_object();
	json_object_set_new(object, "grade", control_string(grades[f->grade]));
	json_object_set_new(object, "word", control_string(f->word));
	json_object_set_new(object, "owner", control_string(owner));
	json_object_set_new(object, "type", control_string(type));
	json_object_set_new(object, "text", control_string(f->text));
	json_array_append_new(list, object);
}

static void print(const struct cli_findings *findings, const struct zone_finding *f,
    const char *owner, const char *type)
{
	static const char *const paint[] = { "\033[1;31m", "\033[1;33m", "\033[36m" };
	bool colour = cli_colour(stdout);
	if (findings->progress)
		cli_progress_end(findings->progress);
	printf("%s: %s%s:%s %s%s%s: %s [%s]\n", findings->file,
	    colour ? paint[f->grade] : "", grades[f->grade], colour ? "\033[0m" : "",
	    owner, type ? " " : "", type ? type : "", f->text, f->word);
}

/* A thousand signatures that expired together need no thousand lines. */
static bool enough_of(struct cli_findings *findings, const char *word)
{
	for (size_t i = 0; i < CLI_FINDINGS_WORDS; i++) {
		if (!findings->words[i].word)
			findings->words[i].word = word;
		if (strcmp(findings->words[i].word, word) == 0)
			return ++findings->words[i].n > CLI_FINDINGS_EACH;
	}
	return false;
}

static void print_rest(struct cli_findings *findings)
{
	for (size_t i = 0; i < CLI_FINDINGS_WORDS && findings->words[i].word; i++)
		if (findings->words[i].n > CLI_FINDINGS_EACH)
			printf("%s: ... and %zu more [%s]\n", findings->file,
			    findings->words[i].n - CLI_FINDINGS_EACH,
			    findings->words[i].word);
	memset(findings->words, 0, sizeof(findings->words));
}

static void take(void *ctx, const struct zone_finding *f)
{
	struct cli_findings *findings = ctx;
	char owner[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	dns_name_print(f->owner, owner);
	const char *shown = f->type ? dns_type_print(f->type, type) : NULL;
	findings->errors += f->grade == KT_ERROR;
	findings->warnings += f->grade == KT_WARNING;
	if (findings->list)
		add_json(findings->list, f, owner, shown);
	else if (!enough_of(findings, f->word))
		print(findings, f, owner, shown);
}

void cli_findings_take(
    struct cli_findings *findings, const struct zone_snapshot *zone, kt_unix at)
{
	const struct zone_check_options options = { .at = at, .signatures = true };
	(void)zone_check(zone, &options, take, findings);
	print_rest(findings);
}

int cli_findings_status(const struct cli_findings *findings)
{
	return findings->errors     ? CLI_ERROR
	       : findings->warnings ? CLI_FINDINGS
				    : CLI_CLEAN;
}
