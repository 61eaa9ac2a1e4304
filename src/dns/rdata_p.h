/*
 * dns/rdata_p.h -- inside the record types: rows, fields, and kinds of field.
 *
 * A row of the table (dns/type_table.c) is a type's name and the list of its fields.
 * A field has a name for people and a kind; a kind knows how its text is scanned, how
 * many octets it takes, and how it is printed.  Everything that dns/rdata.h promises is
 * a walk over the fields of a row.
 *
 * Input:    measure() takes hostile octets; print() what measure() accepted.
 * Threads:  constant data.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "base/writer.h"
#include "dns/name.h"
#include "dns/scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_field;

/* One rdata being scanned. */
struct rdata_scan {
	struct dns_scanner *s;
	const struct dns_name *origin;
	struct kt_writer *out;
	uint8_t *start; /* where the rdata begins in out: fields may look back */
};

struct dns_field_kind {
	/* Writes the field to x->out.  0, or negative: reported to the scanner. */
	int (*scan)(struct rdata_scan *x, const struct dns_field *f);
	/*
	 * Octets that the field takes at rdata + at, or negative when it is malformed.  NULL
	 * when size says it.  Octets before `at` have been accepted, so a field may look
	 * back at those of fixed size.
	 */
	int (*measure)(
	    const struct dns_field *f, const uint8_t *rdata, size_t at, size_t len);
	/* n is what measure() gave.  False: no text says these octets; "\#" must. */
	bool (*print)(const struct dns_field *f, struct kt_text *text,
	    const uint8_t *rdata, size_t at, size_t n);
	uint8_t size; /* of fields that always take the same number of octets */
};

/*
 * A word that stands for a number.  For digests, octets is the length that goes with it;
 * at the end of the list, the least for types that the list does not have.
 */
struct dns_word {
	const char *name; /* NULL ends the list */
	uint16_t value;
	uint16_t octets;
};

enum {
	DNS_FIELD_COMPRESS = 1 << 0, /* name: compressed in messages, RFC 1035 */
	DNS_FIELD_EXPAND = 1 << 1,   /* name: may come compressed, RFC 3597 s.4 */
	DNS_FIELD_LOWER =
	    1 << 2, /* name: canonical form is lower case, RFC 4034 s.6.2 */
	DNS_FIELD_OPTIONAL = 1 << 3, /* may be absent at the end */
	DNS_FIELD_MNEMONIC = 1 << 4, /* printed as its word, not as a number */
	DNS_FIELD_BITS = 1 << 5,     /* words may be joined by "|" */
	DNS_FIELD_EMPTY = 1 << 6,    /* a list or rest that may have no octets */
};

struct dns_field {
	const char *name; /* as in the RFC; NULL ends the list */
	const struct dns_field_kind *kind;
	const struct dns_word *words;
	uint8_t flags;
};

/* How the rdata of a type is made. */
struct dns_type_row {
	const char *name;               /* NULL: no such type */
	const struct dns_field *fields; /* NULL: opaque, "\#" is its only text */
	bool names;                     /* some field is or has a name */
	bool lower;                     /* some field has DNS_FIELD_LOWER */
	bool expand;                    /* some field has DNS_FIELD_EXPAND */
};

/* Never NULL: unknown types share a row without name or fields. */
KT_PURE const struct dns_type_row *dns_type_row(uint16_t type);

/* dns/rdata_number.c */
extern const struct dns_field_kind dns_kind_u8, dns_kind_u16, dns_kind_u32,
    dns_kind_u64;
