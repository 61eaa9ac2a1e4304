#include "daemon/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "control/frame.h"
#include "control/message.h"
#include "daemon/control_socket.h"
#include "daemon/http.h"
#include "daemon/notify.h"
#include "daemon/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum {
	CLIENTS_MAX = 64,
	READ_SIZE = 16 << 10,
	STOP_MS = 2000, /* for replies that nobody reads */
};

enum client_state {
	CLIENT_READING, /* for a request */
	CLIENT_WAITS,   /* for a reload to begin */
	CLIENT_RELOADS, /* for the one that runs */
	CLIENT_WRITES,  /* its reply is under way */
};

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct control *control;
	struct client *next;
	struct control_frames frames;
	struct kt_text reply;
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
	char slice[READ_SIZE];
	bool stopping;
};

static void reload_begin(struct control *control);
static void client_next(struct client *client);

/* Stopping */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void client_free(uv_handle_t *handle)
{
	struct client *client = handle->data;
	control_frames_fini(&client->frames);
	kt_text_fini(&client->reply);
	free(client);
}

static void client_close(struct client *client)
{
	struct control *control = client->control;
	if (uv_is_closing((uv_handle_t *)&client->pipe))
		return;
	for (struct client **at = &control->clients; *at; at = &(*at)->next)
		if (*at == client) {
			*at = client->next;
			break;
		}
	control->n_clients--;
	uv_close((uv_handle_t *)&client->pipe, client_free);
}

static void on_stop_timer(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void stop_answering(struct control *control)
{
	if (control->stopping)
		return;
	control->stopping = true;
	notify("STOPPING=1\nSTATUS=stopping");
	log_info("stop: no more queries are answered");
	/* A reload that runs now must be over: it uses the workers. */
	if (control->job.running)
		return;
	server_stop(control->server);
	uv_timer_start(&control->stop_timer, on_stop_timer, STOP_MS, 0);
}

/* The loop ends when every reply is written, or when that takes too long. */
static void stop_when_written(struct control *control)
{
	if (!control->stopping || control->job.running)
		return;
	for (const struct client *c = control->clients; c; c = c->next)
		if (c->state == CLIENT_WRITES)
			return;
	uv_stop(&control->loop);
}

/* Replies */

static void client_read(struct client *client);

static void on_written(uv_write_t *write, int status)
{
	struct client *client = write->data;
	struct control *control = client->control;
	kt_text_clear(&client->reply);
	client->state = CLIENT_READING;
	if (status < 0)
		client_close(client);
	else if (!control->stopping)
		client_read(client);
	stop_when_written(control);
}

static void client_reply(
    struct client *client, struct verb_result result, const struct kt_errs *errs)
{
	client->state = CLIENT_WRITES;
	int rc = control_reply_write(
	    &client->reply, result.status, result.result, errs);
	json_decref(result.result);
	uv_buf_t buffer = uv_buf_init(client->reply.at, (unsigned)client->reply.len);
	client->write.data = client;
	if (rc || uv_write(&client->write, (uv_stream_t *)&client->pipe, &buffer, 1,
		      on_written))
		client_close(client);
}

/* Requests */

static void client_refuse(struct client *client, const struct control_verb *verb)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 1);
	kt_errs_add(&errs, KT_ERROR, KT_E_REFUSED, NULL, 0, 0, NULL,
	    "%s changes the daemon: it is for root, its own user and the control group",
	    verb->name);
	client_reply(client, (struct verb_result){ json_object(), 1 }, &errs);
	kt_errs_fini(&errs);
}

static void client_stop(struct client *client)
{
	stop_answering(client->control);
	client->stops = true;
	/* With a reload under way the reply follows it. */
	if (client->control->job.running)
		client->state = CLIENT_WAITS;
	else
		client_reply(client, (struct verb_result){ json_object(), 0 }, NULL);
}

static void client_do(
    struct client *client, const struct control_request *request, struct kt_errs *errs)
{
	if (request->verb->writes && !client->may_write) {
		client_refuse(client, request->verb);
	} else if (request->verb->id == CONTROL_STOP) {
		client_stop(client);
	} else if (request->verb->id == CONTROL_RELOAD) {
		client->state = CLIENT_WAITS;
		reload_begin(client->control);
	} else {
		struct verb_result result = verb_look(
		    client->control->server, request, errs);
		client_reply(client, result, errs);
	}
}

