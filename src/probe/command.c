/*
 * command: a program run by the spawner.  0 as its exit status is success.
 */
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "probe/probe_p.h"
#include "probe/spawner.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const char path[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct running {
	uint64_t id;
	struct probe *probe; /* NULL: it has ended, the command not yet */
};

struct probe_commands {
	struct prober *prober;
	bool gone;    /* there is no spawner any more */
	bool watches; /* its socket, as wait_id */
	uint32_t wait_id;
	struct running running[PROBE_COMMANDS_MAX];
	size_t n_running;
	struct probe *first, **last; /* those that wait for their turn */
	struct spawner_order order;  /* room to make one */
};

static const char gone_text[] =
    "the process that runs commands has ended: restart the daemon";

/* Orders */

/* The target as commands know it: the address, or the name before the monitor's. */
static void print_address(const struct probe *p, struct kt_text *out)
{
	char text[KT_ADDR_TEXT];
	if (p->target->address.family)
		kt_text_add(out, kt_addr_print(&p->target->address, text));
	else
		kt_text_add_n(out, p->target->key, strcspn(p->target->key, "/"));
}

/* An argument with {address} and {port} in place. */
static void expand(const struct probe *p, const char *arg, struct kt_text *out)
{
	static const char address[] = "{address}", port[] = "{port}";
	kt_text_clear(out);
	while (*arg) {
		if (strncmp(arg, address, sizeof(address) - 1) == 0) {
			print_address(p, out);
			arg += sizeof(address) - 1;
		} else if (strncmp(arg, port, sizeof(port) - 1) == 0) {
			kt_text_addf(out, "%u", p->monitor->port);
			arg += sizeof(port) - 1;
		} else {
			kt_text_char(out, *arg++);
		}
	}
}

/* The order to run the command of p; its length, 0: too long. */
static size_t make_order(struct spawner_order *order, const struct probe *p)
{
	struct kt_text text = { 0 };
	size_t len = 0;
	bool fits = true;
	order->what = SPAWNER_RUN;
	order->timeout_ms = p->monitor->timeout_ms;
	order->n_args = 0;
	order->n_environment = 4;
	for (const char *const *arg = p->monitor->command; fits && *arg; arg++) {
		expand(p, *arg, &text);
		fits = order->n_args++ < SPAWNER_ARGS_MAX &&
		       probe_order_add(order, &len, kt_text_of(&text));
	}
	fits = fits && probe_order_add(order, &len, path);
	kt_text_clear(&text);
	kt_text_addf(&text, "TARGET=%s", p->target->key);
	fits = fits && probe_order_add(order, &len, kt_text_of(&text));
	kt_text_clear(&text);
	kt_text_add(&text, "ADDRESS=");
	print_address(p, &text);
	fits = fits && probe_order_add(order, &len, kt_text_of(&text));
	kt_text_clear(&text);
	kt_text_addf(&text, "PORT=%u", p->monitor->port);
	fits = fits && probe_order_add(order, &len, kt_text_of(&text));
	kt_text_fini(&text);
	return fits ? offsetof(struct spawner_order, text) + len : 0;
}

/* Turns */

static void unwatch(struct probe_commands *all)
{
	if (all->watches)
		probe_wait_remove(
		    &all->prober->wait, all->wait_id, all->prober->spawner->fd);
	all->watches = false;
}

static void fail_all(struct probe_commands *all)
{
	log_error("probe: %s", gone_text);
	all->gone = true;
	unwatch(all);
	while (all->n_running) {
		struct probe *p = all->running[--all->n_running].probe;
		if (p)
			probe_fail(p, "%s", gone_text);
	}
	while (all->first)
		probe_fail(all->first, "%s", gone_text);
}

static void unqueue(struct probe_commands *all, struct probe *p)
{
	for (struct probe **at = &all->first; *at; at = &(*at)->command.next) {
		if (*at != p)
			continue;
		*at = p->command.next;
		if (!*at)
			all->last = at;
		return;
	}
}

