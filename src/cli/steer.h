/*
 * cli/steer.h -- targets of kotae steer (TARGET of control/verb.h), as people read them.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

struct json_t;

/* A table of them. */
void cli_steer_targets(const struct json_t *targets);
/* The colour of a target's state. */
const char *cli_steer_paint(const struct json_t *target);
/* What else there is to say: who holds it, why it is down; nothing: not an octet is added. */
void cli_steer_note(const struct json_t *target, struct kt_text *out);
