#include "steering/networks.h"

#include "base/mem.h"
#include "steering/special.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGION_MAX 255 /* octets of a region's name */

static int read_open(int fd, size_t max, struct kt_file *out)
{
	struct stat st;
	if (fstat(fd, &st))
		return KT_E_SYSTEM;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max)
		return KT_E_LIMIT;
	size_t len = 0, size = S_ISREG(st.st_mode) ? (size_t)st.st_size + 2 : 4096;
	char *at = malloc(size);
	int rc = at ? 0 : KT_E_LIMIT;
	for (ssize_t n = 1; !rc && n;) {
		if (len + 1 == size) {
			char *more = len <= max ? realloc(at, size *= 2) : NULL;
			if (!more) {
				rc = KT_E_LIMIT;
				break;
			}
			at = more;
		}
		n = read(fd, at + len, size - len - 1);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			rc = KT_E_SYSTEM;
	}
	if (rc) {
		free(at);
		return rc;
	}
	at[len] = 0;
	*out = (struct kt_file){ .at = at, .len = len };
	return 0;
}

int steering_file_copy(const char *path, size_t max, struct kt_file *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return KT_E_SYSTEM;
	int rc = read_open(fd, max, out), saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* Prefixes: the usual forms, quickly.  What is doubtful is left to kt_prefix_scan(). */

static bool ends_field(const char *p, const char *end)
{
	return p == end || *p == ',' || *p == ' ' || *p == '\t';
}

/* Digits up to max without a leading zero; -1: something else. */
static int scan_small(const char **at, const char *end, unsigned max)
{
	const char *p = *at;
	unsigned v = 0;
	for (; p < end && *p >= '0' && *p <= '9' && p - *at < 4; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == *at || v > max || (**at == '0' && p - *at > 1))
		return -1;
	*at = p;
	return (int)v;
}

static bool scan_v4(const char **at, const char *end, struct steering_net *out)
{
	uint64_t address = 0;
	for (unsigned i = 0; i < 4; i++) {
		if (i && (*at == end || *(*at)++ != '.'))
			return false;
		int octet = scan_small(at, end, 255);
		if (octet < 0)
			return false;
		address = address << 8 | (unsigned)octet;
	}
	out->high = address << 32;
	out->low = 0;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits; -1: something else. */
static int scan_group(const char **at, const char *end)
{
	const char *p = *at;
	int v = 0, digit;
	while (p < end && p - *at < 5 && (digit = hex_digit(*p)) >= 0) {
		v = v << 4 | digit;
		p++;
	}
	if (p == *at || p - *at > 4)
		return -1;
	*at = p;
	return v;
}

/* Groups with at most one "::", which stands for one group of zeros or more. */
static bool scan_v6(const char **at, const char *end, struct steering_net *out)
{
	uint16_t groups[8] = { 0 };
	unsigned n = 0;
	int gap = -1;
	const char *p = *at;
	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		gap = 0;
		p += 2;
	}
	while (p < end && n < 8 && hex_digit(*p) >= 0) {
		int v = scan_group(&p, end);
		if (v < 0)
			return false;
		groups[n++] = (uint16_t)v;
		if (p == end || *p != ':')
			break;
		if (end - p >= 2 && p[1] == ':') {
			if (gap >= 0)
				return false;
			gap = (int)n;
			p += 2;
		} else if (++p == end || hex_digit(*p) < 0) {
			return false; /* ends in a single colon */
		}
	}
	if (gap < 0 ? n != 8 : n > 7)
		return false;
	steering_key key = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned place = gap >= 0 && i >= (unsigned)gap ? 8 - n + i : i;
		key |= (steering_key)groups[i] << (112 - 16 * place);
	}
	out->high = (uint64_t)(key >> 64);
	out->low = (uint64_t)key;
	*at = p;
	return true;
}

size_t steering_networks_scan(
    const char *text, size_t len, struct steering_net *out, unsigned *family)
{
	const char *p = text, *end = text + len;
	struct steering_net net = *out;
	bool v4 = scan_v4(&p, end, &net);
	if (!v4) {
		p = text;
		if (!scan_v6(&p, end, &net))
			return 0;
	}
	int bits = v4 ? 32 : 128;
	if (p < end && *p == '/') {
		p++;
		bits = scan_small(&p, end, (unsigned)bits);
		if (bits < 0)
			return 0;
	}
	steering_key key = steering_net_key(&net);
	if (!ends_field(p, end) || steering_key_cut(key, (unsigned)bits) != key)
		return 0;
	net.len = (uint8_t)bits;
	*out = net;
	*family = v4 ? 4 : 6;
	return (size_t)(p - text);
}

