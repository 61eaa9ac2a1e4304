/*
 * io/loop.h -- the loop of a worker: what is ready, what time it is, when to stop.
 *
 * One epoll descriptor a worker.  The thread is a reader of base/publish.h: online
 * while callbacks run, offline around a wait that may block, and quiescent between any
 * two callbacks, so a callback may keep nothing published beyond its return.
 *
 * Memory:   watches are the caller's and stay until io_loop_remove().
 * Threads:  everything from the loop's thread, but io_loop_call() and io_loop_stop(),
 *           which any thread may call.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct io_loop;
struct io_watch;

/* What the descriptor is ready for: EPOLLIN, EPOLLOUT, ... */
typedef void io_ready(struct io_watch *watch, uint32_t events);

struct io_watch {
	io_ready *ready;
	int fd;
};

/*
 * Called once a turn before the wait; returns when it wants to be called again at the
 * latest (IO_NEVER: no matter).
 */
typedef struct kt_instant io_tick(void *ctx, struct kt_instant now);
#define IO_NEVER ((struct kt_instant){ INT64_MAX })

/* NULL: no descriptors left (errno). */
KT_MUST struct io_loop *io_loop_new(void);
void io_loop_free(struct io_loop *loop);

/* Runs until io_loop_stop(); joins and leaves the readers itself. */
KT_NONNULL void io_loop_run(struct io_loop *loop);
KT_NONNULL void io_loop_stop(struct io_loop *loop);

/* Level-triggered.  KT_E_SYSTEM. */
KT_MUST KT_NONNULL int io_loop_add(
    struct io_loop *loop, struct io_watch *watch, uint32_t events);
KT_NONNULL void io_loop_change(
    struct io_loop *loop, struct io_watch *watch, uint32_t events);
/* Safe inside callbacks, also for watches that are ready in this turn. */
KT_NONNULL void io_loop_remove(struct io_loop *loop, struct io_watch *watch);
/* The same without a system call, for a descriptor that is closed at once. */
KT_NONNULL void io_loop_forget(struct io_loop *loop, struct io_watch *watch);

/* At most two. */
void io_loop_on_tick(struct io_loop *loop, io_tick *tick, void *ctx);

/* Runs call(ctx) in the loop's thread and waits for it; at once when the loop does not run. */
void io_loop_call(struct io_loop *loop, void (*call)(void *ctx), void *ctx);

/* The time of this turn: good to a few milliseconds. */
KT_NONNULL struct kt_instant io_loop_now(const struct io_loop *loop);
KT_NONNULL kt_unix io_loop_unix(const struct io_loop *loop);
