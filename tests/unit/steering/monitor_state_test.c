#include "monitor_world.h"

#include "base/text.h"

#include <fnmatch.h>

static void make(struct world *w)
{
	world_target(w, "192.0.2.1/web", &w->web);
	world_target(w, "192.0.2.2/web", &w->web);
	world_target(w, "192.0.2.3/push", &w->push);
	world_target(w, "192.0.2.4", NULL);
	world_monitor(w);
	world_time(w);
}

/* A world that has lived: .1 up with a failure, .2 down, .3 pushed down, .4 forced. */
static void live(struct world *w)
{
	world_init(w);
	make(w);
	world_result(w, "192.0.2.1/web", true);
	world_result(w, "192.0.2.2/web", false);
	world_event(w, MONITOR_PUSH, world_at(w, "192.0.2.3/push"), false, NULL);
	world_live_ms(w, 4999, false);
	assert_int_equal(monitor_override(w->m, "192.0.2.4", false, 7200,
			     "ticket \"42\"", w->now, w->unix_now),
	    0);
	world_time(w);
}

static int restart(struct world *w, const char *text, int64_t after_s)
{
	kt_unix unix_now = w->unix_now + after_s;
	monitor_free(w->m);
	world_init(w);
	w->now.ns = 5000; /* the machine was started anew, too */
	w->unix_now = unix_now;
	world_target(w, "192.0.2.1/web", &w->web);
	world_target(w, "192.0.2.2/web", &w->web);
	world_target(w, "192.0.2.3/push", &w->push);
	world_target(w, "192.0.2.4", NULL);
	world_monitor(w);
	int rc = monitor_restore(w->m, text, strlen(text), 300, w->now, w->unix_now);
	world_time(w);
	return rc;
}

static void a_restart_keeps_states_and_overrides(void **state)
{
	(void)state;
	struct world w;
	struct kt_text text = { 0 };
	live(&w);
	struct monitor_view was = world_see(&w, "192.0.2.2/web"), is;
	monitor_save(w.m, w.unix_now, &text);
	assert_int_equal(restart(&w, text.at, 60), 0);
	is = world_see(&w, "192.0.2.2/web");
	assert_true(monitor_settled(w.m));
	assert_false(is.up);
	assert_string_equal(is.error, "refused");
	assert_int_equal(is.since, was.since);
	assert_int_equal(is.probed, was.probed);
	assert_int_equal(is.n_ok, was.n_ok);
	assert_int_equal(is.n_failed, was.n_failed);
	assert_int_equal(is.n_changes, was.n_changes);
	assert_true(world_up(&w, "192.0.2.1/web"));
	assert_int_equal(world_see(&w, "192.0.2.1/web").streak, 1);
	assert_false(world_up(&w, "192.0.2.3/push"));
	is = world_see(&w, "192.0.2.4");
	assert_false(is.up);
	assert_string_equal(is.reason, "ticket \"42\"");
	assert_int_equal(is.until, w.unix_now + 7200 - 60);
	world_live_ms(&w, 7140 * 1000 - 1, true);
	assert_false(world_up(&w, "192.0.2.4"));
	world_live_ms(&w, 1, true);
	assert_true(world_up(&w, "192.0.2.4"));
	monitor_free(w.m);
	kt_text_fini(&text);
}

static void known_targets_are_not_probed_all_at_once(void **state)
{
	(void)state;
	struct world w;
	struct kt_text text = { 0 };
	live(&w);
	monitor_save(w.m, w.unix_now, &text);
	assert_int_equal(restart(&w, text.at, 60), 0);
	assert_int_equal(w.n_started, 0);
	world_live_ms(&w, 5000, true);
	assert_in_range(w.n_started, 2, 3);
	monitor_free(w.m);
	kt_text_fini(&text);
}

static void states_that_are_too_old_are_unknown_but_what_was_said_holds(void **state)
{
	(void)state;
	static const int64_t after[] = { 301, 7201, -86400 };
	for (size_t i = 0; i < KT_COUNT(after); i++) {
		struct world w;
		struct kt_text text = { 0 };
		live(&w);
		monitor_save(w.m, w.unix_now, &text);
		assert_int_equal(restart(&w, text.at, after[i]), 0);
		assert_false(monitor_settled(w.m));
		assert_int_equal(w.n_started, 2);
		assert_false(world_see(&w, "192.0.2.1/web").known);
		assert_false(world_up(&w, "192.0.2.3/push"));
		/* A calendar that was put back makes no override longer. */
		assert_int_equal(world_up(&w, "192.0.2.4"), after[i] > 7200);
		if (after[i] < 0)
			assert_int_equal(
			    world_see(&w, "192.0.2.4").until, w.unix_now + 7200);
		monitor_free(w.m);
		kt_text_fini(&text);
	}
}

