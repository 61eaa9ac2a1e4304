/*
 * probe/probe_p.h -- what the kinds of probes and the prober have in common.
 *
 * A probe that runs is a struct probe.  Its kind starts it, and calls probe_pass() or
 * probe_fail() when it knows; the prober ends it at its deadline.  Either way the kind's
 * stop() lets go of what the probe holds.
 *
 * Memory:   probes are the prober's and are used again; after probe_pass() and probe_fail() the
 *           probe is gone.
 * Threads:  the loop's.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "probe/probe.h"
#include "probe/wait.h"
#include "steering/monitor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define PROBE_NO_FD (-1)
#define PROBE_NEVER ((struct kt_instant){ INT64_MAX })

struct probe_http;
struct probe_icmp;
struct probe_commands;
struct probe_files;

/* A socket that a probe waits for. */
struct probe_socket {
	int fd; /* PROBE_NO_FD: none */
	uint32_t id;
};

struct probe {
	struct prober *prober;
	const struct steering_target *target;
	const struct conf_monitor *monitor;
	uint32_t number; /* of the target */
	/* among those with the same timeout, in order of their deadlines */
	struct probe_lane *lane; /* NULL: its time has not begun */
	struct probe *before,
	    *after; /* after: also in the lists of those ended or spare */
	struct kt_instant deadline;
	const char *late; /* what the deadline means, when it is not a timeout; NULL */
	/* ended, and not told yet */
	bool ok;
	char text[STEERING_ERROR_MAX + 1];
	/* of its kind */
	union {
		struct probe_socket tcp;
		struct {
			struct probe_socket socket;
			uint16_t id;
			uint16_t have;   /* TCP: octets of what is read or was sent */
			uint8_t *answer; /* TCP: NULL until the question is sent */
		} dns;
		struct {
			struct probe_http_client *client;
		} http;
		struct {
			uint64_t nonce;
		} icmp;
		struct {
			struct probe *next; /* in the queue */
			uint64_t id;        /* at the spawner; 0: it waits its turn */
		} command;
		struct {
			struct probe *next; /* of those that wait for the same file */
			struct probe_file *file; /* NULL: does not wait */
		} file;
	};
};

struct probe_kind {
	void (*start)(struct probe *p);
	void (*stop)(struct probe *p);
};

extern const struct probe_kind probe_tcp, probe_dns, probe_http, probe_icmp,
    probe_command, probe_file;

struct probe_lane {
	uint32_t timeout_ms;
	struct probe *first, *last;
};

struct prober {
	uv_loop_t *loop;
	struct probe_spawner *spawner;
	probe_done *done;
	void *ctx;
	struct probe_wait wait;
	uv_timer_t timer;
	struct kt_instant armed; /* when the timer comes; PROBE_NEVER: it does not */
	const struct steering *steering;
	struct probe **running; /* by target; NULL: none */
	size_t n_targets;
	struct probe_lane *lanes;
	size_t n_lanes;
	unsigned starting; /* inside prober_start(): nothing is told yet */
	struct probe *ended, **ended_last; /* to be told by the timer */
	struct probe *spare;
	/* of the kinds; NULL: no target has one */
	struct probe_http *http;
	struct probe_icmp *icmp;
	struct probe_commands *commands;
	struct probe_files *files;
};

/* The probe's time begins: by prober_start(), but for commands. */
KT_NONNULL void probe_clock_start(struct probe *p);
KT_NONNULL void probe_pass(struct probe *p);
/* The text is cut to STEERING_ERROR_MAX; what cannot be printed becomes "?". */
KT_PRINTF(2, 3) void probe_fail(struct probe *p, const char *format, ...);
/* "connection refused": a short text for an errno, to be used up at once. */
KT_NONNULL void probe_fail_errno(struct probe *p, const char *what, int err);
/* Its time is over: "timeout after 2s", or p->late. */
KT_NONNULL void probe_fail_late(struct probe *p);
/* The timer comes then at the latest. */
KT_NONNULL void prober_wake_at(struct prober *prober, struct kt_instant at);

/* A non-blocking socket, connected or connecting to the target's address.  -1: failed. */
KT_MUST KT_NONNULL int probe_socket_connect(struct probe *p, int type);
/* Closes; no event of it comes any more. */
KT_NONNULL void probe_socket_close(struct probe *p, struct probe_socket *s);
/* The error that a connecting socket has; 0: none, it is connected. */
KT_MUST int probe_socket_error(int fd, uint32_t events);

/* Parts of a prober for a kind; use: for prober->steering.  All may be given NULL to free. */
KT_MUST KT_NONNULL struct probe_http *probe_http_new(struct prober *prober);
void probe_http_free(struct probe_http *http);
/* Does what libcurl wants done by now; when it wants to be called next. */
struct kt_instant probe_http_tick(struct probe_http *http, struct kt_instant now);

KT_MUST KT_NONNULL struct probe_icmp *probe_icmp_new(struct prober *prober);
void probe_icmp_free(struct probe_icmp *icmp);

KT_MUST KT_NONNULL struct probe_commands *probe_commands_new(struct prober *prober);
void probe_commands_free(struct probe_commands *commands);

KT_MUST KT_NONNULL struct probe_files *probe_files_new(struct prober *prober);
void probe_files_free(struct probe_files *files);
