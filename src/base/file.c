#include "base/file.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small files are copied: mapping costs more than reading them. */
enum {
	MAP_FROM = 256 * 1024
};

static int read_all(int fd, size_t max, size_t guess, struct kt_file *out)
{
	size_t size = guess + 1, len = 0;
	char *at = malloc(size);
	while (at) {
		if (len + 1 >= size) {
			if (len > max)
				break;
			char *more = realloc(at, size *= 2);
			if (!more)
				break;
			at = more;
		}
		ssize_t n = read(fd, at + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(at);
			return KT_E_SYSTEM;
		}
		if (n == 0) {
			at[len] = 0;
			*out = (struct kt_file){ .at = at, .len = len };
			return 0;
		}
		len += (size_t)n;
		if (len <= guess)
			continue;
	}
	free(at);
	return KT_E_LIMIT;
}

/* A mapping ends in zeros unless the file fills its last page. */
static bool maps_with_zero(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return len >= MAP_FROM && len % page != 0;
}

int kt_file_read(const char *path, size_t max, struct kt_file *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return KT_E_SYSTEM;
	struct stat st;
	int rc = 0;
	if (fstat(fd, &st) < 0) {
		rc = KT_E_SYSTEM;
	} else if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		rc = KT_E_SYSTEM;
	} else if ((uint64_t)st.st_size > max) {
		rc = KT_E_LIMIT;
	} else if (S_ISREG(st.st_mode) && maps_with_zero((size_t)st.st_size)) {
		void *at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED)
			rc = KT_E_SYSTEM;
		else
			*out = (struct kt_file){ at, (size_t)st.st_size, true };
	} else {
		rc = read_all(fd, max, st.st_size > 0 ? (size_t)st.st_size : 4096, out);
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

void kt_file_free(struct kt_file *file)
{
	if (file->mapped)
		munmap(file->at, file->len);
	else
		free(file->at);
	*file = (struct kt_file){ 0 };
}

static int write_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return KT_E_SYSTEM;
		at += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? KT_E_SYSTEM : 0;
}

static int sync_directory(const char *path)
{
	char *copy = kt_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return KT_E_SYSTEM;
	int rc = fsync(fd) < 0 ? KT_E_SYSTEM : 0;
	close(fd);
	return rc;
}

int kt_file_replace(const char *path, const void *octets, size_t len, unsigned mode)
{
	char *temporary = kt_format("%s.new.%ld", path, (long)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	int rc = fd < 0 ? KT_E_SYSTEM : write_all(fd, octets, len);
	if (fd >= 0)
		close(fd);
	if (!rc && rename(temporary, path) < 0)
		rc = KT_E_SYSTEM;
	if (rc && fd >= 0)
		unlink(temporary);
	free(temporary);
	return rc ? rc : sync_directory(path);
}

char *kt_path_beside(const char *base, const char *path)
{
	const char *slash = strrchr(base, '/');
	if (path[0] == '/' || !slash)
		return kt_strdup(path);
	return kt_format("%.*s/%s", (int)(slash - base), base, path);
}
