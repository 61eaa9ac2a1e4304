/*
 * https: servers of libmicrohttpd, certificates made by openssl(1) at the time of the test.
 */
#include "probe/probe.h"

#include "base/file.h"
#include "base/log.h"
#include "server.h"
#include "world.h"

#include <microhttpd.h>
#include <signal.h>

/* An authority, and certificates of it: good, expired, ending in ten days; and a self-signed one. */
static const char script[] =
    "set -e; cd \"$1\"\n"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
    "san='subjectAltName=IP:127.0.0.1,DNS:www.example.test'\n"
    "openssl req -x509 $key -keyout ca.key -out ca.pem -days 30 -subj /CN=authority\n"
    "openssl req -x509 $key -keyout self.key -out self.pem -days 30 -subj /CN=self "
    "-addext $san\n"
    "cat >ca.conf <<.\n"
    "[ca]\ndefault_ca=d\n"
    "[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\n"
    "private_key=ca.key\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n"
    "unique_subject=no\n"
    "[p]\ncommonName=supplied\n"
    ".\n"
    ": >index; echo 10 >serial\n"
    "for c in good:$(date -u -d '+20 days' +%Y%m%d%H%M%SZ) "
    "soon:$(date -u -d '+10 days' +%Y%m%d%H%M%SZ) old:20261101120000Z; do\n"
    "  n=${c%%:*}\n"
    "  openssl req -new $key -keyout $n.key -out $n.csr -subj /CN=$n -addext $san\n"
    "  openssl ca -batch -config ca.conf -in $n.csr -out $n.pem -notext "
    "-startdate 20260101000000Z -enddate ${c#*:}\n"
    "done\n";

static char directory[] = "/tmp/probe-https-XXXXXX";
static char ca_file[64];

static int set_up(void **state)
{
	(void)state;
	char file[80], command[256];
	log_set_level(LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/make", directory);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", directory);
	assert_int_equal(kt_file_replace(file, script, strlen(script), 0600), 0);
	snprintf(command, sizeof(command), "sh %s %s >%s/log 2>&1", file, directory,
	    directory);
	return system(command);
}

static int tear_down(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* The server */

struct https {
	struct MHD_Daemon *daemon;
	uint16_t port;
	bool closes;
	struct kt_file key, certificate;
	unsigned n_connections;
	char last_host[64];
};

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_size,
    void **request)
{
	struct https *h = ctx;
	(void)url, (void)method, (void)version, (void)upload, (void)upload_size;
	if (!*request) {
		*request = h;
		return MHD_YES;
	}
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	snprintf(h->last_host, sizeof(h->last_host), "%s", host ? host : "");
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    2, (void *)(uintptr_t) "ok", MHD_RESPMEM_PERSISTENT);
	if (h->closes)
		MHD_add_response_header(r, "Connection", "close");
	enum MHD_Result result = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return result;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **socket,
    enum MHD_ConnectionNotificationCode code)
{
	struct https *h = ctx;
	(void)c, (void)socket;
	h->n_connections += code == MHD_CONNECTION_NOTIFY_STARTED;
}

static void read_part(const char *name, const char *kind, struct kt_file *out)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/%s.%s", directory, name, kind);
	assert_int_equal(kt_file_read(path, 65536, out), 0);
}

