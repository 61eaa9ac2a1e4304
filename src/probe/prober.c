#include "probe/probe.h"

#include "base/mem.h"
#include "probe/probe_p.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct probe_kind *const kinds[] = {
	[CONF_MONITOR_TCP] = &probe_tcp,
	[CONF_MONITOR_HTTP] = &probe_http,
	[CONF_MONITOR_HTTPS] = &probe_http,
	[CONF_MONITOR_DNS] = &probe_dns,
	[CONF_MONITOR_ICMP] = &probe_icmp,
	[CONF_MONITOR_COMMAND] = &probe_command,
	[CONF_MONITOR_FILE] = &probe_file,
	[CONF_MONITOR_PUSH] = NULL,
};

static const struct probe_kind *kind_of(const struct probe *p)
{
	return kinds[p->monitor->type];
}

/* The timer */

static void on_timer(uv_timer_t *timer);

void prober_wake_at(struct prober *prober, struct kt_instant at)
{
	if (at.ns >= prober->armed.ns)
		return;
	prober->armed = at;
	int64_t left = kt_instant_since(at, kt_clock_now()).ns;
	uint64_t ms = left > 0 ? ((uint64_t)left + 999999) / 1000000 : 0;
	(void)uv_timer_start(&prober->timer, on_timer, ms, 0);
}

/* Deadlines */

void probe_clock_start(struct probe *p)
{
	struct prober *prober = p->prober;
	struct probe_lane *lane = prober->lanes;
	while (lane->timeout_ms != p->monitor->timeout_ms)
		lane++;
	p->lane = lane;
	p->deadline = kt_instant_add(
	    kt_clock_now(), kt_span_ms(p->monitor->timeout_ms));
	p->before = lane->last;
	p->after = NULL;
	*(lane->last ? &lane->last->after : &lane->first) = p;
	lane->last = p;
	prober_wake_at(prober, p->deadline);
}

static void stop_clock(struct probe *p)
{
	struct probe_lane *lane = p->lane;
	if (!lane)
		return;
	*(p->before ? &p->before->after : &lane->first) = p->after;
	*(p->after ? &p->after->before : &lane->last) = p->before;
	p->lane = NULL;
}

void probe_fail_late(struct probe *p)
{
	uint32_t ms = p->monitor->timeout_ms;
	if (p->late)
		probe_fail(p, "%s", p->late);
	else if (ms % 1000)
		probe_fail(p, "timeout after %ums", ms);
	else
		probe_fail(p, "timeout after %us", ms / 1000);
}

/* Ends those whose time is over; the next deadline. */
static struct kt_instant end_all_late(struct prober *prober, struct kt_instant now)
{
	struct kt_instant next = PROBE_NEVER;
	for (size_t i = 0; i < prober->n_lanes; i++) {
		struct probe_lane *lane = &prober->lanes[i];
		while (lane->first && lane->first->deadline.ns <= now.ns)
			probe_fail_late(lane->first);
		if (lane->first && lane->first->deadline.ns < next.ns)
			next = lane->first->deadline;
	}
	return next;
}

/* Ends */

static void recycle(struct prober *prober, struct probe *p)
{
	p->after = prober->spare;
	prober->spare = p;
}

static void tell(struct prober *prober, struct probe *p)
{
	uint32_t number = p->number;
	bool ok = p->ok;
	char text[sizeof(p->text)];
	memcpy(text, p->text, sizeof(text));
	prober->running[number] = NULL;
	recycle(prober, p);
	prober->done(prober->ctx, number, ok, ok ? NULL : text);
}

static void end(struct probe *p, bool ok)
{
	struct prober *prober = p->prober;
	p->ok = ok;
	stop_clock(p);
	kind_of(p)->stop(p);
	if (!prober->starting) {
		tell(prober, p);
		return;
	}
	p->after = NULL;
	*prober->ended_last = p;
	prober->ended_last = &p->after;
	prober_wake_at(prober, (struct kt_instant){ 0 });
}

void probe_pass(struct probe *p)
{
	end(p, true);
}

