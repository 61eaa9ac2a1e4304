#include "steering/monitor.h"

#include "base/mem.h"
#include "steering/monitor_p.h"
#include "steering/pattern.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
	GUARD_MS = 1000, /* past its timeout: the prober has lost it */
	COMMAND_GUARD_MS =
	    600000,    /* commands wait for their turn before their time runs */
	BURST_MS = 10, /* the rate holds over this time */
	FULL_SHARE = 1000,
	SHARE_STEPS = 10, /* of slow start: each is a refresh of answers */
	IDLE_MS = 3600 * 1000,
};

/* Making */

static bool is_probed(const struct steering_target *t)
{
	return t->monitor && t->monitor->type != CONF_MONITOR_PUSH;
}

/* A target has the longest slow start of the pools that it is a member's target in. */
static void note_slow_start(struct monitor *m, const struct conf_pool *pool)
{
	struct kt_text key = { 0 };
	uint32_t target;
	for (size_t i = 0; i < pool->n_members; i++)
		for (size_t j = 0; j == 0 || j < pool->n_monitors; j++) {
			if (pool->members[i].pool)
				break;
			steering_member_key(&key, pool, &pool->members[i], j);
			if (!steering_key_find(m->steering, kt_text_of(&key), &target))
				continue;
			struct monitor_target *t = &m->targets[target];
			if (t->slow_s < pool->slow_start_s)
				t->slow_s = pool->slow_start_s;
		}
	kt_text_fini(&key);
}

static void make_target(struct monitor *m, uint32_t i)
{
	struct monitor_target *t = &m->targets[i];
	t->probed = is_probed(&m->steering->targets[i]);
	t->known = !m->steering->targets[i].monitor;
	/* Nobody asks a push target: until somebody tells, it is up. */
	t->found_up = !t->probed;
	t->guard = t->recovered = MONITOR_NEVER;
	if (t->probed) {
		m->n_unknown++;
		monitor_heap_set(&m->due, i, m->now);
	}
	monitor_update(m, i);
	t->seen = !t->probed;
}

struct monitor *monitor_new(
    const struct steering *steering, struct kt_instant now, uint64_t seed)
{
	struct monitor *m = kt_calloc(1, sizeof(*m));
	const struct conf_steering *conf = steering->conf;
	size_t n = steering->n_targets;
	uint32_t rate = conf->probe_rate ? conf->probe_rate : 1;
	m->steering = steering;
	m->now = now;
	m->random = seed;
	m->overrides_at = MONITOR_NEVER;
	m->targets = kt_calloc(n, sizeof(*m->targets));
	m->health = kt_calloc(n, sizeof(*m->health));
	m->parallel = conf->probe_parallel ? conf->probe_parallel : 1;
	if (m->parallel > n)
		m->parallel = n;
	m->start = kt_calloc(m->parallel, sizeof(*m->start));
	m->cost_ns = kt_span_ms(1000).ns / rate;
	m->credit_max_ns = kt_span_ms(BURST_MS).ns;
	if (m->credit_max_ns < m->cost_ns)
		m->credit_max_ns = m->cost_ns;
	m->credit_ns = m->credit_max_ns;
	monitor_heap_init(&m->due, n);
	monitor_heap_init(&m->timers, n);
	for (size_t i = 0; i < n; i++)
		make_target(m, (uint32_t)i);
	for (size_t i = 0; i < conf->n_pools; i++)
		if (conf->pools[i].slow_start_s)
			note_slow_start(m, &conf->pools[i]);
	m->changed = true;
	return m;
}

void monitor_free(struct monitor *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->steering->n_targets; i++)
		free(m->targets[i].error);
	monitor_overrides_free(m);
	monitor_heap_fini(&m->due);
	monitor_heap_fini(&m->timers);
	free(m->targets);
	free(m->health);
	free(m->start);
	free(m);
}

char *monitor_text(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	/* Not in the middle of a character. */
	if (len == max)
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	char *copy = kt_strndup(text, len);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	json_t *string = json_string(copy);
	if (!string)
		for (char *c = copy; *c; c++)
			if ((unsigned char)*c >= 0x80)
				*c = '?';
	json_decref(string);
	return copy;
}

/* Health of one target */

unsigned monitor_needed(const struct monitor *m, uint32_t target)
{
	const struct conf_monitor *monitor = m->steering->targets[target].monitor;
	unsigned n = m->targets[target].found_up ? monitor->fall : monitor->rise;
	return n ? n : 1;
}

