#include "base/mem.h"
#include "control/message.h"
#include "daemon/control_p.h"
#include "daemon/control_socket.h"

#include <stdlib.h>

enum {
	CLIENTS_MAX = 64,
};

/* A verb that another thread answers. */
struct verb_job {
	uv_work_t work;
	struct server *server;
	struct client *client; /* NULL: it has gone */
	struct control_request request;
	struct kt_errs errs;
	struct verb_result result;
};

static void client_read(struct client *client);

static void client_free(uv_handle_t *handle)
{
	struct client *client = handle->data;
	control_frames_fini(&client->frames);
	kt_text_fini(&client->reply);
	free(client);
}

void control_client_close(struct client *client)
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
	if (client->job)
		client->job->client = NULL; /* it goes on, for nobody */
	uv_close((uv_handle_t *)&client->pipe, client_free);
}

/* Replies */

static void on_written(uv_write_t *write, int status)
{
	struct client *client = write->data;
	struct control *control = client->control;
	kt_text_clear(&client->reply);
	client->state = CLIENT_READING;
	if (status < 0)
		control_client_close(client);
	else if (!control->stopping)
		client_read(client);
	control_stop_when_written(control);
}

void control_client_reply(
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
		control_client_close(client);
}

/* Requests */

static void client_refuse(struct client *client, const struct control_verb *verb)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 1);
	kt_errs_add(&errs, KT_ERROR, KT_E_REFUSED, NULL, 0, 0, NULL,
	    "%s changes the daemon: it is for root, its own user and the control group",
	    verb->name);
	control_client_reply(client, (struct verb_result){ json_object(), 1 }, &errs);
	kt_errs_fini(&errs);
}

static void client_stop(struct client *client)
{
	control_stop_answering(client->control);
	client->stops = true;
	/* With a reload under way the reply follows it. */
	if (client->control->job.running)
		client->state = CLIENT_WAITS;
	else
		control_client_reply(
		    client, (struct verb_result){ json_object(), 0 }, NULL);
}

static void job_work(uv_work_t *work)
{
	struct verb_job *job = work->data;
	job->result = verb_look(job->server, &job->request, &job->errs);
}

static void job_done(uv_work_t *work, int status)
{
	struct verb_job *job = work->data;
	(void)status;
	if (job->client) {
		job->client->job = NULL;
		control_client_reply(job->client, job->result, &job->errs);
	} else {
		json_decref(job->result.result);
	}
	control_request_fini(&job->request);
	kt_errs_fini(&job->errs);
	free(job);
}

/* By another thread: what waits for others must not hold up the loop. */
static void client_ask(struct client *client, const struct control_request *request)
{
	struct verb_job *job = kt_calloc(1, sizeof(*job));
	job->work.data = job;
	job->server = client->control->server;
	job->request = *request;
	job->client = client;
	job->result = (struct verb_result){ NULL, 1 };
	kt_errs_init(&job->errs, 0);
	client->job = job;
	client->state = CLIENT_ASKS;
	if (uv_queue_work(&client->control->loop, &job->work, job_work, job_done))
		job_done(&job->work, 0);
}

/* Takes the request over. */
static void client_do(
    struct client *client, struct control_request *request, struct kt_errs *errs)
{
	if (request->verb->writes && !client->may_write) {
		client_refuse(client, request->verb);
	} else if (request->verb->id == CONTROL_STOP) {
		client_stop(client);
	} else if (request->verb->id == CONTROL_RELOAD) {
		client->state = CLIENT_WAITS;
		control_reload_begin(client->control);
	} else if (verb_waits(request->verb)) {
		client_ask(client, request);
		return;
	} else {
		struct verb_result result = verb_look(
		    client->control->server, request, errs);
		control_client_reply(client, result, errs);
	}
	control_request_fini(request);
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
		control_client_close(client);
		return;
	}
	struct kt_errs errs;
	struct control_request request;
	kt_errs_init(&errs, 0);
	rc = control_request_read(text, len, &errs, &request);
	if (rc) {
		control_client_reply(
		    client, (struct verb_result){ json_object(), 1 }, &errs);
	} else {
		client_do(client, &request, &errs);
	}
	kt_errs_fini(&errs);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	struct client *client = handle->data;
	*buffer = uv_buf_init(client->control->slice, CONTROL_READ_SIZE);
}

/* One request at a time: nothing more is read while one is being answered. */
static void on_octets(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct client *client = stream->data;
	if (n < 0 ||
	    (n > 0 && control_frames_add(&client->frames, buffer->base, (size_t)n))) {
		control_client_close(client);
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
		control_client_close(client);
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

void control_on_connection(uv_stream_t *stream, int status)
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
		control_client_close(client);
		return;
	}
	struct permission p = { .fd = -1 };
	if (!uv_fileno((uv_handle_t *)&client->pipe, &p.fd))
		server_see(control->server, see_permission, &p);
	client->may_write = p.may_write;
	client_read(client);
}
