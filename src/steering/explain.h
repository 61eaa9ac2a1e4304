/*
 * steering/explain.h -- why this answer: from the client's address to the records, as JSON.
 *
 *   {"service", "type", "asked": {"resolver": ADDR, "ecs": PREFIX or null, "ecs-use": TEXT},
 *    "map": NAME or null,
 *    "decision": {"reason": WORD, "text", "address", "source": N, "cell": PREFIX or null,
 *                 "scope": N, "class": N, "regions": [NAME, ...], "regions-total": N,
 *                 "lines": [{"address", "text", "file": null or TEXT, "line": N}]},
 *    "when-all-down": WORD,
 *    "pools": [POOL, ...] in order of preference,
 *    "outcome": WORD, "text": a sentence,
 *    "answer": null or {"pool", "type", "pick": WORD, "ttl": N, "signed": BOOL, "failed": BOOL,
 *               "variants": [{"records": [TEXT], "probability": NUMBER, "example": BOOL}],
 *               "variants-total": N}}
 *   POOL: {"pool", "method", "verdict": WORD, "text", "usable": BOOL, "up": N, "min-up": N,
 *          "types": [TEXT], "override": OVERRIDE,
 *          "members": [{"member": TEXT, "weight": N, "share": N, "up": BOOL,
 *                       "targets": [{"target": KEY, "state": "up", "down" or "unknown",
 *                                    "error": TEXT or null, "override": OVERRIDE}],
 *                       "pool": POOL, for a pool in a pool}]}
 *   OVERRIDE: null or {"pattern", "state", "reason", "until": UNIX or null}
 *
 * reason: cell, short-declared, short-share, resolver, no-source, special, everybody.
 * verdict: answers, no-records, held-down, too-few-up, none-of-type-up, not-asked (a pool
 * before it answers).  outcome: up, all, none, last-known, pool, no-type.
 *
 * Threads:  that of steering_refresh(), or one while nobody refreshes.
 */
#pragma once

#include "base/attr.h"
#include "steering/monitor.h"
#include "steering/steering.h"

struct json_t;

struct steering_question {
	const struct steering_service *service;
	enum steering_type type;
	struct kt_addr resolver;
	const struct dns_ecs *ecs; /* NULL: none; believed or not is found out */
};

/* How a target is, for people. */
typedef void steering_see(void *ctx, uint32_t target, struct monitor_view *out);

/*
 * A new object.  health is what the live halves were made of; see NULL: nothing was probed (a
 * configuration that is not loaded).
 */
KT_MUST struct json_t *steering_explain(const struct steering *steering,
    const struct steering_question *question, const struct steering_health *health,
    steering_see *see, void *ctx);

/*
 * Puts decision.lines into what steering_explain() made: what the map says of the address that
 * decided, and of one of a special block.  Reads the map's files, which may take a while.
 */
KT_NONNULL void steering_explain_lines(const struct steering *steering,
    const struct steering_question *question, struct json_t *object);

/*
 * The service that answers for a name: of that name, else the nearest wildcard above it.
 * NULL: none.
 */
KT_NONNULL const struct steering_service *steering_service_find(
    const struct steering *steering, const struct dns_name *name);
/*
 * What a person asks, from texts: a name, a type, the resolver's address, the prefix of a client
 * subnet (host bits are dropped).  client or ecs may be "", not both.  Reported: KT_E_FORMAT,
 * KT_E_TYPE, KT_E_NOT_FOUND.  *ecs holds what out->ecs points to.
 */
KT_MUST KT_NONNULL int steering_question_read(const struct steering *steering,
    const char *name, const char *type, const char *client, const char *ecs_text,
    struct kt_errs *errs, struct dns_ecs *ecs, struct steering_question *out);
