/*
 * daemon/verbs.h -- what each verb of the control socket answers (control/verb.h).
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "control/message.h"
#include "daemon/server.h"

#include <jansson.h>

/* A result (a new reference) with its exit status; what is wrong is in errs. */
struct verb_result {
	json_t *result;
	int status;
};

/* All verbs but reload and stop.  Any thread. */
KT_NONNULL struct verb_result verb_look(
    struct server *server, const struct control_request *request, struct kt_errs *errs);

/* Its answer waits for another thread or takes long: verb_look() is to be called beside the loop. */
KT_NONNULL bool verb_waits(const struct control_verb *verb);

/* What a reload that returned rc has to say. */
KT_NONNULL struct verb_result verb_reloaded(
    int rc, const struct server_reload_result *result, const struct kt_errs *errs);
