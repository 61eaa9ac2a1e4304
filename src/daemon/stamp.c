#include "daemon/stamp.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "dns/zonetext.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
	/* File times tick with the kernel's clock: changes within a tick look alike. */
	TICK_NS = 20 * 1000000,
	FILES_MAX = 1000,
};

struct stamper {
	uint64_t sum;
	unsigned n_files;
	bool bad, includes;
};

static void add_file(struct stamper *s, const char *path)
{
	struct stat st;
	struct timespec now;
	if (++s->n_files > FILES_MAX || stat(path, &st) < 0) {
		s->bad = true;
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	if ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec - changed < TICK_NS)
		s->bad = true;
	uint64_t parts[] = {
		(uint64_t)st.st_mtim.tv_sec,
		(uint64_t)st.st_mtim.tv_nsec,
		(uint64_t)changed,
		(uint64_t)st.st_size,
		st.st_ino,
		st.st_dev,
	};
	s->sum = kt_hash_octets(s->sum, parts, sizeof(parts));
}

static void add_includes(struct stamper *s, const char *path, unsigned depth);

/* line starts behind "$INCLUDE": one file name, bare or in quotes. */
static void add_included(
    struct stamper *s, const char *from, const char *line, unsigned depth)
{
	line += strspn(line, " \t");
	size_t len = *line == '"' ? strcspn(++line, "\"\r\n")
				  : strcspn(line, " \t\r\n;");
	char *name = kt_strndup(line, len);
	char *path = kt_path_beside(from, name);
	s->includes = true;
	add_file(s, path);
	if (!s->bad && depth < DNS_INCLUDE_DEPTH)
		add_includes(s, path, depth + 1);
	free(path);
	free(name);
}

/* A directive stands at the start of a line; what only looks like one does no harm. */
static void add_includes(struct stamper *s, const char *path, unsigned depth)
{
	static const char word[] = "$INCLUDE";
	struct kt_file file;
	if (kt_file_read(path, DNS_ZONE_FILE_MAX, &file)) {
		s->bad = true;
		return;
	}
	const char *end = file.at + file.len, *at = file.at;
	while (!s->bad && (at = memchr(at, '$', (size_t)(end - at)))) {
		if ((size_t)(end - at) >= sizeof(word) - 1 &&
		    strncasecmp(at, word, sizeof(word) - 1) == 0)
			add_included(s, path, at + sizeof(word) - 1, depth);
		at++;
	}
	kt_file_free(&file);
}

struct stamp stamp_take(const char *path, bool deep)
{
	struct stamper s = { .sum = 1 };
	add_file(&s, path);
	bool racy = s.bad;
	s.bad = false;
	if (deep)
		add_includes(&s, path, 0);
	return (struct stamp){ racy || s.bad ? 0 : s.sum, deep, s.includes };
}

bool stamp_holds(struct stamp *stamp, const char *path)
{
	if (!stamp->sum)
		return false;
	bool deep = stamp->includes || !stamp->deep;
	struct stamp now = stamp_take(path, deep);
	/* With includes of which nothing was noted, the sums differ. */
	if (now.sum != stamp->sum)
		return false;
	stamp->deep = true;
	return true;
}
