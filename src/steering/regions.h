/*
 * steering/regions.h -- a map of the configuration read whole: inline networks, files,
 * databases, special blocks, composed to one disjoint sequence of runs.
 *
 * What wins, strongest first: the longest prefix of `networks` and `networks-file` (inline
 * before files, a later file before an earlier, with a warning where regions differ);
 * special blocks, which count as prefixes of the operator's of their length, but yield to
 * one of the same length; the first geographic database that matches; the default.
 *
 * Files: one prefix a line with "," and a region behind it, or alone when the file has one
 * region; RFC 8805 geofeeds (prefix,country,region,city,postal: matched by the lines of
 * geo.match where there are any, else by the country's or subdivision's code as region);
 * "#" comments; host bits are an error with the place.  A file may bring regions that the
 * configuration does not name: what a service does with these is the service's.
 * Prefixes inside the v4-like blocks of IPv6 are refused.
 *
 * Input:    files and databases of outsiders: bounded by STEERING_PREFIXES_MAX prefixes, and by
 *           a cap of 20 errors; a database is read from a private copy, so replacing or
 *           truncating the file does no harm.
 * Memory:   regions own what they point to, but conf (which must outlive them).
 * Threads:  immutable once made.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/steering.h"

#include <stddef.h>
#include <stdint.h>

#define STEERING_PREFIXES_MAX ((size_t)64 << 20)
#define STEERING_BY_RESOLVER  0xffff /* in place of a region or class */
#define STEERING_EMBEDDED     0xfffe /* an IPv4 address inside IPv6 decides */

/*
 * A maximal run of addresses of one region: it ends where the next begins.  There are
 * millions, read when a map is made and by tools, so they are kept small.
 */
struct KT_PACKED steering_run4 {
	uint32_t first;
	uint16_t region;
};

struct KT_PACKED steering_run6 {
	uint64_t first[2]; /* high, low */
	uint16_t region;
};

struct steering_regions {
	const struct conf_map *conf;
	const char *const *names; /* conf's regions, then those that files brought */
	size_t n;
	size_t n_prefixes; /* read from all sources; databases count their networks */
	const struct steering_run4 *run4; /* run4[0].first is 0 */
	size_t n_run4;
	const struct steering_run6 *run6;
	size_t n_run6;
	void *memory; /* private */
};

/* Warnings may be in errs after 0; else the code of the first error. */
KT_MUST KT_NONNULL int steering_regions_make(
    const struct conf_map *conf, struct kt_errs *errs, struct steering_regions **out);
void steering_regions_free(struct steering_regions *regions);

/* The line of configuration, or the record of a database, that decided for an address. */
struct steering_why {
	char text[160]; /* "240b:10:200::/41: osaka1", "country.mmdb: JP", "default" */
	const char *file; /* NULL: it has no line */
	unsigned line, column;
	uint16_t region;         /* or STEERING_BY_RESOLVER, STEERING_EMBEDDED */
	struct kt_prefix prefix; /* the matched network */
};

/* Reads files anew, so it is for tools.  0 or KT_E_SYSTEM: a file is gone. */
KT_MUST KT_NONNULL int steering_regions_why(const struct steering_regions *regions,
    const struct kt_addr *addr, struct steering_why *out);
