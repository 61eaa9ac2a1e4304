/*
 * daemon/health.h -- runs the monitors and keeps steering's answers in step with them.
 *
 * One thread with its own loop: it drives steering/monitor.h with probe/probe.h, calls
 * steering_refresh() when health changes, keeps state in the state directory, and takes
 * overrides.  Queries never wait for it, nor does the control socket.
 *
 * Threads:  functions may be called by any thread but its own; they wait for it, mostly
 *           not longer than a step of its loop.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "steering/monitor.h"
#include "steering/steering.h"

#include <stdbool.h>
#include <stdint.h>

struct health;

/*
 * Before threads, sandbox and change of user: opens what needs privilege.  Nothing runs yet.
 * *out is never NULL after 0.  KT_E_SYSTEM, reported.
 */
KT_MUST KT_NONNULL int health_open(
    const struct conf_config *config, struct kt_errs *errs, struct health **out);
/* Stops the thread, saves state, closes. */
void health_close(struct health *health);

/*
 * From now on this steering is monitored, in place of the one before, whose states it inherits.
 * Returns when every target that nobody knows has had its first probe (bounded by
 * timeouts and the rate) and all its answers are made: it may then be published.  The one
 * before is no longer touched; answers of both are right until the caller frees it.  The first
 * call restores states of before a restart.  steering NULL: nothing is monitored.
 */
void health_use(struct health *health, struct steering *steering);

struct health_counts {
	size_t targets, down, forced; /* now */
	uint64_t probes, failures, changes, refreshes, signatures, unsigned_sets;
};

KT_NONNULL void health_count(struct health *health, struct health_counts *out);
/*
 * Visits all targets, in order of their keys.  A pool is up there when it can answer: enough of
 * its members are up.
 */
void health_see(struct health *health,
    void (*see)(void *ctx, const struct monitor_view *view), void *ctx);
/*
 * A consistent look at services, their live halves and health: for kotae steer explain.  look
 * is called in the health thread; not at all when nothing is steered.
 */
void health_look(struct health *health,
    void (*look)(
	void *ctx, const struct steering *steering, const struct monitor *monitor),
    void *ctx);

/*
 * For who looks at single targets: which pools can answer, from the heap, and a view that is
 * told of it.
 */
KT_MUST KT_NONNULL bool *health_pools(
    const struct steering *steering, const struct monitor *monitor);
KT_NONNULL void health_pool_view(const bool *usable, struct monitor_view *view);

/* As monitor_override(), monitor_auto() and MONITOR_PUSH; the answers have changed on return. */
KT_MUST int health_override(struct health *health, const char *pattern, bool up,
    uint32_t for_s, const char *reason);
KT_MUST KT_NONNULL int health_auto(struct health *health, const char *pattern);
/* A pattern is a key, too.  KT_E_NOT_FOUND: no target with a push monitor has this key. */
KT_MUST KT_NONNULL int health_push(struct health *health, const char *key, bool up);
