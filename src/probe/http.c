#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "probe/http_p.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

/*
 * Targets of a site.  libcurl 7.88 finds a kept connection along chains of their hundredth part, and
 * looks at all of them once a second, so few are quicker; authorities are read and kept for each
 * multi handle, so https has more.
 */
enum {
	HTTP_SITE_MAX = 128,
	HTTPS_SITE_MAX = 1024,
};

/* Sockets: libcurl says which, and is told when they are ready */

struct watched {
	struct probe_http_site *site;
	curl_socket_t fd;
	uint32_t id;
};

/* Ends the probes whose transfers have. */
static void collect(struct probe_http_site *site)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(site->multi, &left));) {
		CURL *easy = m->easy_handle;
		CURLcode code = m->data.result;
		struct probe_http_client *c = NULL;
		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
		(void)curl_multi_remove_handle(site->multi, easy);
		probe_http_judge(c->probe, code);
	}
}

static void on_ready(void *ctx, uint32_t events)
{
	const struct watched *w = ctx;
	struct probe_http_site *site = w->site;
	int running, mask = 0;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		mask |= CURL_CSELECT_IN;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		mask |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(site->multi, w->fd, mask, &running);
	collect(site);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket)
{
	struct probe_http_site *site = ctx;
	struct probe_wait *wait = &site->http->prober->wait;
	struct watched *w = socket;
	uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
			  (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			probe_wait_remove(wait, w->id, fd);
		free(w);
		return 0;
	}
	if (w) {
		probe_wait_change(wait, w->id, fd, events);
		return 0;
	}
	w = kt_malloc(sizeof(*w));
	*w = (struct watched){ .site = site, .fd = fd };
	if (probe_wait_add(wait, fd, events, on_ready, w, &w->id)) {
		free(w); /* the probe ends by its timeout */
		return 0;
	}
	(void)curl_multi_assign(site->multi, fd, w);
	return 0;
}

/* Time */

static int on_due(CURLM *multi, long ms, void *ctx)
{
	struct probe_http_site *site = ctx;
	(void)multi;
	if (ms < 0) {
		site->due = PROBE_NEVER;
		return 0;
	}
	site->due = kt_instant_add(kt_clock_now(), kt_span_ms(ms));
	prober_wake_at(site->http->prober, site->due);
	return 0;
}

struct kt_instant probe_http_tick(struct probe_http *http, struct kt_instant now)
{
	struct kt_instant next = PROBE_NEVER;
	for (size_t i = 0; http && i < http->n_sites; i++) {
		struct probe_http_site *site = http->sites[i];
		int running;
		if (site->due.ns <= now.ns) {
			site->due = PROBE_NEVER;
			(void)curl_multi_socket_action(
			    site->multi, CURL_SOCKET_TIMEOUT, 0, &running);
			collect(site);
		}
		if (site->due.ns < next.ns)
			next = site->due;
	}
	return next;
}

/* Probes */

void probe_http_begin(struct probe *p)
{
	struct probe_http_client *c = p->http.client;
	c->seen = c->matched = 0;
	c->cut = false;
	c->error[0] = 0;
	(void)curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, c->full ? 1L : 0L);
	CURLMcode code = curl_multi_add_handle(c->site->multi, c->easy);
	if (code)
		probe_fail(p, "%s", curl_multi_strerror(code));
}

static void let_go(struct probe *p)
{
	struct probe_http_client *c = p->http.client;
	if (!c)
		return;
	struct probe_http_site *site = c->site;
	(void)curl_multi_remove_handle(site->multi, c->easy);
	c->probe = NULL;
	p->http.client = NULL;
	if (site->monitor->type != CONF_MONITOR_HTTPS) {
		c->next = site->spare;
		site->spare = c;
	} else if (c->looking) {
		probe_http_client_free(c);
		probe_http_tls_of(p)->client = NULL;
	} else {
		c->full = false;
	}
}

static void take(struct probe *p, struct probe_http_client *c)
{
	c->probe = p;
	p->http.client = c;
}

void probe_http_begin_full(struct probe *p)
{
	struct probe_http_site *site = p->prober->http->site_of[p->number];
	struct probe_http_tls *tls = probe_http_tls_of(p);
	let_go(p);
	probe_http_client_free(tls->client);
	tls->client = probe_http_client_new(site);
	tls->client->full = true;
	tls->closing = false;
	probe_http_client_aim(tls->client, p->target);
	take(p, tls->client);
	probe_http_begin(p);
}

