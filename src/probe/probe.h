/*
 * probe/probe.h -- probes: one look whether a target does its job.
 *
 * tcp connects; http and https (libcurl, connections and TLS sessions kept between
 * probes) look at status, body and certificate; dns asks one question; icmp sends an echo;
 * command runs a program; file reads lines from a file.  Each ends once, by its result or
 * by its timeout, and never blocks the loop.
 *
 * Commands are run by a spawner process, forked before the sandbox (probe_spawner_open());
 * a command that does not end is killed with its process group.  PROBE_COMMANDS_MAX run at a
 * time, others wait for their turn: their time counts from when they run, so that commands
 * which hang make others late, and never take them down.
 *
 * Input:    replies of targets, hostile: at most 64 KiB of a body are looked at, a DNS reply
 *           must have our id, question and source.
 * Memory:   the prober owns its sockets; results borrow their text during the call.
 * Threads:  one: the loop's.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "steering/steering.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PROBE_COMMANDS_MAX 32

struct probe_spawner;
struct prober;

/* Whom commands run as: the daemon's user of later.  user NULL: whoever we are. */
struct probe_user {
	const char *user;
	const char *group; /* NULL: the user's */
};

/*
 * Before threads, sandbox and change of user: forks the spawner and opens the sockets for
 * ICMP when the configuration has a steering section, since a reload may bring the monitors
 * that want them.  *out NULL: not needed.  KT_E_SYSTEM, KT_E_NOT_FOUND (user, group),
 * reported.  No socket for ICMP is a warning, when a monitor wants one.
 */
KT_MUST KT_NONNULL int probe_spawner_open(const struct conf_steering *conf,
    const struct probe_user *user, struct kt_errs *errs, struct probe_spawner **out);
void probe_spawner_close(struct probe_spawner *spawner);

/*
 * Called once for each probe that was started, unless it was cancelled.  error is NULL when ok.
 * It may call prober_start(), and none of the others.
 */
typedef void probe_done(void *ctx, uint32_t target, bool ok, const char *error);

/* spawner may be NULL: commands fail then.  NULL: no descriptors left (errno). */
KT_MUST struct prober *prober_new(
    uv_loop_t *loop, struct probe_spawner *spawner, probe_done *done, void *ctx);
/* For another set of targets (a reload): cancels what is under way.  steering NULL: none. */
void prober_use(struct prober *prober, const struct steering *steering);
/*
 * Starts a probe of a target that has a monitor other than push, and none under way; done
 * comes later, always.
 */
KT_NONNULL void prober_start(struct prober *prober, uint32_t target);
/* Cancels everything; the loop must then run until the handles are closed. */
KT_NONNULL void prober_close(struct prober *prober);
void prober_free(struct prober *prober);
