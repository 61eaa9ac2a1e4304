/*
 * probe/needle.h -- a text looked for in what comes in pieces, without keeping the pieces.
 *
 * Knuth, Morris and Pratt: the work is linear, whatever the server sends.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct probe_needle {
	const char *text; /* borrowed */
	size_t len;       /* 0: found at once */
	size_t *border;   /* by length of a part that matches: its longest border */
};

KT_NONNULL void probe_needle_init(struct probe_needle *n, const char *text);
KT_NONNULL void probe_needle_fini(struct probe_needle *n);
/* *matched is 0 before the first piece, and len for good once the text was found. */
KT_NONNULL void probe_needle_feed(
    const struct probe_needle *n, size_t *matched, const char *piece, size_t len);
