/*
 * dnssec/keyfile.h -- private keys out of files.
 *
 * Two forms are known by their content: BIND's private-key format 1.x (Kname.+013+12345.private,
 * one "Field: value" a line) and PEM (PKCS#8, as Knot keeps its keys).
 *
 * Input:    foreign octets of at most DNSSEC_KEYFILE_MAX.
 * Memory:   what was read is wiped.
 * Threads:  no shared state.
 * RFC:      4648 s.4 (base64), 5958, 7468.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "crypto/sign.h"

#include <stddef.h>
#include <stdint.h>

#define DNSSEC_KEYFILE_MAX (64u << 10)

/*
 * Reads path; where that is the public half ("K....key"), or nothing and a file with
 * ".private" behind it is there, that one.  KT_E_SYSTEM, KT_E_LIMIT, KT_E_FORMAT,
 * KT_E_UNSUPPORTED or KT_E_CRYPTO, reported with the file's name.
 */
KT_MUST KT_NONNULL int dnssec_keyfile_read(
    const char *path, struct kt_errs *errs, struct crypto_private **out);
/* The same from memory; text[len] need not be readable.  file is for messages. */
KT_MUST KT_NONNULL int dnssec_keyfile_parse(const char *text, size_t len,
    const char *file, struct kt_errs *errs, struct crypto_private **out);
/*
 * Hash of seed, the path and which file it means now: another one after the file was written
 * again, or another took its place.
 */
KT_MUST KT_NONNULL uint64_t dnssec_keyfile_stamp(const char *path, uint64_t seed);
