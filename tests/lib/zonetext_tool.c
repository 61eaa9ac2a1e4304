/*
 * tests/lib/zonetext_tool.c -- prints the records of a zone file, one a line, as
 * dns_record_print() writes them.
 *
 *   zonetext-tool ORIGIN FILE
 *
 * Exit status 1 after an error in the file; errors go to stderr.
 */
#include "base/text.h"
#include "dns/zonetext.h"

#include <stdio.h>
#include <string.h>

static int print(void *ctx, const struct dns_record *record)
{
	struct kt_text *text = ctx;
	kt_text_clear(text);
	dns_record_print(text, record);
	fputs(kt_text_of(text), stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct dns_zonetext_options options = { .class = 1 };
	if (argc != 3 ||
	    dns_name_scan(argv[1], strlen(argv[1]), NULL, &options.origin)) {
		fprintf(stderr, "usage: %s ORIGIN FILE\n", argv[0]);
		return 2;
	}
	struct kt_errs errs;
	struct kt_text text = { 0 };
	kt_errs_init(&errs, 0);
	int rc = dns_zonetext_read_file(argv[2], &options, print, &text, &errs);
	kt_errs_print(&errs, stderr, false);
	kt_errs_fini(&errs);
	kt_text_fini(&text);
	return rc ? 1 : 0;
}
