/*
 * steering/steering.h -- services: which answer for which client.
 *
 * Two halves.  The compiled half is immutable: services with their maps and classes, pools,
 * members, targets.  The live half is what health makes of it: for each service and class the
 * records that an answer may have just now, as they go on the wire, signed where the zone is.
 * It is replaced service by service (base/publish.h) by one thread; workers only read it, so
 * a query costs a look for the cell and one for the choice.
 *
 * A class is a set of regions whose ordered pools are the same.  Services with the same map
 * and the same classes share one steering_map.
 *
 * Memory:   steering_free() frees all, live halves included.
 * Threads:  steering_choose(): any reader that is online.  steering_refresh(): one thread at
 *           a time, never an online reader; it waits for readers before it frees.
 * RFC:      7871, 2181 s.5.2, 4034 s.6.3 (order in a set).
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/publish.h"
#include "conf/config.h"
#include "dns/edns.h"
#include "dnssec/signer.h"
#include "steering/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compiled */

/*
 * What can be up or down: an address or name together with a monitor, or a pool as a
 * whole.  One target, and one probe, however many pools have it.
 */
struct steering_target {
	/* "192.0.2.1/web", "www.example.net./web", "192.0.2.1" (no monitor), "pool/osaka1" */
	const char *key;
	const struct conf_monitor *monitor; /* NULL: none, up unless forced */
	struct kt_addr address;             /* what is probed; family 0: nothing */
	const struct dns_name *name;        /* of a member that is a name; or NULL */
	const struct conf_pool *pool;       /* a pool as a whole */
};

enum steering_type {
	STEERING_A,
	STEERING_AAAA,
	STEERING_CNAME,
	STEERING_N_TYPES,
};

struct steering_service {
	const struct conf_service *conf;
	const struct steering_map *map; /* NULL: one class for everybody */
	uint32_t index;                 /* in steering.services */
	uint16_t map_index;             /* of conf->map, for counters; 0xffff: none */
	uint16_t n_classes;             /* at least 1 */
	const uint16_t *class_of;       /* by region of the map */
	uint8_t types;    /* 1 << enum steering_type: any class may have it */
	bool hashes;      /* a pool has method hash: scopes are refined */
	bool ignores_ecs; /* the map says ecs: false */
	const struct dnssec_signer
	    *signer;  /* NULL: not signed; set before the first refresh */
	kt_slot live; /* struct steering_live */
	const struct steering_plan *plan; /* private */
};

struct steering {
	const struct conf_steering *conf;
	struct steering_service *services; /* as in conf */
	size_t n_services;
	const struct steering_target *targets; /* sorted by key */
	size_t n_targets;
	const struct steering_regions *const *regions; /* by conf map */
	struct steering_map *const *maps;              /* distinct ones */
	size_t n_maps;
	struct steering_private *private;
};

/*
 * Compiles; conf must outlive it.  Reported beside what regions report: a service whose
 * regions differ in the types that they have (A and AAAA: an error, since NODATA would be
 * kept for everybody, RFC 7871 s.7.4; names: a warning), a name member at a zone's
 * apex is the caller's to check.  0 and *out, or the code of the first error.
 */
KT_MUST KT_NONNULL int steering_make(
    const struct conf_steering *conf, struct kt_errs *errs, struct steering **out);
void steering_free(struct steering *steering);
/* NULL: no such target. */
KT_NONNULL const struct steering_target *steering_target_find(
    const struct steering *steering, const char *key);

/*
 * The records that stand for a service where nobody steers (transfers, secondaries): all
 * members of the first pool of the default region that has the type, as the zone
 * has sets: n_rr times rdlen (16 bits) and rdata, canonical order.  0: none of this type.
 * The data are the steering's.
 */
KT_NONNULL size_t steering_stand_in(const struct steering_service *service,
    enum steering_type type, const uint8_t **data, size_t *size);

/* Live */

/* How a target is: an array of these, by target number, is all that choosing knows. */
struct steering_health {
	bool up;        /* forced or found */
	uint16_t share; /* per mille of its weight: below 1000 during slow start */
	uint32_t
	    stable_s; /* from the last result no change before that; UINT32_MAX: none is foreseen */
};

/*
 * By number of pool, into usable: can it answer with this health?  It is not held down itself,
 * and enough of its members are up.
 */
KT_NONNULL void steering_pools_usable(const struct steering *steering,
    const struct steering_health *health, bool *usable);

struct steering_refresh_result {
	size_t changed; /* services whose answers are other than before */
	size_t signatures;
	size_t failed; /* sets that could not be signed: they are answered SERVFAIL */
};

/*
 * Makes the live half of every service whose answers differ from those before, or whose
 * signatures have passed half of their time.  health is by target.
 */
KT_NONNULL void steering_refresh(struct steering *steering,
    const struct steering_health *health, kt_unix now,
    struct steering_refresh_result *result);
/* When signatures want steering_refresh() next; INT64_MAX: never. */
KT_NONNULL kt_unix steering_refresh_at(const struct steering *steering);
/* Takes over what live halves remember (last-known, signatures by content) from before a reload. */
KT_NONNULL void steering_inherit(struct steering *to, const struct steering *from);

/* Answering */

/* A set as it lies in a zone: rdlen and rdata n_rr times, then n_sig RRSIGs. */
struct steering_variant {
	uint64_t upto; /* cumulative weight: chosen by a number below it */
	uint16_t n_rr, n_sig;
	uint32_t rr_size, sig_size;
	uint32_t id; /* for STEERING_PICK_HASH: by content, whatever else is up */
	const uint8_t *data; /* rr_size + sig_size octets */
};

enum steering_pick {
	STEERING_PICK_ONE,    /* there is one variant */
	STEERING_PICK_RANDOM, /* by weight */
	STEERING_PICK_TURN,   /* one after the other */
	STEERING_PICK_HASH,   /* by the client's network */
};

struct steering_choice {
	enum steering_pick pick;
	uint16_t type; /* DNS_TYPE_A, _AAAA, _CNAME */
	uint16_t n;    /* variants, at least 1 */
	uint32_t ttl_s;
	uint64_t total; /* of the weights; at least 1 */
	bool failed;    /* could not be signed: SERVFAIL */
	const struct steering_variant *variants;
	const struct conf_pool *pool; /* where it is from */
};

struct steering_live {
	/* [class * STEERING_N_TYPES + type]; NULL: nothing up, and when-all-down is none */
	const struct steering_choice *const *choices;
};

struct steering_client {
	const struct dns_ecs *ecs; /* NULL: none, or it does not count */
	struct kt_addr resolver;
};

struct steering_answer {
	struct steering_decision decision;    /* scope: refined for method hash */
	const struct steering_choice *choice; /* NULL: no data of the type just now */
	const struct steering_variant *variant;
};

/*
 * The answer for a type that service->types has (a service with names: STEERING_CNAME where
 * there is no choice of the type asked).  random: any number, another for each query; turn: a
 * number that goes up by one a query.  What out points to holds while the reader is online.
 */
KT_NONNULL KT_HOT void steering_choose(const struct steering_service *service,
    enum steering_type type, const struct steering_client *client, uint64_t random,
    uint64_t turn, struct steering_answer *out);

/* Is this resolver's ECS believed? */
KT_NONNULL bool steering_trusts(
    const struct conf_steering *conf, const struct kt_addr *resolver);
