/*
 * conf/print.h -- a configuration as text, and the difference of two.
 *
 * Memory:   texts go into the caller's.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "conf/config.h"

#include <stdbool.h>

/*
 * Appends kotae.yaml text with all options, defaults included, that reads back to the
 * same configuration from any directory: relative paths get `directory` (absolute) before
 * them.  Secrets that stand in the configuration itself are printed; those of files are not.
 */
KT_NONNULL void conf_config_print(
    const struct conf_config *config, const char *directory, struct kt_text *out);

/* One option that differs; a NULL side does not have it. */
struct conf_change {
	const char *option; /* "zones.example.com.file", "listen[2].port" */
	const char *running, *file;
	bool restart; /* a reload does not bring it: the process must start again */
};

/* change is valid until the callback returns. */
typedef void conf_change_take(void *ctx, const struct conf_change *change);

/*
 * Calls take for each option in which the two differ; secrets are compared and shown as
 * "(secret)".  Returns how many there were.
 */
size_t conf_config_diff(const struct conf_config *running,
    const struct conf_config *file, conf_change_take *take, void *ctx);
