/*
 * ecs/lint.h -- what is strange in a map or service, though it loads.
 *
 *   cell-too-long       cells longer than resolvers send: they are never told apart
 *   class-unreachable   a class all of whose cells are so, and that never answers for others;
 *                       the targets that only it has
 *   class-empty         no address is of the class: nobody gets its targets
 *   network-redundant   a network inside one of the same region: it changes nothing
 *   network-duplicate   a prefix that stands there twice
 *
 * Host bits, unknown regions, and regions of a service that lack a type are found by
 * whoever reads the configuration (conf/, steering/).
 *
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "ecs/view.h"

#include <stddef.h>

/* What known resolvers send at most: RFC 7871 s.11.1, and the default of all that do it. */
#define ECS_SOURCE_IPV4 24
#define ECS_SOURCE_IPV6 56

struct ecs_finding {
	enum kt_grade grade;
	const char *word; /* "cell-too-long" */
	const char *file; /* NULL: it has no line */
	unsigned line, column;
	const char *text; /* until the callback returns */
};

typedef void ecs_lint_take(void *ctx, const struct ecs_finding *finding);

/* Cells and classes; source: by ecs_family_index(). */
KT_NONNULL void ecs_lint_view(const struct ecs_view *view, const unsigned source[2],
    ecs_lint_take *take, void *ctx);

/* The networks of a map, inline and in files, which are read again.  Reported as warnings of errs: what cannot be read. */
KT_NONNULL void ecs_lint_networks(
    const struct conf_map *map, struct kt_errs *errs, ecs_lint_take *take, void *ctx);

/* Targets of classes that blocks of `source` bits never get, as text; for a resolver that sends so few.  0: all are reached. */
KT_NONNULL size_t ecs_lint_unreached(
    const struct ecs_view *view, unsigned family, unsigned source, struct kt_text *out);
