#include "daemon/health.h"

#include "base/log.h"
#include "base/mem.h"
#include "daemon/health_p.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	REFRESH_MS = 20,      /* from one refresh to the next, at least */
	SIGN_LOOK_MS = 60000, /* the calendar may jump: look at it so often */
	SIGN_AGAIN_MS = 1000, /* when it did not work */
};

/* Calls */

void health_calls_init(struct health_calls *calls)
{
	calls->first = NULL;
	calls->end = &calls->first;
}

void health_calls_add(struct health_calls *calls, struct health_call *call)
{
	call->next = NULL;
	*calls->end = call;
	calls->end = &call->next;
}

/* Hands it to the thread and waits.  False: there is none. */
bool health_ask(struct health *h, struct health_call *call)
{
	pthread_mutex_lock(&h->lock);
	bool runs = h->running;
	if (runs) {
		health_calls_add(&h->calls, call);
		uv_async_send(&h->wake);
	}
	while (runs && !call->done)
		pthread_cond_wait(&h->told, &h->lock);
	pthread_mutex_unlock(&h->lock);
	return runs;
}

void health_answer(struct health *h, struct health_call *call)
{
	if (call->keep) {
		call->keep = false;
		if (health_state_keep(h, call))
			return;
	}
	pthread_mutex_lock(&h->lock);
	call->done = true;
	pthread_cond_broadcast(&h->told);
	pthread_mutex_unlock(&h->lock);
}

void health_calls_answer(struct health *h, struct health_calls *calls)
{
	struct health_call *call = calls->first;
	health_calls_init(calls);
	while (call) {
		struct health_call *next = call->next; /* its thread goes on at once */
		health_answer(h, call);
		call = next;
	}
}

/* When answers are to change: after that. */
void health_answer_refreshed(struct health *h, struct health_call *call)
{
	if (h->wanted)
		health_calls_add(&h->waiting, call);
	else
		health_answer(h, call);
}

static void on_wake(uv_async_t *wake)
{
	struct health *h = wake->data;
	for (;;) {
		pthread_mutex_lock(&h->lock);
		struct health_call *call = h->calls.first;
		if (call && !(h->calls.first = call->next))
			health_calls_init(&h->calls);
		pthread_mutex_unlock(&h->lock);
		if (!call)
			return;
		call->run(h, call);
	}
}

/* Answers */

static void on_sign_timer(uv_timer_t *timer);

static void arm_signing(struct health *h)
{
	kt_unix at = steering_refresh_at(h->steering);
	int64_t wait_s = at == INT64_MAX ? INT64_MAX : at - kt_clock_unix();
	uint64_t ms = wait_s < 1                     ? SIGN_AGAIN_MS
		      : wait_s < SIGN_LOOK_MS / 1000 ? (uint64_t)wait_s * 1000
						     : SIGN_LOOK_MS;
	if (at == INT64_MAX)
		uv_timer_stop(&h->sign_timer);
	else
		uv_timer_start(&h->sign_timer, on_sign_timer, ms, 0);
}

static void refresh(struct health *h)
{
	struct steering_refresh_result result = { 0 };
	h->wanted = false;
	uv_timer_stop(&h->refresh_timer);
	h->counts.changes += health_log_changes(h);
	steering_refresh(
	    h->steering, monitor_health(h->monitor), kt_clock_unix(), &result);
	h->refreshed = kt_clock_now();
	h->counts.refreshes++;
	h->counts.signatures += result.signatures;
	h->counts.unsigned_sets += result.failed;
	if (result.failed)
		log_error("steering: sets=%zu could not be signed, they are answered "
			  "SERVFAIL",
		    result.failed);
	arm_signing(h);
	health_calls_answer(h, &h->waiting);
	if (h->use) {
		struct health_call *use = h->use;
		h->use = NULL;
		health_answer(h, use);
	}
}

static void on_refresh_timer(uv_timer_t *timer)
{
	refresh(timer->data);
}

