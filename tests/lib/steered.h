/*
 * tests/lib/steered.h -- a worker that answers steered names: the configuration's `steering` as
 * YAML, the zone example. (tests/lib/steered_zone.h), health as the test has it.
 */
#pragma once

#include "authority/services.h"
#include "base/mem.h"
#include "conf/config.h"
#include "steering/steering.h"
#include "zone/load.h"

#include "ask.h"
#include "steered_zone.h"

#include <netinet/in.h>
#include <unistd.h>

#define STEERED_NOW   1800000000
#define STEERED_ZONES 2

enum steered_signing {
	STEERED_PLAIN,
	STEERED_NSEC,
	STEERED_NSEC3,
};

struct steered {
	struct ask *ask;
	struct conf_config *conf;
	struct steering *steering;
	struct steering_health *health;
	struct zone_snapshot *zones[STEERED_ZONES];
	struct steering_service **services[STEERED_ZONES];
	struct authority_policy policies[1 + STEERED_ZONES];
	struct sockaddr_storage peer;
};

static inline void steered_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline void steered_check(struct kt_errs *errs, int rc)
{
	if (rc)
		kt_errs_print(errs, stderr, false);
	assert_int_equal(rc, 0);
	kt_errs_fini(errs);
	kt_errs_init(errs, 0);
}

/* Loads through files, as the daemon does. */
static inline void steered_load(
    struct steered *s, const char *const *apex, const char *const *text)
{
	char directory[] = "/tmp/kotae-steered-XXXXXX", path[128], key[128];
	const char *key_files[] = { key };
	struct authority_services *services;
	const uint8_t *names[STEERED_ZONES];
	struct dns_name name[STEERED_ZONES];
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_non_null(mkdtemp(directory));
	snprintf(key, sizeof(key), "%s/%s", directory, STEERED_ZONE_KEY);
	snprintf(path, sizeof(path), "%s/zone", directory);
	steered_write(key, steered_zone_key);
	for (int i = 0; i < STEERED_ZONES; i++) {
		name[i] = name_of(apex[i]);
		names[i] = name[i].wire;
	}
	services = authority_services_make(s->steering, names, STEERED_ZONES, &errs);
	assert_int_equal(errs.n, 0);
	struct zone_builder *b = zone_builder_new();
	for (int i = 0; i < STEERED_ZONES; i++) {
		struct zone_steered *list = authority_services_of(services, (size_t)i);
		if (list) {
			list->key_files = key_files;
			list->n_key_files = 1;
		}
		steered_write(path, text[i]);
		steered_check(&errs,
		    zone_load_file(b, &name[i], path, list, &errs, &s->zones[i]));
		s->services[i] = authority_services_by_number(s->steering, s->zones[i]);
		for (uint32_t j = 0; j < s->zones[i]->n_steered; j++)
			if (s->services[i][j])
				s->services[i][j]->signer = s->zones[i]->signer;
	}
	zone_builder_free(b);
	authority_services_free(services);
	kt_errs_fini(&errs);
	unlink(key);
	unlink(path);
	rmdir(directory);
}

static inline void steered_refresh(struct steered *s)
{
	struct steering_refresh_result result;
	kt_readers_offline();
	steering_refresh(s->steering, s->health, STEERED_NOW, &result);
	kt_readers_online();
}

/* Takes effect with steered_refresh(). */
static inline void steered_set(struct steered *s, const char *key, bool up)
{
	const struct steering_target *target = steering_target_find(s->steering, key);
	assert_non_null(target);
	s->health[target - s->steering->targets].up = up;
}

static inline void steered_from(struct steered *s, const char *resolver)
{
	struct kt_addr addr;
	assert_int_equal(kt_addr_scan(resolver, &addr), 0);
	kt_addr_to_socket(&addr, 5353, &s->peer);
}

/* yaml: a whole configuration, but for `zones`; held: the text of the zone held.test. */
static inline struct steered *steered_new(
    const char *yaml, enum steered_signing signing, const char *held)
{
	static const char *const example[] = {
		[STEERED_PLAIN] = steered_zone_plain,
		[STEERED_NSEC] = steered_zone_nsec,
		[STEERED_NSEC3] = steered_zone_nsec3,
	};
	static const char *const apex[] = { "example.", "held.test." };
	const char *const text[] = { example[signing], held };
	struct steered *s = kt_calloc(1, sizeof(*s));
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	steered_check(&errs,
	    conf_config_read_text(yaml, strlen(yaml), "test.yaml", &errs, &s->conf));
	steered_check(&errs, steering_make(&s->conf->steering, &errs, &s->steering));
	kt_errs_fini(&errs);
	steered_load(s, apex, text);
	s->health = kt_calloc(s->steering->n_targets, sizeof(*s->health));
	for (size_t i = 0; i < s->steering->n_targets; i++)
		s->health[i] = (struct steering_health){
			.up = true, .share = 1000, .stable_s = UINT32_MAX
		};
	s->ask = ask_new(STEERED_ZONES);
	for (uint32_t i = 0; i < STEERED_ZONES; i++) {
		struct dns_name name = name_of(apex[i]);
		assert_int_equal(
		    zone_set_add(s->ask->config.zones, &name, s->zones[i], 1 + i), 0);
		s->policies[1 + i].steered =
		    (const struct steering_service *const *)s->services[i];
		s->policies[1 + i].n_steered = s->zones[i]->n_steered;
	}
	s->ask->config.policies = s->policies;
	s->ask->config.n_policies = KT_COUNT(s->policies);
	s->ask->config.steering = &s->conf->steering;
	s->ask->config.n_maps = s->conf->steering.n_maps;
	s->ask->client = (struct dns_client){
		.peer = (struct sockaddr *)&s->peer,
		.local = (struct sockaddr *)&s->peer,
		.transport = DNS_OVER_UDP,
		.unix_now = STEERED_NOW,
	};
	steered_from(s, "198.51.100.1");
	kt_reader_join();
	steered_refresh(s);
	return s;
}

static inline void steered_free(struct steered *s)
{
	kt_readers_offline();
	kt_reader_leave();
	ask_free(s->ask);
	for (int i = 0; i < STEERED_ZONES; i++) {
		free(s->services[i]);
		zone_snapshot_put(s->zones[i]);
	}
	steering_free(s->steering);
	conf_config_free(s->conf);
	free(s->health);
	free(s);
}
