/*
 * The spawner's side: orders in, commands run, reports out, in one loop of poll().
 */
#include "base/clock.h"
#include "probe/probe.h"
#include "probe/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	/* with those that were killed and have not gone yet (they wait for a disk) */
	CHILDREN_MAX = 8 * PROBE_COMMANDS_MAX,
	FILES_SOFT = 1024, /* descriptors a command may have, unless it asks for more */
};

struct child {
	uint64_t id;
	pid_t pid;
	int fd; /* its stderr; -1: closed */
	struct kt_instant deadline;
	bool reported;
	bool line_whole;
	size_t len;
	char line[STEERING_ERROR_MAX + 1]; /* of stderr, the first */
};

struct state {
	int fd, signal_fd;
	struct child children[CHILDREN_MAX];
	size_t n;
	sigset_t mask; /* for commands */
};

static void report(const struct state *s, uint64_t id, enum spawner_end how, int value,
    const char *text)
{
	struct spawner_report r = { .id = id, .end = how, .value = value };
	snprintf(r.text, sizeof(r.text), "%s", text);
	(void)send(s->fd, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* In the command's process */

KT_NORETURN static void fail_exec(const char *program)
{
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", program, strerrordesc_np(errno));
	_exit(127);
}

static void lower_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > FILES_SOFT) {
		files.rlim_cur = FILES_SOFT;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

KT_NORETURN static void be_command(const struct state *s, pid_t spawner, int stderr_fd,
    char **argv, char **environment)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != spawner)
		_exit(127);
	int null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(stderr_fd, STDERR_FILENO) < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		fail_exec("anything");
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	/* Also what the daemon was started with: a shell's background ignores SIGQUIT. */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	lower_files();
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	execvpe(argv[0], argv, environment);
	fail_exec(argv[0]);
}

/* In the spawner */

static void start_child(struct state *s, struct spawner_order *order, size_t size)
{
	char *argv[SPAWNER_ARGS_MAX + 1], *environment[SPAWNER_ARGS_MAX + 1];
	int pipe_fds[2];
	pid_t me = getpid();
	if (s->n == CHILDREN_MAX) {
		report(
		    s, order->id, SPAWNER_FAILED, EAGAIN, "commands that do not end");
		return;
	}
	if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
		report(s, order->id, SPAWNER_FAILED, errno, "no pipe");
		return;
	}
	probe_order_argv(
	    order, size - offsetof(struct spawner_order, text), argv, environment);
	pid_t pid = fork();
	if (pid == 0)
		be_command(s, me, pipe_fds[1], argv, environment);
	int err = errno;
	close(pipe_fds[1]);
	if (pid < 0) {
		close(pipe_fds[0]);
		report(s, order->id, SPAWNER_FAILED, err, "cannot fork");
		return;
	}
	setpgid(pid, pid); /* whoever comes first */
	(void)fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	s->children[s->n++] = (struct child){ .id = order->id,
		.pid = pid,
		.fd = pipe_fds[0],
		.deadline = kt_instant_add(
		    kt_clock_now(), kt_span_ms(order->timeout_ms)) };
}

/* Keeps the first line, throws away the rest. */
static void read_stderr(struct child *c)
{
	char octets[4096];
	ssize_t n = read(c->fd, octets, sizeof(octets));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(c->fd);
		c->fd = -1;
		return;
	}
	for (ssize_t i = 0; i < n && !c->line_whole; i++) {
		if (octets[i] == '\n' || c->len + 1 == sizeof(c->line))
			c->line_whole = true;
		else
			c->line[c->len++] = octets[i];
	}
}

static void end_child(struct state *s, struct child *c)
{
	kill(-c->pid, SIGKILL);
	if (!c->reported)
		report(s, c->id, SPAWNER_TIMEOUT, 0, "");
	c->reported = true;
}

/* It has ended and is not reaped yet: its number is still that of its group alone. */
static void reap(struct state *s, struct child *c)
{
	int status = 0;
	kill(-c->pid, SIGKILL); /* what it left behind */
	if (c->fd >= 0) {
		read_stderr(c);
		if (c->fd >= 0)
			close(c->fd);
	}
	(void)waitpid(c->pid, &status, 0);
	if (c->reported)
		return;
	if (WIFSIGNALED(status))
		report(s, c->id, SPAWNER_SIGNAL, WTERMSIG(status), c->line);
	else
		report(s, c->id, SPAWNER_EXIT, WEXITSTATUS(status), c->line);
}

static void reap_all(struct state *s)
{
	for (size_t i = 0; i < s->n;) {
		siginfo_t info = { 0 };
		if (waitid(P_PID, (id_t)s->children[i].pid, &info,
			WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    !info.si_pid) {
			i++;
			continue;
		}
		reap(s, &s->children[i]);
		s->children[i] = s->children[--s->n];
	}
}

KT_NORETURN static void end_all(struct state *s)
{
	for (size_t i = 0; i < s->n; i++)
		kill(-s->children[i].pid, SIGKILL);
	_exit(0);
}

static void take_order(struct state *s)
{
	static struct spawner_order order;
	ssize_t n = recv(s->fd, &order, sizeof(order), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		end_all(s); /* the daemon is gone */
	if (!probe_order_valid(&order, (size_t)n)) {
		if ((size_t)n >= offsetof(struct spawner_order, text))
			report(s, order.id, SPAWNER_FAILED, EINVAL, "bad order");
		return;
	}
	if (order.what == SPAWNER_RUN) {
		start_child(s, &order, (size_t)n);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->children[i].id == order.id)
			end_child(s, &s->children[i]);
}

/* Kills those whose time is over; milliseconds to the next, -1: none. */
static int check_deadlines(struct state *s)
{
	struct kt_instant now = kt_clock_now();
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < s->n; i++) {
		struct child *c = &s->children[i];
		int64_t left = kt_instant_since(c->deadline, now).ns;
		if (c->reported)
			continue;
		if (left <= 0)
			end_child(s, c);
		else if (left < next)
			next = left;
	}
	return next == INT64_MAX ? -1 : (int)(next / 1000000) + 1;
}

static void turn(struct state *s)
{
	struct pollfd fds[2 + CHILDREN_MAX];
	nfds_t n = 0;
	fds[n++] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	fds[n++] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	for (size_t i = 0; i < s->n; i++) /* those with fd -1 are passed over */
		fds[n++] = (struct pollfd){ .fd = s->children[i].fd, .events = POLLIN };
	if (poll(fds, n, check_deadlines(s)) <= 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (fds[2 + i].revents)
			read_stderr(&s->children[i]);
	if (fds[1].revents) {
		struct signalfd_siginfo info;
		(void)!read(s->signal_fd, &info, sizeof(info));
		reap_all(s);
	}
	if (fds[0].revents)
		take_order(s);
}

/* The daemon's descriptors, sockets of queries among them, are none of ours. */
static int keep_only(int fd)
{
	int kept = STDERR_FILENO + 1;
	if (fd != kept)
		fd = dup3(fd, kept, O_CLOEXEC);
	if (fd < 0 || close_range((unsigned)kept + 1, ~0u, 0) < 0)
		_exit(1);
	return kept;
}

void probe_spawner_main(int fd)
{
	static struct state s;
	sigset_t child;
	s.fd = keep_only(fd);
	prctl(PR_SET_NAME, "kotae-spawner", 0, 0, 0);
	/* they are for the daemon, which says when it is over */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&s.mask);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	s.signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signal_fd < 0)
		_exit(1);
	for (;;)
		turn(&s);
}
