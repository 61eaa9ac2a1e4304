/* Pools with their members, and the records that come out. */
#include "steering/explain_p.h"

#include "base/bytes.h"
#include "base/text.h"
#include "dns/rdata.h"
#include "dns/type.h"

#define VARIANTS_SHOWN 64

static const char *const method_words[] = {
	[CONF_METHOD_FAILOVER] = "failover",
	[CONF_METHOD_WEIGHTED] = "weighted",
	[CONF_METHOD_ROUND_ROBIN] = "round-robin",
	[CONF_METHOD_MULTI] = "multi",
	[CONF_METHOD_HASH] = "hash",
};

/* Targets */

static void look(const struct explanation *x, uint32_t target, struct monitor_view *out)
{
	*out = (struct monitor_view){
		.target = &x->steering->targets[target],
		.up = x->health[target].up,
		.error = "",
	};
	if (x->see)
		x->see(x->ctx, target, out);
}

static json_t *override_of(const struct monitor_view *view)
{
	if (!view->pattern)
		return json_null();
	json_t *object = json_object();
	explain_set(object, "pattern", explain_text(view->pattern));
	explain_set(object, "state", json_string(view->forced_up ? "up" : "down"));
	explain_set(object, "reason", explain_text(view->reason));
	explain_set(
	    object, "until", view->until ? json_integer(view->until) : json_null());
	return object;
}

/* One that nobody has looked at, or can, is taken as up. */
static const char *state_word(const struct monitor_view *view)
{
	if (!view->up)
		return "down";
	bool watched = view->target->monitor && !view->pattern;
	return watched && !view->known ? "unknown" : "up";
}

static json_t *target_of(const struct explanation *x, uint32_t target)
{
	struct monitor_view view;
	look(x, target, &view);
	json_t *object = json_object();
	explain_set(object, "target", explain_text(view.target->key));
	explain_set(object, "state", json_string(state_word(&view)));
	explain_set(object, "error",
	    explain_text(!view.up && view.error && *view.error ? view.error : NULL));
	explain_set(object, "override", override_of(&view));
	return object;
}

/* Pools */

static json_t *pool_of(const struct explanation *x, const struct steering_pool *pool);

static json_t *member_name(const struct steering_member *m)
{
	char text[DNS_NAME_TEXT];
	if (m->pool)
		return explain_text(m->pool->conf->name);
	if (m->conf->address.family)
		return json_string(kt_addr_print(&m->conf->address, text));
	return explain_text(dns_name_print(m->rdata, text));
}

static json_t *member_of(const struct explanation *x, const struct steering_member *m)
{
	json_t *object = json_object(), *targets = json_array();
	uint16_t share = x->state->shares[m->index];
	explain_set(object, "member", member_name(m));
	explain_set(object, "weight", json_integer(m->conf->weight));
	explain_set(object, "share", json_integer(share));
	explain_set(object, "up", json_boolean(share));
	for (uint16_t i = 0; i < m->n_targets; i++)
		json_array_append_new(targets, target_of(x, m->targets[i]));
	explain_set(object, "targets", targets);
	if (m->pool)
		explain_set(object, "pool", pool_of(x, m->pool));
	return object;
}

static json_t *pool_of(const struct explanation *x, const struct steering_pool *pool)
{
	const struct steering_pool_state *state = &x->state->pools[pool->conf->index];
	struct monitor_view whole;
	json_t *object = json_object(), *members = json_array();
	look(x, pool->target, &whole);
	explain_set(object, "pool", explain_text(pool->conf->name));
	explain_set(object, "method", json_string(method_words[pool->conf->method]));
	explain_set(object, "usable", json_boolean(state->usable));
	explain_set(object, "up", json_integer(state->n_up));
	explain_set(object, "min-up", json_integer(pool->conf->min_up));
	explain_set(object, "types", explain_types(pool->types));
	explain_set(object, "override", override_of(&whole));
	for (size_t i = 0; i < pool->conf->n_members; i++)
		json_array_append_new(members, member_of(x, &pool->members[i]));
	explain_set(object, "members", members);
	return object;
}

/* Types of records that would answer: those asked for, or a name. */
static uint8_t wanted_types(const struct explanation *x)
{
	return (uint8_t)(1u << x->question->type | STEERING_NAMES);
}