static void start_tls(struct probe *p)
{
	struct probe_http_tls *tls = probe_http_tls_of(p);
	int64_t age_ns = kt_instant_since(kt_clock_now(), tls->full_at).ns;
	if (!tls->client || tls->closing) {
		probe_http_begin_full(p);
		return;
	}
	take(p, tls->client);
	if (age_ns > PROBE_FULL_S * INT64_C(1000000000)) {
		tls->closing = true;
		(void)curl_easy_setopt(tls->client->easy, CURLOPT_FORBID_REUSE, 1L);
	}
	probe_http_begin(p);
}

static void start(struct probe *p)
{
	struct probe_http_site *site = p->prober->http->site_of[p->number];
	struct probe_http_client *c = site->spare;
	if (!p->target->address.family) {
		probe_fail(p, "no address to probe");
		return;
	}
	if (p->monitor->type == CONF_MONITOR_HTTPS) {
		start_tls(p);
		return;
	}
	if (c)
		site->spare = c->next;
	else
		c = probe_http_client_new(site);
	probe_http_client_aim(c, p->target);
	take(p, c);
	probe_http_begin(p);
}

const struct probe_kind probe_http = { start, let_go };

/* Sites */

/* Descriptors are the whole daemon's: no more than half of them for connections that idle. */
static long connections_max(const struct probe_http *http, size_t n_targets)
{
	struct rlimit files;
	size_t n_all = http->prober->n_targets;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && n_all > files.rlim_cur / 2)
		n_targets = n_targets * (files.rlim_cur / 2) / n_all;
	return n_targets ? (long)n_targets : 1;
}

static void open_site(struct probe_http_site *site)
{
	site->multi = curl_multi_init();
	kt_require(site->multi);
	site->due = PROBE_NEVER;
	(void)curl_multi_setopt(site->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(site->multi, CURLMOPT_SOCKETDATA, site);
	(void)curl_multi_setopt(site->multi, CURLMOPT_TIMERFUNCTION, on_due);
	(void)curl_multi_setopt(site->multi, CURLMOPT_TIMERDATA, site);
	(void)curl_multi_setopt(site->multi, CURLMOPT_MAXCONNECTS,
	    connections_max(site->http, site->n_targets));
	if (site->monitor->body)
		probe_needle_init(&site->needle, site->monitor->body);
}

static void close_site(struct probe_http_site *site)
{
	while (site->spare) {
		struct probe_http_client *c = site->spare;
		site->spare = c->next;
		probe_http_client_free(c);
	}
	(void)curl_multi_cleanup(site->multi);
	probe_needle_fini(&site->needle);
	free(site);
}

static bool is_http(const struct conf_monitor *m)
{
	return m && (m->type == CONF_MONITOR_HTTP || m->type == CONF_MONITOR_HTTPS);
}

/* A site that has room for one more target of m; latest is the last that was opened for it. */
static struct probe_http_site *site_for(struct probe_http *http,
    const struct conf_monitor *m, struct probe_http_site *latest, size_t *cap)
{
	size_t max = m->type == CONF_MONITOR_HTTPS ? HTTPS_SITE_MAX : HTTP_SITE_MAX;
	if (latest && latest->n_targets < max)
		return latest;
	struct probe_http_site *site = kt_calloc(1, sizeof(*site));
	site->http = http;
	site->monitor = m;
	kt_grow(http->sites, http->n_sites, *cap);
	http->sites[http->n_sites++] = site;
	return site;
}

struct probe_http *probe_http_new(struct prober *prober)
{
	const struct steering *steering = prober->steering;
	const struct conf_steering *conf = steering->conf;
	struct probe_http *http = kt_calloc(1, sizeof(*http));
	struct probe_http_site **latest = kt_calloc(
	    conf->n_monitors, sizeof(struct probe_http_site *));
	size_t cap = 0;
	kt_require(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK);
	http->prober = prober;
	http->site_of = kt_calloc(prober->n_targets, sizeof(struct probe_http_site *));
	http->tls = kt_calloc(prober->n_targets, sizeof(*http->tls));
	for (size_t i = 0; i < prober->n_targets; i++) {
		const struct conf_monitor *m = steering->targets[i].monitor;
		if (!is_http(m))
			continue;
		struct probe_http_site **at = &latest[m - conf->monitors];
		http->site_of[i] = *at = site_for(http, m, *at, &cap);
		(*at)->n_targets++;
	}
	free(latest);
	for (size_t i = 0; i < http->n_sites; i++)
		open_site(http->sites[i]);
	return http;
}

void probe_http_free(struct probe_http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->prober->n_targets; i++)
		probe_http_client_free(http->tls[i].client);
	for (size_t i = 0; i < http->n_sites; i++)
		close_site(http->sites[i]);
	free(http->sites);
	free(http->site_of);
	free(http->tls);
	free(http);
	curl_global_cleanup();
}
