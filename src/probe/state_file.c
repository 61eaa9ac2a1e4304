#include "probe/state_file.h"

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct scan {
	struct probe_state_file *out;
	size_t cap;
	struct kt_text *text; /* all targets, each ends in NUL */
	const char *name;
	struct kt_errs *errs;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line at *at; its length, 0: there is none. */
static size_t next_word(const char **at, const char *end)
{
	const char *p = *at;
	while (p < end && is_blank(*p))
		p++;
	*at = p;
	while (p < end && !is_blank(*p))
		p++;
	return (size_t)(p - *at);
}

/* Addresses may be written in many ways, and keys have one. */
static void add_target(struct kt_text *out, const char *word, size_t len)
{
	char text[KT_ADDR_TEXT];
	struct kt_addr address;
	const char *slash = memchr(word, '/', len);
	size_t head = slash ? (size_t)(slash - word) : len;
	if (head < sizeof(text)) {
		memcpy(text, word, head);
		text[head] = 0;
		if (strlen(text) == head && !kt_addr_scan(text, &address)) {
			kt_text_add(out, kt_addr_print(&address, text));
			word += head;
			len -= head;
		}
	}
	kt_text_add_n(out, word, len);
}

static void fail_line(const struct scan *s, unsigned line, const char *what)
{
	kt_errs_add(s->errs, KT_ERROR, KT_E_FORMAT, s->name, line, 0, NULL, "%s", what);
}

static void read_line(struct scan *s, const char *at, const char *end, unsigned number)
{
	const char *comment = memchr(at, '#', (size_t)(end - at));
	if (comment)
		end = comment;
	size_t len = next_word(&at, end);
	if (!len)
		return;
	if (memchr(at, 0, (size_t)(end - at))) {
		fail_line(s, number, "a NUL octet");
		return;
	}
	const char *target = at, *word = at + len;
	size_t word_len = next_word(&word, end);
	bool up = word_len == 2 && memcmp(word, "up", 2) == 0;
	if (!up && !(word_len == 4 && memcmp(word, "down", 4) == 0)) {
		fail_line(s, number, "expected TARGET and up or down");
		return;
	}
	word += word_len;
	if (next_word(&word, end)) {
		fail_line(s, number, "unexpected text behind up or down");
		return;
	}
	struct probe_state_file *f = s->out;
	kt_grow(f->lines, f->n, s->cap);
	f->lines[f->n++] =
	    (struct probe_state_line){ .at = s->text->len, .line = number, .up = up };
	add_target(s->text, target, len);
	kt_text_char(s->text, 0);
}

static int compare(const void *a, const void *b)
{
	const struct probe_state_line *x = a, *y = b;
	int order = strcmp(x->target, y->target);
	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static void drop_doubles(struct scan *s)
{
	struct probe_state_file *f = s->out;
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++) {
		if (n && strcmp(f->lines[n - 1].target, f->lines[i].target) == 0)
			fail_line(s, f->lines[i].line, "the target has a line before");
		else
			f->lines[n++] = f->lines[i];
	}
	f->n = n;
}

void probe_state_file_read(const char *text, size_t len, const char *name,
    struct kt_errs *errs, struct probe_state_file *out)
{
	struct kt_text targets = { 0 };
	struct scan s = { .out = out, .text = &targets, .name = name, .errs = errs };
	const char *end = text + len;
	*out = (struct probe_state_file){ 0 };
	for (unsigned number = 1; text < end; number++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		read_line(&s, text, stop ? stop : end, number);
		text = stop ? stop + 1 : end;
	}
	out->text = targets.at;
	for (size_t i = 0; i < out->n; i++)
		out->lines[i].target = out->text + out->lines[i].at;
	if (out->n)
		qsort(out->lines, out->n, sizeof(*out->lines), compare);
	drop_doubles(&s);
}

void probe_state_file_fini(struct probe_state_file *f)
{
	free(f->lines);
	free(f->text);
	*f = (struct probe_state_file){ 0 };
}

static const struct probe_state_line *find(
    const struct probe_state_file *f, const char *key, size_t len)
{
	size_t low = 0, high = f->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct probe_state_line *line = &f->lines[middle];
		int order = strncmp(line->target, key, len);
		if (!order)
			order = line->target[len] != 0;
		if (!order)
			return line;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct probe_state_line *probe_state_file_find(
    const struct probe_state_file *f, const char *key)
{
	const struct probe_state_line *line = find(f, key, strlen(key));
	return line ? line : find(f, key, strcspn(key, "/"));
}
