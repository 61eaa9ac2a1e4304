#include "dns/zonetext.h"

#include "base/file.h"
#include "dns/zonetext_p.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool same_wire(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

static inline bool one_label(
    const char *text, size_t len, const struct dns_name *origin, struct dns_name *out)
{
	if (len > DNS_LABEL_MAX || memchr(text, '.', len) || memchr(text, '\\', len))
		return false;
	out->wire[0] = (uint8_t)len;
	memcpy(out->wire + 1, text, len);
	memcpy(out->wire + 1 + len, origin->wire, origin->len);
	out->len = (uint8_t)(len + 1 + origin->len);
	out->labels = (uint8_t)(origin->labels + 1);
	return true;
}

/*
 * Writes text as a name below origin, as dns_name_scan() does, if it holds nothing
 * unusual.  False: ask that function.
 */
static inline bool plain_name(
    const char *text, size_t len, const struct dns_name *origin, struct dns_name *out)
{
	if (len == 0 || len + 1 + origin->len > DNS_NAME_MAX ||
	    (len == 1 && *text == '@'))
		return false;
	if (one_label(text, len, origin, out))
		return true;
	unsigned label = 0, labels = 1;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		if (c == '\\')
			return false;
		out->wire[i + 1] = c;
		if (c != '.')
			continue;
		size_t n = i - label;
		if (n == 0 || n > DNS_LABEL_MAX)
			return false;
		out->wire[label] = (uint8_t)n;
		label = (unsigned)i + 1;
		if (label == len) {
			out->wire[label] = 0;
			out->len = (uint8_t)(len + 1);
			out->labels = (uint8_t)labels;
			return true;
		}
		labels++;
	}
	if (len - label > DNS_LABEL_MAX)
		return false;
	out->wire[label] = (uint8_t)(len - label);
	memcpy(out->wire + len + 1, origin->wire, origin->len);
	out->len = (uint8_t)(len + 1 + origin->len);
	out->labels = (uint8_t)(labels + origin->labels);
	return true;
}

int zonetext_set_owner(struct zonetext *z, const char *text, size_t len)
{
	struct dns_name *next = &z->owner[!z->current];
	if (z->owner_text && len == z->owner_len &&
	    memcmp(text, z->owner_text, len) == 0)
		return 0;
	if (!plain_name(text, len, &z->origin, next)) {
		int rc = dns_name_scan(text, len, &z->origin, next);
		if (rc)
			return rc;
	}
	if (!z->have_owner || !same_wire(next, &z->owner[z->current]))
		z->current = !z->current;
	z->have_owner = true;
	z->owner_text = text;
	z->owner_len = len;
	return 0;
}

void zonetext_save(const struct zonetext *z, struct zonetext_saved *out)
{
	out->origin = z->origin;
	out->have_owner = z->have_owner;
	if (z->have_owner)
		out->owner = z->owner[z->current];
}

void zonetext_restore(struct zonetext *z, const struct zonetext_saved *saved)
{
	z->origin = saved->origin;
	z->owner_text = NULL;
	z->have_owner = saved->have_owner;
	if (!saved->have_owner || same_wire(&saved->owner, &z->owner[z->current]))
		return;
	z->current = !z->current;
	z->owner[z->current] = saved->owner;
}

int zonetext_give(struct zonetext *z, const struct dns_record *record)
{
	int rc = z->take(z->ctx, record);
	if (kt_unlikely(rc)) {
		z->stop = true;
		if (!z->first_error)
			z->first_error = rc;
	}
	return rc;
}

KT_COLD static int bad_owner(struct zonetext *z, struct dns_scanner *s, int code)
{
	/* So that lines that inherit it are not errors, too. */
	if (!z->have_owner) {
		z->owner[z->current] = z->origin;
		z->have_owner = true;
	}
	return dns_scan_bad_name(s, code, "owner");
}

/* The owner in column 1; then the word behind it is current. */
static inline int read_owner(struct zonetext *z, struct dns_scanner *s)
{
	if (kt_unlikely(s->token.kind != DNS_TOKEN_WORD))
		return dns_scan_error(
		    s, KT_E_FORMAT, "owner", "a name cannot stand in quotes");
	int rc = zonetext_set_owner(z, s->token.at, s->token.len);
	if (kt_unlikely(rc))
		return bad_owner(z, s, rc);
	return dns_scan_word(s, "a TTL, class or type behind the owner");
}

static int no_owner(struct zonetext *z, struct dns_scanner *s)
{
	if (s->token.kind == DNS_TOKEN_WORD && s->token.at[0] == '$')
		return dns_scan_error(
		    s, KT_E_FORMAT, NULL, "a directive must start in column 1");
	if (z->have_owner)
		return 0;
	z->owner[z->current] = z->origin;
	z->have_owner = true;
	return dns_scan_error(s, KT_E_FORMAT, "owner",
	    "the line starts with white space, and there is no record before it whose "
	    "owner it could have");
}

int zonetext_no_ttl(struct zonetext *z, struct dns_scanner *s)
{
	z->have_default = true; /* once is enough */
	z->default_ttl_s = 0;
	return dns_scan_error(s, KT_E_FORMAT, "TTL",
	    "there is none here, none in a record before and no $TTL (RFC 2308 s.4)");
}

