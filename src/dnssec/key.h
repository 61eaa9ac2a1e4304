/*
 * dnssec/key.h -- DNSKEY records.
 *
 * Input:    hostile rdata.
 * Threads:  no shared state.
 * RFC:      4034 s.2 and appendix B (key tag), 5011 s.2.1 (revoked).
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define DNSSEC_KEY_ZONE     0x0100 /* flags */
#define DNSSEC_KEY_REVOKED  0x0080
#define DNSSEC_KEY_SEP      0x0001
#define DNSSEC_KEY_PROTOCOL 3

/* DNSKEY and CDNSKEY rdata taken apart; pointers go into the rdata. */
struct dnssec_key {
	uint16_t flags;
	uint8_t protocol, algorithm;
	uint16_t tag;
	const uint8_t *public;
	size_t public_len;
};

/* 0 or KT_E_SHORT. */
KT_MUST KT_NONNULL int dnssec_key_read(
    const uint8_t *rdata, size_t len, struct dnssec_key *out);

/* The key tag of DNSKEY rdata; 0 when it is shorter than its fixed fields. */
KT_NONNULL KT_PURE uint16_t dnssec_key_tag(const uint8_t *rdata, size_t len);
