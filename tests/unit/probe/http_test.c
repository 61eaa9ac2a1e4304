#include "probe/probe.h"

#include "server.h"
#include "world.h"

/* Reads a request's head; its path's second character says what to do. */
static char read_request(int fd, char *head, size_t size)
{
	size_t len = 0;
	while (len + 1 < size) {
		ssize_t n = recv(fd, head + len, size - len - 1, 0);
		if (n <= 0)
			return 0;
		len += (size_t)n;
		head[len] = 0;
		if (strstr(head, "\r\n\r\n"))
			break;
	}
	const char *path = strchr(head, '/');
	return path ? path[1] : 0;
}

static void say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static char last_head[4096];

static void serve(struct server *s, int fd)
{
	static const char ok[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nall's well";
	static char much[70000];
	for (;;) {
		char head[4096] = "";
		char does = read_request(fd, head, sizeof(head));
		pthread_mutex_lock(&s->lock);
		memcpy(last_head, head, sizeof(head));
		pthread_mutex_unlock(&s->lock);
		switch (does) {
		case 0:
			return;
		case 'o':
			say(fd, ok);
			break;
		case '5':
			say(fd, "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
			break;
		case 'm': /* moved */
			say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
				"Content-Length: 0\r\n\r\n");
			break;
		case 'h': /* hangs */
			server_say_nothing(s, fd);
			return;
		case 'b': /* hangs within the body */
			say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nall's");
			server_say_nothing(s, fd);
			return;
		case 'c': /* closes within the body */
			say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nall's");
			return;
		case 'n': /* closes */
			return;
		case 'r':
			say(fd, "HTTP/1.1 200 OK\r\nContent-Le");
			shutdown(fd, SHUT_RD);
			server_reset(s, fd);
			return;
		case 'g':
			say(fd, "SSH-2.0-garbage\r\n");
			server_say_nothing(s, fd);
			return;
		case 'e': /* a body without end */
			memset(much, 'x', sizeof(much));
			say(fd, "HTTP/1.1 200 OK\r\n\r\n");
			while (send(fd, much, sizeof(much), MSG_NOSIGNAL) > 0)
				;
			return;
		case 'l': /* what is looked for comes too late */
			say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 65546\r\n\r\n");
			memset(much, 'x', 65536);
			(void)!send(fd, much, 65536, MSG_NOSIGNAL);
			say(fd, "all's well");
			break;
		case 'p': /* in pieces, at the very end of what is looked at */
			say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n");
			memset(much, 'x', 65536);
			(void)!send(fd, much, 65526, MSG_NOSIGNAL);
			say(fd, "all");
			usleep(5000);
			say(fd, "'s well");
			break;
		case 'i': /* heads without end */
			for (;;) {
				static const char interim[] =
				    "HTTP/1.1 100 Continue\r\n\r\n";
				if (send(fd, interim, sizeof(interim) - 1,
					MSG_NOSIGNAL) <= 0)
					return;
			}
		default:
			say(fd, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
		}
	}
}

static void what_a_server_does_is_what_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *path, *body, *error;
	} cases[] = {
		{ "/ok", NULL, "" },
		{ "/ok", "well", "" },
		{ "/ok", "ill", "the body lacks \"ill\"" },
		{ "/5", NULL, "status 500, expected 200-299" },
		{ "/5", "well", "status 500, expected 200-299" },
		{ "/x", NULL, "status 404, expected 200-299" },
		{ "/moved", NULL, "status 302, expected 200-299" },
		{ "/hang", NULL, "timeout after 300ms" },
		{ "/body", NULL, "timeout after 300ms" },
		{ "/closes", NULL, "closed within the body" },
		{ "/nothing", NULL, "closed without an answer" },
		{ "/garbage", NULL, "the answer is not HTTP" },
		{ "/endless", NULL, "" },
		{ "/endless", "well", "the body lacks \"well\"" },
		{ "/late", NULL, "" },
		{ "/late", "well", "the body lacks \"well\"" },
		{ "/pieces", "all's well", "" },
	};
	struct server *s = server_start(serve);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
		uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
		w->monitors[0].port = s->port;
		w->monitors[0].path = cases[i].path;
		w->monitors[0].body = cases[i].body;
		world_use(w);
		for (int k = 0; k < 2; k++) {
			assert_string_equal(world_probe(w, t), cases[i].error);
			assert_true(w->took_ms <= 350);
		}
		world_close(w);
	}
	server_stop(s);
}

