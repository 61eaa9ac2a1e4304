#include "probe/wait.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	AT_ONCE = 128
};

struct probe_wait_entry {
	probe_ready *ready; /* NULL: free */
	void *ctx;
	uint32_t
	    turn; /* how often it was used: events of a former user are not the next one's */
	uint32_t next; /* free: the next that is */
};

static void on_ready(uv_poll_t *poll, int status, int events)
{
	(void)status, (void)events;
	struct probe_wait *w = poll->data;
	struct epoll_event list[AT_ONCE];
	int n = epoll_wait(w->fd, list, AT_ONCE, 0);
	for (int i = 0; i < n; i++) {
		uint32_t id = (uint32_t)list[i].data.u64;
		const struct probe_wait_entry *e = &w->entries[id];
		if (e->ready && e->turn == (uint32_t)(list[i].data.u64 >> 32))
			e->ready(e->ctx, list[i].events);
	}
}

int probe_wait_open(struct probe_wait *w, uv_loop_t *loop)
{
	*w = (struct probe_wait){ .fd = epoll_create1(EPOLL_CLOEXEC),
		.spare = UINT32_MAX };
	if (w->fd < 0)
		return KT_E_SYSTEM;
	int rc = uv_poll_init(loop, &w->poll, w->fd);
	if (rc) {
		close(w->fd);
		errno = -rc;
		return KT_E_SYSTEM;
	}
	w->poll.data = w;
	kt_require(!uv_poll_start(&w->poll, UV_READABLE, on_ready));
	return 0;
}

void probe_wait_close(struct probe_wait *w, uv_close_cb closed)
{
	uv_close((uv_handle_t *)&w->poll, closed);
}

void probe_wait_fini(struct probe_wait *w)
{
	close(w->fd);
	free(w->entries);
}

static uint64_t event_word(const struct probe_wait *w, uint32_t id)
{
	return (uint64_t)w->entries[id].turn << 32 | id;
}

static uint32_t take_entry(struct probe_wait *w)
{
	uint32_t id = w->spare;
	if (id != UINT32_MAX) {
		w->spare = w->entries[id].next;
		return id;
	}
	kt_grow(w->entries, w->n, w->cap);
	id = w->n++;
	w->entries[id] = (struct probe_wait_entry){ 0 };
	return id;
}

int probe_wait_add(struct probe_wait *w, int fd, uint32_t events, probe_ready *ready,
    void *ctx, uint32_t *id)
{
	uint32_t i = take_entry(w);
	w->entries[i].ready = ready;
	w->entries[i].ctx = ctx;
	struct epoll_event event = { .events = events, .data.u64 = event_word(w, i) };
	if (epoll_ctl(w->fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		probe_wait_forget(w, i);
		return KT_E_SYSTEM;
	}
	*id = i;
	return 0;
}

void probe_wait_change(struct probe_wait *w, uint32_t id, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = event_word(w, id) };
	(void)epoll_ctl(w->fd, EPOLL_CTL_MOD, fd, &event);
}

void probe_wait_remove(struct probe_wait *w, uint32_t id, int fd)
{
	(void)epoll_ctl(w->fd, EPOLL_CTL_DEL, fd, NULL);
	probe_wait_forget(w, id);
}

void probe_wait_forget(struct probe_wait *w, uint32_t id)
{
	struct probe_wait_entry *e = &w->entries[id];
	e->ready = NULL;
	e->turn++;
	e->next = w->spare;
	w->spare = id;
}
