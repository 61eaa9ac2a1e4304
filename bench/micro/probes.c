/*
 * bench/micro/probes.c -- what probes cost: CPU of the prober, with its share of the kernel.
 *
 *   probes-bench KIND [TARGETS [INTERVAL_S [SECONDS]]]
 *
 * KIND: tcp, http, https (connections kept), https-resume (closed after each probe, sessions
 * resumed), https-full (closed, nothing resumed).  Each target is an address of its own in
 * 127.0.0.0/8; one server, another process on another core, has them all.  Prints one line.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "probe/probe.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_TLS 0.4 /* probes a millisecond in the first round */

struct kind {
	const char *name;
	enum conf_monitor_type type;
	bool closes;
	const char *tickets; /* closes: how many a handshake */
};

static const struct kind kinds[] = {
	{ "tcp", CONF_MONITOR_TCP, false, NULL },
	{ "http", CONF_MONITOR_HTTP, false, NULL },
	{ "https", CONF_MONITOR_HTTPS, false, NULL },
	{ "https-resume", CONF_MONITOR_HTTPS, true, "2" },
	{ "https-full", CONF_MONITOR_HTTPS, true, "0" },
};

static void run_on(int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(core, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* The server */

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_size,
    void **request)
{
	static int seen;
	(void)ctx, (void)url, (void)method, (void)version, (void)upload,
	    (void)upload_size;
	if (!*request) {
		*request = &seen;
		return MHD_YES;
	}
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    3, (void *)(uintptr_t) "ok\n", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return result;
}

static char *read_all(const char *path)
{
	char *text = kt_calloc(1, 16384);
	FILE *f = fopen(path, "r");
	if (!f || !fread(text, 1, 16383, f)) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return text;
}

static void serve_http(const struct kind *kind, int fd, const char *directory)
{
	char path[300];
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
	struct MHD_OptionItem options[8] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, 30000, NULL },
	};
	size_t n = 2;
	if (kind->type == CONF_MONITOR_HTTPS) {
		flags |= MHD_USE_TLS;
		snprintf(path, sizeof(path), "%s/key.pem", directory);
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0,
			read_all(path) };
		snprintf(path, sizeof(path), "%s/certificate.pem", directory);
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0,
			read_all(path) };
	}
	options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	if (!MHD_start_daemon(flags, 0, NULL, NULL, answer, (void *)(uintptr_t)kind,
		MHD_OPTION_ARRAY, options, MHD_OPTION_END))
		exit(1);
	for (;;)
		pause();
}

/* openssl(1) closes after each answer, and resumes sessions, which libmicrohttpd does not. */
static void serve_openssl(
    const struct kind *kind, int fd, uint16_t port, const char *directory)
{
	char number[8];
	close(fd);
	snprintf(number, sizeof(number), "%u", port);
	if (chdir(directory) == 0)
		execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-accept",
		    number, "-4", "-key", "key.pem", "-cert", "certificate.pem",
		    "-num_tickets", kind->tickets, (char *)NULL);
	perror("probes-bench: openssl");
	exit(1);
}

static void serve_tcp(int fd)
{
	for (;;) {
		int connection = accept(fd, NULL, NULL);
		if (connection >= 0)
			close(connection);
	}
}

static pid_t start_server(
    const struct kind *kind, const char *directory, uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		perror("probes-bench: server");
		exit(1);
	}
	*port = ntohs(at.sin_port);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		run_on(1);
		if (kind->type == CONF_MONITOR_TCP)
			serve_tcp(fd);
		if (kind->closes)
			serve_openssl(kind, fd, *port, directory);
		serve_http(kind, fd, directory);
	}
	close(fd);
	return pid;
}

/* A certificate for all: the addresses are not verified, the chain is costly enough. */
static void make_certificate(char *directory)
{
	char command[400];
	if (!mkdtemp(directory))
		exit(1);
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout %s/key.pem -out %s/certificate.pem -days 90 -subj /CN=bench "
	    "-addext subjectAltName=DNS:www.example.test 2>/dev/null",
	    directory, directory);
	if (system(command)) {
		fprintf(stderr, "probes-bench: openssl(1) is needed\n");
		exit(1);
	}
}

/* The prober: at every tick as many probes as are due */

struct bench {
	struct prober *prober;
	uint32_t n_targets, next;
	double rate; /* probes a millisecond: now, and after the first round */
	double steady_rate;
	struct kt_instant begun, end, counted_from;
	struct kt_span span; /* of what is counted */
	uint64_t started, counted, failed, busy;
	bool *under_way;
	double cpu_from;
	char error[160];
	uv_timer_t timer;
};