/* 0, or errno; EAGAIN: its socket is full, come again. */
static int run(struct probe_commands *all, struct probe *p, size_t size)
{
	struct probe_spawner *spawner = all->prober->spawner;
	all->order.id = spawner->last_id + 1;
	if (send(spawner->fd, &all->order, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return errno;
	unqueue(all, p);
	p->command.id = ++spawner->last_id;
	all->running[all->n_running++] = (struct running){ p->command.id, p };
	probe_clock_start(p);
	return 0;
}

/* Runs those whose turn it is. */
static void run_next(struct probe_commands *all)
{
	while (all->first && all->n_running < PROBE_COMMANDS_MAX) {
		struct probe *p = all->first;
		size_t size = make_order(&all->order, p);
		if (!size) {
			probe_fail(p, "the command line is too long");
			continue;
		}
		int err = run(all, p, size);
		if (err == EAGAIN && all->n_running)
			return; /* a report comes, and then its turn */
		if (err) {
			fail_all(all);
			return;
		}
	}
}

/* Reports */

static void judge(struct probe *p, const struct spawner_report *r)
{
	switch (r->end) {
	case SPAWNER_EXIT:
		if (r->value == 0)
			probe_pass(p);
		else if (r->text[0])
			probe_fail(p, "%.95s (exit status %d)", r->text, r->value);
		else
			probe_fail(p, "exit status %d", r->value);
		break;
	case SPAWNER_SIGNAL:
		probe_fail(p, "killed by signal %d", r->value);
		break;
	case SPAWNER_TIMEOUT:
		probe_fail_late(p);
		break;
	default:
		probe_fail(p, "cannot run the command: %s: %s", r->text,
		    strerrordesc_np(r->value));
	}
}

static void take_report(struct probe_commands *all, const struct spawner_report *r)
{
	for (size_t i = 0; i < all->n_running; i++) {
		struct probe *p = all->running[i].probe;
		if (all->running[i].id != r->id)
			continue;
		all->running[i] = all->running[--all->n_running];
		if (p)
			judge(p, r);
		break;
	}
}

static void on_ready(void *ctx, uint32_t events)
{
	struct probe_commands *all = ctx;
	struct probe_spawner *spawner = all->prober->spawner;
	struct spawner_report r;
	(void)events;
	for (;;) {
		ssize_t n = recv(spawner->fd, &r, sizeof(r), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n != sizeof(r)) {
			fail_all(all);
			return;
		}
		r.text[sizeof(r.text) - 1] = 0;
		take_report(all, &r);
	}
	run_next(all);
}

/* The kind */

static void start(struct probe *p)
{
	struct probe_commands *all = p->prober->commands;
	if (all->gone) {
		probe_fail(p, "%s", gone_text);
		return;
	}
	*all->last = p;
	all->last = &p->command.next;
	run_next(all);
}

static void stop(struct probe *p)
{
	struct probe_commands *all = p->prober->commands;
	struct spawner_order order = { .id = p->command.id, .what = SPAWNER_KILL };
	if (!p->command.id)
		unqueue(all, p);
	for (size_t i = 0; i < all->n_running; i++) {
		if (all->running[i].probe != p)
			continue;
		all->running[i].probe = NULL;
		(void)send(all->prober->spawner->fd, &order,
		    offsetof(struct spawner_order, text), MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

const struct probe_kind probe_command = { start, stop };

struct probe_commands *probe_commands_new(struct prober *prober)
{
	struct probe_commands *all = kt_calloc(1, sizeof(*all));
	struct probe_spawner *spawner = prober->spawner;
	all->prober = prober;
	all->last = &all->first;
	all->watches = spawner && !probe_wait_add(&prober->wait, spawner->fd, EPOLLIN,
				      on_ready, all, &all->wait_id);
	all->gone = !all->watches;
	return all;
}

void probe_commands_free(struct probe_commands *all)
{
	if (!all)
		return;
	unwatch(all);
	free(all);
}
