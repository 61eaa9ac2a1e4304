/*
 * base/reader.h -- a cursor over octets, with a sticky error.
 *
 * A decoder reads straight down, as the drawing in the RFC, and looks at err once
 * at the end.  After the first error every read gives zeros or NULL and the cursor
 * stays.
 *
 * Input:   hostile octets.
 * Memory:  borrows the octets.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kt_reader {
	const uint8_t
	    *start; /* of the whole message: compression pointers count from here */
	const uint8_t *at;
	const uint8_t *end;
	int err; /* 0 or the first KT_E_* */
};

static inline struct kt_reader kt_reader_of(const void *octets, size_t len)
{
	const uint8_t *p = octets;
	return (struct kt_reader){ .start = p, .at = p, .end = p + len };
}

static inline size_t kt_reader_left(const struct kt_reader *r)
{
	return (size_t)(r->end - r->at);
}

static inline size_t kt_reader_offset(const struct kt_reader *r)
{
	return (size_t)(r->at - r->start);
}

static inline void kt_reader_fail(struct kt_reader *r, int code)
{
	if (!r->err)
		r->err = code;
}

/* len octets, or NULL and KT_E_SHORT. */
static inline const uint8_t *kt_read(struct kt_reader *r, size_t len)
{
	if (r->err || kt_unlikely(kt_reader_left(r) < len)) {
		kt_reader_fail(r, KT_E_SHORT);
		return NULL;
	}
	const uint8_t *p = r->at;
	r->at += len;
	return p;
}

static inline uint8_t kt_read8(struct kt_reader *r)
{
	const uint8_t *p = kt_read(r, 1);
	return p ? *p : 0;
}

static inline uint16_t kt_read16(struct kt_reader *r)
{
	const uint8_t *p = kt_read(r, 2);
	return p ? kt_get16(p) : 0;
}

static inline uint32_t kt_read32(struct kt_reader *r)
{
	const uint8_t *p = kt_read(r, 4);
	return p ? kt_get32(p) : 0;
}
