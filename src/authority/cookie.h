/*
 * authority/cookie.h -- server cookies that any server with the secret understands.
 *
 * RFC 9018 s.4: version 1, three reserved octets, 32 bits of time, SipHash-2-4 over the
 * client cookie, those eight octets and the client's address.
 *
 * Input:    hostile octets.
 * Threads:  no shared state.
 * RFC:      7873, 9018.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define AUTHORITY_COOKIE_LEN 24 /* client cookie and server cookie */

enum authority_cookie {
	AUTHORITY_COOKIE_NONE,
	AUTHORITY_COOKIE_CLIENT, /* a client cookie only */
	AUTHORITY_COOKIE_VALID,
	AUTHORITY_COOKIE_RENEW, /* valid; old, or made with another secret than the first */
	AUTHORITY_COOKIE_BAD,
};

/* Judges len octets of a COOKIE option against n secrets. */
KT_NONNULL enum authority_cookie authority_cookie_judge(
    const struct kt_sip_key *secrets, unsigned n, const uint8_t *cookie, size_t len,
    const struct sockaddr *peer, kt_unix now);

/* Writes the client cookie and a new server cookie for it. */
KT_NONNULL void authority_cookie_make(const struct kt_sip_key *secret,
    const uint8_t *client_cookie, const struct sockaddr *peer, kt_unix now,
    uint8_t out[AUTHORITY_COOKIE_LEN]);
