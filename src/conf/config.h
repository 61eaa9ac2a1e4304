/*
 * conf/config.h -- the configuration of a node, typed and checked.
 *
 * conf_config_read() turns a YAML file (kotae.yaml(5)) into this struct, or reports every
 * error it finds with file:line:column.  All that can be known without the network and
 * without zone files is checked: types, ranges, addresses, references, contradictions.
 * Paths are already relative to the file that named them; secrets are already read.
 *
 * Memory:   one arena, freed by conf_config_free().  Immutable once read.
 * Threads:  immutable: any.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/place.h"
#include "conf/steering.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_key {              /* keys: NAME: {algorithm, secret or secret-file} */
	struct dns_name name;  /* lower case */
	const char *algorithm; /* "hmac-sha256" ...; checked */
	uint8_t secret[128];
	uint8_t secret_len;
	const char *
	    secret_file; /* where it was read from; NULL: it stands in the configuration */
	struct conf_place place;
};

struct conf_peer { /* {address, key} or a bare address or prefix */
	struct kt_prefix from;
	uint16_t port;              /* 0: the default */
	const struct conf_key *key; /* NULL: none */
	struct conf_place place;
};

struct conf_listen {
	struct kt_addr address; /* one entry for each address of a list */
	uint16_t port;
	bool udp, tcp;
	struct conf_place place;
};

struct conf_synth {
	bool
	    reverse; /* PTR for prefix (the zone is below in-addr.arpa or ip6.arpa); else A/AAAA under the zone */
	struct kt_prefix prefix;
	const char *
	    pattern; /* "{address}": "host-{address}" as label prefix; see kotae.yaml(5) */
	struct dns_name origin; /* reverse: what the PTR target is below */
	uint32_t ttl_s;
	struct conf_place place;
};

struct conf_zone {
	struct dns_name name; /* lower case */
	const char *file;     /* NULL: none, then synth is given */
	const struct conf_peer *transfer_to;
	size_t n_transfer_to;
	const struct conf_synth *synth;
	size_t n_synth;
	const char *const *key_files; /* private keys that sign what is made here */
	size_t n_key_files;
	struct conf_place place;
};

/* "*": {directory: zones/}: every NAME.zone in it; options as of a zone. */
struct conf_zone_directory {
	const char *path;
	const struct conf_peer *transfer_to;
	size_t n_transfer_to;
	struct conf_place place;
};

struct conf_config {
	const char *file; /* the file it was read from */

	/* node: */
	const char *name;    /* NSID, id.server; default: the host's name */
	const char *version; /* version.bind; empty: refused */
	const char *state;   /* directory; NULL: none */
	unsigned workers;    /* 0: one a core */
	const char *user;    /* NULL: privileges are not dropped */
	const char *group;
	uint8_t cookie_secret[2][16]; /* the first makes cookies, both are accepted */
	unsigned n_cookie_secrets;    /* 0: made at start */
	const char *cookie_secret_file;

	/* control: */
	const char *
	    control_socket; /* default: STATE/control.sock, without state /run/kotae/control.sock */
	const char *control_group;

	/* http: */
	bool http;
	struct kt_addr http_address;
	uint16_t http_port;

	/* authority: */
	uint16_t udp_max;                   /* default 1232 */
	bool minimal, any_minimal, cookies; /* default true */
	struct dns_name report_agent;       /* root: none */
	uint64_t images_size; /* octets of answer images a worker; default 8 MiB */

	/* tcp: */
	unsigned tcp_connections; /* in total; default 4096 */
	unsigned tcp_per_client;  /* default 128 */
	uint32_t tcp_idle_ms;     /* default 10 s */

	const struct conf_key *keys;
	size_t n_keys;
	const struct conf_listen *listens;
	size_t n_listens;
	const struct conf_zone *zones;
	size_t n_zones;
	const struct conf_zone_directory *directories;
	size_t n_directories;
	const char *const *
	    templates; /* templates: [as112]: built-in sets of zones (zone/template.h) */
	size_t n_templates;
	struct conf_steering steering; /* all 0: nothing is steered */

	struct kt_arena memory; /* private */
};

#define CONF_FILE_DEFAULT "/etc/kotae/kotae.yaml"

/*
 * 0 and *out, or the code of the first error with all of them in errs.  Warnings may be in
 * errs after 0.
 */
KT_MUST KT_NONNULL int conf_config_read(
    const char *path, struct kt_errs *errs, struct conf_config **out);
/*
 * The same from memory: text[len] must be readable and 0.  file is for messages and relative
 * paths.  No other file is read: an include or a ...-file of a secret is an error.
 */
KT_MUST KT_NONNULL int conf_config_read_text(const char *text, size_t len,
    const char *file, struct kt_errs *errs, struct conf_config **out);
void conf_config_free(struct conf_config *config);

/*
 * Where the control socket is, from `node` and `control` alone: also when the rest of the file
 * is wrong.  0 and a new string, or the code of the first error, in errs.
 */
KT_MUST KT_NONNULL int conf_socket_read(
    const char *path, struct kt_errs *errs, char **out);
