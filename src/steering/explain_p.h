/*
 * steering/explain_p.h -- what the files of steering/explain.h share.
 */
#pragma once

#include "steering/explain.h"
#include "steering/steering_p.h"
#include "steering/winner.h"

#include <jansson.h>

struct explanation {
	const struct steering *steering;
	const struct steering_question *question;
	const struct steering_state *state;
	const struct steering_health *health;
	steering_see *see;
	void *ctx;
	const struct steering_list *class;
	struct steering_winner winner;
};

/* Takes the reference. */
KT_NONNULL void explain_set(json_t *object, const char *key, json_t *value);
/* Any octets; NULL gives null. */
json_t *explain_text(const char *chars);
KT_NONNULL json_t *explain_types(uint8_t types);

/* The class's pools in order, each with its verdict. */
KT_NONNULL json_t *explain_pools(const struct explanation *x);
/* The records that may be answered now. */
KT_NONNULL json_t *explain_answer(
    const struct explanation *x, const struct steering_answer *answer);

extern const char *const explain_type_names[STEERING_N_TYPES];
