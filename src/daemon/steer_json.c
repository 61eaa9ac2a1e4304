#include "daemon/steer_verbs.h"

#include "base/mem.h"
#include "control/text.h"
#include "steering/pattern.h"

#include <string.h>

static void set(json_t *object, const char *key, json_t *value)
{
	/* Takes the reference; fails only for want of memory. */
	int rc = json_object_set_new(object, key, value);
	kt_require(!rc);
}

static void add(json_t *array, json_t *value)
{
	int rc = json_array_append_new(array, value);
	kt_require(!rc);
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *word(bool up)
{
	return json_string(up ? "up" : "down");
}

/* Targets */

static const char *const monitor_types[] = {
	[CONF_MONITOR_TCP] = "tcp",
	[CONF_MONITOR_HTTP] = "http",
	[CONF_MONITOR_HTTPS] = "https",
	[CONF_MONITOR_DNS] = "dns",
	[CONF_MONITOR_ICMP] = "icmp",
	[CONF_MONITOR_COMMAND] = "command",
	[CONF_MONITOR_FILE] = "file",
	[CONF_MONITOR_PUSH] = "push",
};

static json_t *override_json(const struct monitor_view *v)
{
	if (!v->pattern)
		return json_null();
	json_t *object = json_object();
	set(object, "pattern", control_string(v->pattern));
	set(object, "state", word(v->forced_up));
	set(object, "reason", control_string(v->reason));
	set(object, "until", v->until ? json_integer(v->until) : json_null());
	return object;
}

bool steer_is_fault(const struct monitor_view *v)
{
	/* A pool is as its members are, and somebody may have forced those. */
	return !v->up && !v->pattern && !v->target->pool;
}

json_t *steer_target_json(const struct monitor_view *v)
{
	const struct conf_monitor *monitor = v->target->monitor;
	json_t *object = json_object();
	set(object, "target", control_string(v->target->key));
	set(object, "monitor", control_string(monitor ? monitor->name : NULL));
	set(object, "type",
	    control_string(monitor ? monitor_types[monitor->type] : NULL));
	set(object, "state", word(v->up));
	set(object, "found", v->known ? word(v->found_up) : json_string("unknown"));
	set(object, "streak", number(v->streak));
	set(object, "since", json_integer(v->since));
	set(object, "probed", json_integer(v->probed));
	set(object, "ok", number(v->n_ok));
	set(object, "failed", number(v->n_failed));
	set(object, "changes", number(v->n_changes));
	set(object, "error", control_string(*v->error ? v->error : NULL));
	set(object, "override", override_json(v));
	return object;
}

/* Pools */

static const char *const methods[] = {
	[CONF_METHOD_FAILOVER] = "failover",
	[CONF_METHOD_WEIGHTED] = "weighted",
	[CONF_METHOD_ROUND_ROBIN] = "round-robin",
	[CONF_METHOD_MULTI] = "multi",
	[CONF_METHOD_HASH] = "hash",
};

static bool see_key(
    const struct steer_look *look, const char *key, struct monitor_view *out)
{
	uint32_t target;
	if (!steering_key_find(look->steering, key, &target))
		return false;
	monitor_see(look->monitor, target, out);
	health_pool_view(look->usable, out);
	return true;
}

static json_t *member_json(struct steer_look *look, const struct conf_pool *pool,
    const struct conf_member *member)
{
	char text[DNS_NAME_TEXT];
	struct kt_text key = { 0 };
	json_t *object = json_object(), *targets = json_array();
	if (member->pool) {
		kt_text_addf(&key, "pool/%s", member->pool->name);
		set(object, "member", control_string(key.at));
	} else if (member->address.family) {
		set(object, "member",
		    json_string(kt_addr_print(&member->address, text)));
	} else {
		set(object, "member",
		    control_string(dns_name_print(member->name.wire, text)));
	}
	set(object, "weight", number(member->weight));
	for (size_t i = 0; i == 0 || (!member->pool && i < pool->n_monitors); i++) {
		struct monitor_view v;
		if (!member->pool)
			steering_member_key(&key, pool, member, i);
		if (!see_key(look, kt_text_of(&key), &v))
			continue;
		look->faults += steer_is_fault(&v);
		add(targets, steer_target_json(&v));
	}
	set(object, "targets", targets);
	kt_text_fini(&key);
	return object;
}

json_t *steer_pool_json(struct steer_look *look, const struct conf_pool *pool)
{
	json_t *object = json_object(), *members = json_array(),
	       *monitors = json_array();
	struct monitor_view v;
	char *key = kt_format("pool/%s", pool->name);
	bool found = see_key(look, key, &v);
	free(key);
	for (size_t i = 0; i < pool->n_monitors; i++)
		add(monitors, control_string(pool->monitors[i]->name));
	for (size_t i = 0; i < pool->n_members; i++)
		add(members, member_json(look, pool, &pool->members[i]));
	set(object, "kind", json_string("pool"));
	set(object, "name", control_string(pool->name));
	set(object, "up", json_boolean(!found || v.up));
	set(object, "override", found ? override_json(&v) : json_null());
	set(object, "method", json_string(methods[pool->method]));
	set(object, "monitors", monitors);
	set(object, "need", number(pool->need));
	set(object, "min-up", number(pool->min_up));
	set(object, "slow-start", number(pool->slow_start_s));
	set(object, "members", members);
	return object;
}

/* Services */

static json_t *record_json(uint16_t type, const uint8_t *rdata, size_t len)
{
	char text[DNS_NAME_TEXT];
	struct kt_addr address = { .family = type == DNS_TYPE_A ? 4 : 6 };
	if (type == DNS_TYPE_CNAME)
		return control_string(dns_name_print(rdata, text));
	memcpy(address.octets, rdata, len < 16 ? len : 16);
	return json_string(kt_addr_print(&address, text));
}

/* "length, data" as often as there are records. */
static json_t *variant_json(
    const struct steering_variant *variant, uint16_t type, uint64_t before)
{
	json_t *object = json_object(), *records = json_array();
	const uint8_t *at = variant->data;
	for (unsigned i = 0; i < variant->n_rr; i++) {
		size_t len = (size_t)at[0] << 8 | at[1];
		add(records, record_json(type, at + 2, len));
		at += 2 + len;
	}
	set(object, "weight", number(variant->upto - before));
	set(object, "records", records);
	set(object, "signatures", number(variant->n_sig));
	return object;
}

static json_t *choice_json(const struct steering_choice *choice)
{
	static const char *const picks[] = {
		[STEERING_PICK_ONE] = "one",
		[STEERING_PICK_RANDOM] = "random",
		[STEERING_PICK_TURN] = "turn",
		[STEERING_PICK_HASH] = "hash",
	};
	char type[DNS_TYPE_TEXT];
	uint64_t before = 0;
	json_t *object = json_object(), *variants = json_array();
	for (unsigned i = 0; i < choice->n; i++) {
		add(variants, variant_json(&choice->variants[i], choice->type, before));
		before = choice->variants[i].upto;
	}
	set(object, "type", json_string(dns_type_print(choice->type, type)));
	set(object, "ttl", number(choice->ttl_s));
	set(object, "pool", control_string(choice->pool ? choice->pool->name : NULL));
	set(object, "pick", json_string(picks[choice->pick]));
	set(object, "failed", json_boolean(choice->failed));
	set(object, "total", number(choice->total));
	set(object, "variants", variants);
	return object;
}

static const struct conf_preference *preference_of(
    const struct conf_service *conf, size_t region)
{
	return region < conf->n_regions && conf->regions[region].n_pools
		   ? &conf->regions[region]
		   : conf->other;
}

static json_t *class_json(const struct steer_look *look,
    const struct steering_service *service, const struct steering_live *live,
    unsigned class)
{
	const struct steering_regions *regions =
	    service->map ? look->steering->regions[service->map_index] : NULL;
	const struct conf_preference *preference = NULL;
	json_t *object = json_object(), *names = json_array(), *pools = json_array(),
	       *answers = json_array();
	for (size_t i = 0; i < (regions ? regions->n : 1); i++) {
		if (regions && service->class_of[i] != class)
			continue;
		if (!preference)
			preference = preference_of(service->conf, i);
		if (regions)
			add(names, control_string(regions->names[i]));
	}
	for (size_t i = 0; preference && i < preference->n_pools; i++)
		add(pools, control_string(preference->pools[i]->name));
	for (unsigned t = 0; live && t < STEERING_N_TYPES; t++) {
		const struct steering_choice *choice =
		    live->choices[class * STEERING_N_TYPES + t];
		if (choice)
			add(answers, choice_json(choice));
	}
	set(object, "class", number(class));
	set(object, "regions", names);
	set(object, "pools", pools);
	set(object, "answers", answers);
	return object;
}

/* Each pool once, in the order in which the service comes to it. */
static void add_pools(struct steer_look *look, json_t *list,
    const struct conf_preference *preference, bool *had)
{
	for (size_t i = 0; preference && i < preference->n_pools; i++) {
		const struct conf_pool *pool = preference->pools[i];
		if (had[pool->index])
			continue;
		had[pool->index] = true;
		add(list, steer_pool_json(look, pool));
	}
}

json_t *steer_service_json(
    struct steer_look *look, const struct steering_service *service)
{
	const struct conf_service *conf = service->conf;
	/* The thread that looks is the one that replaces it. */
	const struct steering_live *live = service->live;
	char name[DNS_NAME_TEXT];
	json_t *object = json_object(), *pools = json_array(), *classes = json_array();
	bool *had = kt_calloc(look->steering->conf->n_pools, sizeof(*had));
	for (size_t i = 0; i < conf->n_regions; i++)
		add_pools(look, pools, &conf->regions[i], had);
	add_pools(look, pools, conf->other, had);
	free(had);
	for (unsigned i = 0; i < service->n_classes; i++)
		add(classes, class_json(look, service, live, i));
	set(object, "kind", json_string("service"));
	set(object, "name", control_string(dns_name_print(conf->name.wire, name)));
	set(object, "map", control_string(conf->map ? conf->map->name : NULL));
	set(object, "ttl", number(conf->ttl_s));
	set(object, "ttl-min", number(conf->ttl_min_s));
	set(object, "signed", json_boolean(service->signer != NULL));
	set(object, "pools", pools);
	set(object, "classes", classes);
	return object;
}