/* Lines */

struct field {
	const char *at;
	size_t len;
};

struct reader {
	const struct steering_networks *list;
	const char *line;
	size_t line_len;
	unsigned number;
	int rc; /* of the first error */
	/* The region of the line before, which the next mostly has, too. */
	struct field last;
	int last_region;
	const char *geo_last; /* two fields of a geofeed */
	size_t geo_len;
	int geo_region;
};

KT_PRINTF(3, 4)
KT_COLD static void line_error(
    struct reader *r, const char *at, const char *format, ...)
{
	va_list ap;
	char text[200];
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	char *source = kt_strndup(r->line, r->line_len < 200 ? r->line_len : 200);
	int rc = kt_errs_add(r->list->errs, KT_ERROR, KT_E_FORMAT, r->list->path,
	    r->number, (unsigned)(at - r->line) + 1, source, "%s", text);
	free(source);
	if (!r->rc)
		r->rc = rc;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* From at to the next comma, without blanks and quotes around it. */
static struct field field_at(const char **at, const char *end)
{
	const char *comma = memchr(*at, ',', (size_t)(end - *at));
	struct field f = { .at = *at };
	const char *last = comma ? comma : end;
	while (f.at < last && is_blank(*f.at))
		f.at++;
	while (last > f.at && is_blank(last[-1]))
		last--;
	if (last - f.at >= 2 && *f.at == '"' && last[-1] == '"') {
		f.at++;
		last--;
	}
	f.len = (size_t)(last - f.at);
	*at = comma ? comma + 1 : end;
	return f;
}

static bool is_name(const struct field *f)
{
	for (size_t i = 0; i < f->len; i++)
		if ((unsigned char)f->at[i] < 0x20 || f->at[i] == 0x7f)
			return false;
	return f->len && f->len <= REGION_MAX;
}

/* The region by its name; -1: an error was told. */
static int named(struct reader *r, struct field f)
{
	if (r->last.at && f.len == r->last.len && memcmp(f.at, r->last.at, f.len) == 0)
		return r->last_region;
	if (!f.len) {
		line_error(r, f.at, "no region behind the comma");
		return -1;
	}
	if (!is_name(&f)) {
		line_error(r, f.at,
		    "a region's name has up to %d characters, and none that does not "
		    "print",
		    REGION_MAX);
		return -1;
	}
	int region = steering_names_take(r->list->names, f.at, f.len);
	if (region < 0) {
		line_error(r, f.at, "more than %d regions", CONF_REGIONS_MAX);
		return -1;
	}
	r->last = f;
	r->last_region = region;
	return region;
}

/* The codes of a geofeed's line as a region; -1: none, and no error. */
static int by_codes(struct reader *r, struct field country, struct field subdivision)
{
	const struct steering_networks *list = r->list;
	struct steering_place place = { .kinds = STEERING_PLACE_ANY };
	if (steering_code_take(place.country, country.at, country.len))
		place.kinds |= STEERING_PLACE_COUNTRY;
	if (steering_code_take(place.subdivision[0], subdivision.at, subdivision.len))
		place.kinds |= STEERING_PLACE_SUBDIVISION;
	if (place.kinds == STEERING_PLACE_ANY)
		return -1;
	for (size_t i = 0; i < list->n_matchers; i++) {
		const struct conf_geo_match *m = steering_matcher_find(
		    &list->matchers[i], &place);
		if (m)
			return m->region;
	}
	if (list->n_matchers)
		return -1;
	int region = -1;
	if (place.kinds & STEERING_PLACE_SUBDIVISION)
		region = steering_names_find(
		    list->names, place.subdivision[0], strlen(place.subdivision[0]));
	if (region >= 0 || !(place.kinds & STEERING_PLACE_COUNTRY))
		return region;
	region = steering_names_take(list->names, place.country, country.len);
	if (region < 0)
		line_error(r, country.at, "more than %d regions", CONF_REGIONS_MAX);
	return region;
}

static int geofeed(struct reader *r, const char *at, const char *end)
{
	const char *start = at;
	struct field country = field_at(&at, end);
	struct field subdivision = field_at(&at, end);
	size_t len = (size_t)(at - start);
	if (r->geo_last && len == r->geo_len && memcmp(start, r->geo_last, len) == 0)
		return r->geo_region;
	if ((country.len && (country.len != 2 || !is_name(&country))) ||
	    subdivision.len >= STEERING_CODE_MAX ||
	    (subdivision.len && !is_name(&subdivision))) {
		line_error(r, start,
		    "expected a country (JP) and a subdivision (JP-13) or nothing");
		return -1;
	}
	int region = by_codes(r, country, subdivision);
	r->geo_last = start;
	r->geo_len = len;
	r->geo_region = region;
	return region;
}

/* What stands behind the prefix; -1: the line is passed over. */
static int region_of(struct reader *r, const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	if (at < end && *at != ',') {
		line_error(r, at, "expected a comma behind the prefix");
		return -1;
	}
	if (r->list->region >= 0)
		return r->list->region;
	if (at == end) {
		line_error(r, at, "no region: expected PREFIX,REGION");
		return -1;
	}
	at++;
	if (memchr(at, ',', (size_t)(end - at)))
		return geofeed(r, at, end);
	return named(r, field_at(&at, end));
}

/* By kt_prefix_scan(): rare forms and errors.  Octets used, 0: an error was told. */
KT_COLD static size_t scan_slowly(struct reader *r, const char *at, const char *end,
    struct steering_net *net, unsigned *family)
{
	char text[64];
	size_t len = 0;
	struct kt_prefix prefix;
	while (at + len < end && !ends_field(at + len, end) && len < sizeof(text) - 1) {
		text[len] = at[len];
		len++;
	}
	text[len] = 0;
	int rc = strlen(text) == len ? kt_prefix_scan(text, &prefix) : KT_E_FORMAT;
	if (rc) {
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)text[i] < 0x20 ||
			    (unsigned char)text[i] > 0x7e)
				text[i] = '?';
		if (!len)
			line_error(r, at, "no prefix");
		else if (rc == KT_E_RANGE)
			line_error(r, at,
			    "%s: the length is too large, or bits are set behind it",
			    text);
		else
			line_error(r, at, "%s is not a prefix", text);
		return 0;
	}
	steering_key key = steering_key_of(&prefix.addr);
	net->high = (uint64_t)(key >> 64);
	net->low = (uint64_t)key;
	net->len = prefix.len;
	*family = prefix.addr.family;
	return len;
}

