/* The tables of verbs and options. */
#include "cli/verb.h"

#define PATTERN_IS                                                             \
 "PATTERN is a target's key (192.0.2.1/web, pool/osaka), an address or name\n" \
 "for all its monitors, or a glob of keys (\"*/web\")."

const struct cli_verb cli_verbs[] = {
	{ .name = "check",
	    .operands = "[CONFIG]",
	    .max = 1,
	    .run = cli_check_run,
	    .help = "Check the configuration and all zones that it names",
	    .details =
		"CONFIG is the file given with --config, or /etc/kotae/kotae.yaml.\n"
		"With --print the configuration is printed as it is understood, with "
		"all\n"
		"defaults, and zones are not read." },
	{ .name = "zone check",
	    .operands = "NAME FILE",
	    .min = 2,
	    .max = 2,
	    .run = cli_zone_check_run,
	    .help = "Check a zone file",
	    .details =
		"TIME is 2017-08-21, 2017-08-21T12:30:00Z, 20170821123000 or seconds\n"
		"since 1970, in UTC; a day alone is its noon.  Without --at signatures "
		"are judged as of now." },
	{ .name = "status",
	    .control = &control_verbs[CONTROL_STATUS],
	    .show = cli_status_show },
	{ .name = "reload",
	    .control = &control_verbs[CONTROL_RELOAD],
	    .show = cli_reload_show },
	{ .name = "stop",
	    .control = &control_verbs[CONTROL_STOP],
	    .show = cli_stop_show },
	{ .name = "config diff",
	    .control = &control_verbs[CONTROL_CONFIG_DIFF],
	    .show = cli_config_diff_show },
	{ .name = "zone list",
	    .control = &control_verbs[CONTROL_ZONE_LIST],
	    .show = cli_zone_list_show },
	{ .name = "zone show",
	    .operands = "NAME",
	    .min = 1,
	    .max = 1,
	    .control = &control_verbs[CONTROL_ZONE_SHOW],
	    .show = cli_zone_show_show },
	{ .name = "steer list",
	    .operands = "[PATTERN]",
	    .max = 1,
	    .control = &control_verbs[CONTROL_STEER_LIST],
	    .show = cli_steer_list_show,
	    .details = PATTERN_IS
	    "\nThe exit status is 2 when one is down that nobody has forced down." },
	{ .name = "steer show",
	    .operands = "NAME",
	    .min = 1,
	    .max = 1,
	    .control = &control_verbs[CONTROL_STEER_SHOW],
	    .show = cli_steer_show_show },
	{ .name = "steer explain",
	    .operands = "NAME TYPE",
	    .min = 2,
	    .max = 2,
	    .run = cli_steer_explain_run,
	    .help = "Show why a client gets the answer that it gets",
	    .details = "TYPE is A, AAAA or CNAME.  --client ADDR is who asks, --ecs "
		       "PREFIX the\n"
		       "client subnet that comes along; one of them is needed.  The "
		       "daemon is\n"
		       "asked; with --offline the configuration file is, and all is "
		       "taken as up." },
	{ .name = "steer down",
	    .operands = "PATTERN",
	    .min = 1,
	    .max = 1,
	    .control = &control_verbs[CONTROL_STEER_DOWN],
	    .show = cli_steer_list_show,
	    .details = PATTERN_IS },
	{ .name = "steer up",
	    .operands = "PATTERN",
	    .min = 1,
	    .max = 1,
	    .control = &control_verbs[CONTROL_STEER_UP],
	    .show = cli_steer_list_show,
	    .details = PATTERN_IS },
	{ .name = "steer auto",
	    .operands = "PATTERN",
	    .min = 1,
	    .max = 1,
	    .control = &control_verbs[CONTROL_STEER_AUTO],
	    .show = cli_steer_list_show,
	    .details = "PATTERN is as it was given to steer down or steer up." },
	{ .name = "steer push",
	    .operands = "TARGET up|down",
	    .min = 2,
	    .max = 2,
	    .control = &control_verbs[CONTROL_STEER_PUSH],
	    .show = cli_steer_list_show },
	{ .name = "key generate",
	    .operands = "NAME",
	    .min = 1,
	    .max = 1,
	    .run = cli_key_generate_run,
	    .help = "Make a TSIG key, as the configuration takes it",
	    .details =
		"ALGORITHM is hmac-sha256 (the default), hmac-sha384 or hmac-sha512." },
	{ .name = "import gdnsd",
	    .operands = "DIR",
	    .min = 1,
	    .max = 1,
	    .run = cli_import_gdnsd_run,
	    .help = "Make kotae.yaml and zone files from a gdnsd directory",
	    .details =
		"DIR holds gdnsd's config and zones.  Every line that has no equal is "
		"named.\n"
		"The result goes to the directory given with --out, or kotae-import." },
	{ .name = "import bigip",
	    .operands = "FILE",
	    .min = 1,
	    .max = 1,
	    .run = cli_import_bigip_run,
	    .help = "Make kotae.yaml and zone files from BIG-IP DNS stanzas",
	    .details =
		"FILE is a bigip_gtm.conf or the output of `tmsh list gtm`.  Every "
		"line "
		"that\n"
		"has no equal is named.  The result goes to the directory given with "
		"--out, or\n"
		"kotae-import.  Topology records without any wideip become a map; with "
		"--name\n"
		"NAME also a service." },
	{ .name = "ecs table",
	    .operands = "MAP|SERVICE [PREFIX...]",
	    .min = 1,
	    .max = CLI_WORDS_MAX,
	    .run = cli_ecs_table_run,
	    .help = "Show what each client network gets",
	    .details =
		"Without a PREFIX, all classes and cells.  LIST cuts the prefixes as\n"
		"resolvers do: 24,40,48,56." },
	{ .name = "ecs check",
	    .operands = "FILE",
	    .min = 1,
	    .max = 1,
	    .run = cli_ecs_check_run,
	    .help = "Ask a live server for every network of a file of expectations",
	    .details =
		"A line of FILE: PREFIX ANSWER[,ANSWER] [SCOPE], and before them\n"
		"name NAME [TYPE]; kotae(1) tells more.  SERVER and RESOLVER are\n"
		"192.0.2.1, 192.0.2.1:5353 or 2001:db8::1@5353." },
	{ .name = "ecs simulate",
	    .operands = "MAP|SERVICE",
	    .min = 1,
	    .max = 1,
	    .run = cli_ecs_simulate_run,
	    .help = "Try orders of arrival with models of resolvers' caches",
	    .details =
		"CACHE is unbound, powerdns, rfc or all.  SCOPES are those that the\n"
		"server is taken to give: partition (as kotaed does, the default),\n"
		"matched (length of the network that matched, 0 for the default),\n"
		"source (as the query's) or zero." },
	{ .name = "ecs cost",
	    .operands = "MAP|SERVICE",
	    .min = 1,
	    .max = 1,
	    .run = cli_ecs_cost_run,
	    .help = "Count the entries that a resolver will hold",
	    .details = "LIST is what it sends of IPv4 and IPv6; default 24,56." },
	{ .name = "ecs lint",
	    .operands = "[MAP|SERVICE]",
	    .max = 1,
	    .run = cli_ecs_lint_run,
	    .help = "Find what is strange in maps and services",
	    .details = "With --running: resolvers whose client subnets are too short, "
		       "and the\n"
		       "targets that their clients can never reach." },
	{ .name = "ecs export",
	    .operands = "MAP|SERVICE",
	    .min = 1,
	    .max = 1,
	    .run = cli_ecs_export_run,
	    .help = "Print the partition, for those who run resolvers",
	    .details = "FORMAT is csv (the default) or json." },
	{ .name = "ecs diff",
	    .operands = "OLD NEW",
	    .min = 2,
	    .max = 2,
	    .run = cli_ecs_diff_run,
	    .help = "Show which networks change before a reload",
	    .details = "OLD and NEW are network lists, configurations or exports." },
};

