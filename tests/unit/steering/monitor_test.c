#include "monitor_world.h"

#include "service_of.h"

/* One target with the first result given. */
static void one(struct world *w, struct conf_monitor *monitor, bool ok)
{
	world_target(w, "192.0.2.1/web", monitor);
	world_monitor(w);
	world_time(w);
	world_result(w, "192.0.2.1/web", ok);
}

/* The next probe of the target, and its result. */
static void next(struct world *w, bool ok)
{
	world_pass_ms(w, (w->todo.next.ns - w->now.ns + 999999) / 1000000);
	world_time(w);
	assert_int_equal(w->todo.n_start, 1);
	world_event(w, MONITOR_RESULT, 0, ok, ok ? NULL : "refused");
}

static void the_first_result_of_an_unknown_target_decides_at_once(void **state)
{
	(void)state;
	for (int ok = 0; ok < 2; ok++) {
		struct world w;
		world_init(&w);
		world_target(&w, "192.0.2.1/web", &w.web);
		world_monitor(&w);
		world_time(&w);
		assert_int_equal(w.todo.n_start, 1);
		assert_false(monitor_settled(w.m));
		assert_false(world_up(&w, "192.0.2.1/web"));
		world_result(&w, "192.0.2.1/web", ok);
		assert_true(monitor_settled(w.m));
		assert_int_equal(world_up(&w, "192.0.2.1/web"), ok);
		assert_int_equal(world_see(&w, "192.0.2.1/web").n_changes, 0);
		monitor_free(w.m);
	}
}

static void fall_failures_in_a_row_take_a_target_down_and_rise_bring_it_up(void **state)
{
	(void)state;
	static const struct {
		bool ok, up;
		unsigned streak;
		uint32_t stable_s;
	} steps[] = {
		{ false, true, 1, 10 },
		{ false, true, 2, 5 },
		{ true, true, 0, 15 },
		{ false, true, 1, 10 },
		{ false, true, 2, 5 },
		{ false, false, 0, 10 },
		{ true, false, 1, 5 },
		{ false, false, 0, 10 },
		{ true, false, 1, 5 },
		{ true, true, 0, 15 },
	};
	struct world w;
	world_init(&w);
	one(&w, &w.web, true);
	for (size_t i = 0; i < KT_COUNT(steps); i++) {
		next(&w, steps[i].ok);
		struct monitor_view v = world_see(&w, "192.0.2.1/web");
		const struct steering_health *h = monitor_health(w.m);
		assert_int_equal(v.up, steps[i].up);
		assert_int_equal(h->up, steps[i].up);
		assert_int_equal(v.streak, steps[i].streak);
		assert_int_equal(h->stable_s, steps[i].stable_s);
	}
	struct monitor_view v = world_see(&w, "192.0.2.1/web");
	assert_int_equal(v.n_changes, 2);
	assert_int_equal(v.n_ok, 5);
	assert_int_equal(v.n_failed, 6);
	assert_string_equal(v.error, "refused");
	assert_int_equal(v.since, w.unix_now);
	monitor_free(w.m);
}

/* Forwards by years, back by more, a probe under way: only the clock that nobody sets counts. */
static void a_jump_of_the_clock_flips_nothing_and_starts_no_probe(void **state)
{
	(void)state;
	static const int64_t jumps[] = { 10 * 365 * 86400LL, -20 * 365 * 86400LL, 1,
		-3600, 3600 };
	for (int up = 0; up < 2; up++) {
		struct world w;
		world_init(&w);
		one(&w, &w.web, up);
		for (size_t i = 0; i < KT_COUNT(jumps); i++) {
			struct monitor_view before = world_see(&w, "192.0.2.1/web");
			size_t started = w.n_started, changed = w.n_changed;
			w.unix_now += jumps[i];
			world_time(&w);
			struct monitor_view after = world_see(&w, "192.0.2.1/web");
			assert_int_equal(after.up, before.up);
			assert_int_equal(after.streak, before.streak);
			assert_int_equal(w.n_started, started);
			assert_int_equal(w.n_changed, changed);
			next(&w, up); /* at its time, and not earlier */
			assert_int_equal(w.n_started, started + 1);
			assert_int_equal(world_up(&w, "192.0.2.1/web"), up);
		}
		monitor_free(w.m);
	}
}

static void a_change_is_told_once(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	one(&w, &w.fast, true);
	assert_true(w.todo.changed);
	next(&w, true);
	assert_false(w.todo.changed);
	next(&w, false);
	assert_true(w.todo.changed);
	next(&w, false);
	assert_false(w.todo.changed);
	monitor_free(w.m);
}

