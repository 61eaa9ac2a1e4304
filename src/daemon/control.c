#include "daemon/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "daemon/control_p.h"
#include "daemon/control_socket.h"
#include "daemon/notify.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STOP_MS = 2000, /* for replies that nobody reads */
};

/* Stopping */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void on_stop_timer(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

void control_stop_server(struct control *control)
{
	server_stop(control->server);
	uv_timer_start(&control->stop_timer, on_stop_timer, STOP_MS, 0);
}

void control_stop_answering(struct control *control)
{
	if (control->stopping)
		return;
	control->stopping = true;
	notify("STOPPING=1\nSTATUS=stopping");
	log_info("stop: no more queries are answered");
	/* A reload that runs now must be over: it uses the workers. */
	if (control->job.running)
		return;
	control_stop_server(control);
}

void control_stop_when_written(struct control *control)
{
	if (!control->stopping || control->job.running)
		return;
	for (const struct client *c = control->clients; c; c = c->next)
		if (c->state == CLIENT_WRITES)
			return;
	uv_stop(&control->loop);
}

/* Signals */

static void on_signal(uv_signal_t *signal, int number)
{
	struct control *control = signal->data;
	if (number == SIGHUP) {
		control_reload_begin(control);
		return;
	}
	log_info("stop: signal=%d", number);
	control_stop_answering(control);
	control_stop_when_written(control);
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
	    uv_listen((uv_stream_t *)&control->listener, 32, control_on_connection))
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
	control_stop_answering(control);
	while (control->clients)
		control_client_close(control->clients);
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