/* The next request that came whole, unless one is being answered. */
static void client_next(struct client *client)
{
	const char *text;
	size_t len;
	if (client->state != CLIENT_READING)
		return;
	int rc = control_frames_next(&client->frames, &text, &len);
	if (rc == KT_E_AGAIN)
		return;
	if (rc) {
		client_close(client);
		return;
	}
	struct kt_errs errs;
	struct control_request request;
	kt_errs_init(&errs, 0);
	rc = control_request_read(text, len, &errs, &request);
	if (rc) {
		client_reply(client, (struct verb_result){ json_object(), 1 }, &errs);
	} else {
		client_do(client, &request, &errs);
		control_request_fini(&request);
	}
	kt_errs_fini(&errs);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	struct client *client = handle->data;
	*buffer = uv_buf_init(client->control->slice, READ_SIZE);
}

/* One request at a time: nothing more is read while one is being answered. */
static void on_octets(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct client *client = stream->data;
	if (n < 0 ||
	    (n > 0 && control_frames_add(&client->frames, buffer->base, (size_t)n))) {
		client_close(client);
		return;
	}
	client_next(client);
	if (client->state != CLIENT_READING)
		uv_read_stop(stream);
}

static void client_read(struct client *client)
{
	client_next(client);
	if (client->state == CLIENT_READING &&
	    uv_read_start((uv_stream_t *)&client->pipe, on_buffer, on_octets))
		client_close(client);
}

struct permission {
	int fd;
	bool may_write;
};

static void see_permission(void *ctx, const struct server_view *view)
{
	struct permission *p = ctx;
	p->may_write = control_peer_may_write(p->fd, view->config);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct control *control = stream->data;
	if (status < 0)
		return;
	struct client *client = kt_calloc(1, sizeof(*client));
	client->control = control;
	client->pipe.data = client;
	control_frames_init(&client->frames, CONTROL_REQUEST_MAX);
	uv_pipe_init(&control->loop, &client->pipe, 0);
	client->next = control->clients;
	control->clients = client;
	control->n_clients++;
	if (uv_accept(stream, (uv_stream_t *)&client->pipe) ||
	    control->n_clients > CLIENTS_MAX) {
		client_close(client);
		return;
	}
	struct permission p = { .fd = -1 };
	if (!uv_fileno((uv_handle_t *)&client->pipe, &p.fd))
		server_see(control->server, see_permission, &p);
	client->may_write = p.may_write;
	client_read(client);
}

/* Reload */

static void log_reload(const struct reload_job *job)
{
	const struct zone_table_result *z = &job->result.zones;
	if (job->rc) {
		for (size_t i = 0; i < job->errs.n; i++) {
			const struct kt_err *e = &job->errs.list[i];
			log_error("reload: file=%s line=%u column=%u %s",
			    e->file ? e->file : "-", e->line, e->column, e->text);
		}
		log_error("reload: nothing has changed: %s", kt_strerror(job->rc));
	} else {
		log_info("reload: loaded=%zu unchanged=%zu removed=%zu failed=%zu",
		    z->loaded, z->unchanged, z->removed, z->failed);
	}
	for (size_t i = 0; i < job->result.n_restart; i++)
		log_warn(
		    "reload: option=%s waits for a restart", job->result.restart[i]);
}

static void reload_work(uv_work_t *work)
{
	struct control *control = work->data;
	struct reload_job *job = &control->job;
	job->rc = server_reload(control->server, &job->errs, &job->result);
}

static void reload_tell(struct control *control)
{
	struct reload_job *job = &control->job;
	for (struct client *c = control->clients, *next; c; c = next) {
		next = c->next;
		if (c->state == CLIENT_RELOADS)
			client_reply(c,
			    verb_reloaded(job->rc, &job->result, &job->errs),
			    &job->errs);
		else if (c->state == CLIENT_WAITS && c->stops)
			client_reply(c, (struct verb_result){ json_object(), 0 }, NULL);
	}
}

static void reload_done(uv_work_t *work, int status)
{
	struct control *control = work->data;
	struct reload_job *job = &control->job;
	(void)status;
	job->running = false;
	log_reload(job);
	if (control->stopping) {
		server_stop(control->server);
		uv_timer_start(&control->stop_timer, on_stop_timer, STOP_MS, 0);
	} else
		notify("READY=1\nSTATUS=%s",
		    job->rc ? "the newest configuration was refused" : "serving");
	reload_tell(control);
	server_reload_result_fini(&job->result);
	kt_errs_fini(&job->errs);
	if (job->wanted && !control->stopping)
		reload_begin(control);
	stop_when_written(control);
}