static void from_start_to_start_there_is_an_interval(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	one(&w, &w.fast, true);
	for (int i = 0; i < 5; i++) {
		int64_t before = w.now.ns;
		next(&w, true);
		assert_int_equal(w.now.ns - before, 1000000000);
	}
	monitor_free(w.m);
}

static void a_probe_without_a_result_fails_and_its_late_result_is_ignored(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	one(&w, &w.web, true);
	for (int i = 1; i <= 3; i++) {
		world_pass_ms(&w, 5000);
		world_time(&w);
		assert_int_equal(w.todo.n_start, 1);
		world_pass_ms(&w, 2999);
		world_time(&w);
		assert_int_equal(world_see(&w, "192.0.2.1/web").n_failed, i - 1);
		world_pass_ms(&w, 1);
		world_time(&w);
		assert_int_equal(world_see(&w, "192.0.2.1/web").n_failed, i);
		world_result(&w, "192.0.2.1/web", true);
		assert_int_equal(world_see(&w, "192.0.2.1/web").n_ok, 1);
	}
	assert_false(world_up(&w, "192.0.2.1/web"));
	assert_string_equal(world_see(&w, "192.0.2.1/web").error, "no result in time");
	monitor_free(w.m);
}

/* Other commands that hang may hold up its start: it is late then, and not down. */
static void a_command_that_waits_for_its_turn_is_no_failure(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	w.web.type = CONF_MONITOR_COMMAND;
	one(&w, &w.web, true);
	world_pass_ms(&w, 5000);
	world_time(&w);
	assert_int_equal(w.todo.n_start, 1);
	world_pass_ms(&w, 120000);
	world_time(&w);
	assert_int_equal(w.todo.n_start, 0);
	assert_int_equal(world_see(&w, "192.0.2.1/web").n_failed, 0);
	world_result(&w, "192.0.2.1/web", true);
	assert_int_equal(world_see(&w, "192.0.2.1/web").n_ok, 2);
	monitor_free(w.m);
}

static void results_that_nobody_asked_for_are_ignored(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	one(&w, &w.fast, true);
	world_event(&w, MONITOR_RESULT, 0, false, "x");
	world_event(&w, MONITOR_RESULT, 77, false, "x");
	world_event(&w, MONITOR_PUSH, 0, false, "x");
	world_event(&w, MONITOR_PUSH, 77, false, "x");
	assert_true(world_up(&w, "192.0.2.1/web"));
	assert_int_equal(world_see(&w, "192.0.2.1/web").n_failed, 0);
	monitor_free(w.m);
}

static void a_push_target_is_up_until_somebody_says_otherwise(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	world_target(&w, "192.0.2.1/push", &w.push);
	world_target(&w, "192.0.2.2", NULL);
	world_monitor(&w);
	world_time(&w);
	assert_int_equal(w.todo.n_start, 0);
	assert_true(monitor_settled(w.m));
	assert_true(world_up(&w, "192.0.2.1/push"));
	assert_true(world_up(&w, "192.0.2.2"));
	assert_false(world_see(&w, "192.0.2.1/push").known);
	assert_int_equal(monitor_health(w.m)[0].stable_s, UINT32_MAX);
	world_event(&w, MONITOR_PUSH, 0, false, NULL);
	assert_true(w.todo.changed);
	assert_false(world_up(&w, "192.0.2.1/push"));
	assert_true(world_see(&w, "192.0.2.1/push").known);
	assert_int_equal(world_see(&w, "192.0.2.1/push").n_changes, 1);
	world_event(&w, MONITOR_PUSH, 1, false, NULL);
	assert_true(world_up(&w, "192.0.2.2"));
	world_event(&w, MONITOR_PUSH, 0, true, NULL);
	assert_true(world_up(&w, "192.0.2.1/push"));
	monitor_free(w.m);
}

static char many_keys[WORLD_MAX][16];

static void add_many(struct world *w, const struct conf_monitor *monitor)
{
	for (unsigned i = 0; i < WORLD_MAX; i++) {
		snprintf(many_keys[i], sizeof(many_keys[i]), "192.0.2.%u/web", i);
		world_target(w, many_keys[i], monitor);
	}
}

