#include "io/tcp.h"

#include "base/bytes.h"
#include "io_test.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/resource.h>

/*
 * The fake engine: "S", n: a stream of n messages of BIG octets, each beginning with its
 * number; "C": closes after an answer; "-": nothing; anything else comes back.
 */
enum {
	BIG = 50000
};

struct fake_stream {
	uint8_t at, n;
};

struct fake {
	_Atomic int ended; /* streams that the peer gave up */
};

static void answer(void *ctx, struct io_message *m)
{
	(void)ctx;
	if (m->in_len && m->in[0] == '-')
		return;
	if (m->in_len == 2 && m->in[0] == 'S') {
		struct fake_stream *stream = malloc(sizeof(*stream));
		*stream = (struct fake_stream){ .n = m->in[1] };
		m->stream = stream;
		return;
	}
	m->close = m->in_len && m->in[0] == 'C';
	memcpy(m->out, m->in, m->in_len);
	m->out_len = m->in_len;
}

static void more(void *ctx, struct io_message *m)
{
	(void)ctx;
	struct fake_stream *stream = m->stream;
	memset(m->out, stream->at, BIG);
	m->out_len = BIG;
	if (++stream->at < stream->n)
		return;
	free(stream);
	m->stream = NULL;
}

static void end(void *ctx, void *stream)
{
	((struct fake *)ctx)->ended++;
	free(stream);
}

struct server {
	struct io_loop *loop;
	struct io_clients *clients;
	struct io_tcp *tcp;
	struct fake fake;
	pthread_t thread;
	uint16_t port;
};

static const struct io_tcp_limits roomy = {
	.connections = 4096, .per_client = 4096, .idle_ms = 10000
};

static void server_start(struct server *s, const struct io_tcp_limits *limits)
{
	struct kt_addr a = io_test_addr("127.0.0.1");
	*s = (struct server){ .loop = io_loop_new(), .clients = io_clients_new() };
	struct io_tcp_handler handler = { answer, more, end, &s->fake };
	s->tcp = io_tcp_new(s->loop, s->clients, limits, &handler);
	int fd = io_tcp_open(&a, 0);
	assert_true(fd >= 0);
	s->port = io_test_port(fd);
	assert_int_equal(io_tcp_add(s->tcp, fd), 0);
	s->thread = io_test_start(s->loop);
}

static void server_stop(struct server *s)
{
	io_test_stop(s->loop, s->thread);
	io_tcp_free(s->tcp);
	io_clients_free(s->clients);
	io_loop_free(s->loop);
}

static int dial(const struct server *s)
{
	return io_test_connect(SOCK_STREAM, "127.0.0.1", s->port);
}

static void say(int fd, const void *octets, size_t len)
{
	uint8_t frame[2 + 512];
	kt_put16(frame, (uint16_t)len);
	memcpy(frame + 2, octets, len);
	assert_int_equal(send(fd, frame, 2 + len, MSG_NOSIGNAL), 2 + len);
}

/* The next message's length, or -1 at the end of the connection. */
static int hear(int fd, uint8_t *message)
{
	uint8_t head[2];
	ssize_t n = recv(fd, head, 2, MSG_WAITALL);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -1;
	assert_int_equal(n, 2);
	size_t len = kt_get16(head);
	if (len)
		assert_int_equal(recv(fd, message, len, MSG_WAITALL), len);
	return (int)len;
}

static bool is_served(int fd)
{
	uint8_t got[512];
	uint8_t frame[] = { 0, 1, 'x' };
	if (send(fd, frame, sizeof(frame), MSG_NOSIGNAL) != sizeof(frame))
		return false;
	return hear(fd, got) == 1 && got[0] == 'x';
}

static int64_t ms_now(void)
{
	return kt_clock_now().ns / 1000000;
}

static void pipelined_queries_are_answered_in_order(void **state)
{
	(void)state;
	enum {
		QUERIES = 2000,
		FRAME = 6
	};
	static uint8_t out[QUERIES * FRAME], got[65535];
	struct server s;
	server_start(&s, &roomy);
	int fd = dial(&s);
	for (unsigned i = 0; i < QUERIES; i++) {
		kt_put16(out + i * FRAME, 4);
		kt_put32(out + i * FRAME + 2, i);
	}
	assert_int_equal(send(fd, out, sizeof(out), 0), sizeof(out));
	for (unsigned i = 0; i < QUERIES; i++) {
		assert_int_equal(hear(fd, got), 4);
		assert_int_equal(kt_get32(got), i);
	}
	close(fd);
	server_stop(&s);
}

