/*
 * steering/special.h -- blocks that are cells of their own (RFC 7871 s.10, s.11.1).
 */
#pragma once

#include "base/attr.h"
#include "steering/partition.h"

#include <stdint.h>

struct steering_special {
	uint64_t high, low; /* left-aligned */
	uint8_t len;
	uint8_t family;
	uint16_t region; /* STEERING_BY_RESOLVER or STEERING_EMBEDDED */
	/* Embedded: the IPv4 address begins here, which is what its cells' lengths count from */
	uint8_t offset;
};

#define STEERING_N_SPECIAL 10

extern const struct steering_special steering_specials[STEERING_N_SPECIAL];

/* The v4-like block that holds the whole prefix, or NULL. */
const struct steering_special *steering_special_embedding(
    steering_key key, unsigned len);
/* The IPv4 address in an address of that block, left-aligned. */
KT_NONNULL steering_key steering_special_inner(
    const struct steering_special *block, steering_key key);
