/* steering.monitors: how to find out whether a target is up. */
#include "base/mem.h"
#include "conf/steering_p.h"
#include "dns/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const conf_monitor_types[] = { "tcp", "http", "https", "dns", "icmp",
	"command", "file", "push", NULL };

static const char *const http_methods[] = { "GET", "HEAD", NULL };

/* By number: RFC 1035 s.4.1.1, RFC 2136 s.2.2. */
static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
	"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
	NULL };

static conf_item_read read_status, read_command, read_jitter, read_query_type,
    read_path, read_host;
static conf_item_print print_status, print_command, print_jitter, print_query_type,
    print_path, print_host;

static const struct conf_item query_items[] = {
	{ "name", CONF_NAME, CONF_AT(conf_monitor, query_name),
	    .help = "The name asked. Default: the root." },
	{ "type", CONF_SPECIAL, .read = read_query_type, .print = print_query_type,
	    .help = "The type asked. Default: SOA." },
	{ "rcode", CONF_CHOICE, CONF_AT(conf_monitor, rcode), .words = rcodes,
	    .fallback = "NOERROR", .help = "The RCODE that the answer must have." },
	{ "tcp", CONF_BOOL, CONF_AT(conf_monitor, query_tcp), .fallback = "false",
	    .help = "Whether to ask over TCP." },
	{ 0 },
};

const struct conf_item conf_monitor_items[] = {
	{ "type", CONF_CHOICE, CONF_AT(conf_monitor, type), .required = true,
	    .words = conf_monitor_types,
	    .help =
		"What is done: tcp connects; http and https ask for a page; dns asks "
		"a question; icmp sends an echo request; command runs a program, "
		"whose exit status 0 means up; file reads a file with lines such as "
		"192.0.2.1 up; push is told by kotae steer push." },
	{ "port", CONF_NUMBER, CONF_AT(conf_monitor, port), .min = 1, .max = 65535,
	    .help = "The port, of tcp, http, https, dns and command. Default: 80 for "
		    "http, 443 for https, 53 for dns; tcp needs it." },
	{ "path", CONF_SPECIAL, .read = read_path, .print = print_path,
	    .help = "Of http and https: the path and query of the page. Default: /." },
	{ "host", CONF_SPECIAL, .read = read_host, .print = print_host,
	    .help = "Of http and https: the name of the host that is asked for, and of "
		    "its certificate. Default: the target's address." },
	{ "method", CONF_WORD, CONF_AT(conf_monitor, method), .words = http_methods,
	    .fallback = "GET",
	    .help = "Of http and https: the method of the request." },
	{ "status", CONF_SPECIAL, .read = read_status, .print = print_status,
	    .help = "Of http and https: a status that means up, a range of them as "
		    "200-299, or a list of both. Default: 200-299." },
	{ "body", CONF_TEXT, CONF_AT(conf_monitor, body), .max = 1024,
	    .help = "Of http and https: a text that must be in the first 64 KiB of the "
		    "page. Default: none." },
	{ "certificate", CONF_SPAN, CONF_AT(conf_monitor, certificate_s),
	    .fallback = "0s", .min = 0, .max = 315360000, .unit = "s",
	    .help = "Of https: how much longer the certificate must be valid." },
	{ "verify", CONF_BOOL, CONF_AT(conf_monitor, verify), .fallback = "true",
	    .help =
		"Of https: whether the certificate's chain and name must be good." },
	{ "ca-file", CONF_PATH, CONF_AT(conf_monitor, ca_file),
	    .help = "Of https: certificates that are trusted. Default: the system's." },
	{ "query", CONF_SECTION, .items = query_items,
	    .help = "Of dns: the question." },
	{ "command", CONF_SPECIAL, .read = read_command, .print = print_command,
	    .help = "Of command: a list of the program's path and its arguments; "
		    "{address} and {port} stand for the target's." },
	{ "file", CONF_PATH, CONF_AT(conf_monitor, file),
	    .help = "Of file: the file." },
	{ "interval", CONF_SPAN, CONF_AT(conf_monitor, interval_ms), .fallback = "5s",
	    .min = 100, .max = 86400000, .unit = "ms",
	    .help = "The time from the start of a probe to that of the next." },
	{ "timeout", CONF_SPAN, CONF_AT(conf_monitor, timeout_ms), .fallback = "2s",
	    .min = 10, .max = 86400000, .unit = "ms",
	    .help = "How long a probe may take; no longer than interval." },
	{ "fall", CONF_NUMBER, CONF_AT(conf_monitor, fall), .fallback = "3", .min = 1,
	    .max = 100, .unit = "probes",
	    .help = "Failures in a row that take a target down." },
	{ "rise", CONF_NUMBER, CONF_AT(conf_monitor, rise), .fallback = "2", .min = 1,
	    .max = 100, .unit = "probes",
	    .help = "Successes in a row that bring it up again." },
	{ "jitter", CONF_SPECIAL, .read = read_jitter, .print = print_jitter,
	    .help = "The part of the interval over which starts are spread, 0% to 50%. "
		    "Default: 10%." },
	{ 0 },
};