/* Why the pool answers, or is passed over. */
static void judge(const struct explanation *x, const struct steering_pool *pool,
    bool answered, json_t *object)
{
	const struct steering_pool_state *state = &x->state->pools[pool->conf->index];
	const char *type = explain_type_names[x->question->type], *verdict;
	struct kt_text text = { 0 };
	if (x->winner.pool == pool && x->winner.how != STEERING_WON_LAST) {
		verdict = "answers";
		kt_text_add(&text, x->winner.how == STEERING_WON_UP
				       ? "the first that can answer"
				       : "nothing else is up");
	} else if (answered) {
		verdict = "not-asked";
		kt_text_add(&text, "a pool before it answers");
	} else if (!(pool->types & wanted_types(x))) {
		verdict = "no-records";
		kt_text_addf(&text, "it has no %s records", type);
	} else if (!x->health[pool->target].up) {
		verdict = "held-down";
		kt_text_add(&text, "an override holds it down");
	} else if (!state->usable) {
		verdict = "too-few-up";
		kt_text_addf(&text, "%u of %zu members are up, %u must be", state->n_up,
		    pool->conf->n_members, pool->conf->min_up);
	} else {
		verdict = "none-of-type-up";
		kt_text_addf(&text, "none of its members with %s records is up", type);
	}
	explain_set(object, "verdict", json_string(verdict));
	explain_set(object, "text", explain_text(kt_text_of(&text)));
	kt_text_fini(&text);
}

json_t *explain_pools(const struct explanation *x)
{
	const struct steering_pool *down = x->winner.how == STEERING_WON_DOWN_POOL
					       ? x->winner.pool
					       : NULL;
	json_t *list = json_array();
	bool answered = false;
	for (uint32_t i = 0; i < x->class->n_pools; i++) {
		const struct steering_pool *pool = x->class->pools[i];
		json_t *object = pool_of(x, pool);
		judge(x, pool, answered, object);
		answered |= pool == x->winner.pool && x->winner.how == STEERING_WON_UP;
		if (pool == down)
			down = NULL;
		json_array_append_new(list, object);
	}
	if (down) {
		json_t *object = pool_of(x, down);
		judge(x, down, false, object);
		json_array_append_new(list, object);
	}
	return list;
}

/* Answer */

static const char *const pick_words[] = {
	[STEERING_PICK_ONE] = "one",
	[STEERING_PICK_RANDOM] = "random",
	[STEERING_PICK_TURN] = "turn",
	[STEERING_PICK_HASH] = "hash",
};

static json_t *records_of(
    const struct steering_choice *choice, const struct steering_variant *v)
{
	json_t *list = json_array();
	struct kt_text text = { 0 };
	const uint8_t *at = v->data;
	for (uint16_t i = 0; i < v->n_rr; i++) {
		size_t len = kt_get16(at);
		kt_text_clear(&text);
		dns_rdata_print(&text, choice->type, at + 2, len);
		json_array_append_new(list, explain_text(kt_text_of(&text)));
		at += 2 + len;
	}
	kt_text_fini(&text);
	return list;
}

/* How often this client gets the variant: a hash gives it always the same. */
static double probability(
    const struct steering_answer *answer, const struct steering_variant *v)
{
	const struct steering_choice *choice = answer->choice;
	uint64_t before = v == choice->variants ? 0 : v[-1].upto;
	if (choice->pick == STEERING_PICK_HASH)
		return v == answer->variant;
	return (double)(v->upto - before) / (double)choice->total;
}

json_t *explain_answer(
    const struct explanation *x, const struct steering_answer *answer)
{
	const struct steering_choice *choice = answer->choice;
	json_t *object = json_object(), *variants = json_array();
	char type[DNS_TYPE_TEXT];
	explain_set(object, "pool", explain_text(choice->pool->name));
	explain_set(object, "type", json_string(dns_type_print(choice->type, type)));
	explain_set(object, "pick", json_string(pick_words[choice->pick]));
	explain_set(object, "ttl", json_integer(choice->ttl_s));
	explain_set(object, "signed", json_boolean(x->question->service->signer));
	explain_set(object, "failed", json_boolean(choice->failed));
	for (unsigned i = 0; i < choice->n && i < VARIANTS_SHOWN; i++) {
		const struct steering_variant *v = &choice->variants[i];
		json_t *variant = json_object();
		explain_set(variant, "records", records_of(choice, v));
		explain_set(variant, "probability", json_real(probability(answer, v)));
		explain_set(variant, "example", json_boolean(v == answer->variant));
		json_array_append_new(variants, variant);
	}
	explain_set(object, "variants", variants);
	explain_set(object, "variants-total", json_integer(choice->n));
	return object;
}
