/*
 * cli/table.h -- rows of text in columns as wide as they must be.
 *
 * Memory:   the table owns copies of all texts.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>

#define CLI_COLUMNS_MAX 12

struct cli_table {
	const char *const *headings;
	size_t n_columns;
	int width[CLI_COLUMNS_MAX];
	struct kt_text text; /* cells, each with its NUL */
	size_t *at;          /* where each begins in text */
	const char **paint;  /* of each, or NULL */
	size_t n, cap, paint_cap;
};

/* headings stay the caller's. */
KT_NONNULL void cli_table_init(
    struct cli_table *t, const char *const *headings, size_t n_columns);
KT_NONNULL void cli_table_fini(struct cli_table *t);
/* The next cell, row by row; paint: an escape sequence for terminals, or NULL. */
void cli_table_add(struct cli_table *t, const char *text, const char *paint);
KT_PRINTF(2, 3) void cli_table_addf(struct cli_table *t, const char *format, ...);
/* To stdout, headings first. */
KT_NONNULL void cli_table_print(const struct cli_table *t);
