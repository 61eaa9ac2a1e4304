/*
 * probe/spawner.h -- the process that runs commands, as both sides see it.
 *
 * Private to probe/.  The daemon, which cannot fork in its sandbox, sends a spawner_order; the
 * spawner, one thread, answers each PROBE_RUN with one spawner_report when the command has
 * ended or its time is over.  It ends, and all commands with it, when the daemon's end of the
 * socket is closed.
 *
 * A command has a process group of its own, nothing but PATH, TARGET, ADDRESS and PORT in its
 * environment, /dev/null for input and output; the first line that it writes to stderr is
 * what people read when it fails.
 *
 * Input:    orders come from the daemon; their lengths are checked all the same.
 * Threads:  probe_spawner_run() and probe_spawner_kill(): the prober's.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "probe/echo.h"
#include "steering/monitor.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct probe_spawner {
	pid_t pid;
	int fd;                           /* a SOCK_SEQPACKET socket, non-blocking */
	uint64_t last_id;                 /* of orders */
	struct probe_echo_socket echo[2]; /* IPv4, IPv6 */
};

enum {
	SPAWNER_ARGS_MAX = 255,
	SPAWNER_TEXT_MAX = 32768, /* octets of all strings of an order */
};

enum spawner_what {
	SPAWNER_RUN,
	SPAWNER_KILL,
};

struct spawner_order {
	uint64_t id;
	uint32_t what; /* enum spawner_what */
	uint32_t timeout_ms;
	uint32_t n_args, n_environment;
	char text
	    [SPAWNER_TEXT_MAX]; /* n_args and n_environment strings, each ends in NUL */
};

enum spawner_end {
	SPAWNER_EXIT,    /* value: the exit status */
	SPAWNER_SIGNAL,  /* value: the signal */
	SPAWNER_TIMEOUT, /* killed, by its time or an order */
	SPAWNER_FAILED,  /* value: errno; text: what could not be done */
};

struct spawner_report {
	uint64_t id;
	uint32_t end; /* enum spawner_end */
	int32_t value;
	char text[STEERING_ERROR_MAX + 1];
};

/* The child's side; never returns. */
KT_NORETURN void probe_spawner_main(int fd);

/* Makes an order; false: too long. */
KT_MUST KT_NONNULL bool probe_order_add(
    struct spawner_order *order, size_t *len, const char *text);
KT_NONNULL void probe_order_argv(
    struct spawner_order *order, size_t len, char **argv, char **environment);
KT_MUST KT_NONNULL bool probe_order_valid(
    const struct spawner_order *order, size_t size);