/*
 * As seen at its last result.  A word from outside (push, an override) is not foreseen, so
 * it makes nothing unstable.
 */
static uint32_t stable_s(const struct monitor *m, uint32_t target)
{
	const struct monitor_target *t = &m->targets[target];
	if (t->forced)
		return monitor_override_stable(m, t->forced);
	if (!t->probed)
		return UINT32_MAX;
	if (!t->known)
		return 0;
	uint64_t left = monitor_needed(m, target) - t->streak;
	uint64_t s = left * m->steering->targets[target].monitor->interval_ms / 1000;
	return s < UINT32_MAX ? (uint32_t)s : UINT32_MAX - 1;
}

static struct kt_instant step_at(const struct monitor_target *t, int64_t step)
{
	int64_t slow_ns = kt_span_ms((int64_t)t->slow_s * 1000).ns;
	return (
	    struct kt_instant){ t->recovered.ns + slow_ns / (SHARE_STEPS - 1) * step };
}

/* One timer for both: the earlier. */
static void set_timer(struct monitor *m, uint32_t target)
{
	const struct monitor_target *t = &m->targets[target];
	struct kt_instant at = t->guard;
	if (t->recovered.ns != INT64_MAX) {
		int64_t step = m->health[target].share / (FULL_SHARE / SHARE_STEPS);
		struct kt_instant next = step_at(t, step);
		if (next.ns < at.ns)
			at = next;
	}
	if (at.ns == INT64_MAX)
		monitor_heap_drop(&m->timers, target);
	else
		monitor_heap_set(&m->timers, target, at);
}

/* A tenth at once, all after slow_s, in equal steps. */
static uint16_t share(const struct monitor *m, struct monitor_target *t)
{
	int64_t step = 1;
	if (t->recovered.ns == INT64_MAX)
		return FULL_SHARE;
	while (step < SHARE_STEPS && m->now.ns >= step_at(t, step).ns)
		step++;
	if (step == SHARE_STEPS)
		t->recovered = MONITOR_NEVER;
	return (uint16_t)(step * (FULL_SHARE / SHARE_STEPS));
}

void monitor_update(struct monitor *m, uint32_t target)
{
	struct monitor_target *t = &m->targets[target];
	struct steering_health *h = &m->health[target], now = { 0 };
	now.up = t->forced ? t->forced->up : t->found_up;
	if (now.up != h->up) {
		t->since = m->unix_now;
		t->n_changes += t->seen;
		t->recovered = now.up && t->seen && t->slow_s ? m->now : MONITOR_NEVER;
	}
	if (t->known && !t->seen) {
		t->seen = true;
		t->since = m->unix_now;
	}
	now.share = share(m, t);
	now.stable_s = stable_s(m, target);
	if (now.up != h->up || now.share != h->share || now.stable_s != h->stable_s)
		m->changed = true;
	*h = now;
	set_timer(m, target);
}

/* Starting probes */

