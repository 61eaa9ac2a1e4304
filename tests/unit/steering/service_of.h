/*
 * tests/unit/steering/service_of.h -- a steering out of text, targets that a test takes down,
 * and answers as text.
 */
#pragma once

#include "steering/steering.h"

#include "base/bytes.h"
#include "base/text.h"
#include "conf/config.h"
#include "dns/rdata.h"

#include "kt_test.h"

struct service_of {
	struct conf_config *config;
	struct steering *steering;
	struct steering_health *health;
	struct steering_refresh_result result; /* of the last refresh */
	struct kt_text said;
	struct kt_errs errs;
	kt_unix now;
};

static inline int service_read(struct service_of *s, const char *yaml)
{
	*s = (struct service_of){ .now = 1795392000 };
	kt_errs_init(&s->errs, 0);
	int rc = conf_config_read_text(
	    yaml, strlen(yaml), "test.yaml", &s->errs, &s->config);
	if (rc)
		return rc;
	/* What is said from here on is steering's. */
	kt_errs_fini(&s->errs);
	kt_errs_init(&s->errs, 0);
	return steering_make(&s->config->steering, &s->errs, &s->steering);
}

static inline void service_fini(struct service_of *s)
{
	steering_free(s->steering);
	conf_config_free(s->config);
	free(s->health);
	kt_text_fini(&s->said);
	kt_errs_fini(&s->errs);
}

static inline void service_refresh(struct service_of *s)
{
	steering_refresh(s->steering, s->health, s->now, &s->result);
}

static inline void service_all_up(struct service_of *s)
{
	s->health = calloc(s->steering->n_targets + 1, sizeof(*s->health));
	for (size_t i = 0; i < s->steering->n_targets; i++)
		s->health[i] = (struct steering_health){
			.up = true, .share = 1000, .stable_s = UINT32_MAX
		};
}

/* From text without errors; everything is up. */
static inline void service_of(struct service_of *s, const char *yaml)
{
	if (service_read(s, yaml)) {
		kt_errs_print(&s->errs, stderr, false);
		fail_msg("of:\n%s", yaml);
	}
	service_all_up(s);
	service_refresh(s);
}

static inline struct steering_health *service_health(
    struct service_of *s, const char *key)
{
	const struct steering_target *t = steering_target_find(s->steering, key);
	if (!t)
		fail_msg("no target %s", key);
	return &s->health[t - s->steering->targets];
}

static inline void service_set(struct service_of *s, const char *key, bool up)
{
	service_health(s, key)->up = up;
	service_refresh(s);
}

static inline void service_ask(const struct service_of *s, size_t number,
    enum steering_type type, const char *client, uint64_t random, uint64_t turn,
    struct steering_answer *out)
{
	struct kt_prefix prefix;
	assert_int_equal(kt_prefix_scan(client, &prefix), 0);
	struct dns_ecs ecs = { .family = prefix.addr.family, .source = prefix.len };
	memcpy(ecs.octets, prefix.addr.octets, sizeof(ecs.octets));
	struct steering_client c = { .ecs = &ecs };
	assert_int_equal(kt_addr_scan("198.51.100.53", &c.resolver), 0);
	steering_choose(&s->steering->services[number], type, &c, random, turn, out);
}

static inline void service_print_set(
    struct kt_text *text, uint16_t type, const struct steering_variant *v)
{
	const uint8_t *at = v->data;
	for (unsigned i = 0; i < v->n_rr; i++) {
		size_t len = kt_get16(at);
		kt_text_add(text, i ? " " : "");
		dns_rdata_print(text, type, at + 2, len);
		at += 2 + len;
	}
	assert_int_equal(at - v->data, v->rr_size);
}

/* The records of the answer to a client's prefix: "192.0.2.1 192.0.2.2", or "-". */
static inline const char *service_answer(struct service_of *s, size_t number,
    enum steering_type type, const char *client, uint64_t turn)
{
	struct steering_answer a;
	service_ask(s, number, type, client, turn << 32, turn, &a);
	kt_text_clear(&s->said);
	if (!a.choice)
		return "-";
	service_print_set(&s->said, a.choice->type, a.variant);
	return kt_text_of(&s->said);
}

/* What an IPv4 client of service 0 gets first. */
static inline const char *service_a(struct service_of *s)
{
	return service_answer(s, 0, STEERING_A, "203.0.113.0/24", 0);
}

/* All variants of a choice in their order: "192.0.2.1*3 | 192.0.2.2*1". */
static inline const char *service_variants(
    struct service_of *s, size_t number, enum steering_type type)
{
	struct steering_answer a;
	uint64_t upto = 0;
	service_ask(s, number, type, "203.0.113.0/24", 0, 0, &a);
	kt_text_clear(&s->said);
	for (unsigned i = 0; a.choice && i < a.choice->n; i++) {
		const struct steering_variant *v = &a.choice->variants[i];
		kt_text_add(&s->said, i ? " | " : "");
		service_print_set(&s->said, a.choice->type, v);
		if (v->upto - upto != 1)
			kt_text_addf(
			    &s->said, "*%llu", (unsigned long long)(v->upto - upto));
		upto = v->upto;
	}
	return kt_text_of(&s->said);
}
