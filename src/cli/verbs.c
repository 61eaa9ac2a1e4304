/* The tables of verbs and options. */
#include "cli/verb.h"

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
		"FILE is a bigip_gtm.conf or the output of `tmsh list gtm`.  Every line "
		"that\n"
		"has no equal is named.  The result goes to the directory given with "
		"--out, or\n"
		"kotae-import.  Topology records without any wideip become a map; with "
		"--name\n"
		"NAME also a service." },
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
	{ 0, "name", "NAME", "import bigip", "The service of records without a wideip" },
	{ 'h', "help", NULL, NULL, "Show help, of a verb if one is named" },
	{ 'V', "version", NULL, NULL, "Show the version" },
	{ 0 },
};

_Static_assert(
    KT_COUNT(cli_options) <= CLI_OPTIONS_MAX, "more options than places for them");
