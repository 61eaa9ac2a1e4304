/*
 * fuzz/zonetext_fuzz.c -- dns/zonetext: zone text of any kind; records printed read back.
 *
 * Input: the text of a zone example.org; $INCLUDE is refused, so no file is opened.
 */
#include "dns/zonetext.h"

#include "dns/rdata.h"
#include "dns/type.h"
#include "fuzz.h"

#include <string.h>

enum {
	RECORDS_MAX = 2000
};

struct run {
	size_t n;
	struct kt_text text;
};

static int same(void *ctx, const struct dns_record *again)
{
	const struct dns_record *r = ctx;
	size_t len = dns_wire_len(r->owner);
	fuzz_check(dns_wire_len(again->owner) == len);
	fuzz_check(memcmp(again->owner, r->owner, len) == 0);
	fuzz_check(again->type == r->type && again->ttl_s == r->ttl_s);
	fuzz_check(again->rdlen == r->rdlen);
	fuzz_check(memcmp(again->rdata, r->rdata, r->rdlen) == 0);
	return KT_E_EXISTS;
}

static void reads_back(struct kt_text *text, const struct dns_record *r)
{
	struct dns_zonetext_options options = { .origin = DNS_NAME_ROOT,
		.no_include = true };
	struct kt_errs errs;
	kt_text_clear(text);
	dns_record_print(text, r);
	kt_errs_init(&errs, 0);
	int rc = dns_zonetext_read(
	    kt_text_of(text), text->len, "again", &options, same, (void *)r, &errs);
	if (rc != KT_E_EXISTS)
		fprintf(stderr, "%s%s\n", kt_text_of(text),
		    errs.n ? errs.list[0].text : "");
	fuzz_check(rc == KT_E_EXISTS);
	kt_errs_fini(&errs);
}

static int take(void *ctx, const struct dns_record *r)
{
	struct run *run = ctx;
	fuzz_check(dns_name_measure(r->owner, DNS_NAME_MAX) > 0);
	fuzz_check(r->class == DNS_CLASS_IN && r->type && !dns_type_is_meta(r->type));
	fuzz_check(r->ttl_s <= 0x7fffffff && r->line >= 1);
	fuzz_check(dns_rdata_check(r->type, r->rdata, r->rdlen) == 0);
	reads_back(&run->text, r);
	return ++run->n == RECORDS_MAX ? KT_E_LIMIT : 0;
}

static void places_are_inside(const struct kt_errs *errs, size_t size)
{
	for (size_t i = 0; i < errs->n; i++) {
		const struct kt_err *e = &errs->list[i];
		fuzz_check(e->code < 0 && e->text && *e->text);
		fuzz_check(e->line >= 1 && e->line <= size + 1);
		fuzz_check(e->column <= size + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_zonetext_options options = { .no_include = true };
	struct kt_errs errs;
	struct run run = { 0 };
	fuzz_check(dns_name_scan("example.org.", 12, NULL, &options.origin) == 0);
	/* A copy of the exact size, so that a sanitizer sees reading past the end. */
	char *text = malloc(size + 1);
	fuzz_check(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	kt_errs_init(&errs, 0);
	int rc = dns_zonetext_read(text, size, "fuzz", &options, take, &run, &errs);
	fuzz_check((rc != 0) == (errs.n_errors > 0 || run.n == RECORDS_MAX));
	places_are_inside(&errs, size);
	kt_errs_fini(&errs);
	kt_text_fini(&run.text);
	free(text);
	return 0;
}
