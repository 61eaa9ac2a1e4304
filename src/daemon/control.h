/*
 * daemon/control.h -- the control thread: signals, the control socket, reloads, systemd.
 *
 * A reload runs beside the loop, so status is told while it goes on; requests to reload
 * that come meanwhile share the next one.
 *
 * Input:    requests from local peers whose identity the kernel tells (SO_PEERCRED): verbs
 *           that write are for root, the daemon's own user and members of the control
 *           group.
 * Threads:  control_run() keeps the thread that calls it.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/server.h"

struct control;

/* Signals that come before control_run() wait for it. */
void control_hold_signals(void);

/*
 * Makes the control socket and that of HTTP, before privileges are dropped.  That the control
 * socket cannot be made is a warning: the daemon answers without it.  KT_E_SYSTEM for
 * HTTP, reported.
 */
KT_MUST KT_NONNULL int control_open(struct server *server,
    const struct conf_config *config, struct kt_errs *errs, struct control **out);
/* Runs until SIGTERM, SIGINT or the verb stop; the server has stopped then.  KT_E_SYSTEM. */
KT_MUST KT_NONNULL int control_run(struct control *control);
void control_close(struct control *control);
