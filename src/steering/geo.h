/*
 * steering/geo.h -- MaxMind DB files: which region a network has by its country,
 * subdivision, continent or AS.
 *
 * Where a record has no country it counts where the network is registered
 * (registered_country).  Of several subdivisions the smallest that geo.match names counts.
 *
 * Input:    hostile files.  They are read into memory of their own before they are looked at;
 *           a walk ends when it saw more nodes than the file has.
 * Memory:   a database owns its copy until it is closed.
 * Threads:  one.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "steering/match.h"
#include "steering/nets.h"

#include <maxminddb.h>
#include <stddef.h>
#include <stdint.h>

struct steering_geo {
	const struct conf_geo *conf;
	struct steering_matcher matcher;
	MMDB_s db;
};

/* 0, or the error told at geo's place. */
KT_MUST KT_NONNULL int steering_geo_open(
    struct steering_geo *geo, const struct conf_geo *conf, struct kt_errs *errs);
KT_NONNULL void steering_geo_close(struct steering_geo *geo);

/*
 * Appends the spans of a family (4, 6), those of STEERING_NOWHERE included, and adds the
 * networks with data to *n.  seen gathers the kinds of places that records have.
 */
KT_MUST KT_NONNULL int steering_geo_read(struct steering_geo *geo, unsigned family,
    struct kt_errs *errs, struct steering_spans *out, size_t *n, unsigned *seen);
/* Reports a line of geo.match that needs a kind of place which no record has. */
KT_MUST KT_NONNULL int steering_geo_check(
    const struct steering_geo *geo, unsigned seen, struct kt_errs *errs);

/* One address: the line that matches or NULL, and the network's length. */
KT_MUST KT_NONNULL int steering_geo_find(struct steering_geo *geo, unsigned family,
    steering_key key, const struct conf_geo_match **match, unsigned *len);
