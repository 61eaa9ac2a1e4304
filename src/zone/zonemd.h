/*
 * zone/zonemd.h -- the digest of a whole zone.
 *
 * Input:    any snapshot; work linear in its size, but for sorting the signatures of
 *           each name.
 * Threads:  reads a snapshot.
 * RFC:      8976; its scheme SIMPLE (1) with SHA-384 (1) and SHA-512 (2).
 */
#pragma once

#include "base/attr.h"
#include "zone/snapshot.h"

#include <stddef.h>
#include <stdint.h>

#define ZONE_ZONEMD_SIMPLE     1
#define ZONE_ZONEMD_SHA384     1
#define ZONE_ZONEMD_SHA512     2
#define ZONE_ZONEMD_DIGEST_MAX 64

/* Octets of a digest by hash algorithm; 0: not supported. */
size_t zone_zonemd_size(uint8_t hash);

/* The digest of the zone as it is (RFC 8976 s.3.3).  0, KT_E_UNSUPPORTED or KT_E_CRYPTO. */
KT_MUST KT_NONNULL int zone_zonemd_digest(const struct zone_snapshot *zone,
    uint8_t hash, uint8_t out[ZONE_ZONEMD_DIGEST_MAX]);
