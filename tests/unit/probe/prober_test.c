#include "probe/probe.h"

#include "server.h"
#include "world.h"

static void many_probes_at_a_time_end_once_each(void **state)
{
	(void)state;
	struct server *s = server_start(server_say_nothing);
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	char keys[200][24];
	w->monitors[0].port = s->port;
	close(server_socket(SOCK_STREAM, &w->monitors[1].port));
	for (unsigned i = 0; i < 200; i++) {
		snprintf(keys[i], sizeof(keys[i]), "127.0.0.1/%u", i);
		(void)world_target(w, i % 2, keys[i], "127.0.0.1");
	}
	world_use(w);
	for (uint32_t i = 0; i < 200; i++)
		world_start(w, i);
	world_wait(w, 200);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(w->results[i].n, 1);
		assert_string_equal(
		    w->results[i].error, i % 2 ? "connection refused" : "");
	}
	world_close(w);
	server_stop(s);
}

static void a_cancelled_probe_is_never_told(void **state)
{
	(void)state;
	uint16_t port;
	int fd = server_socket(SOCK_DGRAM, &port); /* reads nothing */
	struct world *w = world_open(CONF_MONITOR_DNS, NULL);
	w->monitors[0].port = w->monitors[1].port = port;
	w->monitors[1].type =
	    CONF_MONITOR_TCP; /* refused: ends while it is started, or soon */
	uint32_t hung = world_target(w, 0, "127.0.0.1/m", "127.0.0.1");
	uint32_t quick = world_target(w, 1, "127.0.0.1/n", "127.0.0.1");
	uint32_t at_once = world_target(w, 1, "name./n", NULL);
	world_use(w);
	world_start(w, hung);
	world_start(w, quick);
	world_start(w, at_once);
	world_use(w);
	world_pass_time(w, 400);
	assert_int_equal(w->n_results, 0);
	/* and the targets can be probed again */
	assert_string_equal(world_probe(w, at_once), "no address to probe");
	world_start(w, hung);
	close(fd);
	world_close(w); /* with a probe under way */
}

static void timeouts_are_each_monitor_s_own(void **state)
{
	(void)state;
	uint16_t port;
	int fd = server_socket(SOCK_DGRAM, &port);
	struct world *w = world_open(CONF_MONITOR_DNS, NULL);
	struct kt_instant begun;
	static const uint32_t timeouts[] = { 400, 100, 250, 100 };
	for (unsigned i = 0; i < 4; i++) {
		w->monitors[i].port = port;
		w->monitors[i].timeout_ms = timeouts[i];
		(void)world_target(w, i, "127.0.0.1/m", "127.0.0.1");
	}
	world_use(w);
	begun = kt_clock_now();
	for (uint32_t i = 0; i < 4; i++)
		world_start(w, i);
	world_wait(w, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_in_range(kt_instant_since(w->results[i].at, begun).ns / 1000000,
		    timeouts[i], timeouts[i] + 50);
	close(fd);
	world_close(w);
}

static void without_targets_nothing_is_held(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_TCP, NULL);
	world_use(w);
	prober_use(w->prober, NULL);
	prober_use(w->prober, NULL);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_probes_at_a_time_end_once_each),
		cmocka_unit_test(a_cancelled_probe_is_never_told),
		cmocka_unit_test(timeouts_are_each_monitor_s_own),
		cmocka_unit_test(without_targets_nothing_is_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
