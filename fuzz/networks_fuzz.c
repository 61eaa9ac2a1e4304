/*
 * fuzz/networks_fuzz.c -- steering/networks: lists of networks, and maps made of them.
 *
 * Input: an octet (bit 0: the file has one region; bit 1: geo.match has lines), then the
 * list.
 */
#include "fuzz.h"
#include "steering/map.h"
#include "steering/networks.h"
#include "steering/special.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct taken {
	const struct steering_names *names;
	size_t n;
};

static int take(
    void *ctx, const struct steering_net *net, unsigned family, unsigned column)
{
	struct taken *t = ctx;
	steering_key key = steering_net_key(net);
	fuzz_check(family == 4 || family == 6);
	fuzz_check(net->len <= (family == 4 ? 32 : 128));
	fuzz_check(steering_key_cut(key, net->len) == key);
	fuzz_check(family == 4 || !steering_special_embedding(key, net->len));
	fuzz_check(net->region < t->names->n && net->line && column);
	t->n++;
	return 0;
}

/* What is scanned quickly is what the exact scanner makes of it. */
static void check_scan(const char *text, size_t len)
{
	struct steering_net net = { 0 };
	struct kt_prefix prefix;
	char copy[64];
	unsigned family;
	size_t used = steering_networks_scan(text, len, &net, &family);
	fuzz_check(used <= len && used < sizeof(copy));
	if (!used)
		return;
	memcpy(copy, text, used);
	copy[used] = 0;
	fuzz_check(kt_prefix_scan(copy, &prefix) == 0);
	fuzz_check(prefix.addr.family == family && prefix.len == net.len);
	fuzz_check(steering_key_of(&prefix.addr) == steering_net_key(&net));
}

static int count_cell(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	size_t *n = ctx;
	fuzz_check(cell->len > 0 && (class < 3 || class >= STEERING_EMBEDDED));
	return ++*n > 2000;
}

/* The same octets as a file of a map. */
static void check_map(const struct conf_map *conf)
{
	struct steering_regions *regions = NULL;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	int rc = steering_regions_make(conf, &errs, &regions);
	fuzz_check(rc == 0 || errs.n_errors);
	kt_errs_fini(&errs);
	if (rc)
		return;
	uint16_t *class_of = calloc(regions->n, sizeof(*class_of));
	for (size_t i = 0; i < regions->n; i++)
		class_of[i] = (uint16_t)(i % 3);
	struct steering_map *map = steering_map_make(regions, class_of, 3);
	fuzz_check(map);
	for (unsigned family = 4; family <= 6; family += 2) {
		size_t n = 0;
		(void)steering_map_walk(map, family, NULL, count_cell, &n);
	}
	steering_map_free(map);
	steering_regions_free(regions);
	free(class_of);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "default", "tokyo", "osaka" };
	static const struct conf_geo_match match[] = { { "JP", 1, { 0 } },
		{ "JP-27", 2, { 0 } } };
	static const struct conf_geo geo = { "none", match, 2, { 0 } };
	struct steering_matcher matcher = { 0 };
	struct steering_names all;
	struct kt_errs errs;
	struct taken taken = { .names = &all };
	if (!size)
		return 0;
	const char *text = (const char *)data + 1;
	size_t len = size - 1;
	struct conf_map conf = { .name = "fuzz", .regions = names, .n_regions = 3 };
	check_scan(text, len);
	kt_errs_init(&errs, 0);
	steering_names_init(&all, &conf);
	steering_matcher_init(&matcher, &geo);
	struct steering_networks list = { .path = "list",
		.region = data[0] & 1 ? 1 : -1,
		.matchers = &matcher,
		.n_matchers = data[0] >> 1 & 1,
		.names = &all,
		.errs = &errs,
		.take = take,
		.ctx = &taken };
	int rc = steering_networks_read(&list, text, len);
	fuzz_check((rc == 0) == (errs.n_errors == 0));
	kt_errs_fini(&errs);
	steering_matcher_fini(&matcher);
	steering_names_fini(&all);

	char path[40];
	int fd = memfd_create("list", MFD_CLOEXEC);
	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct conf_network_file file = { .path = path, .region = list.region };
	conf.files = &file;
	conf.n_files = 1;
	if (write(fd, text, len) == (ssize_t)len)
		check_map(&conf);
	close(fd);
	return 0;
}
