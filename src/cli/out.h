/*
 * cli/out.h -- what verbs print.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_t;

/* Colour is for terminals, unless NO_COLOR is set. */
KT_NONNULL bool cli_colour(FILE *out);

/*
 * The end of a verb: with json the reply as one object on stdout, else the errors on stderr.
 * result is let go.  Returns status.
 */
int cli_finish(
    bool json, int status, struct json_t *result, const struct kt_errs *errs);

/* Members of a reply's result, whatever the other side sent: "-" or 0 when absent. */
const char *cli_text(const struct json_t *object, const char *key);
uint64_t cli_number(const struct json_t *object, const char *key);
bool cli_flag(const struct json_t *object, const char *key);
const struct json_t *cli_member(const struct json_t *object, const char *key);
/* A time of such a member as 2026-01-31T12:00:00Z into out of 32 octets; returns out. */
char *cli_time(const struct json_t *object, const char *key, char *out);

/*
 * One line on stderr that changes while something takes long; nothing when stderr is no
 * terminal, and nothing in the first half second.
 */
struct cli_progress {
	const char *what; /* "zones checked" */
	size_t total;
	int64_t began_ns, shown_ns;
	bool visible, wanted;
};

KT_NONNULL void cli_progress_begin(
    struct cli_progress *p, const char *what, size_t total);
KT_NONNULL void cli_progress_show(struct cli_progress *p, size_t done);
/* Takes the line away; call it before anything else is written. */
KT_NONNULL void cli_progress_end(struct cli_progress *p);
