/*
 * tcp: does somebody accept a connection?  One is opened and reset, since an ordinary close
 * would leave thousands of them in TIME_WAIT.
 */
#include "probe/probe_p.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_ready(void *ctx, uint32_t events)
{
	struct probe *p = ctx;
	int err = probe_socket_error(p->tcp.fd, events);
	if (err)
		probe_fail_errno(p, "", err);
	else
		probe_pass(p);
}

static void start(struct probe *p)
{
	static const struct linger reset = { .l_onoff = 1 };
	p->tcp.fd = PROBE_NO_FD;
	int fd = probe_socket_connect(p, SOCK_STREAM);
	if (fd == PROBE_NO_FD)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (probe_wait_add(&p->prober->wait, fd, EPOLLOUT, on_ready, p, &p->tcp.id)) {
		int err = errno;
		close(fd);
		probe_fail_errno(p, "cannot wait: ", err);
		return;
	}
	p->tcp.fd = fd;
}

static void stop(struct probe *p)
{
	probe_socket_close(p, &p->tcp);
}

const struct probe_kind probe_tcp = { start, stop };
