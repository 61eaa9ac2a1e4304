/*
 * bench/micro/answer.c -- what an answer costs without the network: queries are read and
 * answered in batches, in process.
 *
 *   answer-bench [-n passes] [-m queries] [-s kotae.yaml] [-k KEY] -d QUERIES ZONE=FILE ...
 *
 * -s: the `steering` of a configuration, every target up; -k: the private key of its zone.
 *
 * Prints ns and octets a query.  Under callgrind, `--toggle-collect=micro_run` counts the
 * instructions of just that.
 */
#include "../src/queries.h"

#include "authority/answer.h"
#include "authority/services.h"
#include "base/clock.h"
#include "base/err.h"
#include "conf/config.h"
#include "zone/builder.h"
#include "zone/load.h"
#include "zone/set.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define BATCH       64
#define REPLY_SIZE  4096
#define IMAGES_SIZE (8u << 20)

static struct dns_query batch[BATCH];
static uint8_t buffers[BATCH][REPLY_SIZE];

/* What is steered, if anything is; the services of all are in the first zone. */
static struct {
	struct conf_config *conf;
	struct steering *steering;
	struct authority_services *services;
	const char *key_file;
	struct authority_policy policies[2]; /* [1]: of the first zone */
} steer;

static void check(int rc, struct kt_errs *errs)
{
	if (rc >= 0)
		return;
	kt_errs_print(errs, stderr, false);
	exit(1);
}

static void read_steering(const char *file)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	check(conf_config_read(file, &errs, &steer.conf), &errs);
	check(steering_make(&steer.conf->steering, &errs, &steer.steering), &errs);
	kt_errs_fini(&errs);
}

static const struct zone_steered *steered_of(
    const struct dns_name *zone, struct kt_errs *errs)
{
	const uint8_t *name = zone->wire;
	if (!steer.steering || steer.services)
		return NULL;
	steer.services = authority_services_make(steer.steering, &name, 1, errs);
	struct zone_steered *list = authority_services_of(steer.services, 0);
	if (list && steer.key_file) {
		list->key_files = &steer.key_file;
		list->n_key_files = 1;
	}
	return list;
}

/* The first zone is loaded: its services answer, all their targets are up. */
static void start_steering(const struct zone_snapshot *z)
{
	struct steering_refresh_result result;
	struct steering_service **services = authority_services_by_number(
	    steer.steering, z);
	size_t n = steer.steering->n_targets;
	struct steering_health *health = calloc(n, sizeof(*health));
	for (size_t i = 0; i < n; i++)
		health[i] = (struct steering_health){ true, 1000, UINT32_MAX };
	for (uint32_t i = 0; i < z->n_steered; i++)
		services[i]->signer = z->signer;
	steering_refresh(steer.steering, health, kt_clock_unix(), &result);
	printf("%u names steered, %zu signatures\n", z->n_steered, result.signatures);
	steer.policies[1].steered = (const struct steering_service *const *)services;
	steer.policies[1].n_steered = z->n_steered;
	free(health);
}

static void stop_steering(void)
{
	free((void *)steer.policies[1].steered);
	authority_services_free(steer.services);
	steering_free(steer.steering);
	conf_config_free(steer.conf);
}

static void add_zone(struct zone_set *set, struct zone_builder *b, char *spec)
{
	struct dns_name name;
	struct zone_snapshot *z = NULL;
	struct kt_errs errs;
	char *file = strchr(spec, '=');
	kt_errs_init(&errs, 0);
	if (!file || dns_name_scan(spec, (size_t)(file - spec), NULL, &name) < 0) {
		fprintf(stderr, "answer-bench: %s is not ZONE=FILE\n", spec);
		exit(2);
	}
	dns_name_lower(&name);
	const struct zone_steered *steered = steered_of(&name, &errs);
	check(zone_load_file(b, &name, file + 1, steered, &errs, &z), &errs);
	check(zone_set_add(set, &name, z, steered ? 1 : 0), &errs);
	if (steered)
		start_steering(z);
	zone_snapshot_put(z);
	kt_errs_fini(&errs);
}

