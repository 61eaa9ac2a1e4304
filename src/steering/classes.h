/*
 * steering/classes.h -- which regions of a service are alike, and maps that see only that.
 *
 * A class of a service is a set of regions with the same pools in the same order.
 * Services that part a map's regions in the same way share a split, and its compiled map.
 *
 * Memory:   classes in the arena of the steering, compiled maps on the heap (steering.c frees).
 * RFC:      7871 s.7.2.1, 7.4.
 */
#pragma once

#include "steering/steering_p.h"

/*
 * Wants regions and pools; sets plans, splits, and of each service all but the index.  0 or
 * KT_E_LIMIT: no memory for a map, reported.
 */
KT_MUST KT_NONNULL int steering_classes_make(
    struct steering *steering, struct kt_errs *errs);

/*
 * Every class must have a type that any has: else "no such records" is an answer of some
 * networks, which caches keep for everybody (RFC 7871 s.7.4).  Addresses: an error; names
 * beside addresses: a warning.  Reported; 0 or the code of the first error.
 */
KT_MUST KT_NONNULL int steering_types_check(
    const struct steering *steering, struct kt_errs *errs);
