#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/health_p.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAVE_MS = 1000,      /* from one writing to the next, at least */
	KEEP_MS = 60 * 1000, /* so often without a change, so that states stay young */
	MAX_AGE_S = 300,     /* older states are found out anew */
	FILE_MODE = 0640,
};

#define FILE_MAX ((size_t)64 << 20)

static void on_timer(uv_timer_t *timer);

void health_state_init(struct health *h)
{
	uv_timer_init(&h->loop, &h->state.timer);
	h->state.timer.data = h;
	h->state.dirty = h->state.writing = false;
	health_calls_init(&h->state.asked);
	health_calls_init(&h->state.begun);
	if (h->state.path)
		uv_timer_start(&h->state.timer, on_timer, KEEP_MS, 0);
}

void health_state_read(struct health *h)
{
	struct kt_file file;
	if (!h->state.path)
		return;
	int rc = kt_file_read(h->state.path, FILE_MAX, &file);
	if (rc == KT_E_SYSTEM && errno == ENOENT)
		return;
	if (rc) {
		log_warn("steering: file=%s states of before cannot be read: %s",
		    h->state.path,
		    rc == KT_E_SYSTEM ? strerror(errno) : kt_strerror(rc));
		return;
	}
	rc = monitor_restore(
	    h->monitor, file.at, file.len, MAX_AGE_S, kt_clock_now(), kt_clock_unix());
	if (rc)
		log_warn("steering: file=%s holds no states, nothing is taken from it",
		    h->state.path);
	kt_file_free(&file);
}

/* Told when it begins and when it ends, not each time. */
static void tell(struct health_state *s)
{
	if (s->rc && !s->failed)
		log_error("steering: file=%s states are not kept: %s", s->path,
		    s->rc == KT_E_SYSTEM ? strerror(s->error) : kt_strerror(s->rc));
	else if (!s->rc && s->failed)
		log_info("steering: file=%s states are kept again", s->path);
	s->failed = s->rc != 0;
}

static void write_text(struct health_state *s)
{
	s->rc = kt_file_replace(s->path, s->text.at, s->text.len, FILE_MODE);
	s->error = errno;
}

static void make_text(struct health *h)
{
	kt_text_clear(&h->state.text);
	monitor_save(h->monitor, kt_clock_unix(), &h->state.text);
	h->state.dirty = false;
}

/* Beside the loop: a slow disk holds up no probe. */
static void work(uv_work_t *w)
{
	struct health *h = w->data;
	write_text(&h->state);
}

static void begin(struct health *h);

static void after_work(uv_work_t *w, int status)
{
	(void)status;
	struct health *h = w->data;
	bool closing = uv_is_closing((uv_handle_t *)&h->state.timer);
	h->state.writing = false;
	tell(&h->state);
	health_calls_answer(h, &h->state.begun);
	if (closing)
		health_calls_answer(
		    h, &h->state.asked); /* health_state_close() writes */
	else if (h->state.asked.first)
		begin(h);
	else
		uv_timer_start(
		    &h->state.timer, on_timer, h->state.dirty ? SAVE_MS : KEEP_MS, 0);
}

static void begin(struct health *h)
{
	make_text(h);
	while (h->state.asked.first) {
		struct health_call *call = h->state.asked.first;
		h->state.asked.first = call->next;
		health_calls_add(&h->state.begun, call);
	}
	health_calls_init(&h->state.asked);
	h->state.writing = true;
	h->state.work.data = h;
	if (uv_queue_work(&h->loop, &h->state.work, work, after_work)) {
		h->state.writing = false;
		health_calls_answer(h, &h->state.begun);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct health *h = timer->data;
	if (!h->state.writing)
		begin(h);
}

bool health_state_keep(struct health *h, struct health_call *call)
{
	if (!h->state.path || uv_is_closing((uv_handle_t *)&h->state.timer))
		return false;
	health_calls_add(&h->state.asked, call);
	if (!h->state.writing)
		begin(h);
	return true;
}

void health_state_changed(struct health *h)
{
	if (!h->state.path || h->state.dirty)
		return;
	h->state.dirty = true;
	if (!h->state.writing)
		uv_timer_start(&h->state.timer, on_timer, SAVE_MS, 0);
}

void health_state_close(struct health *h)
{
	if (h->state.path) {
		make_text(h);
		write_text(&h->state);
		tell(&h->state);
	}
	kt_text_fini(&h->state.text);
}
