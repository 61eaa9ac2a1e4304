#include "daemon/answers.h"

#include "authority/services.h"
#include "authority/synth.h"
#include "base/mem.h"
#include "dns/tsig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A configuration with what it points to. */
struct answers {
	struct authority_config config; /* first */
	struct authority_key *keys;
	struct authority_policy *policies;
	size_t n_own; /* policies that own their lists; the others are copies */
};

uint32_t policy_of_zone(const struct conf_config *config, size_t i)
{
	const struct conf_zone *z = &config->zones[i];
	return z->n_transfer_to || z->n_synth ? (uint32_t)i + 1 : 0;
}

uint32_t policy_of_directory(const struct conf_config *config, size_t i)
{
	const struct conf_zone_directory *d = &config->directories[i];
	return d->n_transfer_to ? (uint32_t)(config->n_zones + i) + 1 : 0;
}

static void make_keys(struct answers *a, const struct conf_config *config)
{
	a->keys = kt_calloc(config->n_keys, sizeof(*a->keys));
	for (size_t i = 0; i < config->n_keys; i++) {
		const struct conf_key *from = &config->keys[i];
		struct authority_key *to = &a->keys[i];
		to->name = from->name;
		to->secret_len = from->secret_len;
		memcpy(to->secret, from->secret, sizeof(to->secret));
		int rc = dns_tsig_algorithm_scan(from->algorithm, &to->algorithm);
		kt_require(!rc); /* the configuration was checked */
	}
	a->config.keys = a->keys;
	a->config.n_keys = config->n_keys;
}

static void make_policy(struct answers *a, const struct conf_config *config,
    uint32_t policy, const struct conf_peer *peers, size_t n)
{
	if (!policy)
		return;
	struct authority_peer *to = kt_calloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		to[i].from = peers[i].from;
		if (peers[i].key)
			to[i].key = &a->keys[peers[i].key - config->keys];
	}
	a->policies[policy].transfer_to = to;
	a->policies[policy].n_transfer_to = n;
}

static void make_synth(struct authority_policy *policy, const struct conf_zone *z)
{
	if (!z->n_synth)
		return;
	struct authority_synth *list = kt_calloc(z->n_synth, sizeof(*list));
	for (size_t i = 0; i < z->n_synth; i++) {
		const struct conf_synth *from = &z->synth[i];
		int rc = authority_synth_init(&list[i], from->reverse, &from->prefix,
		    from->pattern, from->reverse ? &from->origin : &z->name,
		    from->ttl_s);
		kt_require(!rc); /* answers_check() was asked first */
		list[i].next = i + 1 < z->n_synth ? &list[i + 1] : NULL;
	}
	policy->synth = list;
}

int answers_check(const struct conf_config *config, struct kt_errs *errs)
{
	int rc = 0;
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct conf_zone *z = &config->zones[i];
		for (size_t j = 0; j < z->n_synth; j++) {
			const struct conf_synth *s = &z->synth[j];
			struct authority_synth made;
			int bad = authority_synth_init(&made, s->reverse, &s->prefix,
			    s->pattern, s->reverse ? &s->origin : &z->name, s->ttl_s);
			if (bad)
				rc = kt_errs_add(errs, KT_ERROR, bad, s->place.file,
				    s->place.line, s->place.column, NULL,
				    "the pattern %s makes no names: %s", s->pattern,
				    kt_strerror(bad));
		}
	}
	return rc;
}

static size_t count_policies(const struct conf_config *config)
{
	size_t n = 1;
	for (size_t i = 0; i < config->n_zones; i++)
		if (policy_of_zone(config, i) >= n)
			n = policy_of_zone(config, i) + (size_t)1;
	for (size_t i = 0; i < config->n_directories; i++)
		if (policy_of_directory(config, i) >= n)
			n = policy_of_directory(config, i) + (size_t)1;
	return n;
}

static size_t count_steered(const struct zone_table *zones)
{
	size_t n = 0;
	for (size_t i = 0; i < zones->n; i++)
		n += zones->items[i].zone && zones->items[i].zone->n_steered;
	return n;
}

