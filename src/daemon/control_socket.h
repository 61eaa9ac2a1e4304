/*
 * daemon/control_socket.h -- the control socket's file, and who may do what.
 */
#pragma once

#include "base/attr.h"
#include "conf/config.h"

#include <stdbool.h>

/*
 * A listening socket at config's place, mode 0660, of the user and the control group; the
 * directory is made when it is missing, a socket that nobody serves is replaced.  -1 with
 * *why (a text of its own, free()).
 */
KT_MUST KT_NONNULL int control_socket_open(
    const struct conf_config *config, char **why);
/* Makes a directory and its parents, given to the user.  0 or KT_E_SYSTEM with errno. */
KT_MUST KT_NONNULL int control_directory_make(
    const struct conf_config *config, const char *path);

/* The peer of a connection may use the verbs that write. */
bool control_peer_may_write(int fd, const struct conf_config *config);
