/*
 * zone/steer_p.h -- inside the loader: steered names while their zone is read.
 *
 * Each record of the file passes zone_steer_take(), which knows what gives way and takes hints
 * out.  When all are in the builder, zone_steer_place() adds the sets that stand for the
 * services, and zone_steer_sign() makes a signed zone whole again: signatures, and the
 * denial chain.
 *
 * Input:    records of a zone file: well-formed for their type, otherwise anything.
 * Memory:   an arena of its own, freed with it.
 * RFC:      1034 s.3.6.2, 2181 s.10.1 (CNAME), 4034 s.4, 5155 s.7.1, 9460 s.7.3, s.8; 8976.
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "dns/zonetext.h"
#include "zone/layout_p.h"
#include "zone/steered.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a signature is valid; that of several which ends last. */
struct steer_validity {
	bool known;
	uint32_t inception, expiration;
};

struct steer_name {
	const struct zone_steered_name *given;
	builder_place node;
	uint8_t told; /* types that gave way and were told, a bit each */
	struct steer_validity validity; /* of what gave way */
};

/* An SVCB or HTTPS set that lost hints. */
struct steer_stripped {
	builder_place node;
	uint16_t type;
};

struct zone_steer {
	const struct zone_steered *list;
	struct zone_builder *builder;
	const struct dns_name *apex; /* lower case */
	struct kt_errs *errs;
	const char *path; /* of the zone file */
	struct kt_arena arena;
	struct steer_name *names; /* list->n */
	uint32_t *slots;          /* index in names + 1; 0: free */
	uint32_t n_slots;
	bool has_wildcard; /* one of the names */
	bool zonemd;       /* the file's was left out */
	unsigned n_told, n_untold;
	struct steer_stripped *stripped;
	size_t n_stripped, stripped_size;
	bool strip_pending; /* the record at hand lost hints */
	int first_error;
	uint8_t rdata[UINT16_MAX]; /* of the record at hand, without hints */
};

/* NULL when nothing is steered. */
KT_MUST struct zone_steer *zone_steer_new(struct zone_builder *b,
    const struct dns_name *apex, const char *path, const struct zone_steered *list,
    struct kt_errs *errs);
void zone_steer_free(struct zone_steer *s);

/* Shall the record be added?  *r may then have other rdata, valid until the next. */
KT_NONNULL bool zone_steer_take(struct zone_steer *s, struct dns_record *r);
/* The record that was taken stands in the builder. */
KT_NONNULL void zone_steer_added(struct zone_steer *s, const struct dns_record *r);
/* When all records are there.  0, or the code of the first error. */
KT_MUST KT_NONNULL int zone_steer_place(struct zone_steer *s);
/*
 * Replaces *z, just finished by the builder, when it is signed; all else as
 * zone_steer_place().
 */
KT_MUST KT_NONNULL int zone_steer_sign(struct zone_steer *s, struct zone_snapshot **z);

/* Is a name, in any letter case, steered, or could it be made from a wildcard that is? */
KT_NONNULL bool zone_steer_covers(const struct zone_steer *s, const uint8_t *name);
/*
 * Writes rdata of SVCB or HTTPS without ipv4hint and ipv6hint; false: it has none, and
 * nothing was written.
 */
KT_NONNULL bool zone_steer_strip(
    const uint8_t *rdata, size_t len, struct kt_writer *out);

/* The validity of a set's signatures, or of the RRSIG rdata. */
KT_NONNULL void zone_steer_validity_of(
    struct steer_validity *v, const uint8_t *rrsig, size_t len);
KT_NONNULL struct steer_validity zone_steer_validity(const struct zone_rrset *set);

/* What signing needs. */
struct steer_sign {
	struct zone_steer *steer;
	const struct zone_snapshot *z; /* without the signatures that are to be made */
	struct dnssec_signer *signer;
	struct steer_validity validity; /* of what replaces nothing */
	struct kt_arena scratch;
	uint8_t *room; /* for the signatures of one set */
	size_t room_size;
};

/* Signs a set and adds the signatures to the builder.  0 or KT_E_*. */
KT_MUST KT_NONNULL int zone_steer_sign_set(struct steer_sign *x,
    const struct dnssec_rrset *set, uint32_t ttl_s, struct steer_validity validity);
/* Corrects the denial chain.  0 or KT_E_*. */
KT_MUST KT_NONNULL int zone_steer_chain(struct steer_sign *x);
