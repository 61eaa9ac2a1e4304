/*
 * tests/lib/check_tool.c -- prints what zone_check() finds in a zone file.
 *
 *   check-tool ZONE FILE [SECONDS]
 *
 * SECONDS since 1970: the time for which signatures are judged.  One finding a line,
 * "grade word owner type text".  Exit status 0, 1 with errors, 2 when the file cannot be
 * read.
 */
#include "base/clock.h"
#include "dns/zonetext.h"
#include "zone/builder.h"
#include "zone/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_record(void *ctx, const struct dns_record *record)
{
	int rc = zone_builder_add(ctx, record);
	if (rc == KT_E_RANGE) {
		fprintf(stderr, "warning out-of-zone: line %u\n", record->line);
		return 0;
	}
	return rc;
}

static void print(void *ctx, const struct zone_finding *f)
{
	char owner[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	static const char *const grades[] = { "error", "warning", "note" };
	fprintf(ctx, "%s %s %s %s %s\n", grades[f->grade], f->word,
	    dns_name_print(f->owner, owner),
	    f->type ? dns_type_print(f->type, type) : "-", f->text);
}

int main(int argc, char **argv)
{
	struct dns_zonetext_options options = { .class = DNS_CLASS_IN };
	if (argc < 3 ||
	    dns_name_scan(argv[1], strlen(argv[1]), NULL, &options.origin)) {
		fprintf(stderr, "usage: %s ZONE FILE [SECONDS]\n", argv[0]);
		return 2;
	}
	struct zone_check_options check = { .signatures = true };
	check.at = argc > 3 ? strtoll(argv[3], NULL, 10) : kt_clock_unix();
	struct kt_errs errs;
	struct zone_builder *b = zone_builder_new();
	kt_errs_init(&errs, 0);
	dns_name_lower(&options.origin);
	zone_builder_begin(b, &options.origin);
	int rc = dns_zonetext_read_file(argv[2], &options, take_record, b, &errs);
	struct zone_snapshot *z = rc ? NULL : zone_builder_finish(b);
	kt_errs_print(&errs, stderr, false);
	kt_errs_fini(&errs);
	zone_builder_free(b);
	if (!z)
		return 2;
	unsigned errors = zone_check(z, &check, print, stdout);
	zone_snapshot_put(z);
	return errors ? 1 : 0;
}
