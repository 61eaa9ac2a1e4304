/*
 * dns/zonetext_p.h -- what the files of the zone text reader share.
 *
 * One struct zonetext is a run over a zone file and all that it includes; a scanner and
 * a struct zonetext_source are one file of it.
 *
 * Memory:  both live on the stack of the reader; the rdata buffer is never cleared.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "dns/rdata.h"
#include "dns/scan.h"
#include "dns/type.h"
#include "dns/zonetext.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONETEXT_TTL_MAX 0x7fffffffu /* RFC 2181 s.8 */

/* A file that is being read. */
struct zonetext_source {
	const char *file; /* NULL: memory without a name */
	const struct zonetext_source *parent;
	unsigned line;          /* of the $INCLUDE in parent */
	unsigned depth;         /* 0: the zone file */
	bool noted;             /* errors told where this was included */
	bool known;             /* the two below are set */
	uint64_t device, inode; /* to see loops through any path */
};

/* Words that were found to be types, by their octets: a zone uses few. */
enum {
	ZONETEXT_WORDS = 16,
	ZONETEXT_WORD_MAX = 8
};
struct zonetext_word {
	uint64_t octets; /* 0: free */
	uint16_t type;
	char name[DNS_TYPE_TEXT];
};

struct zonetext {
	const struct dns_zonetext_options *options;
	dns_record_take *take;
	void *ctx;
	struct kt_errs *errs;
	uint16_t class;

	struct dns_name origin;
	struct dns_name owner[2]; /* the current one and the one before */
	unsigned current;         /* which of the two */
	bool have_owner;
	const char *owner_text; /* what the current owner was scanned from, */
	size_t owner_len;       /* under the current origin; NULL: do not compare */

	bool have_default, have_last;
	uint32_t default_ttl_s; /* $TTL */
	uint32_t last_ttl_s;    /* of the last record that had one */

	struct zonetext_source *source;
	int first_error;
	bool stop;

	struct zonetext_word words[ZONETEXT_WORDS];
	uint8_t rdata[DNS_RDATA_MAX];
};

/* Where the owner stood before a directive that has owners of its own. */
struct zonetext_saved {
	struct dns_name origin, owner;
	bool have_owner;
};

/* Reads text to its end; errors are in z. */
KT_NONNULL void zonetext_read(
    struct zonetext *z, struct zonetext_source *source, const char *text, size_t len);

/* What follows is called with the current token at the word in question. */

/* A directive, "$..." in column 1, to the end of its line. */
KT_MUST int zonetext_directive(struct zonetext *z, struct dns_scanner *s);
KT_MUST int zonetext_include(struct zonetext *z, struct dns_scanner *s);
KT_MUST int zonetext_generate(struct zonetext *z, struct dns_scanner *s);

/* Makes text the current owner; reports nothing. */
KT_MUST int zonetext_set_owner(struct zonetext *z, const char *text, size_t len);
/*
 * From the current token on: [TTL] [class] type, the first two in either order
 * (RFC 1035 s.5.1).  Sets ttl_s, class and type; s->type_name names the type.
 */
KT_MUST int zonetext_head(
    struct zonetext *z, struct dns_scanner *s, struct dns_record *record, bool *no_ttl);
/* The record has no TTL and there is none to inherit: reports that once. */
KT_MUST int zonetext_no_ttl(struct zonetext *z, struct dns_scanner *s);
/* Hands a record to the caller; not 0 stops the run. */
KT_MUST int zonetext_give(struct zonetext *z, const struct dns_record *record);

KT_NONNULL void zonetext_save(const struct zonetext *z, struct zonetext_saved *out);
KT_NONNULL void zonetext_restore(
    struct zonetext *z, const struct zonetext_saved *saved);