#define OF(type)   (1u << CONF_MONITOR_##type)
#define OF_HTTP    (OF(HTTP) | OF(HTTPS))
#define OF_NETWORK (OF(TCP) | OF_HTTP | OF(DNS) | OF(ICMP))
#define OF_PROBED  (OF_NETWORK | OF(COMMAND) | OF(FILE))

/* Which types have an option, in the order of the rows. */
static const struct {
	const char *option;
	unsigned types;
} belongs[] = {
	{ "type", OF_PROBED | OF(PUSH) },
	{ "port", OF(TCP) | OF_HTTP | OF(DNS) | OF(COMMAND) },
	{ "path", OF_HTTP },
	{ "host", OF_HTTP },
	{ "method", OF_HTTP },
	{ "status", OF_HTTP },
	{ "body", OF_HTTP },
	{ "certificate", OF(HTTPS) },
	{ "verify", OF(HTTPS) },
	{ "ca-file", OF(HTTPS) },
	{ "query", OF(DNS) },
	{ "command", OF(COMMAND) },
	{ "file", OF(FILE) },
	{ "interval", OF_PROBED },
	{ "timeout", OF_PROBED },
	{ "fall", OF_PROBED },
	{ "rise", OF_PROBED },
	{ "jitter", OF_PROBED },
};

_Static_assert(
    KT_COUNT(belongs) + 1 == KT_COUNT(conf_monitor_items), "a line for each option");

static bool has_option(const struct conf_monitor *m, const char *option)
{
	for (size_t i = 0; i < KT_COUNT(belongs); i++)
		if (strcmp(belongs[i].option, option) == 0)
			return belongs[i].types & 1u << m->type;
	return true; /* unknown, and reported as that */
}

static const char *text_of(const struct conf_node *node)
{
	return node->kind == CONF_SCALAR ? node->text : "";
}

static bool is_visible(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

/* It becomes part of a request's first line (RFC 9112 s.3.2.1). */
static void read_path(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	const char *text = text_of(node);
	if (text[0] == '/' && strlen(text) <= 1024 && is_visible(text))
		m->path = conf_strdup(r, text);
	else
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected a path that begins with / and has no "
		    "spaces",
		    item->name, conf_show(r->tree, node));
}

static void print_path(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	sink->value(sink, item, item->name, m->path);
}

static void read_host(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	const char *text = text_of(node);
	size_t len = strlen(text);
	if (len > 0 && len <= 255 && is_visible(text) && !strchr(text, '/'))
		m->host = conf_strdup(r, text);
	else
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected the name of a host", item->name,
		    conf_show(r->tree, node));
}

static void print_host(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	if (m->host)
		sink->value(sink, item, item->name, m->host);
}

static bool scan_status(const char *text, struct conf_status_range *out)
{
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	uint64_t first, last;
	if (kt_scan_number(text, len, 999, &first) || first < 100)
		return false;
	last = first;
	if (dash && kt_scan_number(dash + 1, strlen(dash + 1), 999, &last))
		return false;
	*out = (struct conf_status_range){ (uint16_t)first, (uint16_t)last };
	return first <= last;
}