const size_t cli_n_verbs = KT_COUNT(cli_verbs);
_Static_assert(KT_COUNT(cli_verbs) <= CLI_VERBS_MAX, "more verbs than places for them");

const struct cli_option cli_options[] = {
	{ 'c', "config", "FILE", NULL,
	    "The configuration; default /etc/kotae/kotae.yaml" },
	{ 's', "socket", "PATH", NULL, "The control socket; default: as configured" },
	{ 'j', "json", NULL, NULL, "Answer in JSON" },
	{ 0, "print", NULL, "check", "Print the configuration as it is understood" },
	{ 0, "at", "TIME", "zone check", "The time for which signatures are judged" },
	{ 0, "algorithm", "ALGORITHM", "key generate", "The algorithm of the key" },
	{ 0, "out", "DIR", "import gdnsd, import bigip", "Where the files go" },
	{ 0, "name", "NAME", "import bigip, ecs check",
	    "The service of records without a wideip; the name asked for in all rows" },
	{ 0, "running", NULL, "ecs table, ecs simulate, ecs cost, ecs lint, ecs export",
	    "Look at what the daemon has loaded" },
	{ 0, "source", "LIST", "ecs table, ecs cost, ecs lint",
	    "Lengths of client subnets that are sent" },
	{ 0, "resolver", "ADDRESS", "ecs table, ecs simulate",
	    "Who asks, where the client's network does not count" },
	{ 0, "prefixes", "FILE", "ecs simulate, ecs cost",
	    "The clients' networks, one a line" },
	{ 0, "orders", "N", "ecs simulate",
	    "Orders to try with more than 8 clients; default 10000" },
	{ 0, "seed", "N", "ecs simulate", "Chooses the sample of orders" },
	{ 0, "cache", "CACHE", "ecs simulate", "The models to try; default all" },
	{ 0, "entries", "N", "ecs simulate",
	    "Entries that a cache keeps a family; default no limit" },
	{ 0, "server-scope", "SCOPES", "ecs simulate", "The scopes of the server" },
	{ 0, "names", "N", "ecs cost", "Names that are steered; default 1" },
	{ 0, "types", "N", "ecs cost", "Types that are asked for; default 1" },
	{ 0, "server", "SERVER", "ecs check", "The authoritative server to ask" },
	{ 0, "via", "RESOLVER", "ecs check", "The resolver to ask in its place" },
	{ 0, "type", "TYPE", "ecs check", "The type to ask for in all rows" },
	{ 0, "timeout", "TIME", "ecs check",
	    "How long to wait for a reply; default 2s" },
	{ 0, "tries", "N", "ecs check", "How often to ask; default 3" },
	{ 0, "format", "FORMAT", "ecs export", "How to print it" },
	{ 0, "top", "N", "ecs diff", "Changed blocks to show of a family; default 20" },
	{ 0, "client", "ADDR", "steer explain", "The address of who asks" },
	{ 0, "ecs", "PREFIX", "steer explain", "The client subnet that comes along" },
	{ 0, "offline", NULL, "steer explain", "Ask the configuration file instead" },
	{ 0, "for", "TIME", "steer down, steer up",
	    "Until then: 90s, 30m, 2h, 1d; default: for good" },
	{ 0, "reason", "TEXT", "steer down, steer up", "Why, for all to read" },
	{ 'h', "help", NULL, NULL, "Show help, of a verb if one is named" },
	{ 'V', "version", NULL, NULL, "Show the version" },
	{ 0 },
};

_Static_assert(
    KT_COUNT(cli_options) <= CLI_OPTIONS_MAX, "more options than places for them");
