/*
 * base/assert.h -- three assertions, named by what happens next.
 *
 * Octets from outside never decide an assertion: they are checked, and the
 * check has a result that the caller handles.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

KT_NORETURN KT_COLD void kt_require_failed(
    const char *what, const char *file, int line);
KT_COLD bool kt_expect_failed(const char *what, const char *file, int line);

/* A broken invariant: always on, aborts. */
#define kt_require(x) \
 (kt_likely(x) ? (void)0 : kt_require_failed(#x, __FILE__, __LINE__))

/* The same in debug builds and CI; nothing with NDEBUG. */
#ifdef NDEBUG
 #define kt_assert(x) ((void)0)
#else
 #define kt_assert(x) kt_require(x)
#endif

/* Notes the first failure of this line on stderr and returns false: handle it. */
#define kt_expect(x) (kt_likely(x) ? true : kt_expect_failed(#x, __FILE__, __LINE__))
