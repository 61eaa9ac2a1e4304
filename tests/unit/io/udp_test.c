#include "io/udp.h"

#include "io_test.h"

#include <stdatomic.h>

/* Answers with the query behind one octet, "-" with nothing. */
struct fake {
	_Atomic unsigned largest; /* batch */
	struct sockaddr_storage local;
};

static void answer(void *ctx, struct io_packet *packets, unsigned n)
{
	struct fake *fake = ctx;
	if (n > fake->largest)
		fake->largest = n;
	for (unsigned i = 0; i < n; i++) {
		struct io_packet *p = &packets[i];
		memcpy(&fake->local, p->local,
		    p->local->sa_family == AF_INET ? sizeof(struct sockaddr_in)
						   : sizeof(struct sockaddr_in6));
		if (p->in_len && p->in[0] == '-')
			continue;
		p->out[0] = 'A';
		memcpy(p->out + 1, p->in, p->in_len);
		p->out_len = p->in_len + 1;
	}
}

struct server {
	struct io_loop *loop;
	struct io_udp *udp;
	struct fake fake;
	pthread_t thread;
	uint16_t port;
	int fd;
};

static void server_open(struct server *s, const char *address)
{
	struct kt_addr a = io_test_addr(address);
	*s = (struct server){ .loop = io_loop_new() };
	s->udp = io_udp_new(s->loop, answer, &s->fake);
	s->fd = io_udp_open(&a, 0);
	assert_true(s->fd >= 0);
	s->port = io_test_port(s->fd);
	assert_int_equal(io_udp_add(s->udp, s->fd), 0);
}

static void server_start(struct server *s, const char *address)
{
	server_open(s, address);
	s->thread = io_test_start(s->loop);
}

static void server_stop(struct server *s)
{
	if (s->thread)
		io_test_stop(s->loop, s->thread);
	io_udp_free(s->udp);
	io_loop_free(s->loop);
}

static void every_query_of_a_burst_is_answered_to_its_sender(void **state)
{
	(void)state;
	enum {
		CLIENTS = 8,
		EACH = 40
	};
	struct server s;
	int fd[CLIENTS];
	server_open(&s, "127.0.0.1");
	for (int c = 0; c < CLIENTS; c++)
		fd[c] = io_test_connect(SOCK_DGRAM, "127.0.0.1", s.port);
	for (unsigned char i = 0; i < EACH; i++)
		for (int c = 0; c < CLIENTS; c++)
			assert_int_equal(
			    send(fd[c], (char[]){ (char)c, (char)i }, 2, 0), 2);
	s.thread = io_test_start(s.loop);
	for (int c = 0; c < CLIENTS; c++) {
		for (int i = 0; i < EACH; i++) {
			char got[8];
			assert_int_equal(recv(fd[c], got, sizeof(got), 0), 3);
			assert_octets(got, 3, ((char[]){ 'A', (char)c, (char)i }), 3);
		}
		close(fd[c]);
	}
	server_stop(&s);
	assert_int_equal(s.fake.largest, IO_UDP_BATCH);
}

static void what_the_handler_does_not_answer_is_not_sent(void **state)
{
	(void)state;
	struct server s;
	char got[8];
	server_start(&s, "127.0.0.1");
	int fd = io_test_connect(SOCK_DGRAM, "127.0.0.1", s.port);
	send(fd, "-", 1, 0);
	send(fd, "x", 1, 0);
	send(fd, "-", 1, 0);
	send(fd, "y", 1, 0);
	assert_int_equal(recv(fd, got, sizeof(got), 0), 2);
	assert_memory_equal(got, "Ax", 2);
	assert_int_equal(recv(fd, got, sizeof(got), 0), 2);
	assert_memory_equal(got, "Ay", 2);
	assert_true(recv(fd, got, sizeof(got), MSG_DONTWAIT) < 0);
	server_stop(&s);
	close(fd);
}