static void a_query_may_come_an_octet_at_a_time(void **state)
{
	(void)state;
	struct server s;
	uint8_t got[64];
	static const uint8_t frames[] = { 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd' };
	server_start(&s, &roomy);
	int fd = dial(&s);
	for (size_t i = 0; i < sizeof(frames); i++) {
		assert_int_equal(send(fd, frames + i, 1, 0), 1);
		usleep(2000);
	}
	assert_int_equal(hear(fd, got), 3);
	assert_memory_equal(got, "abc", 3);
	assert_int_equal(hear(fd, got), 1); /* the message of no octets has no answer */
	assert_memory_equal(got, "d", 1);
	close(fd);
	server_stop(&s);
}

static void the_longest_message_comes_and_goes_whole(void **state)
{
	(void)state;
	static uint8_t frame[2 + IO_MESSAGE_MAX], got[IO_MESSAGE_MAX];
	uint64_t seed = kt_test_seed();
	struct server s;
	server_start(&s, &roomy);
	int fd = dial(&s);
	for (size_t i = 3; i < sizeof(frame); i++)
		frame[i] = (uint8_t)kt_test_random(&seed);
	kt_put16(frame, IO_MESSAGE_MAX);
	frame[2] = 'x';
	for (int i = 0; i < 10; i++) {
		assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
		assert_int_equal(hear(fd, got), IO_MESSAGE_MAX);
		assert_memory_equal(got, frame + 2, IO_MESSAGE_MAX);
	}
	close(fd);
	server_stop(&s);
}

static void who_stops_writing_still_gets_its_answers(void **state)
{
	(void)state;
	struct server s;
	static uint8_t got[65535];
	server_start(&s, &roomy);
	int fd = dial(&s);
	say(fd, "one", 3);
	say(fd, "S\4", 2);
	say(fd, "two", 3);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(hear(fd, got), 3);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(hear(fd, got), BIG);
		assert_int_equal(got[BIG - 1], i);
	}
	assert_int_equal(hear(fd, got), 3);
	assert_memory_equal(got, "two", 3);
	assert_int_equal(hear(fd, got), -1);
	close(fd);
	server_stop(&s);
}

static void the_engine_may_end_a_connection_after_its_answer(void **state)
{
	(void)state;
	struct server s;
	uint8_t got[64];
	server_start(&s, &roomy);
	int fd = dial(&s);
	say(fd, "C", 1);
	assert_int_equal(hear(fd, got), 1);
	assert_int_equal(hear(fd, got), -1);
	close(fd);
	server_stop(&s);
}

static void an_idle_connection_is_closed_in_time(void **state)
{
	(void)state;
	struct server s;
	uint8_t got[64];
	server_start(&s, &(struct io_tcp_limits){ 100, 100, 300 });
	int64_t begin = ms_now();
	int fd = dial(&s);
	usleep(200000);
	assert_true(is_served(fd)); /* and that is use: the time begins anew */
	assert_int_equal(hear(fd, got), -1);
	assert_in_range(ms_now() - begin, 450, 5000);
	close(fd);
	server_stop(&s);
}

