#include "probe/needle.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static size_t step(const struct probe_needle *n, size_t matched, char c)
{
	while (matched && n->text[matched] != c)
		matched = n->border[matched];
	return n->text[matched] == c ? matched + 1 : 0;
}

void probe_needle_init(struct probe_needle *n, const char *text)
{
	*n = (struct probe_needle){ .text = text, .len = strlen(text) };
	n->border = kt_calloc(n->len + 1, sizeof(*n->border));
	for (size_t i = 1; i < n->len; i++)
		n->border[i + 1] = step(n, n->border[i], text[i]);
}

void probe_needle_fini(struct probe_needle *n)
{
	free(n->border);
	*n = (struct probe_needle){ 0 };
}

void probe_needle_feed(
    const struct probe_needle *n, size_t *matched, const char *piece, size_t len)
{
	for (size_t i = 0; i < len && *matched < n->len; i++)
		*matched = step(n, *matched, piece[i]);
}
