/*
 * tests/lib/zone_of.h -- zones for tests, from text.
 */
#pragma once

#include "base/err.h"
#include "dns/zonetext.h"
#include "zone/builder.h"

#include "kt_test.h"

static inline int zone_of_take(void *ctx, const struct dns_record *record)
{
	return zone_builder_add(ctx, record);
}

static inline struct dns_name name_of(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &name), 0);
	dns_name_lower(&name);
	return name;
}

/* The caller puts it.  Text that has an error fails the test. */
static inline struct zone_snapshot *zone_of(const char *apex, const char *text)
{
	struct zone_builder *b = zone_builder_new();
	struct dns_zonetext_options options = { .origin = name_of(apex),
		.class = DNS_CLASS_IN };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	zone_builder_begin(b, &options.origin);
	int rc = dns_zonetext_read(
	    text, strlen(text), NULL, &options, zone_of_take, b, &errs);
	if (rc)
		kt_errs_print(&errs, stderr, false);
	assert_int_equal(rc, 0);
	struct zone_snapshot *z = zone_builder_finish(b);
	assert_non_null(z);
	kt_errs_fini(&errs);
	zone_builder_free(b);
	return z;
}