/* Not static: callgrind finds it by name. */
uint64_t micro_run(struct authority_worker *worker, const struct queries *qs,
    const struct dns_client *client);

/* All queries once; octets answered. */
__attribute__((noinline)) uint64_t micro_run(struct authority_worker *worker,
    const struct queries *qs, const struct dns_client *client)
{
	const struct dns_query *q[BATCH];
	struct dns_reply replies[BATCH], *reply[BATCH];
	uint64_t octets = 0;
	for (unsigned i = 0; i < BATCH; i++) {
		q[i] = &batch[i];
		replies[i] = (struct dns_reply){ .wire = buffers[i],
			.size = REPLY_SIZE };
		reply[i] = &replies[i];
	}
	for (size_t at = 0; at < qs->n; at += BATCH) {
		unsigned n = qs->n - at < BATCH ? (unsigned)(qs->n - at) : BATCH;
		for (unsigned i = 0; i < n; i++)
			dns_query_read(
			    &batch[i], qs->at[at + i].p, qs->at[at + i].len, client);
		authority_answer_batch(worker, q, reply, n);
		for (unsigned i = 0; i < n; i++)
			octets += replies[i].len;
	}
	return octets;
}

static void print_counters(const struct authority_worker *worker)
{
	const uint64_t *counters = authority_counters(worker);
	static const char *const names[] = {
#define X(name, help) #name,
		AUTHORITY_COUNTERS(X)
#undef X
	};
	for (unsigned i = 0; i < AUTHORITY_N_COUNTERS; i++)
		if (counters[i])
			printf("  %s %lu", names[i], counters[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	int passes = 3, o;
	size_t max = 0;
	const char *file = NULL;
	while ((o = getopt(argc, argv, "n:m:d:s:k:")) != -1) {
		if (o == 'n')
			passes = atoi(optarg);
		else if (o == 'm')
			max = strtoul(optarg, NULL, 10);
		else if (o == 'd')
			file = optarg;
		else if (o == 's')
			read_steering(optarg);
		else if (o == 'k')
			steer.key_file = optarg;
		else
			return 2;
	}
	if (!file || optind == argc) {
		fprintf(stderr,
		    "answer-bench [-n passes] [-m queries] [-s kotae.yaml] [-k KEY] "
		    "-d QUERIES ZONE=FILE ...\n");
		return 2;
	}
	struct queries qs = queries_map(file);
	if (max && max < qs.n)
		qs.n = max;
	struct zone_set *set = zone_set_new((size_t)(argc - optind));
	struct zone_builder *b = zone_builder_new();
	struct kt_instant begun = kt_clock_now();
	for (; optind < argc; optind++)
		add_zone(set, b, argv[optind]);
	zone_builder_free(b);
	printf("loaded in %.3f s\n",
	    (double)kt_instant_since(kt_clock_now(), begun).ns / 1e9);

	struct authority_config config = {
		.zones = set,
		.policies = steer.policies,
		.n_policies = 2,
		.steering = steer.conf ? &steer.conf->steering : NULL,
		.udp_max = 1232,
		.minimal = true,
		.any_minimal = true,
		.cookies = true,
		.n_cookie_secrets = 1,
	};
	kt_slot slot = &config;
	struct authority_worker *worker = authority_worker_new(&slot, IMAGES_SIZE);
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct dns_client client = {
		.peer = (struct sockaddr *)&address,
		.local = (struct sockaddr *)&address,
		.now = kt_clock_now(),
		.unix_now = kt_clock_unix(),
	};
	kt_reader_join();
	kt_readers_online();
	for (int i = 0; i < passes; i++) {
		begun = kt_clock_now();
		uint64_t octets = micro_run(worker, &qs, &client);
		double ns = (double)kt_instant_since(kt_clock_now(), begun).ns;
		printf("pass %d: %.1f ns a query, %.1f octets\n", i + 1,
		    ns / (double)qs.n, (double)octets / (double)qs.n);
	}
	print_counters(worker);
	kt_readers_offline();
	kt_reader_leave();
	authority_worker_free(worker);
	zone_set_free(set);
	stop_steering();
	free(qs.at);
	return 0;
}
