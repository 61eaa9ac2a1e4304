/*
 * probe/certificate.h -- until when certificates are valid.
 *
 * libcurl tells what a server presented as text, "Expire date:Nov  1 12:00:00 2026 GMT".
 *
 * Input:    texts made from a stranger's certificates.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <stddef.h>

#define PROBE_DATE_TEXT 16

/* "Nov  1 12:00:00 2026 GMT" or "2026-11-01 12:00:00 GMT".  0 or KT_E_FORMAT. */
KT_MUST KT_NONNULL int probe_date_scan(const char *text, kt_unix *out);
/* "2026-11-01" into PROBE_DATE_TEXT octets; returns out. */
KT_NONNULL char *probe_date_print(kt_unix at, char *out);

/* Of the server's own, the first of the chain; 0: none was presented. */
KT_NONNULL kt_unix probe_certificate_end(CURL *easy);
/* Of the first of the chain that has ended by now; 0: none. */
KT_NONNULL kt_unix probe_certificate_ended(CURL *easy, kt_unix now);
