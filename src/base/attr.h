/*
 * base/attr.h -- what the compiler is told, in one place.
 */
#pragma once

#define KT_MUST         __attribute__((warn_unused_result))
#define KT_NONNULL      __attribute__((nonnull))
#define KT_PURE         __attribute__((pure))
#define KT_HOT          __attribute__((hot))
#define KT_INLINE       __attribute__((always_inline)) static inline
#define KT_COLD         __attribute__((cold, noinline))
#define KT_NORETURN     __attribute__((noreturn))
#define KT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define KT_ALIGNED(n)   __attribute__((aligned(n)))
#define KT_PACKED       __attribute__((packed))

#define kt_likely(x)   __builtin_expect(!!(x), 1)
#define kt_unlikely(x) __builtin_expect(!!(x), 0)

#define KT_COUNT(array) (sizeof(array) / sizeof((array)[0]))
