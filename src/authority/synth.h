/*
 * authority/synth.h -- records made up for every address of a prefix.
 *
 * A reverse pattern answers PTR for the names of its prefix in in-addr.arpa or ip6.arpa; a
 * forward pattern answers A or AAAA for the names that those PTR records give:
 *
 *   pattern "dyn-{address}", origin example.com, prefix 2001:db8::/32:
 *   1.0...8.b.d.0.1.0.0.2.ip6.arpa  PTR  dyn-2001-0db8-0000-...-0001.example.com
 *   dyn-2001-0db8-0000-...-0001.example.com  AAAA  2001:db8::1
 *
 * Addresses in names have dashes for dots and colons.  PTR gives the full form of an IPv6
 * address, whose label never ends in a dash; questions may use any form that RFC 4291
 * s.2.2 allows.  What stands in the zone goes first: these answers are for names that do not
 * exist in it, before wildcards.  They are not signed, so they are not for signed zones.
 *
 * Input:    questions, hostile or not.
 * Threads:  immutable once made.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "dns/query.h"

#include <stdbool.h>
#include <stdint.h>

struct authority_synth {
	const struct authority_synth
	    *next; /* another pattern of the same zone, or NULL */
	bool reverse;
	struct kt_prefix prefix;
	uint32_t ttl_s;
	uint8_t before_len, after_len; /* what stands around the address in the label */
	char before[DNS_LABEL_MAX], after[DNS_LABEL_MAX];
	struct dns_name
	    origin; /* what names with addresses are directly below; lower case */
};

/*
 * Makes a pattern: label text with one "{address}" in it; origin is the zone for a forward
 * one, the parent of the PTR targets for a reverse one.  0; KT_E_FORMAT: not one
 * "{address}", or characters other than letters, digits, "-" and "_" around it; KT_E_LONG: the
 * label, or the name, would be too long for some address.  next is NULL.
 */
KT_MUST KT_NONNULL int authority_synth_init(struct authority_synth *out, bool reverse,
    const struct kt_prefix *prefix, const char *pattern, const struct dns_name *origin,
    uint32_t ttl_s);

enum authority_synth_result {
	AUTHORITY_SYNTH_NONE, /* no such name here */
	AUTHORITY_SYNTH_NODATA, /* the name exists (as an empty non-terminal too), not the type */
	AUTHORITY_SYNTH_DATA, /* out is the one record of the name */
};

struct authority_synth_answer {
	uint16_t type; /* PTR, A or AAAA; owner: the question's name, class IN */
	uint16_t rdlen;
	uint32_t ttl_s;
	uint8_t rdata[DNS_NAME_MAX];
};

/* Asks the patterns of a list (NULL: an empty one) for q's name and type; ANY gets data. */
int authority_synth_find(const struct authority_synth *list, const struct dns_query *q,
    struct authority_synth_answer *out);
