/*
 * tests/unit/io/io_test.h -- a loop in a thread of its own, and sockets that talk to it.
 */
#pragma once

#include "base/addr.h"
#include "io/loop.h"

#include "kt_test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static inline void *io_test_run(void *loop)
{
	io_loop_run(loop);
	return NULL;
}

static inline pthread_t io_test_start(struct io_loop *loop)
{
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, io_test_run, loop), 0);
	return thread;
}

static inline void io_test_stop(struct io_loop *loop, pthread_t thread)
{
	io_loop_stop(loop);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static inline struct kt_addr io_test_addr(const char *text)
{
	struct kt_addr a;
	assert_int_equal(kt_addr_scan(text, &a), 0);
	return a;
}

static inline uint16_t io_test_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	return kt_port_of_socket((struct sockaddr *)&at);
}

/* A socket of ours that waits ten seconds at most. */
static inline int io_test_socket(int family, int type)
{
	int fd = socket(family, type, 0);
	struct timeval t = { .tv_sec = 10 };
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	return fd;
}

static inline int io_test_connect(int type, const char *address, uint16_t port)
{
	struct kt_addr a = io_test_addr(address);
	struct sockaddr_storage to;
	socklen_t len = kt_addr_to_socket(&a, port, &to);
	int fd = io_test_socket(to.ss_family, type);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, len), 0);
	return fd;
}
