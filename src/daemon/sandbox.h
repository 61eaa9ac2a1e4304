/*
 * daemon/sandbox.h -- what the daemon gives up once its sockets are open.
 *
 * Threads:  both before any other thread exists: what is given up here, every later
 *           thread is without.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

/*
 * Becomes the user (and group; NULL: the user's), keeps CAP_NET_BIND_SERVICE alone, so that
 * a reload can bind low ports, and gives up gaining anything by exec.  user NULL: nothing
 * but the latter.  KT_E_SYSTEM, KT_E_NOT_FOUND, reported.
 */
KT_MUST int sandbox_drop_user(
    const char *user, const char *group, struct kt_errs *errs);

/*
 * Allows the system calls that the daemon makes and no others: any other fails with EPERM
 * and is logged.  Nothing under a sanitizer or valgrind, whose own calls are others.
 * KT_E_SYSTEM, reported.
 */
KT_MUST KT_NONNULL int sandbox_close(struct kt_errs *errs);
