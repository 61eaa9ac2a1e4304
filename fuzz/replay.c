/*
 * fuzz/replay.c -- runs a fuzz target over files, without a fuzzer.
 *
 *   replay-NAME FILE|DIRECTORY ...
 *
 * Linked with any compiler and sanitizer: the normal tests replay every corpus.  Each input
 * stands in a heap block of exactly its size, so that a sanitizer sees a read past it.
 * Exit status 0: all inputs ran; 1: there was none, or one could not be read.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16u << 20)

static size_t n_inputs;

static int replay_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) || st.st_size > INPUT_MAX) {
		fprintf(stderr, "%s: %s\n", path, f ? "too large" : strerror(errno));
		if (f)
			fclose(f);
		return 1;
	}
	size_t size = (size_t)st.st_size;
	uint8_t *data = malloc(size ? size : 1);
	int failed = !data || fread(data, 1, size, f) != size;
	fclose(f);
	if (failed) {
		fprintf(stderr, "%s: cannot be read\n", path);
	} else {
		/* An input that aborts is the last name in the output. */
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(data, size);
		n_inputs++;
	}
	free(data);
	return failed;
}

static int replay_directory(const char *path)
{
	struct dirent **names;
	int failed = 0, n = scandir(path, &names, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];
		if (names[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
			failed |= replay_file(file);
		}
		free(names[i]);
	}
	free(names);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++) {
		struct stat st;
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			failed |= replay_directory(argv[i]);
		else
			failed |= replay_file(argv[i]);
	}
	printf("%zu inputs\n", n_inputs);
	return failed || !n_inputs;
}