static void no_more_probes_are_under_way_than_allowed(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	w.conf.probe_parallel = 5;
	add_many(&w, &w.web);
	world_monitor(&w);
	world_time(&w);
	assert_int_equal(w.n_started, 5);
	for (uint32_t i = 0; i < WORLD_MAX; i++) {
		uint32_t target = 0;
		while (!w.running[target])
			target++;
		world_event(&w, MONITOR_RESULT, target, true, NULL);
		size_t left = WORLD_MAX - 1 - i;
		assert_int_equal(w.n_started, i + 1 + (left < 5 ? left : 5));
		assert_int_equal(monitor_settled(w.m), left == 0);
	}
	monitor_free(w.m);
}

static void no_more_probes_start_in_a_second_than_allowed(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	w.conf.probe_rate = 20;
	add_many(&w, &w.web);
	world_monitor(&w);
	world_live_ms(&w, 1000, true);
	assert_in_range(w.n_started, 19, 21);
	world_live_ms(&w, 1000, true);
	assert_in_range(w.n_started, 39, 41);
	monitor_free(w.m);
}

static void the_second_round_is_spread_over_the_jitter(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	add_many(&w, &w.web);
	world_monitor(&w);
	world_live_ms(&w, 10, true);
	assert_int_equal(w.n_started, WORLD_MAX);
	for (int i = 0; i < 10; i++) {
		size_t before = w.n_started;
		world_live_ms(&w, 500, true);
		assert_in_range(w.n_started - before, 1, 16);
	}
	assert_in_range(w.n_started, 2 * WORLD_MAX - 1, 2 * WORLD_MAX + 1);
	monitor_free(w.m);
}

static void add_slow_start(struct world *w, uint32_t slow_s)
{
	w->pool_monitors[0] = &w->fast;
	assert_int_equal(kt_addr_scan("192.0.2.1", &w->members[0].address), 0);
	w->pool = (struct conf_pool){ .name = "p",
		.members = w->members,
		.n_members = 1,
		.monitors = w->pool_monitors,
		.n_monitors = 1,
		.slow_start_s = slow_s };
	w->conf.pools = &w->pool;
	w->conf.n_pools = 1;
	world_target(w, "192.0.2.1/fast", &w->fast);
	world_monitor(w);
}

static void after_recovery_the_share_grows_in_ten_steps(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	add_slow_start(&w, 90);
	world_time(&w);
	world_result(&w, "192.0.2.1/fast", true);
	assert_int_equal(monitor_health(w.m)->share, 1000);
	next(&w, false);
	next(&w, true);
	assert_int_equal(monitor_health(w.m)->share, 100);
	for (unsigned i = 1; i < 10; i++) {
		size_t before = w.n_changed;
		world_live_ms(&w, 9999, true);
		assert_int_equal(monitor_health(w.m)->share, i * 100);
		assert_int_equal(w.n_changed, before);
		world_live_ms(&w, 1, true);
		assert_int_equal(monitor_health(w.m)->share, i * 100 + 100);
		assert_int_equal(w.n_changed, before + 1);
	}
	world_live_ms(&w, 100000, true);
	assert_int_equal(monitor_health(w.m)->share, 1000);
	monitor_free(w.m);
}

static void who_falls_in_slow_start_begins_anew(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	add_slow_start(&w, 9);
	world_time(&w);
	world_result(&w, "192.0.2.1/fast", false);
	next(&w, true);
	world_live_ms(&w, 4500, true);
	assert_int_equal(monitor_health(w.m)->share, 500);
	next(&w, false);
	assert_int_equal(monitor_health(w.m)->share, 1000);
	next(&w, true);
	assert_int_equal(monitor_health(w.m)->share, 100);
	monitor_free(w.m);
}

