#include "base/mem.h"
#include "steering/monitor_p.h"
#include "steering/pattern.h"

#include <stdlib.h>
#include <string.h>

static void override_free(struct override *o)
{
	free(o->pattern);
	free(o->reason);
	free(o);
}

void monitor_overrides_free(struct monitor *m)
{
	for (size_t i = 0; i < m->n_overrides; i++)
		override_free(m->overrides[i]);
	free(m->overrides);
}

/* Time */

static int64_t left_ns(const struct monitor *m, const struct override *o)
{
	int64_t left = o->end.ns - m->now.ns;
	return left > 0 ? left : 0;
}

int64_t monitor_override_left_s(const struct monitor *m, const struct override *o)
{
	int64_t second = kt_span_ms(1000).ns;
	return left_ns(m, o) / second + (left_ns(m, o) % second != 0);
}

uint32_t monitor_override_stable(const struct monitor *m, const struct override *o)
{
	if (o->end.ns == INT64_MAX)
		return UINT32_MAX;
	int64_t left = left_ns(m, o) / kt_span_ms(1000).ns, power = 1;
	if (!left)
		return 0;
	while (power * 2 <= left)
		power *= 2;
	return (uint32_t)power;
}

/* After this instant less is left than monitor_override_stable() says now. */
static struct kt_instant stable_until(const struct monitor *m, const struct override *o)
{
	uint32_t stable = monitor_override_stable(m, o);
	struct kt_instant until = o->end;
	if (stable)
		until.ns -= kt_span_ms((int64_t)stable * 1000).ns - 1;
	return until;
}

static void schedule(struct monitor *m)
{
	m->overrides_at = MONITOR_NEVER;
	for (size_t i = 0; i < m->n_overrides; i++) {
		const struct override *o = m->overrides[i];
		if (o->end.ns == INT64_MAX)
			continue;
		struct kt_instant at = stable_until(m, o);
		if (at.ns < m->overrides_at.ns)
			m->overrides_at = at;
	}
}

/* The list */

/* The newest that matches a target. */
static struct override *newest(const struct monitor *m, uint32_t target)
{
	const char *key = m->steering->targets[target].key;
	for (size_t i = m->n_overrides; i; i--)
		if (steering_pattern_fits(m->overrides[i - 1]->pattern, key))
			return m->overrides[i - 1];
	return NULL;
}

/* Takes it out of the list; targets that it held look for another. */
static void drop(struct monitor *m, size_t at)
{
	struct override *o = m->overrides[at];
	m->n_overrides--;
	memmove(&m->overrides[at], &m->overrides[at + 1],
	    (m->n_overrides - at) * sizeof(*m->overrides));
	for (size_t i = 0; i < m->steering->n_targets; i++) {
		if (m->targets[i].forced != o)
			continue;
		m->targets[i].forced = newest(m, (uint32_t)i);
		m->changed = true; /* what is shown differs even where up does not */
		monitor_update(m, (uint32_t)i);
	}
	override_free(o);
}

static bool find(const struct monitor *m, const char *pattern, size_t *at)
{
	for (size_t i = 0; i < m->n_overrides; i++)
		if (strcmp(m->overrides[i]->pattern, pattern) == 0) {
			*at = i;
			return true;
		}
	return false;
}

struct holding {
	struct monitor *monitor;
	struct override *by;
};

static void count_only(void *ctx, uint32_t target)
{
	(void)ctx, (void)target;
}

static void hold(void *ctx, uint32_t target)
{
	const struct holding *h = ctx;
	h->monitor->targets[target].forced = h->by;
	h->monitor->changed = true;
	monitor_update(h->monitor, target);
}

int monitor_override_put(struct monitor *m, const struct override *from)
{
	size_t at;
	char *pattern = steering_pattern_make(from->pattern);
	if (!pattern ||
	    !steering_pattern_each(m->steering, pattern, count_only, NULL)) {
		free(pattern);
		return KT_E_NOT_FOUND;
	}
	bool had = find(m, pattern, &at);
	if (!had && m->n_overrides == MONITOR_OVERRIDES_MAX) {
		free(pattern);
		return KT_E_LIMIT;
	}
	struct override *o = kt_malloc(sizeof(*o)),
			*old = had ? m->overrides[at] : NULL;
	*o = *from;
	o->pattern = pattern;
	o->reason = monitor_text(from->reason ? from->reason : "", MONITOR_REASON_MAX);
	kt_grow(m->overrides, m->n_overrides, m->overrides_size);
	m->overrides[m->n_overrides++] = o;
	/* Held before the old one goes, so that nothing is let go in between. */
	struct holding h = { m, o };
	steering_pattern_each(m->steering, pattern, hold, &h);
	if (old)
		drop(m, at);
	schedule(m);
	return 0;
}

int monitor_override(struct monitor *m, const char *pattern, bool up, uint32_t for_s,
    const char *reason, struct kt_instant now, kt_unix unix_now)
{
	if (now.ns > m->now.ns)
		m->now = now;
	m->unix_now = unix_now;
	return monitor_override_put(m,
	    &(struct override){
		.pattern = (char *)pattern,
		.reason = (char *)reason,
		.up = up,
		.for_s = for_s,
		.end = for_s ? kt_instant_add(m->now, kt_span_ms((int64_t)for_s * 1000))
			     : MONITOR_NEVER,
		.from = unix_now,
	    });
}

int monitor_auto(
    struct monitor *m, const char *pattern, struct kt_instant now, kt_unix unix_now)
{
	size_t at;
	char *made = steering_pattern_make(pattern);
	bool found = made && find(m, made, &at);
	free(made);
	if (!found)
		return KT_E_NOT_FOUND;
	if (now.ns > m->now.ns)
		m->now = now;
	m->unix_now = unix_now;
	drop(m, at);
	schedule(m);
	return 0;
}

void monitor_overrides_expire(struct monitor *m)
{
	if (m->now.ns < m->overrides_at.ns)
		return;
	for (size_t i = 0; i < m->n_overrides;)
		if (m->overrides[i]->end.ns <= m->now.ns)
			drop(m, i);
		else
			i++;
	for (size_t i = 0; i < m->steering->n_targets; i++) {
		const struct override *o = m->targets[i].forced;
		if (o && m->health[i].stable_s != monitor_override_stable(m, o))
			monitor_update(m, (uint32_t)i);
	}
	schedule(m);
}
