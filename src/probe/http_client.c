#include "base/mem.h"
#include "probe/http_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of the body that is looked at; more of it ends the transfer. */
static size_t on_body(char *octets, size_t size, size_t n, void *ctx)
{
	struct probe_http_client *c = ctx;
	size_t len = size * n, left = PROBE_BODY_MAX - c->seen;
	c->cut = len > left;
	if (len > left)
		len = left;
	if (c->site->monitor->body)
		probe_needle_feed(&c->site->needle, &c->matched, octets, len);
	c->seen += len;
	return c->cut ? CURL_WRITEFUNC_ERROR : size * n;
}

/* An option that this libcurl does not have is nothing we could do without. */
#define set(easy, option, value) \
 kt_require(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

static void set_method(CURL *easy, const char *method)
{
	if (!method || strcmp(method, "GET") == 0)
		return;
	if (strcmp(method, "HEAD") == 0) {
		set(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(method, "POST") == 0) {
		set(easy, CURLOPT_POST, 1L);
		set(easy, CURLOPT_POSTFIELDSIZE, 0L);
		set(easy, CURLOPT_POSTFIELDS, "");
	} else {
		set(easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

/*
 * Authorities come from one file: libcurl then keeps them read (CURLOPT_CA_CACHE_TIMEOUT),
 * where a directory would make it read them for each connection.
 */
static void set_authorities(CURL *easy, const struct conf_monitor *m)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	const char *file = m->ca_file ? m->ca_file : v->cainfo;
	if (!m->ca_file && (!file || access(file, R_OK) < 0))
		return;
	set(easy, CURLOPT_CAINFO, file);
	set(easy, CURLOPT_CAPATH, (char *)NULL);
}

static void set_tls(CURL *easy, const struct conf_monitor *m)
{
	set(easy, CURLOPT_CERTINFO, 1L);
	set(easy, CURLOPT_SSL_VERIFYPEER, m->verify ? 1L : 0L);
	set(easy, CURLOPT_SSL_VERIFYHOST, m->verify ? 2L : 0L);
	set_authorities(easy, m);
}

struct probe_http_client *probe_http_client_new(struct probe_http_site *site)
{
	const struct conf_monitor *m = site->monitor;
	struct probe_http_client *c = kt_calloc(1, sizeof(*c));
	c->site = site;
	c->easy = curl_easy_init();
	kt_require(c->easy);
	set(c->easy, CURLOPT_PRIVATE, c);
	set(c->easy, CURLOPT_NOSIGNAL, 1L);
	set(c->easy, CURLOPT_ERRORBUFFER, c->error);
	set(c->easy, CURLOPT_WRITEFUNCTION, on_body);
	set(c->easy, CURLOPT_WRITEDATA, c);
	set(c->easy, CURLOPT_BUFFERSIZE, 8192L);
	set(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	set(c->easy, CURLOPT_FOLLOWLOCATION, 0L);
	set(c->easy, CURLOPT_PROXY, ""); /* whatever the environment has */
	set(c->easy, CURLOPT_PATH_AS_IS, 1L);
	set(c->easy, CURLOPT_USERAGENT, "kotae-probe");
	set(c->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	set_method(c->easy, m->method);
	if (m->type == CONF_MONITOR_HTTPS)
		set_tls(c->easy, m);
	return c;
}

void probe_http_client_free(struct probe_http_client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->to);
	free(c);
}

void probe_http_client_aim(
    struct probe_http_client *c, const struct steering_target *target)
{
	const struct conf_monitor *m = c->site->monitor;
	const char *path = m->path ? m->path : "/";
	char address[KT_ADDR_TEXT], bracketed[KT_ADDR_TEXT + 2];
	bool v6 = target->address.family == 6;
	kt_addr_print(&target->address, address);
	snprintf(bracketed, sizeof(bracketed), v6 ? "[%s]" : "%s", address);
	char *url = kt_format("%s://%s:%u%s%s",
	    m->type == CONF_MONITOR_HTTPS ? "https" : "http",
	    m->host ? m->host : bracketed, m->port, *path == '/' ? "" : "/", path);
	char *to = kt_format("::%s:%u", bracketed, m->port);
	curl_slist_free_all(c->to);
	c->to = curl_slist_append(NULL, to);
	kt_require(c->to);
	set(c->easy, CURLOPT_URL, url);
	set(c->easy, CURLOPT_CONNECT_TO, c->to);
	free(url);
	free(to);
}

void probe_http_client_look(struct probe_http_client *c)
{
	c->looking = true;
	set(c->easy, CURLOPT_CONNECT_ONLY, 1L);
	set(c->easy, CURLOPT_SSL_VERIFYPEER, 0L);
	set(c->easy, CURLOPT_SSL_VERIFYHOST, 0L);
}
