/* A steering by hand, a monitor on it, and a clock that is turned by hand. */
#pragma once

#include "steering/monitor.h"

#include "kt_test.h"

#include <string.h>

#define WORLD_MAX 64

struct world {
	struct conf_monitor web, fast, push;
	struct conf_pool pool;
	struct conf_member members[2];
	const struct conf_monitor *pool_monitors[1];
	struct conf_steering conf;
	struct steering_target targets[WORLD_MAX];
	struct steering steering;
	struct monitor *m;
	struct kt_instant now;
	kt_unix unix_now;
	struct monitor_todo todo;
	unsigned running[WORLD_MAX]; /* probes under way, as todo.start said */
	size_t n_started, n_changed;
};

static inline int world_by_key(const void *a, const void *b)
{
	const struct steering_target *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static inline void world_target(
    struct world *w, const char *key, const struct conf_monitor *monitor)
{
	w->targets[w->steering.n_targets++] = (struct steering_target){ .key = key,
		.monitor = monitor };
}

/* 5 s, fall 3, rise 2; 1 s, fall 1, rise 1. */
static inline void world_init(struct world *w)
{
	*w = (struct world){
		.web = { .name = "web",
		    .type = CONF_MONITOR_HTTP,
		    .interval_ms = 5000,
		    .timeout_ms = 2000,
		    .fall = 3,
		    .rise = 2,
		    .jitter = 100 },
		.fast = { .name = "fast",
		    .type = CONF_MONITOR_TCP,
		    .interval_ms = 1000,
		    .timeout_ms = 500,
		    .fall = 1,
		    .rise = 1 },
		.push = { .name = "push", .type = CONF_MONITOR_PUSH },
		.conf = { .probe_rate = 10000, .probe_parallel = 1000 },
		.now = { 1000000000000 },
		.unix_now = 1800000000,
	};
	w->steering.conf = &w->conf;
	w->steering.targets = w->targets;
}

static inline void world_monitor(struct world *w)
{
	qsort(w->targets, w->steering.n_targets, sizeof(w->targets[0]), world_by_key);
	w->m = monitor_new(&w->steering, w->now, 1);
}

static inline uint32_t world_at(const struct world *w, const char *key)
{
	for (uint32_t i = 0; i < w->steering.n_targets; i++)
		if (strcmp(w->targets[i].key, key) == 0)
			return i;
	fail_msg("no target %s", key);
	return 0;
}

static inline void world_event(struct world *w, enum monitor_event_type type,
    uint32_t target, bool ok, const char *error)
{
	struct monitor_event event = { .type = type,
		.now = w->now,
		.unix_now = w->unix_now,
		.target = target,
		.ok = ok,
		.error = error };
	if (type == MONITOR_RESULT && target < WORLD_MAX)
		w->running[target] = 0;
	monitor_step(w->m, &event, &w->todo);
	for (size_t i = 0; i < w->todo.n_start; i++) {
		assert_int_equal(w->running[w->todo.start[i]], 0);
		w->running[w->todo.start[i]] = 1;
	}
	w->n_started += w->todo.n_start;
	w->n_changed += w->todo.changed;
}

static inline void world_time(struct world *w)
{
	world_event(w, MONITOR_TIME, 0, false, NULL);
}

static inline void world_pass_ms(struct world *w, int64_t ms)
{
	int64_t before = w->now.ns / 1000000000;
	w->now = kt_instant_add(w->now, kt_span_ms(ms));
	w->unix_now += w->now.ns / 1000000000 - before;
}

static inline void world_result(struct world *w, const char *key, bool ok)
{
	world_event(w, MONITOR_RESULT, world_at(w, key), ok, ok ? NULL : "refused");
}

/* Time goes on, as the monitor asks for it, until ms have passed; every probe is answered. */
static inline void world_live_ms(struct world *w, int64_t ms, bool ok)
{
	struct kt_instant end = kt_instant_add(w->now, kt_span_ms(ms));
	world_time(w);
	for (;;) {
		for (uint32_t i = 0; i < w->steering.n_targets; i++)
			if (w->running[i])
				world_event(
				    w, MONITOR_RESULT, i, ok, ok ? NULL : "refused");
		if (w->todo.next.ns > end.ns)
			break;
		int64_t wait = w->todo.next.ns - w->now.ns;
		world_pass_ms(w, wait > 0 ? (wait + 999999) / 1000000 : 1);
		world_time(w);
	}
	world_pass_ms(w, (end.ns - w->now.ns) / 1000000);
	world_time(w);
}

static inline struct monitor_view world_see(const struct world *w, const char *key)
{
	struct monitor_view view;
	monitor_see(w->m, world_at(w, key), &view);
	return view;
}

static inline bool world_up(const struct world *w, const char *key)
{
	return monitor_health(w->m)[world_at(w, key)].up;
}
