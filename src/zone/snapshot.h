/*
 * zone/snapshot.h -- a zone, whole and immutable.
 *
 * A snapshot is one block of memory.  Every name that exists is a node, empty
 * non-terminals too; nodes lie in canonical order (RFC 4034 s.6.1), the apex first, each
 * followed by its RRsets, each RRset followed by its signatures.  References are
 * 32-bit, in units of 8 octets from the block's start; 0 is none.
 *
 *   block:  struct zone_snapshot | hash slots | denial chain | steered | node node ...
 *   node:   struct zone_node, name | rrset rrset ...
 *   rrset:  struct zone_rrset | rdlen rdata, rdlen rdata ... | RRSIG rdlen rdata ...
 *
 * rdlen is 16 bits in network order, so that a record is copied to a message together
 * with its length.  Rdatas of a set are in canonical order without duplicates; letter
 * case of names in rdata is as loaded, owners are in lower case.
 *
 * Memory:   reference counted: zone_snapshot_get/put; the last put frees the block.
 * Threads:  immutable: any number of readers.
 * RFC:      1034 s.4.2 (cuts), 4592 s.2.2.2 (empty non-terminals), 4034, 5155.
 */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "dns/name.h"
#include "dns/query.h"
#include "dns/type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t zone_ref; /* units of 8 octets from the snapshot; 0: none */

enum zone_node_flag {
	ZONE_NODE_CUT = 1, /* NS below the apex */
	ZONE_NODE_DNAME = 2,
	ZONE_NODE_CNAME = 4,
	ZONE_NODE_BELOW = 8,     /* under a cut or a DNAME: glue or occluded */
	ZONE_NODE_WILDCARD = 16, /* has a child "*" */
	ZONE_NODE_EMPTY = 32,    /* an empty non-terminal */
	ZONE_NODE_NSEC3_ONLY =
	    64, /* holds NSEC3 records only: exists for no question */
	ZONE_NODE_APEX = 128,
	ZONE_NODE_STEERED = 256, /* zone/steered.h */
};

struct zone_node {
	zone_ref parent; /* 0 at the apex */
	uint32_t
	    denial; /* with an NSEC chain: the entry of its own NSEC, or of the one that covers it */
	uint16_t flags; /* enum zone_node_flag */
	uint16_t n_rrsets;
	uint8_t labels;
	uint8_t len;
	uint8_t name[]; /* len octets, lower case; RRsets from the next multiple of 4 */
};

struct zone_rrset {
	uint16_t type;
	uint16_t n_rr;
	uint32_t ttl_s;
	uint32_t rr_size;       /* octets of rdlen + rdata, all records */
	uint32_t sig_size : 24; /* the same for the signatures */
	uint32_t n_sig    : 8;
	uint8_t data
	    []; /* rr_size, then sig_size octets; the next RRset at the next multiple of 4 */
};

/* The NSEC or NSEC3 chain in order, for finding the record that covers a name. */
enum zone_denial {
	ZONE_DENIAL_NONE,
	ZONE_DENIAL_NSEC,
	ZONE_DENIAL_NSEC3,
};

struct zone_snapshot {
	uint64_t generation; /* differs between any two snapshots of a process */
	size_t size;         /* octets of the block */
	uint32_t refs;       /* atomic: use zone_snapshot_get/put */
	uint32_t serial;     /* of the SOA; 0 without one */
	uint32_t n_nodes;
	uint32_t n_rrsets;
	uint64_t n_records;  /* signatures included */
	zone_ref first, end; /* nodes: the apex, and behind the last */
	uint32_t
	    slots_at; /* in units of 8 octets from the block, as all that end in _at */
	uint32_t n_slots;
	uint32_t chain_at;
	uint32_t n_chain;
	uint8_t denial;     /* enum zone_denial */
	uint8_t max_labels; /* of the deepest node */
	bool is_signed;     /* the apex has a DNSKEY or a signed SOA */
	bool opt_out;       /* an NSEC3 record of the chain has the flag */
	struct zone_nsec3param {
		uint8_t hash, flags, salt_len;
		uint16_t iterations;
		uint8_t salt[255];
	} nsec3;
	uint32_t
	    steered_at; /* offset like chain_at: the steered nodes in rising order */
	uint32_t n_steered;
	struct dnssec_signer
	    *signer;  /* for steered names of a signed zone; else NULL; owned */
	char *source; /* file it came from, for people; may be NULL; owned */
	int64_t loaded_unix;
};

struct zone_slot {
	uint32_t tag;  /* low half of the name's hash */
	zone_ref node; /* 0: free */
};

struct zone_chain_entry {
	uint64_t key; /* order-preserving prefix of the name (NSEC) or hash (NSEC3) */
	zone_ref node;
};

struct zone_steered_entry {
	zone_ref node;
	uint32_t number; /* zone/steered.h */
};

static inline const void *zone_at(const struct zone_snapshot *z, zone_ref ref)
{
	return (const uint8_t *)z + (size_t)ref * 8;
}

static inline const struct zone_node *zone_node_at(
    const struct zone_snapshot *z, zone_ref ref)
{
	return zone_at(z, ref);
}