/* Of compiled pools: two share a target, one member is probed elsewhere, one is a name. */
static void slow_start_is_the_longest_of_the_pools_that_have_the_target(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		unsigned share; /* 40 s after recovery */
	} cases[] = {
		{ "192.0.2.1/p", 400 },
		{ "192.0.2.2/p", 1000 },
		{ "192.0.2.9/p", 400 },
		{ "192.0.2.4/p", 1000 },
	};
	struct service_of s;
	service_of(&s,
	    "steering:\n"
	    "  monitors: {p: {type: push}}\n"
	    "  pools:\n"
	    "    a: {members: [{address: 192.0.2.1}, {address: 192.0.2.2}], monitor: p,"
	    " slow-start: 10s}\n"
	    "    b: {members: [{address: 192.0.2.1}, {address: 192.0.2.3, probe: "
	    "192.0.2.9}], monitor: p, slow-start: 100s}\n"
	    "    c: {members: [{address: 192.0.2.4}], monitor: p}\n"
	    "  services: {www.example.com: {pools: [a, b, c]}}\n");
	struct kt_instant now = { 1000 };
	struct monitor *m = monitor_new(s.steering, now, 1);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		const struct steering_target *t = steering_target_find(
		    s.steering, cases[i].key);
		assert_non_null(t);
		uint32_t number = (uint32_t)(t - s.steering->targets);
		struct monitor_todo todo;
		struct monitor_event event = {
			.type = MONITOR_PUSH, .now = now, .target = number
		};
		monitor_step(m, &event, &todo);
		event.ok = true;
		monitor_step(m, &event, &todo);
		event = (struct monitor_event){ .type = MONITOR_TIME,
			.now = now = kt_instant_add(now, kt_span_ms(40000)) };
		monitor_step(m, &event, &todo);
		assert_int_equal(monitor_health(m)[number].share, cases[i].share);
	}
	monitor_free(m);
	service_fini(&s);
}

static void a_reload_keeps_states_counters_and_overrides(void **state)
{
	(void)state;
	struct world a, b;
	world_init(&a);
	world_target(&a, "192.0.2.1/web", &a.web);
	world_target(&a, "192.0.2.2/web", &a.web);
	world_target(&a, "192.0.2.3/push", &a.push);
	world_target(&a, "192.0.2.9/web", &a.web);
	world_monitor(&a);
	world_time(&a);
	world_result(&a, "192.0.2.1/web", true);
	world_result(&a, "192.0.2.2/web", false);
	world_result(&a, "192.0.2.9/web", false);
	world_event(&a, MONITOR_PUSH, world_at(&a, "192.0.2.3/push"), false, NULL);
	world_live_ms(&a, 4999, false);
	assert_int_equal(world_see(&a, "192.0.2.1/web").streak, 1);
	assert_int_equal(
	    monitor_override(a.m, "192.0.2.9", true, 0, "x", a.now, a.unix_now), 0);
	assert_int_equal(
	    monitor_override(a.m, "192.0.2.2", true, 60, "ticket", a.now, a.unix_now),
	    0);
	world_time(&a);
	world_init(&b);
	b.now = a.now;
	b.unix_now = a.unix_now;
	world_target(&b, "192.0.2.1/web", &b.web);
	world_target(&b, "192.0.2.2/web", &b.web);
	world_target(&b, "192.0.2.3/push", &b.push);
	world_target(&b, "192.0.2.4/web", &b.web);
	world_monitor(&b);
	monitor_inherit(b.m, a.m, b.now);
	struct monitor_view was = world_see(&a, "192.0.2.2/web"),
			    is = world_see(&b, "192.0.2.2/web");
	assert_int_equal(is.since, was.since);
	assert_int_equal(is.n_failed, was.n_failed);
	assert_int_equal(is.n_changes, was.n_changes);
	assert_true(is.up);
	assert_false(is.found_up);
	assert_string_equal(is.reason, "ticket");
	assert_int_equal(is.until, a.unix_now + 60);
	monitor_free(a.m);
	assert_int_equal(world_see(&b, "192.0.2.1/web").streak, 1);
	assert_true(world_up(&b, "192.0.2.1/web"));
	assert_false(world_up(&b, "192.0.2.3/push"));
	assert_false(monitor_settled(b.m));
	world_time(&b);
	assert_int_equal(b.running[world_at(&b, "192.0.2.4/web")], 1);
	world_result(&b, "192.0.2.4/web", true);
	assert_true(monitor_settled(b.m));
	/* Two more failures, and the first target is down. */
	world_live_ms(&b, 10001, false);
	assert_false(world_up(&b, "192.0.2.1/web"));
	world_live_ms(&b, 50000, false);
	assert_false(world_up(&b, "192.0.2.2/web"));
	monitor_free(b.m);
}

static void reloads_in_a_row_put_off_no_probe(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	one(&w, &w.fast, true);
	size_t n = 0;
	for (int i = 0; i < 30; i++) {
		struct monitor *next = monitor_new(&w.steering, w.now, 7);
		monitor_inherit(next, w.m, w.now);
		monitor_free(w.m);
		w.m = next;
		world_pass_ms(&w, 100);
		w.running[0] = 0;
		world_time(&w);
		n += w.todo.n_start;
		if (w.todo.n_start)
			world_event(&w, MONITOR_RESULT, 0, true, NULL);
	}
	assert_in_range(n, 2, 3);
	monitor_free(w.m);
}

