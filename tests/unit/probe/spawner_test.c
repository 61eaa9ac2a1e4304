#include "probe/spawner.h"

#include "probe/probe.h"

#include "kt_test.h"

#include <unistd.h>

static size_t make(struct spawner_order *order)
{
	size_t len = 0;
	memset(order, 0, sizeof(*order));
	order->what = SPAWNER_RUN;
	order->n_args = 2;
	order->n_environment = 1;
	assert_true(probe_order_add(order, &len, "true"));
	assert_true(probe_order_add(order, &len, ""));
	assert_true(probe_order_add(order, &len, "PORT=1"));
	return offsetof(struct spawner_order, text) + len;
}

static void an_order_gives_back_its_strings(void **state)
{
	(void)state;
	static struct spawner_order order;
	char *argv[8], *environment[8];
	size_t size = make(&order);
	assert_true(probe_order_valid(&order, size));
	probe_order_argv(
	    &order, size - offsetof(struct spawner_order, text), argv, environment);
	assert_string_equal(argv[0], "true");
	assert_string_equal(argv[1], "");
	assert_null(argv[2]);
	assert_string_equal(environment[0], "PORT=1");
	assert_null(environment[1]);
}

static void an_order_whose_counts_are_not_its_strings_is_bad(void **state)
{
	(void)state;
	static struct spawner_order order;
	size_t size = make(&order);
	for (size_t n = 0; n < size; n++)
		assert_false(probe_order_valid(&order, n));
	order.n_args++;
	assert_false(probe_order_valid(&order, size));
	make(&order);
	order.n_args = 0;
	order.n_environment = 3;
	assert_false(probe_order_valid(&order, size));
	make(&order);
	order.n_environment = UINT32_MAX;
	order.n_args = 4;
	assert_false(probe_order_valid(&order, size));
	make(&order);
	order.what = 9;
	assert_false(probe_order_valid(&order, size));
}

static void an_order_has_a_limit(void **state)
{
	(void)state;
	static struct spawner_order order;
	static char text[SPAWNER_TEXT_MAX + 1];
	size_t len = 0;
	memset(text, 'x', sizeof(text) - 1);
	assert_false(probe_order_add(&order, &len, text));
	text[SPAWNER_TEXT_MAX - 1] = 0;
	assert_true(probe_order_add(&order, &len, text));
	assert_false(probe_order_add(&order, &len, ""));
}

static void none_is_needed_without_a_steering_section(void **state)
{
	(void)state;
	static const struct conf_steering conf;
	static const struct probe_user user = { "no-such-user", NULL };
	struct probe_spawner *spawner = (void *)&user;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	assert_int_equal(probe_spawner_open(&conf, &user, &errs, &spawner), 0);
	assert_null(spawner);
	kt_errs_fini(&errs);
}

static void a_user_that_is_not_there_is_reported(void **state)
{
	(void)state;
	static const struct conf_steering conf = { .n_services = 1 };
	static const struct probe_user users[] = { { "no-such-user", NULL },
		{ "root", "no-such-group" } };
	for (size_t i = 0; i < 2; i++) {
		struct probe_spawner *spawner = NULL;
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		assert_int_equal(probe_spawner_open(&conf, &users[i], &errs, &spawner),
		    KT_E_NOT_FOUND);
		assert_int_equal(errs.n_errors, 1);
		kt_errs_fini(&errs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_gives_back_its_strings),
		cmocka_unit_test(an_order_whose_counts_are_not_its_strings_is_bad),
		cmocka_unit_test(an_order_has_a_limit),
		cmocka_unit_test(none_is_needed_without_a_steering_section),
		cmocka_unit_test(a_user_that_is_not_there_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
