#include "probe/probe.h"

#include "server.h"
#include "world.h"

/* What a server does is the first label of the name that it is asked. */
static size_t reply(uint8_t *m, size_t len)
{
	uint8_t does = len > 13 ? m[13] : 0;
	m[2] |= 0x80;
	if (does == 's')
		m[3] = 2; /* SERVFAIL */
	if (does == 'i')
		m[1] ^= 1; /* lies about the id */
	if (does == 'q')
		m[14] ^= 1;           /* answers another question */
	return does == 'h' ? 0 : len; /* hangs */
}

static void *serve_udp(void *ctx)
{
	int fd = *(int *)ctx;
	for (;;) {
		uint8_t m[600];
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(
		    fd, m, sizeof(m), 0, (struct sockaddr *)&from, &from_len);
		if (n == 1)
			return NULL;
		size_t len = n > 12 ? reply(m, (size_t)n) : 0;
		if (len)
			sendto(fd, m, len, 0, (struct sockaddr *)&from, from_len);
	}
}

static void serve_tcp(struct server *s, int fd)
{
	uint8_t m[600];
	(void)s;
	ssize_t n = recv(fd, m, sizeof(m), MSG_PEEK);
	if (n < 14)
		return;
	usleep(20000);
	n = recv(fd, m, sizeof(m), 0);
	size_t len = reply(m + 2, (size_t)n - 2);
	if (m[15] == 'c')
		return; /* closes */
	if (!len)
		server_say_nothing(s, fd);
	for (size_t i = 0; i < len + 2; i++) { /* octet by octet */
		send(fd, m + i, 1, MSG_NOSIGNAL);
		usleep(500);
	}
}

static void ask_all(struct world *w)
{
	static const struct {
		const char *name, *udp, *tcp;
	} cases[] = {
		{ "www.test", "", "" },
		{ "servfail.test", "SERVFAIL, expected NOERROR",
		    "SERVFAIL, expected NOERROR" },
		{ "id.test", "timeout after 300ms",
		    "the answer is not to what was asked" },
		{ "question.test", "timeout after 300ms",
		    "the answer is not to what was asked" },
		{ "hang.test", "timeout after 300ms", "timeout after 300ms" },
		{ "close.test", "", "closed without an answer" },
	};
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	struct conf_monitor *m = &w->monitors[0];
	world_use(w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(dns_name_scan(cases[i].name, strlen(cases[i].name),
				     NULL, &m->query_name),
		    0);
		assert_string_equal(
		    world_probe(w, t), m->query_tcp ? cases[i].tcp : cases[i].udp);
		assert_true(w->took_ms <= 350);
	}
}

static void over_udp_only_an_answer_to_the_question_counts(void **state)
{
	(void)state;
	pthread_t thread;
	struct world *w = world_open(CONF_MONITOR_DNS, NULL);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = server_socket(SOCK_DGRAM, &w->monitors[0].port);
	at.sin_port = htons(w->monitors[0].port);
	pthread_create(&thread, NULL, serve_udp, &fd);
	ask_all(w);
	int other = socket(AF_INET, SOCK_DGRAM, 0);
	sendto(other, "", 1, 0, (struct sockaddr *)&at, sizeof(at));
	pthread_join(thread, NULL);
	close(other);
	close(fd);
	assert_string_equal(world_probe(w, 0), "connection refused");
	world_close(w);
}

static void over_tcp_only_an_answer_to_the_question_counts(void **state)
{
	(void)state;
	struct server *s = server_start(serve_tcp);
	struct world *w = world_open(CONF_MONITOR_DNS, NULL);
	w->monitors[0].port = s->port;
	w->monitors[0].query_tcp = true;
	ask_all(w);
	server_stop(s);
	assert_string_equal(world_probe(w, 0), "connection refused");
	world_close(w);
}

/* A datagram of the right id and question from another port never reaches the probe. */
static void another_source_is_not_heard(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_DNS, NULL);
	int fd = server_socket(SOCK_DGRAM, &w->monitors[0].port);
	int liar = socket(AF_INET, SOCK_DGRAM, 0);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint8_t m[600];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	w->monitors[0].rcode = 3;
	world_use(w);
	world_start(w, t);
	ssize_t n = recvfrom(fd, m, sizeof(m), 0, (struct sockaddr *)&from, &from_len);
	assert_true(n > 12);
	m[2] |= 0x80;
	m[3] = 2;
	sendto(liar, m, (size_t)n, 0, (struct sockaddr *)&from, from_len);
	world_pass_time(w, 50);
	assert_int_equal(w->n_results, 0);
	m[3] = 3;
	sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, from_len);
	world_wait(w, 1);
	assert_string_equal(w->results[t].error, ""); /* NXDOMAIN is what was wanted */
	close(fd);
	close(liar);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_udp_only_an_answer_to_the_question_counts),
		cmocka_unit_test(over_tcp_only_an_answer_to_the_question_counts),
		cmocka_unit_test(another_source_is_not_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
