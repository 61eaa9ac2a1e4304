#include "dns/name.h"

#include "base/bytes.h"
#include "base/err.h"

#include <string.h>

static inline uint8_t lower(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

typedef uint8_t v16 __attribute__((vector_size(16)));
typedef uint8_t v8 __attribute__((vector_size(8)));

static inline void lower16(uint8_t *to, const uint8_t *from)
{
	v16 v;
	memcpy(&v, from, 16);
	v |= ((v16)(v - 'A' < 26)) & 0x20;
	memcpy(to, &v, 16);
}

static inline void lower8(uint8_t *to, const uint8_t *from)
{
	v8 v;
	memcpy(&v, from, 8);
	v |= ((v8)(v - 'A' < 26)) & 0x20;
	memcpy(to, &v, 8);
}

void dns_copy_lower(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n >= 16) {
		for (size_t i = 0; i + 16 < n; i += 16)
			lower16(to + i, from + i);
		lower16(to + n - 16, from + n - 16);
	} else if (n >= 8) {
		lower8(to, from);
		lower8(to + n - 8, from + n - 8);
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = lower(from[i]);
	}
}

void dns_lower(uint8_t *octets, size_t n)
{
	dns_copy_lower(octets, octets, n);
}

void dns_name_read(struct kt_reader *r, struct dns_name *out)
{
	out->len = 1;
	out->labels = 0;
	out->wire[0] = 0;
	if (r->err)
		return;
	const uint8_t *at = r->at, *behind = NULL;
	const uint8_t *limit = r->end;
	/* Each pointer must go before the place where the last run of labels began. */
	const uint8_t *floor = at;
	unsigned len = 0, labels = 0;
	for (;;) {
		if (at >= limit) {
			kt_reader_fail(r, KT_E_SHORT);
			goto fail;
		}
		uint8_t c = *at;
		if (c == 0)
			break;
		if ((c & 0xc0) == 0xc0) {
			if (limit - at < 2) {
				kt_reader_fail(r, KT_E_SHORT);
				goto fail;
			}
			const uint8_t *to = r->start + (kt_get16(at) & 0x3fff);
			if (!behind)
				behind = at + 2;
			if (to >= floor) {
				kt_reader_fail(r, KT_E_POINTER);
				goto fail;
			}
			at = floor = to;
			continue;
		}
		if (c > DNS_LABEL_MAX) {
			kt_reader_fail(r, KT_E_LABEL);
			goto fail;
		}
		if (limit - at < c + 1) {
			kt_reader_fail(r, KT_E_SHORT);
			goto fail;
		}
		if (len + c + 2 > DNS_NAME_MAX) {
			kt_reader_fail(r, KT_E_LONG);
			goto fail;
		}
		memcpy(out->wire + len, at, (size_t)c + 1);
		len += c + 1u;
		labels++;
		at += c + 1;
	}
	out->wire[len] = 0;
	out->len = (uint8_t)(len + 1);
	out->labels = (uint8_t)labels;
	r->at = behind ? behind : at + 1;
	return;
fail:
	out->wire[0] = 0;
}

int dns_name_measure(const uint8_t *octets, size_t len)
{
	size_t at = 0;
	for (;;) {
		if (at >= len)
			return KT_E_SHORT;
		uint8_t c = octets[at];
		if (c > DNS_LABEL_MAX)
			return KT_E_LABEL;
		at += c + 1u;
		if (at > DNS_NAME_MAX)
			return KT_E_LONG;
		if (c == 0)
			return (int)at;
	}
}

void dns_name_from_wire(struct dns_name *out, const uint8_t *wire)
{
	unsigned at = 0, labels = 0;
	while (wire[at]) {
		at += wire[at] + 1u;
		labels++;
	}
	out->len = (uint8_t)(at + 1);
	out->labels = (uint8_t)labels;
	memcpy(out->wire, wire, out->len);
}

static int scan_escape(const char *text, size_t left, uint8_t *octet, size_t *used)
{
	if (left < 2)
		return KT_E_FORMAT;
	const char *p = text + 1;
	if (*p < '0' || *p > '9') {
		*octet = (uint8_t)*p;
		*used = 2;
		return 0;
	}
	if (left < 4 || p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
		return KT_E_FORMAT;
	unsigned v = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 +
		     (unsigned)(p[2] - '0');
	if (v > 255)
		return KT_E_FORMAT;
	*octet = (uint8_t)v;
	*used = 4;
	return 0;
}

static int append_origin(
    struct dns_name *name, unsigned len, const struct dns_name *origin)
{
	static const struct dns_name root = { .len = 1 };
	if (!origin)
		origin = &root;
	if (len + origin->len > DNS_NAME_MAX)
		return KT_E_LONG;
	memcpy(name->wire + len, origin->wire, origin->len);
	name->len = (uint8_t)(len + origin->len);
	name->labels = (uint8_t)(name->labels + origin->labels);
	return 0;
}

int dns_name_scan(
    const char *text, size_t len, const struct dns_name *origin, struct dns_name *out)
{
	struct dns_name name = { 0 };
	if (len == 0)
		return KT_E_FORMAT;
	if (len == 1 && text[0] == '.') {
		*out = DNS_NAME_ROOT;
		return 0;
	}
	if (len == 1 && text[0] == '@') {
		*out = origin ? *origin : DNS_NAME_ROOT;
		return 0;
	}
	unsigned label_at = 0, at = 1; /* at: where the next octet goes */
	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)text[i];
		size_t used = 1;
		if (c == '.') {
			unsigned label = at - label_at - 1;
			if (label == 0)
				return KT_E_LABEL;
			name.wire[label_at] = (uint8_t)label;
			name.labels++;
			label_at = at++;
			if (label_at >= DNS_NAME_MAX)
				return KT_E_LONG;
			if (++i == len) {
				name.wire[label_at] = 0;
				name.len = (uint8_t)(label_at + 1);
				*out = name;
				return 0;
			}
			continue;
		}
		if (c == '\\') {
			int rc = scan_escape(text + i, len - i, &c, &used);
			if (rc)
				return rc;
		}
		if (at - label_at > DNS_LABEL_MAX)
			return KT_E_LABEL;
		if (at >= DNS_NAME_MAX)
			return KT_E_LONG;
		name.wire[at++] = c;
		i += used;
	}
	name.wire[label_at] = (uint8_t)(at - label_at - 1);
	name.labels++;
	int rc = append_origin(&name, at, origin);
	if (!rc)
		*out = name;
	return rc;
}

