/*
 * base/addr.h -- IP addresses, addresses with a port, and prefixes.
 *
 * Plain data, compared and hashed by value.  An IPv4-mapped IPv6 address stays
 * IPv6 until kt_addr_unmap().
 */
#pragma once

#include "base/attr.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct kt_addr {
	uint8_t family;     /* 4 or 6; 0: none */
	uint8_t octets[16]; /* 4 or 16 used, the rest zero */
};

struct kt_prefix {
	struct kt_addr addr; /* host bits zero */
	uint8_t len;         /* 0..32 or 0..128 */
};

#define KT_ADDR_TEXT   46 /* octets for kt_addr_print(), with NUL */
#define KT_PREFIX_TEXT 50

/* Scans all of text.  0 or KT_E_FORMAT. */
KT_MUST int kt_addr_scan(const char *text, struct kt_addr *out);
/* "192.0.2.0/24"; a bare address is a full-length prefix.  KT_E_RANGE: length too long or host bits set. */
KT_MUST int kt_prefix_scan(const char *text, struct kt_prefix *out);
/* The same, but host bits are cleared; *host_bits tells whether any were set. */
KT_MUST KT_NONNULL int kt_prefix_scan_loose(
    const char *text, struct kt_prefix *out, bool *host_bits);

/* RFC 5952 text into out, which has at least the size named above; returns out. */
KT_NONNULL char *kt_addr_print(const struct kt_addr *addr, char *out);
KT_NONNULL char *kt_prefix_print(const struct kt_prefix *prefix, char *out);

/* From and to socket addresses.  A family other than AF_INET and AF_INET6 gives family 0. */
KT_NONNULL struct kt_addr kt_addr_of_socket(const struct sockaddr *sa);
KT_NONNULL uint16_t kt_port_of_socket(const struct sockaddr *sa);
KT_NONNULL socklen_t kt_addr_to_socket(
    const struct kt_addr *addr, uint16_t port, struct sockaddr_storage *out);

KT_NONNULL void kt_addr_unmap(struct kt_addr *addr);
KT_NONNULL bool kt_addr_equal(const struct kt_addr *a, const struct kt_addr *b);
KT_NONNULL bool kt_prefix_covers(
    const struct kt_prefix *prefix, const struct kt_addr *addr);
