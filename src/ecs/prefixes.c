#include "ecs/prefixes.h"

#include "ecs/block.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks and a comment off a line, in place. */
static char *trim(char *line)
{
	char *hash = strchr(line, '#');
	if (hash)
		*hash = 0;
	while (is_blank(*line))
		line++;
	size_t len = strlen(line);
	while (len && (is_blank(line[len - 1]) || line[len - 1] == ','))
		line[--len] = 0;
	return line;
}

static bool is_heading(const char *word)
{
	return strcasecmp(word, "prefix") == 0 || strcasecmp(word, "network") == 0 ||
	       strcasecmp(word, "ip_prefix") == 0;
}

static int fail(
    struct kt_errs *errs, int rc, const char *file, unsigned line, const char *word)
{
	if (rc == KT_E_RANGE)
		return kt_errs_add(errs, KT_ERROR, rc, file, line, 1, NULL,
		    "\"%.60s\": the length is too large, or bits behind it are set",
		    word);
	return kt_errs_add(errs, KT_ERROR, rc, file, line, 1, NULL,
	    "\"%.60s\" is no prefix; expected one as 192.0.2.0/24 or 2001:db8::/32",
	    word);
}

/* One line without its end.  1: an entry, 0: nothing on it, or an error. */
static int read_line(char *line, unsigned number, const char *file,
    struct kt_errs *errs, struct ecs_entry *entry, bool first)
{
	char *word = trim(line), *end = word;
	if (!*word)
		return 0;
	while (*end && *end != ',' && !is_blank(*end))
		end++;
	if (*end)
		*end++ = 0;
	while (is_blank(*end) || *end == ',')
		end++;
	if (first && is_heading(word))
		return 0;
	int rc = kt_prefix_scan(word, &entry->prefix);
	if (rc)
		return fail(errs, rc, file, number, word);
	entry->label = end;
	entry->line = number;
	return 1;
}

int ecs_prefixes_read(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct ecs_prefixes *out)
{
	struct ecs_prefixes p = { .text = kt_strndup(text, len) };
	size_t cap = 0;
	unsigned number = 0;
	bool first = true;
	int rc = 0;
	for (char *line = p.text, *next; line && !kt_errs_full(errs); line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		kt_grow(p.list, p.n, cap);
		int found = read_line(line, ++number, file, errs, &p.list[p.n], first);
		if (found < 0 && !rc)
			rc = found;
		first = first && !found;
		p.n += found > 0;
		if (p.n > ECS_PREFIXES_MAX) {
			rc = kt_errs_add(errs, KT_ERROR, KT_E_LIMIT, file, number, 0,
			    NULL, "more than %zu prefixes", ECS_PREFIXES_MAX);
			break;
		}
	}
	if (rc) {
		ecs_prefixes_fini(&p);
		return rc;
	}
	*out = p;
	return 0;
}

void ecs_prefixes_fini(struct ecs_prefixes *prefixes)
{
	free(prefixes->list);
	free(prefixes->text);
	*prefixes = (struct ecs_prefixes){ 0 };
}

static int by_prefix(const void *a, const void *b)
{
	const struct ecs_entry *x = a, *y = b;
	int order = ecs_prefix_compare(&x->prefix, &y->prefix);
	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

void ecs_prefixes_sort(struct ecs_prefixes *prefixes)
{
	if (prefixes->n)
		qsort(prefixes->list, prefixes->n, sizeof(*prefixes->list), by_prefix);
}