static int read_line(struct reader *r, const char *at, const char *end)
{
	struct steering_net net = { .line = r->number };
	unsigned family;
	const char *start = at;
	size_t used = steering_networks_scan(at, (size_t)(end - at), &net, &family);
	if (!used)
		used = scan_slowly(r, at, end, &net, &family);
	if (!used)
		return 0;
	if (family == 6 && kt_unlikely(net.len >= 16) &&
	    steering_special_embedding(steering_net_key(&net), net.len)) {
		line_error(r, start,
		    "the prefix holds IPv4 addresses: name the IPv4 "
		    "network, which decides for it");
		return 0;
	}
	int region = region_of(r, at + used, end);
	if (region < 0)
		return 0;
	net.region = (uint16_t)region;
	return r->list->take(
	    r->list->ctx, &net, family, (unsigned)(start - r->line) + 1);
}

int steering_networks_read(
    const struct steering_networks *list, const char *text, size_t len)
{
	struct reader r = { .list = list };
	const char *at = text, *end = text + len;
	if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && !(r.rc && kt_errs_full(list->errs))) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		if (!eol)
			eol = end;
		const char *next = eol < end ? eol + 1 : end;
		r.line = at;
		r.line_len = (size_t)(eol - at);
		r.number++;
		const char *hash = memchr(at, '#', r.line_len);
		const char *last = hash ? hash : eol;
		while (at < last && is_blank(*at))
			at++;
		while (last > at && is_blank(last[-1]))
			last--;
		if (at < last) {
			int rc = read_line(&r, at, last);
			if (rc)
				return rc;
		}
		at = next;
	}
	return r.rc;
}
