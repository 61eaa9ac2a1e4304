/*
 * tests/unit/ecs/ecs_test.h -- short ways to prefixes and addresses.
 */
#pragma once

#include "ecs/block.h"

#include "kt_test.h"

static inline struct kt_prefix prefix_of(const char *text)
{
	struct kt_prefix p;
	assert_int_equal(kt_prefix_scan(text, &p), 0);
	return p;
}

static inline struct kt_addr addr_of(const char *text)
{
	struct kt_addr a;
	assert_int_equal(kt_addr_scan(text, &a), 0);
	return a;
}
