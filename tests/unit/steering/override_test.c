#include "monitor_world.h"

#include "base/mem.h"
#include "steering/pattern.h"

static void settle(struct world *w)
{
	world_target(w, "192.0.2.1", NULL);
	world_target(w, "192.0.2.1/web", &w->web);
	world_target(w, "192.0.2.1/fast", &w->fast);
	world_target(w, "192.0.2.10/web", &w->web);
	world_target(w, "2001:db8::1/web", &w->web);
	world_target(w, "www.example.net./web", &w->web);
	world_target(w, "pool/osaka1", NULL);
	world_monitor(w);
	world_live_ms(w, 1, true);
}

/* The keys that are down, in order. */
static char *down(struct world *w)
{
	struct kt_text text = { 0 };
	world_time(w);
	for (size_t i = 0; i < w->steering.n_targets; i++)
		if (!monitor_health(w->m)[i].up)
			kt_text_addf(
			    &text, "%s%s", text.len ? " " : "", w->targets[i].key);
	if (!text.at)
		kt_text_add(&text, "");
	return text.at;
}

#define assert_down(w, expected)        \
 do {                                   \
  char *down_ = down(w);                \
  assert_string_equal(down_, expected); \
  free(down_);                          \
 } while (0)

static int force(struct world *w, const char *pattern, bool up, uint32_t for_s)
{
	return monitor_override(w->m, pattern, up, for_s, "why", w->now, w->unix_now);
}

static int release(struct world *w, const char *pattern)
{
	return monitor_auto(w->m, pattern, w->now, w->unix_now);
}

static void a_pattern_is_a_key_a_bare_object_or_a_glob(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "192.0.2.1/web", "192.0.2.1/web" },
		{ "192.0.2.1", "192.0.2.1 192.0.2.1/fast 192.0.2.1/web" },
		{ "192.0.2.1*",
		    "192.0.2.1 192.0.2.1/fast 192.0.2.1/web 192.0.2.10/web" },
		{ "*/fast", "192.0.2.1/fast" },
		{ "192.0.2.1?", "192.0.2.10/web" },
		{ "2001:DB8:0::1", "2001:db8::1/web" },
		{ "2001:db8:0:0:0:0:0:1/web", "2001:db8::1/web" },
		{ "WWW.example.NET", "www.example.net./web" },
		{ "www.example.net.", "www.example.net./web" },
		{ "www.example.net/web", "www.example.net./web" },
		{ "pool/osaka1", "pool/osaka1" },
		{ "pool/*", "pool/osaka1" },
		{ "pool/osaka[0-9]", "pool/osaka1" },
		{ "*", "192.0.2.1 192.0.2.1/fast 192.0.2.1/web 192.0.2.10/web "
		       "2001:db8::1/web pool/osaka1 www.example.net./web" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct world w;
		world_init(&w);
		settle(&w);
		assert_int_equal(force(&w, cases[i][0], false, 0), 0);
		assert_down(&w, cases[i][1]);
		assert_true(w.todo.changed);
		assert_int_equal(release(&w, cases[i][0]), 0);
		assert_down(&w, "");
		monitor_free(w.m);
	}
}

static void a_pattern_that_matches_nothing_is_not_kept(void **state)
{
	(void)state;
	static const char *const cases[] = { "", "192.0.2.2", "192.0.2.1/w", "pool",
		"osaka1", "192.0.2", "/web", "[", "192.0.2.1/web/" };
	struct world w;
	char longest[2000];
	world_init(&w);
	settle(&w);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		assert_int_equal(force(&w, cases[i], false, 0), KT_E_NOT_FOUND);
		assert_int_equal(release(&w, cases[i]), KT_E_NOT_FOUND);
	}
	memset(longest, '*', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(force(&w, longest, false, 0), KT_E_NOT_FOUND);
	assert_int_equal(release(&w, longest), KT_E_NOT_FOUND);
	assert_down(&w, "");
	assert_false(w.todo.changed);
	monitor_free(w.m);
}