static inline const struct zone_node *zone_apex(const struct zone_snapshot *z)
{
	return zone_node_at(z, z->first);
}

static inline zone_ref zone_ref_of(const struct zone_snapshot *z, const void *at)
{
	return (zone_ref)((size_t)((const uint8_t *)at - (const uint8_t *)z) / 8);
}

/* NULL above the apex. */
static inline const struct zone_node *zone_parent(
    const struct zone_snapshot *z, const struct zone_node *node)
{
	return node->parent ? zone_node_at(z, node->parent) : NULL;
}

static inline const struct zone_rrset *zone_rrsets(const struct zone_node *node)
{
	return (const struct zone_rrset
		*)((const uint8_t *)node +
		   (((offsetof(struct zone_node, name) + node->len) + 3) & ~(size_t)3));
}

static inline const struct zone_rrset *zone_rrset_next(const struct zone_rrset *set)
{
	return (const struct zone_rrset *)((const uint8_t *)set +
					   ((sizeof(*set) + set->rr_size +
						set->sig_size + 3) &
					       ~(size_t)3));
}

/*
 * The RRset of a type at a node, or NULL.  Signatures are not RRsets: see n_sig; only
 * signatures that cover nothing at the node stand in a set of type RRSIG.
 */
KT_NONNULL KT_PURE static inline const struct zone_rrset *zone_rrset_find(
    const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set))
		if (set->type == type)
			return set;
	return NULL;
}

/* Walks records: at = set->data; n_rr times { len = kt_get16(at); rdata = at + 2; at += 2 + len }. */
static inline const uint8_t *zone_signatures(const struct zone_rrset *set)
{
	return set->data + set->rr_size;
}

/* Nodes in canonical order: for (n = zone_apex(z); n; n = zone_node_next(z, n)). */
static inline const struct zone_node *zone_node_next(
    const struct zone_snapshot *z, const struct zone_node *node)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--)
		set = zone_rrset_next(set);
	zone_ref next =
	    (zone_ref)((size_t)((const uint8_t *)set - (const uint8_t *)z + 7) / 8);
	return next < z->end ? zone_node_at(z, next) : NULL;
}

static inline const struct zone_slot *zone_slots(const struct zone_snapshot *z)
{
	return (const struct zone_slot *)((const uint8_t *)z + (size_t)z->slots_at * 8);
}

/*
 * The node of a name in lower case with dns_suffix_hash() hash, or NULL.  Inline: every
 * question passes here, most of them once.
 */
KT_NONNULL static inline const struct zone_node *zone_find(
    const struct zone_snapshot *z, const uint8_t *wire, size_t len, uint64_t hash)
{
	const struct zone_slot *slots = zone_slots(z);
	uint32_t tag = (uint32_t)hash;
	/* The table is never full, so a free slot ends every search. */
	for (uint32_t i = kt_hash_slot(hash, z->n_slots); slots[i].node;
	     i = i + 1 == z->n_slots ? 0 : i + 1) {
		if (slots[i].tag != tag)
			continue;
		const struct zone_node *node = zone_node_at(z, slots[i].node);
		if (kt_likely(
			node->len == len && kt_equal_short(node->name, wire, len)))
			return node;
	}
	return NULL;
}
/* The same for who has no hash at hand. */
KT_NONNULL const struct zone_node *zone_find_name(
    const struct zone_snapshot *z, const uint8_t *wire);

/*
 * For who looks up many names at once: bring the memory that zone_find() will touch,
 * first the slot, once that has arrived the node.
 */
static inline void zone_prefetch_slot(const struct zone_snapshot *z, uint64_t hash)
{
	__builtin_prefetch(&zone_slots(z)[kt_hash_slot(hash, z->n_slots)]);
}

static inline void zone_prefetch_node(const struct zone_snapshot *z, uint64_t hash)
{
	const uint8_t *node = zone_at(
	    z, zone_slots(z)[kt_hash_slot(hash, z->n_slots)].node);
	__builtin_prefetch(node);
	__builtin_prefetch(node + 64);
}

/*
 * The last chain entry at or before a name (NSEC; the chain is circular) or hash
 * (NSEC3, 20 octets): an index.  *exact tells whether it matches.  The chain must not be
 * empty.
 */
KT_NONNULL uint32_t zone_chain_find_name(
    const struct zone_snapshot *z, const uint8_t *wire, bool *exact);
/* The same for the name of a query, whose labels are known. */
KT_NONNULL uint32_t zone_chain_find_query(
    const struct zone_snapshot *z, const struct dns_query *q, bool *exact);
KT_NONNULL uint32_t zone_chain_find_hash(
    const struct zone_snapshot *z, const uint8_t hash[20], bool *exact);
static inline const struct zone_chain_entry *zone_chain(const struct zone_snapshot *z)
{
	return (const struct zone_chain_entry *)((const uint8_t *)z +
						 (size_t)z->chain_at * 8);
}

static inline const struct zone_steered_entry *zone_steered_entries(
    const struct zone_snapshot *z)
{
	return zone_at(z, z->steered_at);
}

KT_NONNULL struct zone_snapshot *zone_snapshot_get(struct zone_snapshot *z);
void zone_snapshot_put(struct zone_snapshot *z);
