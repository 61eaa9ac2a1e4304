/*
 * steering/pattern.h -- which targets a person means.
 *
 * A pattern is a key ("192.0.2.1/web"), a bare address or name, which stands for all its
 * monitors, or a shell glob of keys, where "*" passes "/" as well.  Addresses and names may be
 * written in any way: they are brought to the form that keys have.
 *
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "steering/steering.h"

#include <stdbool.h>
#include <stdint.h>

#define STEERING_PATTERN_MAX 600

/* The key of a member's target, for its pool's monitor of that number; not for pools in pools. */
KT_NONNULL void steering_member_key(struct kt_text *key, const struct conf_pool *pool,
    const struct conf_member *member, size_t monitor);
/* The number of the target with exactly this key. */
KT_NONNULL bool steering_key_find(
    const struct steering *steering, const char *key, uint32_t *target);

/* The form that patterns are compared in; a new string.  NULL: too long. */
KT_MUST KT_NONNULL char *steering_pattern_make(const char *text);
/* Does it match the key?  pattern is as made. */
KT_NONNULL bool steering_pattern_fits(const char *pattern, const char *key);
/* Calls take for each target that a made pattern matches; returns how many. */
size_t steering_pattern_each(const struct steering *steering, const char *pattern,
    void (*take)(void *ctx, uint32_t target), void *ctx);
