/*
 * fuzz/steer_state_fuzz.c -- steering/monitor_state.c: states of monitors out of a file.
 *
 * Input: the text.  What is refused changes nothing; what is accepted is saved and restored
 * again to the same text, and the monitor goes on from it.
 */
#include "steering/monitor.h"

#include "fuzz.h"

#include <string.h>

#define NOW_UNIX 1800000000

static const struct conf_monitor web = { .name = "web",
	.type = CONF_MONITOR_HTTP,
	.interval_ms = 5000,
	.timeout_ms = 2000,
	.fall = 3,
	.rise = 2,
	.jitter = 10 };
static const struct conf_monitor push = { .name = "push", .type = CONF_MONITOR_PUSH };
static const struct conf_steering conf = { .probe_rate = 100, .probe_parallel = 2 };

static const struct steering_target targets[] = {
	{ .key = "192.0.2.1", .monitor = NULL },
	{ .key = "192.0.2.1/web", .monitor = &web },
	{ .key = "192.0.2.2/push", .monitor = &push },
	{ .key = "2001:db8::1/web", .monitor = &web },
	{ .key = "pool/osaka", .monitor = NULL },
	{ .key = "www.example.net./web", .monitor = &web },
};

enum {
	N_TARGETS = sizeof(targets) / sizeof(targets[0])
};

static const struct kt_instant start = { 1000000000 };

static void save(const struct monitor *m, struct kt_text *out)
{
	kt_text_clear(out);
	monitor_save(m, NOW_UNIX, out);
}

/* A day of its own pace; every probe fails. */
static void live(struct monitor *m)
{
	struct monitor_event event = { .now = start, .unix_now = NOW_UNIX };
	struct monitor_todo todo;
	uint32_t under_way[N_TARGETS];
	size_t n = 0;
	for (int i = 0; i < 200; i++) {
		event.type = n ? MONITOR_RESULT : MONITOR_TIME;
		event.target = n ? under_way[--n] : 0;
		monitor_step(m, &event, &todo);
		fuzz_check(todo.n_start + n <= 2);
		for (size_t k = 0; k < todo.n_start; k++)
			under_way[n++] = todo.start[k];
		if (!n && todo.next.ns > event.now.ns)
			event.now = todo.next;
		fuzz_check(todo.next.ns > start.ns);
	}
	for (uint32_t i = 0; i < N_TARGETS; i++) {
		struct monitor_view view;
		const struct steering_health *health = &monitor_health(m)[i];
		monitor_see(m, i, &view);
		fuzz_check(view.up == health->up);
		fuzz_check(!view.pattern || view.forced_up == view.up);
		fuzz_check(strlen(view.error) <= STEERING_ERROR_MAX);
		fuzz_check(health->share >= 100 && health->share <= 1000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct steering steering = {
		.conf = &conf, .targets = targets, .n_targets = N_TARGETS
	};
	struct kt_text before = { 0 }, first = { 0 }, again = { 0 };
	struct monitor *m = monitor_new(&steering, start, 1);
	save(m, &before);
	int rc = monitor_restore(m, (const char *)data, size, 300, start, NOW_UNIX);
	save(m, &first);
	if (rc) {
		fuzz_check(rc == KT_E_FORMAT);
		fuzz_check(strcmp(first.at, before.at) == 0);
	} else {
		struct monitor *other = monitor_new(&steering, start, 2);
		fuzz_check(monitor_restore(
			       other, first.at, first.len, 300, start, NOW_UNIX) == 0);
		save(other, &again);
		fuzz_check(strcmp(first.at, again.at) == 0);
		monitor_free(other);
		live(m);
	}
	monitor_free(m);
	kt_text_fini(&before);
	kt_text_fini(&first);
	kt_text_fini(&again);
	return 0;
}
