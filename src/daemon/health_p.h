/*
 * daemon/health_p.h -- the insides of the health thread.
 *
 *   health.c        the thread: probes, results, when answers are made anew
 *   health_ask.c    what others ask it
 *   health_state.c  the state directory
 *   health_log.c    what the operator reads of changes
 *
 * Private to this directory.
 */
#pragma once

#include "daemon/health.h"
#include "probe/probe.h"

#include <pthread.h>
#include <uv.h>

/* Something that another thread wants done here; it lies on that thread's stack. */
struct health_call {
	void (*run)(struct health *health, struct health_call *call);
	struct health_call *next;
	bool keep; /* answered once what it changed is kept, or cannot be */
	bool done;
	int rc;
};

struct health_calls {
	struct health_call *first, **end;
};

/* A state as it was when it was told last. */
struct health_told {
	bool known, up;
	kt_unix since;
};

struct health_state {
	char *path; /* NULL: nothing is kept */
	uv_timer_t timer;
	uv_work_t work;
	struct kt_text text; /* being written */
	bool dirty, writing;
	bool failed; /* the last time: told once */
	int rc, error;
	struct health_calls asked, begun; /* want to be kept; are being written */
};

struct health {
	struct probe_spawner *spawner;

	pthread_mutex_t lock; /* of the next three and of calls' done */
	pthread_cond_t told;
	struct health_calls calls;
	bool running;
	pthread_t thread;

	/* The thread's own. */
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t step_timer, refresh_timer, sign_timer;
	struct prober *prober;
	struct steering *steering;
	struct monitor *monitor;
	struct health_told *last;    /* by target */
	struct health_call *use;     /* waits for the first round */
	struct health_calls waiting; /* for the next refresh */
	struct kt_instant refreshed;
	bool wanted; /* a refresh is due */
	struct health_counts counts;
	struct health_state state;
};

/* health.c */
/* Hands a call to the thread and waits until it is answered.  False: there is no thread. */
KT_NONNULL bool health_ask(struct health *health, struct health_call *call);
KT_NONNULL void health_calls_init(struct health_calls *calls);
KT_NONNULL void health_calls_add(struct health_calls *calls, struct health_call *call);
/* Empties the list. */
KT_NONNULL void health_calls_answer(struct health *health, struct health_calls *calls);
/* By the thread; the call is not touched after it. */
KT_NONNULL void health_answer(struct health *health, struct health_call *call);
/* The same, after answers have been made if they are to change. */
KT_NONNULL void health_answer_refreshed(
    struct health *health, struct health_call *call);
/* Something has happened; error as in struct monitor_event. */
void health_step(struct health *health, enum monitor_event_type type, uint32_t target,
    bool ok, const char *error);

/* health_state.c */
KT_NONNULL void health_state_init(struct health *health);
/* Reads what a run before has left. */
KT_NONNULL void health_state_read(struct health *health);
/* Something is worth keeping: it is written within a second or so, beside the loop. */
KT_NONNULL void health_state_changed(struct health *health);
/* Writes now, and answers the call then.  False: nothing is kept. */
KT_NONNULL bool health_state_keep(struct health *health, struct health_call *call);
/* Writes now; the loop has ended. */
KT_NONNULL void health_state_close(struct health *health);

/* health_log.c */
/* Remembers how everything is, and tells nothing. */
KT_NONNULL void health_log_begin(struct health *health);
/* Tells what is other than the last time; returns how many targets changed. */
KT_NONNULL size_t health_log_changes(struct health *health);
