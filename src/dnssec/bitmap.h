/*
 * dnssec/bitmap.h -- type bitmaps of NSEC, NSEC3 and CSYNC.
 *
 * Windows of 256 types, each `number, length, 1..32 octets`, in rising order.
 *
 * Input:   hostile octets for has, next and check: a malformed rest is no types.
 * Memory:  the caller's.
 * RFC:     4034 s.4.1.2, 5155 s.3.2.1, 7477 s.2.1.1.2.1.
 */
#pragma once

#include "base/attr.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

KT_PURE bool dnssec_bitmap_has(const uint8_t *bitmap, size_t len, uint16_t type);

/*
 * The smallest type in the bitmap that is at least `from`, or -1:
 * for (int t = next(b, len, 0); t >= 0; t = next(b, len, t + 1)).
 */
KT_PURE int dnssec_bitmap_next(const uint8_t *bitmap, size_t len, unsigned from);

/*
 * Windows in rising order, 1..32 octets each, none ending in zeros
 * (RFC 4034 s.4.1.2).  0 or KT_E_FORMAT.
 */
KT_MUST int dnssec_bitmap_check(const uint8_t *bitmap, size_t len);

/* Writes the bitmap of n types, which are in rising order. */
void dnssec_bitmap_write(struct kt_writer *w, const uint16_t *types, size_t n);
