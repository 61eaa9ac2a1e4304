#include "steering/explain.h"

#include "service_of.h"

#include <jansson.h>

static const char seed[] =
    "steering:\n"
    " trust-ecs: [198.51.100.0/24]\n"
    " maps:\n"
    "  japan:\n"
    "   networks:\n"
    "    240b:10:200::/41: osaka1\n"
    "    240b:10:280::/41: osaka2\n"
    "    240b:10:300::/40: osaka3\n"
    "    240b:10:400::/39: kyushu\n"
    "   default: tokyo\n"
    " monitors: {web: {type: tcp, port: 80}}\n"
    " pools:\n"
    "  osaka1: {members: [{address: \"2001:db8:10::1\", weight: 3}, "
    "\"2001:db8:10::11\"], method: weighted, min-up: 2, monitor: web}\n"
    "  osaka2: {members: [\"2001:db8:10::2\"], monitor: web}\n"
    "  tokyo: {members: [\"2001:db8::1\", \"2001:db8::2\"], monitor: web}\n"
    " services:\n"
    "  www.example.com:\n"
    "   map: japan\n"
    "   regions: {osaka1: [osaka1, osaka2, tokyo], osaka2: [osaka2, tokyo], \"*\": "
    "[tokyo]}\n"
    "  \"*.example.com\": {pools: [tokyo]}\n";

struct world {
	struct service_of s;
	const char *held; /* key of the target that an override holds */
};

static void see(void *ctx, uint32_t target, struct monitor_view *out)
{
	struct world *w = ctx;
	const struct steering_target *t = &w->s.steering->targets[target];
	*out = (struct monitor_view){ .target = t,
		.up = w->s.health[target].up,
		.known = true,
		.error = "connection refused" };
	if (w->held && strcmp(t->key, w->held) == 0) {
		out->pattern = w->held;
		out->reason = "ticket 42";
		out->until = 1800000000;
	}
}

static json_t *explain(struct world *w, const char *name, const char *type,
    const char *client, const char *ecs_text, steering_see *how)
{
	struct steering_question q;
	struct dns_ecs ecs;
	assert_int_equal(steering_question_read(w->s.steering, name, type, client,
			     ecs_text, &w->s.errs, &ecs, &q),
	    0);
	json_t *object = steering_explain(w->s.steering, &q, w->s.health, how, w);
	assert_non_null(object);
	steering_explain_lines(w->s.steering, &q, object);
	return object;
}

/* The value at a path like "decision.regions.0", as compact JSON. */
static const char *at(struct world *w, const json_t *from, const char *path)
{
	char part[64];
	for (const char *p = path; *p;
	     p += strcspn(p, ".") + (strchr(p, '.') != NULL)) {
		size_t len = strcspn(p, ".");
		memcpy(part, p, len);
		part[len] = 0;
		from = json_is_array(from)
			   ? json_array_get(from, strtoul(part, NULL, 10))
			   : json_object_get(from, part);
		if (!from)
			fail_msg("nothing at %s of %s", part, path);
	}
	char *text = json_dumps(
	    from, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(3));
	kt_text_clear(&w->s.said);
	kt_text_add(&w->s.said, text);
	free(text);
	return kt_text_of(&w->s.said);
}

#define assert_at(w, object, path, expected) \
 assert_string_equal(at(w, object, path), expected)

static void begin(struct world *w)
{
	*w = (struct world){ 0 };
	service_of(&w->s, seed);
}

static void it_says_which_cell_class_and_line_decided(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	json_t *o = explain(
	    &w, "WWW.example.com", "aaaa", "198.51.100.53", "240b:10:280::1/48", see);
	assert_at(&w, o, "service", "\"www.example.com.\"");
	assert_at(&w, o, "asked.ecs", "\"240b:10:280::/48\"");
	assert_at(&w, o, "asked.ecs-use", "\"used\"");
	assert_at(&w, o, "decision.reason", "\"cell\"");
	assert_at(&w, o, "decision.cell", "\"240b:10:280::/41\"");
	assert_at(&w, o, "decision.scope", "41");
	assert_at(&w, o, "decision.regions", "[\"osaka2\"]");
	assert_at(&w, o, "decision.lines.0.text", "\"240b:10:280::/41: osaka2\"");
	assert_at(&w, o, "decision.lines.0.line", "7");
	assert_at(&w, o, "answer.variants.0.records", "[\"2001:db8:10::2\"]");
	json_decref(o);

	/* the other regions are one class */
	o = explain(&w, "www.example.com.", "AAAA", "", "240b:11::/40", see);
	assert_at(&w, o, "asked.ecs-use",
	    "\"not believed: trust-ecs does not name the resolver\"");
	assert_at(&w, o, "decision.reason", "\"resolver\"");
	assert_at(&w, o, "decision.regions", "[\"osaka3\",\"kyushu\",\"tokyo\"]");
	json_decref(o);

	o = explain(
	    &w, "www.example.com.", "AAAA", "198.51.100.53", "10.1.2.0/24", see);
	assert_at(&w, o, "decision.reason", "\"special\"");
	assert_at(&w, o, "decision.scope", "8");
	assert_at(&w, o, "decision.address", "\"198.51.100.53\"");
	json_decref(o);
	service_fini(&w.s);
}

