/*
 * control/frame.h -- frames on the control socket.
 *
 *    0                   1                   2                   3
 *   +---------------------------------------------------------------+
 *   |  length of the text in octets, network order (1..max)         |
 *   +---------------------------------------------------------------+
 *   |  a JSON object in UTF-8 (control/message.h)                   |
 *   +---------------------------------------------------------------+
 *
 * A connection carries requests one after the other, each answered by one reply before
 * the next is read.  struct control_frames collects octets as they come.
 *
 * Input:    hostile octets in any slices.
 * Memory:   at most one frame of `max` octets and one slice more; nothing is reserved for a length
 *           that was only announced.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_FRAME_HEAD  4
#define CONTROL_REQUEST_MAX ((size_t)64 << 10)  /* octets of a request's text */
#define CONTROL_REPLY_MAX   ((size_t)256 << 20) /* of a reply's: a list of many zones */

struct control_frames {
	struct kt_text held; /* octets not taken yet, from `done` on */
	size_t done;         /* octets of `held` that control_frames_next() gave out */
	size_t max;          /* longest text that is accepted */
};

KT_NONNULL void control_frames_init(struct control_frames *frames, size_t max);
KT_NONNULL void control_frames_fini(struct control_frames *frames);

/*
 * Adds octets from the socket.  KT_E_LIMIT: the frame at hand announces more than max, or
 * nothing; the connection is of no further use.
 */
KT_MUST int control_frames_add(
    struct control_frames *frames, const void *octets, size_t len);

/*
 * The next whole text, if there is one: *text and *len stay valid until the next call on
 * frames.  0, KT_E_AGAIN (more octets are needed) or KT_E_LIMIT as above.
 */
KT_MUST KT_NONNULL int control_frames_next(
    struct control_frames *frames, const char **text, size_t *len);

/* Appends a frame that carries text.  KT_E_LIMIT when it is empty or longer than CONTROL_REPLY_MAX. */
KT_MUST int control_frame_write(struct kt_text *out, const char *text, size_t len);