static void reload_begin(struct control *control)
{
	struct reload_job *job = &control->job;
	if (job->running || control->stopping) {
		job->wanted = true; /* what changed since the running one read it */
		return;
	}
	for (struct client *c = control->clients; c; c = c->next)
		if (c->state == CLIENT_WAITS)
			c->state = CLIENT_RELOADS;
	job->wanted = false;
	job->running = true;
	kt_errs_init(&job->errs, 0);
	job->rc = KT_E_SYSTEM;
	job->result = (struct server_reload_result){ 0 };
	job->work.data = control;
	notify_reloading();
	if (uv_queue_work(&control->loop, &job->work, reload_work, reload_done))
		reload_done(&job->work, 0);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct control *control = signal->data;
	if (number == SIGHUP) {
		reload_begin(control);
		return;
	}
	log_info("stop: signal=%d", number);
	stop_answering(control);
	stop_when_written(control);
}

static void see_alive(void *ctx, const struct server_view *view)
{
	(void)ctx;
	for (unsigned i = 0; i < view->n_workers; i++)
		worker_ping(view->workers[i]);
}

/* A worker that hangs holds this up, too, and systemd starts the daemon afresh. */
static void on_watchdog(uv_timer_t *timer)
{
	struct control *control = timer->data;
	server_see(control->server, see_alive, NULL);
	notify("WATCHDOG=1");
}

/* Start */

int control_open(struct server *server, const struct conf_config *config,
    struct kt_errs *errs, struct control **out)
{
	struct control *control = kt_calloc(1, sizeof(*control));
	char *why = NULL;
	control->server = server;
	*out = control;
	if (config->state && control_directory_make(config, config->state))
		kt_errs_add(errs, KT_WARNING, KT_E_SYSTEM, config->file, 0, 0, NULL,
		    "cannot make the directory %s: %s", config->state, strerror(errno));
	control->listener_fd = control_socket_open(config, &why);
	if (control->listener_fd < 0) {
		kt_errs_add(errs, KT_WARNING, KT_E_SYSTEM, config->file, 0, 0, NULL,
		    "no control socket %s, so kotae cannot talk to this daemon: %s",
		    config->control_socket, why);
		free(why);
	} else {
		control->socket_path = kt_strdup(config->control_socket);
	}
	return http_open(server, config, errs, &control->http);
}

static const int signal_numbers[] = { SIGHUP, SIGTERM, SIGINT };

static void mask_signals(int how)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < KT_COUNT(signal_numbers); i++)
		sigaddset(&set, signal_numbers[i]);
	pthread_sigmask(how, &set, NULL);
}

void control_hold_signals(void)
{
	mask_signals(SIG_BLOCK);
}

static void start_signals(struct control *control)
{
	for (size_t i = 0; i < KT_COUNT(signal_numbers); i++) {
		uv_signal_init(&control->loop, &control->signals[i]);
		control->signals[i].data = control;
		uv_signal_start(&control->signals[i], on_signal, signal_numbers[i]);
	}
	mask_signals(SIG_UNBLOCK);
}

static void start_listener(struct control *control)
{
	if (control->listener_fd < 0)
		return;
	uv_pipe_init(&control->loop, &control->listener, 0);
	control->listener.data = control;
	if (uv_pipe_open(&control->listener, control->listener_fd) ||
	    uv_listen((uv_stream_t *)&control->listener, 32, on_connection))
		log_error("control: the socket is not served");
	control->listener_fd = -1;
}

int control_run(struct control *control)
{
	if (uv_loop_init(&control->loop)) {
		log_error("control: no event loop: %s", strerror(errno));
		return KT_E_SYSTEM;
	}
	start_signals(control);
	start_listener(control);
	uint64_t watchdog_ms = notify_watchdog_ms();
	uv_timer_init(&control->loop, &control->watchdog);
	control->watchdog.data = control;
	uv_timer_init(&control->loop, &control->stop_timer);
	if (watchdog_ms)
		uv_timer_start(
		    &control->watchdog, on_watchdog, watchdog_ms, watchdog_ms);
	int rc = http_start(control->http);
	if (!rc) {
		notify("READY=1\nSTATUS=serving");
		uv_run(&control->loop, UV_RUN_DEFAULT);
	}
	stop_answering(control);
	while (control->clients)
		client_close(control->clients);
	uv_walk(&control->loop, close_handle, NULL);
	uv_run(&control->loop, UV_RUN_DEFAULT);
	uv_loop_close(&control->loop);
	return rc;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	http_close(control->http);
	if (control->listener_fd >= 0)
		close(control->listener_fd);
	if (control->socket_path)
		unlink(control->socket_path);
	free(control->socket_path);
	free(control);
}
