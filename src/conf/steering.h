/*
 * conf/steering.h -- the steering section of a configuration, typed and checked.
 *
 * Maps say to which region a client's network belongs; services say which pools serve a
 * region; pools have members; monitors say which members are up.  References are resolved:
 * pointers go into the same configuration, regions are numbers of their map.
 *
 * What is checked here: types, ranges, references, host bits, prefixes given twice, loops
 * of nested pools, a service's region that its map does not have and a region that the
 * service leaves out.  What needs other files or zones is checked by steering/.
 *
 * Memory:   that of the configuration (conf/config.h).
 * Threads:  immutable: any.
 */
#pragma once

#include "base/addr.h"
#include "conf/place.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* networks: {PREFIX: REGION}, and short-source, which has the same shape. */
struct conf_network {
	struct kt_prefix prefix;
	uint16_t region;
	struct conf_place place;
};

/* networks-file: PATH, {file, region} or a list of such. */
struct conf_network_file {
	const char *path;
	int region; /* of every prefix in it; -1: each line names its own */
	struct conf_place place;
};

/*
 * One line of geo.match: "JP" (country), "JP-13" (country and subdivision, ISO 3166-2),
 * "AS64500", "continent EU", "*" (whatever the database has).
 */
struct conf_geo_match {
	const char *key;
	uint16_t region;
	struct conf_place place;
};

struct conf_geo {
	const char *database; /* MaxMind DB */
	const struct conf_geo_match *match;
	size_t n_match;
	struct conf_place place;
};

struct conf_map {
	const char *name;
	/* names by number, as networks, files, geo, default, short-source name them */
	const char *const *regions;
	size_t n_regions; /* at most CONF_REGIONS_MAX */
	/* from here on only services name them: lines of a networks-file must, too */
	size_t n_own_regions;
	const struct conf_network *networks; /* as written */
	size_t n_networks;
	const struct conf_network_file *files;
	size_t n_files;
	const struct conf_geo *geo; /* the first that knows a network decides */
	size_t n_geo;
	uint16_t fallback; /* default: */
	const struct conf_network *short_source;
	size_t n_short_source;
	uint32_t short_source_ttl_s; /* UINT32_MAX: not capped */
	bool ecs;                    /* ecs: false ignores the option; default true */
	struct conf_place place;
};

/* Regions that only a networks-file names are added by steering/, up to this many. */
#define CONF_REGIONS_MAX 60000

enum conf_monitor_type {
	CONF_MONITOR_TCP,
	CONF_MONITOR_HTTP,
	CONF_MONITOR_HTTPS,
	CONF_MONITOR_DNS,
	CONF_MONITOR_ICMP,
	CONF_MONITOR_COMMAND,
	CONF_MONITOR_FILE,
	CONF_MONITOR_PUSH, /* its state comes through kotae steer push */
};

struct conf_status_range {
	uint16_t first, last;
};

struct conf_monitor {
	const char *name;
	enum conf_monitor_type type;
	uint32_t interval_ms, timeout_ms; /* timeout <= interval */
	uint16_t fall, rise;              /* probes in a row */
	uint16_t jitter; /* per cent of the interval that starts are spread over */
	uint16_t port;   /* tcp, http 80, https 443, dns 53 */
	/* http, https */
	const char *path, *method;
	const char *host; /* Host header and SNI; NULL: the address */
	const struct conf_status_range *status; /* default 200 to 299 */
	size_t n_status;
	const char *body;       /* text that must be in the first 64 KiB; NULL */
	uint32_t certificate_s; /* must be valid so much longer; default 0 */
	bool verify;            /* the certificate's chain and name; default true */
	const char *ca_file;    /* NULL: the system's */
	/* dns */
	struct dns_name query_name; /* default: root */
	uint16_t query_type;        /* default SOA */
	bool query_tcp;
	uint16_t rcode; /* wanted; default NOERROR */
	/* command: argv, NULL ends; {address} and {port} stand for the target's */
	const char *const *command;
	/* file: lines "TARGET up|down" */
	const char *file;
	struct conf_place place;
};

/* Pools inside each other, and members of a pool with those of the pools inside it. */
#define CONF_POOL_DEPTH_MAX   16
#define CONF_POOL_MEMBERS_MAX 4096

struct conf_pool;

/* A member is an address, a name (a CNAME's target) or another pool. */
struct conf_member {
	struct kt_addr address; /* family 0: none */
	struct dns_name name;   /* labels 0 and len 0: none */
	const struct conf_pool *pool;
	struct kt_addr probe; /* what is probed in place of it; family 0: the address */
	uint32_t weight;      /* default 1; 0: never chosen while another is up */
	struct conf_place place;
};

enum conf_method {
	CONF_METHOD_FAILOVER,    /* the first that is up */
	CONF_METHOD_WEIGHTED,    /* by chance, in proportion to weights */
	CONF_METHOD_ROUND_ROBIN, /* one after the other */
	CONF_METHOD_MULTI,       /* all that are up; the default */
	CONF_METHOD_HASH,        /* the same one for the same client network */
};

enum conf_all_down {
	CONF_DOWN_ALL,        /* as if all were up; the default */
	CONF_DOWN_NONE,       /* no records: NODATA */
	CONF_DOWN_LAST_KNOWN, /* those that were up last */
	CONF_DOWN_POOL,       /* another pool, whatever its state */
};

struct conf_pool {
	const char *name;
	uint32_t index; /* in conf_steering.pools */
	const struct conf_member *members;
	size_t n_members;
	enum conf_method method;
	/* every one must succeed, unless need */
	const struct conf_monitor *const *monitors;
	size_t n_monitors;
	uint16_t need;         /* how many monitors must succeed; 0: all */
	uint16_t min_up;       /* with fewer members up the pool is down; default 1 */
	uint16_t limit;        /* members in an answer; 0: as the method has it */
	uint32_t slow_start_s; /* its weight grows so long after recovery; default 0 */
	struct conf_place place;
};

/* The pools of a region (or of everybody, without a map), in order of preference. */
struct conf_preference {
	const struct conf_pool *const *pools;
	size_t n_pools;
	struct conf_place place;
};

struct conf_service {
	struct dns_name name;       /* lower case; may begin with "*" */
	const struct conf_map *map; /* NULL: everybody is alike */
	/* by the map's region; without a map one */
	const struct conf_preference *regions;
	size_t n_regions;
	const struct conf_preference *other; /* "*": regions not named; NULL: none */
	uint32_t ttl_s, ttl_min_s;           /* default 30, 1 */
	enum conf_all_down all_down;
	const struct conf_pool *down_pool; /* CONF_DOWN_POOL */
	uint16_t limit;                    /* records in an answer; 0: no limit */
	uint8_t hash_v4, hash_v6; /* bits of a client network for method hash; 24, 48 */
	struct conf_place place;
};

struct conf_steering {
	const struct conf_map *maps;
	size_t n_maps;
	const struct conf_monitor *monitors;
	size_t n_monitors;
	const struct conf_pool *pools;
	size_t n_pools;
	const struct conf_service *services;
	size_t n_services;
	const struct kt_prefix *trust_ecs; /* resolvers whose ECS counts */
	size_t n_trust_ecs;                /* 0: all */
	uint32_t probe_rate;               /* probes a second at most; default 10000 */
	uint32_t probe_parallel;           /* probes under way at most; default 1000 */
};
