/*
 * probe/wait.h -- which descriptors are ready: an epoll descriptor under a libuv loop.
 *
 * A probe has a descriptor for a few milliseconds.  libuv's own handles are closed a turn
 * later and cost two calls of epoll_ctl() each; here adding costs one, and closing the
 * descriptor is all it takes to be rid of it.
 *
 * Memory:   the caller's, until the loop has closed the handle of probe_wait_close().
 * Threads:  the loop's.
 */
#pragma once

#include "base/attr.h"

#include <stdint.h>
#include <uv.h>

/* events: EPOLLIN and so on. */
typedef void probe_ready(void *ctx, uint32_t events);

struct probe_wait {
	uv_poll_t poll;
	int fd;
	struct probe_wait_entry *entries;
	uint32_t n, cap;
	uint32_t spare; /* an entry that is free, and so on from it; UINT32_MAX: none */
};

/* 0 or KT_E_SYSTEM (errno). */
KT_MUST KT_NONNULL int probe_wait_open(struct probe_wait *w, uv_loop_t *loop);
/* Nothing is called from now on. */
KT_NONNULL void probe_wait_close(struct probe_wait *w, uv_close_cb closed);
/* After `closed`. */
KT_NONNULL void probe_wait_fini(struct probe_wait *w);

/* 0 and *id, or KT_E_SYSTEM (errno).  Level-triggered. */
KT_MUST int probe_wait_add(struct probe_wait *w, int fd, uint32_t events,
    probe_ready *ready, void *ctx, uint32_t *id);
KT_NONNULL void probe_wait_change(
    struct probe_wait *w, uint32_t id, int fd, uint32_t events);
KT_NONNULL void probe_wait_remove(struct probe_wait *w, uint32_t id, int fd);
/* The same for a descriptor that the caller closes at once. */
KT_NONNULL void probe_wait_forget(struct probe_wait *w, uint32_t id);
