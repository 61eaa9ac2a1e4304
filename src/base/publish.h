/*
 * base/publish.h -- read-copy-update: readers look without a lock, a writer
 * replaces the whole and frees the old when nobody looks any more.
 *
 * A worker thread joins once, is online while it handles packets and offline
 * around every wait.  What kt_published() gave stays valid until the thread next
 * goes offline or says kt_readers_quiesce().
 *
 *   writer: new = build();  old = kt_publish(&slot, new);  kt_readers_wait();  free(old);
 *
 * Threads: kt_published() from joined, online threads; kt_publish() from one writer of a
 *          slot at a time; kt_readers_wait() from any threads, never from an online reader.
 */
#pragma once

#include "base/attr.h"

typedef void *kt_slot; /* a pointer that readers follow */

void kt_reader_join(void);
void kt_reader_leave(void);
void kt_readers_online(void);
void kt_readers_offline(void);
void kt_readers_quiesce(void);

KT_NONNULL void *kt_published(const kt_slot *slot);
/* Stores the new pointer and returns the old one. */
KT_MUST void *kt_publish(kt_slot *slot, void *to);
/* Returns when every reader that may hold an old pointer has let go. */
void kt_readers_wait(void);
