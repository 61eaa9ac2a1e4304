#include "steering/explain_p.h"

#include "steering/state.h"

#include "base/mem.h"
#include "base/text.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

#define REGIONS_SHOWN 32

const char *const explain_type_names[STEERING_N_TYPES] = { "A", "AAAA", "CNAME" };

void explain_set(json_t *object, const char *key, json_t *value)
{
	/* Fails only for want of memory. */
	int rc = json_object_set_new(object, key, value);
	kt_require(!rc);
}

json_t *explain_text(const char *chars)
{
	if (!chars)
		return json_null();
	json_t *string = json_string(chars);
	if (string)
		return string;
	char *copy = kt_strdup(chars);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	string = json_string(copy);
	free(copy);
	return string;
}

json_t *explain_types(uint8_t types)
{
	json_t *list = json_array();
	for (unsigned t = 0; t < STEERING_N_TYPES; t++)
		if (types & 1u << t)
			json_array_append_new(list, json_string(explain_type_names[t]));
	return list;
}

/* Decision */

static const struct {
	const char *word, *text;
} reasons[] = {
	[STEERING_CELL] = { "cell", "the client's network lies in one cell" },
	[STEERING_SHORT_DECLARED] = { "short-declared",
	    "the client subnet is shorter than the cells in it; short-source says who "
	    "answers" },
	[STEERING_SHORT_SHARE] = { "short-share",
	    "the client subnet is shorter than the cells in it; the regions with the "
	    "largest share of it answer" },
	[STEERING_RESOLVER] = { "resolver",
	    "no client subnet counts: the resolver's own address decides" },
	[STEERING_NO_SOURCE] = { "no-source",
	    "the client does not want its address to be used: the resolver's decides" },
	[STEERING_SPECIAL] = { "special",
	    "the client subnet is of a block for private use: the resolver's address "
	    "decides" },
	[STEERING_EVERYBODY] = { "everybody", "all clients have the same pools" },
};

static json_t *cell_of(const struct steering_decision *d)
{
	struct kt_prefix cell = { .addr = d->client, .len = d->cell };
	char text[KT_PREFIX_TEXT];
	if (!d->cell)
		return json_null();
	for (unsigned i = 0; i < sizeof(cell.addr.octets); i++) {
		unsigned kept = d->cell > i * 8 ? d->cell - i * 8 : 0;
		if (kept < 8)
			cell.addr.octets[i] &= (uint8_t)(0xff00 >> kept);
	}
	return json_string(kt_prefix_print(&cell, text));
}

static void set_regions(const struct explanation *x, unsigned class, json_t *object)
{
	const struct steering_service *service = x->question->service;
	json_t *names = json_array();
	size_t n = 0;
	if (service->conf->map) {
		const struct steering_regions *regions =
		    x->steering->regions[service->map_index];
		for (size_t r = 0; r < regions->n; r++)
			if (service->class_of[r] == class && n++ < REGIONS_SHOWN)
				json_array_append_new(
				    names, explain_text(regions->names[r]));
	}
	explain_set(object, "regions", names);
	explain_set(object, "regions-total", json_integer((json_int_t)n));
}

static json_t *decision_of(
    const struct explanation *x, const struct steering_decision *d)
{
	char text[KT_ADDR_TEXT];
	json_t *object = json_object();
	explain_set(object, "reason", json_string(reasons[d->reason].word));
	explain_set(object, "text", json_string(reasons[d->reason].text));
	explain_set(object, "address", json_string(kt_addr_print(&d->client, text)));
	explain_set(object, "source", json_integer(d->source));
	explain_set(object, "cell", cell_of(d));
	explain_set(object, "scope", json_integer(d->scope));
	explain_set(object, "class", json_integer(d->class));
	set_regions(x, d->class, object);
	return object;
}

/* Question */

static const char *ecs_use(
    const struct steering *steering, const struct steering_question *q)
{
	if (!q->ecs)
		return "none came";
	if (!steering_trusts(steering->conf, &q->resolver))
		return "not believed: trust-ecs does not name the resolver";
	if (q->service->ignores_ecs)
		return "not used: the map says ecs: false";
	return "used";
}

