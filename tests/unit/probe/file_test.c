#include "probe/probe.h"

#include "base/file.h"
#include "base/log.h"
#include "world.h"

#include <sys/stat.h>

static char path[64];

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	snprintf(path, sizeof(path), "/tmp/probe-file-%d", (int)getpid());
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void put(const char *text)
{
	assert_int_equal(kt_file_replace(path, text, strlen(text), 0600), 0);
	usleep(60000); /* longer than a look is shared */
}

static void a_target_is_as_the_file_says_now(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_FILE, NULL);
	uint32_t a = world_target(w, 0, "192.0.2.1/m", "192.0.2.1");
	uint32_t b = world_target(w, 0, "192.0.2.2/m", "192.0.2.2");
	w->monitors[0].file = path;
	put("192.0.2.1 up\n192.0.2.2/m down\n");
	world_use(w);
	world_start(w, a);
	world_start(w, b);
	world_wait(w, 2);
	assert_string_equal(w->results[a].error, "");
	assert_non_null(strstr(w->results[b].error, "down in /tmp/probe-file-"));
	assert_non_null(strstr(w->results[b].error, ", line 2"));
	/* shared: the answer of just now, and told later all the same */
	assert_string_equal(world_probe(w, a), "");
	put("192.0.2.1 down\n192.0.2.2/m up\n");
	assert_non_null(strstr(world_probe(w, a), "line 1"));
	assert_string_equal(world_probe(w, b), "");
	put("192.0.2.2/m up\n");
	assert_non_null(strstr(world_probe(w, a), "not in /tmp/probe-file-"));
	put("192.0.2.1 maybe\n");
	assert_non_null(strstr(world_probe(w, a), "; line 1: expected"));
	world_close(w);
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_FILE, NULL);
	uint32_t a = world_target(w, 0, "192.0.2.1/m", "192.0.2.1");
	w->monitors[0].file = path;
	unlink(path);
	world_use(w);
	assert_non_null(strstr(world_probe(w, a), "No such file"));
	assert_int_equal(mkfifo(path, 0600), 0); /* reading it would never end */
	usleep(60000);
	assert_non_null(strstr(world_probe(w, a), "is not a file"));
	unlink(path);
	FILE *f = fopen(path, "w");
	assert_int_equal(ftruncate(fileno(f), (8 << 20) + 1), 0);
	fclose(f);
	usleep(60000);
	assert_non_null(strstr(world_probe(w, a), "larger than 8 MiB"));
	/* back again: what was wrong is forgotten */
	unlink(path);
	put("192.0.2.1 up\n");
	assert_string_equal(world_probe(w, a), "");
	world_start(w, a);
	world_close(w); /* in the middle of a look */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_as_the_file_says_now),
		cmocka_unit_test(a_file_that_cannot_be_read_says_why),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
