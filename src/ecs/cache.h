/*
 * ecs/cache.h -- how resolvers keep answers with a client subnet: models.
 *
 *   rfc       RFC 7871 s.7.3: the longest entry that covers the client
 *   unbound   a trie a family, walked from the root: the shortest entry that covers the
 *             client; of limit entries the one used longest ago makes room
 *   powerdns  the longest entry that covers the client; an answer of scope 0 is kept once,
 *             for the clients of both families
 *
 * In all an answer is stored at min(scope, source).  One whose scope is longer than its source
 * serves only queries of the same source length (rfc, unbound); powerdns has no such rule.
 *
 * A server's answer to a prefix is always the same, so who can be served by whose answer is
 * worked out once, and a lookup is a walk along a short list.
 *
 * Memory:   linear in the clients times the lengths of the entries that cover each.
 * Threads:  one.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ecs_cache_model {
	ECS_CACHE_RFC,
	ECS_CACHE_UNBOUND,
	ECS_CACHE_POWERDNS,
	ECS_N_CACHES,
};

extern const char *const ecs_cache_names[ECS_N_CACHES];

/* What a server answers to a query for a client's network. */
struct ecs_reply {
	struct kt_prefix asked;
	uint32_t answer; /* equal numbers: equal answers */
	uint8_t scope;
};

struct ecs_cache;

/* For clients that send replies[].asked; limit: entries a family, 0: none. */
KT_MUST KT_NONNULL struct ecs_cache *ecs_cache_new(enum ecs_cache_model model,
    const struct ecs_reply *replies, size_t n, size_t limit);
void ecs_cache_free(struct ecs_cache *cache);
/* Nothing is kept any more. */
KT_NONNULL void ecs_cache_clear(struct ecs_cache *cache);

/*
 * Client i asks.  Whose answer it gets: i itself when nothing that is kept serves it (its
 * answer is kept then), or that of another client, or of its own from before.
 */
KT_NONNULL uint32_t ecs_cache_ask(struct ecs_cache *cache, uint32_t i);
KT_NONNULL size_t ecs_cache_entries(const struct ecs_cache *cache);
/* Queries that went to the server since the cache was cleared. */
KT_NONNULL size_t ecs_cache_upstream(const struct ecs_cache *cache);
