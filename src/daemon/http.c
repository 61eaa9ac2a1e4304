#include "daemon/http.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "daemon/metrics.h"
#include "io/socket.h"
#include "io/tcp.h"
#include "observe/metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECTIONS = 64,
	CONNECTION_MEMORY = 16 << 10,
	TIMEOUT_S = 10,
};

struct http {
	struct server *server;
	struct MHD_Daemon *daemon;
	int fd;
};

struct page {
	unsigned status;
	const char *type;
	struct kt_text text;
};

static const char plain[] = "text/plain; charset=utf-8";

int http_open(struct server *server, const struct conf_config *config,
    struct kt_errs *errs, struct http **out)
{
	*out = NULL;
	if (!config->http)
		return 0;
	int fd = io_tcp_open(&config->http_address, config->http_port);
	if (fd < 0) {
		char text[KT_ADDR_TEXT];
		return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, config->file, 0, 0,
		    NULL, "cannot serve HTTP on %s port %u: %s",
		    kt_addr_print(&config->http_address, text), config->http_port,
		    strerror(errno));
	}
	struct http *http = kt_calloc(1, sizeof(*http));
	http->server = server;
	http->fd = fd;
	*out = http;
	return 0;
}

static void see_ready(void *ctx, const struct server_view *view)
{
	struct page *page = ctx;
	page->status = view->ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	kt_text_add(&page->text, view->ready ? "ready\n" : "not ready\n");
}

static void make_page(struct http *http, const char *url, struct page *page)
{
	if (strcmp(url, "/metrics") == 0) {
		page->type = OBSERVE_CONTENT_TYPE;
		metrics_write(&page->text, http->server);
	} else if (strcmp(url, "/healthz") == 0) {
		kt_text_add(&page->text, "alive\n");
	} else if (strcmp(url, "/readyz") == 0) {
		server_see(http->server, see_ready, page);
	} else {
		page->status = MHD_HTTP_NOT_FOUND;
		kt_text_add(&page->text,
		    "not found; there are /metrics, /healthz and /readyz\n");
	}
}

/* "127.0.0.1:8053", "[::1]:8053", "localhost": what no stranger's name leads to. */
static bool host_is_harmless(const char *host)
{
	char name[64];
	struct kt_addr address;
	if (!host)
		return true; /* HTTP/1.0: no browser */
	bool bracket = host[0] == '[';
	size_t len = strcspn(host += bracket, bracket ? "]" : ":");
	if (len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = 0;
	return strcasecmp(name, "localhost") == 0 || !kt_addr_scan(name, &address);
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct page *page)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(page->text.len,
	    (void *)(page->text.at ? page->text.at : ""), MHD_RESPMEM_MUST_COPY);
	kt_text_fini(&page->text);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", page->type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	enum MHD_Result result = MHD_queue_response(connection, page->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	(void)version, (void)upload, (void)upload_size, (void)state;
	struct page page = { .status = MHD_HTTP_OK, .type = plain };
	const char *host = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, "Host");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		page.status = MHD_HTTP_METHOD_NOT_ALLOWED;
		kt_text_add(&page.text, "GET and HEAD only\n");
	} else if (!host_is_harmless(host)) {
		page.status = MHD_HTTP_FORBIDDEN;
		kt_text_add(&page.text, "ask for an address or localhost\n");
	} else {
		make_page(ctx, url, &page);
	}
	return respond(connection, &page);
}

int http_start(struct http *http)
{
	if (!http)
		return 0;
	http->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
	    0, NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, http->fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
	if (http->daemon)
		return 0;
	log_error("http: not started");
	return KT_E_SYSTEM;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	if (http->daemon)
		MHD_stop_daemon(http->daemon); /* closes the socket */
	else
		close(http->fd);
	free(http);
}
