#include "io/loop.h"

#include "io_test.h"

#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static struct kt_instant count_tick(void *ctx, struct kt_instant now)
{
	atomic_fetch_add((_Atomic int *)ctx, 1);
	return kt_instant_add(now, kt_span_ms(20));
}

static void a_tick_comes_again_when_it_asked_to(void **state)
{
	(void)state;
	_Atomic int ticks = 0;
	struct io_loop *loop = io_loop_new();
	io_loop_on_tick(loop, count_tick, &ticks);
	pthread_t thread = io_test_start(loop);
	usleep(300000);
	io_test_stop(loop, thread);
	/* 15 on an idle machine; a loop that does not wait would have many thousands. */
	assert_in_range(ticks, 3, 30);
	io_loop_free(loop);
}

static void note_thread(void *ctx)
{
	*(pthread_t *)ctx = pthread_self();
}

static void a_call_runs_in_the_thread_of_the_loop(void **state)
{
	(void)state;
	struct io_loop *loop = io_loop_new();
	pthread_t ran = 0, thread;
	io_loop_call(loop, note_thread, &ran);
	assert_true(pthread_equal(ran, pthread_self())); /* it does not run yet */
	thread = io_test_start(loop);
	for (int i = 0; i < 1000 && !pthread_equal(ran, thread); i++) {
		usleep(1000); /* the thread takes its time to begin */
		io_loop_call(loop, note_thread, &ran);
	}
	assert_true(pthread_equal(ran, thread));
	io_test_stop(loop, thread);
	io_loop_call(loop, note_thread, &ran);
	assert_true(pthread_equal(ran, pthread_self()));
	io_loop_free(loop);
}

struct pair {
	struct io_watch watch; /* first */
	struct io_loop *loop;
	struct pair *other;
	_Atomic int n;
};

static void remove_other(struct io_watch *watch, uint32_t events)
{
	struct pair *p = (struct pair *)watch;
	(void)events;
	p->n++;
	io_loop_remove(p->loop, &p->other->watch);
	io_loop_remove(p->loop, &p->watch);
}

static void a_watch_that_is_removed_is_not_called_in_the_same_turn(void **state)
{
	(void)state;
	struct io_loop *loop = io_loop_new();
	struct pair a = { .watch = { remove_other, eventfd(1, EFD_NONBLOCK) },
		.loop = loop };
	struct pair b = { .watch = { remove_other, eventfd(1, EFD_NONBLOCK) },
		.loop = loop };
	a.other = &b;
	b.other = &a;
	/* Both are ready in the first turn: whoever is first removes the other. */
	assert_int_equal(io_loop_add(loop, &a.watch, EPOLLIN), 0);
	assert_int_equal(io_loop_add(loop, &b.watch, EPOLLIN), 0);
	pthread_t thread = io_test_start(loop);
	usleep(50000);
	io_test_stop(loop, thread);
	assert_int_equal(a.n + b.n, 1);
	close(a.watch.fd);
	close(b.watch.fd);
	io_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_comes_again_when_it_asked_to),
		cmocka_unit_test(a_call_runs_in_the_thread_of_the_loop),
		cmocka_unit_test(
		    a_watch_that_is_removed_is_not_called_in_the_same_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
