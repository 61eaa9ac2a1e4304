#include "cli/client.h"

#include "cli/out.h"
#include "control/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SLICE = 64 * 1024,
	LOOK_EACH_MS = 250
};

static const char *hint(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return ": is kotaed running, with this configuration?";
	case EACCES:
		return ": are you a member of its group?";
	default:
		return "";
	}
}

static int fail(struct kt_errs *errs, const char *path, const char *what)
{
	int error = errno;
	return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0, NULL, "%s %s: %s%s",
	    what, path, strerror(error), hint(error));
}

static int open_socket(const char *path, struct kt_errs *errs, int *out)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr.sun_path))
		return kt_errs_add(errs, KT_ERROR, KT_E_LONG, NULL, 0, 0, NULL,
		    "the socket's path is longer than %zu octets",
		    sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(errs, path, "cannot make a socket for");
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int rc = fail(errs, path, "cannot reach the daemon at");
		close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

static int send_all(int fd, const struct kt_text *frame)
{
	for (size_t at = 0; at < frame->len;) {
		ssize_t n = send(fd, frame->at + at, frame->len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return KT_E_SYSTEM;
		at += (size_t)n;
	}
	return 0;
}

/* Waits for octets and shows that time passes. */
static ssize_t receive(int fd, void *buffer, size_t size, struct cli_progress *progress)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	for (;;) {
		int n = poll(&p, 1, LOOK_EACH_MS);
		if (n == 0) {
			cli_progress_show(progress, 0);
			continue;
		}
		ssize_t got = n < 0 ? -1 : recv(fd, buffer, size, 0);
		if (got < 0 && errno == EINTR)
			continue;
		return got;
	}
}

static int read_frame(int fd, const char *path, struct control_frames *frames,
    struct kt_errs *errs, struct control_reply *reply)
{
	static char slice[SLICE];
	struct cli_progress progress;
	const char *text;
	size_t len;
	int rc;
	cli_progress_begin(&progress, "waiting for kotaed", 0);
	while ((rc = control_frames_next(frames, &text, &len)) == KT_E_AGAIN) {
		ssize_t n = receive(fd, slice, sizeof(slice), &progress);
		cli_progress_end(&progress);
		if (n < 0)
			return fail(errs, path, "cannot read from");
		if (n == 0)
			return kt_errs_add(errs, KT_ERROR, KT_E_CLOSED, NULL, 0, 0,
			    NULL,
			    "kotaed at %s closed the connection without an answer",
			    path);
		rc = control_frames_add(frames, slice, (size_t)n);
		if (rc)
			break;
	}
	if (!rc)
		rc = control_reply_read(text, len, reply);
	if (rc)
		kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "what answers at %s is no kotaed of this version", path);
	return rc;
}

/* After "stop" the daemon goes away: that is when it is done. */
static void wait_for_end(int fd)
{
	char octet;
	ssize_t n;
	do
		n = recv(fd, &octet, 1, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
}

int cli_client_ask(const char *path, const struct control_verb *verb,
    const char *const *arguments, struct kt_errs *errs, struct control_reply *reply)
{
	struct control_frames frames;
	struct kt_text request = { 0 };
	int fd = -1, rc = open_socket(path, errs, &fd);
	if (rc)
		return rc;
	control_frames_init(&frames, CONTROL_REPLY_MAX);
	rc = control_request_write(&request, verb, arguments);
	if (!rc && send_all(fd, &request))
		rc = fail(errs, path, "cannot write to");
	if (!rc)
		rc = read_frame(fd, path, &frames, errs, reply);
	if (!rc && verb->id == CONTROL_STOP && reply->status == 0)
		wait_for_end(fd);
	close(fd);
	control_frames_fini(&frames);
	kt_text_fini(&request);
	return rc;
}
