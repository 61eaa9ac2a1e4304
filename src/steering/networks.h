/*
 * steering/networks.h -- files with lists of networks.
 *
 *   192.0.2.0/24,osaka           a prefix (or an address) and its region
 *   2001:db8::/32                alone, when the file has one region
 *   192.0.2.0/24,JP,JP-13,,      a geofeed (RFC 8805): three fields or more
 *   # comments, and blank lines
 *
 * A geofeed's lines go through geo.match where the map has any: a line that matches nothing
 * is passed over.  Without, the subdivision's or the country's code is the region: the first
 * that the map knows, else the country's.  A line without a country says that
 * nobody should guess (RFC 8805 s.2.1.1.2) and is passed over, too.
 *
 * Input:    hostile text; an error has its place, and the first 20 are told.
 * Threads:  no shared state.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/file.h"
#include "steering/match.h"
#include "steering/names.h"
#include "steering/nets.h"

#include <stddef.h>
#include <stdint.h>

#define STEERING_FILE_MAX  ((size_t)4 << 30)
#define STEERING_FILES_MAX 250 /* a map */

struct steering_networks {
	const char *path;
	int region;                              /* of all lines; -1: each has one */
	const struct steering_matcher *matchers; /* of the map's databases, or NULL */
	size_t n_matchers;
	struct steering_names *names;
	struct kt_errs *errs;
	/* For each network; other than 0 stops and is returned. */
	int (*take)(void *ctx, const struct steering_net *net, unsigned family,
	    unsigned column);
	void *ctx;
};

/* 0 or the code of the first error. */
KT_MUST KT_NONNULL int steering_networks_read(
    const struct steering_networks *list, const char *text, size_t len);

/*
 * Scans a prefix at the start of text: as many octets as it used, with the same
 * result as kt_prefix_scan(); 0: that one has to look (a rare form, or an error).
 */
KT_MUST KT_NONNULL size_t steering_networks_scan(
    const char *text, size_t len, struct steering_net *out, unsigned *family);

/*
 * Reads a whole file into memory of its own, so that truncating it does no harm to
 * a reader.  0, KT_E_SYSTEM with errno, or KT_E_LIMIT.  Free with kt_file_free().
 */
KT_MUST KT_NONNULL int steering_file_copy(
    const char *path, size_t max, struct kt_file *out);
