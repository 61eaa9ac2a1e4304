/*
 * daemon/explain.h -- kotae steer explain: why a client gets what it gets just now.
 *
 * Threads:  waits for the health thread: not for the control loop.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "control/message.h"
#include "daemon/server.h"
#include "daemon/verbs.h"

KT_NONNULL void explain_verb(struct server *server,
    const struct control_request *request, struct verb_result *r, struct kt_errs *errs);
