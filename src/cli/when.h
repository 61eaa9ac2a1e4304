/*
 * cli/when.h -- a time as people write it.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"

/*
 * "2017-08-21", "2017-08-21T12:30:00" with or without Z, "20170821123000" (as in RRSIG, RFC
 * 4034 s.3.2) or seconds since 1970; all UTC.  A day alone is its noon.  0 or KT_E_FORMAT.
 */
KT_MUST KT_NONNULL int cli_when_scan(const char *text, kt_unix *out);
