/*
 * probe/echo.h -- ICMP echo: the sockets, the messages.
 *
 * A ping socket takes no privilege where net.ipv4.ping_group_range allows the group; a raw one
 * takes CAP_NET_RAW, and sees the echo replies of everybody.
 *
 * Input:    probe_echo_read() takes hostile octets.
 * RFC:      792; 4443 s.4.1 and s.4.2; 1071 (checksum, IPv4; the kernel makes that of IPv6).
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_echo_socket {
	int fd; /* -1: none */
	bool raw;
};

/* What an echo carries, and its reply brings back. */
struct probe_echo {
	uint32_t target;
	uint64_t nonce;
};

enum {
	PROBE_ECHO_LEN = 8 + 16, /* octets of a message */
	PROBE_ECHO_MAX =
	    256, /* octets that a reply is read into: an IPv4 header may be there */
};

/* A ping socket, else a raw one, else none: fd -1 and errno.  family: 4 or 6. */
KT_MUST struct probe_echo_socket probe_echo_open(unsigned family);
/* What to do about it when there is none. */
extern const char probe_echo_advice[];

KT_NONNULL void probe_echo_write(unsigned family, uint16_t id,
    const struct probe_echo *echo, uint8_t out[PROBE_ECHO_LEN]);
/* From what was received.  false: it is no echo reply of ours. */
KT_MUST KT_NONNULL bool probe_echo_read(unsigned family, bool raw,
    const uint8_t *octets, size_t len, struct probe_echo *out);
