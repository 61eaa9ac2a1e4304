/*
 * steering/block.h -- one live half in the making, and as the one block that it becomes.
 *
 * A draft grows in arrays and knows no pointers; a block has them.  Slots are
 * class * STEERING_N_TYPES + type.
 *
 * Memory:   a draft is used again and again; a block is the heap's: free().
 */
#pragma once

#include "steering/steering.h"

#include "base/text.h"

struct live_block {
	struct steering_live live; /* what readers see: first */
	kt_unix refresh_at;        /* INT64_MAX: never */
	size_t n_slots, n_choices, n_variants, n_octets;
	size_t n_signed; /* sets */
	size_t n_failed;
	bool provisional; /* remembered from before a reload, not made from health */
};

/* Variants of a choice, which several choices may share. */
struct draft_variants {
	enum steering_pick pick;
	uint16_t type, n;
	uint32_t first;
	uint64_t total;
	bool failed;
};

struct draft_choice {
	struct draft_variants variants;
	uint32_t ttl_s;
	const struct conf_pool *pool;
};

struct draft_variant {
	struct steering_variant v; /* data NULL */
	size_t at;                 /* in octets */
};

struct draft {
	uint32_t *slots; /* choice + 1; 0: none */
	size_t n_slots, slots_size;
	struct draft_choice *choices;
	size_t n_choices, choices_size;
	struct draft_variant *variants;
	size_t n_variants, variants_size;
	struct kt_text octets;
	kt_unix refresh_at;
	size_t n_signed, n_failed;
};

KT_NONNULL void draft_begin(struct draft *draft, size_t n_slots);
KT_NONNULL void draft_fini(struct draft *draft);
/* The number of a new choice; variants are appended, the choice says which are its. */
KT_NONNULL uint32_t draft_choice(
    struct draft *draft, const struct draft_choice *choice);
/* Appends a variant with its records; signatures go behind them. */
KT_NONNULL void draft_variant(
    struct draft *draft, const struct steering_variant *v, const uint8_t *records);
KT_NONNULL void draft_signatures(
    struct draft *draft, uint16_t n, const uint8_t *data, uint32_t size);

/* The same choices but for TTLs and signatures?  ttls: and the same TTLs. */
KT_NONNULL bool draft_equals(
    const struct draft *draft, const struct live_block *block, bool *ttls);
KT_MUST KT_NONNULL struct live_block *draft_block(const struct draft *draft);
