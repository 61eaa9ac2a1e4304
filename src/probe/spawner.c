#include "probe/spawner.h"

#include "base/log.h"
#include "base/mem.h"
#include "probe/probe.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Orders */

bool probe_order_add(struct spawner_order *order, size_t *len, const char *text)
{
	size_t size = strlen(text) + 1;
	if (size > sizeof(order->text) - *len)
		return false;
	memcpy(order->text + *len, text, size);
	*len += size;
	return true;
}

bool probe_order_valid(const struct spawner_order *order, size_t size)
{
	size_t head = offsetof(struct spawner_order, text), n = 0;
	if (size < head)
		return false;
	if (order->what == SPAWNER_KILL)
		return true;
	if (order->what != SPAWNER_RUN || !order->n_args ||
	    order->n_args > SPAWNER_ARGS_MAX || order->n_environment > SPAWNER_ARGS_MAX)
		return false;
	for (size_t i = 0; i < size - head; i++)
		n += !order->text[i];
	return n == order->n_args + order->n_environment &&
	       !order->text[size - head - 1];
}

void probe_order_argv(
    struct spawner_order *order, size_t len, char **argv, char **environment)
{
	char *at = order->text;
	for (uint32_t i = 0; i < order->n_args + order->n_environment; i++) {
		if (i < order->n_args)
			argv[i] = at;
		else
			environment[i - order->n_args] = at;
		at += strnlen(at, (size_t)(order->text + len - at)) + 1;
	}
	argv[order->n_args] = NULL;
	environment[order->n_environment] = NULL;
}

/* The user */

struct ids {
	bool given;
	uid_t uid;
	gid_t gid;
};

static int find_ids(
    const struct probe_user *user, struct kt_errs *errs, struct ids *out)
{
	if (!user->user)
		return 0;
	const struct passwd *pw = getpwnam(user->user);
	if (!pw)
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "user %s: not found", user->user);
	*out = (struct ids){ true, pw->pw_uid, pw->pw_gid };
	if (!user->group)
		return 0;
	const struct group *gr = getgrnam(user->group);
	if (!gr)
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "group %s: not found", user->group);
	out->gid = gr->gr_gid;
	return 0;
}

/* 0 or errno. */
static int become(const struct ids *ids)
{
	if (ids->given && (ids->uid != geteuid() || ids->gid != getegid()) &&
	    (setgroups(0, NULL) < 0 || setresgid(ids->gid, ids->gid, ids->gid) < 0 ||
		setresuid(ids->uid, ids->uid, ids->uid) < 0))
		return errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

/* The process */

KT_NORETURN static void be_spawner(int fd, const struct ids *ids)
{
	int32_t err = become(ids);
	bool told = send(fd, &err, sizeof(err), MSG_NOSIGNAL) == sizeof(err);
	if (err || !told)
		_exit(1);
	probe_spawner_main(fd);
}

static int fork_spawner(struct probe_spawner *s, const struct ids *ids)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return errno;
	s->pid = fork();
	if (s->pid == 0) {
		close(fds[0]);
		be_spawner(fds[1], ids);
	}
	int32_t err = s->pid < 0 ? errno : 0;
	close(fds[1]);
	s->fd = fds[0];
	if (!err && recv(s->fd, &err, sizeof(err), 0) != sizeof(err))
		err = ECHILD;
	return err;
}

static void open_echo(
    struct probe_spawner *s, const struct conf_steering *conf, struct kt_errs *errs)
{
	const struct conf_monitor *wanted = NULL;
	for (size_t i = 0; i < conf->n_monitors && !wanted; i++)
		if (conf->monitors[i].type == CONF_MONITOR_ICMP)
			wanted = &conf->monitors[i];
	for (unsigned i = 0; i < KT_COUNT(s->echo); i++) {
		s->echo[i] = probe_echo_open(i ? 6 : 4);
		if (s->echo[i].fd >= 0 || !wanted)
			continue;
		const struct conf_place *at = &wanted->place;
		kt_errs_add(errs, KT_WARNING, KT_E_SYSTEM, at->file, at->line,
		    at->column, NULL, "no socket for ICMP over %s: %s; %s",
		    i ? "IPv6" : "IPv4", strerrordesc_np(errno), probe_echo_advice);
	}
}

int probe_spawner_open(const struct conf_steering *conf, const struct probe_user *user,
    struct kt_errs *errs, struct probe_spawner **out)
{
	struct ids ids = { 0 };
	if (!conf->n_services && !conf->n_monitors && !conf->n_pools) {
		*out = NULL;
		return 0;
	}
	int rc = find_ids(user, errs, &ids);
	if (rc)
		return rc;
	struct probe_spawner *s = kt_calloc(1, sizeof(*s));
	s->fd = s->echo[0].fd = s->echo[1].fd = -1;
	int err = fork_spawner(s, &ids);
	if (err) {
		probe_spawner_close(s);
		return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0, NULL,
		    "cannot start the process that runs commands of monitors: %s",
		    strerrordesc_np(err));
	}
	open_echo(s, conf, errs);
	*out = s;
	return 0;
}

void probe_spawner_close(struct probe_spawner *spawner)
{
	if (!spawner)
		return;
	for (unsigned i = 0; i < KT_COUNT(spawner->echo); i++)
		if (spawner->echo[i].fd >= 0)
			close(spawner->echo[i].fd);
	if (spawner->fd >= 0)
		close(spawner->fd); /* it ends by that */
	while (spawner->pid > 0 && waitpid(spawner->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(spawner);
}
