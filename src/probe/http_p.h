/*
 * probe/http_p.h -- http and https by libcurl.
 *
 * A site is targets of one monitor: a multi handle with the connections that are kept to
 * them.  A client is an easy handle: an https target has its own, since TLS sessions are kept with
 * it; the others take one for each probe.
 *
 * What a kept connection or a resumed session tells of a certificate is old.  So a certificate is
 * found bad in a full handshake only, and there is one every PROBE_FULL_S at least.
 *
 * Names are never resolved: CURLOPT_CONNECT_TO has the address.
 */
#pragma once

#include "probe/needle.h"
#include "probe/probe_p.h"

#include <curl/curl.h>

#define PROBE_BODY_MAX ((size_t)64 << 10)
#define PROBE_FULL_S   300

struct probe_http_client {
	struct probe_http_site *site;
	struct probe_http_client *next; /* of the spare ones */
	CURL *easy;
	struct curl_slist *to;
	struct probe *probe; /* NULL: idle */
	/* of the transfer under way */
	size_t seen;    /* octets of the body */
	size_t matched; /* of the text that is looked for */
	bool cut;       /* the body is longer than what is looked at */
	bool full;      /* its handshake resumes nothing */
	bool looking;   /* connects only to see the certificate */
	char error[CURL_ERROR_SIZE];
};

/* An https target between its probes. */
struct probe_http_tls {
	struct probe_http_client *client; /* NULL: none yet */
	kt_unix end;                      /* of the certificate seen last; 0: none */
	struct kt_instant full_at;        /* the last full handshake; 0: none */
	bool closing;                /* its connection ends, then comes a full one */
	kt_unix ended;               /* when it expired; 0: not known */
	struct kt_instant looked_at; /* when that was looked for */
};

struct probe_http_site {
	struct probe_http *http;
	const struct conf_monitor *monitor;
	CURLM *multi;
	struct kt_instant due; /* when libcurl wants to be called */
	struct probe_needle needle;
	struct probe_http_client *spare;
	size_t n_targets;
};

struct probe_http {
	struct prober *prober;
	struct probe_http_site **sites;
	size_t n_sites;
	struct probe_http_site **site_of; /* by target; NULL: not http */
	struct probe_http_tls *tls;       /* by target; NULL: no target is https */
};

/* http_client.c */
KT_MUST KT_NONNULL struct probe_http_client *probe_http_client_new(
    struct probe_http_site *site);
void probe_http_client_free(struct probe_http_client *c);
/* Says whom to ask. */
KT_NONNULL void probe_http_client_aim(
    struct probe_http_client *c, const struct steering_target *target);
/* Makes it connect and shake hands only, whatever the certificate is. */
KT_NONNULL void probe_http_client_look(struct probe_http_client *c);

/* http.c */
KT_NONNULL void probe_http_begin(struct probe *p);
/* The same with a new client, a new connection and a full handshake. */
KT_NONNULL void probe_http_begin_full(struct probe *p);
KT_NONNULL static inline struct probe_http_tls *probe_http_tls_of(const struct probe *p)
{
	return &p->prober->http->tls[p->number];
}

/* http_judge.c: what came of a transfer; ends the probe, or begins another for it. */
KT_NONNULL void probe_http_judge(struct probe *p, CURLcode code);
