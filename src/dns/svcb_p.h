/*
 * dns/svcb_p.h -- the keys of SVCB parameters (RFC 9460 s.7, IANA Service Parameter Keys).
 *
 * Input:    scan() takes hostile text, check() hostile octets, print() what check() took.
 * Threads:  constant data.
 */
#pragma once

#include "base/text.h"
#include "dns/rdata_p.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SVCB_KEY_MANDATORY = 0,
	SVCB_KEY_ALPN = 1,
	SVCB_KEY_NO_DEFAULT_ALPN = 2,
	SVCB_KEY_INVALID = 65535,
	SVCB_PARAM_HEAD = 4, /* octets: key and length */
	SVCB_ITEM_MAX = 255, /* octets of an item of a list */
};

/* One parameter's value as it stands in zone text. */
struct svcb_value {
	struct rdata_scan *x;
	struct dns_field f; /* named after the key */
	struct rdata_chars chars;
};

struct svcb_key {
	const char *name;                  /* NULL: keys that IANA does not list */
	const char *expected;              /* for messages */
	int (*scan)(struct svcb_value *v); /* 0 or KT_E_*; reports nothing */
	bool (*check)(const uint8_t *value, size_t n);
	/* NULL: there is no value */
	void (*print)(struct kt_text *text, const uint8_t *value, size_t n);
};

/* Never NULL. */
const struct svcb_key *svcb_key_row(unsigned key);
/* A name, or "key" and a number.  0 or KT_E_FORMAT. */
KT_MUST int svcb_key_scan(const char *text, size_t len, unsigned *key);
void svcb_key_print(struct kt_text *text, unsigned key);
/* The form of keys without a row: octets. */
KT_MUST int svcb_scan_octets(struct svcb_value *v);
