/*
 * fuzz/rdata_fuzz.c -- dns/rdata: octets to text and back, and text.
 *
 * Input: a type in 2 octets, then 1 octet: 0 says rdata follows, others say text.
 */
#include "dns/rdata.h"

#include "base/err.h"
#include "dns/type.h"
#include "fuzz.h"

#include <string.h>

static uint8_t buffer[DNS_RDATA_MAX], again[DNS_RDATA_MAX];

/* Octets of the rdata, or negative; text[len] is 0. */
static long scan(uint16_t type, const char *text, size_t len, uint8_t *out)
{
	struct dns_name origin = { .len = 3, .labels = 1, .wire = { 1, 'o', 0 } };
	struct kt_errs errs;
	struct dns_scanner s;
	struct kt_writer w = kt_writer_of(out, DNS_RDATA_MAX);
	kt_errs_init(&errs, 0);
	dns_scanner_init(&s, text, len, &errs);
	int rc = dns_rdata_scan(&s, type, &origin, &w);
	/* An error has a sentence, and nothing else has one. */
	fuzz_check(rc <= 0 && (rc < 0) == (errs.n_errors > 0));
	kt_errs_fini(&errs);
	return rc ? rc : (long)kt_writer_len(&w);
}

static void visit(void *ctx, size_t offset, const uint8_t *wire)
{
	const size_t *len = ctx;
	fuzz_check(offset < *len && dns_name_measure(wire, *len - offset) > 0);
}

/* Rdata that was accepted: printed, it scans to itself. */
static void check_good(uint16_t type, const uint8_t *rdata, size_t len)
{
	struct kt_text text = { 0 };
	dns_rdata_print(&text, type, rdata, len);
	const char *p = kt_text_of(&text);
	for (size_t i = 0; i < text.len; i++)
		fuzz_check((uint8_t)p[i] >= 0x20 && (uint8_t)p[i] < 0x7f);
	long n = scan(type, p, text.len, again);
	fuzz_check(n == (long)len && memcmp(again, rdata, len) == 0);
	kt_text_fini(&text);

	struct kt_reader r = kt_reader_of(rdata, len);
	struct kt_writer w = kt_writer_of(again, sizeof(again));
	dns_rdata_read(&r, type, (uint16_t)len, &w);
	fuzz_check(
	    !r.err && kt_writer_len(&w) == len && memcmp(again, rdata, len) == 0);

	dns_rdata_canonical(type, again, len);
	fuzz_check(dns_rdata_check(type, again, len) == 0);
	fuzz_check(dns_rdata_compare(type, again, len, rdata, len) == 0);
	dns_rdata_names(type, rdata, len, visit, &len);
}

static void check_octets(uint16_t type, const uint8_t *data, size_t len)
{
	/* As rdata of a message, with a name in front to point to. */
	uint8_t *message = malloc(len + 3);
	fuzz_check(message != NULL);
	memcpy(message, "\1a", 3);
	memcpy(message + 3, data, len);
	struct kt_reader r = kt_reader_of(message, len + 3);
	struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
	r.at += 3;
	dns_rdata_read(&r, type, (uint16_t)len, &w);
	if (!r.err)
		check_good(type, buffer, kt_writer_len(&w));
	free(message);

	if (dns_rdata_check(type, data, len) == 0) {
		check_good(type, data, len);
		return;
	}
	struct kt_text text = { 0 };
	dns_rdata_print(&text, type, data, len);
	fuzz_check(strncmp(kt_text_of(&text), "\\# ", 3) == 0);
	fuzz_check(scan(type, kt_text_of(&text), text.len, again) < 0);
	kt_text_fini(&text);
	dns_rdata_names(type, data, len, visit, &len);
	fuzz_check(dns_rdata_compare(type, data, len, data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3 || size > DNS_RDATA_MAX)
		return 0;
	uint16_t type = kt_get16(data);
	size_t len = size - 3;
	if (data[2] == 0) {
		check_octets(type, data + 3, len);
		return 0;
	}
	char *text = malloc(len + 1);
	fuzz_check(text != NULL);
	memcpy(text, data + 3, len);
	text[len] = 0;
	long n = scan(type, text, len, buffer);
	if (n >= 0) {
		fuzz_check(dns_rdata_check(type, buffer, (size_t)n) == 0);
		check_good(type, buffer, (size_t)n);
	}
	free(text);
	return 0;
}
