/*
 * tests/lib/rdata_tool.c -- rdata for tests in other languages.
 *
 * Reads lines "TYPE rdata" (names below the root) and "TYPE = hex", and answers each in
 * one line: "ok HEX TEXT", or "error SENTENCE".  TEXT is the rdata printed; that it
 * scans back to HEX is looked at here: "broken TEXT" when it does not.  For "= hex" the
 * octets are rdata from elsewhere: checked, printed, scanned back.
 */
#include "base/err.h"
#include "base/text.h"
#include "dns/radix.h"
#include "dns/rdata.h"
#include "dns/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t octets[DNS_RDATA_MAX], again[DNS_RDATA_MAX];

/* Octets of the rdata, or -1 with the error in errs. */
static long scan(uint16_t type, const char *text, uint8_t *out, struct kt_errs *errs)
{
	struct dns_scanner s;
	struct dns_name root = DNS_NAME_ROOT;
	struct kt_writer w = kt_writer_of(out, DNS_RDATA_MAX);
	dns_scanner_init(&s, text, strlen(text), errs);
	char name[DNS_TYPE_TEXT];
	s.type_name = dns_type_print(type, name);
	return dns_rdata_scan(&s, type, &root, &w) ? -1 : (long)kt_writer_len(&w);
}

static long from_hex(const char *hex, struct kt_errs *errs, uint16_t type)
{
	struct kt_writer w = kt_writer_of(octets, sizeof(octets));
	int odd = -1;
	if (dns_hex_feed(&odd, hex, strlen(hex), &w) || odd >= 0 || w.err) {
		kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL, "not hex");
		return -1;
	}
	if (dns_rdata_check(type, octets, kt_writer_len(&w))) {
		kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL, "malformed");
		return -1;
	}
	return (long)kt_writer_len(&w);
}

static void answer(uint16_t type, const char *rest)
{
	struct kt_errs errs;
	struct kt_text text = { 0 }, hex = { 0 };
	kt_errs_init(&errs, 0);
	long n = rest[0] == '=' && rest[1] == ' ' ? from_hex(rest + 2, &errs, type)
						  : scan(type, rest, octets, &errs);
	if (n < 0) {
		printf("error %s\n", errs.n ? errs.list[0].text : "none was told");
	} else {
		dns_rdata_print(&text, type, octets, (size_t)n);
		dns_hex_print(&hex, octets, (size_t)n);
		long m = scan(type, kt_text_of(&text), again, &errs);
		if (m == n && memcmp(octets, again, (size_t)n) == 0 &&
		    dns_rdata_check(type, octets, (size_t)n) == 0)
			printf("ok %s %s\n", n ? kt_text_of(&hex) : "-",
			    kt_text_of(&text));
		else
			printf("broken %s %s\n", kt_text_of(&text),
			    errs.n ? errs.list[0].text : "");
	}
	kt_text_fini(&text);
	kt_text_fini(&hex);
	kt_errs_fini(&errs);
	fflush(stdout);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	while ((len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = 0;
		char *space = strchr(line, ' ');
		size_t word = space ? (size_t)(space - line) : strlen(line);
		uint16_t type;
		if (dns_type_scan(line, word, &type)) {
			puts("error unknown type");
			fflush(stdout);
			continue;
		}
		answer(type, space ? space + 1 : "");
	}
	free(line);
	return 0;
}
