#include "cli/out.h"

#include "base/clock.h"
#include "control/message.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool cli_colour(FILE *out)
{
	const char *none = getenv("NO_COLOR");
	return isatty(fileno(out)) && (!none || !*none);
}

int cli_finish(bool json, int status, json_t *result, const struct kt_errs *errs)
{
	if (json) {
		json_t *reply = control_reply_json(status, result, errs);
		json_dumpf(reply, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(reply);
	} else if (errs) {
		fflush(stdout);
		kt_errs_print(errs, stderr, cli_colour(stderr));
	}
	json_decref(result);
	return status;
}

const char *cli_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text && *text ? text : "-";
}

uint64_t cli_number(const json_t *object, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(object, key));
	return v > 0 ? (uint64_t)v : 0;
}

bool cli_flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const json_t *cli_member(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

char *cli_time(const json_t *object, const char *key, char *out)
{
	time_t at = (time_t)cli_number(object, key);
	struct tm tm;
	strcpy(out, "-");
	if (at && gmtime_r(&at, &tm))
		strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

enum {
	FIRST_AFTER_MS = 500,
	THEN_EACH_MS = 100
};

void cli_progress_begin(struct cli_progress *p, const char *what, size_t total)
{
	*p = (struct cli_progress){
		.what = what,
		.total = total,
		.began_ns = kt_clock_now().ns,
		.wanted = isatty(STDERR_FILENO),
	};
}

void cli_progress_show(struct cli_progress *p, size_t done)
{
	if (!p->wanted)
		return;
	int64_t now = kt_clock_now().ns;
	if (now - p->began_ns < kt_span_ms(FIRST_AFTER_MS).ns ||
	    now - p->shown_ns < kt_span_ms(THEN_EACH_MS).ns)
		return;
	p->shown_ns = now;
	p->visible = true;
	if (p->total)
		fprintf(stderr, "\r\033[K%zu of %zu %s", done, p->total, p->what);
	else
		fprintf(stderr, "\r\033[K%s, %" PRId64 " s", p->what,
		    (now - p->began_ns) / kt_span_ms(1000).ns);
	fflush(stderr);
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->visible)
		fputs("\r\033[K", stderr);
	p->visible = false;
}
