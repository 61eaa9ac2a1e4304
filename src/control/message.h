/*
 * control/message.h -- requests and replies between kotae and kotaed.
 *
 *   request: {"verb": "zone show", "arguments": {"name": "example.com."}}
 *   reply:   {"status": 0, "result": {...}, "errors": [{"grade", "code", "file", "line",
 *            "column", "text", "source"}], "errors-total": N, "warnings-total": N}
 *
 * status is the exit status of the tool: 0 done and clean, 1 error, 2 findings or changes.
 * Members that a reader does not know are skipped; a missing "arguments" is empty.
 *
 * Input:    hostile text up to the frame's limit; depth is bounded by jansson (2048) and
 *           everything but the documented types is refused.
 * Memory:   what a _read gave is freed by _fini.
 * Threads:  no shared state.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "control/verb.h"

#include <stddef.h>

struct json_t;

struct control_request {
	const struct control_verb *verb;
	const char *arguments[CONTROL_ARGUMENTS_MAX]; /* in the order of the table */
	struct json_t *memory;                        /* private */
};

struct control_reply {
	int status;            /* 0, 1, 2 */
	struct json_t *result; /* an object; owned */
	struct kt_errs errs;   /* owned */
};

/*
 * Reads the text of a frame.  0, KT_E_FORMAT (no JSON, or not of the shape above),
 * KT_E_NOT_FOUND (no such verb: the error proposes one), each reported to errs; *request
 * needs control_request_fini() after 0 only.
 */
KT_MUST KT_NONNULL int control_request_read(const char *text, size_t len,
    struct kt_errs *errs, struct control_request *request);
KT_NONNULL void control_request_fini(struct control_request *request);
/* Appends a frame; arguments are in the order of the table, as many as it has. */
KT_MUST int control_request_write(struct kt_text *frame,
    const struct control_verb *verb, const char *const *arguments);

/* A new JSON object as a reply's frame carries it. */
KT_MUST struct json_t *control_reply_json(
    int status, const struct json_t *result, const struct kt_errs *errs);

/* KT_E_FORMAT when it is no reply; *reply needs control_reply_fini() after 0 only. */
KT_MUST KT_NONNULL int control_reply_read(
    const char *text, size_t len, struct control_reply *reply);
KT_NONNULL void control_reply_fini(struct control_reply *reply);
/*
 * Appends a frame.  result (an object, NULL: empty) and errs (NULL: none) stay the
 * caller's.  KT_E_LIMIT when it would be too long: nothing is appended then.
 */
KT_MUST int control_reply_write(struct kt_text *frame, int status,
    const struct json_t *result, const struct kt_errs *errs);
