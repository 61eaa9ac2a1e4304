/*
 * conf/base64.h -- secrets as text.
 *
 * Input:    hostile text.
 * RFC:      4648 s.4: with padding, without line breaks or other characters.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* 0 and *n octets in out; KT_E_FORMAT, or KT_E_SPACE when they are more than size. */
KT_MUST KT_NONNULL int conf_base64_read(
    const char *text, size_t len, uint8_t *out, size_t size, size_t *n);
KT_NONNULL void conf_base64_add(struct kt_text *text, const uint8_t *octets, size_t n);