static void what_is_not_there_any_more_is_skipped(void **state)
{
	(void)state;
	struct world w;
	static const char text[] =
	    "{\"version\":1,\"saved\":1800000000,\"targets\":[{\"key\":\"192.0.2.9/"
	    "web\",\"up\":true},{\"key\":\"192.0.2.4\",\"up\":false},"
	    "{\"key\":\"192.0.2.1/web\",\"up\":false,\"probed\":1800000000,\"streak\":"
	    "99999999999}],\"overrides\":[{\"pattern\":\"192.0.2.9\",\"up\":true,"
	    "\"for\":0,\"until\":0}]}";
	world_init(&w);
	make(&w);
	monitor_free(w.m);
	world_init(&w);
	w.unix_now = 1800000001;
	make(&w);
	assert_int_equal(
	    monitor_restore(w.m, text, strlen(text), 300, w.now, w.unix_now), 0);
	assert_true(world_up(&w, "192.0.2.4"));
	assert_true(world_see(&w, "192.0.2.1/web").known);
	assert_int_equal(world_see(&w, "192.0.2.1/web").streak, 1);
	assert_int_equal(
	    monitor_auto(w.m, "192.0.2.9", w.now, w.unix_now), KT_E_NOT_FOUND);
	monitor_free(w.m);
}

static void another_text_is_refused_and_changes_nothing(void **state)
{
	(void)state;
#define HEAD "{\"version\":1,\"saved\":1,"
#define GOOD "{\"pattern\":\"*\",\"up\":false,\"for\":0,\"until\":0}"
	static const char *const cases[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"version\":2,\"saved\":1,\"targets\":[],\"overrides\":[]}",
		"{\"version\":1,\"targets\":[],\"overrides\":[]}",
		HEAD "\"targets\":[]}",
		HEAD "\"overrides\":[" GOOD "]}",
		HEAD "\"targets\":{},\"overrides\":[" GOOD "]}",
		HEAD "\"targets\":[1],\"overrides\":[" GOOD "]}",
		HEAD "\"targets\":[{\"key\":1,\"up\":true}],\"overrides\":[" GOOD "]}",
		HEAD "\"targets\":[],\"overrides\":[" GOOD ",{\"pattern\":\"*\"}]}",
		HEAD "\"targets\":[],\"overrides\":[" GOOD "]} x",
		HEAD "\"saved\":1,\"targets\":[],\"overrides\":[" GOOD "]}",
	};
	struct world w;
	live(&w);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		assert_int_equal(monitor_restore(w.m, cases[i], strlen(cases[i]), 300,
				     w.now, w.unix_now),
		    KT_E_FORMAT);
		world_time(&w);
		assert_false(w.todo.changed);
		assert_true(world_up(&w, "192.0.2.1/web"));
	}
	monitor_free(w.m);
}

static void saved_restored_and_saved_again_is_the_same(void **state)
{
	(void)state;
	struct world w;
	struct kt_text first = { 0 }, again = { 0 };
	live(&w);
	monitor_save(w.m, w.unix_now, &first);
	assert_int_equal(restart(&w, first.at, 0), 0);
	monitor_save(w.m, w.unix_now, &again);
	assert_string_equal(first.at, again.at);
	monitor_free(w.m);
	kt_text_fini(&first);
	kt_text_fini(&again);
}

/*
 * A naive model: every target by itself, with the whole list of overrides looked through
 * each time.
 */
enum {
	MODEL_TARGETS = 12,
	MODEL_OVERRIDES = 64
};

struct model_target {
	bool known, found;
	unsigned streak;
};

struct model_override {
	const char *pattern;
	bool up;
	int64_t end_ms; /* 0: for good */
};

struct model {
	struct model_target targets[MODEL_TARGETS];
	struct model_override overrides[MODEL_OVERRIDES];
	size_t n_overrides;
	int64_t now_ms;
};

static void model_result(struct model *model, struct world *w, uint32_t i, bool ok)
{
	struct model_target *t = &model->targets[i];
	const struct conf_monitor *monitor = w->targets[i].monitor;
	unsigned need = t->found ? monitor->fall : monitor->rise;
	t->streak = ok == t->found ? 0 : t->streak + 1;
	if (!t->known || t->streak >= need)
		*t = (struct model_target){ .known = true, .found = ok };
}

static void model_release(struct model *model, const char *pattern)
{
	size_t n = 0;
	for (size_t i = 0; i < model->n_overrides; i++)
		if (strcmp(model->overrides[i].pattern, pattern) != 0)
			model->overrides[n++] = model->overrides[i];
	model->n_overrides = n;
}

static bool model_up(const struct model *model, const struct world *w, uint32_t i)
{
	for (size_t k = model->n_overrides; k; k--) {
		const struct model_override *o = &model->overrides[k - 1];
		if ((!o->end_ms || o->end_ms > model->now_ms) &&
		    fnmatch(o->pattern, w->targets[i].key, 0) == 0)
			return o->up;
	}
	return model->targets[i].found;
}

static const char *const model_patterns[] = { "*", "192.0.2.1*", "*/fast", "*/push",
	"192.0.2.4/web", "192.0.2.1[01]/*", "pool/*" };