/* Writes one octet of a label as text; the number of characters. */
static size_t print_octet(uint8_t c, char *out)
{
	if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' ||
	    c == '@' || c == '$') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c > 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

char *dns_name_print(const uint8_t *wire, char *out)
{
	char *p = out;
	if (wire[0] == 0)
		*p++ = '.';
	while (*wire) {
		for (unsigned n = *wire++; n; n--)
			p += print_octet(*wire++, p);
		*p++ = '.';
	}
	*p = 0;
	return out;
}

void dns_name_add(struct kt_text *text, const uint8_t *wire)
{
	char buffer[DNS_NAME_TEXT];
	kt_text_add(text, dns_name_print(wire, buffer));
}

size_t dns_wire_len(const uint8_t *wire)
{
	size_t at = 0;
	while (wire[at])
		at += wire[at] + 1u;
	return at + 1;
}

unsigned dns_wire_labels(const uint8_t *wire)
{
	unsigned n = 0;
	for (; *wire; wire += *wire + 1)
		n++;
	return n;
}

bool dns_wire_equal(const uint8_t *a, const uint8_t *b)
{
	size_t len = dns_wire_len(a);
	return len == dns_wire_len(b) && kt_equal_lower(a, b, len);
}

/* Notes where each label starts; the number of labels. */
static unsigned split(const uint8_t *wire, uint8_t at[DNS_LABELS_MAX + 1])
{
	unsigned n = 0, i = 0;
	while (wire[i]) {
		at[n++] = (uint8_t)i;
		i += wire[i] + 1u;
	}
	return n;
}

static int compare_labels(const uint8_t *a, const uint8_t *b)
{
	unsigned n = a[0] < b[0] ? a[0] : b[0];
	for (unsigned i = 1; i <= n; i++) {
		int d = lower(a[i]) - lower(b[i]);
		if (d)
			return d;
	}
	return a[0] - b[0];
}

int dns_wire_compare(const uint8_t *a, const uint8_t *b)
{
	uint8_t at_a[DNS_LABELS_MAX + 1], at_b[DNS_LABELS_MAX + 1];
	unsigned na = split(a, at_a), nb = split(b, at_b);
	while (na && nb) {
		int d = compare_labels(a + at_a[--na], b + at_b[--nb]);
		if (d)
			return d;
	}
	return (int)na - (int)nb;
}

const uint8_t *dns_wire_skip(const uint8_t *wire, unsigned n)
{
	for (; n && *wire; n--)
		wire += *wire + 1;
	return wire;
}

bool dns_wire_under(const uint8_t *name, const uint8_t *ancestor)
{
	if (ancestor[0] == 0)
		return true;
	unsigned n = dns_wire_labels(name), m = dns_wire_labels(ancestor);
	return n >= m && dns_wire_equal(dns_wire_skip(name, n - m), ancestor);
}

unsigned dns_wire_common(const uint8_t *a, const uint8_t *b)
{
	uint8_t at_a[DNS_LABELS_MAX + 1], at_b[DNS_LABELS_MAX + 1];
	unsigned na = split(a, at_a), nb = split(b, at_b), common = 0;
	while (na && nb && compare_labels(a + at_a[--na], b + at_b[--nb]) == 0)
		common++;
	return common;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && kt_equal_lower(a->wire, b->wire, a->len);
}

void dns_name_lower(struct dns_name *name)
{
	dns_lower(name->wire, name->len);
}

int dns_name_prepend(struct dns_name *name, const uint8_t *label)
{
	size_t more = label[0] + 1u;
	if (name->len + more > DNS_NAME_MAX)
		return KT_E_LONG;
	memmove(name->wire + more, name->wire, name->len);
	memcpy(name->wire, label, more);
	name->len = (uint8_t)(name->len + more);
	name->labels++;
	return 0;
}

int dns_name_substitute(const uint8_t *name, const uint8_t *owner,
    const uint8_t *target, struct dns_name *out)
{
	size_t prefix = dns_wire_len(name) - dns_wire_len(owner),
	       tail = dns_wire_len(target);
	if (prefix + tail > DNS_NAME_MAX)
		return KT_E_LONG;
	struct dns_name result = { .len = (uint8_t)(prefix + tail) };
	memcpy(result.wire, name, prefix);
	memcpy(result.wire + prefix, target, tail);
	result.labels = (uint8_t)dns_wire_labels(result.wire);
	*out = result;
	return 0;
}
