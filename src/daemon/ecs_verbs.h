/*
 * daemon/ecs_verbs.h -- what kotae ecs asks of the daemon (control/verb.h).
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "daemon/server.h"
#include "daemon/verbs.h"

/* The partition of the map or service of this name; the rest is the tool's. */
KT_NONNULL void ecs_verb_export(struct server *server, const char *name,
    struct verb_result *r, struct kt_errs *errs);
/* Resolvers that sent client subnets shorter than the cells in them. */
KT_NONNULL void ecs_verb_short(struct server *server, struct verb_result *r);
