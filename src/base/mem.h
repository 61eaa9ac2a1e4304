/*
 * base/mem.h -- heap memory that is there or the process ends.
 *
 * For small allocations whose size no outsider decides: running out then is the
 * operator's limit, and a thousand untested branches vanish.  What an outsider
 * can make large goes through an arena or pool with a cap (base/arena.h).
 */
#pragma once

#include "base/assert.h"
#include "base/attr.h"

#include <stddef.h>

/* malloc, calloc, realloc, strdup that never return NULL. */
KT_MUST void *kt_malloc(size_t size);
KT_MUST void *kt_calloc(size_t n, size_t size);
KT_MUST void *kt_realloc(void *old, size_t size);
KT_MUST char *kt_strdup(const char *text);
KT_MUST char *kt_strndup(const char *text, size_t len);
KT_PRINTF(1, 2) KT_MUST char *kt_format(const char *format, ...);

/*
 * Makes room for one more element in a growing array: call it before
 * array[n++] = ...; capacity doubles, starting with 16.
 */
#define kt_grow(array, n, cap)                              \
 do {                                                       \
  if ((n) >= (cap)) {                                       \
   (cap) = (cap) ? (cap)*2 : 16;                            \
   (array) = kt_realloc((array), (cap) * sizeof(*(array))); \
  }                                                         \
 } while (0)
