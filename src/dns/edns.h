/*
 * dns/edns.h -- EDNS(0): the OPT record and its options.
 *
 * Input:    dns_edns_read() takes hostile octets, one pass, work linear in the rdata.
 * Memory:   results point into the message.
 * Threads:  no shared state.
 * RFC:      6891; 5001 NSID, 7871 ECS, 7873 and 9018 cookies, 7828 keepalive, 7830
 *           padding, 8145 key tags, 8914 extended errors, 9567 report channel, 9660
 *           zone version, 9824 compact answers flag.
 */
#pragma once

#include "base/attr.h"
#include "base/writer.h"
#include "dns/type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_edns_option {
	DNS_EDNS_NSID = 3,
	DNS_EDNS_ECS = 8,
	DNS_EDNS_EXPIRE = 9,
	DNS_EDNS_COOKIE = 10,
	DNS_EDNS_KEEPALIVE = 11,
	DNS_EDNS_PADDING = 12,
	DNS_EDNS_CHAIN = 13,
	DNS_EDNS_KEY_TAG = 14,
	DNS_EDNS_ERROR = 15,
	DNS_EDNS_REPORT_CHANNEL = 18,
	DNS_EDNS_ZONEVERSION = 19,
};

/* RFC 8914 s.4 and IANA: those that this house sends. */
enum dns_ede {
	DNS_EDE_NONE = -1,
	DNS_EDE_OTHER = 0,
	DNS_EDE_NOT_READY = 14,
	DNS_EDE_PROHIBITED = 18,
	DNS_EDE_NOT_AUTHORITATIVE = 20,
	DNS_EDE_NOT_SUPPORTED = 21,
	DNS_EDE_INVALID_DATA = 24,
	DNS_EDE_SYNTHESIZED = 29,
};

#define DNS_EDNS_FLAG_DO 0x8000
#define DNS_EDNS_FLAG_CO 0x4000

struct dns_ecs {
	uint8_t family; /* 4, 6; 0: an address family that is not known */
	uint8_t source; /* prefix length */
	uint8_t scope;
	uint8_t octets[16]; /* the rest zero */
};

struct dns_edns {
	bool present;
	bool malformed; /* an option that its RFC answers with FORMERR */
	uint8_t version;
	uint8_t extended_rcode;
	uint16_t flags;    /* DNS_EDNS_FLAG_* */
	uint16_t udp_size; /* as sent; not raised to 512 */
	/* options: present or not, and where their data is */
	union {
		struct {
			bool nsid, ecs_present, keepalive, zoneversion;
			uint8_t cookie_len; /* 0: none; 8, or 16..40 */
		};
		uint64_t wants; /* 0: none of those that an answer says something to */
	};
	const uint8_t *cookie;
	struct dns_ecs ecs;
	const uint8_t *ecs_option; /* its data, for the echo: ecs_option_len octets */
	uint8_t ecs_option_len;
	bool padding, expire;
	const uint8_t *key_tags; /* RFC 8145 s.4: 16-bit numbers in network order */
	uint16_t n_key_tags;
};

/*
 * Reads the fields of an OPT record: class (the size), the 32 bits of TTL, rdata.
 * Unknown options are skipped.  Sets out->malformed rather than failing; only options
 * that run past the rdata return KT_E_FORMAT.  Of several options with one code the first
 * counts (RFC 7873 s.5.2).
 */
KT_MUST int dns_edns_read(uint16_t udp_size, uint32_t ttl, const uint8_t *rdata,
    size_t len, struct dns_edns *out);

#define DNS_OPT_LEN 11 /* an OPT record without options */

/* Starts an OPT record: root owner, type, size, rcode's upper bits, flags; rdlen 0. */
static inline void dns_opt_begin(
    struct kt_writer *w, uint16_t udp_size, unsigned rcode, uint16_t flags)
{
	uint8_t *p = kt_write_room(w, DNS_OPT_LEN);
	if (!p)
		return;
	/* root, type 41, size, upper rcode, version 0 (RFC 6891 s.6.1.3), flags, no options */
	kt_put64(p, (uint64_t)DNS_TYPE_OPT << 40 | (uint64_t)udp_size << 24 |
			(uint64_t)(rcode >> 4 & 0xff) << 16 | flags >> 8);
	p[8] = (uint8_t)flags;
	kt_put16(p + 9, 0);
}
/* Adds an option; opt is where dns_opt_begin() started.  data may be NULL when len is 0. */
void dns_opt_add(
    struct kt_writer *w, uint8_t *opt, uint16_t code, const void *data, size_t len);
/* The same with len octets that the caller fills; NULL and w->err when they do not fit. */
KT_NONNULL uint8_t *dns_opt_room(
    struct kt_writer *w, uint8_t *opt, uint16_t code, size_t len);
