/*
 * probe/probe.h -- probes: one look whether a target does its job.
 *
 * tcp connects; http and https (libcurl, connections and TLS sessions kept between
 * probes) look at status, body and certificate; dns asks one question; icmp sends an echo;
 * command runs a program; file reads lines from a file.  Each ends once, by its result or
 * by its timeout, and never blocks the loop.
 *
 * Commands are run by a spawner process, forked before privileges are given up
 * (probe_spawner_open()); a command that does not end is killed with its process group.
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

struct probe_spawner;
struct prober;

/*
 * Before threads and sandbox: forks the spawner when a monitor of steering runs a command
 * or wants an ICMP socket that only privilege can open, or might after a reload (always, when the
 * configuration has a steering section).  *out NULL: not needed.  KT_E_SYSTEM, reported.
 */
KT_MUST KT_NONNULL int probe_spawner_open(const struct conf_steering *conf,
    struct kt_errs *errs, struct probe_spawner **out);
void probe_spawner_close(struct probe_spawner *spawner);

/* Called once for each probe that was started, unless it was cancelled. */
typedef void probe_done(void *ctx, uint32_t target, bool ok, const char *error);

KT_MUST struct prober *prober_new(
    uv_loop_t *loop, struct probe_spawner *spawner, probe_done *done, void *ctx);
/* For another set of targets (a reload): cancels what is under way. */
KT_NONNULL void prober_use(struct prober *prober, const struct steering *steering);
/* Starts a probe of a target that has a monitor other than push; done comes later, always. */
KT_NONNULL void prober_start(struct prober *prober, uint32_t target);
/* Cancels everything; the loop must then run until the handles are closed. */
KT_NONNULL void prober_close(struct prober *prober);
void prober_free(struct prober *prober);
