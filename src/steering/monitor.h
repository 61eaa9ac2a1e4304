/*
 * steering/monitor.h -- which targets are up: a pure engine.
 *
 * One state machine a target, one probe at a time for each, started at its interval with
 * jitter, no more than a rate and a number under way in all.  `fall` failures in a row take a
 * target down, `rise` successes bring it up; the first result of a target that nobody
 * knows decides at once.  Overrides hold targets up or down whatever probes say; those that
 * end do so by the monotonic clock, so a step of the calendar flips nothing.
 *
 * The engine makes no probes: it says which to start, and is told what became of them.
 *
 * Input:    events from the shell; texts of errors are cut to STEERING_ERROR_MAX.
 * Memory:   the monitor owns all; todo borrows from it until the next step.
 * Threads:  one.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "steering/steering.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEERING_ERROR_MAX 120

struct monitor;

enum monitor_event_type {
	MONITOR_TIME,   /* it is now `now` */
	MONITOR_RESULT, /* of the probe that was started for target */
	MONITOR_PUSH,   /* an outside word on a target with a push monitor */
};

struct monitor_event {
	enum monitor_event_type type;
	struct kt_instant now;
	kt_unix unix_now; /* for what people read: since when */
	uint32_t target;
	bool ok;
	const char *error; /* why not: "connection refused"; may be NULL */
};

struct monitor_todo {
	const uint32_t *start; /* targets to probe now */
	size_t n_start;
	bool changed; /* monitor_health() differs from before: refresh answers */
	struct kt_instant next; /* come with MONITOR_TIME then */
};

/* How a target is, for people. */
struct monitor_view {
	const struct steering_target *target;
	bool known;        /* a probe has ended, or the state was restored or pushed */
	bool found_up;     /* what probes say */
	bool up;           /* with the override */
	unsigned streak;   /* results in a row that speak against found_up */
	kt_unix since;     /* of the present `up` */
	kt_unix probed;    /* when the last probe ended; 0: never */
	const char *error; /* of the last failure; "" */
	uint64_t n_ok, n_failed, n_changes;
	/* override; NULL pattern: none */
	const char *pattern, *reason;
	bool forced_up;
	kt_unix until; /* 0: for good */
};

/* steering must outlive it; seed spreads the starts. */
KT_MUST KT_NONNULL struct monitor *monitor_new(
    const struct steering *steering, struct kt_instant now, uint64_t seed);
void monitor_free(struct monitor *m);

KT_NONNULL void monitor_step(
    struct monitor *m, const struct monitor_event *event, struct monitor_todo *todo);
/* Every probed target has had its first result. */
KT_NONNULL bool monitor_settled(const struct monitor *m);
/* By target; until the next step. */
KT_NONNULL const struct steering_health *monitor_health(const struct monitor *m);
KT_NONNULL void monitor_see(
    const struct monitor *m, uint32_t target, struct monitor_view *out);

/*
 * Overrides.  A pattern is a target's key or a shell glob of keys ("192.0.2.*", "*" "/web",
 * "pool/osaka*"); a bare address or name stands for all its monitors.  The newest override
 * that matches a target counts; one with the same pattern replaces the older.  Call
 * monitor_step() with MONITOR_TIME after a change.
 *
 * for_s 0: for good.  KT_E_NOT_FOUND: no target matches (it is not kept).
 */
KT_MUST int monitor_override(struct monitor *m, const char *pattern, bool up,
    uint32_t for_s, const char *reason, struct kt_instant now, kt_unix unix_now);
/* Takes it back.  KT_E_NOT_FOUND: there is none with that pattern. */
KT_MUST KT_NONNULL int monitor_auto(
    struct monitor *m, const char *pattern, struct kt_instant now, kt_unix unix_now);

/*
 * State as text (JSON), for a restart: found states with counters, and overrides with their
 * end by the calendar.  Restoring skips targets and overrides that are not there any more, and
 * probe states older than max_age_s.  KT_E_FORMAT: it is no such text; m is then as it was.
 */
KT_NONNULL void monitor_save(
    const struct monitor *m, kt_unix unix_now, struct kt_text *out);
KT_MUST KT_NONNULL int monitor_restore(struct monitor *m, const char *text, size_t len,
    uint32_t max_age_s, struct kt_instant now, kt_unix unix_now);
/* From the monitor before a reload: states, counters and overrides by key. */
KT_NONNULL void monitor_inherit(
    struct monitor *to, const struct monitor *from, struct kt_instant now);
