#include "probe/probe.h"

#include "base/log.h"
#include "world.h"

#include <dirent.h>
#include <signal.h>

static const struct probe_user nobody = { 0 };

static struct probe_spawner *open_spawner(void)
{
	static const struct conf_steering conf = { .n_services = 1 };
	struct probe_spawner *spawner;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(probe_spawner_open(&conf, &nobody, &errs, &spawner), 0);
	assert_non_null(spawner);
	kt_errs_fini(&errs);
	return spawner;
}

#define SHELL(script)                                   \
 (const char *const[])                                  \
 {                                                      \
  "sh", "-c", script, "sh", "{address}", "{port}", NULL \
 }

static const char *run(struct world *w, const char *const *command)
{
	w->monitors[0].command = command;
	return world_probe(w, 0);
}

static struct world *open_world(void)
{
	struct world *w = world_open(CONF_MONITOR_COMMAND, open_spawner());
	w->monitors[0].port = 8080;
	w->monitors[0].timeout_ms = 2000;
	(void)world_target(w, 0, "192.0.2.1/m", "192.0.2.1");
	world_use(w);
	return w;
}

static void the_exit_status_decides_and_stderr_says_why(void **state)
{
	(void)state;
	struct world *w = open_world();
	assert_string_equal(run(w, SHELL("exit 0")), "");
	assert_string_equal(run(w, SHELL("exit 7")), "exit status 7");
	assert_string_equal(run(w, SHELL("echo full >&2; echo more >&2; exit 2")),
	    "full (exit status 2)");
	assert_string_equal(run(w, SHELL("echo fine >&2")), "");
	assert_string_equal(
	    run(w, SHELL("printf '\\033[2J' >&2; exit 1")), "?[2J (exit status 1)");
	assert_string_equal(run(w, SHELL("kill -9 $$")), "killed by signal 9");
	assert_string_equal(run(w, SHELL("head -c 300000 /dev/zero >&2; exit 0")), "");
	static const char *const none[] = { "/nowhere/to/be/found", NULL };
	assert_string_equal(run(w, none), "cannot run /nowhere/to/be/found: No such "
					  "file or directory (exit status 127)");
	world_close(w);
}

static void it_knows_its_target_and_little_else(void **state)
{
	(void)state;
	signal(SIGQUIT, SIG_IGN); /* as a shell has it in the background */
	struct world *w = open_world();
	setenv("SECRET", "no", 1);
	assert_string_equal(run(w, SHELL("[ \"$TARGET $ADDRESS $PORT\" = "
					 "'192.0.2.1/m 192.0.2.1 8080' ]")),
	    "");
	assert_string_equal(run(w, SHELL("[ \"$1 $2\" = '192.0.2.1 8080' ]")), "");
	assert_string_equal(run(w, SHELL("[ -z \"$SECRET$HOME$USER\" ]")), "");
	assert_string_equal(run(w, SHELL("[ -z \"$(cat)\" ]")), "");
	/* 0, 1, 2 and the one that ls reads the directory with */
	assert_string_equal(
	    run(w, SHELL("n=$(ls /proc/self/fd | wc -l); [ $n -eq 4 ]")), "");
	assert_string_equal(
	    run(w, SHELL("grep -q 'NoNewPrivs:.1' /proc/self/status")), "");
	assert_string_equal(
	    run(w, SHELL("grep -q 'SigBlk:.0*$' /proc/self/status")), "");
	/* 32 and 33 are the C library's own, which it lets nobody touch. */
	assert_string_equal(
	    run(w, SHELL("grep -qE 'SigIgn:.0*(180000000|80000000|100000000)?$' "
			 "/proc/self/status")),
	    "");
	world_close(w);
}

/* Processes that have the word in their command lines. */
static unsigned count_processes(const char *word)
{
	unsigned n = 0;
	DIR *d = opendir("/proc");
	for (const struct dirent *e; (e = readdir(d));) {
		char file[300], line[512] = "";
		snprintf(file, sizeof(file), "/proc/%s/cmdline", e->d_name);
		FILE *f = fopen(file, "r");
		if (!f)
			continue;
		size_t len = fread(line, 1, sizeof(line) - 1, f);
		fclose(f);
		n += memmem(line, len, word, strlen(word)) != NULL;
	}
	closedir(d);
	return n;
}

/* "sleep" with a number that only this test has. */
static const char *sleep_word(void)
{
	static char word[32];
	snprintf(
	    word, sizeof(word), "9%d.%d", (int)getpid(), (int)(random() % 1000000));
	return word;
}

static void wait_gone(struct world *w, const char *word)
{
	for (int i = 0; i < 100 && count_processes(word); i++)
		world_pass_time(w, 10);
	assert_int_equal(count_processes(word), 0);
}