static void the_newest_that_matches_counts(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	settle(&w);
	assert_int_equal(force(&w, "192.0.2.1", false, 0), 0);
	assert_int_equal(force(&w, "*/web", true, 0), 0);
	assert_down(&w, "192.0.2.1 192.0.2.1/fast");
	assert_string_equal(world_see(&w, "192.0.2.1/web").pattern, "*/web");
	assert_int_equal(release(&w, "*/web"), 0);
	assert_down(&w, "192.0.2.1 192.0.2.1/fast 192.0.2.1/web");
	/* The same pattern again is the newest, and takes the place of the older. */
	assert_int_equal(force(&w, "*/web", true, 0), 0);
	assert_int_equal(force(&w, "192.0.2.1", false, 0), 0);
	assert_down(&w, "192.0.2.1 192.0.2.1/fast 192.0.2.1/web");
	assert_int_equal(release(&w, "192.0.2.1"), 0);
	assert_int_equal(release(&w, "192.0.2.1"), KT_E_NOT_FOUND);
	assert_down(&w, "");
	monitor_free(w.m);
}

static void what_is_forced_is_probed_all_the_same(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	settle(&w);
	assert_int_equal(force(&w, "*", true, 0), 0);
	world_live_ms(&w, 60000, false);
	assert_down(&w, "");
	assert_false(world_see(&w, "192.0.2.1/web").found_up);
	assert_int_equal(world_see(&w, "192.0.2.1/web").n_changes, 0);
	assert_int_equal(release(&w, "*"), 0);
	assert_down(&w, "192.0.2.1/fast 192.0.2.1/web 192.0.2.10/web 2001:db8::1/web "
			"www.example.net./web");
	monitor_free(w.m);
}

static void an_override_ends_by_the_monotonic_clock(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	settle(&w);
	assert_int_equal(force(&w, "192.0.2.10", false, 7200), 0);
	assert_int_equal(world_see(&w, "192.0.2.10/web").until, w.unix_now + 7200);
	/* The calendar jumps: nothing happens. */
	w.unix_now += 400 * 86400;
	world_live_ms(&w, 7199 * 1000, true);
	assert_down(&w, "192.0.2.10/web");
	w.unix_now -= 800 * 86400;
	assert_down(&w, "192.0.2.10/web");
	assert_int_equal(world_see(&w, "192.0.2.10/web").until, w.unix_now + 1);
	assert_true(w.todo.next.ns <= w.now.ns + 1000000000);
	world_live_ms(&w, 1000, true);
	assert_down(&w, "");
	monitor_free(w.m);
}

static void stable_s_of_an_override_is_true_and_rarely_changes(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	world_target(&w, "192.0.2.1", NULL);
	world_monitor(&w);
	world_time(&w);
	assert_int_equal(monitor_health(w.m)->stable_s, UINT32_MAX);
	assert_int_equal(force(&w, "*", false, 7200), 0);
	world_time(&w);
	struct kt_instant end = kt_instant_add(w.now, kt_span_ms(7200 * 1000));
	size_t changes = 0;
	while (w.now.ns < end.ns) {
		int64_t left_s = (end.ns - w.now.ns) / 1000000000;
		uint32_t stable = monitor_health(w.m)->stable_s;
		assert_true(stable <= left_s);
		assert_true(stable >= left_s / 2);
		world_pass_ms(&w, 500);
		world_time(&w);
		changes += w.todo.changed;
	}
	assert_in_range(changes, 10, 16);
	assert_int_equal(monitor_health(w.m)->stable_s, UINT32_MAX);
	assert_true(monitor_health(w.m)->up);
	assert_int_equal(force(&w, "*", false, 0), 0);
	assert_int_equal(monitor_health(w.m)->stable_s, UINT32_MAX);
	monitor_free(w.m);
}

static void reasons_are_kept_as_plain_text(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	settle(&w);
	assert_int_equal(monitor_override(w.m, "192.0.2.10", false, 0,
			     "ticket 42\n\x1b[0m \xff", w.now, w.unix_now),
	    0);
	assert_string_equal(world_see(&w, "192.0.2.10/web").reason, "ticket 42  [0m ?");
	assert_int_equal(
	    monitor_override(w.m, "192.0.2.10", false, 0, NULL, w.now, w.unix_now), 0);
	assert_string_equal(world_see(&w, "192.0.2.10/web").reason, "");
	monitor_free(w.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_a_key_a_bare_object_or_a_glob),
		cmocka_unit_test(a_pattern_that_matches_nothing_is_not_kept),
		cmocka_unit_test(the_newest_that_matches_counts),
		cmocka_unit_test(what_is_forced_is_probed_all_the_same),
		cmocka_unit_test(an_override_ends_by_the_monotonic_clock),
		cmocka_unit_test(stable_s_of_an_override_is_true_and_rarely_changes),
		cmocka_unit_test(reasons_are_kept_as_plain_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
