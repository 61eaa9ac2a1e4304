/*
 * tests/unit/ecs/seed_map.h -- an operator's map of five regions, and its service.
 */
#pragma once

#include "conf/config.h"
#include "ecs/view.h"

#include "ecs_test.h"

#define SEED_POOLS                                                            \
 "  pools:\n"                                                                 \
 "    osaka1: {members: [{address: '2001:db8:10::1'}]}\n"                     \
 "    osaka2: {members: [{address: '2001:db8:10::2'}]}\n"                     \
 "    osaka3: {members: [{address: '2001:db8:10::5'}]}\n"                     \
 "    kyushu: {members: [{address: '2001:db8:20::1'}]}\n"                     \
 "    tokyo: {members: [{address: '2001:db8::1'}]}\n"                         \
 "  services:\n"                                                              \
 "    www.example.com:\n"                                                     \
 "      map: japan\n"                                                         \
 "      regions: {osaka1: [osaka1, tokyo], osaka2: [osaka2, tokyo], osaka3: " \
 "[osaka3], "                                                                 \
 "kyushu: [kyushu], tokyo: [tokyo]}\n"                                        \
 "    flat.example.com: {pools: [osaka1, tokyo]}\n"

#define SEED_MAP                      \
 "steering:\n"                        \
 "  maps:\n"                          \
 "    japan:\n"                       \
 "      networks:\n"                  \
 "        240b:10:200::/41: osaka1\n" \
 "        240b:10:280::/41: osaka2\n" \
 "        240b:10:300::/40: osaka3\n" \
 "        240b:10:400::/39: kyushu\n" \
 "      default: tokyo\n"

struct seed {
	struct conf_config *config;
	struct steering *steering;
	struct kt_errs errs;
};

static inline void seed_init(struct seed *s, const char *text)
{
	kt_errs_init(&s->errs, 0);
	int rc = conf_config_read_text(
	    text, strlen(text), "x.yaml", &s->errs, &s->config);
	if (!rc)
		rc = steering_make(&s->config->steering, &s->errs, &s->steering);
	if (rc)
		kt_errs_print(&s->errs, stderr, false);
	assert_int_equal(rc, 0);
}

static inline void seed_fini(struct seed *s)
{
	steering_free(s->steering);
	conf_config_free(s->config);
	kt_errs_fini(&s->errs);
}

static inline struct ecs_view *seed_map_view(struct seed *s)
{
	struct ecs_view *view;
	assert_int_equal(ecs_view_of_regions(s->steering->regions[0], &view), 0);
	return view;
}

static inline struct ecs_view *seed_service_view(struct seed *s, const char *name)
{
	const struct steering_service *service = ecs_service_find(s->steering, name);
	assert_non_null(service);
	return ecs_view_of_service(s->steering, service);
}