/*
 * Each zone with steered names has a policy to itself: that of its configuration with the
 * services added.  Returns the policies by item, from the heap.
 */
static uint32_t *add_steered(
    struct answers *a, const struct zone_table *zones, const struct steering *steering)
{
	uint32_t *policies = kt_calloc(zones->n, sizeof(*policies));
	for (size_t i = 0; i < zones->n; i++) {
		const struct zone_item *item = &zones->items[i];
		policies[i] = item->policy;
		if (!steering || !item->zone || !item->zone->n_steered)
			continue;
		policies[i] = (uint32_t)a->config.n_policies++;
		struct authority_policy *policy = &a->policies[policies[i]];
		*policy = a->policies[item->policy];
		policy->steered = (const struct steering_service *const *)
		    authority_services_by_number(steering, item->zone);
		policy->n_steered = item->zone->n_steered;
	}
	return policies;
}

static void make_policies(
    struct answers *a, const struct conf_config *config, const struct zone_table *zones)
{
	size_t n = count_policies(config);
	a->policies = kt_calloc(n + count_steered(zones), sizeof(*a->policies));
	a->config.policies = a->policies;
	a->config.n_policies = a->n_own = n;
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct conf_zone *z = &config->zones[i];
		make_policy(a, config, policy_of_zone(config, i), z->transfer_to,
		    z->n_transfer_to);
		make_synth(&a->policies[policy_of_zone(config, i)], z);
	}
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct conf_zone_directory *d = &config->directories[i];
		make_policy(a, config, policy_of_directory(config, i), d->transfer_to,
		    d->n_transfer_to);
	}
}

static void make_secrets(struct authority_config *to, const struct conf_config *config,
    const struct kt_sip_key *own_secret)
{
	to->n_cookie_secrets = config->n_cookie_secrets;
	for (unsigned i = 0; i < config->n_cookie_secrets; i++)
		memcpy(to->cookie_secret[i].octets, config->cookie_secret[i], 16);
	if (config->n_cookie_secrets)
		return;
	to->cookie_secret[0] = *own_secret;
	to->n_cookie_secrets = 1;
}

struct authority_config *answers_make(const struct conf_config *config,
    const struct zone_table *zones, const struct steering *steering,
    const struct kt_sip_key *own_secret)
{
	struct answers *a = kt_calloc(1, sizeof(*a));
	struct authority_config *to = &a->config;
	make_keys(a, config);
	make_policies(a, config, zones);
	uint32_t *policies = add_steered(a, zones, steering);
	to->zones = zone_table_set(zones, policies);
	free(policies);
	if (steering) {
		to->steering = &config->steering;
		to->n_maps = config->steering.n_maps;
	}
	make_secrets(to, config, own_secret);
	snprintf(to->nsid, sizeof(to->nsid), "%s", config->name ? config->name : "");
	snprintf(to->version, sizeof(to->version), "%s",
	    config->version ? config->version : "");
	to->udp_max = config->udp_max;
	uint32_t keepalive = config->tcp_idle_ms / 100;
	to->tcp_keepalive = keepalive > UINT16_MAX ? UINT16_MAX : (uint16_t)keepalive;
	to->minimal = config->minimal;
	to->any_minimal = config->any_minimal;
	to->cookies = config->cookies;
	memcpy(to->report_agent, config->report_agent.wire, config->report_agent.len);
	return to;
}

void answers_free(struct authority_config *answers)
{
	if (!answers)
		return;
	struct answers *a = (struct answers *)answers;
	zone_set_free(a->config.zones);
	for (size_t i = 0; i < a->config.n_policies; i++) {
		free((void *)a->policies[i].steered);
		if (i >= a->n_own)
			continue;
		free((void *)a->policies[i].transfer_to);
		free((void *)a->policies[i].synth);
	}
	free(a->policies);
	explicit_bzero(a->keys, a->config.n_keys * sizeof(*a->keys));
	free(a->keys);
	explicit_bzero(a, sizeof(*a));
	free(a);
}