static double cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void on_done(void *ctx, uint32_t target, bool ok, const char *error)
{
	struct bench *b = ctx;
	b->under_way[target] = false;
	b->counted += b->counted_from.ns != 0;
	if (ok)
		return;
	b->failed++;
	snprintf(b->error, sizeof(b->error), "%s", error);
}

static void on_tick(uv_timer_t *timer)
{
	struct bench *b = timer->data;
	struct kt_instant now = kt_clock_now();
	double ms = (double)kt_instant_since(now, b->begun).ns / 1e6;
	if (now.ns >= b->end.ns) {
		uv_stop(timer->loop);
		return;
	}
	/* the first round connects and shakes hands: the price of what is kept */
	if (!b->counted_from.ns && b->started >= b->n_targets) {
		b->counted_from = b->begun = now;
		b->end = kt_instant_add(now, b->span);
		b->rate = b->steady_rate;
		b->started = 0;
		b->cpu_from = cpu_us();
		return;
	}
	for (; (double)b->started < ms * b->rate; b->started++) {
		uint32_t target = b->next++ % b->n_targets;
		if (b->under_way[target]) {
			b->busy++;
			continue;
		}
		b->under_way[target] = true;
		prober_start(b->prober, target);
	}
}

static void make_targets(struct steering *steering, const struct conf_monitor *m,
    struct steering_target *targets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t host = htonl(0x7f000000u + 256 + i);
		targets[i].address.family = 4;
		memcpy(targets[i].address.octets, &host, sizeof(host));
		targets[i].monitor = m;
		targets[i].key = "target/m";
	}
	steering->targets = targets;
	steering->n_targets = n;
}

static void run(const struct kind *kind, uint32_t n, double interval_s, double seconds,
    struct conf_monitor *m)
{
	struct conf_steering conf = { .monitors = m, .n_monitors = 1 };
	struct steering steering = { .conf = &conf };
	struct bench b = { .n_targets = n, .steady_rate = n / interval_s / 1000 };
	uv_loop_t loop;
	b.under_way = kt_calloc(n, sizeof(bool));
	make_targets(&steering, m, kt_calloc(n, sizeof(struct steering_target)), n);
	uv_loop_init(&loop);
	b.prober = prober_new(&loop, NULL, on_done, &b);
	if (!b.prober)
		exit(1);
	prober_use(b.prober, &steering);
	uv_timer_init(&loop, &b.timer);
	b.timer.data = &b;
	/* a server on one core shakes no more hands a second */
	bool tls = kind->type == CONF_MONITOR_HTTPS;
	b.rate = tls && b.steady_rate > FIRST_TLS ? FIRST_TLS : b.steady_rate;
	b.span = kt_span_ms((int64_t)(seconds * 1000));
	b.begun = kt_clock_now();
	b.end = (struct kt_instant){ INT64_MAX };
	uv_timer_start(&b.timer, on_tick, 1, 1);
	double first = cpu_us();
	uv_run(&loop, UV_RUN_DEFAULT);
	double us = cpu_us() - b.cpu_from,
	       wall = (double)kt_instant_since(kt_clock_now(), b.counted_from).ns / 1e3;
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	printf("%-13s targets=%u probes/s=%.0f us/probe=%.1f core=%.1f%% "
	       "first-round-us/probe=%.1f rss=%ldMiB failed=%llu late=%llu%s%s\n",
	    kind->name, n, (double)b.counted / wall * 1e6, us / (double)b.counted,
	    us / wall * 100, (b.cpu_from - first) / n, u.ru_maxrss / 1024,
	    (unsigned long long)b.failed, (unsigned long long)b.busy,
	    b.failed ? " last: " : "", b.error);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/probes-bench-XXXXXX", command[64], ca[64];
	const struct kind *kind = NULL;
	for (size_t i = 0; argc > 1 && i < KT_COUNT(kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	if (!kind) {
		fprintf(stderr, "usage: probes-bench tcp|http|https|https-resume|"
				"https-full [TARGETS [INTERVAL_S [SECONDS]]]\n");
		return 64;
	}
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	make_certificate(directory);
	snprintf(ca, sizeof(ca), "%s/certificate.pem", directory);
	struct conf_monitor m = { .name = "m",
		.type = kind->type,
		.timeout_ms = 2000,
		.path = "/health",
		.host = "www.example.test",
		.verify = true,
		.ca_file = ca };
	pid_t server = start_server(kind, directory, &m.port);
	run_on(0);
	usleep(300000);
	run(kind, argc > 2 ? (uint32_t)atoi(argv[2]) : 10000,
	    argc > 3 ? atof(argv[3]) : 5, argc > 4 ? atof(argv[4]) : 15, &m);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command) ? 1 : 0;
}
