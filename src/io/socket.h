/*
 * io/socket.h -- what sockets of every kind have in common.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>

/*
 * A socket of the type, non-blocking, close-on-exec, not yet bound: SO_REUSEPORT, IPv6
 * only for IPv6, addresses that are not there yet allowed.  Or -1 with errno.
 */
KT_MUST KT_NONNULL int io_socket_new(const struct kt_addr *address, int type);
/* 0, or KT_E_SYSTEM with errno. */
KT_MUST KT_NONNULL int io_socket_bind(
    int fd, const struct kt_addr *address, uint16_t port);

/* An option that makes things better; that it cannot be set is no error. */
void io_socket_try(int fd, int level, int option, int value);

KT_NONNULL bool io_addr_is_any(const struct kt_addr *address);

/* Closes and keeps errno. */
void io_close(int fd);
