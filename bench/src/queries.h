/*
 * bench/src/queries.h -- a file of queries: u16 length in network order, message; again.
 *
 * Input:    made by gen_data.py.
 * Memory:   mapped until the process ends.
 */
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define QUERY_MAX 600

struct q {
	const uint8_t *p;
	uint16_t len;
};

struct queries {
	struct q *at;
	size_t n;
};

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline struct queries queries_map(const char *path)
{
	struct queries qs = { 0 };
	int fd = open(path, O_RDONLY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		die(path);
	size_t size = (size_t)st.st_size, cap = 0;
	const uint8_t *m = mmap(
	    NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (m == MAP_FAILED)
		die(path);
	for (size_t o = 0; o + 2 <= size;) {
		unsigned len = (unsigned)m[o] << 8 | m[o + 1];
		if (o + 2 + len > size || len < 17 || len > QUERY_MAX)
			break;
		if (qs.n == cap) {
			cap = cap ? cap * 2 : 1 << 16;
			qs.at = realloc(qs.at, cap * sizeof(*qs.at));
			if (!qs.at)
				die(path);
		}
		qs.at[qs.n++] = (struct q){ m + o + 2, (uint16_t)len };
		o += 2 + len;
	}
	if (!qs.n) {
		fprintf(stderr, "%s: no queries\n", path);
		exit(2);
	}
	return qs;
}