/* An SOA without a TTL: its minimum serves, here and for records to come (RFC 2308 s.4). */
static void take_minimum(struct zonetext *z, struct dns_record *record)
{
	if (record->rdlen < 4)
		return;
	uint32_t minimum = kt_get32(record->rdata + record->rdlen - 4);
	record->ttl_s = minimum > ZONETEXT_TTL_MAX ? 0 : minimum; /* RFC 2181 s.8 */
	z->have_default = true;
	z->default_ttl_s = record->ttl_s;
}

static inline int read_record(struct zonetext *z, struct dns_scanner *s)
{
	struct dns_record record = { .file = s->file, .line = s->token_line };
	int rc = kt_likely(s->token.first_column) ? read_owner(z, s) : no_owner(z, s);
	if (kt_unlikely(rc))
		return rc;
	bool no_ttl = false;
	rc = zonetext_head(z, s, &record, &no_ttl);
	if (kt_unlikely(rc))
		return rc;
	if (kt_unlikely(no_ttl)) {
		if (record.type != DNS_TYPE_SOA)
			return zonetext_no_ttl(z, s);
		dns_scan_warning(s, KT_E_FORMAT, "TTL",
		    "there is none here and no $TTL: the minimum of this SOA is taken");
	}
	struct kt_writer out = kt_writer_of(z->rdata, sizeof(z->rdata));
	size_t before = z->errs->n_errors;
	rc = dns_rdata_scan(s, record.type, &z->origin, &out);
	if (kt_unlikely(rc)) {
		if (z->errs->n_errors == before)
			dns_scan_error(s, rc, NULL, "%s", kt_strerror(rc));
		return rc;
	}
	rc = dns_scan_end(s);
	if (kt_unlikely(rc))
		return rc;
	s->type_name = NULL;
	record.owner = z->owner[z->current].wire;
	record.rdata = z->rdata;
	record.rdlen = (uint16_t)kt_writer_len(&out);
	if (kt_unlikely(no_ttl))
		take_minimum(z, &record);
	return zonetext_give(z, &record);
}

/* Says once a file, behind its first error, how it came to be read. */
static void note_includes(struct zonetext *z, int code)
{
	struct zonetext_source *source = z->source;
	if (source->noted)
		return;
	source->noted = true;
	for (const struct zonetext_source *f = source; f->parent; f = f->parent)
		kt_errs_add(z->errs, KT_NOTE, code, f->parent->file, f->line, 0, NULL,
		    "included from here: %s", f->file);
}

KT_COLD static void failed(struct zonetext *z, struct dns_scanner *s, int code)
{
	if (!z->first_error)
		z->first_error = code;
	if (z->stop)
		return;
	note_includes(z, code);
	s->type_name = NULL;
	dns_scan_skip_record(s);
	z->stop = kt_errs_full(z->errs);
}

void zonetext_read(
    struct zonetext *z, struct zonetext_source *source, const char *text, size_t len)
{
	struct zonetext_source *outer = z->source;
	struct dns_scanner s;
	dns_scanner_init(&s, text, len, z->errs);
	s.file = source->file;
	z->source = source;
	z->owner_text = NULL;
	while (!z->stop) {
		int rc;
		enum dns_token_kind kind = dns_scan(&s);
		if (kind == DNS_TOKEN_END_OF_FILE)
			break;
		if (kind == DNS_TOKEN_END_OF_RECORD)
			continue;
		if (kt_unlikely(kind == DNS_TOKEN_ERROR))
			rc = KT_E_FORMAT;
		else if (kt_unlikely(s.token.first_column && s.token.at[0] == '$' &&
				     kind == DNS_TOKEN_WORD))
			rc = zonetext_directive(z, &s);
		else
			rc = read_record(z, &s);
		if (kt_unlikely(rc))
			failed(z, &s, rc);
	}
	z->source = outer;
	z->owner_text = NULL;
}

/* All but the rdata buffer. */
static void begin(struct zonetext *z, const struct dns_zonetext_options *options,
    dns_record_take *take, void *ctx, struct kt_errs *errs)
{
	memset(z, 0, offsetof(struct zonetext, origin));
	z->options = options;
	z->take = take;
	z->ctx = ctx;
	z->errs = errs;
	z->class = options->class ? options->class : DNS_CLASS_IN;
	z->origin = options->origin;
	if (!z->origin.len)
		z->origin = DNS_NAME_ROOT;
	z->current = 0;
	z->have_owner = false;
	z->owner_text = NULL;
	z->have_default = z->have_last = false;
	z->source = NULL;
	z->first_error = 0;
	z->stop = false;
	memset(z->words, 0, sizeof(z->words));
}

int dns_zonetext_read(const char *text, size_t len, const char *file,
    const struct dns_zonetext_options *options, dns_record_take *take, void *ctx,
    struct kt_errs *errs)
{
	struct zonetext z;
	struct zonetext_source source = { .file = file };
	begin(&z, options, take, ctx, errs);
	zonetext_read(&z, &source, text, len);
	return z.first_error;
}

int dns_zonetext_read_file(const char *path, const struct dns_zonetext_options *options,
    dns_record_take *take, void *ctx, struct kt_errs *errs)
{
	struct kt_file file;
	int rc = kt_file_read(path, DNS_ZONE_FILE_MAX, &file);
	if (rc)
		return kt_errs_add(errs, KT_ERROR, rc, path, 0, 0, NULL, "%s",
		    rc == KT_E_SYSTEM ? strerror(errno) : "the file is too large");
	rc = dns_zonetext_read(file.at, file.len, path, options, take, ctx, errs);
	kt_file_free(&file);
	return rc;
}