static void it_says_why_each_pool_was_passed_over(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	w.held = "pool/osaka2";
	service_set(&w.s, "2001:db8:10::11/web", false);
	service_set(&w.s, "pool/osaka2", false);
	json_t *o = explain(
	    &w, "www.example.com", "AAAA", "198.51.100.53", "240b:10:200::/48", see);
	assert_at(&w, o, "pools.0.verdict", "\"too-few-up\"");
	assert_at(&w, o, "pools.0.text", "\"1 of 2 members are up, 2 must be\"");
	assert_at(&w, o, "pools.0.members.0.up", "true");
	assert_at(&w, o, "pools.0.members.0.weight", "3");
	assert_at(&w, o, "pools.0.members.1.targets.0.state", "\"down\"");
	assert_at(&w, o, "pools.0.members.1.targets.0.error", "\"connection refused\"");
	assert_at(&w, o, "pools.1.verdict", "\"held-down\"");
	assert_at(&w, o, "pools.1.override.reason", "\"ticket 42\"");
	assert_at(&w, o, "pools.1.override.until", "1800000000");
	assert_at(&w, o, "pools.2.verdict", "\"answers\"");
	assert_at(&w, o, "outcome", "\"up\"");
	assert_at(&w, o, "answer.pool", "\"tokyo\"");
	assert_at(
	    &w, o, "answer.variants.0.records", "[\"2001:db8::1\",\"2001:db8::2\"]");
	json_decref(o);

	w.held = NULL;
	service_set(&w.s, "2001:db8:10::11/web", true);
	o = explain(
	    &w, "www.example.com", "AAAA", "198.51.100.53", "240b:10:200::/48", see);
	assert_at(&w, o, "pools.0.verdict", "\"answers\"");
	assert_at(&w, o, "pools.1.verdict", "\"not-asked\"");
	assert_at(&w, o, "answer.pick", "\"random\"");
	assert_at(&w, o, "answer.variants.0.probability", "0.75");
	assert_at(&w, o, "answer.variants.1.probability", "0.25");
	json_decref(o);
	service_fini(&w.s);
}

static void when_nothing_is_up_it_says_so(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	for (size_t i = 0; i < w.s.steering->n_targets; i++)
		if (w.s.steering->targets[i].monitor)
			w.s.health[i].up = false;
	service_refresh(&w.s);
	json_t *o = explain(
	    &w, "www.example.com", "AAAA", "198.51.100.53", "240b:10:200::/48", see);
	assert_at(&w, o, "outcome", "\"all\"");
	assert_at(&w, o, "pools.0.verdict", "\"answers\"");
	assert_at(&w, o, "answer.pool", "\"osaka1\"");
	json_decref(o);
	service_fini(&w.s);
}

static void without_probes_states_are_unknown_and_taken_as_up(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	json_t *o = explain(&w, "host.example.com", "AAAA", "192.0.2.1", "", NULL);
	assert_at(&w, o, "service", "\"*.example.com.\"");
	assert_at(&w, o, "map", "null");
	assert_at(&w, o, "asked.ecs", "null");
	assert_at(&w, o, "decision.reason", "\"everybody\"");
	assert_at(&w, o, "decision.scope", "0");
	assert_at(&w, o, "pools.0.members.0.targets.0.state", "\"unknown\"");
	assert_at(&w, o, "pools.0.members.0.up", "true");
	json_decref(o);
	o = explain(&w, "host.example.com", "A", "192.0.2.1", "", NULL);
	assert_at(&w, o, "outcome", "\"no-type\"");
	assert_at(&w, o, "pools.0.verdict", "\"no-records\"");
	assert_at(&w, o, "answer", "null");
	json_decref(o);
	service_fini(&w.s);
}

static void what_is_asked_must_make_sense(void **state)
{
	(void)state;
	static const struct {
		const char *name, *type, *client, *ecs;
		int rc;
	} cases[] = {
		{ "www.example.com", "AAAA", "192.0.2.1", "", 0 },
		{ "www.example.com", "AAAA", "", "192.0.2.0/24", 0 },
		{ "a.b.example.com", "A", "192.0.2.1", "", 0 },
		{ "www.example.com", "AAAA", "", "", KT_E_FORMAT },
		{ "www.example.com", "AAAA", "192.0.2", "", KT_E_FORMAT },
		{ "www.example.com", "AAAA", "192.0.2.1", "192.0.2.0/33", KT_E_FORMAT },
		{ "www.example.com", "AAAA", "192.0.2.1", "192.0.2.0/", KT_E_FORMAT },
		{ "www.example.com", "AAAA", "192.0.2.1", "/24", KT_E_FORMAT },
		{ "www.example.com", "TXT", "192.0.2.1", "", KT_E_TYPE },
		{ "www.example.com", "NONE", "192.0.2.1", "", KT_E_TYPE },
		{ "www..example.com", "A", "192.0.2.1", "", KT_E_LABEL },
		{ "example.com", "A", "192.0.2.1", "", KT_E_NOT_FOUND },
		{ "www.example.net", "A", "192.0.2.1", "", KT_E_NOT_FOUND },
	};
	struct world w;
	begin(&w);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct steering_question q;
		struct dns_ecs ecs;
		size_t before = w.s.errs.n_errors;
		assert_int_equal(
		    steering_question_read(w.s.steering, cases[i].name, cases[i].type,
			cases[i].client, cases[i].ecs, &w.s.errs, &ecs, &q),
		    cases[i].rc);
		assert_int_equal(w.s.errs.n_errors - before, cases[i].rc != 0);
	}
	service_fini(&w.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_which_cell_class_and_line_decided),
		cmocka_unit_test(it_says_why_each_pool_was_passed_over),
		cmocka_unit_test(when_nothing_is_up_it_says_so),
		cmocka_unit_test(without_probes_states_are_unknown_and_taken_as_up),
		cmocka_unit_test(what_is_asked_must_make_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
