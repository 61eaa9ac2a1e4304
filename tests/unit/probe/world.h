/*
 * A prober on a loop, targets made by hand, and what came of their probes.
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"
#include "conf/steering.h"
#include "probe/probe.h"

#include "kt_test.h"

#include <stdbool.h>
#include <unistd.h>

enum {
	WORLD_MONITORS = 8,
	WORLD_TARGETS = 256
};

struct world_result {
	unsigned n;
	bool ok;
	char error[200]; /* "" when ok */
	struct kt_instant at;
};

struct world {
	uv_loop_t loop;
	struct prober *prober;
	struct probe_spawner *spawner;
	struct conf_monitor monitors[WORLD_MONITORS];
	struct conf_steering conf;
	struct steering_target targets[WORLD_TARGETS];
	struct steering steering;
	struct world_result results[WORLD_TARGETS];
	unsigned n_results, wanted;
	bool inside; /* prober_start() runs: nothing may be told */
	int64_t took_ms;
};

static inline void world_done(void *ctx, uint32_t target, bool ok, const char *error)
{
	struct world *w = ctx;
	struct world_result *r = &w->results[target];
	assert_false(w->inside);
	assert_true(ok == !error);
	r->n++;
	r->ok = ok;
	r->at = kt_clock_now();
	snprintf(r->error, sizeof(r->error), "%s", error ? error : "");
	if (++w->n_results >= w->wanted)
		uv_stop(&w->loop);
}

/* The loop, the prober and monitor 0; more of both are the test's to add. */
static inline struct world *world_open(
    enum conf_monitor_type type, struct probe_spawner *spawner)
{
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->spawner = spawner;
	w->prober = prober_new(&w->loop, spawner, world_done, w);
	assert_non_null(w->prober);
	w->conf.monitors = w->monitors;
	w->steering.conf = &w->conf;
	w->steering.targets = w->targets;
	for (size_t i = 0; i < WORLD_MONITORS; i++)
		w->monitors[i] = (struct conf_monitor){ .name = "m",
			.type = type,
			.timeout_ms = 300,
			.verify = true,
			.query_name = DNS_NAME_ROOT,
			.query_type = 6 };
	w->conf.n_monitors = 1;
	return w;
}

static inline uint32_t world_target(
    struct world *w, unsigned monitor, const char *key, const char *address)
{
	struct steering_target *t = &w->targets[w->steering.n_targets];
	assert_true(w->steering.n_targets < WORLD_TARGETS);
	*t = (struct steering_target){ .key = key, .monitor = &w->monitors[monitor] };
	if (address)
		assert_int_equal(kt_addr_scan(address, &t->address), 0);
	if (monitor >= w->conf.n_monitors)
		w->conf.n_monitors = monitor + 1;
	return (uint32_t)w->steering.n_targets++;
}

static inline void world_use(struct world *w)
{
	prober_use(w->prober, &w->steering);
}

static inline void world_start(struct world *w, uint32_t target)
{
	w->inside = true;
	prober_start(w->prober, target);
	w->inside = false;
}

/* Runs the loop until so many results are there. */
static inline void world_wait(struct world *w, unsigned n_results)
{
	w->wanted = n_results;
	while (w->n_results < n_results)
		uv_run(&w->loop, UV_RUN_DEFAULT);
}

/* One probe; what it says: "" when all is well. */
static inline const char *world_probe(struct world *w, uint32_t target)
{
	struct kt_instant begun = kt_clock_now();
	unsigned n = w->results[target].n;
	world_start(w, target);
	world_wait(w, w->n_results + 1);
	assert_int_equal(w->results[target].n, n + 1);
	w->took_ms = kt_instant_since(w->results[target].at, begun).ns / 1000000;
	return w->results[target].error;
}

static inline void world_close(struct world *w)
{
	prober_close(w->prober);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	prober_free(w->prober);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	probe_spawner_close(w->spawner);
	free(w);
}

/* Turns of the loop for a while. */
static inline void world_pass_time(struct world *w, int64_t ms)
{
	struct kt_instant end = kt_instant_add(kt_clock_now(), kt_span_ms(ms));
	while (kt_clock_now().ns < end.ns) {
		uv_run(&w->loop, UV_RUN_NOWAIT);
		usleep(2000);
	}
}
