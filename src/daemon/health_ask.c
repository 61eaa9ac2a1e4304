#include "base/log.h"
#include "base/mem.h"
#include "daemon/health_p.h"
#include "steering/pattern.h"

#include <stdlib.h>

/* Looking */

struct count_call {
	struct health_call call;
	struct health_counts *out;
};

static void run_count(struct health *h, struct health_call *call)
{
	struct health_counts *out = ((struct count_call *)call)->out;
	*out = h->counts;
	out->targets = h->monitor ? h->steering->n_targets : 0;
	for (size_t i = 0; i < out->targets; i++) {
		struct monitor_view v;
		monitor_see(h->monitor, (uint32_t)i, &v);
		out->down += !v.up;
		out->forced += v.pattern != NULL;
	}
	health_answer(h, call);
}

void health_count(struct health *h, struct health_counts *out)
{
	struct count_call count = { { .run = run_count }, out };
	*out = (struct health_counts){ 0 };
	health_ask(h, &count.call);
}

struct see_call {
	struct health_call call;
	void (*see)(void *ctx, const struct monitor_view *view);
	void (*look)(
	    void *ctx, const struct steering *steering, const struct monitor *monitor);
	void *ctx;
};

bool *health_pools(const struct steering *steering, const struct monitor *monitor)
{
	bool *usable = kt_calloc(steering->conf->n_pools + 1, sizeof(*usable));
	steering_pools_usable(steering, monitor_health(monitor), usable);
	return usable;
}

void health_pool_view(const bool *usable, struct monitor_view *view)
{
	const struct conf_pool *pool = view->target->pool;
	if (!pool || !view->up || usable[pool->index])
		return;
	view->up = false;
	view->error = "too few of its members are up";
}

static void run_see_all(const struct health *h, const struct see_call *c)
{
	bool *usable = health_pools(h->steering, h->monitor);
	for (size_t i = 0; i < h->steering->n_targets; i++) {
		struct monitor_view v;
		monitor_see(h->monitor, (uint32_t)i, &v);
		health_pool_view(usable, &v);
		c->see(c->ctx, &v);
	}
	free(usable);
}

static void run_see(struct health *h, struct health_call *call)
{
	const struct see_call *c = (struct see_call *)call;
	if (h->monitor && c->see)
		run_see_all(h, c);
	if (h->monitor && c->look)
		c->look(c->ctx, h->steering, h->monitor);
	health_answer(h, call);
}

void health_see(struct health *h,
    void (*see)(void *ctx, const struct monitor_view *view), void *ctx)
{
	struct see_call call = { .call.run = run_see, .see = see, .ctx = ctx };
	health_ask(h, &call.call);
}

void health_look(struct health *h,
    void (*look)(
	void *ctx, const struct steering *steering, const struct monitor *monitor),
    void *ctx)
{
	struct see_call call = { .call.run = run_see, .look = look, .ctx = ctx };
	health_ask(h, &call.call);
}

/* Words from outside */

struct word_call {
	struct health_call call;
	const char *pattern, *reason;
	bool up;
	uint32_t for_s;
};

static void run_override(struct health *h, struct health_call *call)
{
	const struct word_call *w = (struct word_call *)call;
	call->rc = h->monitor
		       ? monitor_override(h->monitor, w->pattern, w->up, w->for_s,
			     w->reason, kt_clock_now(), kt_clock_unix())
		       : KT_E_NOT_FOUND;
	if (!call->rc) {
		log_info("steering: override=\"%s\" %s for=%us reason=\"%s\"",
		    w->pattern, w->up ? "up" : "down", w->for_s,
		    w->reason ? w->reason : "");
		health_step(h, MONITOR_TIME, 0, false, NULL);
	}
	health_answer_refreshed(h, call);
}

static void run_auto(struct health *h, struct health_call *call)
{
	const struct word_call *w = (struct word_call *)call;
	call->rc = h->monitor ? monitor_auto(h->monitor, w->pattern, kt_clock_now(),
				    kt_clock_unix())
			      : KT_E_NOT_FOUND;
	if (!call->rc) {
		log_info("steering: override=\"%s\" taken back", w->pattern);
		health_state_changed(h);
		health_step(h, MONITOR_TIME, 0, false, NULL);
	}
	health_answer_refreshed(h, call);
}

struct pushing {
	struct health *health;
	uint32_t *targets;
	size_t n, size;
};

static void note_pushed(void *ctx, uint32_t target)
{
	struct pushing *p = ctx;
	const struct conf_monitor *monitor =
	    p->health->steering->targets[target].monitor;
	if (!monitor || monitor->type != CONF_MONITOR_PUSH)
		return;
	kt_grow(p->targets, p->n, p->size);
	p->targets[p->n++] = target;
}

static void run_push(struct health *h, struct health_call *call)
{
	const struct word_call *w = (struct word_call *)call;
	struct pushing p = { .health = h };
	char *pattern = h->monitor ? steering_pattern_make(w->pattern) : NULL;
	if (pattern)
		steering_pattern_each(h->steering, pattern, note_pushed, &p);
	for (size_t i = 0; i < p.n; i++)
		health_step(h, MONITOR_PUSH, p.targets[i], w->up, NULL);
	if (p.n)
		health_state_changed(h); /* known now, even if nothing else changed */
	call->rc = p.n ? 0 : KT_E_NOT_FOUND;
	free(p.targets);
	free(pattern);
	health_answer_refreshed(h, call);
}

static int say(struct health *h, struct word_call *w)
{
	return health_ask(h, &w->call) ? w->call.rc : KT_E_NOT_FOUND;
}

int health_override(
    struct health *h, const char *pattern, bool up, uint32_t for_s, const char *reason)
{
	struct word_call w = { { .run = run_override, .keep = true }, pattern, reason,
		up, for_s };
	return say(h, &w);
}

int health_auto(struct health *h, const char *pattern)
{
	struct word_call w = { { .run = run_auto, .keep = true }, pattern, NULL, false,
		0 };
	return say(h, &w);
}

int health_push(struct health *h, const char *key, bool up)
{
	struct word_call w = { { .run = run_push, .keep = true }, key, NULL, up, 0 };
	return say(h, &w);
}
