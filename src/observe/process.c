#include "observe/process.h"

#include "observe/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void add_gauge(struct kt_text *out, const char *name, const char *unit,
    const char *help, uint64_t value)
{
	observe_family(
	    out, &(struct observe_family){ name, OBSERVE_GAUGE, unit, help });
	observe_sample(out, name, NULL, 0, value);
}

static void add_cpu(struct kt_text *out)
{
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return;
	observe_family(
	    out, &(struct observe_family){ "process_cpu_seconds", OBSERVE_COUNTER,
		     "seconds", "CPU time of the process, user and system." });
	observe_sample_ms(out, "process_cpu_seconds_total", NULL, 0,
	    (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

/* "size resident ..." in pages */
static void add_memory(struct kt_text *out)
{
	uint64_t size, resident;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return;
	bool ok = fscanf(f, "%" SCNu64 " %" SCNu64, &size, &resident) == 2;
	fclose(f);
	if (ok)
		add_gauge(out, "process_resident_memory_bytes", "bytes",
		    "Resident memory.", resident * (uint64_t)sysconf(_SC_PAGESIZE));
}

static bool count_entries(const char *path, uint64_t *n)
{
	DIR *dir = opendir(path);
	if (!dir)
		return false;
	*n = 0;
	for (struct dirent *e; (e = readdir(dir));)
		*n += e->d_name[0] != '.';
	closedir(dir);
	return true;
}

static void add_descriptors(struct kt_text *out)
{
	struct rlimit limit;
	uint64_t n;
	/* One of them is the directory that is being read. */
	if (count_entries("/proc/self/fd", &n))
		add_gauge(
		    out, "process_open_fds", NULL, "Open file descriptors.", n - 1);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		add_gauge(out, "process_max_fds", NULL,
		    "File descriptors that may be open.", limit.rlim_cur);
	if (count_entries("/proc/self/task", &n))
		add_gauge(out, "process_threads", NULL, "Threads.", n);
}

void observe_process(struct kt_text *out, const char *version, kt_unix started)
{
	observe_family(out, &(struct observe_family){
				"kotae_build", OBSERVE_INFO, NULL, "The program." });
	observe_sample(out, "kotae_build_info",
	    &(struct observe_label){ "version", version }, 1, 1);
	observe_family(out, &(struct observe_family){ "process_start_time_seconds",
				OBSERVE_GAUGE, "seconds", "When the process began." });
	observe_sample_ms(out, "process_start_time_seconds", NULL, 0, started * 1000);
	add_cpu(out);
	add_memory(out);
	add_descriptors(out);
}
