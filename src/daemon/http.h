/*
 * daemon/http.h -- /metrics, /healthz and /readyz over HTTP.
 *
 * GET and HEAD only; few connections, little memory each, ten seconds.  A Host that is
 * neither an address nor "localhost" is refused, so that no web page can have a browser
 * read this by way of a name of its own.
 *
 * Threads:  a thread of libmicrohttpd's, which sees the server by server_see().
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "conf/config.h"
#include "daemon/server.h"

struct http;

/* A listening socket; NULL in *out when the configuration wants none.  KT_E_SYSTEM, reported. */
KT_MUST KT_NONNULL int http_open(struct server *server,
    const struct conf_config *config, struct kt_errs *errs, struct http **out);
/* 0 or KT_E_SYSTEM, logged.  NULL does nothing. */
KT_MUST int http_start(struct http *http);
void http_close(struct http *http);
