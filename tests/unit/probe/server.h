/*
 * A TCP server on loopback: a thread that accepts, and one for each connection.
 */
#pragma once

#include "kt_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

struct server;
/* Serves one connection, which is closed behind it. */
typedef void server_serve(struct server *s, int fd);

enum {
	SERVER_CONNECTIONS = 256
};

struct server {
	int fd;
	uint16_t port;
	server_serve *serve;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_t threads[SERVER_CONNECTIONS];
	int fds[SERVER_CONNECTIONS];
	unsigned n; /* connections so far */
	bool ends;
};

struct server_connection {
	struct server *s;
	int fd;
};

static inline void *server_connection_run(void *ctx)
{
	struct server_connection c = *(struct server_connection *)ctx;
	free(ctx);
	c.s->serve(c.s, c.fd);
	/* its number stays taken until server_stop() */
	shutdown(c.fd, SHUT_RDWR);
	return NULL;
}

static inline void *server_run(void *ctx)
{
	struct server *s = ctx;
	for (;;) {
		int fd = accept(s->fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		struct server_connection *c = malloc(sizeof(*c));
		*c = (struct server_connection){ s, fd };
		pthread_mutex_lock(&s->lock);
		if (s->ends || s->n == SERVER_CONNECTIONS) {
			close(fd);
			free(c);
		} else {
			s->fds[s->n] = fd;
			pthread_create(
			    &s->threads[s->n++], NULL, server_connection_run, c);
		}
		pthread_mutex_unlock(&s->lock);
	}
}

/* A bound socket of the type on 127.0.0.1. */
static inline int server_socket(int type, uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static inline struct server *server_start(server_serve *serve)
{
	struct server *s = calloc(1, sizeof(*s));
	s->serve = serve;
	s->fd = server_socket(SOCK_STREAM, &s->port);
	pthread_mutex_init(&s->lock, NULL);
	assert_int_equal(listen(s->fd, 128), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
	return s;
}

static inline unsigned server_connections(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline void server_stop(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->ends = true;
	for (unsigned i = 0; i < s->n; i++)
		shutdown(s->fds[i], SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (unsigned i = 0; i < s->n; i++) {
		pthread_join(s->threads[i], NULL);
		close(s->fds[i]);
	}
	close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Reads until the other side closes. */
static inline void server_say_nothing(struct server *s, int fd)
{
	char octets[512];
	(void)s;
	while (recv(fd, octets, sizeof(octets), 0) > 0)
		;
}

static inline void server_reset(struct server *s, int fd)
{
	struct linger now = { .l_onoff = 1 };
	char octet;
	(void)recv(fd, &octet, 1, 0);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n; i++)
		if (s->fds[i] == fd) {
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
			/* its number must not become another's before the end */
			int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
			dup3(other, fd, O_CLOEXEC);
			close(other);
		}
	pthread_mutex_unlock(&s->lock);
}
