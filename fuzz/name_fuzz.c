/*
 * fuzz/name_fuzz.c -- dns/name: names out of messages and out of text.
 *
 * Input: the first octet is an offset; the octets behind it are a message in which a
 * name starts there, and a text, and two labels' worth of prefix.
 */
#include "dns/name.h"

#include "fuzz.h"

#include <string.h>

static void check_wire(const struct dns_name *n)
{
	fuzz_check(n->len >= 1 && n->len <= DNS_NAME_MAX);
	fuzz_check(dns_name_measure(n->wire, n->len) == n->len);
	fuzz_check(dns_wire_len(n->wire) == n->len);
	fuzz_check(dns_wire_labels(n->wire) == n->labels);
	fuzz_check(dns_wire_equal(n->wire, n->wire));
	fuzz_check(dns_wire_compare(n->wire, n->wire) == 0);
	fuzz_check(dns_wire_common(n->wire, n->wire) == n->labels);
	for (unsigned i = 0; i <= n->labels; i++) {
		const uint8_t *suffix = dns_wire_skip(n->wire, i);
		fuzz_check(dns_wire_labels(suffix) == n->labels - i);
		fuzz_check(dns_wire_under(n->wire, suffix));
		fuzz_check(i == 0 || !dns_wire_under(suffix, n->wire));
	}
}

/* Text of a name scans back to its octets, letter case and all. */
static void check_text(const struct dns_name *n)
{
	char text[DNS_NAME_TEXT];
	struct dns_name back;
	fuzz_check(dns_name_print(n->wire, text) == text);
	fuzz_check(strlen(text) < sizeof(text));
	fuzz_check(dns_name_scan(text, strlen(text), NULL, &back) == 0);
	fuzz_check(back.len == n->len && back.labels == n->labels);
	fuzz_check(memcmp(back.wire, n->wire, n->len) == 0);
}

static void check_lower(const struct dns_name *n)
{
	struct dns_name lower = *n;
	dns_name_lower(&lower);
	check_wire(&lower);
	fuzz_check(dns_name_equal(n, &lower));
	fuzz_check(dns_wire_compare(n->wire, lower.wire) == 0);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void check_pair(const struct dns_name *a, const struct dns_name *b)
{
	int order = dns_wire_compare(a->wire, b->wire);
	fuzz_check(sign(order) == -sign(dns_wire_compare(b->wire, a->wire)));
	fuzz_check((order == 0) == dns_wire_equal(a->wire, b->wire));
	unsigned common = dns_wire_common(a->wire, b->wire);
	fuzz_check(common == dns_wire_common(b->wire, a->wire));
	fuzz_check(dns_wire_equal(dns_wire_skip(a->wire, a->labels - common),
	    dns_wire_skip(b->wire, b->labels - common)));
	fuzz_check(dns_wire_under(a->wire, b->wire) == (common == b->labels));

	struct dns_name joined;
	if (dns_name_substitute(
		a->wire, dns_wire_skip(a->wire, a->labels), b->wire, &joined) == 0) {
		check_wire(&joined);
		fuzz_check(joined.labels == a->labels + b->labels);
		fuzz_check(dns_wire_under(joined.wire, b->wire));
	} else {
		fuzz_check(a->len + b->len - 1 > DNS_NAME_MAX);
	}
	joined = *b;
	if (a->labels && dns_name_prepend(&joined, a->wire) == 0) {
		check_wire(&joined);
		fuzz_check(dns_wire_equal(dns_wire_skip(joined.wire, 1), b->wire));
	}
}

static void from_wire(const uint8_t *data, size_t size, size_t at, struct dns_name *out)
{
	struct kt_reader r = kt_reader_of(data, size);
	kt_read(&r, at);
	dns_name_read(&r, out);
	fuzz_check(r.at >= r.start && r.at <= r.end);
	if (r.err)
		fuzz_check(out->len == 1 && out->labels == 0 && out->wire[0] == 0);
	int len = dns_name_measure(data, size);
	fuzz_check(len < 0 || ((size_t)len <= size && len <= DNS_NAME_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_name a, b;
	if (size < 1)
		return 0;
	from_wire(data + 1, size - 1, data[0], &a);
	from_wire(data + 1, size - 1, 0, &b);
	check_wire(&a);
	check_text(&a);
	check_lower(&a);
	check_pair(&a, &b);
	if (dns_name_scan((const char *)data + 1, size - 1, &b, &a) == 0) {
		check_wire(&a);
		check_text(&a);
		check_pair(&a, &b);
	}
	return 0;
}
