/*
 * observe/process.h -- what the metrics say about the process.
 *
 *   kotae_build_info{version="0.1.0"}, process_start_time_seconds, process_cpu_seconds_total,
 *   process_resident_memory_bytes, process_open_fds, process_max_fds, process_threads
 *
 * A figure that the system does not give is left out.  Reads /proc/self with open(),
 * getrusage() and getrlimit().
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"

/* version: the program's; started: when the process began to serve. */
KT_NONNULL void observe_process(
    struct kt_text *out, const char *version, kt_unix started);
