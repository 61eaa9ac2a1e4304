#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

KT_NORETURN KT_COLD static void out_of_memory(size_t size)
{
	fprintf(stderr, "fatal: out of memory (%zu octets wanted)\n", size);
	abort();
}

static void *there(void *p, size_t size)
{
	if (kt_unlikely(!p))
		out_of_memory(size);
	return p;
}

void *kt_malloc(size_t size)
{
	return there(malloc(size ? size : 1), size);
}

void *kt_calloc(size_t n, size_t size)
{
	return there(calloc(n ? n : 1, size ? size : 1), n * size);
}

void *kt_realloc(void *old, size_t size)
{
	return there(realloc(old, size ? size : 1), size);
}

char *kt_strdup(const char *text)
{
	return there(strdup(text), 0);
}

char *kt_strndup(const char *text, size_t len)
{
	/* text need not end in NUL, which sanitizers want strndup() to be given */
	size_t n = strnlen(text, len);
	char *copy = kt_malloc(n + 1);
	memcpy(copy, text, n);
	copy[n] = 0;
	return copy;
}

char *kt_format(const char *format, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	return there(n < 0 ? NULL : text, 0);
}
