/*
 * dns/name.h -- domain names in wire form.
 *
 * A name is kept as it travels: labels, each behind its length octet, ending in
 * the root label, never compressed, letter case as it came.  Every comparison
 * ignores the case of ASCII letters.  Nothing here allocates; the caller owns every
 * buffer.
 *
 * Input:    dns_name_read() and dns_name_scan() take hostile octets; functions on
 *           `const uint8_t *wire` take a whole, valid, uncompressed name.
 * Threads:  no shared state.
 * RFC:      1035 s.2.3.4, s.3.1, s.4.1.4, s.5.1; 2181 s.11; 4034 s.6.1; 4343 s.3.
 */
#pragma once

#include "base/attr.h"
#include "base/reader.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_MAX   255  /* octets, with the root label */
#define DNS_LABEL_MAX  63   /* octets, without the length octet */
#define DNS_LABELS_MAX 127  /* without the root */
#define DNS_NAME_TEXT  1025 /* octets for dns_name_print(), with NUL: "\ddd" an octet */

struct dns_name {
	uint8_t len;    /* octets used: 1..DNS_NAME_MAX */
	uint8_t labels; /* without the root: 0..DNS_LABELS_MAX */
	uint8_t wire[DNS_NAME_MAX];
};

#define DNS_NAME_ROOT ((struct dns_name){ .len = 1 })

/*
 * Reads the name at the cursor and follows compression pointers, which may only
 * point backwards (RFC 1035 s.4.1.4), so the work is bounded by DNS_NAME_MAX.  The
 * cursor ends up behind the name as it was written.
 *
 * Sets r->err to KT_E_SHORT when the message ends inside the name, KT_E_LABEL at a bad
 * length octet, KT_E_POINTER at a pointer that does not go back, KT_E_LONG past
 * DNS_NAME_MAX octets; *out is then the root.
 */
KT_NONNULL void dns_name_read(struct kt_reader *r, struct dns_name *out);

/* The uncompressed name at the start of len octets; its length, or a negative KT_E_*. */
KT_MUST KT_NONNULL int dns_name_measure(const uint8_t *octets, size_t len);
/* From a valid uncompressed name. */
KT_NONNULL void dns_name_from_wire(struct dns_name *out, const uint8_t *wire);

/*
 * Scans len characters of RFC 1035 s.5.1 text: "\." and "\ddd" escapes, a final dot or
 * not; "@" is the origin.  A relative name has origin appended; with origin NULL it is
 * taken as if it ended in a dot.
 * 0, KT_E_FORMAT (empty, bad escape), KT_E_LABEL (empty or longer than 63), KT_E_LONG.
 */
KT_MUST int dns_name_scan(
    const char *text, size_t len, const struct dns_name *origin, struct dns_name *out);

/* Text with a final dot ("." for the root) into DNS_NAME_TEXT octets; returns out. */
KT_NONNULL char *dns_name_print(const uint8_t *wire, char *out);
/* The same behind a growing text. */
KT_NONNULL void dns_name_add(struct kt_text *text, const uint8_t *wire);

KT_NONNULL KT_PURE size_t dns_wire_len(const uint8_t *wire);
KT_NONNULL KT_PURE unsigned dns_wire_labels(const uint8_t *wire);
KT_NONNULL KT_PURE bool dns_wire_equal(const uint8_t *a, const uint8_t *b);
/* Canonical order (RFC 4034 s.6.1): negative, 0, positive. */
KT_NONNULL KT_PURE int dns_wire_compare(const uint8_t *a, const uint8_t *b);
/* name is ancestor, or below it. */
KT_NONNULL KT_PURE bool dns_wire_under(const uint8_t *name, const uint8_t *ancestor);
/* Labels that two names share at their ends, without the root. */
KT_NONNULL KT_PURE unsigned dns_wire_common(const uint8_t *a, const uint8_t *b);
/* The name without its first n labels. */
KT_NONNULL KT_PURE const uint8_t *dns_wire_skip(const uint8_t *wire, unsigned n);
static inline bool dns_wire_is_wildcard(const uint8_t *wire)
{
	return wire[0] == 1 && wire[1] == '*';
}

KT_NONNULL KT_PURE bool dns_name_equal(
    const struct dns_name *a, const struct dns_name *b);
KT_NONNULL void dns_name_lower(struct dns_name *name);
/* Lower-cases n octets: safe on whole names, since length octets are no letters. */
KT_NONNULL void dns_lower(uint8_t *octets, size_t n);
KT_NONNULL void dns_copy_lower(uint8_t *to, const uint8_t *from, size_t n);
/* Puts label (its length octet first) before name.  KT_E_LONG: *name stays as it was. */
KT_MUST KT_NONNULL int dns_name_prepend(struct dns_name *name, const uint8_t *label);
/*
 * Replaces the last labels of name, which is below owner, by target (DNAME, RFC 6672
 * s.2.2).  KT_E_LONG when the result does not fit.
 */
KT_MUST KT_NONNULL int dns_name_substitute(const uint8_t *name, const uint8_t *owner,
    const uint8_t *target, struct dns_name *out);
