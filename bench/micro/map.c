/*
 * bench/micro/map.c -- maps of client networks: how fast they are read, made and searched.
 *
 *   map-bench v4|v6|mixed|hosts [PREFIXES [LOOKUPS]]
 *       random /24s, /48s, both of many lengths, IPv6 /128s each in a /64 of its own; from a
 *       file, as an operator has them
 *   map-bench find v4|v6|mixed|hosts PREFIXES LOOKUPS
 *       the same, silent but for the last line: for instruction counts, with 0 LOOKUPS to
 *       take off what is not a lookup
 *
 * Times are CPU time; octets those of steering_map_size().
 */
#include "steering/map.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t state = 88172645463325252u;

static uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_prefix(bool v6, bool mixed, struct kt_prefix *out)
{
	uint64_t r = random64();
	unsigned len = v6 ? 48 : 24;
	if (mixed)
		len = v6 ? 32 + (unsigned)(random64() % 33)
			 : 12 + (unsigned)(random64() % 21);
	*out = (struct kt_prefix){ .addr.family = v6 ? 6 : 4, .len = (uint8_t)len };
	if (v6)
		r = (r & ~(UINT64_C(7) << 61)) | UINT64_C(1) << 61; /* 2000::/3 */
	r &= ~UINT64_C(0) << (64 - len);
	if (v6 && (r >> 48 == 0x2002 || r >> 32 == 0x20010000))
		r |= UINT64_C(4) << 48;
	for (unsigned i = 0; i < (v6 ? 8 : 4); i++)
		out->addr.octets[i] = (uint8_t)(r >> (56 - 8 * i));
}

static void write_file(const char *path, const char *kind, unsigned n)
{
	char text[KT_PREFIX_TEXT];
	FILE *f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	for (unsigned i = 0; i < n; i++) {
		struct kt_prefix p;
		bool mixed = strcmp(kind, "mixed") == 0;
		bool hosts = strcmp(kind, "hosts") == 0;
		make_prefix(mixed ? i & 1 : hosts || strcmp(kind, "v6") == 0,
		    mixed || hosts, &p);
		if (hosts) {
			p.addr.octets[12] = (uint8_t)random64();
			p.addr.octets[15] = 1;
			p.len = 128;
		}
		fprintf(f, "%s,region%u\n", kt_prefix_print(&p, text),
		    (unsigned)(random64() % 200));
	}
	fclose(f);
}

static struct steering_map *make_map(const char *path, bool print)
{
	static const char *const names[] = { "default" };
	struct conf_network_file file = { .path = path, .region = -1 };
	struct conf_map conf = { .name = "bench",
		.regions = names,
		.n_regions = 1,
		.files = &file,
		.n_files = 1 };
	struct steering_regions *regions = NULL;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	double start = cpu_s();
	int rc = steering_regions_make(&conf, &errs, &regions);
	double read = cpu_s() - start;
	if (rc)
		kt_errs_print(&errs, stderr, false);
	kt_errs_fini(&errs);
	if (rc)
		exit(1);
	uint16_t *class_of = kt_calloc(regions->n, sizeof(*class_of));
	for (size_t i = 0; i < regions->n; i++)
		class_of[i] = (uint16_t)i;
	start = cpu_s();
	struct steering_map *map = steering_map_make(
	    regions, class_of, (unsigned)regions->n);
	double made = cpu_s() - start;
	if (!map)
		exit(1);
	if (print)
		printf("%zu prefixes, %zu and %zu runs: read %.3f s, made %.3f s, "
		       "%.1f octets/prefix\n",
		    regions->n_prefixes, regions->n_run4, regions->n_run6, read, made,
		    (double)steering_map_size(map) / (double)regions->n_prefixes);
	free(class_of);
	steering_regions_free(regions);
	return map;
}

/* Half of the lookups find a prefix's network, half anything. */
static void look_up(
    const struct steering_map *map, const char *kind, unsigned n, bool print)
{
	enum {
		N = 1 << 16
	};
	struct kt_addr *addrs = kt_calloc(N, sizeof(*addrs));
	uint64_t sum = 0;
	for (unsigned i = 0; i < N; i++) {
		struct kt_prefix p;
		make_prefix(
		    strcmp(kind, "v6") == 0 || (strcmp(kind, "mixed") == 0 && i & 1),
		    false, &p);
		addrs[i] = p.addr;
	}
	double start = cpu_s();
	for (unsigned i = 0; i < n; i++) {
		struct steering_cell c = steering_map_find(map, &addrs[i % N]);
		sum += c.class + c.len;
	}
	double took = cpu_s() - start;
	if (print && n)
		printf("%u lookups: %.1f ns each (sum %llu)\n", n, took * 1e9 / n,
		    (unsigned long long)sum);
	free(addrs);
}

/* Sources that are too short: /8 and /16 of IPv4, /16 and /32 of IPv6. */
static void decide_short(const struct steering_map *map, unsigned n)
{
	struct kt_addr resolver = { .family = 4, .octets = { 192, 0, 2, 1 } };
	struct steering_decision d;
	for (unsigned len = 1; len <= 40; len += len < 8 ? 7 : 8) {
		uint64_t sum = 0;
		double start = cpu_s();
		for (unsigned i = 0; i < n; i++) {
			struct dns_ecs ecs = { .family = i & 1 && len < 24 ? 4 : 6,
				.source = (uint8_t)len };
			uint64_t r = random64() & ~UINT64_C(0) << (64 - len);
			if (ecs.family == 6)
				r = (r & ~(UINT64_C(7) << 61)) | UINT64_C(1) << 61;
			for (unsigned k = 0; k < 8; k++)
				ecs.octets[k] = (uint8_t)(r >> (56 - 8 * k));
			steering_map_decide(map, &ecs, &resolver, &d);
			sum += d.class + d.scope;
		}
		printf("source /%u: %.1f ns a decision (sum %llu)\n", len,
		    (cpu_s() - start) * 1e9 / n, (unsigned long long)sum);
	}
}

int main(int argc, char **argv)
{
	bool find = argc > 1 && strcmp(argv[1], "find") == 0;
	argv += find;
	argc -= find;
	if (argc < 2) {
		fprintf(stderr,
		    "usage: map-bench [find] v4|v6|mixed|hosts [PREFIXES [LOOKUPS]]\n");
		return 2;
	}
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 1000000;
	unsigned lookups = argc > 3 ? (unsigned)atoi(argv[3]) : 10000000;
	char path[] = "/tmp/map-bench-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	write_file(path, argv[1], n);
	struct steering_map *map = make_map(path, !find);
	unlink(path);
	look_up(map, argv[1], lookups, !find);
	if (!find)
		decide_short(map, 100000);
	steering_map_free(map);
	return 0;
}
