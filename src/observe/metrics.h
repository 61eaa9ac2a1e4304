/*
 * observe/metrics.h -- counters and gauges as OpenMetrics text.
 *
 * The caller hands in tables and pointers; nothing here knows whose counters they are.
 * A family is written once, all its samples together:
 *
 *   observe_family(out, &(struct observe_family){ "kotae_workers", OBSERVE_GAUGE, NULL, "..." });
 *   observe_sample(out, "kotae_workers", NULL, 0, 4);
 *   ...
 *   observe_end(out);
 *
 * Input:    label values and help texts of any octets (escaped; octets that are not UTF-8 are replaced);
 *           names of families and labels are the program's own.
 * Threads:  counters are read with relaxed atomic loads while their worker adds.
 * Spec:     OpenMetrics 1.0 (text format): "# TYPE", "# UNIT", "# HELP", "_total", "# EOF".
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* The Content-Type of the answer. */
#define OBSERVE_CONTENT_TYPE \
 "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum observe_kind {
	OBSERVE_COUNTER, /* samples are named NAME_total */
	OBSERVE_GAUGE,
	OBSERVE_INFO,     /* samples are named NAME_info, value 1 */
	OBSERVE_STATESET, /* one sample a state, 0 or 1; the label is named as the family */
};

struct observe_family {
	const char *name; /* without suffix; ends in _UNIT if there is one */
	enum observe_kind kind;
	const char *unit; /* "seconds", "bytes"; NULL: none */
	const char *help;
};

struct observe_label {
	const char *name;
	const char *value;
};

/* "# TYPE", "# UNIT" and "# HELP" of a family. */
KT_NONNULL void observe_family(
    struct kt_text *out, const struct observe_family *family);
/* One line.  name has its suffix; labels may be NULL when n is 0. */
void observe_sample(struct kt_text *out, const char *name,
    const struct observe_label *labels, size_t n, uint64_t value);
/* The same with milliseconds written as seconds. */
void observe_sample_ms(struct kt_text *out, const char *name,
    const struct observe_label *labels, size_t n, int64_t ms);
/* "# EOF": nothing may follow. */
KT_NONNULL void observe_end(struct kt_text *out);

/*
 * A counter that every worker has at the same place of its own block: a uint64_t at
 * offset.  Rows of one family stand together; the first row's help is the family's.
 */
struct observe_counter {
	const char *name; /* family, without _total: "kotae_queries" */
	const char *
	    unit; /* "bytes", "seconds" (then the counter is nanoseconds); NULL: none */
	struct observe_label label; /* name NULL: none */
	size_t offset;
	const char *help;
};

/* Sums each row over the blocks and writes all families. */
KT_NONNULL void observe_counters(struct kt_text *out,
    const struct observe_counter *rows, size_t n, const void *const *blocks,
    size_t n_blocks);
/* One row's sum, for who shows it elsewhere. */
KT_NONNULL uint64_t observe_counter_sum(
    const struct observe_counter *row, const void *const *blocks, size_t n_blocks);