static json_t *asked(const struct steering *steering, const struct steering_question *q)
{
	char text[KT_PREFIX_TEXT];
	json_t *object = json_object();
	explain_set(object, "resolver", json_string(kt_addr_print(&q->resolver, text)));
	struct kt_prefix prefix = { 0 };
	if (q->ecs) {
		prefix.addr.family = q->ecs->family;
		prefix.len = q->ecs->source;
		memcpy(prefix.addr.octets, q->ecs->octets, sizeof(q->ecs->octets));
	}
	explain_set(object, "ecs",
	    q->ecs ? json_string(kt_prefix_print(&prefix, text)) : json_null());
	explain_set(object, "ecs-use", json_string(ecs_use(steering, q)));
	return object;
}

/* Outcome */

static const char *const outcomes[] = {
	[STEERING_WON_UP] = "up",
	[STEERING_WON_NOBODY] = "no-type",
	[STEERING_WON_ALL] = "all",
	[STEERING_WON_NONE] = "none",
	[STEERING_WON_LAST] = "last-known",
	[STEERING_WON_DOWN_POOL] = "pool",
};

static json_t *outcome_text(const struct explanation *x)
{
	const struct steering_winner *w = &x->winner;
	const char *pool = w->pool ? w->pool->conf->name : "";
	struct kt_text text = { 0 };
	switch (w->how) {
	case STEERING_WON_UP:
		kt_text_addf(&text, "pool %s is the first that can answer", pool);
		break;
	case STEERING_WON_NOBODY:
		kt_text_addf(&text, "there are no %s records to answer with",
		    explain_type_names[x->question->type]);
		break;
	case STEERING_WON_ALL:
		kt_text_addf(&text,
		    "nothing is up; when-all-down is all: pool %s answers as if all "
		    "its "
		    "members were up",
		    pool);
		break;
	case STEERING_WON_NONE:
		kt_text_add(&text, "nothing is up; when-all-down is none: no records");
		break;
	case STEERING_WON_LAST:
		kt_text_add(&text,
		    "nothing is up; when-all-down is last-known: what was up last");
		break;
	case STEERING_WON_DOWN_POOL:
		kt_text_addf(&text, "nothing is up; when-all-down is pool %s",
		    x->question->service->plan->down->conf->name);
		if (!w->pool)
			kt_text_addf(&text, ", which has no %s records",
			    explain_type_names[x->question->type]);
		break;
	}
	json_t *string = explain_text(kt_text_of(&text));
	kt_text_fini(&text);
	return string;
}

static const char *all_down_word(const struct conf_service *conf)
{
	switch (conf->all_down) {
	case CONF_DOWN_ALL:
		return "all";
	case CONF_DOWN_NONE:
		return "none";
	case CONF_DOWN_LAST_KNOWN:
		return "last-known";
	case CONF_DOWN_POOL:
		break;
	}
	return conf->down_pool->name;
}

static json_t *describe(struct explanation *x, const struct steering_answer *answer)
{
	const struct steering_question *q = x->question;
	const struct conf_service *conf = q->service->conf;
	char name[DNS_NAME_TEXT];
	json_t *object = json_object();
	explain_set(
	    object, "service", explain_text(dns_name_print(conf->name.wire, name)));
	explain_set(object, "type", json_string(explain_type_names[q->type]));
	explain_set(object, "asked", asked(x->steering, q));
	explain_set(object, "map", explain_text(conf->map ? conf->map->name : NULL));
	explain_set(object, "decision", decision_of(x, &answer->decision));
	explain_set(object, "when-all-down", explain_text(all_down_word(conf)));
	explain_set(object, "pools", explain_pools(x));
	explain_set(object, "outcome", json_string(outcomes[x->winner.how]));
	explain_set(object, "text", outcome_text(x));
	explain_set(
	    object, "answer", answer->choice ? explain_answer(x, answer) : json_null());
	return object;
}

json_t *steering_explain(const struct steering *steering,
    const struct steering_question *question, const struct steering_health *health,
    steering_see *see, void *ctx)
{
	struct steering_state state;
	struct steering_answer answer;
	const struct steering_client client = {
		.ecs = question->ecs &&
			       steering_trusts(steering->conf, &question->resolver)
			   ? question->ecs
			   : NULL,
		.resolver = question->resolver,
	};
	steering_state_init(&state, steering);
	steering_state_set(&state, steering, health, NULL);
	steering_choose(question->service, question->type, &client, 0, 0, &answer);
	struct explanation x = {
		.steering = steering,
		.question = question,
		.state = &state,
		.health = health,
		.see = see,
		.ctx = ctx,
		.class = &question->service->plan->classes[answer.decision.class],
	};
	steering_winner_find(
	    question->service, x.class, question->type, &state, &x.winner);
	json_t *object = describe(&x, &answer);
	steering_state_fini(&state);
	return object;
}
