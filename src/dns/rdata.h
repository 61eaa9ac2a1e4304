/*
 * dns/rdata.h -- the data of a record: text to wire, wire to text, checked.
 *
 * "Rdata" here is always in uncompressed wire form unless a function says otherwise.
 * All of it works from the one table of types; a type that the table does not know is
 * opaque octets (RFC 3597).
 *
 * Input:    _read, _check, _print and _canonical take hostile octets of at most 65,535
 *           octets and do work linear in them; _scan takes hostile text.
 * Memory:   nothing is allocated but in the kt_text that is handed in.
 * Threads:  no shared state.
 * RFC:      1035 s.3.3, 3597, 4034 s.6.2, and the RFC of each type (dns/type.c).
 */
#pragma once

#include "base/attr.h"
#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"
#include "dns/name.h"
#include "dns/scan.h"

#include <stddef.h>
#include <stdint.h>

#define DNS_RDATA_MAX 65535

/*
 * Scans the rdata that follows in s up to the end of the record: the type's own text
 * or "\# length hex" (RFC 3597 s.5; for a known type the octets are checked).  Names
 * without a final dot are below origin.  Errors are reported to s->errs with the name of
 * the field.  0 or the code of the first error; on success the end of the record is the
 * next token, on error the scanner stands anywhere inside the record.
 */
KT_MUST KT_NONNULL int dns_rdata_scan(struct dns_scanner *s, uint16_t type,
    const struct dns_name *origin, struct kt_writer *out);

/* Is it well-formed for its type?  0 or KT_E_FORMAT; unknown types always are. */
KT_MUST int dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len);

/*
 * Reads rdlen octets of rdata from a message, expands compressed names (in the types of
 * RFC 1035 and those that RFC 3597 s.4 lists as once compressed), and checks it.
 * r->err is set on failure; at most DNS_RDATA_MAX octets are written.
 */
KT_NONNULL void dns_rdata_read(
    struct kt_reader *r, uint16_t type, uint16_t rdlen, struct kt_writer *out);

/*
 * Appends the presentation format, which scans back to the same octets when
 * dns_rdata_check() takes them.  Others come out as "\# length hex", as does what is
 * well-formed and has no text (a LOC of another version); a scan takes only the latter.
 */
KT_NONNULL void dns_rdata_print(
    struct kt_text *text, uint16_t type, const uint8_t *rdata, size_t len);

/* The canonical form (RFC 4034 s.6.2, as RFC 6840 s.5.1 amends it), in place: names to lower case. */
KT_NONNULL void dns_rdata_canonical(uint16_t type, uint8_t *rdata, size_t len);

/* Canonical order (RFC 4034 s.6.3) of two rdatas of one type, letter case of names ignored where canonical form does. */
KT_MUST int dns_rdata_compare(
    uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/*
 * Calls visit for each domain name in rdata that other records should exist for or
 * that is compared by checks (NS, MX, SRV, CNAME, SOA, NSEC next name, ...), in order.
 * offset is that of the name in rdata.  Malformed rdata stops the walk.
 */
typedef void dns_rdata_visit(void *ctx, size_t offset, const uint8_t *wire);
KT_NONNULL void dns_rdata_names(
    uint16_t type, const uint8_t *rdata, size_t len, dns_rdata_visit *visit, void *ctx);
