/*
 * steering/map.h -- from a client's network to its class, and the ECS scope that is true.
 *
 * A class is a configured, ordered list of targets, never what is up just now: a change of
 * health changes answers, not the partition.  A map parts each address family into maximal
 * runs of addresses of one class; the cell of an address is the largest aligned block around
 * it inside its run: a leaf of the complete binary trie that is minimal and disjoint
 * (RFC 7871 s.7.2.1, de-aggregation).  Runs are kept as their first addresses in a search
 * tree, so a cell's length costs two comparisons of bits and no memory.
 *
 * Cells of their own, before what the operator says of larger blocks:
 *   10/8, 100.64/10, 172.16/12, 192.168/16, fc00::/7   STEERING_BY_RESOLVER, unless `networks`
 *                                                      names them or blocks in them
 *   ::ffff:0:0/96, ::ffff:0:0:0/96, 64:ff9b::/96 (the IPv4 address behind 96 bits),
 *   2002::/16 (behind 16), 2001::/32 (behind 32: the Teredo server's)
 *                                                      the class of that IPv4 address;
 *                                                      length: the IPv4 cell's plus 96, 16, 32
 *
 * Input:    addresses of any client; work is bounded: one search, and for a source that is
 *           too short at most STEERING_SHORT_RUNS runs.
 * Memory:   at most 24 octets a prefix (44 where prefixes are longer than /64), in a few
 *           blocks.
 * Threads:  immutable once made.
 * RFC:      7871 s.6, 7.2.1, 10, 11.1; 6052; 3056; 4380; 6598.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "dns/edns.h"
#include "steering/regions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEERING_SHORT_RUNS 256

struct steering_map;

/*
 * The map of regions seen through class_of: regions of one class (class_of[region], each
 * below n_classes) are not told apart.  Short-source declarations come along.  NULL: memory.
 */
KT_MUST struct steering_map *steering_map_make(const struct steering_regions *regions,
    const uint16_t *class_of, unsigned n_classes);
void steering_map_free(struct steering_map *map);
/* Octets held. */
KT_NONNULL size_t steering_map_size(const struct steering_map *map);

struct steering_cell {
	uint16_t class; /* or STEERING_BY_RESOLVER */
	uint8_t len;    /* 1..32 or 1..128: never 0 */
};

/* The cell of one address. */
KT_NONNULL KT_HOT struct steering_cell steering_map_find(
    const struct steering_map *map, const struct kt_addr *addr);

enum steering_reason {
	STEERING_CELL,           /* the source block lies in one cell */
	STEERING_SHORT_DECLARED, /* it holds several: short-source says who answers */
	STEERING_SHORT_SHARE, /* the class with the largest share of it; the lowest of equals */
	STEERING_RESOLVER,  /* no ECS, or not for us: the resolver's own address */
	STEERING_NO_SOURCE, /* source 0: the resolver's address, scope 0 */
	STEERING_SPECIAL, /* a special block: the resolver's address, the block's scope */
	STEERING_EVERYBODY, /* one class for all addresses: scope 0 */
};

struct steering_decision {
	uint16_t class; /* below the map's n_classes, always */
	uint8_t scope;  /* for the option of the answer */
	uint8_t
	    source; /* bits of the client's address that are known; without ECS all of them */
	uint8_t cell; /* length of the cell that decided, of client's family */
	enum steering_reason reason;
	struct kt_addr client; /* whose class it is: ECS address or resolver */
};

/*
 * The class for a query.  map NULL: everybody is alike.  ecs NULL: none came, or it does
 * not count; one with source 0 or an unknown family is answered by the resolver's address
 * with scope 0.  A source shorter than its cell gets the longest cell in it as scope: so
 * long it must be.
 */
KT_HOT void steering_map_decide(const struct steering_map *map,
    const struct dns_ecs *ecs, const struct kt_addr *resolver,
    struct steering_decision *out);

/*
 * All cells of a family (4 or 6) in rising order that touch `within` (NULL: all); a cell that
 * is larger than it is given whole.  A v4-like block of IPv6 is one cell of class
 * STEERING_EMBEDDED.  Stops when visit returns other than 0, and returns that.
 */
int steering_map_walk(const struct steering_map *map, unsigned family,
    const struct kt_prefix *within,
    int (*visit)(void *ctx, const struct kt_prefix *cell, uint16_t class), void *ctx);
