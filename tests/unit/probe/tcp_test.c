#include "probe/probe.h"

#include "server.h"
#include "world.h"

static void a_port_that_accepts_is_up_and_one_that_does_not_is_refused(void **state)
{
	(void)state;
	struct server *s = server_start(server_say_nothing);
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	w->monitors[0].port = s->port;
	uint32_t up = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint32_t down = world_target(w, 1, "127.0.0.1/n", "127.0.0.1");
	close(server_socket(SOCK_STREAM, &w->monitors[1].port));
	world_use(w);
	for (int i = 0; i < 20; i++) {
		assert_string_equal(world_probe(w, up), "");
		assert_string_equal(world_probe(w, down), "connection refused");
	}
	world_close(w);
	server_stop(s);
}

/* A backlog that is full takes no more connections, and refuses none. */
static void a_server_that_hangs_is_a_timeout_in_time(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = server_socket(SOCK_STREAM, &w->monitors[0].port), others[8];
	listen(fd, 0);
	at.sin_port = htons(w->monitors[0].port);
	for (unsigned i = 0; i < 8; i++) {
		others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(others[i], (struct sockaddr *)&at, sizeof(at));
	}
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	world_use(w);
	assert_string_equal(world_probe(w, t), "timeout after 300ms");
	assert_in_range(w->took_ms, 300, 350);
	w->monitors[0].timeout_ms = 1000;
	world_use(w);
	assert_string_equal(world_probe(w, t), "timeout after 1s");
	assert_in_range(w->took_ms, 1000, 1050);
	for (unsigned i = 0; i < 8; i++)
		close(others[i]);
	close(fd);
	world_close(w);
}

static void an_end_leaves_no_time_wait_behind(void **state)
{
	(void)state;
	struct server *s = server_start(server_say_nothing);
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	char line[512], port[16];
	unsigned waiting = 0;
	w->monitors[0].port = s->port;
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	world_use(w);
	for (int i = 0; i < 50; i++)
		assert_string_equal(world_probe(w, t), "");
	snprintf(port, sizeof(port), ":%04X ", s->port);
	FILE *f = fopen("/proc/net/tcp", "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		waiting += strstr(line, port) && strstr(line, " 06 ");
	fclose(f);
	/* One or the other may be of a program that had the port a minute ago. */
	assert_in_range(waiting, 0, 9);
	world_close(w);
	server_stop(s);
}

static void an_address_without_a_route_says_so(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	w->monitors[0].port = 9;
	/* RFC 1122 s.3.2.1.3: 240.0.0.0/4 goes nowhere; a name alone has no address */
	uint32_t nowhere = world_target(w, 0, "255.255.255.255/m", "255.255.255.255");
	uint32_t name = world_target(w, 0, "www.example.net./m", NULL);
	world_use(w);
	assert_string_not_equal(world_probe(w, nowhere), "");
	assert_true(w->took_ms < 300);
	assert_string_equal(world_probe(w, name), "no address to probe");
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_port_that_accepts_is_up_and_one_that_does_not_is_refused),
		cmocka_unit_test(a_server_that_hangs_is_a_timeout_in_time),
		cmocka_unit_test(an_end_leaves_no_time_wait_behind),
		cmocka_unit_test(an_address_without_a_route_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