static void on_sign_timer(uv_timer_t *timer)
{
	struct health *h = timer->data;
	if (kt_clock_unix() >= steering_refresh_at(h->steering))
		refresh(h);
	else
		arm_signing(h);
}

/* The first change at once; those that follow on its heels together. */
static void refresh_soon(struct health *h)
{
	h->wanted = true;
	if (h->use) {
		/* Nobody is answered from these yet: not before all are known. */
		if (monitor_settled(h->monitor))
			refresh(h);
		return;
	}
	int64_t passed = kt_instant_since(kt_clock_now(), h->refreshed).ns;
	int64_t wait = kt_span_ms(REFRESH_MS).ns - passed;
	if (wait <= 0)
		refresh(h);
	else if (!uv_is_active((uv_handle_t *)&h->refresh_timer))
		uv_timer_start(&h->refresh_timer, on_refresh_timer,
		    (uint64_t)(wait / kt_span_ms(1).ns) + 1, 0);
}

/* The engine */

static void on_step_timer(uv_timer_t *timer)
{
	health_step(timer->data, MONITOR_TIME, 0, false, NULL);
}

static void arm_step(struct health *h, struct kt_instant next)
{
	int64_t wait = kt_instant_since(next, kt_clock_now()).ns;
	uv_update_time(&h->loop);
	uv_timer_start(&h->step_timer, on_step_timer,
	    wait > 0 ? (uint64_t)(wait / kt_span_ms(1).ns) + 1 : 0, 0);
}

void health_step(struct health *h, enum monitor_event_type type, uint32_t target,
    bool ok, const char *error)
{
	struct monitor_todo todo;
	struct monitor_event event = {
		.type = type,
		.now = kt_clock_now(),
		.unix_now = kt_clock_unix(),
		.target = target,
		.ok = ok,
		.error = error,
	};
	monitor_step(h->monitor, &event, &todo);
	for (size_t i = 0; i < todo.n_start; i++)
		prober_start(h->prober, todo.start[i]);
	h->counts.probes += todo.n_start;
	arm_step(h, todo.next);
	if (todo.changed)
		health_state_changed(h);
	if (todo.changed || (h->use && monitor_settled(h->monitor)))
		refresh_soon(h);
}

static void on_probe(void *ctx, uint32_t target, bool ok, const char *error)
{
	struct health *h = ctx;
	h->counts.failures += !ok;
	health_step(h, MONITOR_RESULT, target, ok, error);
}

/* Another steering */

struct use_call {
	struct health_call call;
	struct steering *steering;
};

static uint64_t seed(void)
{
	uint64_t value;
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = (uint64_t)kt_clock_now().ns;
	return value;
}

static void run_use(struct health *h, struct health_call *call)
{
	struct steering *to = ((struct use_call *)call)->steering, *from = h->steering;
	struct monitor *old = h->monitor;
	h->monitor = monitor_new(to, kt_clock_now(), seed());
	h->steering = to;
	if (old) {
		monitor_inherit(h->monitor, old, kt_clock_now());
		steering_inherit(to, from);
	} else {
		health_state_read(h);
	}
	prober_use(h->prober, to);
	monitor_free(old);
	health_log_begin(h);
	/* Answers are made when all are known, and not before. */
	uv_timer_stop(&h->refresh_timer);
	uv_timer_stop(&h->sign_timer);
	h->use = call;
	health_step(h, MONITOR_TIME, 0, false, NULL);
}

/* The thread */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void run_stop(struct health *h, struct health_call *call)
{
	prober_close(h->prober);
	uv_close((uv_handle_t *)&h->wake, NULL);
	uv_close((uv_handle_t *)&h->step_timer, NULL);
	uv_close((uv_handle_t *)&h->refresh_timer, NULL);
	uv_close((uv_handle_t *)&h->sign_timer, NULL);
	uv_close((uv_handle_t *)&h->state.timer, NULL);
	health_calls_answer(h, &h->waiting);
	if (h->use)
		health_answer(h, h->use);
	h->use = NULL;
	health_answer(h, call);
}

