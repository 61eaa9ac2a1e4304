/*
 * base/err.h -- error codes, and errors for people.
 *
 * Functions return 0 or a negative KT_E_*.  What a person will read (zone files,
 * configuration, control requests) is a struct kt_err: a place and a sentence;
 * struct kt_errs collects several before giving up.
 *
 * Memory:  a kt_errs owns its texts until kt_errs_fini().
 * Threads: no shared state.
 */
#pragma once

#include "base/attr.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* code, sentence */
#define KT_ERR_LIST(X)                                  \
 X(KT_E_SHORT, "the data ends too early")               \
 X(KT_E_LONG, "too long")                               \
 X(KT_E_SPACE, "no space left in the buffer")           \
 X(KT_E_LABEL, "bad label in a domain name")            \
 X(KT_E_POINTER, "bad compression pointer")             \
 X(KT_E_FORMAT, "malformed")                            \
 X(KT_E_RANGE, "out of range")                          \
 X(KT_E_TYPE, "unknown type")                           \
 X(KT_E_LIMIT, "a limit was reached")                   \
 X(KT_E_NOT_FOUND, "not found")                         \
 X(KT_E_EXISTS, "exists already")                       \
 X(KT_E_SYSTEM, "the operating system refused")         \
 X(KT_E_CRYPTO, "the cryptographic library refused")    \
 X(KT_E_UNSUPPORTED, "not supported")                   \
 X(KT_E_REFUSED, "refused")                             \
 X(KT_E_BAD_SIGNATURE, "the signature does not verify") \
 X(KT_E_EXPIRED, "expired")                             \
 X(KT_E_CONFLICT, "contradicts what is there")          \
 X(KT_E_AGAIN, "not now, try again")                    \
 X(KT_E_CLOSED, "the other side closed")

enum kt_err_code {
	KT_OK = 0,
	KT_E_FIRST_ = -1000,
#define X(code, sentence) code,
	KT_ERR_LIST(X)
#undef X
};

/* A sentence without a final dot, never NULL. */
const char *kt_strerror(int code);

enum kt_grade {
	KT_ERROR,   /* cannot be used */
	KT_WARNING, /* can be used, look at it */
	KT_NOTE,    /* goes with the entry before it */
};

struct kt_err {
	enum kt_grade grade;
	int code;        /* KT_E_* */
	char *file;      /* NULL: no file */
	unsigned line;   /* 1..; 0: no line */
	unsigned column; /* 1..; 0: no column */
	char *text;      /* what was found, what was expected, what to do */
	char *source;    /* the offending line, NULL if not at hand */
};

struct kt_errs {
	struct kt_err *list;
	size_t n;          /* entries kept */
	size_t n_errors;   /* errors seen, kept or not */
	size_t n_warnings; /* warnings seen, kept or not */
	size_t max;        /* entries to keep at most; 0: KT_ERRS_MAX_DEFAULT */
};

#define KT_ERRS_MAX_DEFAULT 20

KT_NONNULL void kt_errs_init(struct kt_errs *errs, size_t max);
KT_NONNULL void kt_errs_fini(struct kt_errs *errs);

/*
 * Adds an entry; all texts are copied.  file and source may be NULL.  Returns
 * code, so that a caller can write `return kt_errs_add(...)`.  Past max the
 * entry is counted and not kept.
 */
KT_PRINTF(8, 9)
int kt_errs_add(struct kt_errs *errs, enum kt_grade grade, int code, const char *file,
    unsigned line, unsigned column, const char *source, const char *format, ...);

/* True when another error would not be kept: a reader may stop here. */
KT_NONNULL bool kt_errs_full(const struct kt_errs *errs);

/*
 * Prints the entries, one a line as "file:line:column: error: text", below it
 * the source line and a caret when they are known; colour when asked.
 */
KT_NONNULL void kt_errs_print(const struct kt_errs *errs, FILE *out, bool colour);
