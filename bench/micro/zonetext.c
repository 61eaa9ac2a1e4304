/*
 * bench/micro/zonetext.c -- how fast zone text is read; records are thrown away.
 *
 *   zonetext-bench FILE [ORIGIN [ROUNDS]]     a zone file
 *   zonetext-bench --made [RECORDS]           "label A 10.1.2.3" and AAAA lines from memory
 *   zonetext-bench --small [FILES]            texts of 10 records, one reader call each
 *
 * Prints ns a record and MB/s of CPU time, the best round.
 */
#include "dns/zonetext.h"
#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sum {
	uint64_t n, mix;
};

static int throw_away(void *ctx, const struct dns_record *record)
{
	struct sum *sum = ctx;
	sum->n++;
	sum->mix += record->rdlen + record->owner[0] + record->ttl_s;
	return 0;
}

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_text(struct kt_text *text, unsigned records)
{
	kt_text_add(text,
	    "$ORIGIN example.\n$TTL 3600\n@ SOA ns host 1 7200 900 1209600 300\n"
	    "@ NS ns\n");
	for (unsigned i = 0; i < records / 2; i++) {
		kt_text_addf(text, "host%06x A 10.%u.%u.%u\n", i * 7919 & 0xffffff,
		    i >> 16 & 255, i >> 8 & 255, i & 255);
		kt_text_addf(text, "host%06x AAAA 2001:db8::%x:%x\n",
		    i * 7919 & 0xffffff, i >> 16, i & 0xffff);
	}
}

static int run(const char *text, size_t len, const struct dns_zonetext_options *options,
    unsigned calls, int rounds)
{
	double best = 1e9;
	struct sum sum = { 0 };
	for (int i = 0; i < rounds; i++) {
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		sum = (struct sum){ 0 };
		double start = cpu_s();
		int rc = 0;
		for (unsigned j = 0; j < calls && !rc; j++)
			rc = dns_zonetext_read(
			    text, len, "bench", options, throw_away, &sum, &errs);
		double took = cpu_s() - start;
		kt_errs_print(&errs, stderr, false);
		kt_errs_fini(&errs);
		if (rc)
			return 1;
		if (took < best)
			best = took;
	}
	double mb = (double)len * calls / 1e6;
	printf("%llu records, %.1f MB: %.3f s, %.1f ns/record, %.0f MB/s (sum %llu)\n",
	    (unsigned long long)sum.n, mb, best, best * 1e9 / (double)sum.n, mb / best,
	    (unsigned long long)sum.mix);
	return 0;
}

static int run_file(char **argv, int argc)
{
	struct kt_file file;
	struct dns_zonetext_options options = { .origin = DNS_NAME_ROOT };
	if (argc > 2 &&
	    dns_name_scan(argv[2], strlen(argv[2]), NULL, &options.origin)) {
		fprintf(stderr, "%s is not a domain name\n", argv[2]);
		return 1;
	}
	if (kt_file_read(argv[1], DNS_ZONE_FILE_MAX, &file)) {
		perror(argv[1]);
		return 1;
	}
	int rc = run(file.at, file.len, &options, 1, argc > 3 ? atoi(argv[3]) : 5);
	kt_file_free(&file);
	return rc;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr,
		    "usage: %s FILE [ORIGIN [ROUNDS]] | --made [N] | --small [N]\n",
		    argv[0]);
		return 2;
	}
	bool small = strcmp(argv[1], "--small") == 0;
	if (!small && strcmp(argv[1], "--made") != 0)
		return run_file(argv, argc);
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : small ? 100000 : 2000000;
	struct dns_zonetext_options options = { .origin = DNS_NAME_ROOT };
	struct kt_text text = { 0 };
	make_text(&text, small ? 8 : n);
	int rc = run(text.at, text.len, &options, small ? n : 1, 5);
	kt_text_fini(&text);
	return rc;
}