void probe_fail(struct probe *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
	/* parts of it may be a stranger's words */
	for (char *c = p->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	end(p, false);
}

void probe_fail_errno(struct probe *p, const char *what, int err)
{
	const char *text = strerrordesc_np(err);
	if (!text)
		text = "unknown error";
	bool word = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a';
	probe_fail(p, "%s%c%s", what, word ? text[0] + 'a' - 'A' : text[0], text + 1);
}

/* Tells those that ended while they were started; what they start themselves comes next time. */
static void tell_ended(struct prober *prober)
{
	struct probe *p = prober->ended;
	prober->ended = NULL;
	prober->ended_last = &prober->ended;
	while (p) {
		struct probe *next = p->after;
		tell(prober, p);
		p = next;
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct prober *prober = timer->data;
	struct kt_instant now = kt_clock_now();
	prober->armed = PROBE_NEVER;
	tell_ended(prober);
	prober_wake_at(prober, probe_http_tick(prober->http, now));
	prober_wake_at(prober, end_all_late(prober, now));
}

/* Targets */

static void cancel_all(struct prober *prober)
{
	for (size_t i = 0; i < prober->n_targets; i++) {
		struct probe *p = prober->running[i];
		if (!p)
			continue;
		prober->running[i] = NULL;
		stop_clock(p);
		kind_of(p)->stop(p);
		recycle(prober, p);
	}
	prober->ended = NULL;
	prober->ended_last = &prober->ended;
}

static void drop_targets(struct prober *prober)
{
	cancel_all(prober);
	probe_http_free(prober->http);
	probe_icmp_free(prober->icmp);
	probe_commands_free(prober->commands);
	probe_files_free(prober->files);
	free(prober->running);
	free(prober->lanes);
	prober->http = NULL;
	prober->icmp = NULL;
	prober->commands = NULL;
	prober->files = NULL;
	prober->running = NULL;
	prober->lanes = NULL;
	prober->n_lanes = 0;
	prober->n_targets = 0;
	prober->steering = NULL;
}

static void add_lane(struct prober *prober, uint32_t timeout_ms, size_t *cap)
{
	for (size_t i = 0; i < prober->n_lanes; i++)
		if (prober->lanes[i].timeout_ms == timeout_ms)
			return;
	kt_grow(prober->lanes, prober->n_lanes, *cap);
	prober->lanes[prober->n_lanes++] =
	    (struct probe_lane){ .timeout_ms = timeout_ms };
}

void prober_use(struct prober *prober, const struct steering *steering)
{
	bool has[CONF_MONITOR_PUSH + 1] = { 0 };
	const struct conf_monitor *last = NULL;
	size_t cap = 0;
	drop_targets(prober);
	if (!steering)
		return;
	prober->steering = steering;
	prober->n_targets = steering->n_targets;
	prober->running = kt_calloc(prober->n_targets, sizeof(*prober->running));
	for (size_t i = 0; i < prober->n_targets; i++) {
		const struct conf_monitor *m = steering->targets[i].monitor;
		if (!m || m == last)
			continue;
		add_lane(prober, m->timeout_ms, &cap);
		has[m->type] = true;
		last = m;
	}
	if (has[CONF_MONITOR_HTTP] || has[CONF_MONITOR_HTTPS])
		prober->http = probe_http_new(prober);
	if (has[CONF_MONITOR_ICMP])
		prober->icmp = probe_icmp_new(prober);
	if (has[CONF_MONITOR_COMMAND])
		prober->commands = probe_commands_new(prober);
	if (has[CONF_MONITOR_FILE])
		prober->files = probe_files_new(prober);
}

void prober_start(struct prober *prober, uint32_t number)
{
	const struct steering_target *target = &prober->steering->targets[number];
	if (!kt_expect(target->monitor && target->monitor->type != CONF_MONITOR_PUSH &&
		       !prober->running[number]))
		return;
	struct probe *p = prober->spare;
	if (p)
		prober->spare = p->after;
	else
		p = kt_malloc(sizeof(*p));
	memset(p, 0, sizeof(*p));
	p->prober = prober;
	p->target = target;
	p->monitor = target->monitor;
	p->number = number;
	prober->running[number] = p;
	prober->starting++;
	if (target->monitor->type != CONF_MONITOR_COMMAND)
		probe_clock_start(p);
	kind_of(p)->start(p);
	prober->starting--;
}

/* Begin and end */

struct prober *prober_new(
    uv_loop_t *loop, struct probe_spawner *spawner, probe_done *done, void *ctx)
{
	struct prober *prober = kt_calloc(1, sizeof(*prober));
	prober->loop = loop;
	prober->spawner = spawner;
	prober->done = done;
	prober->ctx = ctx;
	prober->armed = PROBE_NEVER;
	prober->ended_last = &prober->ended;
	if (probe_wait_open(&prober->wait, loop)) {
		int saved = errno;
		free(prober);
		errno = saved;
		return NULL;
	}
	kt_require(!uv_timer_init(loop, &prober->timer));
	prober->timer.data = prober;
	return prober;
}

static void on_closed(uv_handle_t *handle)
{
	(void)handle;
}

void prober_close(struct prober *prober)
{
	drop_targets(prober);
	uv_close((uv_handle_t *)&prober->timer, on_closed);
	probe_wait_close(&prober->wait, on_closed);
}

void prober_free(struct prober *prober)
{
	if (!prober)
		return;
	probe_wait_fini(&prober->wait);
	while (prober->spare) {
		struct probe *p = prober->spare;
		prober->spare = p->after;
		free(p);
	}
	free(prober);
}