extern const struct dns_field_kind dns_kind_span; /* seconds, or TTL units */
extern const struct dns_field_kind dns_kind_time; /* RRSIG times */
extern const struct dns_field_kind dns_kind_type; /* a record type */
extern const struct dns_field_kind dns_kind_eui48, dns_kind_eui64;
extern const struct dns_field_kind dns_kind_id64; /* RFC 6742 s.2.1 */
/* dns/rdata_address.c */
extern const struct dns_field_kind dns_kind_ipv4, dns_kind_ipv6;
extern const struct dns_field_kind dns_kind_apl;
/* dns/rdata_name.c */
extern const struct dns_field_kind dns_kind_name;
extern const struct dns_field_kind dns_kind_names; /* none or more */
/* dns/rdata_string.c */
extern const struct dns_field_kind dns_kind_string;  /* a character-string */
extern const struct dns_field_kind dns_kind_strings; /* one or more */
extern const struct dns_field_kind dns_kind_tag;     /* letters and digits: CAA */
extern const struct dns_field_kind dns_kind_text;    /* the rest, without a length */
/* dns/rdata_coded.c */
extern const struct dns_field_kind dns_kind_base64; /* the rest */
extern const struct dns_field_kind dns_kind_data;   /* the rest, base64 or "-" */
extern const struct dns_field_kind dns_kind_hex;    /* the rest */
extern const struct dns_field_kind
    dns_kind_digest; /* the rest, of the type in front of it */
extern const struct dns_field_kind dns_kind_salt; /* length and octets, hex or "-" */
extern const struct dns_field_kind dns_kind_hash; /* length and octets, base32hex */
extern const struct dns_field_kind dns_kind_nsap, dns_kind_atma;
/* dns/rdata_bitmap.c */
extern const struct dns_field_kind dns_kind_types;     /* RFC 4034 s.4.1.2 */
extern const struct dns_field_kind dns_kind_old_types; /* NXT, RFC 2535 s.5.2 */
extern const struct dns_field_kind dns_kind_services;  /* WKS */
/* dns/rdata_gateway.c */
extern const struct dns_field_kind dns_kind_gateway; /* IPSECKEY */
extern const struct dns_field_kind dns_kind_relay; /* AMTRELAY: all behind precedence */
extern const struct dns_field_kind dns_kind_hip;   /* HIP: all before the servers */
extern const struct dns_field_kind dns_kind_a6;    /* A6: all */
/* dns/rdata_loc.c, dns/rdata_svcb.c */
extern const struct dns_field_kind dns_kind_loc;
extern const struct dns_field_kind dns_kind_svcb;

/*
 * Reports that the current token is not what the field wants: "found "x", expected
 * ...".  Returns code.
 */
int rdata_bad(
    struct rdata_scan *x, const struct dns_field *f, int code, const char *expected);
/* The next token, which must be there; 0 or negative, reported. */
KT_MUST int rdata_word(struct rdata_scan *x, const struct dns_field *f);
/* The next token as a number up to max. */
KT_MUST int rdata_number(
    struct rdata_scan *x, const struct dns_field *f, uint64_t max, uint64_t *out);
/* A decimal of `digits` digits at least (at most 20), zeros in front. */
void rdata_print_number(struct kt_text *text, uint64_t v, int digits);
/* Is the current token this word, in any letter case? */
bool rdata_token_is(const struct rdata_scan *x, const char *word);

/*
 * Takes characters of presentation format one octet at a time: "\ddd" and "\x"
 * undone (RFC 1035 s.5.1).
 */
struct rdata_chars {
	const char *at, *end;
};
enum {
	RDATA_CHARS_END = -1,
	RDATA_CHARS_BAD = -2, /* a backslash at the end, or not 000..255 behind it */
};
int rdata_chars_next(struct rdata_chars *c);
/* Writes the octets of all the characters; 0 or KT_E_FORMAT (bad escape). */
KT_MUST int rdata_chars_write(struct rdata_chars *c, struct kt_writer *out);
/* Prints octets in quotes. */
void rdata_print_quoted(struct kt_text *text, const uint8_t *octets, size_t n);
/* One octet as it stands inside quotes. */
void rdata_print_char(struct kt_text *text, uint8_t c);

/* Addresses as text; 0 or KT_E_FORMAT. */
KT_MUST int rdata_ipv4_scan(const char *text, size_t len, uint8_t out[4]);
KT_MUST int rdata_ipv6_scan(const char *text, size_t len, uint8_t out[16]);
void rdata_ipv4_print(struct kt_text *text, const uint8_t *octets);
void rdata_ipv6_print(struct kt_text *text, const uint8_t *octets);
