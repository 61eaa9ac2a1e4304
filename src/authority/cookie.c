#include "authority/cookie.h"

#include "base/bytes.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum {
	CLIENT_LEN = 8,
	VERSION = 1,
	HASH_AT = 16, /* in the option: behind client cookie, version, reserved, time */
	AGE_MAX = 3600,   /* s.4.3: older ones are refused, */
	AGE_RENEW = 1800, /* from half of that on a new one is given, */
	AHEAD_MAX = 300,  /* and clocks of a site may differ by this */
};

/* The address as it is hashed: 4 or 16 octets (s.4.4).  A mapped IPv4 address is IPv4. */
static size_t address_octets(const struct sockaddr *peer, const uint8_t **octets)
{
	if (peer->sa_family == AF_INET) {
		*octets = (const uint8_t *)&(
		    (const struct sockaddr_in *)(const void *)peer)
			      ->sin_addr;
		return 4;
	}
	if (peer->sa_family != AF_INET6)
		return 0;
	const struct in6_addr *a =
	    &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	bool mapped = IN6_IS_ADDR_V4MAPPED(a);
	*octets = (const uint8_t *)a + (mapped ? 12 : 0);
	return mapped ? 4 : 16;
}

/* option: at least HASH_AT octets.  In the order of octets in which the hash is sent. */
static uint64_t hash(
    const struct kt_sip_key *secret, const uint8_t *option, const struct sockaddr *peer)
{
	uint8_t in[HASH_AT + 16];
	const uint8_t *octets = NULL;
	memcpy(in, option, HASH_AT);
	size_t len = address_octets(peer, &octets);
	if (len)
		memcpy(in + HASH_AT, octets, len);
	return kt_siphash24(secret, in, HASH_AT + len);
}

enum authority_cookie authority_cookie_judge(const struct kt_sip_key *secrets,
    unsigned n, const uint8_t *cookie, size_t len, const struct sockaddr *peer,
    kt_unix now)
{
	if (len < CLIENT_LEN)
		return AUTHORITY_COOKIE_NONE;
	if (len == CLIENT_LEN)
		return AUTHORITY_COOKIE_CLIENT;
	if (len != AUTHORITY_COOKIE_LEN || cookie[CLIENT_LEN] != VERSION)
		return AUTHORITY_COOKIE_BAD;
	/* s.4.3: serial number arithmetic, so that 2106 is no special day */
	int32_t age = (int32_t)((uint32_t)now - kt_get32(cookie + 12));
	if (age > AGE_MAX || age < -AHEAD_MAX)
		return AUTHORITY_COOKIE_BAD;
	for (unsigned i = 0; i < n; i++) {
		uint64_t expected = hash(&secrets[i], cookie, peer), found;
		memcpy(&found, cookie + HASH_AT, sizeof(found));
		if (found == expected)
			return i || age > AGE_RENEW ? AUTHORITY_COOKIE_RENEW
						    : AUTHORITY_COOKIE_VALID;
	}
	return AUTHORITY_COOKIE_BAD;
}

void authority_cookie_make(const struct kt_sip_key *secret,
    const uint8_t *client_cookie, const struct sockaddr *peer, kt_unix now,
    uint8_t out[AUTHORITY_COOKIE_LEN])
{
	memmove(out, client_cookie, CLIENT_LEN);
	kt_put32(out + CLIENT_LEN, (uint32_t)VERSION << 24);
	kt_put32(out + 12, (uint32_t)now);
	uint64_t h = hash(secret, out, peer);
	memcpy(out + HASH_AT, &h, sizeof(h));
}
