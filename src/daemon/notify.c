#include "daemon/notify.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void send_text(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	if (!len || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* Whoever does not listen misses it. */
	(void)!sendto(
	    fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, size);
	close(fd);
}

void notify(const char *format, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	send_text(text);
}

void notify_reloading(void)
{
	notify(
	    "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(kt_clock_now().ns / 1000));
}

uint64_t notify_watchdog_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	uint64_t us;
	if (!text || kt_scan_number(text, strlen(text), (uint64_t)86400 * 1000000, &us))
		return 0;
	return us / 2000; /* twice in the time allowed */
}
