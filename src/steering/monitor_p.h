/*
 * steering/monitor_p.h -- the insides of a monitor.
 *
 *   monitor.c        the state machine of a target, what to start and when
 *   monitor_heap.c   which target is next
 *   override.c       patterns, and what holds targets up or down
 *   monitor_state.c  states and overrides as text
 *
 * Private to this directory.
 */
#pragma once

#include "steering/monitor.h"
#include "steering/monitor_heap.h"

#define MONITOR_REASON_MAX    200
#define MONITOR_OVERRIDES_MAX 4096
#define MONITOR_NEVER         ((struct kt_instant){ INT64_MAX })

/* What the operator said. */
struct override {
	char *pattern, *reason;
	bool up;
	uint32_t for_s;        /* as given; 0: for good */
	struct kt_instant end; /* MONITOR_NEVER: for good */
	kt_unix from;
};

struct monitor_target {
	bool probed; /* has a monitor that we ask: any but push */
	bool known, found_up, running;
	bool
	    seen; /* health has been told of it: what differs from now on is a change */
	unsigned streak;
	kt_unix since, last;
	char *error; /* NULL: none so far */
	uint64_t n_ok, n_failed, n_changes;
	struct override *forced;     /* NULL: by what is found */
	uint32_t slow_s;             /* the longest slow start of its pools */
	struct kt_instant guard;     /* a probe under way is lost then */
	struct kt_instant recovered; /* slow start began; MONITOR_NEVER: it is over */
};

struct monitor {
	const struct steering *steering;
	struct monitor_target *targets;
	struct steering_health *health;
	uint64_t random;
	struct kt_instant now;
	kt_unix unix_now;
	struct monitor_heap due;    /* targets that wait for a probe */
	struct monitor_heap timers; /* guards and steps of slow start */
	size_t n_unknown;           /* probed ones without a result */
	bool changed;
	/* limits */
	uint32_t *start;
	size_t n_running, parallel;
	int64_t cost_ns, credit_ns, credit_max_ns;
	/* oldest first */
	struct override **overrides;
	size_t n_overrides, overrides_size;
	struct kt_instant
	    overrides_at; /* one ends, or its targets' stable_s is no longer true */
};

/* A copy of at most max octets that is UTF-8 without control characters. */
KT_MUST char *monitor_text(const char *text, size_t max);
/* Makes health of one target anew after anything about it has changed. */
KT_NONNULL void monitor_update(struct monitor *m, uint32_t target);
/* It is known from before (a restart, a reload): its probes are spread, none starts at once. */
KT_NONNULL void monitor_adopt(struct monitor *m, uint32_t target, bool up);
KT_NONNULL unsigned monitor_needed(const struct monitor *m, uint32_t target);

/* Takes away overrides whose end has come; nothing before overrides_at. */
KT_NONNULL void monitor_overrides_expire(struct monitor *m);
/* Seconds until its end, rounded up. */
KT_NONNULL int64_t monitor_override_left_s(
    const struct monitor *m, const struct override *o);
/* Seconds that an override surely still holds: a power of two, so it rarely changes. */
KT_NONNULL uint32_t monitor_override_stable(
    const struct monitor *m, const struct override *o);
/* As monitor_override(), with an end of its own. */
KT_MUST KT_NONNULL int monitor_override_put(
    struct monitor *m, const struct override *o);
void monitor_overrides_free(struct monitor *m);
