/*
 * daemon/try.h -- for who starts the daemon by hand: what to type next.
 */
#pragma once

#include "base/attr.h"
#include "daemon/server.h"

/*
 * Prints three dig commands for zones that are served to stderr, when that is a terminal or
 * the configuration is the demonstration's.
 */
KT_NONNULL void try_print(const struct server_view *view);