static void *run(void *ctx)
{
	struct health *h = ctx;
	uv_run(&h->loop, UV_RUN_DEFAULT);
	return NULL;
}

static int thread_make(struct health *h)
{
	sigset_t all, before;
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* the sandbox tells by it what was not allowed */
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int rc = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void unmake(struct health *h)
{
	if (h->prober)
		prober_close(h->prober);
	uv_walk(&h->loop, close_handle, NULL);
	uv_run(&h->loop, UV_RUN_DEFAULT);
	prober_free(h->prober);
	h->prober = NULL;
	uv_loop_close(&h->loop);
}

static bool start(struct health *h)
{
	if (uv_loop_init(&h->loop)) {
		log_error("steering: no event loop: %s", strerror(errno));
		return false;
	}
	uv_async_init(&h->loop, &h->wake, on_wake);
	uv_timer_init(&h->loop, &h->step_timer);
	uv_timer_init(&h->loop, &h->refresh_timer);
	uv_timer_init(&h->loop, &h->sign_timer);
	h->wake.data = h->step_timer.data = h->refresh_timer.data = h->sign_timer.data =
	    h;
	health_state_init(h);
	h->prober = prober_new(&h->loop, h->spawner, on_probe, h);
	int rc = h->prober ? thread_make(h) : errno;
	if (rc) {
		log_error("steering: nothing is watched: %s", strerror(rc));
		unmake(h);
		return false;
	}
	pthread_mutex_lock(&h->lock);
	h->running = true;
	pthread_mutex_unlock(&h->lock);
	return true;
}

static void stop(struct health *h)
{
	struct health_call call = { .run = run_stop };
	pthread_mutex_lock(&h->lock);
	bool runs = h->running;
	h->running = false; /* no call comes behind this one */
	if (runs) {
		health_calls_add(&h->calls, &call);
		uv_async_send(&h->wake);
	}
	pthread_mutex_unlock(&h->lock);
	if (!runs)
		return;
	pthread_join(h->thread, NULL);
	prober_free(h->prober);
	uv_loop_close(&h->loop);
	health_state_close(h);
	monitor_free(h->monitor);
	free(h->last);
	h->prober = NULL;
	h->steering = NULL;
	h->monitor = NULL;
	h->last = NULL;
}

/* For others */

int health_open(
    const struct conf_config *config, struct kt_errs *errs, struct health **out)
{
	struct health *h = kt_calloc(1, sizeof(*h));
	struct probe_user user = { config->user, config->group };
	int rc = probe_spawner_open(&config->steering, &user, errs, &h->spawner);
	if (rc) {
		free(h);
		return rc;
	}
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->told, NULL);
	health_calls_init(&h->calls);
	health_calls_init(&h->waiting);
	if (config->state)
		h->state.path = kt_format("%s/steering.json", config->state);
	*out = h;
	return 0;
}

void health_close(struct health *h)
{
	if (!h)
		return;
	stop(h);
	probe_spawner_close(h->spawner);
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->told);
	free(h->state.path);
	free(h);
}

/* Without a thread nothing is watched: everything counts as up. */
static void refresh_unwatched(struct steering *steering)
{
	struct steering_refresh_result result;
	struct steering_health *all = kt_calloc(steering->n_targets, sizeof(*all));
	for (size_t i = 0; i < steering->n_targets; i++)
		all[i] = (struct steering_health){ true, 1000, UINT32_MAX };
	steering_refresh(steering, all, kt_clock_unix(), &result);
	free(all);
}

void health_use(struct health *h, struct steering *steering)
{
	struct use_call use = { { .run = run_use }, steering };
	if (!steering)
		stop(h);
	else if (!h->running && !start(h))
		refresh_unwatched(steering);
	else
		health_ask(h, &use.call);
}