static void octets_now_and_then_do_not_keep_a_connection(void **state)
{
	(void)state;
	struct server s;
	server_start(&s, &(struct io_tcp_limits){ 100, 100, 300 });
	int64_t begin = ms_now();
	int fd = dial(&s);
	uint8_t slow[2] = { 0xff, 0xff }, got;
	while (ms_now() - begin < 9000) {
		if (send(fd, slow, 1, MSG_NOSIGNAL) != 1)
			break;
		ssize_t n = recv(fd, &got, 1, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			break;
		usleep(30000);
	}
	assert_in_range(ms_now() - begin, 250, 5000);
	close(fd);
	server_stop(&s);
}

static void in_a_full_table_the_longest_unused_makes_room(void **state)
{
	(void)state;
	enum {
		ROOM = 4
	};
	struct server s;
	uint8_t got[64];
	int fd[ROOM + 2];
	server_start(&s, &(struct io_tcp_limits){ ROOM, 100, 60000 });
	for (int i = 0; i < ROOM; i++) {
		fd[i] = dial(&s);
		assert_true(is_served(fd[i]));
	}
	usleep(20000);
	assert_true(is_served(fd[0])); /* now fd[1] is the oldest */
	fd[ROOM] = dial(&s);
	assert_true(is_served(fd[ROOM]));
	assert_int_equal(hear(fd[1], got), -1);
	fd[ROOM + 1] = dial(&s);
	assert_true(is_served(fd[ROOM + 1]));
	assert_int_equal(hear(fd[2], got), -1);
	assert_true(is_served(fd[0]));
	assert_int_equal(io_tcp_counters(s.tcp)[IO_TCP_N_evicted], 2);
	for (int i = 0; i < ROOM + 2; i++)
		close(fd[i]);
	server_stop(&s);
}

static int dial_from(const struct server *s, const char *source)
{
	struct kt_addr a = io_test_addr(source), to = io_test_addr("127.0.0.1");
	struct sockaddr_storage at;
	int fd = io_test_socket(AF_INET, SOCK_STREAM);
	socklen_t len = kt_addr_to_socket(&a, 0, &at);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	len = kt_addr_to_socket(&to, s->port, &at);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
	return fd;
}

static void a_client_over_its_share_loses_its_own_oldest(void **state)
{
	(void)state;
	struct server s;
	uint8_t got[64];
	server_start(&s, &(struct io_tcp_limits){ 100, 2, 60000 });
	int other = dial_from(&s, "127.0.0.9");
	assert_true(is_served(other));
	int one = dial_from(&s, "127.0.0.8"), two = dial_from(&s, "127.0.0.8");
	assert_true(is_served(one) && is_served(two));
	int three = dial_from(&s, "127.0.0.8");
	assert_true(is_served(three));
	assert_int_equal(hear(one, got), -1);
	assert_true(is_served(two) && is_served(three) && is_served(other));
	close(one), close(two), close(three), close(other);
	server_stop(&s);
}

static void who_does_not_read_holds_up_nobody_and_loses_nothing(void **state)
{
	(void)state;
	enum {
		MESSAGES = 200
	};
	static uint8_t got[65535];
	struct server s;
	server_start(&s, &roomy);
	int slow = dial(&s), other = dial(&s);
	say(slow, (uint8_t[]){ 'S', MESSAGES }, 2);
	say(slow, "after", 5);
	usleep(50000);
	for (int i = 0; i < 50; i++)
		assert_true(is_served(other));
	for (int i = 0; i < MESSAGES; i++) {
		assert_int_equal(hear(slow, got), BIG);
		assert_int_equal(got[0], i);
	}
	assert_int_equal(hear(slow, got), 5);
	close(slow), close(other);
	server_stop(&s);
	assert_int_equal(s.fake.ended, 0);
}

static void who_never_reads_is_closed_and_its_stream_ended(void **state)
{
	(void)state;
	struct server s;
	server_start(&s, &(struct io_tcp_limits){ 100, 100, 300 });
	int slow = dial(&s);
	say(slow, (uint8_t[]){ 'S', 255 }, 2);
	for (int i = 0; i < 500 && !s.fake.ended; i++)
		usleep(10000);
	assert_int_equal(s.fake.ended, 1);
	close(slow);
	server_stop(&s);
}

static void a_reset_in_the_middle_ends_the_stream(void **state)
{
	(void)state;
	struct server s;
	server_start(&s, &roomy);
	int fd = dial(&s);
	say(fd, (uint8_t[]){ 'S', 255 }, 2);
	usleep(20000);
	struct linger reset = { .l_onoff = 1 };
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close(fd);
	for (int i = 0; i < 500 && !s.fake.ended; i++)
		usleep(10000);
	assert_int_equal(s.fake.ended, 1);
	server_stop(&s);
}

static void without_descriptors_new_connections_take_the_place_of_old_ones(void **state)
{
	(void)state;
	enum {
		HELD = 20
	};
	struct server s;
	struct rlimit limit, before;
	int fd[HELD];
	server_start(&s, &roomy);
	for (int i = 0; i < HELD; i++) {
		fd[i] = dial(&s);
		assert_true(is_served(fd[i]));
	}
	/* Ours are made first, so that only the server runs out. */
	int late[3];
	for (int i = 0; i < 3; i++)
		late[i] = io_test_socket(AF_INET, SOCK_STREAM);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)dup(0);
	close((int)limit.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	struct kt_addr a = io_test_addr("127.0.0.1");
	struct sockaddr_storage to;
	socklen_t len = kt_addr_to_socket(&a, s.port, &to);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(connect(late[i], (struct sockaddr *)&to, len), 0);
		assert_true(is_served(late[i]));
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(io_tcp_counters(s.tcp)[IO_TCP_N_accept_failed] >= 3);
	for (int i = 0; i < 3; i++)
		close(late[i]);
	for (int i = 0; i < HELD; i++)
		close(fd[i]);
	server_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelined_queries_are_answered_in_order),
		cmocka_unit_test(a_query_may_come_an_octet_at_a_time),
		cmocka_unit_test(the_longest_message_comes_and_goes_whole),
		cmocka_unit_test(who_stops_writing_still_gets_its_answers),
		cmocka_unit_test(the_engine_may_end_a_connection_after_its_answer),
		cmocka_unit_test(an_idle_connection_is_closed_in_time),
		cmocka_unit_test(octets_now_and_then_do_not_keep_a_connection),
		cmocka_unit_test(in_a_full_table_the_longest_unused_makes_room),
		cmocka_unit_test(a_client_over_its_share_loses_its_own_oldest),
		cmocka_unit_test(who_does_not_read_holds_up_nobody_and_loses_nothing),
		cmocka_unit_test(who_never_reads_is_closed_and_its_stream_ended),
		cmocka_unit_test(a_reset_in_the_middle_ends_the_stream),
		cmocka_unit_test(
		    without_descriptors_new_connections_take_the_place_of_old_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
