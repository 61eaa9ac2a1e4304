/*
 * fuzz/probe_fuzz.c -- probe/dns_check, probe/state_file, probe/echo, probe/certificate: what
 * targets answer, and a file that somebody else writes.
 *
 * Input: an octet that says which, and what it gets.
 */
#include "probe/certificate.h"
#include "probe/dns_check.h"
#include "probe/echo.h"
#include "probe/state_file.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

/* The answer is the input; the question is the one in it, so that it can be right. */
static void fuzz_dns(const uint8_t *data, size_t size)
{
	struct kt_reader r = kt_reader_of(data, size);
	struct dns_name name;
	(void)kt_read(&r, 12);
	dns_name_read(&r, &name);
	struct probe_dns_question q = { .id = size > 1 ? kt_get16(data) : 0,
		.type = kt_read16(&r),
		.name = &name };
	int rcode = probe_dns_check(&q, data, size);
	fuzz_check(rcode == KT_E_REFUSED || (rcode >= 0 && rcode < 16));
	if (rcode < 0)
		return;
	fuzz_check(size >= 12 && (data[2] & 0x80) && rcode == (data[3] & 15));
	q.id ^= 1;
	fuzz_check(probe_dns_check(&q, data, size) == KT_E_REFUSED);
	/* and what we ask is answered when it comes back as an answer */
	uint8_t asked[PROBE_DNS_MAX];
	size_t len = probe_dns_ask(&q, asked);
	fuzz_check(probe_dns_check(&q, asked, len) == KT_E_REFUSED);
	asked[2] |= 0x80;
	fuzz_check(probe_dns_check(&q, asked, len) == 0);
}

static void fuzz_state_file(const uint8_t *data, size_t size)
{
	struct probe_state_file f;
	struct kt_errs errs;
	size_t n_lines = 1;
	kt_errs_init(&errs, 0);
	probe_state_file_read((const char *)data, size, "file", &errs, &f);
	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	fuzz_check(f.n + errs.n_errors <= n_lines);
	for (size_t i = 0; i < f.n; i++) {
		const struct probe_state_line *line = &f.lines[i];
		fuzz_check(line->line >= 1 && line->line <= n_lines);
		fuzz_check(!i || strcmp(f.lines[i - 1].target, line->target) < 0);
		fuzz_check(probe_state_file_find(&f, line->target) == line);
		char *key = kt_format("%s/monitor-that-is-not-there", line->target);
		const struct probe_state_line *found = probe_state_file_find(&f, key);
		fuzz_check(strchr(line->target, '/') || found == line);
		free(key);
	}
	probe_state_file_fini(&f);
	kt_errs_fini(&errs);
}

static void fuzz_echo(const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < 4; i++) {
		struct probe_echo echo;
		uint8_t again[PROBE_ECHO_LEN];
		unsigned family = i & 1 ? 6 : 4;
		if (!probe_echo_read(family, i & 2, data, size, &echo))
			continue;
		fuzz_check(size >= PROBE_ECHO_LEN);
		probe_echo_write(family, 0, &echo, again);
		size_t head = family == 4 && (i & 2) ? (data[0] & 15u) * 4 : 0;
		fuzz_check(memcmp(again + 8, data + head + 8, 16) == 0);
	}
}

static void fuzz_date(const uint8_t *data, size_t size)
{
	char *text = kt_strndup((const char *)data, size), out[PROBE_DATE_TEXT];
	kt_unix at;
	if (!probe_date_scan(text, &at))
		fuzz_check(strlen(probe_date_print(at, out)) < sizeof(out));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0] & 3) {
	case 0:
		fuzz_dns(data + 1, size - 1);
		break;
	case 1:
		fuzz_state_file(data + 1, size - 1);
		break;
	case 2:
		fuzz_echo(data + 1, size - 1);
		break;
	default:
		fuzz_date(data + 1, size - 1);
	}
	return 0;
}
