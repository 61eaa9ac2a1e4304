/*
 * daemon/control_p.h -- the insides of the control thread.
 *
 *   control.c         start, signals, stop
 *   control_client.c  connections: requests and replies
 *   control_reload.c  reloads beside the loop
 *
 * Private to this directory.
 */
#pragma once

#include "base/text.h"
#include "control/frame.h"
#include "daemon/control.h"
#include "daemon/http.h"
#include "daemon/verbs.h"

#include <uv.h>

#define CONTROL_READ_SIZE (16 << 10)

enum client_state {
	CLIENT_READING, /* for a request */
	CLIENT_WAITS,   /* for a reload to begin */
	CLIENT_RELOADS, /* for the one that runs */
	CLIENT_ASKS,    /* for a verb that another thread answers */
	CLIENT_WRITES,  /* its reply is under way */
};

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct control *control;
	struct client *next;
	struct control_frames frames;
	struct kt_text reply;
	struct verb_job *job; /* of CLIENT_ASKS */
	enum client_state state;
	bool may_write;
	bool stops; /* asked to stop */
};

/* A reload beside the loop. */
struct reload_job {
	uv_work_t work;
	bool running, wanted;
	int rc;
	struct server_reload_result result;
	struct kt_errs errs;
};

struct control {
	struct server *server;
	char *socket_path;
	uv_loop_t loop;
	uv_pipe_t listener;
	int listener_fd;
	uv_signal_t signals[3]; /* of signal_numbers */
	uv_timer_t watchdog, stop_timer;
	struct client *clients;
	unsigned n_clients;
	struct reload_job job;
	struct http *http;
	char slice[CONTROL_READ_SIZE];
	bool stopping;
};

/* control.c */
/* No more queries are answered; with a reload under way, after it. */
KT_NONNULL void control_stop_answering(struct control *control);
/* The server has stopped, and the loop soon will: replies have a little time. */
KT_NONNULL void control_stop_server(struct control *control);
/* The loop ends when every reply is written, or when that takes too long. */
KT_NONNULL void control_stop_when_written(struct control *control);

/* control_client.c */
void control_on_connection(uv_stream_t *stream, int status);
KT_NONNULL void control_client_close(struct client *client);
/* Takes the result over. */
void control_client_reply(
    struct client *client, struct verb_result result, const struct kt_errs *errs);

/* control_reload.c */
/* Begins one, or has another follow the one that runs. */
KT_NONNULL void control_reload_begin(struct control *control);
