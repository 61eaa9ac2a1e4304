/*
 * conf/names.h -- texts with numbers, found by hash: what a reference may name.
 *
 * Memory:   texts are borrowed; the rest until conf_names_fini().  All zeros is empty.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_NO_NAME SIZE_MAX

struct conf_names {
	const char **list; /* by number */
	size_t n, cap;
	uint32_t *slots; /* number + 1; 0: free */
	size_t n_slots;
};

KT_NONNULL void conf_names_fini(struct conf_names *names);
/* The number of text, or CONF_NO_NAME. */
KT_NONNULL size_t conf_names_find(const struct conf_names *names, const char *text);
/* The next number is text's; it must not be there yet. */
KT_NONNULL void conf_names_add(struct conf_names *names, const char *text);
