/*
 * fuzz/mmdb_fuzz.c -- steering/geo: MaxMind DB files.
 *
 * Input: the file.
 */
#include "fuzz.h"
#include "steering/regions.h"

#include "base/text.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Reading it again for one address says the same as the runs. */
static void check_why(const struct steering_regions *r)
{
	for (size_t i = 0; i < r->n_run4 && i < 20; i++) {
		struct steering_why why;
		uint32_t first = r->run4[i].first;
		struct kt_addr addr = { .family = 4,
			.octets = { (uint8_t)(first >> 24), (uint8_t)(first >> 16),
			    (uint8_t)(first >> 8), (uint8_t)first } };
		fuzz_check(steering_regions_why(r, &addr, &why) == 0);
		fuzz_check(why.region == r->run4[i].region);
		fuzz_check(kt_prefix_covers(&why.prefix, &addr));
	}
	for (size_t i = 0; i < r->n_run6 && i < 20; i++) {
		struct steering_why why;
		struct kt_addr addr = { .family = 6 };
		for (unsigned k = 0; k < 16; k++)
			addr.octets[k] = (uint8_t)(r->run6[i].first[k / 8] >>
						   (56 - 8 * (k % 8)));
		fuzz_check(steering_regions_why(r, &addr, &why) == 0);
		fuzz_check(why.region == r->run6[i].region);
	}
}

/*
 * The library (1.7.1) loses some kilobytes in MMDB_open() where a file's metadata are not of
 * the types that they should have; what this house allocates is still held against leaks.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "default", "tokyo", "osaka", "eu", "as" };
	static const struct conf_geo_match match[] = { { "*", 1, { 0 } },
		{ "JP-13", 2, { 0 } }, { "continent EU", 3, { 0 } },
		{ "AS64500", 4, { 0 } }, { "DE", 3, { 0 } } };
	char path[40];
	int fd = memfd_create("mmdb", MFD_CLOEXEC);
	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* All lines need what no one file has: with "*" alone it may be read through. */
	for (size_t n = 1; n <= KT_COUNT(match) && write(fd, data, size) >= 0; n += 4) {
		const struct conf_geo geo = { path, match, n, { 0 } };
		struct conf_map conf = { .name = "fuzz",
			.regions = names,
			.n_regions = KT_COUNT(names),
			.geo = &geo,
			.n_geo = 1 };
		struct steering_regions *regions = NULL;
		struct kt_errs errs;
		kt_errs_init(&errs, 0);
		int rc = steering_regions_make(&conf, &errs, &regions);
		fuzz_check((rc == 0) == (errs.n_errors == 0));
		kt_errs_fini(&errs);
		if (!rc)
			check_why(regions);
		steering_regions_free(regions);
		if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
			break;
	}
	close(fd);
	return 0;
}
