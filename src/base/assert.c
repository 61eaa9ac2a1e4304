#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void kt_require_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "fatal: %s:%d: broken invariant: %s\n", file, line, what);
	abort();
}

bool kt_expect_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "bug: %s:%d: unexpected: not %s\n", file, line, what);
	return false;
}
