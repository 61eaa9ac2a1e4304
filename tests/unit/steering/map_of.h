/*
 * tests/unit/steering/map_of.h -- maps for tests, from short texts.
 *
 *   "10.1.0.0/16 a 2001:db8::/32 b" with the regions "default a b"
 */
#pragma once

#include "base/addr.h"
#include "steering/map.h"
#include "steering/regions.h"

#include "kt_test.h"

#define MAP_OF_MAX 64

struct map_of {
	struct conf_map conf;
	const char *names[MAP_OF_MAX];
	struct conf_network networks[MAP_OF_MAX], short_source[MAP_OF_MAX];
	char texts[3][2048];
	struct kt_errs errs;
	struct steering_regions *regions;
	struct steering_map *map; /* a class a region */
};

static inline struct kt_prefix prefix_of(const char *text)
{
	struct kt_prefix prefix;
	if (kt_prefix_scan(text, &prefix))
		fail_msg("%s is no prefix", text);
	return prefix;
}

static inline struct kt_addr addr_of(const char *text)
{
	struct kt_addr addr;
	if (kt_addr_scan(text, &addr))
		fail_msg("%s is no address", text);
	return addr;
}

static inline struct dns_ecs ecs_of(const char *text)
{
	struct kt_prefix prefix = prefix_of(text);
	struct dns_ecs ecs = { .family = prefix.addr.family, .source = prefix.len };
	memcpy(ecs.octets, prefix.addr.octets, 16);
	return ecs;
}

static inline unsigned map_of_region(const struct map_of *m, const char *name)
{
	for (unsigned i = 0; i < m->conf.n_regions; i++)
		if (strcmp(m->names[i], name) == 0)
			return i;
	fail_msg("%s is no region", name);
	return 0;
}

static inline size_t map_of_networks(
    const struct map_of *m, char *text, struct conf_network *out)
{
	size_t n = 0;
	char *rest = NULL;
	for (char *p = strtok_r(text, " ", &rest); p; p = strtok_r(NULL, " ", &rest)) {
		assert_true(n < MAP_OF_MAX);
		out[n].prefix = prefix_of(p);
		out[n].place = (struct conf_place){ "kotae.yaml", (unsigned)n + 10, 5 };
		out[n++].region = (uint16_t)map_of_region(
		    m, strtok_r(NULL, " ", &rest));
	}
	return n;
}

/* The first of the regions is the default.  Files and geo are added to conf by the caller. */
static inline struct map_of *map_of_conf(
    const char *regions, const char *networks, const char *short_source)
{
	struct map_of *m = calloc(1, sizeof(*m));
	char *rest = NULL;
	snprintf(m->texts[0], sizeof(m->texts[0]), "%s", regions);
	snprintf(m->texts[1], sizeof(m->texts[1]), "%s", networks);
	snprintf(m->texts[2], sizeof(m->texts[2]), "%s", short_source);
	for (char *p = strtok_r(m->texts[0], " ", &rest); p;
	     p = strtok_r(NULL, " ", &rest))
		m->names[m->conf.n_regions++] = p;
	m->conf.name = "test";
	m->conf.regions = m->names;
	m->conf.ecs = true;
	m->conf.place = (struct conf_place){ "kotae.yaml", 3, 1 };
	m->conf.networks = m->networks;
	m->conf.n_networks = map_of_networks(m, m->texts[1], m->networks);
	m->conf.short_source = m->short_source;
	m->conf.n_short_source = map_of_networks(m, m->texts[2], m->short_source);
	kt_errs_init(&m->errs, 0);
	return m;
}

static inline struct steering_map *map_of_identity(
    const struct steering_regions *regions)
{
	uint16_t *class_of = calloc(regions->n, sizeof(*class_of));
	for (size_t i = 0; i < regions->n; i++)
		class_of[i] = (uint16_t)i;
	struct steering_map *map = steering_map_make(
	    regions, class_of, (unsigned)regions->n);
	assert_non_null(map);
	free(class_of);
	return map;
}

static inline void map_of_make(struct map_of *m)
{
	int rc = steering_regions_make(&m->conf, &m->errs, &m->regions);
	if (rc)
		kt_errs_print(&m->errs, stderr, false);
	assert_int_equal(rc, 0);
	m->map = map_of_identity(m->regions);
}

static inline struct map_of *map_of(
    const char *regions, const char *networks, const char *short_source)
{
	struct map_of *m = map_of_conf(regions, networks, short_source);
	map_of_make(m);
	return m;
}

static inline void map_of_free(struct map_of *m)
{
	steering_map_free(m->map);
	steering_regions_free(m->regions);
	kt_errs_fini(&m->errs);
	free(m);
}