static void errors_are_cut_and_are_plain_text(void **state)
{
	(void)state;
	struct world w;
	char error[400];
	world_init(&w);
	one(&w, &w.fast, true);
	memset(error, 'a', sizeof(error));
	memcpy(error, "\x1b[2J\n\xff", 6);
	error[sizeof(error) - 1] = 0;
	world_pass_ms(&w, 1000);
	world_time(&w);
	world_event(&w, MONITOR_RESULT, 0, false, error);
	const char *kept = world_see(&w, "192.0.2.1/web").error;
	assert_int_equal(strlen(kept), STEERING_ERROR_MAX);
	assert_memory_equal(kept, " [2J ?a", 7);
	monitor_free(w.m);
}

/* 10,000 targets for a minute: each probed as often as its interval says. */
static void many_targets_are_each_probed_at_their_interval(void **state)
{
	(void)state;
	enum {
		N = 10000
	};
	struct world w;
	world_init(&w);
	struct steering_target *targets = calloc(N, sizeof(*targets));
	char(*keys)[24] = calloc(N, sizeof(*keys));
	for (unsigned i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%05u/web", i);
		targets[i] = (struct steering_target){ .key = keys[i],
			.monitor = &w.web };
	}
	w.steering.targets = targets;
	w.steering.n_targets = N;
	w.m = monitor_new(&w.steering, w.now, 3);
	size_t started = 0, steps = 0;
	struct kt_instant end = kt_instant_add(w.now, kt_span_ms(60000));
	while (w.now.ns < end.ns) {
		struct monitor_event event = {
			.type = MONITOR_TIME, .now = w.now, .unix_now = w.unix_now
		};
		struct monitor_todo todo, after;
		monitor_step(w.m, &event, &todo);
		size_t n = todo.n_start;
		uint32_t *list = calloc(n + 1, sizeof(*list));
		if (n)
			memcpy(list, todo.start, n * sizeof(*list));
		for (size_t i = 0; i < n; i++) {
			event.type = MONITOR_RESULT;
			event.target = list[i];
			event.ok = true;
			monitor_step(w.m, &event, &after);
			started += after.n_start;
			for (size_t k = 0; k < after.n_start; k++) {
				list = realloc(list, (n + 2) * sizeof(*list));
				list[n++] = after.start[k];
			}
			todo.next = after.next;
			steps++;
		}
		free(list);
		started += todo.n_start;
		w.now = todo.next.ns > w.now.ns ? todo.next
						: (struct kt_instant){ w.now.ns + 1 };
	}
	assert_true(monitor_settled(w.m));
	/* The first round, then 59 s; places are found within an interval. */
	assert_in_range(started, N * 12, N * 13);
	assert_true(steps >= started - 1000);
	monitor_free(w.m);
	free(targets);
	free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_result_of_an_unknown_target_decides_at_once),
		cmocka_unit_test(
		    fall_failures_in_a_row_take_a_target_down_and_rise_bring_it_up),
		cmocka_unit_test(a_jump_of_the_clock_flips_nothing_and_starts_no_probe),
		cmocka_unit_test(a_change_is_told_once),
		cmocka_unit_test(from_start_to_start_there_is_an_interval),
		cmocka_unit_test(
		    a_probe_without_a_result_fails_and_its_late_result_is_ignored),
		cmocka_unit_test(a_command_that_waits_for_its_turn_is_no_failure),
		cmocka_unit_test(results_that_nobody_asked_for_are_ignored),
		cmocka_unit_test(a_push_target_is_up_until_somebody_says_otherwise),
		cmocka_unit_test(no_more_probes_are_under_way_than_allowed),
		cmocka_unit_test(no_more_probes_start_in_a_second_than_allowed),
		cmocka_unit_test(the_second_round_is_spread_over_the_jitter),
		cmocka_unit_test(after_recovery_the_share_grows_in_ten_steps),
		cmocka_unit_test(who_falls_in_slow_start_begins_anew),
		cmocka_unit_test(
		    slow_start_is_the_longest_of_the_pools_that_have_the_target),
		cmocka_unit_test(a_reload_keeps_states_counters_and_overrides),
		cmocka_unit_test(reloads_in_a_row_put_off_no_probe),
		cmocka_unit_test(errors_are_cut_and_are_plain_text),
		cmocka_unit_test(many_targets_are_each_probed_at_their_interval),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
