/*
 * daemon/answers.h -- what the authority is told: from configuration and zones to a
 * struct authority_config.
 *
 * Threads:  built by one thread, immutable then.
 */
#pragma once

#include "authority/answer.h"
#include "base/attr.h"
#include "base/hash.h"
#include "conf/config.h"
#include "daemon/zones.h"
#include "steering/steering.h"

/*
 * Indices in authority_config.policies of the i-th zone and directory; 0, that of zones
 * without anything special, when they have nothing special.
 */
KT_NONNULL uint32_t policy_of_zone(const struct conf_config *config, size_t i);
KT_NONNULL uint32_t policy_of_directory(const struct conf_config *config, size_t i);

/* What answers_make() relies on and conf/ cannot know.  0, or a code; reported. */
KT_MUST KT_NONNULL int answers_check(
    const struct conf_config *config, struct kt_errs *errs);

/*
 * Everything in it belongs to it, but steering (NULL: none).  own_secret makes cookies when the configuration gives
 * no secret.
 */
KT_MUST struct authority_config *answers_make(const struct conf_config *config,
    const struct zone_table *zones, const struct steering *steering,
    const struct kt_sip_key *own_secret);
void answers_free(struct authority_config *answers);