static void a_command_that_hangs_is_killed_with_its_group(void **state)
{
	(void)state;
	struct world *w = open_world();
	char script[160];
	const char *word = sleep_word();
	w->monitors[0].timeout_ms = 300;
	world_use(w);
	snprintf(
	    script, sizeof(script), "trap '' TERM; sleep %s & sleep %s", word, word);
	assert_string_equal(run(w, SHELL(script)), "timeout after 300ms");
	assert_in_range(w->took_ms, 300, 350);
	wait_gone(w, word);
	/* one that ends and leaves another behind, which holds its stderr */
	snprintf(script, sizeof(script), "sleep %s & exit 3", word);
	assert_string_equal(run(w, SHELL(script)), "exit status 3");
	wait_gone(w, word);
	world_close(w);
}

static void commands_that_hang_make_others_late_and_not_down(void **state)
{
	(void)state;
	struct world *w = open_world();
	static char keys[PROBE_COMMANDS_MAX * 2][24];
	char script[64];
	const char *word = sleep_word();
	snprintf(script, sizeof(script), "sleep %s", word);
	const char *const hang[] = { "sh", "-c", script, NULL };
	static const char *const fine[] = { "true", NULL };
	w->monitors[1] = w->monitors[0];
	w->monitors[0].command = hang;
	w->monitors[0].timeout_ms = 400;
	w->monitors[1].command = fine;
	w->monitors[1].timeout_ms = 200;
	for (unsigned i = 0; i < PROBE_COMMANDS_MAX * 2; i++) {
		snprintf(keys[i], sizeof(keys[i]), "192.0.2.2/%u", i);
		(void)world_target(w, i >= PROBE_COMMANDS_MAX, keys[i], "192.0.2.2");
	}
	world_use(w);
	for (uint32_t i = 1; i <= PROBE_COMMANDS_MAX * 2; i++)
		world_start(w, i);
	world_pass_time(w, 150);
	assert_in_range(count_processes(word), 1, PROBE_COMMANDS_MAX * 2);
	assert_int_equal(w->n_results, 0);
	world_wait(w, PROBE_COMMANDS_MAX * 2);
	for (uint32_t i = 1; i <= PROBE_COMMANDS_MAX * 2; i++)
		assert_string_equal(w->results[i].error,
		    i <= PROBE_COMMANDS_MAX ? "timeout after 400ms" : "");
	wait_gone(w, word);
	world_close(w);
}

static void cancelling_kills(void **state)
{
	(void)state;
	struct world *w = open_world();
	const char *word = sleep_word();
	const char *const hang[] = { "sleep", word, NULL };
	w->monitors[0].timeout_ms = 60000;
	w->monitors[0].command = hang;
	world_use(w);
	world_start(w, 0);
	for (int i = 0; i < 100 && !count_processes(word); i++)
		world_pass_time(w, 10);
	assert_int_equal(count_processes(word), 1);
	world_use(w);
	wait_gone(w, word);
	assert_int_equal(w->n_results, 0);
	world_start(w, 0);
	for (int i = 0; i < 100 && !count_processes(word); i++)
		world_pass_time(w, 10);
	/* without the daemon no command goes on */
	struct probe_spawner *spawner = w->spawner;
	w->spawner = NULL;
	world_close(w);
	probe_spawner_close(spawner);
	for (int i = 0; i < 100 && count_processes(word); i++)
		usleep(10000);
	assert_int_equal(count_processes(word), 0);
}

static void a_command_line_may_be_too_long(void **state)
{
	(void)state;
	struct world *w = open_world();
	char *text = calloc(1, 40000);
	memset(text, 'x', 39999);
	const char *const command[] = { "true", text, NULL };
	assert_string_equal(run(w, command), "the command line is too long");
	free(text);
	world_close(w);
}

static void without_a_spawner_commands_fail(void **state)
{
	(void)state;
	struct world *w = world_open(CONF_MONITOR_COMMAND, NULL);
	(void)world_target(w, 0, "192.0.2.1/m", "192.0.2.1");
	world_use(w);
	assert_non_null(strstr(run(w, SHELL("true")), "restart the daemon"));
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_decides_and_stderr_says_why),
		cmocka_unit_test(it_knows_its_target_and_little_else),
		cmocka_unit_test(a_command_that_hangs_is_killed_with_its_group),
		cmocka_unit_test(commands_that_hang_make_others_late_and_not_down),
		cmocka_unit_test(cancelling_kills),
		cmocka_unit_test(a_command_line_may_be_too_long),
		cmocka_unit_test(without_a_spawner_commands_fail),
	};
	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
