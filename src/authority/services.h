/*
 * authority/services.h -- which zone holds which service.
 *
 * From the services of steering and the names of zones to the lists with which zones are loaded
 * (zone/steered.h), and back from a loaded zone's numbers to services.  A service belongs to
 * the zone with the longest name above it.
 *
 * Memory:   the lists borrow names and stand-ins from steering, which must outlive them.
 * Threads:  immutable once made.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "steering/steering.h"
#include "zone/steered.h"

#include <stddef.h>
#include <stdint.h>

struct authority_services;

/*
 * zones: n names in wire form, lower case.  What no zone can hold is reported, with the place of the
 * service, and left out; steering NULL: there are no services.
 */
KT_MUST struct authority_services *authority_services_make(
    const struct steering *steering, const uint8_t *const *zones, size_t n,
    struct kt_errs *errs);
void authority_services_free(struct authority_services *services);

/* The list of the i-th zone, to be completed with its key files; NULL: it has no service. */
KT_NONNULL struct zone_steered *authority_services_of(
    struct authority_services *services, size_t zone);

/*
 * The services of a loaded zone by number, z->n_steered of them: NULL where a zone that was
 * loaded earlier has a name that is no longer steered, whose stand-ins are then plain records.
 * From the heap.
 */
KT_MUST KT_NONNULL struct steering_service **authority_services_by_number(
    const struct steering *steering, const struct zone_snapshot *z);
