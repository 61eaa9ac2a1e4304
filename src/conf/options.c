/* The table of the whole file; what is inside lists and maps is in keys.c, listen.c, zones.c. */
#include "conf/item.h"

static const struct conf_item node_items[] = {
	{ "name", CONF_TEXT, CONF_AT(conf_config, name), .max = 255,
	    .help = "The name of this node: what NSID, id.server and the metrics say. "
		    "Default: "
		    "the host's name." },
	{ "version", CONF_TEXT, CONF_AT(conf_config, version), .fallback = "",
	    .max = 255,
	    .help = "The answer to version.bind and version.server; empty refuses the "
		    "question." },
	{ "state", CONF_PATH, CONF_AT(conf_config, state), .restart = true,
	    .help = "The directory for what must survive a restart; it is created. "
		    "Default: "
		    "nothing is kept." },
	{ "workers", CONF_NUMBER, CONF_AT(conf_config, workers), .restart = true,
	    .fallback = "auto", .min = 1, .max = 1024, .unit = "threads",
	    .zero = "auto", .help = "Threads that answer; auto is one for each core." },
	{ "user", CONF_TEXT, CONF_AT(conf_config, user), .max = 255, .restart = true,
	    .help = "The user to become once the sockets are open. Default: privileges "
		    "are not "
		    "dropped." },
	{ "group", CONF_TEXT, CONF_AT(conf_config, group), .max = 255, .restart = true,
	    .help = "The group to become. Default: the user's own." },
	{ "cookie-secret-file", CONF_SPECIAL, .read = conf_cookie_read,
	    .print = conf_cookie_print,
	    .help = "A file with the secret for server cookies (RFC 9018), 32 "
		    "hexadecimal digits; a "
		    "second line is a secret that is still accepted. Share it among "
		    "the servers of a "
		    "site. Default: a secret is made at start." },
	{ 0 },
};

static const struct conf_item control_items[] = {
	{ "socket", CONF_PATH, CONF_AT(conf_config, control_socket), .restart = true,
	    .help =
		"The control socket. Default: control.sock in the state directory, or "
		"/run/kotae/control.sock without one." },
	{ "group", CONF_TEXT, CONF_AT(conf_config, control_group), .max = 255,
	    .restart = true,
	    .help = "The group whose members may use the control socket." },
	{ 0 },
};

static const struct conf_item http_items[] = {
	{ "listen", CONF_SPECIAL, .restart = true, .read = conf_http_read,
	    .print = conf_http_print,
	    .help = "Address and port for /metrics, /healthz and /readyz, as "
		    "127.0.0.1:8053 or "
		    "[::1]:8053. Default: no HTTP." },
	{ 0 },
};

static const struct conf_item authority_items[] = {
	{ "udp-max", CONF_NUMBER, CONF_AT(conf_config, udp_max), .fallback = "1232",
	    .min = 512, .max = 4096, .unit = "octets",
	    .help = "The longest answer over UDP; longer ones are truncated." },
	{ "minimal", CONF_BOOL, CONF_AT(conf_config, minimal), .fallback = "true",
	    .help = "Leave out what the answer does not need." },
	{ "any-minimal", CONF_BOOL, CONF_AT(conf_config, any_minimal),
	    .fallback = "true", .help = "Answer type ANY with one RRset (RFC 8482)." },
	{ "cookies", CONF_BOOL, CONF_AT(conf_config, cookies), .fallback = "true",
	    .help = "Answer DNS cookies (RFC 7873, RFC 9018)." },
	{ "report-agent", CONF_NAME, CONF_AT(conf_config, report_agent),
	    .help = "The domain to which resolvers may report errors (RFC 9567). "
		    "Default: none." },
	{ "images-size", CONF_SIZE, CONF_AT(conf_config, images_size), .restart = true,
	    .fallback = "8MiB", .min = 0, .max = (uint64_t)64 << 30, .unit = "octets",
	    .help = "Memory for each worker's finished answers; 0 keeps none." },
	{ 0 },
};

static const struct conf_item tcp_items[] = {
	{ "connections", CONF_NUMBER, CONF_AT(conf_config, tcp_connections),
	    .fallback = "4096", .min = 1, .max = 1000000, .unit = "connections",
	    .help = "TCP connections that are open at a time, in all." },
	{ "per-client", CONF_NUMBER, CONF_AT(conf_config, tcp_per_client),
	    .fallback = "128", .min = 1, .max = 1000000, .unit = "connections",
	    .help = "TCP connections that one client address has open at a time." },
	{ "idle", CONF_SPAN, CONF_AT(conf_config, tcp_idle_ms), .fallback = "10s",
	    .min = 100, .max = 3600000, .unit = "ms",
	    .help =
		"How long a TCP connection may say nothing (RFC 7766 section 6.2.3)." },
	{ 0 },
};

const struct conf_item conf_items[] = {
	{ "node", CONF_SECTION, .items = node_items, .help = "This server." },
	{ "control", CONF_SECTION, .items = control_items,
	    .help = "The socket that kotae uses." },
	{ "http", CONF_SECTION, .items = http_items,
	    .help = "Metrics and health over HTTP." },
	{ "authority", CONF_SECTION, .items = authority_items,
	    .help = "How zones are answered." },
	{ "tcp", CONF_SECTION, .items = tcp_items, .help = "DNS over TCP." },
	{ "keys", CONF_SPECIAL, .items = conf_key_items, .read = conf_keys_read,
	    .print = conf_keys_print, .help = "TSIG keys (RFC 8945), by name." },
	{ "listen", CONF_SPECIAL, .items = conf_listen_items, .read = conf_listen_read,
	    .print = conf_listen_print, .help = "A list of addresses to answer on." },
	{ "zones", CONF_SPECIAL, .items = conf_zone_items, .read = conf_zones_read,
	    .print = conf_zones_print,
	    .help =
		"Zones by name; the name \"*\" stands for the files of a directory." },
	{ "templates", CONF_SPECIAL, .read = conf_templates_read,
	    .print = conf_templates_print,
	    .help = "A list of built-in sets of zones: as112 (RFC 7534, RFC 7535)." },
	{ "steering", CONF_SPECIAL, .items = conf_steering_items,
	    .read = conf_steering_read, .print = conf_steering_print,
	    .help = "Names whose addresses depend on who asks and on what is up." },
	{ .name = "resolver", .type = CONF_PLANNED },
	{ .name = "anycast", .type = CONF_PLANNED },
	{ .name = "signing", .type = CONF_PLANNED },
	{ 0 },
};