static void read_status(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	size_t n;
	const struct conf_node *e = conf_one_or_list(node, &n);
	struct conf_status_range *list = conf_alloc(r, n, sizeof(*list));
	if (!n)
		conf_empty_list(r, item->name, node);
	m->status = list;
	m->n_status = n;
	for (size_t i = 0; i < n; i++, e = e->next)
		if (!scan_status(text_of(e), &list[i]))
			conf_error(r->tree, e, KT_E_FORMAT,
			    "%s: found %s, expected a status as 200 or a range as "
			    "200-299",
			    item->name, conf_show(r->tree, e));
}

static void print_status(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	char text[16];
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < m->n_status; i++) {
		const struct conf_status_range *s = &m->status[i];
		snprintf(text, sizeof(text), s->first == s->last ? "%u" : "%u-%u",
		    s->first, s->last);
		sink->value(sink, item, NULL, text);
	}
	sink->close(sink);
}

static const struct conf_item program_item = { .name = "command", .type = CONF_PATH };

/* Always with a slash: it is a path, and nothing is looked for elsewhere. */
static void read_program(
    struct conf_reader *r, const struct conf_node *node, const char **out)
{
	conf_value_read(r, &program_item, node, out);
	if (!*out || strchr(*out, '/'))
		return;
	char *here = kt_format("./%s", *out);
	*out = conf_strdup(r, here);
	free(here);
}

static void read_command(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	if (node->kind != CONF_LIST || !node->n) {
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected a list of a program and its arguments",
		    item->name,
		    node->kind == CONF_LIST ? "an empty list"
					    : conf_show(r->tree, node));
		return;
	}
	const char **argv = conf_alloc(r, node->n + 1, sizeof(*argv)), **at = argv;
	m->command = argv;
	for (const struct conf_node *e = node->first; e; e = e->next, at++) {
		if (e == node->first)
			read_program(r, e, at);
		else if (e->kind == CONF_SCALAR)
			*at = conf_strdup(r, e->text);
		else
			conf_error(r->tree, e, KT_E_FORMAT,
			    "%s: found %s, expected a text; {address} needs quotes",
			    item->name, conf_show(r->tree, e));
	}
}

static void print_command(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; m->command[i]; i++)
		sink->value(sink, i ? item : &program_item, NULL, m->command[i]);
	sink->close(sink);
}

static void read_jitter(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	const char *text = text_of(node);
	size_t len = strlen(text);
	uint64_t v;
	if (len && text[len - 1] == '%')
		len--;
	if (kt_scan_number(text, len, 50, &v))
		conf_error(r->tree, node, KT_E_RANGE,
		    "%s: found %s, expected a number between 0%% and 50%%", item->name,
		    conf_show(r->tree, node));
	else
		m->jitter = (uint16_t)v;
}

static void print_jitter(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	char text[8];
	snprintf(text, sizeof(text), "%u%%", m->jitter);
	sink->value(sink, item, item->name, text);
}