static void model_world(struct world *w, char keys[][32])
{
	const struct conf_monitor *monitors[] = { &w->web, &w->fast, &w->push, NULL };
	for (unsigned i = 0; i < MODEL_TARGETS; i++) {
		const struct conf_monitor *monitor = monitors[i % 4];
		snprintf(keys[i], 32, monitor ? "192.0.2.%u/%s" : "pool/p%u", i,
		    monitor ? monitor->name : "");
		world_target(w, keys[i], monitor);
	}
	world_monitor(w);
}

static void random_events_agree_with_a_naive_model(void **state)
{
	(void)state;
	uint64_t random = kt_test_seed() | 1;
	char keys[MODEL_TARGETS][32];
	struct world w;
	struct model model = { .now_ms = 1 };
	world_init(&w);
	model_world(&w, keys);
	for (uint32_t i = 0; i < MODEL_TARGETS; i++) {
		const struct conf_monitor *m = w.targets[i].monitor;
		model.targets[i].found = !m || m == &w.push;
		model.targets[i].known = !m;
	}
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t r = kt_test_random(&random);
		uint32_t i = (uint32_t)(r >> 8) % MODEL_TARGETS;
		const char *pattern =
		    model_patterns[(r >> 16) % KT_COUNT(model_patterns)];
		bool flag = r >> 24 & 1;
		switch (r % 16) {
		case 0:
			if (!w.targets[i].monitor ||
			    w.targets[i].monitor->type != CONF_MONITOR_PUSH)
				break;
			world_event(&w, MONITOR_PUSH, i, flag, NULL);
			model.targets[i] = (struct model_target){ true, flag, 0 };
			break;
		case 1: {
			uint32_t for_s = (r >> 25 & 1) ? (uint32_t)(r >> 30) % 20 : 0;
			assert_int_equal(monitor_override(w.m, pattern, flag, for_s, "",
					     w.now, w.unix_now),
			    0);
			model_release(&model, pattern);
			model.overrides[model.n_overrides++] = (struct model_override){
				pattern, flag, for_s ? model.now_ms + for_s * 1000 : 0
			};
			break;
		}
		case 2:
			if (monitor_auto(w.m, pattern, w.now, w.unix_now) == 0)
				model_release(&model, pattern);
			break;
		case 3:
			w.unix_now += (int64_t)(r >> 32) % 200000 - 100000;
			break;
		case 4:
			if (r >> 40 & 7)
				break;
			/* A reload, or a restart within a second. */
			struct monitor *next = monitor_new(&w.steering, w.now, r);
			struct kt_text text = { 0 };
			if (flag) {
				monitor_inherit(next, w.m, w.now);
			} else {
				monitor_save(w.m, w.unix_now, &text);
				assert_int_equal(
				    monitor_restore(next, text.at, text.len, UINT32_MAX,
					w.now, w.unix_now),
				    0);
				/* Of a calendar that went back, the age is not known. */
				for (uint32_t k = 0; k < MODEL_TARGETS; k++) {
					struct monitor_view v;
					monitor_see(next, k, &v);
					if (!v.known && w.targets[k].monitor &&
					    w.targets[k].monitor != &w.push)
						model.targets[k] =
						    (struct model_target){ 0 };
				}
				/* Ends are kept by the second. */
				for (size_t k = 0; k < model.n_overrides; k++) {
					struct model_override *o = &model.overrides[k];
					int64_t left = o->end_ms - model.now_ms;
					if (o->end_ms)
						o->end_ms = left > 0
								? model.now_ms +
								      (left + 999) /
									  1000 * 1000
								: 1;
				}
			}
			kt_text_fini(&text);
			monitor_free(w.m);
			w.m = next;
			memset(w.running, 0, sizeof(w.running));
			break;
		default: {
			int64_t ms = (int64_t)(r >> 20) % 400;
			world_pass_ms(&w, ms);
			model.now_ms += ms;
		}
		}
		world_time(&w);
		for (uint32_t k = 0; k < MODEL_TARGETS; k++) {
			if (!w.running[k])
				continue;
			bool ok = kt_test_random(&random) % 5 != 0;
			model_result(&model, &w, k, ok);
			world_event(&w, MONITOR_RESULT, k, ok, "x");
		}
		for (uint32_t k = 0; k < MODEL_TARGETS; k++)
			assert_int_equal(
			    monitor_health(w.m)[k].up, model_up(&model, &w, k));
	}
	monitor_free(w.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restart_keeps_states_and_overrides),
		cmocka_unit_test(known_targets_are_not_probed_all_at_once),
		cmocka_unit_test(
		    states_that_are_too_old_are_unknown_but_what_was_said_holds),
		cmocka_unit_test(what_is_not_there_any_more_is_skipped),
		cmocka_unit_test(another_text_is_refused_and_changes_nothing),
		cmocka_unit_test(saved_restored_and_saved_again_is_the_same),
		cmocka_unit_test(random_events_agree_with_a_naive_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