static void unanswered_queries_in_a_burst_shift_no_answer(void **state)
{
	(void)state;
	enum {
		QUERIES = 250
	};
	struct server s;
	server_open(&s, "0.0.0.0");
	/* A second socket of another kind shares the buffers. */
	struct kt_addr a = io_test_addr("127.0.0.1");
	int other = io_udp_open(&a, 0);
	assert_true(other >= 0);
	uint16_t port[2] = { s.port, io_test_port(other) };
	assert_int_equal(io_udp_add(s.udp, other), 0);
	int fd[2];
	for (int c = 0; c < 2; c++) {
		fd[c] = io_test_connect(SOCK_DGRAM, "127.0.0.1", port[c]);
		for (int i = 0; i < QUERIES; i++) {
			char query[2] = { i % 3 == c ? '-' : 'q', (char)i };
			assert_int_equal(send(fd[c], query, 2, 0), 2);
		}
	}
	s.thread = io_test_start(s.loop);
	for (int c = 0; c < 2; c++) {
		for (int i = 0; i < QUERIES; i++) {
			char got[8];
			if (i % 3 == c)
				continue;
			assert_int_equal(recv(fd[c], got, sizeof(got), 0), 3);
			assert_octets(got, 3, ((char[]){ 'A', 'q', (char)i }), 3);
		}
		close(fd[c]);
	}
	server_stop(&s);
}

static void check_source(const char *listen, const char *ask)
{
	struct server s;
	struct kt_addr a = io_test_addr(ask);
	struct sockaddr_storage to, from;
	socklen_t len = sizeof(from);
	char got[8];
	server_start(&s, listen);
	socklen_t to_len = kt_addr_to_socket(&a, s.port, &to);
	int fd = io_test_socket(to.ss_family, SOCK_DGRAM);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, to_len), 1);
	assert_int_equal(
	    recvfrom(fd, got, sizeof(got), 0, (struct sockaddr *)&from, &len), 2);
	server_stop(&s);
	struct kt_addr source = kt_addr_of_socket((struct sockaddr *)&from);
	struct kt_addr local = kt_addr_of_socket((struct sockaddr *)&s.fake.local);
	assert_true(kt_addr_equal(&source, &a));
	assert_true(kt_addr_equal(&local, &a));
	assert_int_equal(kt_port_of_socket((struct sockaddr *)&s.fake.local), s.port);
	close(fd);
}

static void the_answer_leaves_from_the_address_asked(void **state)
{
	(void)state;
	check_source("127.0.0.1", "127.0.0.1");
	check_source("0.0.0.0", "127.0.0.5");
	check_source("::1", "::1");
	check_source("::", "::1");
}

static void an_address_that_is_not_there_yet_can_be_bound(void **state)
{
	(void)state;
	static const char *const text[] = { "192.0.2.77", "2001:db8::77" };
	for (size_t i = 0; i < 2; i++) {
		struct kt_addr a = io_test_addr(text[i]);
		int fd = io_udp_open(&a, 0);
		assert_true(fd >= 0);
		close(fd);
	}
}

static void a_query_longer_than_any_arrives_cut_and_is_counted(void **state)
{
	(void)state;
	static char query[IO_UDP_IN_MAX + 100], got[IO_UDP_OUT_MAX];
	struct server s;
	server_start(&s, "127.0.0.1");
	int fd = io_test_connect(SOCK_DGRAM, "127.0.0.1", s.port);
	assert_int_equal(send(fd, query, sizeof(query), 0), sizeof(query));
	assert_int_equal(recv(fd, got, sizeof(got), 0), IO_UDP_IN_MAX + 1);
	server_stop(&s);
	close(fd);
}

static void a_socket_that_is_removed_answers_what_it_received(void **state)
{
	(void)state;
	enum {
		QUERIES = 200
	};
	struct server s;
	char got[8];
	server_open(&s, "127.0.0.1");
	int fd = io_test_connect(SOCK_DGRAM, "127.0.0.1", s.port);
	for (int i = 0; i < QUERIES; i++)
		assert_int_equal(send(fd, "x", 1, 0), 1);
	io_udp_remove(s.udp, s.fd);
	for (int i = 0; i < QUERIES; i++)
		assert_int_equal(recv(fd, got, sizeof(got), 0), 2);
	const uint64_t *n = io_udp_counters(s.udp);
	assert_int_equal(n[IO_UDP_N_received], QUERIES);
	assert_int_equal(n[IO_UDP_N_sent], QUERIES);
	server_stop(&s);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_query_of_a_burst_is_answered_to_its_sender),
		cmocka_unit_test(unanswered_queries_in_a_burst_shift_no_answer),
		cmocka_unit_test(what_the_handler_does_not_answer_is_not_sent),
		cmocka_unit_test(the_answer_leaves_from_the_address_asked),
		cmocka_unit_test(an_address_that_is_not_there_yet_can_be_bound),
		cmocka_unit_test(a_query_longer_than_any_arrives_cut_and_is_counted),
		cmocka_unit_test(a_socket_that_is_removed_answers_what_it_received),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