static void https_open(struct https *h, const char *certificate)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(h->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	read_part(certificate, "key", &h->key);
	read_part(certificate, "pem", &h->certificate);
	h->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0,
	    NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_HTTPS_MEM_KEY,
	    h->key.at, MHD_OPTION_HTTPS_MEM_CERT, h->certificate.at,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	assert_non_null(h->daemon);
	h->port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void https_close(struct https *h)
{
	MHD_stop_daemon(h->daemon);
	kt_file_free(&h->key);
	kt_file_free(&h->certificate);
}

static struct world *open_world(const struct https *h)
{
	struct world *w = world_open(CONF_MONITOR_HTTPS, NULL);
	(void)world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	w->monitors[0].port = h->port;
	w->monitors[0].timeout_ms = 2000;
	w->monitors[0].ca_file = ca_file;
	world_use(w);
	return w;
}

/* Tests */

static void a_certificate_must_be_trusted_valid_and_of_the_name(void **state)
{
	(void)state;
	static const struct {
		const char *certificate, *host;
		bool verify;
		uint32_t margin_days;
		const char *error;
	} cases[] = {
		{ "good", NULL, true, 0, "" },
		{ "good", "www.example.test", true, 0, "" },
		{ "good", "other.example.test", true, 0,
		    "certificate is for another name" },
		{ "good", "other.example.test", false, 0, "" },
		{ "good", NULL, true, 14, "" },
		{ "soon", NULL, true, 0, "" },
		{ "soon", NULL, true, 14, "certificate expires on " },
		{ "soon", NULL, false, 14, "certificate expires on " },
		{ "old", NULL, true, 0, "certificate expired on 2026-11-01" },
		{ "old", NULL, false, 0, "" },
		{ "old", NULL, false, 1, "certificate expired on 2026-11-01" },
		{ "self", NULL, true, 0,
		    "certificate not trusted: self-signed certificate" },
		{ "self", NULL, false, 0, "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct https h = { .port = 0 };
		https_open(&h, cases[i].certificate);
		struct world *w = open_world(&h);
		w->monitors[0].host = cases[i].host;
		w->monitors[0].verify = cases[i].verify;
		w->monitors[0].certificate_s = cases[i].margin_days * 86400;
		world_use(w);
		for (int k = 0; k < 3; k++) {
			const char *error = world_probe(w, 0);
			size_t len = strlen(cases[i].error);
			if (len && cases[i].error[len - 1] == ' ')
				assert_memory_equal(error, cases[i].error, len);
			else
				assert_string_equal(error, cases[i].error);
		}
		if (!cases[i].error[0])
			assert_int_equal(h.n_connections, 1); /* kept */
		world_close(w);
		https_close(&h);
	}
}

static void a_restart_with_an_expired_certificate_is_noticed_and_its_end_too(
    void **state)
{
	(void)state;
	struct https h = { .port = 0 };
	https_open(&h, "good");
	struct world *w = open_world(&h);
	assert_string_equal(world_probe(w, 0), "");
	https_close(&h);
	assert_string_equal(world_probe(w, 0), "connection refused");
	https_open(&h, "old");
	assert_string_equal(world_probe(w, 0), "certificate expired on 2026-11-01");
	assert_string_equal(world_probe(w, 0), "certificate expired on 2026-11-01");
	https_close(&h);
	https_open(&h, "good");
	assert_string_equal(world_probe(w, 0), "");
	world_close(w);
	https_close(&h);
}

/* The margin of a session that is resumed may be that of a certificate replaced since. */
static void a_certificate_that_was_renewed_is_seen_behind_sessions(void **state)
{
	(void)state;
	struct https h = { .port = 0, .closes = true };
	https_open(&h, "soon");
	struct world *w = open_world(&h);
	assert_string_equal(world_probe(w, 0), "");
	assert_string_equal(world_probe(w, 0), "");
	assert_int_equal(h.n_connections, 2);
	/* from now on ten days are too short */
	w->monitors[0].certificate_s = 14 * 86400;
	assert_non_null(strstr(world_probe(w, 0), "certificate expires on"));
	https_close(&h);
	https_open(&h, "good");
	assert_string_equal(world_probe(w, 0), "");
	world_close(w);
	https_close(&h);
}

static void what_is_no_tls_says_so_in_time(void **state)
{
	(void)state;
	struct https h = { .port = 0 };
	struct server *quiet = server_start(server_say_nothing);
	struct server *resets = server_start(server_reset);
	h.port = quiet->port;
	struct world *w = open_world(&h);
	w->monitors[0].timeout_ms = 300;
	world_use(w);
	assert_string_equal(world_probe(w, 0), "timeout after 300ms");
	assert_true(w->took_ms <= 350);
	w->monitors[0].port = resets->port;
	world_use(w);
	assert_string_not_equal(world_probe(w, 0), "");
	assert_true(w->took_ms <= 350);
	w->monitors[0].ca_file = "/nowhere/ca.pem";
	world_use(w);
	assert_string_not_equal(world_probe(w, 0), "");
	world_start(w, 0);
	world_close(w);
	server_stop(quiet);
	server_stop(resets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_must_be_trusted_valid_and_of_the_name),
		cmocka_unit_test(
		    a_restart_with_an_expired_certificate_is_noticed_and_its_end_too),
		cmocka_unit_test(
		    a_certificate_that_was_renewed_is_seen_behind_sessions),
		cmocka_unit_test(what_is_no_tls_says_so_in_time),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
