#include "base/log.h"
#include "daemon/control_p.h"
#include "daemon/notify.h"

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
			control_client_reply(c,
			    verb_reloaded(job->rc, &job->result, &job->errs),
			    &job->errs);
		else if (c->state == CLIENT_WAITS && c->stops)
			control_client_reply(
			    c, (struct verb_result){ json_object(), 0 }, NULL);
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
		control_stop_server(control);
	} else
		notify("READY=1\nSTATUS=%s",
		    job->rc ? "the newest configuration was refused" : "serving");
	reload_tell(control);
	server_reload_result_fini(&job->result);
	kt_errs_fini(&job->errs);
	if (job->wanted && !control->stopping)
		control_reload_begin(control);
	control_stop_when_written(control);
}

void control_reload_begin(struct control *control)
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