static void a_reset_and_heads_without_end_are_failures_in_time(void **state)
{
	(void)state;
	struct server *s = server_start(serve);
	static const char *const paths[] = { "/reset", "/interim" };
	for (size_t i = 0; i < 2; i++) {
		struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
		uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
		w->monitors[0].port = s->port;
		w->monitors[0].path = paths[i];
		world_use(w);
		assert_string_not_equal(world_probe(w, t), "");
		assert_true(w->took_ms <= 350);
		world_close(w);
	}
	server_stop(s);
}

static void a_port_that_nobody_has_is_refused(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint32_t name = world_target(w, 0, "name./m", NULL);
	close(server_socket(SOCK_STREAM, &w->monitors[0].port));
	world_use(w);
	assert_string_equal(world_probe(w, t), "connection refused");
	assert_string_equal(world_probe(w, name), "no address to probe");
	world_close(w);
}

static void the_wanted_status_may_be_any(void **state)
{
	(void)state;
	static const struct conf_status_range wanted[] = { { 204, 204 }, { 404, 499 } };
	struct server *s = server_start(serve);
	struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	w->monitors[0].port = s->port;
	w->monitors[0].path = "/x";
	w->monitors[0].status = wanted;
	w->monitors[0].n_status = 2;
	world_use(w);
	assert_string_equal(world_probe(w, t), "");
	w->monitors[0].path = "/ok";
	assert_string_equal(world_probe(w, t), "status 200, expected 204, 404-499");
	world_close(w);
	server_stop(s);
}

static void the_connection_is_kept_and_the_host_is_the_monitor_s(void **state)
{
	(void)state;
	struct server *s = server_start(serve);
	struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint32_t other = world_target(w, 0, "127.0.0.1/n", "127.0.0.1");
	char host[64];
	w->monitors[0].port = s->port;
	w->monitors[0].path = "/ok";
	setenv("http_proxy", "http://127.0.0.1:1", 1); /* is of no interest */
	world_use(w);
	for (int i = 0; i < 10; i++)
		assert_string_equal(world_probe(w, t), "");
	assert_int_equal(server_connections(s), 1);
	snprintf(host, sizeof(host), "Host: 127.0.0.1:%u\r\n", s->port);
	assert_non_null(strstr(last_head, host));
	w->monitors[0].host = "www.example.test";
	world_use(w);
	w->monitors[0].method = "HEAD";
	world_use(w);
	(void)world_probe(w, t);
	snprintf(host, sizeof(host), "Host: www.example.test:%u\r\n", s->port);
	assert_non_null(strstr(last_head, host));
	assert_non_null(strstr(last_head, "HEAD /ok HTTP/1.1"));
	w->monitors[0].method = "GET";
	world_use(w);
	world_start(w, t);
	world_start(w, other); /* both at a time */
	world_wait(w, w->n_results + 2);
	assert_true(w->results[t].ok && w->results[other].ok);
	unsetenv("http_proxy");
	world_start(w, t);
	world_close(w);
	server_stop(s);
}

/* A server that forgets connections between probes is no failure. */
static void a_kept_connection_that_was_closed_is_made_again(void **state)
{
	(void)state;
	struct server *s = server_start(serve);
	struct world *w = world_open(CONF_MONITOR_HTTP, NULL);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	w->monitors[0].port = s->port;
	w->monitors[0].path = "/ok";
	world_use(w);
	for (unsigned i = 1; i < 5; i++) {
		assert_string_equal(world_probe(w, t), "");
		assert_int_equal(server_connections(s), i);
		pthread_mutex_lock(&s->lock);
		shutdown(s->fds[s->n - 1], SHUT_RDWR);
		pthread_mutex_unlock(&s->lock);
	}
	world_close(w);
	server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_does_is_what_is_said),
		cmocka_unit_test(a_reset_and_heads_without_end_are_failures_in_time),
		cmocka_unit_test(a_port_that_nobody_has_is_refused),
		cmocka_unit_test(the_wanted_status_may_be_any),
		cmocka_unit_test(the_connection_is_kept_and_the_host_is_the_monitor_s),
		cmocka_unit_test(a_kept_connection_that_was_closed_is_made_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
