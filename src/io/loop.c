#include "io/loop.h"

#include "base/assert.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/publish.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	EVENTS = 128,
	TICKS = 2
};

struct tick {
	io_tick *call;
	void *ctx;
};

struct io_loop {
	int epoll;
	struct io_watch wake;
	_Atomic bool stop;
	struct kt_instant now;
	kt_unix unix_now;
	struct tick ticks[TICKS];
	unsigned n_ticks;

	/* The events of this turn: a watch that is removed is struck out. */
	struct epoll_event events[EVENTS];
	int n_events;

	/* One call at a time from other threads. */
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool running;
	void (*call)(void *ctx);
	void *call_ctx;
};

static void read_clocks(struct io_loop *loop)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	loop->now = (struct kt_instant){ (int64_t)t.tv_sec * 1000000000 + t.tv_nsec };
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	loop->unix_now = t.tv_sec;
}

static void run_call(struct io_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	if (loop->call) {
		loop->call(loop->call_ctx);
		loop->call = NULL;
		pthread_cond_broadcast(&loop->done);
	}
	pthread_mutex_unlock(&loop->lock);
}

static struct io_loop *loop_of_wake(struct io_watch *watch)
{
	return (struct io_loop *)((char *)watch - offsetof(struct io_loop, wake));
}

static void on_wake(struct io_watch *watch, uint32_t events)
{
	(void)events;
	uint64_t n;
	ssize_t ignored = read(watch->fd, &n, sizeof(n));
	(void)ignored;
	run_call(loop_of_wake(watch));
}

static void wake(struct io_loop *loop)
{
	/* Fails only when the counter is full: then a wake-up is under way. */
	ssize_t ignored = write(loop->wake.fd, &(uint64_t){ 1 }, 8);
	(void)ignored;
}

struct io_loop *io_loop_new(void)
{
	struct io_loop *loop = kt_calloc(1, sizeof(*loop));
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->wake = (struct io_watch){ on_wake,
		eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->done, NULL);
	read_clocks(loop);
	if (loop->epoll < 0 || loop->wake.fd < 0 ||
	    io_loop_add(loop, &loop->wake, EPOLLIN)) {
		io_loop_free(loop);
		return NULL;
	}
	return loop;
}

void io_loop_free(struct io_loop *loop)
{
	if (!loop)
		return;
	int saved = errno;
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->wake.fd >= 0)
		close(loop->wake.fd);
	pthread_mutex_destroy(&loop->lock);
	pthread_cond_destroy(&loop->done);
	free(loop);
	errno = saved;
}

static int control(
    struct io_loop *loop, int op, struct io_watch *watch, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };
	return epoll_ctl(loop->epoll, op, watch->fd, &e) < 0 ? KT_E_SYSTEM : 0;
}

int io_loop_add(struct io_loop *loop, struct io_watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

void io_loop_change(struct io_loop *loop, struct io_watch *watch, uint32_t events)
{
	/* A descriptor that is in the set can always be changed (epoll_ctl(2)). */
	int rc = control(loop, EPOLL_CTL_MOD, watch, events);
	(void)kt_expect(!rc);
}

void io_loop_remove(struct io_loop *loop, struct io_watch *watch)
{
	int rc = control(loop, EPOLL_CTL_DEL, watch, 0);
	(void)kt_expect(!rc);
	io_loop_forget(loop, watch);
}

void io_loop_forget(struct io_loop *loop, struct io_watch *watch)
{
	for (int i = 0; i < loop->n_events; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
}

void io_loop_on_tick(struct io_loop *loop, io_tick *tick, void *ctx)
{
	kt_require(loop->n_ticks < TICKS);
	loop->ticks[loop->n_ticks++] = (struct tick){ tick, ctx };
}

struct kt_instant io_loop_now(const struct io_loop *loop)
{
	return loop->now;
}

kt_unix io_loop_unix(const struct io_loop *loop)
{
	return loop->unix_now;
}

/* Milliseconds until the first tick is due, rounded up; -1: none is. */
static int run_ticks(struct io_loop *loop)
{
	int64_t first = INT64_MAX;
	for (unsigned i = 0; i < loop->n_ticks; i++) {
		int64_t at = loop->ticks[i].call(loop->ticks[i].ctx, loop->now).ns;
		if (at < first)
			first = at;
	}
	if (first == INT64_MAX)
		return -1;
	int64_t ms = (first - loop->now.ns + 999999) / 1000000;
	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void wait_for_events(struct io_loop *loop, int timeout_ms)
{
	if (timeout_ms != 0)
		kt_readers_offline();
	int n = epoll_wait(loop->epoll, loop->events, EVENTS, timeout_ms);
	if (timeout_ms != 0)
		kt_readers_online();
	loop->n_events = n > 0 ? n : 0;
	read_clocks(loop);
}

static void run_events(struct io_loop *loop)
{
	for (int i = 0; i < loop->n_events; i++) {
		struct io_watch *watch = loop->events[i].data.ptr;
		if (!watch)
			continue;
		watch->ready(watch, loop->events[i].events);
		kt_readers_quiesce();
	}
	loop->n_events = 0;
}

static void set_running(struct io_loop *loop, bool running)
{
	pthread_mutex_lock(&loop->lock);
	loop->running = running;
	pthread_mutex_unlock(&loop->lock);
}

void io_loop_run(struct io_loop *loop)
{
	kt_reader_join();
	set_running(loop, true);
	while (!atomic_load_explicit(&loop->stop, memory_order_acquire)) {
		wait_for_events(loop, run_ticks(loop));
		run_events(loop);
	}
	kt_readers_offline();
	/* A call that came too late for the loop is made here, so that nobody waits for ever. */
	set_running(loop, false);
	run_call(loop);
	kt_reader_leave();
}

void io_loop_stop(struct io_loop *loop)
{
	atomic_store_explicit(&loop->stop, true, memory_order_release);
	wake(loop);
}

void io_loop_call(struct io_loop *loop, void (*call)(void *ctx), void *ctx)
{
	pthread_mutex_lock(&loop->lock);
	while (loop->call)
		pthread_cond_wait(&loop->done, &loop->lock);
	if (!loop->running) {
		call(ctx);
		pthread_mutex_unlock(&loop->lock);
		return;
	}
	loop->call = call;
	loop->call_ctx = ctx;
	wake(loop);
	while (loop->call == call && loop->call_ctx == ctx)
		pthread_cond_wait(&loop->done, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
}
