/*
 * dns/type.h -- record types and classes: names and numbers.
 *
 * The table of types (dns/type.c) is the one place that says what a type is called
 * and how its rdata is made; dns/rdata.h works from it.
 *
 * Threads: constant data.
 * Source:  IANA, Domain Name System (DNS) Parameters; RFC 3597 for unknown types.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_HS = 4,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255,
};

/* Those that code names; the table knows more. */
enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_MD = 3,
	DNS_TYPE_MF = 4,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_MB = 7,
	DNS_TYPE_MG = 8,
	DNS_TYPE_MR = 9,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MINFO = 14,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_SIG = 24,
	DNS_TYPE_KEY = 25,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_NSEC3PARAM = 51,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_CSYNC = 62,
	DNS_TYPE_ZONEMD = 63,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_NXNAME = 128,
	DNS_TYPE_TKEY = 249,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_MAILB = 253,
	DNS_TYPE_MAILA = 254,
	DNS_TYPE_ANY = 255,
};

#define DNS_TYPE_TEXT 16 /* octets for dns_type_print(), with NUL */

/* A mnemonic in any letter case, or TYPEnnn (RFC 3597 s.5).  0 or KT_E_TYPE. */
KT_MUST int dns_type_scan(const char *text, size_t len, uint16_t *out);
KT_NONNULL char *dns_type_print(uint16_t type, char *out);
/* IN, CH, HS, CLASSnnn.  0 or KT_E_TYPE. */
KT_MUST int dns_class_scan(const char *text, size_t len, uint16_t *out);
KT_NONNULL char *dns_class_print(uint16_t class, char *out);
/* The known mnemonic nearest to text, for "did you mean", or NULL. */
const char *dns_type_nearest(const char *text, size_t len);

/* Types that are asked for or travel in messages and are no data: OPT, TSIG, 128..255 but for what IANA lists as data. */
KT_PURE bool dns_type_is_meta(uint16_t type);

/*
 * Where the names are in the rdata of a type that may be compressed in messages
 * (those of RFC 1035, RFC 3597 s.4): names stand after skip octets, `names` of
 * them one after the other.  names is 0 for every other type.
 */
struct dns_type_layout {
	uint8_t skip;
	uint8_t names;
};
KT_PURE struct dns_type_layout dns_type_layout(uint16_t type);
