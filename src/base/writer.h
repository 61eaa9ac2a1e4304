/*
 * base/writer.h -- a cursor that fills a buffer, with a sticky error.
 *
 * After the first error (KT_E_SPACE) nothing more is written and the cursor stays,
 * so an encoder writes straight down and looks at err once.
 *
 * Memory:  borrows the buffer.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct kt_writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	int err; /* 0 or the first KT_E_* */
};

static inline struct kt_writer kt_writer_of(void *buffer, size_t size)
{
	uint8_t *p = buffer;
	return (struct kt_writer){ .start = p, .at = p, .end = p + size };
}

static inline size_t kt_writer_left(const struct kt_writer *w)
{
	return (size_t)(w->end - w->at);
}

static inline size_t kt_writer_len(const struct kt_writer *w)
{
	return (size_t)(w->at - w->start);
}

static inline void kt_writer_fail(struct kt_writer *w, int code)
{
	if (!w->err)
		w->err = code;
}

/* Room for len octets that the caller fills, or NULL and KT_E_SPACE. */
static inline uint8_t *kt_write_room(struct kt_writer *w, size_t len)
{
	if (w->err || kt_unlikely(kt_writer_left(w) < len)) {
		kt_writer_fail(w, KT_E_SPACE);
		return NULL;
	}
	uint8_t *p = w->at;
	w->at += len;
	return p;
}

static inline void kt_write(struct kt_writer *w, const void *octets, size_t len)
{
	uint8_t *p = kt_write_room(w, len);
	if (p && len)
		memcpy(p, octets, len);
}

static inline void kt_write8(struct kt_writer *w, uint8_t v)
{
	uint8_t *p = kt_write_room(w, 1);
	if (p)
		*p = v;
}

static inline void kt_write16(struct kt_writer *w, uint16_t v)
{
	uint8_t *p = kt_write_room(w, 2);
	if (p)
		kt_put16(p, v);
}

static inline void kt_write32(struct kt_writer *w, uint32_t v)
{
	uint8_t *p = kt_write_room(w, 4);
	if (p)
		kt_put32(p, v);
}

static inline void kt_write48(struct kt_writer *w, uint64_t v)
{
	uint8_t *p = kt_write_room(w, 6);
	if (p)
		kt_put48(p, v);
}

static inline void kt_write64(struct kt_writer *w, uint64_t v)
{
	uint8_t *p = kt_write_room(w, 8);
	if (p)
		kt_put64(p, v);
}
