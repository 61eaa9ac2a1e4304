/*
 * cli/ecs_open.h -- what the verbs of kotae ecs begin with: the map or service to look at, and
 * the values of their options.
 *
 * Errors go to errs; results are owned by the caller.
 */
#pragma once

#include "cli/verb.h"

#include "base/err.h"
#include "conf/config.h"
#include "ecs/lint.h"
#include "ecs/prefixes.h"
#include "ecs/view.h"
#include "steering/steering.h"

#include <stdint.h>

#define CLI_SOURCES_MAX 64

/* A configuration that is not loaded, or what the daemon has. */
struct cli_ecs {
	struct conf_config *config; /* NULL with --running */
	struct steering *steering;  /* NULL unless it was needed */
	struct ecs_view *view;
};

/* The file of --config, or the default one. */
KT_NONNULL const char *cli_ecs_config(const struct cli_args *args);
/*
 * Reads it.  What is odd about it without being wrong is not said: kotae check does.
 */
KT_MUST KT_NONNULL int cli_ecs_read(
    const char *path, struct kt_errs *errs, struct conf_config **out);
/* The map or service called name, of the configuration or (--running) of the daemon. */
KT_MUST KT_NONNULL int cli_ecs_open(const struct cli_args *args, const char *name,
    struct kt_errs *errs, struct cli_ecs *out);
KT_NONNULL void cli_ecs_close(struct cli_ecs *ecs);

/* The daemon's answer about a map or service, without making a view of it. */
KT_MUST KT_NONNULL int cli_ecs_ask_parts(const struct cli_args *args, const char *name,
    struct kt_errs *errs, struct ecs_parts **out);

/* The file of --prefixes. */
KT_MUST KT_NONNULL int cli_ecs_prefixes(
    const struct cli_args *args, struct kt_errs *errs, struct ecs_prefixes *out);

/* --source 24,56: lengths, at most CLI_SOURCES_MAX; none given: *n is 0. */
KT_MUST KT_NONNULL int cli_ecs_sources(
    const struct cli_args *args, struct kt_errs *errs, unsigned *out, size_t *n);
/*
 * The same as what a resolver sends of IPv4 and IPv6: the largest length up to 32 (else 24) and
 * the largest of all when it is above 32 or alone (else 56).
 */
KT_MUST KT_NONNULL int cli_ecs_source_pair(
    const struct cli_args *args, struct kt_errs *errs, unsigned out[2]);

/* A number up to max; *out stays when the option was not given. */
KT_MUST KT_NONNULL int cli_ecs_number(const struct cli_args *args, const char *option,
    uint64_t max, struct kt_errs *errs, uint64_t *out);
/* --resolver: whose address counts where the client's does not; default 192.0.2.1. */
KT_MUST KT_NONNULL int cli_ecs_resolver(
    const struct cli_args *args, struct kt_errs *errs, struct kt_addr *out);
/* 69,206,016 or 1.2e+21 into 32 octets; returns out. */
KT_NONNULL char *cli_ecs_count(long double n, char *out);
