#include "dns/edns.h"

#include "base/bytes.h"

#define COOKIE_CLIENT_LEN 8
#define COOKIE_LEN_MIN    16 /* client and shortest server cookie (RFC 7873 s.4) */
#define COOKIE_LEN_MAX    40

#define ECS_FIXED_LEN  4
#define ECS_OCTETS_MAX 32 /* an 8-bit prefix length reaches no further */

/*
 * RFC 7871 s.6: ADDRESS has exactly the octets that SOURCE PREFIX-LENGTH needs, and no bit
 * behind it; s.7.1.2: the scope of a query is 0.  The two rules need no knowledge of
 * the family, so they are held for unknown ones too.
 */
static bool read_ecs(struct dns_edns *e, const uint8_t *data, size_t len)
{
	if (len < ECS_FIXED_LEN || len > ECS_FIXED_LEN + ECS_OCTETS_MAX)
		return false;
	unsigned iana_family = kt_get16(data);
	uint8_t source = data[2], scope = data[3];
	size_t octets = len - ECS_FIXED_LEN;
	if (scope || octets != (source + 7u) / 8)
		return false;
	if (source % 8 && (data[len - 1] & (0xff >> source % 8)))
		return false;
	if ((iana_family == 1 && source > 32) || (iana_family == 2 && source > 128))
		return false;
	e->ecs_present = true;
	e->ecs_option = data;
	e->ecs_option_len = (uint8_t)len;
	e->ecs = (struct dns_ecs){ .source = source };
	if (iana_family == 1 || iana_family == 2) {
		e->ecs.family = iana_family == 1 ? 4 : 6;
		memcpy(e->ecs.octets, data + ECS_FIXED_LEN, octets);
	}
	return true;
}

/* RFC 7873 s.5.2: of several cookies the first counts; s.5.2.2: lengths. */
static bool read_cookie(struct dns_edns *e, const uint8_t *data, size_t len)
{
	if (e->cookie_len)
		return true;
	if (len != COOKIE_CLIENT_LEN && (len < COOKIE_LEN_MIN || len > COOKIE_LEN_MAX))
		return false;
	e->cookie = data;
	e->cookie_len = (uint8_t)len;
	return true;
}

/* RFC 8145 s.4.1: one tag or more, of two octets each. */
static bool read_key_tags(struct dns_edns *e, const uint8_t *data, size_t len)
{
	if (e->n_key_tags)
		return true;
	if (!len || len % 2)
		return false;
	e->key_tags = data;
	e->n_key_tags = (uint16_t)(len / 2);
	return true;
}

/* False: a FORMERR by the RFC of the option. */
static bool read_option(
    struct dns_edns *e, unsigned code, const uint8_t *data, size_t len)
{
	switch (code) {
	case DNS_EDNS_NSID: /* RFC 5001 s.2.1: a payload in a query is ignored */
		e->nsid = true;
		return true;
	case DNS_EDNS_ECS:
		return e->ecs_present || read_ecs(e, data, len);
	case DNS_EDNS_EXPIRE: /* RFC 7314 s.2: empty in queries, 4 octets in answers */
		e->expire = true;
		return len == 0 || len == 4;
	case DNS_EDNS_COOKIE:
		return read_cookie(e, data, len);
	case DNS_EDNS_KEEPALIVE:
		/*
		 * RFC 7828 s.3.2.1: empty in queries; no answer is prescribed when it is
		 * not, and over UDP it must be ignored (s.3.2.2): so it counts as absent.
		 */
		e->keepalive |= len == 0;
		return true;
	case DNS_EDNS_PADDING:
		e->padding = true;
		return true;
	case DNS_EDNS_KEY_TAG:
		return read_key_tags(e, data, len);
	case DNS_EDNS_ZONEVERSION: /* RFC 9660 s.3.1: an empty one asks */
		e->zoneversion |= len == 0;
		return true;
	default: /* RFC 6891 s.6.1.2: unknown options are ignored */
		return true;
	}
}

static int read_options(struct dns_edns *e, const uint8_t *at, size_t len)
{
	while (len) {
		if (len < 4)
			return KT_E_FORMAT;
		unsigned code = kt_get16(at);
		size_t option_len = kt_get16(at + 2);
		if (len - 4 < option_len)
			return KT_E_FORMAT;
		if (!read_option(e, code, at + 4, option_len))
			e->malformed = true;
		at += 4 + option_len;
		len -= 4 + option_len;
	}
	return 0;
}

int dns_edns_read(uint16_t udp_size, uint32_t ttl, const uint8_t *rdata, size_t len,
    struct dns_edns *out)
{
	*out = (struct dns_edns){
		.present = true,
		.extended_rcode = (uint8_t)(ttl >> 24),
		.version = (uint8_t)(ttl >> 16),
		.flags = (uint16_t)ttl,
		.udp_size = udp_size,
	};
	return kt_likely(len == 0) ? 0 : read_options(out, rdata, len);
}

uint8_t *dns_opt_room(struct kt_writer *w, uint8_t *opt, uint16_t code, size_t len)
{
	if (!w->err && len > 0xffff)
		kt_writer_fail(w, KT_E_SPACE);
	uint8_t *p = kt_write_room(w, 4 + len);
	if (!p)
		return NULL;
	kt_put16(p, code);
	kt_put16(p + 2, (uint16_t)len);
	kt_put16(opt + 9, (uint16_t)(w->at - (opt + DNS_OPT_LEN)));
	return p + 4;
}

void dns_opt_add(
    struct kt_writer *w, uint8_t *opt, uint16_t code, const void *data, size_t len)
{
	uint8_t *p = dns_opt_room(w, opt, code, len);
	if (p && len)
		memcpy(p, data, len);
}
