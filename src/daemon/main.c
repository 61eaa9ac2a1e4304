/*
 * kotaed -- the daemon: configuration, sockets, privileges, then the control loop.
 */
#include "base/err.h"
#include "base/log.h"
#include "conf/config.h"
#include "daemon/answers.h"
#include "daemon/control.h"
#include "daemon/notify.h"
#include "daemon/sandbox.h"
#include "daemon/server.h"
#include "daemon/steered.h"
#include "daemon/try.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "usage: kotaed [-c FILE] [-t] [-v] [--no-seccomp]\n"
    "\n"
    "Serves the zones that FILE names (default: " CONF_FILE_DEFAULT
    ") and stays in the\n"
    "foreground.  SIGHUP reloads, SIGTERM and SIGINT stop.\n"
    "\n"
    "  -c, --config FILE   the configuration\n"
    "  -t, --test          check the configuration and exit\n"
    "  -v, --verbose       log more\n"
    "      --no-seccomp    no filter of system calls, for debuggers and profilers\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n";

struct options {
	const char *file;
	bool test, no_seccomp;
};

enum {
	EXIT_USAGE = 64,
	ZONES_LOGGED = 10, /* at the start */
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "no-seccomp", no_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on; else exit with it. */
static int read_options(int argc, char **argv, struct options *o)
{
	for (int c;
	     (c = getopt_long(argc, argv, "c:tvhV", long_options, NULL)) != -1;) {
		switch (c) {
		case 'c':
			o->file = optarg;
			break;
		case 't':
			o->test = true;
			break;
		case 'v':
			log_set_level(LOG_LEVEL_DEBUG);
			break;
		case 'S':
			o->no_seccomp = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			printf("kotaed %s\n", KOTAE_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "kotaed: %s: unexpected\n%s", argv[optind], usage);
	return EXIT_USAGE;
}

static void print_errors(const struct kt_errs *errs)
{
	kt_errs_print(errs, stderr, isatty(STDERR_FILENO));
}

static void raise_limits(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur == files.rlim_max)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void log_zones(const struct zone_table *zones)
{
	char name[DNS_NAME_TEXT];
	for (size_t i = 0; i < zones->n && i < ZONES_LOGGED; i++) {
		const struct zone_item *item = &zones->items[i];
		if (item->zone)
			log_info("zone: zone=%s serial=%u records=%" PRIu64,
			    dns_name_print(item->name, name), item->zone->serial,
			    item->zone->n_records);
	}
	if (zones->n > ZONES_LOGGED)
		log_info("zone: and %zu more", zones->n - ZONES_LOGGED);
}

static void log_start(void *ctx, const struct server_view *view)
{
	(void)ctx;
	char text[KT_ADDR_TEXT];
	size_t counts[ZONE_N_STATES];
	for (size_t i = 0; i < view->listeners->n; i++) {
		const struct listener *l = &view->listeners->list[i];
		log_info("listen: address=%s port=%u transport=%s",
		    kt_addr_print(&l->address, text), l->port, l->tcp ? "tcp" : "udp");
	}
	log_zones(view->zones);
	zone_table_count(view->zones, counts);
	log_info("ready: version=%s workers=%u zones=%zu failed=%zu config=%s",
	    KOTAE_VERSION, view->n_workers, view->zones->n, counts[ZONE_FAILED],
	    view->config->file);
	try_print(view);
}

/* From here on the server runs: with sockets, as an ordinary user, in the sandbox. */
static int run(struct server *server, struct control *control, struct kt_errs *errs)
{
	int rc = server_start(server, errs);
	if (errs->n_errors)
		log_warn("start: %zu errors in zones", errs->n_errors);
	if (rc) {
		print_errors(errs);
		return 1;
	}
	server_see(server, log_start, NULL);
	rc = control_run(control);
	return rc ? 1 : 0;
}

static int start(
    const struct options *o, struct conf_config *config, struct kt_errs *errs)
{
	struct server *server;
	struct control *control;
	const char *user = config->user, *group = config->group;
	int rc = server_open(config, errs, &server);
	if (rc) {
		print_errors(errs);
		return 1;
	}
	rc = control_open(server, config, errs, &control);
	if (!rc)
		rc = sandbox_drop_user(user, group, errs);
	if (!rc && !o->no_seccomp)
		rc = sandbox_close(errs);
	print_errors(errs);
	int status = 1;
	if (!rc) {
		kt_errs_fini(errs);
		kt_errs_init(errs, 0);
		status = run(server, control, errs);
	}
	control_close(control);
	server_free(server);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { .file = CONF_FILE_DEFAULT };
	int status = read_options(argc, argv, &o);
	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	control_hold_signals();
	raise_limits();
	struct kt_errs errs;
	struct conf_config *config;
	kt_errs_init(&errs, 0);
	if (conf_config_read(o.file, &errs, &config)) {
		print_errors(&errs);
		status = 1;
	} else if (o.test) {
		status = answers_check(config, &errs) || steered_check(config, &errs);
		print_errors(&errs);
		conf_config_free(config);
	} else {
		status = start(&o, config, &errs);
	}
	kt_errs_fini(&errs);
	return status;
}
