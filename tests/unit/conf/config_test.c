#include "conf/config.h"

#include "conf_test.h"

#include <sys/stat.h>
#include <unistd.h>

#define LISTEN "listen: [{address: 127.0.0.1, port: 5300}]\n"
#define ZONES  "zones: {example.com: {file: a.zone}}\n"

static void each_error_names_its_line_column_and_cure(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *said;
	} cases[] = {
		{ LISTEN "zoens: {}\n",
		    "E 2:1 unknown option \"zoens\"; did you mean \"zones\"?\n" },
		{ LISTEN ZONES "quux: 1\n", "E 3:1 unknown option \"quux\"\n" },
		{ LISTEN ZONES "node: {workers: many}\n",
		    "E 3:17 workers: found \"many\", expected a number between 1 and "
		    "1024 threads, or auto\n" },
		{ LISTEN ZONES "node: {workers: 0}\n",
		    "E 3:17 workers: found \"0\", expected a number between 1 and 1024 "
		    "threads, or auto\n" },
		{ LISTEN ZONES "node: {workers: [1]}\n",
		    "E 3:17 workers: found a list, expected a number between 1 and "
		    "1024 threads, or auto\n" },
		{ LISTEN ZONES "node: {workers: }\n",
		    "E 3:17 workers: found nothing, expected a number between 1 and "
		    "1024 threads, or auto\n" },
		{ LISTEN ZONES "node: x\n",
		    "E 3:7 node: found \"x\", expected a map\n" },
		{ LISTEN ZONES "authority: {udp-max: 511}\n",
		    "E 3:22 udp-max: found \"511\", expected a number between 512 and "
		    "4096 octets\n" },
		{ LISTEN ZONES "authority: {minimal: yes}\n",
		    "E 3:22 minimal: found \"yes\", expected true or false\n" },
		{ LISTEN ZONES "authority: {images-size: 8MB}\n",
		    "E 3:26 images-size: found \"8MB\", expected a size between 0 and "
		    "64GiB\n" },
		{ LISTEN ZONES "authority: {report-agent: a..b}\n",
		    "E 3:27 report-agent: found \"a..b\", expected a domain name\n" },
		{ LISTEN ZONES "tcp: {idle: 10y}\n",
		    "E 3:13 idle: found \"10y\", expected a duration between 100ms and "
		    "1h\n" },
		{ LISTEN ZONES "http: {listen: 127.0.0.1}\n",
		    "E 3:16 listen: found \"127.0.0.1\", expected an address and port "
		    "as "
		    "127.0.0.1:8053 or [::1]:8053\n" },
		{ LISTEN ZONES "http: {listen: 127.0.0.1:5300}\n",
		    "E 3:7 http: a DNS listener has this address and port\n"
		    "N 1:20 the first is here\n" },
		{ LISTEN ZONES "resolver: {}\n",
		    "E 3:1 resolver is not supported yet by this version\n" },
		{ LISTEN ZONES "anycast: {}\nsigning: {}\n",
		    "E 3:1 anycast is not supported yet by this version\n"
		    "E 4:1 signing is not supported yet by this version\n" },
		{ LISTEN "templates: [as113]\n",
		    "E 2:13 templates: found \"as113\", expected as112\n" },
		{ LISTEN "templates: [as112, as112]\n",
		    "E 2:20 templates: as112 is here twice\n" },
		{ "[]\n", "E 1:1 the configuration: found a list, expected a map\n" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		conf_test_errors(cases[i].yaml, cases[i].said);
}

static void listeners_are_checked_against_each_other(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *said;
	} cases[] = {
		{ "listen:\n  - {address: [127.0.0.1, \"::1\"], port: 53}\n  - "
		  "{address: 127.0.0.1}\n" ZONES,
		    "E 3:15 two listeners on 127.0.0.1 port 53\nN 2:16 the first is "
		    "here\n" },
		{ "listen:\n  - address: 300.1.1.1\n" ZONES,
		    "E 2:14 address: found \"300.1.1.1\", expected an IPv4 or IPv6 "
		    "address\n" },
		{ "listen:\n  - port: 53\n" ZONES,
		    "E 2:5 a listener needs \"address\"\n" },
		{ "listen:\n  - 127.0.0.1\n" ZONES,
		    "E 2:5 a listener: found \"127.0.0.1\", expected a map\n" },
		{ "listen: {address: 127.0.0.1}\n" ZONES,
		    "E 1:9 listen: found a map, expected a list\n" },
		{ "listen:\n  - {address: 127.0.0.1, serve: resolver}\n" ZONES,
		    "E 2:33 serve: resolver is not supported yet by this version\n" },
		{ "listen:\n  - {address: 127.0.0.1, serve: authorty}\n" ZONES,
		    "E 2:33 serve: found \"authorty\", expected authority; did you "
		    "mean \"authority\"?\n" },
		{ "listen:\n  - {address: 127.0.0.1, transports: [udp, tls, sctp, "
		  "udp]}\n" ZONES,
		    "E 2:44 transports: tls is not supported yet by this version\n"
		    "E 2:49 transports: found \"sctp\", expected udp or tcp\n"
		    "E 2:55 transports: \"udp\" is here twice\n" },
		{ "listen:\n  - {address: [], port: 65536}\n" ZONES,
		    "E 2:25 port: found \"65536\", expected a number between 1 and "
		    "65535\n"
		    "E 2:15 address: an empty list\n" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		conf_test_errors(cases[i].yaml, cases[i].said);
}

static void zones_and_keys_are_checked_against_each_other(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *said;
	} cases[] = {
		{ LISTEN
		    "zones:\n  example.com: {file: a}\n  Example.COM.: {file: b}\n",
		    "E 4:3 the zone example.com. is here twice\nN 3:3 the first is "
		    "here\n" },
		{ LISTEN "zones:\n  a..b: {file: a}\n  c..d: {file: a}\n",
		    "E 3:3 \"a..b\" is no domain name: bad label in a domain name\n"
		    "E 4:3 \"c..d\" is no domain name: bad label in a domain name\n" },
		{ LISTEN "zones:\n  example.com: {}\n",
		    "E 3:3 a zone needs \"file\" or \"synth\"\n" },
		{ LISTEN "zones:\n  example.com: {synth: }\n",
		    "E 3:3 a zone needs \"file\" or \"synth\"\n" },
		{ LISTEN "zones:\n  example.com: {synth: []}\n",
		    "E 3:3 a zone needs \"file\" or \"synth\"\n" },
		{ LISTEN "zones:\n  example.com: a.zone\n",
		    "E 3:16 a zone: found \"a.zone\", expected a map\n" },
		{ LISTEN "zones:\n  example.com: {file: a, sign: x}\n",
		    "E 3:26 sign is not supported yet by this version\n" },
		{ LISTEN "zones:\n  \"*\": {}\n", "E 3:3 \"*\" needs \"directory\"\n" },
		{ LISTEN "zones:\n  a.example: {file: a, transfer-to: [{address: "
			 "\"::1\", key: k2}]}\n"
			 "keys: {k1: {secret: c2VjcmV0}}\n",
		    "E 3:60 key: there is no key \"k2\"; did you mean \"k1\"?\n" },
		{ LISTEN
		    "zones:\n  a.example: {file: a, transfer-to: [192.0.2.1/24]}\n",
		    "E 3:38 address: found \"192.0.2.1/24\", expected a prefix such as "
		    "192.0.2.0/24, without host bits\n" },
		{ LISTEN ZONES "keys: {k1: {secret: c2VjcmV0, algorithm: hmac-md5}}\n",
		    "E 3:42 algorithm: found \"hmac-md5\", expected hmac-sha1, "
		    "hmac-sha224, "
		    "hmac-sha256, hmac-sha384 or hmac-sha512\n" },
		{ LISTEN ZONES "keys: {k1: {secret: \"c2V*\"}}\n",
		    "E 3:21 secret: expected base64 of at most 128 octets, this is "
		    "something else\n" },
		{ LISTEN ZONES "keys: {k1: {}}\n",
		    "E 3:8 a key needs secret-file or secret\n" },
		{ LISTEN ZONES "keys: {k1: {secret: c2Vj}, K1.: {secret: c2Vj}}\n",
		    "E 3:28 the key \"K1.\" is here twice\nN 3:8 the first is here\n" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		conf_test_errors(cases[i].yaml, cases[i].said);
}

static void synth_fits_its_zone(void **state)
{
	(void)state;
#define SYNTH(zone, entry) LISTEN "zones:\n  " zone ": {synth: [{" entry "}]}\n"
	static const struct {
		const char *yaml, *said;
	} cases[] = {
		{ SYNTH("2.0.192.in-addr.arpa",
		      "prefix: 192.0.3.0/24, pattern: \"a{address}\", origin: x"),
		    "E 3:43 prefix: this zone is the reverse of 192.0.2.0/24\n" },
		{ SYNTH("8.b.d.0.1.0.0.2.ip6.arpa",
		      "prefix: 192.0.2.0/24, pattern: \"a{address}\", origin: x"),
		    "E 3:47 prefix: this zone is the reverse of 2001:db8::/32\n" },
		{ SYNTH("2.0.192.in-addr.arpa",
		      "prefix: 192.0.2.0/24, pattern: \"a{address}\""),
		    "E 3:34 in a reverse zone synth needs \"origin\"\n" },
		{ SYNTH("a.example",
		      "prefix: 192.0.2.0/24, pattern: \"a{address}\", origin: x"),
		    "E 3:77 origin: only a reverse zone has one; here the names are "
		    "below the zone\n" },
		{ SYNTH("a.example", "prefix: 192.0.2.0/24, pattern: host"),
		    "E 3:55 pattern: found \"host\": it needs {address}\n" },
		{ SYNTH("a.example", "prefix: 192.0.2.0/24, pattern: \"a.{address}\""),
		    "E 3:55 pattern: found \"a.{address}\": beside one {address} only "
		    "letters, digits, "
		    "- and _ may stand in a label\n" },
		{ SYNTH("a.example", "prefix: 2001:db8::/32, pattern: "
				     "\"twenty-five-characters---{address}\""),
		    "E 3:56 pattern: with the longest address the label has more than "
		    "63 octets\n" },
		{ SYNTH("a.example", "pattern: \"a{address}\""),
		    "E 3:23 synth needs \"prefix\"\n" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		conf_test_errors(cases[i].yaml, cases[i].said);
	conf_config_free(conf_test_read(SYNTH("2.0.192.in-addr.arpa",
	    "prefix: 192.0.0.0/16, pattern: \"{address}-x\", origin: a.example")));
	conf_config_free(conf_test_read(SYNTH("d.0.1.0.0.2.ip6.arpa",
	    "prefix: 2001:d00::/33, pattern: \"{address}\", origin: a.example")));
}

static void all_errors_of_a_file_are_told_in_one_run(void **state)
{
	(void)state;
	conf_test_errors(
	    "nod: {}\nlisten: [{address: x}]\nzones: {a..b: {file: x}}\nkeys: 3\n",
	    "E 1:1 unknown option \"nod\"; did you mean \"node\"?\n"
	    "E 2:20 address: found \"x\", expected an IPv4 or IPv6 address\n"
	    "E 3:9 \"a..b\" is no domain name: bad label in a domain name\n"
	    "E 4:7 keys: found \"3\", expected a map\n");
}

/* Both entries of a key that is there twice would fill one array. */
static void of_a_key_that_is_there_twice_only_the_first_is_read(void **state)
{
	(void)state;
	conf_test_errors(LISTEN "zones: {a.example: {file: a}}\n"
				"zones: {b.example: {file: b}, c.example: {file: c, "
				"transfer-to: [192.0.2.1]}}\n",
	    "E 3:1 \"zones\" is here twice\nN 2:1 the first is here\n");
}

static void an_idle_configuration_is_a_warning(void **state)
{
	(void)state;
	conf_test_errors("", "W 0:0 no \"listen\": nothing will be answered\n");
	conf_test_errors(
	    "# nothing\n", "W 0:0 no \"listen\": nothing will be answered\n");
	conf_test_errors(LISTEN, "W 0:0 no \"zones\": every query will be refused\n");
	conf_test_errors(
	    LISTEN "zones:\n", "W 0:0 no \"zones\": every query will be refused\n");
	conf_test_errors(LISTEN "templates: [as112]\n", "");
}

static void what_is_not_written_has_its_default(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read("listen: [{address: \"::\"}]\n" ZONES);
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	assert_string_equal(c->name, host);
	assert_string_equal(c->version, "");
	assert_null(c->state);
	assert_null(c->user);
	assert_int_equal(c->workers, 0);
	assert_string_equal(c->control_socket, "/run/kotae/control.sock");
	assert_false(c->http);
	assert_int_equal(c->udp_max, 1232);
	assert_true(c->minimal && c->any_minimal && c->cookies);
	assert_int_equal(c->report_agent.len, 1);
	assert_int_equal(c->images_size, 8 << 20);
	assert_int_equal(c->tcp_connections, 4096);
	assert_int_equal(c->tcp_per_client, 128);
	assert_int_equal(c->tcp_idle_ms, 10000);
	assert_int_equal(c->n_listens, 1);
	assert_int_equal(c->listens[0].port, 53);
	assert_true(c->listens[0].udp && c->listens[0].tcp);
	conf_config_free(c);
}

static void a_full_configuration_is_understood(void **state)
{
	(void)state;
	struct conf_config *c = conf_test_read(
	    "node: {name: tokyo-1, version: \"kotae\", state: /var/lib/kotae/, "
	    "workers: 3, user: kotae}\n"
	    "http: {listen: \"[::1]:8053\"}\n"
	    "tcp: {idle: 300ms}\n"
	    "keys: {Xfr.Example: {algorithm: hmac-sha512, secret: c2VjcmV0}}\n"
	    "listen:\n"
	    "  - {address: [192.0.2.53, \"2001:db8::53\"], port: 5353, transports: "
	    "[tcp]}\n"
	    "zones:\n"
	    "  example.com:\n"
	    "    file: /zones/example.com.zone\n"
	    "    transfer-to: [{address: 192.0.2.7, key: xfr.example}, "
	    "\"2001:db8::/32\"]\n"
	    "  2.0.192.in-addr.arpa:\n"
	    "    synth: [{prefix: 192.0.2.0/25, pattern: \"h-{address}\", origin: "
	    "Example.com, ttl: 5m}]\n"
	    "  \"*\": [{directory: /zones/}, {directory: /more}]\n");
	assert_string_equal(c->name, "tokyo-1");
	assert_string_equal(c->control_socket, "/var/lib/kotae/control.sock");
	assert_true(c->http && c->http_address.family == 6 && c->http_port == 8053);
	assert_int_equal(c->tcp_idle_ms, 300);
	assert_int_equal(c->n_keys, 1);
	assert_octets(c->keys[0].secret, c->keys[0].secret_len, "secret", 6);
	assert_string_equal(c->keys[0].algorithm, "hmac-sha512");
	assert_octets(c->keys[0].name.wire, c->keys[0].name.len, "\3xfr\7example", 13);
	assert_int_equal(c->n_listens, 2);
	assert_true(c->listens[1].address.family == 6 && c->listens[1].port == 5353);
	assert_true(!c->listens[1].udp && c->listens[1].tcp);
	assert_int_equal(c->n_zones, 2);
	assert_string_equal(c->zones[0].file, "/zones/example.com.zone");
	assert_int_equal(c->zones[0].place.line, 8);
	assert_int_equal(c->zones[0].n_transfer_to, 2);
	assert_ptr_equal(c->zones[0].transfer_to[0].key, &c->keys[0]);
	assert_int_equal(c->zones[0].transfer_to[1].from.len, 32);
	assert_null(c->zones[0].transfer_to[1].key);
	assert_int_equal(c->zones[1].n_synth, 1);
	assert_true(c->zones[1].synth[0].reverse);
	assert_int_equal(c->zones[1].synth[0].ttl_s, 300);
	assert_octets(c->zones[1].synth[0].origin.wire, c->zones[1].synth[0].origin.len,
	    "\7example\3com", 13);
	assert_int_equal(c->n_directories, 2);
	conf_config_free(c);
}

/* A directory of its own for files. */
struct place {
	char path[64];
};

static void put(
    const struct place *place, const char *name, const char *text, mode_t mode)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", place->path, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static char *read_said(const struct place *place, struct conf_config **config)
{
	char path[128];
	struct kt_errs errs;
	snprintf(path, sizeof(path), "%s/kotae.yaml", place->path);
	kt_errs_init(&errs, 0);
	*config = NULL;
	int rc = conf_config_read(path, &errs, config);
	assert_int_equal(rc == 0, *config != NULL);
	char *said = conf_test_say(&errs);
	kt_errs_fini(&errs);
	return said;
}

static void make_place(struct place *place)
{
	strcpy(place->path, "/tmp/kotae-conf-XXXXXX");
	assert_non_null(mkdtemp(place->path));
}

static void remove_place(const struct place *place, const char *const *names)
{
	char path[128];
	for (; *names; names++) {
		snprintf(path, sizeof(path), "%s/%s", place->path, *names);
		unlink(path);
	}
	assert_int_equal(rmdir(place->path), 0);
}

static void secrets_come_from_files_beside_the_one_that_names_them(void **state)
{
	(void)state;
	struct place place;
	struct conf_config *c;
	char expected[512];
	make_place(&place);
	put(&place, "kotae.yaml",
	    LISTEN ZONES "node: {cookie-secret-file: cookie.key}\n"
			 "keys: {k: {secret-file: xfr.key}}\n",
	    0600);
	put(&place, "xfr.key", " c2VjcmV0\n", 0600);
	put(&place, "cookie.key",
	    "00112233445566778899aabbccddeeff\nFFEEDDCCBBAA99887766554433221100\n",
	    0600);
	char *said = read_said(&place, &c);
	assert_string_equal(said, "");
	assert_octets(c->keys[0].secret, c->keys[0].secret_len, "secret", 6);
	assert_int_equal(c->n_cookie_secrets, 2);
	assert_int_equal(c->cookie_secret[0][1], 0x11);
	assert_int_equal(c->cookie_secret[1][0], 0xff);
	conf_config_free(c);
	free(said);

	put(&place, "xfr.key", "c2VjcmV0\n", 0644);
	put(&place, "cookie.key", "00112233445566778899aabbccddeeff0\n", 0600);
	said = read_said(&place, &c);
	snprintf(expected, sizeof(expected),
	    "E 3:28 cookie-secret-file: \"%s/cookie.key\" must hold one or two lines "
	    "of 32 "
	    "hexadecimal digits\n"
	    "W 4:25 everybody on this host may read \"%s/xfr.key\"\n",
	    place.path, place.path);
	assert_string_equal(said, expected);
	free(said);
	remove_place(&place,
	    (const char *const[]){ "kotae.yaml", "xfr.key", "cookie.key", NULL });
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	struct place place;
	struct conf_config *c;
	make_place(&place);
	char *said = read_said(&place, &c);
	assert_string_equal(said, "E 0:0 cannot be read: No such file or directory\n");
	free(said);
	remove_place(&place, (const char *const[]){ NULL });
}

static void a_socket_path_that_the_system_cannot_take_is_an_error(void **state)
{
	(void)state;
	char yaml[512], name[121];
	memset(name, 'a', 120);
	name[120] = 0;
	snprintf(yaml, sizeof(yaml), LISTEN ZONES "control: {socket: /%s}\n", name);
	char expected[256];
	snprintf(expected, sizeof(expected),
	    "E 3:19 the control socket's path is longer than 107 octets: "
	    "\"/%.59s...\"\n",
	    name);
	conf_test_errors(yaml, expected);
}

static void no_other_file_is_read_for_a_text_in_memory(void **state)
{
	(void)state;
	conf_test_errors(LISTEN ZONES "keys: {k: {secret-file: /etc/hostname}}\n"
				      "include: /etc/hostname\n",
	    "E 4:10 include: no other file is read here\n"
	    "E 3:25 secret-file: no other file is read here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_error_names_its_line_column_and_cure),
		cmocka_unit_test(listeners_are_checked_against_each_other),
		cmocka_unit_test(zones_and_keys_are_checked_against_each_other),
		cmocka_unit_test(synth_fits_its_zone),
		cmocka_unit_test(all_errors_of_a_file_are_told_in_one_run),
		cmocka_unit_test(of_a_key_that_is_there_twice_only_the_first_is_read),
		cmocka_unit_test(an_idle_configuration_is_a_warning),
		cmocka_unit_test(what_is_not_written_has_its_default),
		cmocka_unit_test(a_full_configuration_is_understood),
		cmocka_unit_test(
		    secrets_come_from_files_beside_the_one_that_names_them),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
		cmocka_unit_test(a_socket_path_that_the_system_cannot_take_is_an_error),
		cmocka_unit_test(no_other_file_is_read_for_a_text_in_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
