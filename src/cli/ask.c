#include "cli/ask.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "dns/query.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	QUESTION_MAX = 512,
	REPLY_MAX = 65535,
};

static int scan_port(const char *text, uint16_t *out)
{
	uint64_t port;
	if (kt_scan_number(text, strlen(text), UINT16_MAX, &port) || !port)
		return KT_E_FORMAT;
	*out = (uint16_t)port;
	return 0;
}

int cli_asker_scan(const char *text, struct cli_asker *out)
{
	char addr[KT_ADDR_TEXT];
	const char *start = text, *end = strchr(text, '@'),
		   *port = end ? end + 1 : NULL;
	*out =
	    (struct cli_asker){ .port = 53, .timeout_ms = 2000, .tries = 3, .fd = -1 };
	if (text[0] == '[') {
		start = text + 1;
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return KT_E_FORMAT;
		port = end[1] ? end + 2 : NULL;
	} else if (!end) {
		const char *colon = strchr(text, ':');
		bool only = colon && !strchr(colon + 1, ':');
		end = only ? colon : text + strlen(text);
		port = only ? colon + 1 : NULL;
	}
	if ((size_t)(end - start) >= sizeof(addr))
		return KT_E_FORMAT;
	memcpy(addr, start, (size_t)(end - start));
	addr[end - start] = 0;
	int rc = kt_addr_scan(addr, &out->addr);
	return !rc && port ? scan_port(port, &out->port) : rc;
}

static int connect_socket(const struct cli_asker *asker, int type)
{
	struct sockaddr_storage to;
	socklen_t len = kt_addr_to_socket(&asker->addr, asker->port, &to);
	int fd = socket(to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&to, len) < 0 &&
	    errno != EINPROGRESS) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int cli_asker_open(struct cli_asker *asker)
{
	asker->fd = connect_socket(asker, SOCK_DGRAM);
	return asker->fd < 0 ? KT_E_SYSTEM : 0;
}

void cli_asker_close(struct cli_asker *asker)
{
	if (asker->fd >= 0)
		close(asker->fd);
	asker->fd = -1;
}

/* Until the instant.  0, KT_E_AGAIN: it has passed, KT_E_SYSTEM. */
static int wait_for(int fd, short events, struct kt_instant until)
{
	for (;;) {
		int64_t left = kt_instant_since(until, kt_clock_now()).ns;
		struct pollfd p = { .fd = fd, .events = events };
		if (left <= 0)
			return KT_E_AGAIN;
		int n = poll(&p, 1, (int)((left + 999999) / 1000000));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return KT_E_SYSTEM;
	}
}

static int receive_udp(struct cli_asker *asker, const struct ecs_question *question,
    struct kt_instant until, struct ecs_answer *answer)
{
	static uint8_t reply[REPLY_MAX];
	for (;;) {
		int rc = wait_for(asker->fd, POLLIN, until);
		if (rc)
			return rc;
		ssize_t n = recv(asker->fd, reply, sizeof(reply), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return KT_E_SYSTEM;
		rc = ecs_answer_read(question, reply, (size_t)n, answer);
		if (rc != KT_E_CONFLICT)
			return rc;
	}
}

/* All len octets, one way or the other. */
static int move_all(
    int fd, uint8_t *at, size_t len, bool sending, struct kt_instant until)
{
	while (len) {
		int rc = wait_for(fd, sending ? POLLOUT : POLLIN, until);
		if (rc)
			return rc;
		ssize_t n = sending ? send(fd, at, len, MSG_NOSIGNAL)
				    : recv(fd, at, len, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return KT_E_SYSTEM;
		if (n == 0) {
			errno = ECONNRESET;
			return KT_E_SYSTEM;
		}
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int talk_tcp(int fd, const struct ecs_question *question, uint8_t *wire,
    size_t len, struct kt_instant until, struct ecs_answer *answer)
{
	static uint8_t reply[REPLY_MAX];
	uint8_t head[2];
	kt_put16(wire, (uint16_t)len);
	int rc = move_all(fd, wire, len + 2, true, until);
	if (!rc)
		rc = move_all(fd, head, sizeof(head), false, until);
	if (!rc)
		rc = move_all(fd, reply, kt_get16(head), false, until);
	if (!rc)
		rc = ecs_answer_read(question, reply, kt_get16(head), answer);
	return rc == KT_E_CONFLICT ? KT_E_FORMAT : rc;
}

/* wire has two octets before the question for its length. */
static int ask_tcp(struct cli_asker *asker, const struct ecs_question *question,
    uint8_t *wire, size_t len, struct ecs_answer *answer)
{
	struct kt_instant until = kt_instant_add(
	    kt_clock_now(), kt_span_ms(asker->timeout_ms));
	int fd = connect_socket(asker, SOCK_STREAM);
	if (fd < 0)
		return KT_E_SYSTEM;
	int rc = talk_tcp(fd, question, wire, len, until, answer);
	int error = errno;
	close(fd);
	errno = error;
	return rc;
}

int cli_asker_ask(
    struct cli_asker *asker, struct ecs_question *question, struct ecs_answer *answer)
{
	uint8_t wire[2 + QUESTION_MAX];
	int rc = KT_E_AGAIN;
	for (unsigned i = 0; i < asker->tries && rc; i++) {
		struct kt_writer w = kt_writer_of(wire + 2, QUESTION_MAX);
		struct kt_instant until = kt_instant_add(
		    kt_clock_now(), kt_span_ms(asker->timeout_ms));
		if (getrandom(&question->id, sizeof(question->id), 0) < 0)
			return KT_E_SYSTEM;
		ecs_question_write(question, &w);
		if (w.err)
			return w.err;
		if (send(asker->fd, wire + 2, kt_writer_len(&w), MSG_NOSIGNAL) < 0) {
			rc = KT_E_SYSTEM;
			continue;
		}
		rc = receive_udp(asker, question, until, answer);
		if (!rc && answer->truncated)
			rc = ask_tcp(asker, question, wire, kt_writer_len(&w), answer);
		/* What cannot be read will not be better the next time. */
		if (rc == KT_E_FORMAT)
			return rc;
	}
	return rc;
}
