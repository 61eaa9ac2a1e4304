/*
 * ecs/prefixes.h -- a list of prefixes, one a line.
 *
 *   # comment
 *   240b:10:200::/41
 *   240b:10:280::/41,osaka2
 *   192.0.2.0/24 tokyo
 *
 * Behind the prefix, and a comma or blanks, may stand a label: the region of a network list,
 * or the fields of a geofeed (RFC 8805), as they are.  A first line that begins with "prefix",
 * "network" or "ip_prefix" is a heading.
 *
 * Input:    files of anybody: at most ECS_PREFIXES_MAX lines with a prefix.
 * Memory:   the list owns its text.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>

#define ECS_PREFIXES_MAX ((size_t)16 << 20)

struct ecs_entry {
	struct kt_prefix prefix;
	const char *label; /* "": none */
	unsigned line;
};

struct ecs_prefixes {
	struct ecs_entry *list;
	size_t n;
	char *text; /* private */
};

/*
 * Reads all lines; what is no prefix or has host bits is an error with its line.  0, or the code
 * of the first error; *out needs ecs_prefixes_fini() after 0 only.
 */
KT_MUST KT_NONNULL int ecs_prefixes_read(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct ecs_prefixes *out);
KT_NONNULL void ecs_prefixes_fini(struct ecs_prefixes *prefixes);
/* By ecs_prefix_compare(); equal prefixes stay in the order of their lines. */
KT_NONNULL void ecs_prefixes_sort(struct ecs_prefixes *prefixes);
