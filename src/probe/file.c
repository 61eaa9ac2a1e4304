/*
 * file: is the target up in a file that somebody else writes?
 *
 * A file is looked at on a thread of libuv's pool, since a disk or a file server may be slow:
 * its stamp first, and itself when that has changed.  Probes that come while it is looked at, or
 * shortly after, share the look.
 */
#include "base/file.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "probe/probe_p.h"
#include "probe/state_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHARED_NS INT64_C(50000000)

struct stamp {
	dev_t device;
	ino_t inode;
	off_t size; /* -1: unlike any other */
	struct timespec modified, changed;
};

/* What a look found. */
struct content {
	struct stamp stamp;
	struct probe_state_file lines;
	char failure[STEERING_ERROR_MAX + 1]; /* "": it was read */
	unsigned bad_line;                    /* the first; 0: none */
	char bad_text[64];
};

struct look {
	uv_work_t work;
	struct probe_file *file; /* NULL: nobody wants to know any more */
	char *path;
	struct stamp before;
	bool same; /* content is as it was */
	struct content content;
};

struct probe_file {
	const struct conf_monitor *monitor; /* NULL: not one of files */
	uv_loop_t *loop;
	struct content content;
	struct kt_instant looked_at; /* 0: never */
	struct look *look;           /* under way; NULL: none */
	struct probe *waiting;
};

struct probe_files {
	struct probe_file *files; /* by monitor of the configuration */
	size_t n;
};

/* On a thread of the pool */

static struct stamp stamp_of(const struct stat *st)
{
	struct stamp stamp;
	memset(&stamp, 0, sizeof(stamp)); /* they are compared whole */
	stamp.device = st->st_dev;
	stamp.inode = st->st_ino;
	stamp.size = st->st_size;
	stamp.modified = st->st_mtim;
	stamp.changed = st->st_ctim;
	/* a change in the same moment would leave the stamp as it is */
	if (kt_clock_unix() - st->st_ctim.tv_sec <= 1)
		stamp.size = -1;
	return stamp;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->size >= 0 && memcmp(a, b, sizeof(*a)) == 0;
}

static void read_content(struct look *l)
{
	struct kt_file file;
	struct kt_errs errs;
	int rc = kt_file_read(l->path, PROBE_STATE_FILE_MAX, &file);
	if (rc) {
		snprintf(l->content.failure, sizeof(l->content.failure),
		    "cannot read %.60s: %s", l->path,
		    rc == KT_E_SYSTEM ? strerrordesc_np(errno) : "larger than 8 MiB");
		return;
	}
	kt_errs_init(&errs, 0);
	probe_state_file_read(file.at, file.len, l->path, &errs, &l->content.lines);
	for (size_t i = 0; i < errs.n; i++)
		log_warn("probe: %s:%u: %s", errs.list[i].file, errs.list[i].line,
		    errs.list[i].text);
	if (errs.n_errors > errs.n)
		log_warn("probe: %s: %zu more errors", l->path, errs.n_errors - errs.n);
	if (errs.n) {
		l->content.bad_line = errs.list[0].line;
		snprintf(l->content.bad_text, sizeof(l->content.bad_text), "%s",
		    errs.list[0].text);
	}
	kt_errs_fini(&errs);
	kt_file_free(&file);
}

static void work(uv_work_t *w)
{
	struct look *l = w->data;
	struct content *c = &l->content;
	struct stat st;
	c->stamp.size = -1;
	if (stat(l->path, &st) < 0) {
		snprintf(c->failure, sizeof(c->failure), "cannot read %.60s: %s",
		    l->path, strerrordesc_np(errno));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(
		    c->failure, sizeof(c->failure), "%.90s is not a file", l->path);
		return;
	}
	c->stamp = stamp_of(&st);
	l->same = same_stamp(&l->before, &c->stamp);
	if (!l->same)
		read_content(l);
}

/* In the loop */

static void content_fini(struct content *c)
{
	probe_state_file_fini(&c->lines);
}

static void judge(struct probe *p, const struct probe_file *f)
{
	const struct content *c = &f->content;
	const char *path = f->monitor->file;
	if (c->failure[0]) {
		probe_fail(p, "%s", c->failure);
		return;
	}
	const struct probe_state_line *line = probe_state_file_find(
	    &c->lines, p->target->key);
	if (!line && c->bad_line)
		probe_fail(
		    p, "not in %.40s; line %u: %s", path, c->bad_line, c->bad_text);
	else if (!line)
		probe_fail(p, "not in %s", path);
	else if (line->up)
		probe_pass(p);
	else
		probe_fail(p, "down in %.90s, line %u", path, line->line);
}

static void after_work(uv_work_t *w, int status)
{
	struct look *l = w->data;
	struct probe_file *f = l->file;
	if (f && !status && !l->same) {
		content_fini(&f->content);
		f->content = l->content;
	} else {
		content_fini(&l->content);
	}
	free(l->path);
	free(l);
	if (!f)
		return;
	f->look = NULL;
	f->looked_at = kt_clock_now();
	while (f->waiting) {
		struct probe *p = f->waiting;
		f->waiting = p->file.next;
		p->file.file = NULL;
		judge(p, f);
	}
}

static void begin_look(struct probe_file *f)
{
	struct look *l = kt_calloc(1, sizeof(*l));
	l->work.data = l;
	l->file = f;
	l->path = kt_strdup(f->monitor->file);
	l->before = f->content.stamp;
	f->look = l;
	kt_require(!uv_queue_work(f->loop, &l->work, work, after_work));
}

static void start(struct probe *p)
{
	const struct conf_steering *conf = p->prober->steering->conf;
	struct probe_file *f = &p->prober->files->files[p->monitor - conf->monitors];
	struct kt_instant now = kt_clock_now();
	if (!f->look && f->looked_at.ns &&
	    kt_instant_since(now, f->looked_at).ns < SHARED_NS) {
		judge(p, f);
		return;
	}
	p->file.file = f;
	p->file.next = f->waiting;
	f->waiting = p;
	if (!f->look)
		begin_look(f);
}

static void stop(struct probe *p)
{
	if (!p->file.file)
		return;
	struct probe **at = &p->file.file->waiting;
	while (*at && *at != p)
		at = &(*at)->file.next;
	if (*at)
		*at = p->file.next;
	p->file.file = NULL;
}

const struct probe_kind probe_file = { start, stop };

struct probe_files *probe_files_new(struct prober *prober)
{
	const struct conf_steering *conf = prober->steering->conf;
	struct probe_files *all = kt_calloc(1, sizeof(*all));
	all->n = conf->n_monitors;
	all->files = kt_calloc(all->n, sizeof(*all->files));
	for (size_t i = 0; i < all->n; i++) {
		struct probe_file *f = &all->files[i];
		f->loop = prober->loop;
		f->content.stamp.size = -1;
		if (conf->monitors[i].type == CONF_MONITOR_FILE)
			f->monitor = &conf->monitors[i];
	}
	return all;
}

void probe_files_free(struct probe_files *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++) {
		struct probe_file *f = &all->files[i];
		if (f->look) { /* frees itself when it has ended */
			f->look->file = NULL;
			(void)uv_cancel((uv_req_t *)&f->look->work);
		}
		content_fini(&f->content);
	}
	free(all->files);
	free(all);
}
