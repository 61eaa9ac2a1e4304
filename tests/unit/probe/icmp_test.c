#include "probe/probe.h"

#include "probe/echo.h"
#include "world.h"

static bool may_ping(unsigned family)
{
	struct probe_echo_socket s = probe_echo_open(family);
	if (s.fd >= 0)
		close(s.fd);
	return s.fd >= 0;
}

static void a_host_that_answers_is_up(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_ICMP, NULL);
	uint32_t t4 = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint32_t other = world_target(w, 0, "127.9.9.9/m", "127.9.9.9");
	uint32_t t6 = world_target(w, 0, "::1/m", "::1");
	world_use(w);
	if (may_ping(4)) {
		assert_string_equal(world_probe(w, t4), "");
		world_start(w, t4);
		world_start(w, other);
		world_wait(w, 3);
		assert_true(w->results[t4].ok && w->results[other].ok);
	}
	if (may_ping(6))
		assert_string_equal(world_probe(w, t6), "");
	world_close(w);
}

/* 192.0.2.0/24 (RFC 5737) has no hosts; where it has no route the text says that. */
static void a_host_that_does_not_answer_ends_in_time(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_ICMP, NULL);
	uint32_t t = world_target(w, 0, "192.0.2.99/m", "192.0.2.99");
	uint32_t name = world_target(w, 0, "www.example.net./m", NULL);
	w->monitors[0].timeout_ms = 200;
	world_use(w);
	assert_string_not_equal(world_probe(w, t), "");
	assert_true(w->took_ms <= 250);
	assert_string_equal(world_probe(w, name), "no address to probe");
	world_close(w);
}

static void who_may_not_is_told_what_to_do(void **state)
{
	(void)state;
	assert_non_null(strstr(probe_echo_advice, "ping_group_range"));
	assert_non_null(strstr(probe_echo_advice, "CAP_NET_RAW"));
	if (may_ping(4))
		return;
	struct world *w = world_open(CONF_MONITOR_ICMP, NULL);
	uint32_t t = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	world_use(w);
	assert_non_null(strstr(world_probe(w, t), "ping_group_range"));
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_that_answers_is_up),
		cmocka_unit_test(a_host_that_does_not_answer_ends_in_time),
		cmocka_unit_test(who_may_not_is_told_what_to_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
