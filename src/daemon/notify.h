/*
 * daemon/notify.h -- tells systemd how we are (sd_notify(3), without its library).
 *
 * Nothing happens when NOTIFY_SOCKET is not set.
 */
#pragma once

#include "base/attr.h"

#include <stdint.h>

/* One or more lines "NAME=value". */
KT_PRINTF(1, 2) void notify(const char *format, ...);
/* RELOADING=1 with the time that goes with it. */
void notify_reloading(void);
/* Milliseconds between two WATCHDOG=1; 0: none wanted. */
uint64_t notify_watchdog_ms(void);
