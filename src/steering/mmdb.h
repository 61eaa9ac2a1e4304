/*
 * steering/mmdb.h -- is a MaxMind DB file what it says?  Looked at before libmaxminddb does:
 * that (1.7.1) believes the number of nodes, and reads past the end of a file that lies.
 *
 * Input:    hostile octets; work is bounded by their number.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Finds the metadata, which are at the end, and holds the size of the search tree against that
 * of the file.  0, or KT_E_FORMAT.
 */
KT_MUST KT_NONNULL int steering_mmdb_check(const uint8_t *octets, size_t len);
