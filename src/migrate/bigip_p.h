/*
 * migrate/bigip_p.h -- between the files that read BIG-IP DNS stanzas.
 */
#pragma once

#include "base/addr.h"
#include "migrate/node.h"

#include <stdbool.h>

/* What a topology record's left or right side says. */
enum bigip_place_kind {
	BIGIP_SUBNET,
	BIGIP_COUNTRY,
	BIGIP_CONTINENT,
	BIGIP_STATE, /* "country/state" */
	BIGIP_POOL,
	BIGIP_DATACENTER,
	BIGIP_NONE, /* not understood; told */
};

struct bigip_place {
	enum bigip_place_kind kind;
	const char *text; /* a prefix as kotae writes it, a code, a name */
	struct kt_prefix prefix;
};

struct bigip_record {
	struct bigip_place client, server;
	uint64_t order, score;
	const char *file;
	unsigned line;
};

/* What a topology chooses among: an address (a virtual server), or a whole pool. */
struct bigip_candidate {
	const char *label;
	struct kt_addr address; /* family 0: a pool or a name */
	const char *name;       /* a name member (cname pools) */
	const char *pool;       /* the pool it is in, or is, by its short name */
	const char *datacenter;
	bool whole;
	unsigned port, ratio, order; /* 0: not told */
};

struct bigip {
	struct migrate_plan *plan;
	struct migrate_node *root;
	struct bigip_record *records; /* in the order in which they are looked at */
	size_t n_records, records_size;
};

/* "/Common/www" without its folder. */
KT_NONNULL const char *bigip_short(const char *name);

/* bigip_topology.c */
KT_NONNULL void bigip_read_topology(struct bigip *b);
/*
 * A map over these candidates, and the service's regions with their pools in order of
 * score.  monitors of new pools are those of `like` (NULL: none).
 */
void bigip_make_map(struct bigip *b, struct migrate_service *service,
    const struct bigip_candidate *list, size_t n, const struct migrate_pool *like);

/*
 * bigip_monitors.c: the monitors that the pool's stanza names; its members serve at port
 * (0: not told).
 */
void bigip_add_monitors(struct bigip *b, struct migrate_pool *pool,
    struct migrate_node *node, unsigned port);

/* bigip_server.c: "/Common/server1:/Common/vs1", a virtual server. */
enum bigip_found {
	BIGIP_ABSENT, /* not in this file */
	BIGIP_OFF,    /* disabled */
	BIGIP_ON,
};
KT_NONNULL enum bigip_found bigip_find_virtual(
    struct bigip *b, const char *key, struct bigip_candidate *out);
/* The stanza "gtm pool a /Common/NAME" after its head; *type "a", "" when it is not told. */
KT_NONNULL struct migrate_node *bigip_find(
    struct bigip *b, const char *head, const char *name, const char **type);
KT_NONNULL bool bigip_stanza(
    const struct migrate_node *node, const char *head, const char **rest);
KT_NONNULL const char *bigip_name(
    struct migrate_plan *plan, const char *rest, const char **type);
/* Is the key there?  It counts as understood, and "enabled" with it. */
KT_NONNULL bool bigip_disabled(struct migrate_node *node);
KT_NONNULL unsigned bigip_count(struct migrate_node *node, const char *key);
