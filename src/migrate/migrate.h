/*
 * migrate/migrate.h -- from the configuration of another server to kotae's.
 *
 * gdnsd: the directory with `config`, `zones/` and what they include.  BIG-IP DNS: the gtm
 * stanzas of a bigip_gtm.conf, or of `tmsh list gtm` output.  The result is the text of
 * kotae.yaml and of zone files.  Every line of the source that has no equal is named, with its
 * place, as a warning; what is only different is a note.
 *
 * Input:    files of people: nesting, size and includes are bounded.
 * Memory:   a result owns its texts until migrate_result_fini().
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#include <stddef.h>

struct migrate_zone {
	char *name; /* "example.com" */
	struct kt_text text;
};

struct migrate_result {
	struct kt_text yaml; /* kotae.yaml; zone files are named zones/NAME.zone */
	struct migrate_zone *zones;
	size_t n_zones, zones_size;
	size_t n_maps, n_monitors, n_pools, n_services;
};

/* 0 (warnings may be in errs); else the code of the first error and *out is empty. */
KT_MUST KT_NONNULL int migrate_gdnsd(
    const char *directory, struct kt_errs *errs, struct migrate_result *out);
/* service: a name for topology records without any wideip; NULL: then they make a map alone. */
KT_MUST int migrate_bigip(const char *file, const char *service, struct kt_errs *errs,
    struct migrate_result *out);
KT_NONNULL void migrate_result_fini(struct migrate_result *result);
