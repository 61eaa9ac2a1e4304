/*
 * base/log.h -- what the operator reads: one line an event, to stderr.
 *
 *   log_warn("zone: zone=%s file=%s not loaded: %s", ...);
 *
 * "topic:" first, then key=value, then words.  Nothing is logged per query.
 * log_net() is for what strangers can cause: at most KT_LOG_NET_RATE lines a
 * second, the rest are counted and told once a second.
 *
 * Under systemd (JOURNAL_STREAM set) lines carry a priority "<n>" and no time;
 * elsewhere an RFC 3339 time in UTC.
 *
 * Threads: any.
 */
#pragma once

#include "base/attr.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

#define KT_LOG_NET_RATE 10

/* Lines above this level are dropped; default LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

KT_PRINTF(2, 3) void log_line(enum log_level level, const char *format, ...);
KT_PRINTF(2, 3) void log_net(enum log_level level, const char *format, ...);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
