/*
 * dns/radix.h -- octets as hex, base32hex and base64 text.
 *
 * Input:    the decoders take hostile text and accept one way to write each octet
 *           string: no white space inside, padding where it belongs, unused bits zero.
 * Memory:   a writer's buffer, or a kt_text.
 * Threads:  no shared state.
 * RFC:      4648 s.4, s.7, s.8.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "base/writer.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Base64 that comes in pieces, as zone text breaks it anywhere.  All zeros is the start.
 */
struct dns_base64 {
	uint32_t bits;  /* of a quantum that is not full */
	uint8_t n;      /* characters of it */
	uint8_t padded; /* "=" seen */
};
/* KT_E_FORMAT at a character that does not belong there; room is the writer's matter. */
KT_MUST KT_NONNULL int dns_base64_feed(
    struct dns_base64 *d, const char *text, size_t len, struct kt_writer *out);
/* KT_E_FORMAT when it ends inside a quantum. */
KT_MUST KT_NONNULL int dns_base64_end(const struct dns_base64 *d);
KT_NONNULL void dns_base64_print(struct kt_text *text, const uint8_t *octets, size_t n);

/* Hex in pieces: *odd carries a digit over; start with -1, and it must be -1 at the end. */
KT_MUST KT_NONNULL int dns_hex_feed(
    int *odd, const char *text, size_t len, struct kt_writer *out);
KT_NONNULL void dns_hex_print(struct kt_text *text, const uint8_t *octets, size_t n);

/* Value of a hex digit, or -1. */
int dns_hex_digit(char c);

/* Base32 with the extended hex alphabet, without padding, in any letter case. */
KT_MUST KT_NONNULL int dns_base32_scan(
    const char *text, size_t len, struct kt_writer *out);
KT_NONNULL void dns_base32_print(struct kt_text *text, const uint8_t *octets, size_t n);
