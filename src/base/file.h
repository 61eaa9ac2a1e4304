/*
 * base/file.h -- files: read whole, replace safely.
 *
 * Errors: KT_E_SYSTEM with errno as the system left it; KT_E_LIMIT when the file
 * is larger than max.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file in memory; at[len] is readable and 0.  Free with kt_file_free(). */
struct kt_file {
	char *at;
	size_t len;
	bool mapped;
};

KT_MUST int kt_file_read(const char *path, size_t max, struct kt_file *out);
KT_NONNULL void kt_file_free(struct kt_file *file);

/*
 * Replaces path whole or not at all: a temporary file beside it, fsync, rename,
 * fsync of the directory.
 */
KT_MUST int kt_file_replace(
    const char *path, const void *octets, size_t len, unsigned mode);

/* path seen from the directory of base, in a new string: absolute paths stay. */
KT_MUST char *kt_path_beside(const char *base, const char *path);
