/*
 * dnssec/signer.h -- the keys of a zone, and signatures by them.
 *
 * Made for sets that come into being while the daemon runs; a zone's records are signed by the
 * tool that made the zone.  For each algorithm among the zone's DNSKEYs a key is wanted
 * (RFC 4035 s.2.2); of several the zone signing keys (no SEP flag) sign.
 *
 * Memory:   a signer belongs to who made it; counted references are not needed: it lives as
 *           long as the configuration that named its files.
 * Threads:  immutable once made; dnssec_sign() may run in several threads at once.
 * RFC:      4034 s.3, 4035 s.2.2, 6605, 8080; 4648 (base64 of BIND's private-key format 1.3).
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/writer.h"
#include "dns/name.h"
#include "dnssec/rrsig.h"

#include <stddef.h>
#include <stdint.h>

struct dnssec_signer;

/*
 * From key files, and the zone's DNSKEY set which they must belong to.  A file is BIND's
 * Kname.+013+12345.private or a PEM file (PKCS#8, as Knot keeps them); algorithms 13 and 15.
 * Reported with the file's name: KT_E_SYSTEM (cannot be read), KT_E_FORMAT, KT_E_UNSUPPORTED,
 * KT_E_NOT_FOUND (no DNSKEY of the zone has this key), KT_E_CONFLICT (all keys given are of
 * revoked or non-zone DNSKEYs).  An algorithm of the DNSKEY set without a key is a warning.
 */
KT_MUST KT_NONNULL int dnssec_signer_make(const struct dns_name *apex,
    const struct dnssec_rrset *dnskeys, const char *const *files, size_t n_files,
    struct kt_errs *errs, struct dnssec_signer **out);
void dnssec_signer_free(struct dnssec_signer *signer);

/* Octets of all signatures over one set: what dnssec_sign() writes. */
KT_NONNULL size_t dnssec_signer_size(const struct dnssec_signer *signer);
KT_NONNULL unsigned dnssec_signer_count(const struct dnssec_signer *signer);
/* Differs between signers with different keys or zones: a part of a cache's key. */
KT_NONNULL uint64_t dnssec_signer_sum(const struct dnssec_signer *signer);

/*
 * Signs a set: writes, once a signing key, rdlen (16 bits) and RRSIG rdata.  An owner that
 * begins with "*" is signed as the wildcard.  0, KT_E_SHORT (a malformed set), KT_E_LIMIT
 * (arena), KT_E_SPACE, KT_E_CRYPTO; *out is then as it was.
 */
KT_MUST KT_NONNULL int dnssec_sign(const struct dnssec_signer *signer,
    const struct dnssec_rrset *set, uint32_t ttl_s, kt_unix inception,
    kt_unix expiration, struct kt_arena *scratch, struct kt_writer *out);
