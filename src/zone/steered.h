/*
 * zone/steered.h -- names of a zone whose A, AAAA or CNAME sets are chosen when they are asked.
 *
 * The zone holds sets that stand for them (whoever transfers the zone gets those), so the names
 * exist: wildcards, denial and type bitmaps are as if the records were plain.  A node of
 * such a name has ZONE_NODE_STEERED and a number, its index in the list that the zone was
 * loaded with.
 *
 * While it is loaded, sets of the file with a steered type give way (a warning), and
 * ipv4hint and ipv6hint leave the SVCB and HTTPS records that point at a steered name. In a
 * signed zone the signer makes signatures for what changed, and NSEC or NSEC3 records where a
 * name or a type was not in the chain, with the validity of the records that they replace.
 *
 * Memory:   the list is the caller's; snapshots copy what they need.
 * Threads:  immutable.
 * RFC:      4034 s.4, 5155 s.7.1, 9460 s.7.3.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "dnssec/signer.h"
#include "zone/snapshot.h"

#include <stddef.h>
#include <stdint.h>

struct zone_steered_set {
	uint16_t type; /* DNS_TYPE_A, _AAAA or _CNAME */
	uint16_t n_rr;
	uint32_t ttl_s;
	const uint8_t *data; /* rdlen and rdata, canonical order */
	size_t size;
};

struct zone_steered_name {
	const uint8_t *name; /* wire, lower case, in the zone */
	const struct zone_steered_set *sets;
	size_t n_sets;
	const char *file; /* where it is configured, for errors */
	unsigned line, column;
};

struct zone_steered {
	const struct zone_steered_name *names;
	size_t n;
	const char *const *key_files; /* of the zone; used when it is signed */
	size_t n_key_files;
};

/* Of all that a snapshot takes from the list: the same sum, the same snapshot. */
KT_NONNULL uint64_t zone_steered_sum(const struct zone_steered *steered);

/* The number of a node with ZONE_NODE_STEERED: its index in the list. */
KT_NONNULL KT_HOT uint32_t zone_steered_number(
    const struct zone_snapshot *z, const struct zone_node *node);
