#include "probe/probe_p.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int probe_socket_connect(struct probe *p, int type)
{
	struct sockaddr_storage at;
	if (!p->target->address.family) {
		probe_fail(p, "no address to probe");
		return PROBE_NO_FD;
	}
	socklen_t len = kt_addr_to_socket(&p->target->address, p->monitor->port, &at);
	int fd = socket(at.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		probe_fail_errno(p, "no socket: ", errno);
		return PROBE_NO_FD;
	}
	if (connect(fd, (struct sockaddr *)&at, len) < 0 && errno != EINPROGRESS) {
		int err = errno;
		close(fd);
		probe_fail_errno(p, "", err);
		return PROBE_NO_FD;
	}
	return fd;
}

void probe_socket_close(struct probe *p, struct probe_socket *s)
{
	if (s->fd == PROBE_NO_FD)
		return;
	probe_wait_forget(&p->prober->wait, s->id);
	close(s->fd);
	s->fd = PROBE_NO_FD;
}

int probe_socket_error(int fd, uint32_t events)
{
	int err = 0;
	socklen_t len = sizeof(err);
	if (!(events & (EPOLLERR | EPOLLHUP)))
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;
	/* a hang-up without an error: what connected has been closed again */
	return err;
}
