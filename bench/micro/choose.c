/*
 * bench/micro/choose.c -- steering_choose() and steering_refresh() alone.
 *
 *   choose-bench find CONFIG QUESTIONS
 *       asks service 0 of CONFIG, A or AAAA, from random /24 and /56 client subnets, silently:
 *       for instruction counts, with 0 QUESTIONS to take off what is not a question
 *   choose-bench size CONFIG
 *       octets of the compiled half and of the live halves
 *   choose-bench refresh CONFIG KEY DNSKEY-FILE|- ROUNDS
 *       takes target KEY down and up again so often, with every service signed by the key; "-":
 *       unsigned; tells what each refresh took
 */
#include "steering/steering.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "conf/config.h"
#include "crypto/sign.h"
#include "dnssec/key.h"
#include "dnssec/keyfile.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
	struct conf_config *config;
	struct steering *steering;
	struct steering_health *health;
	struct dnssec_signer *signer;
	struct kt_errs errs;
};

static uint64_t state = 88172645463325252u;

static uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const struct bench *b, const char *what)
{
	kt_errs_print(&b->errs, stderr, false);
	fprintf(stderr, "choose-bench: %s\n", what);
	exit(1);
}

static void read_config(struct bench *b, const char *path)
{
	kt_errs_init(&b->errs, 0);
	if (conf_config_read(path, &b->errs, &b->config) ||
	    steering_make(&b->config->steering, &b->errs, &b->steering))
		die(b, "the configuration cannot be used");
	b->health = kt_calloc(b->steering->n_targets + 1, sizeof(*b->health));
	for (size_t i = 0; i < b->steering->n_targets; i++)
		b->health[i] = (struct steering_health){
			.up = true, .share = 1000, .stable_s = UINT32_MAX
		};
}

static size_t held(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

static double refresh(struct bench *b, struct steering_refresh_result *result)
{
	double began = now_ms();
	steering_refresh(b->steering, b->health, 1795392000, result);
	return now_ms() - began;
}

static void find(struct bench *b, unsigned long n)
{
	struct steering_refresh_result result;
	struct steering_client client = { 0 };
	struct steering_answer answer;
	const struct steering_service *service = &b->steering->services[0];
	struct dns_ecs ecs;
	uint64_t sum = 0;
	refresh(b, &result);
	client.ecs = &ecs;
	client.resolver.family = 4;
	for (unsigned long i = 0; i < n; i++) {
		uint64_t r = random64();
		ecs = (struct dns_ecs){ .family = i % 2 ? 4 : 6,
			.source = i % 2 ? 24 : 56 };
		kt_put64(
		    ecs.octets, i % 2 ? r & 0xffffff0000000000
				      : (r & 0x1fffffffffffff00) | 0x2000000000000000);
		if (i % 2)
			memset(ecs.octets + 4, 0, 12);
		steering_choose(service, i % 2 ? STEERING_A : STEERING_AAAA, &client, r,
		    i, &answer);
		sum += answer.decision.scope +
		       (answer.variant ? answer.variant->n_rr : 0);
	}
	if (sum == 1)
		puts("?");
}

static void size(const char *path)
{
	struct bench b = { 0 };
	struct steering_refresh_result result;
	size_t before, compiled, maps = 0;
	kt_errs_init(&b.errs, 0);
	if (conf_config_read(path, &b.errs, &b.config))
		die(&b, "the configuration cannot be used");
	before = held();
	if (steering_make(&b.config->steering, &b.errs, &b.steering))
		die(&b, "it cannot be compiled");
	compiled = held() - before;
	for (size_t i = 0; i < b.steering->n_maps; i++)
		maps += steering_map_size(b.steering->maps[i]);
	b.health = kt_calloc(b.steering->n_targets + 1, sizeof(*b.health));
	before = held();
	refresh(&b, &result);
	printf(
	    "services %zu targets %zu maps %zu of %zu octets, all compiled %zu, live "
	    "%zu: %zu a service\n",
	    b.steering->n_services, b.steering->n_targets, b.steering->n_maps, maps,
	    compiled, held() - before, (held() - before) / b.steering->n_services);
}

/* A DNSKEY set of the one key. */
static void make_signer(struct bench *b, const char *path)
{
	struct crypto_private *key;
	struct dns_name apex;
	uint8_t rr[2 + 4 + CRYPTO_PUBLIC_MAX];
	size_t len;
	if (dnssec_keyfile_read(path, &b->errs, &key) ||
	    dns_name_scan("example.com", 11, NULL, &apex))
		die(b, "the key cannot be read");
	const uint8_t *public = crypto_private_public(key, &len);
	struct kt_writer w = kt_writer_of(rr, sizeof(rr));
	kt_write16(&w, (uint16_t)(4 + len));
	kt_write16(&w, DNSSEC_KEY_ZONE);
	kt_write8(&w, DNSSEC_KEY_PROTOCOL);
	kt_write8(&w, crypto_private_algorithm(key));
	kt_write(&w, public, len);
	const struct dnssec_rrset set = {
		.n_rr = 1, .data = rr, .size = kt_writer_len(&w)
	};
	if (dnssec_signer_make(&apex, &set, &path, 1, &b->errs, &b->signer))
		die(b, "the key does not sign");
	crypto_private_free(key);
	for (size_t i = 0; i < b->steering->n_services; i++)
		b->steering->services[i].signer = b->signer;
}

static void flap(struct bench *b, const char *key, unsigned long rounds)
{
	struct steering_refresh_result result;
	const struct steering_target *target = steering_target_find(b->steering, key);
	if (!target)
		die(b, "there is no such target");
	double ms = refresh(b, &result);
	printf("first: %.1f ms, %zu signatures\n", ms, result.signatures);
	for (unsigned long i = 0; i < rounds; i++) {
		b->health[target - b->steering->targets].up = i % 2;
		ms = refresh(b, &result);
		printf("%s: %.1f ms, %zu services, %zu signatures\n",
		    i % 2 ? "up" : "down", ms, result.changed, result.signatures);
	}
	ms = refresh(b, &result);
	printf("nothing new: %.1f ms\n", ms);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	if (argc == 4 && strcmp(argv[1], "find") == 0) {
		read_config(&b, argv[2]);
		find(&b, strtoul(argv[3], NULL, 10));
	} else if (argc == 3 && strcmp(argv[1], "size") == 0) {
		size(argv[2]);
	} else if (argc == 6 && strcmp(argv[1], "refresh") == 0) {
		read_config(&b, argv[2]);
		if (strcmp(argv[4], "-") != 0)
			make_signer(&b, argv[4]);
		flap(&b, argv[3], strtoul(argv[5], NULL, 10));
	} else {
		fputs(
		    "usage: choose-bench find CONFIG N | size CONFIG | refresh CONFIG "
		    "TARGET KEYFILE|- ROUNDS\n",
		    stderr);
		return 1;
	}
	return 0;
}