static uint64_t draw(struct monitor *m)
{
	uint64_t z = m->random += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int64_t interval_ns(const struct monitor *m, uint32_t target)
{
	uint32_t ms = m->steering->targets[target].monitor->interval_ms;
	return kt_span_ms(ms ? ms : 1).ns;
}

/* The part of an interval that starts are spread over. */
static int64_t spread_ns(const struct monitor *m, uint32_t target)
{
	unsigned jitter = m->steering->targets[target].monitor->jitter;
	return interval_ns(m, target) / 100 * (jitter < 100 ? jitter : 100);
}

/* A place in it. */
static int64_t phase_ns(struct monitor *m, uint32_t target)
{
	int64_t spread = spread_ns(m, target);
	return spread ? (int64_t)(draw(m) % (uint64_t)spread) : 0;
}

static int64_t guard_ms(const struct monitor *m, uint32_t target)
{
	const struct conf_monitor *conf = m->steering->targets[target].monitor;
	return conf->timeout_ms +
	       (conf->type == CONF_MONITOR_COMMAND ? COMMAND_GUARD_MS : GUARD_MS);
}

/*
 * From one start to the next there is an interval, never less.  Only behind the first round,
 * which starts at once for all, a target finds its own place.
 */
static void start_probe(struct monitor *m, uint32_t target)
{
	struct monitor_target *t = &m->targets[target];
	int64_t wait = interval_ns(m, target);
	if (!t->known)
		wait += phase_ns(m, target) - spread_ns(m, target);
	m->due.at[target] = (struct kt_instant){ m->now.ns + wait };
	monitor_heap_drop(&m->due, target);
	t->running = true;
	t->guard = kt_instant_add(m->now, kt_span_ms(guard_ms(m, target)));
	m->n_running++;
	set_timer(m, target);
}

static void end_probe(struct monitor *m, uint32_t target)
{
	struct monitor_target *t = &m->targets[target];
	t->running = false;
	t->guard = MONITOR_NEVER;
	m->n_running--;
	set_timer(m, target);
	monitor_heap_set(&m->due, target, m->due.at[target]);
}

/* What is due, as far as the limits allow; returns when to come again for it. */
static struct kt_instant start_due(struct monitor *m, struct monitor_todo *todo)
{
	uint32_t target;
	struct kt_instant at;
	todo->start = m->start;
	while (monitor_heap_first(&m->due, &target, &at)) {
		if (m->n_running >= m->parallel)
			return MONITOR_NEVER; /* a result or a guard comes first */
		if (at.ns > m->now.ns)
			return at;
		if (m->credit_ns < m->cost_ns)
			return (
			    struct kt_instant){ m->now.ns + m->cost_ns - m->credit_ns };
		m->credit_ns -= m->cost_ns;
		start_probe(m, target);
		m->start[todo->n_start++] = target;
	}
	return MONITOR_NEVER;
}

/* Results */

static void note_error(struct monitor_target *t, const char *error)
{
	if (!error)
		error = "failed";
	if (t->error && strcmp(t->error, error) == 0)
		return;
	free(t->error);
	t->error = monitor_text(error, STEERING_ERROR_MAX);
}

static void set_found(struct monitor *m, uint32_t target, bool up)
{
	struct monitor_target *t = &m->targets[target];
	if (!t->known && t->probed)
		m->n_unknown--;
	t->known = true;
	t->found_up = up;
	t->streak = 0;
}

static void take_result(struct monitor *m, uint32_t target, bool ok, const char *error)
{
	struct monitor_target *t = &m->targets[target];
	end_probe(m, target);
	t->last = m->unix_now;
	if (ok)
		t->n_ok++;
	else {
		t->n_failed++;
		note_error(t, error);
	}
	if (!t->known)
		set_found(m, target, ok);
	else if (ok == t->found_up)
		t->streak = 0;
	else if (++t->streak >= monitor_needed(m, target))
		set_found(m, target, ok);
	monitor_update(m, target);
}

static void take_push(struct monitor *m, const struct monitor_event *event)
{
	struct monitor_target *t = &m->targets[event->target];
	const struct steering_target *target = &m->steering->targets[event->target];
	if (!target->monitor || target->monitor->type != CONF_MONITOR_PUSH)
		return;
	t->last = m->unix_now;
	if (event->ok)
		t->n_ok++;
	else {
		t->n_failed++;
		note_error(t, event->error ? event->error : "pushed");
	}
	set_found(m, event->target, event->ok);
	monitor_update(m, event->target);
}

static void run_timers(struct monitor *m)
{
	uint32_t target;
	struct kt_instant at;
	while (monitor_heap_first(&m->timers, &target, &at) && at.ns <= m->now.ns) {
		if (m->targets[target].guard.ns <= m->now.ns)
			take_result(m, target, false, "no result in time");
		else
			monitor_update(m, target); /* a step of slow start */
	}
}

static void set_time(struct monitor *m, const struct monitor_event *event)
{
	m->unix_now = event->unix_now;
	if (event->now.ns <= m->now.ns)
		return;
	int64_t passed = event->now.ns - m->now.ns;
	m->now = event->now;
	m->credit_ns = passed >= m->credit_max_ns - m->credit_ns
			   ? m->credit_max_ns
			   : m->credit_ns + passed;
}

static struct kt_instant earlier(struct kt_instant a, struct kt_instant b)
{
	return a.ns < b.ns ? a : b;
}

void monitor_step(
    struct monitor *m, const struct monitor_event *event, struct monitor_todo *todo)
{
	uint32_t target;
	struct kt_instant at;
	*todo = (struct monitor_todo){ 0 };
	set_time(m, event);
	if (event->type == MONITOR_RESULT && event->target < m->steering->n_targets &&
	    m->targets[event->target].running)
		take_result(m, event->target, event->ok, event->error);
	else if (event->type == MONITOR_PUSH && event->target < m->steering->n_targets)
		take_push(m, event);
	monitor_overrides_expire(m);
	run_timers(m);
	todo->next = earlier(start_due(m, todo),
	    (struct kt_instant){ m->now.ns + kt_span_ms(IDLE_MS).ns });
	if (monitor_heap_first(&m->timers, &target, &at))
		todo->next = earlier(todo->next, at);
	todo->next = earlier(todo->next, m->overrides_at);
	todo->changed = m->changed;
	m->changed = false;
}

bool monitor_settled(const struct monitor *m)
{
	return m->n_unknown == 0;
}

const struct steering_health *monitor_health(const struct monitor *m)
{
	return m->health;
}

void monitor_see(const struct monitor *m, uint32_t target, struct monitor_view *out)
{
	const struct monitor_target *t = &m->targets[target];
	*out = (struct monitor_view){
		.target = &m->steering->targets[target],
		.known = t->known,
		.found_up = t->found_up,
		.up = m->health[target].up,
		.streak = t->streak,
		.since = t->since,
		.probed = t->last,
		.error = t->error ? t->error : "",
		.n_ok = t->n_ok,
		.n_failed = t->n_failed,
		.n_changes = t->n_changes,
	};
	if (!t->forced)
		return;
	out->pattern = t->forced->pattern;
	out->reason = t->forced->reason;
	out->forced_up = t->forced->up;
	if (t->forced->end.ns != INT64_MAX)
		out->until = m->unix_now + monitor_override_left_s(m, t->forced);
}

/* From before */

void monitor_adopt(struct monitor *m, uint32_t target, bool up)
{
	struct monitor_target *t = &m->targets[target];
	set_found(m, target, up);
	if (t->probed && !t->running)
		monitor_heap_set(&m->due, target,
		    (struct kt_instant){ m->now.ns + phase_ns(m, target) });
	/* What was so before is no change of now. */
	t->seen = false;
	monitor_update(m, target);
}

static void inherit_target(
    struct monitor *to, uint32_t i, const struct monitor *from, uint32_t j)
{
	struct monitor_target *t = &to->targets[i];
	const struct monitor_target *f = &from->targets[j];
	if (!f->known || t->probed != f->probed)
		return;
	monitor_adopt(to, i, f->found_up);
	if (t->probed) {
		unsigned most = monitor_needed(to, i) - 1;
		int64_t longest = to->now.ns + interval_ns(to, i);
		t->streak = f->streak < most ? f->streak : most;
		/* Reloads in a row put off no probe; one that was cut off starts again. */
		struct kt_instant due = f->running ? to->now : from->due.at[j];
		monitor_heap_set(
		    &to->due, i, earlier(due, (struct kt_instant){ longest }));
	}
	t->since = f->since;
	t->last = f->last;
	t->n_ok = f->n_ok;
	t->n_failed = f->n_failed;
	t->n_changes = f->n_changes;
	if (f->error)
		note_error(t, f->error);
	t->recovered = t->slow_s ? f->recovered : MONITOR_NEVER;
	monitor_update(to, i);
}

void monitor_inherit(
    struct monitor *to, const struct monitor *from, struct kt_instant now)
{
	to->now = now;
	to->unix_now = from->unix_now;
	for (size_t i = 0; i < to->steering->n_targets; i++) {
		uint32_t j;
		if (steering_key_find(from->steering, to->steering->targets[i].key, &j))
			inherit_target(to, (uint32_t)i, from, j);
	}
	for (size_t i = 0; i < from->n_overrides; i++) {
		int rc = monitor_override_put(to, from->overrides[i]);
		(void)rc; /* its targets are gone */
	}
	for (size_t i = 0; i < to->steering->n_targets; i++) {
		uint32_t j;
		if (!to->targets[i].forced || !steering_key_find(from->steering,
						  to->steering->targets[i].key, &j))
			continue;
		to->targets[i].since = from->targets[j].since;
		to->targets[i].n_changes = from->targets[j].n_changes;
		to->targets[i].recovered = to->targets[i].slow_s
					       ? from->targets[j].recovered
					       : MONITOR_NEVER;
		monitor_update(to, (uint32_t)i);
	}
}
