#include "zone/template.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns/type.h"
#include "dns/zonetext.h"

#include <ctype.h>
#include <string.h>

#define STRING_MAX 255 /* octets of a character-string */

/* Where the name of the node goes, as a quoted string. */
#define NODE "%NODE%"

/* RFC 7534 s.3.5, "db.dd-empty" */
static const char direct_empty[] =
    "$TTL 1W\n"
    "@ IN SOA prisoner.iana.org. hostmaster.root-servers.org. (\n"
    " 1 1W 1M 1W 1W )\n"
    " NS blackhole-1.iana.org.\n"
    " NS blackhole-2.iana.org.\n";

/* RFC 7535 s.3.4, "db.dr-empty" */
static const char dname_empty[] =
    "$TTL 1W\n"
    "@ IN SOA blackhole.as112.arpa. noc.dns.icann.org. (\n"
    " 1 1W 1M 1W 1W )\n"
    " NS blackhole.as112.arpa.\n";

/*
 * RFC 7534 s.3.5, "db.hostname.as112.net", and RFC 7535 s.3.4.  Who the RFCs leave open as
 * source and contact are those of the empty zones.
 */
static const char direct_hostname[] =
    "$TTL 1W\n"
    "@ IN SOA prisoner.iana.org. hostmaster.root-servers.org. (\n"
    " 1 1W 1M 1W 1W )\n"
    " NS blackhole-1.iana.org.\n"
    " NS blackhole-2.iana.org.\n"
    " TXT " NODE "\n"
    " TXT \"See http://www.as112.net/ for more information.\"\n";

static const char dname_hostname[] =
    "$TTL 1W\n"
    "@ IN SOA blackhole.as112.arpa. noc.dns.icann.org. (\n"
    " 1 1W 1M 1W 1W )\n"
    " NS blackhole.as112.arpa.\n"
    " TXT " NODE "\n"
    " TXT \"See http://www.as112.net/ for more information.\"\n";

struct template_zone {
	const char *name;
	const char *text;
};

#define PRIVATE_172(n)                 \
 {                                     \
  #n ".172.in-addr.arpa", direct_empty \
 }

static const struct template_zone as112_zones[] = {
	{ "10.in-addr.arpa", direct_empty },
	PRIVATE_172(16),
	PRIVATE_172(17),
	PRIVATE_172(18),
	PRIVATE_172(19),
	PRIVATE_172(20),
	PRIVATE_172(21),
	PRIVATE_172(22),
	PRIVATE_172(23),
	PRIVATE_172(24),
	PRIVATE_172(25),
	PRIVATE_172(26),
	PRIVATE_172(27),
	PRIVATE_172(28),
	PRIVATE_172(29),
	PRIVATE_172(30),
	PRIVATE_172(31),
	{ "168.192.in-addr.arpa", direct_empty },
	{ "254.169.in-addr.arpa", direct_empty },
	{ "hostname.as112.net", direct_hostname },
	{ "empty.as112.arpa", dname_empty },
	{ "hostname.as112.arpa", dname_hostname },
};

struct zone_template {
	const char *name;
	const struct template_zone *zones;
	size_t n;
};

static const struct zone_template templates[] = {
	{ "as112", as112_zones, KT_COUNT(as112_zones) },
};

const struct zone_template *zone_template_find(const char *name)
{
	for (size_t i = 0; i < KT_COUNT(templates); i++)
		if (strcmp(templates[i].name, name) == 0)
			return &templates[i];
	return NULL;
}

size_t zone_template_count(const struct zone_template *t)
{
	return t->n;
}

void zone_template_name(const struct zone_template *t, size_t i, struct dns_name *out)
{
	const char *name = t->zones[i].name;
	kt_require(dns_name_scan(name, strlen(name), NULL, out) == 0);
}

/* Any text as one quoted string of a zone file. */
static void add_quoted(struct kt_text *out, const char *text)
{
	kt_text_char(out, '"');
	for (size_t i = 0; text[i] && i < STRING_MAX; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			kt_text_addf(out, "\\%c", c);
		else if (isprint(c))
			kt_text_char(out, (char)c);
		else
			kt_text_addf(out, "\\%03u", c);
	}
	kt_text_char(out, '"');
}

static void fill_in(struct kt_text *out, const char *text, const char *node)
{
	const char *at = strstr(text, NODE);
	if (!at) {
		kt_text_add(out, text);
		return;
	}
	kt_text_add_n(out, text, (size_t)(at - text));
	add_quoted(out, node);
	kt_text_add(out, at + strlen(NODE));
}

static int take(void *ctx, const struct dns_record *record)
{
	return zone_builder_add(ctx, record);
}

int zone_template_load(struct zone_builder *b, const struct zone_template *t, size_t i,
    const char *node, struct kt_errs *errs, struct zone_snapshot **out)
{
	struct dns_zonetext_options options = { .class = DNS_CLASS_IN,
		.no_include = true };
	struct kt_text text = { 0 };
	zone_template_name(t, i, &options.origin);
	fill_in(&text, t->zones[i].text, node);
	zone_builder_begin(b, &options.origin);
	int rc = dns_zonetext_read(
	    kt_text_of(&text), text.len, t->name, &options, take, b, errs);
	kt_text_fini(&text);
	if (rc < 0)
		return rc;
	struct zone_snapshot *z = zone_builder_finish(b);
	if (!z)
		return KT_E_LIMIT;
	z->source = kt_format("%s (built in)", t->name);
	z->loaded_unix = kt_clock_unix();
	*out = z;
	return 0;
}
