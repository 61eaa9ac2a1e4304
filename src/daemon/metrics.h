/*
 * daemon/metrics.h -- everything that is counted, as OpenMetrics text.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "daemon/server.h"

#include <stdint.h>

/* Waits for the health thread: from none that others wait for. */
KT_NONNULL void metrics_write(struct kt_text *out, struct server *server);
/* Queries that were read, over all workers. */
KT_NONNULL uint64_t metrics_queries(const struct server_view *view);
