/*
 * cli/client.h -- one request to the daemon.
 *
 * Blocks until the reply is there; there is no time limit, since a reload may rightly take long.
 */
#pragma once

#include "base/attr.h"
#include "control/message.h"

/*
 * Sends the verb over the socket at path and reads the reply.  0, or KT_E_SYSTEM, KT_E_CLOSED,
 * KT_E_FORMAT, KT_E_LIMIT, each told to errs; *reply needs control_reply_fini() after 0 only.
 */
KT_MUST int cli_client_ask(const char *path, const struct control_verb *verb,
    const char *const *arguments, struct kt_errs *errs, struct control_reply *reply);

struct cli_args;
/* The same at the socket that was given, that the configuration says, or where it is without one. */
KT_MUST int cli_remote_ask(const struct cli_args *args, const struct control_verb *verb,
    const char *const *arguments, struct kt_errs *errs, struct control_reply *reply);
