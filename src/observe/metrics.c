#include "observe/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = { "counter", "gauge", "info", "stateset" };

/* Octets of the UTF-8 character at p (RFC 3629 s.4), 0 when it is none; p ends in NUL. */
static size_t utf8_len(const uint8_t *p)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what is above U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

/* In label values and help a backslash, a quote and a line end are escaped. */
static void add_escaped(struct kt_text *out, const char *text)
{
	for (const uint8_t *p = (const uint8_t *)text; *p;) {
		size_t len = utf8_len(p);
		if (*p == '\n')
			kt_text_add(out, "\\n");
		else if (*p == '"' || *p == '\\')
			kt_text_addf(out, "\\%c", *p);
		else if (len)
			kt_text_add_n(out, (const char *)p, len);
		else
			kt_text_add(out, "\xef\xbf\xbd");
		p += len ? len : 1;
	}
}

void observe_family(struct kt_text *out, const struct observe_family *family)
{
	kt_text_addf(out, "# TYPE %s %s\n", family->name, kinds[family->kind]);
	if (family->unit)
		kt_text_addf(out, "# UNIT %s %s\n", family->name, family->unit);
	kt_text_addf(out, "# HELP %s ", family->name);
	add_escaped(out, family->help);
	kt_text_char(out, '\n');
}

static void add_labels(
    struct kt_text *out, const struct observe_label *labels, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		kt_text_addf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
		add_escaped(out, labels[i].value);
		kt_text_char(out, '"');
	}
	if (n)
		kt_text_char(out, '}');
}

void observe_sample(struct kt_text *out, const char *name,
    const struct observe_label *labels, size_t n, uint64_t value)
{
	kt_text_add(out, name);
	add_labels(out, labels, n);
	kt_text_addf(out, " %" PRIu64 "\n", value);
}

void observe_sample_ms(struct kt_text *out, const char *name,
    const struct observe_label *labels, size_t n, int64_t ms)
{
	uint64_t size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	kt_text_add(out, name);
	add_labels(out, labels, n);
	kt_text_addf(out, " %s%" PRIu64 ".%03u\n", ms < 0 ? "-" : "", size / 1000,
	    (unsigned)(size % 1000));
}

void observe_end(struct kt_text *out)
{
	kt_text_add(out, "# EOF\n");
}

uint64_t observe_counter_sum(
    const struct observe_counter *row, const void *const *blocks, size_t n_blocks)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < n_blocks; i++)
		sum += __atomic_load_n(
		    (const uint64_t *)(const void *)((const uint8_t *)blocks[i] +
						     row->offset),
		    __ATOMIC_RELAXED);
	return sum;
}

static void add_counter(
    struct kt_text *out, const struct observe_counter *row, uint64_t sum)
{
	bool in_ns = row->unit && strcmp(row->unit, "seconds") == 0;
	kt_text_addf(out, "%s_total", row->name);
	add_labels(out, &row->label, row->label.name ? 1 : 0);
	if (in_ns)
		kt_text_addf(out, " %" PRIu64 ".%09" PRIu64 "\n", sum / 1000000000,
		    sum % 1000000000);
	else
		kt_text_addf(out, " %" PRIu64 "\n", sum);
}

void observe_counters(struct kt_text *out, const struct observe_counter *rows, size_t n,
    const void *const *blocks, size_t n_blocks)
{
	for (size_t i = 0; i < n; i++) {
		const struct observe_counter *row = &rows[i];
		if (i == 0 || strcmp(rows[i - 1].name, row->name) != 0)
			observe_family(
			    out, &(struct observe_family){ row->name, OBSERVE_COUNTER,
				     row->unit, row->help });
		add_counter(out, row, observe_counter_sum(row, blocks, n_blocks));
	}
}