static void read_query_type(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_monitor *m = base;
	const char *text = text_of(node);
	uint16_t type;
	if (!dns_type_scan(text, strlen(text), &type) && type &&
	    (type == DNS_TYPE_ANY || !dns_type_is_meta(type))) {
		m->query_type = type;
		return;
	}
	const char *near = dns_type_nearest(text, strlen(text));
	conf_error(r->tree, node, KT_E_TYPE,
	    "%s: found %s, expected a record type such as SOA%s%s%s", item->name,
	    conf_show(r->tree, node), near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

static void print_query_type(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_monitor *m = base;
	char text[DNS_TYPE_TEXT];
	sink->value(sink, item, item->name, dns_type_print(m->query_type, text));
}

/* Of a monitor without errors. */
static void finish_monitor(
    struct conf_reader *r, const struct conf_node *node, struct conf_monitor *m)
{
	const struct conf_node *timeout = conf_node_find(node, "timeout");
	static const struct conf_status_range fine = { 200, 299 };
	static const uint16_t ports[] = { [CONF_MONITOR_HTTP] = 80,
		[CONF_MONITOR_HTTPS] = 443,
		[CONF_MONITOR_DNS] = 53,
		[CONF_MONITOR_PUSH] = 0 };
	if (!m->port)
		m->port = ports[m->type];
	if (!m->status) {
		struct conf_status_range *status = conf_alloc(r, 1, sizeof(*status));
		*status = fine;
		m->status = status;
		m->n_status = 1;
	}
	if (timeout && m->timeout_ms > m->interval_ms)
		conf_error(r->tree, timeout, KT_E_CONFLICT,
		    "timeout: it is longer than the interval");
	else if (m->timeout_ms > m->interval_ms)
		m->timeout_ms = m->interval_ms;
}

static void check_command(
    struct conf_reader *r, const struct conf_node *node, const struct conf_monitor *m)
{
	const struct conf_node *command = conf_node_find(node, "command");
	if (!command || command->kind != CONF_LIST || m->port)
		return;
	for (const struct conf_node *e = command->first; e; e = e->next)
		if (e->kind == CONF_SCALAR && strstr(e->text, "{port}"))
			conf_error(r->tree, e, KT_E_NOT_FOUND,
			    "command: {port} needs \"port\"");
}

static void check_monitor(
    struct conf_reader *r, const struct conf_node *node, const struct conf_monitor *m)
{
	static const char *const needs[] = { [CONF_MONITOR_TCP] = "port",
		[CONF_MONITOR_COMMAND] = "command",
		[CONF_MONITOR_FILE] = "file",
		[CONF_MONITOR_PUSH] = NULL };
	const char *type = conf_monitor_types[m->type], *need = needs[m->type];
	const char *a = strchr("hi", type[0]) ? "an" : "a";
	for (const struct conf_node *e = node->first; e; e = e->next)
		if (!has_option(m, e->key))
			conf_error_key(r->tree, e, KT_E_CONFLICT,
			    "%s: %s %s monitor has none", e->key, a, type);
	if (need && !conf_has(node, need))
		conf_error_key(r->tree, node, KT_E_NOT_FOUND,
		    "%s %s monitor needs \"%s\"", a, type, need);
	check_command(r, node, m);
}

static void read_monitor(
    struct conf_reader *r, const struct conf_node *node, struct conf_monitor *m)
{
	size_t n_errors = r->tree->errs->n_errors;
	*m = (struct conf_monitor){ .name = conf_strdup(r, node->key),
		.path = "/",
		.jitter = 10,
		.query_type = DNS_TYPE_SOA,
		.query_name = DNS_NAME_ROOT,
		.place = conf_place_of(r, node) };
	conf_items_default(r, conf_monitor_items, m);
	if (!conf_items_read(r, conf_monitor_items, "a monitor", node, m))
		return;
	const struct conf_node *type = conf_node_find(node, "type");
	/* Without a good type nothing can be told of the others. */
	bool typed = type &&
		     (m->type != CONF_MONITOR_TCP || strcmp(text_of(type), "tcp") == 0);
	if (typed)
		check_monitor(r, node, m);
	if (r->tree->errs->n_errors == n_errors)
		finish_monitor(r, node, m);
}

void conf_monitors_fill(struct conf_reader *r, const struct conf_node *node)
{
	struct conf_steering *s = &r->config->steering;
	if (!conf_entries(r, "monitors", node))
		return;
	struct conf_monitor *list = conf_alloc(r, node->n, sizeof(*list));
	s->monitors = list;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		if (!conf_name_check(r, "monitor", e, e->key))
			continue;
		read_monitor(r, e, &list[s->n_monitors]);
		conf_names_add(&r->steer->monitors, list[s->n_monitors++].name);
	}
}

static void print_monitor(struct conf_sink *sink, const struct conf_monitor *m)
{
	for (const struct conf_item *i = conf_monitor_items; i->name; i++) {
		struct conf_item one[] = { *i, { 0 } };
		bool unset = strcmp(i->name, "port") == 0 && !m->port;
		if (has_option(m, i->name) && !unset)
			conf_items_print(sink, one, m);
	}
}

void conf_monitors_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_steering *s = base;
	if (!s->n_monitors)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < s->n_monitors; i++) {
		sink->open(sink, s->monitors[i].name, CONF_MAP);
		print_monitor(sink, &s->monitors[i]);
		sink->close(sink);
	}
	sink->close(sink);
}
