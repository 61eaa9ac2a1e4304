/*
 * probe/state_file.h -- a file that says which targets are up: lines "TARGET up|down".
 *
 * TARGET is a target's key ("192.0.2.1/web"), or its address or name alone, for all its
 * monitors; the key counts first.  "#" begins a comment.  A line that is wrong is reported and
 * passed over, as is a second one for the same target.
 *
 * Input:    hostile text, at most PROBE_STATE_FILE_MAX octets; work n log n.
 * Memory:   owns its texts.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define PROBE_STATE_FILE_MAX ((size_t)8 << 20)

struct probe_state_line {
	const char *target;
	size_t at; /* the same, counted from the start of all texts */
	unsigned line;
	bool up;
};

struct probe_state_file {
	struct probe_state_line *lines; /* sorted by target */
	size_t n;
	char *text;
};

/* name is for errors.  text has len octets and is copied. */
KT_NONNULL void probe_state_file_read(const char *text, size_t len, const char *name,
    struct kt_errs *errs, struct probe_state_file *out);
KT_NONNULL void probe_state_file_fini(struct probe_state_file *f);

/* NULL: it is not there. */
KT_NONNULL const struct probe_state_line *probe_state_file_find(
    const struct probe_state_file *f, const char *key);
