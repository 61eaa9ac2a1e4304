/*
 * fuzz/control_fuzz.c -- control/: octets of the socket to requests and replies.
 *
 * Input: the first octet is the size of the slices in which the rest arrives.  Every text
 * that comes out of the frames is read as a request and as a reply; what is accepted is
 * written again and must read back to the same.
 */
#include "control/frame.h"
#include "control/message.h"

#include "fuzz.h"

#include <string.h>

static void check_request(const struct control_request *request)
{
	struct kt_text frame = { 0 };
	struct kt_errs errs;
	struct control_request again;
	kt_errs_init(&errs, 0);
	fuzz_check(
	    control_request_write(&frame, request->verb, request->arguments) == 0);
	fuzz_check(control_request_read(frame.at + CONTROL_FRAME_HEAD,
		       frame.len - CONTROL_FRAME_HEAD, &errs, &again) == 0);
	fuzz_check(again.verb == request->verb);
	for (size_t i = 0; i < control_verb_n_arguments(request->verb); i++)
		fuzz_check(strcmp(again.arguments[i], request->arguments[i]) == 0);
	control_request_fini(&again);
	kt_errs_fini(&errs);
	kt_text_fini(&frame);
}

static void check_reply(const struct control_reply *reply)
{
	struct kt_text frame = { 0 };
	struct control_reply again;
	fuzz_check(control_reply_write(
		       &frame, reply->status, reply->result, &reply->errs) == 0);
	fuzz_check(control_reply_read(frame.at + CONTROL_FRAME_HEAD,
		       frame.len - CONTROL_FRAME_HEAD, &again) == 0);
	fuzz_check(again.status == reply->status);
	fuzz_check(again.errs.n == reply->errs.n);
	fuzz_check(again.errs.n_errors == reply->errs.n_errors);
	for (size_t i = 0; i < again.errs.n; i++)
		fuzz_check(
		    strcmp(again.errs.list[i].text, reply->errs.list[i].text) == 0);
	control_reply_fini(&again);
	kt_text_fini(&frame);
}

static void check_text(const char *text, size_t len)
{
	struct kt_errs errs;
	struct control_request request;
	struct control_reply reply;
	kt_errs_init(&errs, 0);
	if (control_request_read(text, len, &errs, &request) == 0) {
		check_request(&request);
		control_request_fini(&request);
	} else {
		fuzz_check(errs.n_errors == 1);
	}
	kt_errs_fini(&errs);
	if (control_reply_read(text, len, &reply) == 0) {
		check_reply(&reply);
		control_reply_fini(&reply);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_frames frames;
	const char *text;
	size_t len;
	if (size == 0)
		return 0;
	size_t slice = data[0] ? data[0] : 256;
	control_frames_init(&frames, CONTROL_REQUEST_MAX);
	for (size_t at = 1; at < size; at += slice) {
		size_t n = size - at < slice ? size - at : slice;
		if (control_frames_add(&frames, data + at, n))
			break;
		while (control_frames_next(&frames, &text, &len) == 0)
			check_text(text, len);
	}
	control_frames_fini(&frames);
	return 0;
}
