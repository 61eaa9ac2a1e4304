#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX_OCTETS = 4096
};

static _Atomic int threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

static int write_prefix(enum log_level level, char *line, size_t size)
{
	static const int priority[] = { 3, 4, 6, 7 }; /* RFC 5424 s.6.2.1 */
	static const char *const word[] = { "error", "warning", "info", "debug" };
	if (getenv("JOURNAL_STREAM"))
		return snprintf(line, size, "<%d>", priority[level]);
	struct timespec t;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	size_t n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return (int)n + snprintf(line + n, size - n, ".%03ldZ %s ", t.tv_nsec / 1000000,
			    word[level]);
}

KT_PRINTF(2, 0)
static void write_line(enum log_level level, const char *format, va_list ap)
{
	char line[LINE_MAX_OCTETS];
	int n = write_prefix(level, line, sizeof(line));
	int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	if (m < 0)
		return;
	size_t len = (size_t)n + (size_t)m;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	/* One event is one line, whatever octets came in. */
	for (size_t i = (size_t)n; i < len; i++)
		if ((unsigned char)line[i] < 0x20)
			line[i] = ' ';
	line[len++] = '\n';
	/* One write keeps lines whole; a log that cannot be written stops nothing. */
	ssize_t ignored = write(STDERR_FILENO, line, len);
	(void)ignored;
}

void log_line(enum log_level level, const char *format, ...)
{
	if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed))
		return;
	va_list ap;
	va_start(ap, format);
	write_line(level, format, ap);
	va_end(ap);
}

void log_net(enum log_level level, const char *format, ...)
{
	static _Atomic int64_t second;
	static _Atomic unsigned in_second;
	if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed))
		return;
	int64_t now = kt_clock_now().ns / 1000000000;
	if (atomic_exchange(&second, now) != now) {
		unsigned seen = atomic_exchange(&in_second, 0);
		if (seen > KT_LOG_NET_RATE)
			log_line(LOG_LEVEL_WARN,
			    "log: suppressed=%u lines of the last second",
			    seen - KT_LOG_NET_RATE);
	}
	if (atomic_fetch_add(&in_second, 1) >= KT_LOG_NET_RATE)
		return;
	va_list ap;
	va_start(ap, format);
	write_line(level, format, ap);
	va_end(ap);
}
