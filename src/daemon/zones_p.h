/*
 * daemon/zones_p.h -- between collecting (zones.c, directory.c) and loading (loader.c).
 */
#pragma once

#include "daemon/zones.h"

/*
 * Adds a zone.  KT_E_EXISTS: the table has it.  path is copied; NULL: none.
 */
KT_MUST int zone_table_add(struct zone_table *table, const struct dns_name *name,
    const char *path, uint32_t policy);

/*
 * Adds a zone for every NAME.zone in the directory; what cannot be one is reported.  KT_E_SYSTEM,
 * reported, when the directory cannot be read to its end.
 */
KT_MUST int zone_directory_add(struct zone_table *table,
    const struct conf_zone_directory *directory, uint32_t policy, struct kt_errs *errs);

/*
 * Gives every item its snapshot: that of old while its file stands, or a new one.
 */
void zone_table_load(struct zone_table *table, const struct zone_table *old,
    struct kt_errs *errs, struct zone_table_result *result);
