#include "io/socket.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void io_socket_try(int fd, int level, int option, int value)
{
	int saved = errno;
	(void)setsockopt(fd, level, option, &value, sizeof(value));
	errno = saved;
}

void io_close(int fd)
{
	int saved = errno;
	close(fd);
	errno = saved;
}

int io_socket_new(const struct kt_addr *address, int type)
{
	bool v6 = address->family == 6;
	int fd = socket(
	    v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int on = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    (v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)) {
		io_close(fd);
		return -1;
	}
	if (v6)
		io_socket_try(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	else
		io_socket_try(fd, IPPROTO_IP, IP_FREEBIND, 1);
	return fd;
}

int io_socket_bind(int fd, const struct kt_addr *address, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t len = kt_addr_to_socket(address, port, &at);
	return bind(fd, (struct sockaddr *)&at, len) < 0 ? KT_E_SYSTEM : 0;
}

bool io_addr_is_any(const struct kt_addr *address)
{
	static const uint8_t zero[16];
	return memcmp(address->octets, zero, sizeof(zero)) == 0;
}
