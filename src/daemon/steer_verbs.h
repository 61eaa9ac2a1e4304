/*
 * daemon/steer_verbs.h -- kotae steer: what is watched, and words of the operator.
 *
 * Threads:  they wait for the health thread: not for the control loop.
 */
#pragma once

#include "base/attr.h"
#include "control/message.h"
#include "daemon/health.h"
#include "daemon/verbs.h"

#include <jansson.h>

/* Is it one of those below? */
KT_NONNULL bool steer_verb_is(const struct control_verb *verb);
KT_NONNULL void steer_verb_run(struct health *health,
    const struct control_request *request, struct verb_result *r, struct kt_errs *errs);

/* daemon/steer_json.c: the objects of control/verb.h, new references */

/* During a health_look(). */
struct steer_look {
	const struct steering *steering;
	const struct monitor *monitor;
	const bool *usable; /* health_pools() */
	size_t faults;      /* targets seen that are down and that nobody forced */
};

KT_NONNULL bool steer_is_fault(const struct monitor_view *view);
KT_MUST KT_NONNULL json_t *steer_target_json(const struct monitor_view *view);
KT_MUST KT_NONNULL json_t *steer_pool_json(
    struct steer_look *look, const struct conf_pool *pool);
KT_MUST KT_NONNULL json_t *steer_service_json(
    struct steer_look *look, const struct steering_service *service);
