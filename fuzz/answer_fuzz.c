/*
 * fuzz/answer_fuzz.c -- authority/answer: any query to an answer, on loaded zones.
 *
 * Four signed zones (NSEC, NSEC3, NSEC3 with opt-out, one with steered names), a zone that is
 * configured and not loaded, transfers allowed with and without a key.  Each question is answered by a
 * worker that has kept images of the questions before, by a new one, and in a batch: the answers
 * must be the same.
 *
 * Input: the first octet: bit 0: TCP; bit 1: the client is another one; bit 2: large
 * UDP answers are allowed, and client subnets count from one client only; the rest is the
 * query.
 */
#include "authority/answer.h"

#include "authority/services.h"
#include "base/bytes.h"
#include "conf/config.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/type.h"
#include "fuzz.h"
#include "zone/builder.h"
#include "zone/load.h"
#include "zone/set.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define UDP_BUFFER   4096
#define TCP_BUFFER   65535
#define STREAM_MAX   100
#define BATCH        3
#define CLIENT       0x7f000001u
#define CLIENT_OTHER 0xc0000263u
#define IMAGES_SIZE  (1u << 20)
#define UNIX_NOW     1800000000

static struct authority_key key = { .secret_len = 32 };
static struct authority_peer peers[2];
static struct authority_policy policies[4];
static struct conf_config *conf;
static struct conf_steering conf_trusting[2]; /* [1]: one client only */
static struct authority_config config[2];     /* [1]: large UDP answers */
static kt_slot slot[2];
static struct authority_worker *keeping[2];

static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	fuzz_check(dns_name_scan(text, strlen(text), NULL, &name) == 0);
	return name;
}

/* What is chosen is the same for every worker: no turns and no chance. */
static const char yaml[] =
    "steering:\n"
    "  maps:\n"
    "    a: {networks: {240b:10:200::/41: x, 240b:10:300::/40: y, 192.0.2.0/25: y}, "
    "default: z, short-source: {240b:10:200::/40: x}, short-source-ttl: 5s}\n"
    "    b: {networks: {240b::/16: x}, default: z}\n"
    "  monitors: {m: {type: push}}\n"
    "  pools:\n"
    "    x: {members: [{address: 2001:db8::1}, {address: 192.0.2.1}]}\n"
    "    y: {members: [{address: 2001:db8::2}, {address: 192.0.2.2}]}\n"
    "    z: {members: [{address: 2001:db8::3}, {address: 192.0.2.3}]}\n"
    "    hash: {members: [{address: 2001:db8::4}, {address: 2001:db8::5}, {address: "
    "192.0.2.4}, {address: 192.0.2.5}], method: hash}\n"
    "    down: {members: [{address: 192.0.2.6}], monitor: m}\n"
    "    nx: {members: [{name: www.steered.test}]}\n"
    "    ny: {members: [{name: other.steered.test}]}\n"
    "    nz: {members: [{name: www.nsec.test}]}\n"
    "  services:\n"
    "    steered.test: {map: a, regions: {x: x, y: y, z: z}}\n"
    "    www.steered.test: {map: a, regions: {x: x, y: y, z: z}}\n"
    "    \"*.w.steered.test\": {map: a, regions: {x: x, y: y, z: z}}\n"
    "    other.steered.test: {map: b, regions: {x: x, z: z}}\n"
    "    near.steered.test: {map: a, regions: {x: nx, y: ny, z: nz}}\n"
    "    hash.steered.test: {map: b, regions: {x: hash, z: z}}\n"
    "    down.steered.test: {pools: down, when-all-down: none}\n";

static struct steering *steering;

static void read_steering(void)
{
	struct kt_errs errs;
	static struct kt_prefix trusted;
	kt_errs_init(&errs, 0);
	int err = conf_config_read_text(
	    yaml, sizeof(yaml) - 1, "fuzz.yaml", &errs, &conf);
	if (err == 0)
		err = steering_make(&conf->steering, &errs, &steering);
	if (err)
		kt_errs_print(&errs, stderr, false);
	fuzz_check(err == 0);
	kt_errs_fini(&errs);
	fuzz_check(kt_prefix_scan("127.0.0.0/8", &trusted) == 0);
	conf_trusting[0] = conf_trusting[1] = conf->steering;
	conf_trusting[1].trust_ecs = &trusted;
	conf_trusting[1].n_trust_ecs = 1;
}

/* All targets are up but those with a monitor. */
static void start_steering(const struct zone_snapshot *z)
{
	struct steering_refresh_result result;
	struct steering_service **services = authority_services_by_number(steering, z);
	struct steering_health *health = calloc(steering->n_targets, sizeof(*health));
	fuzz_check(health != NULL);
	for (size_t i = 0; i < steering->n_targets; i++)
		health[i] = (struct steering_health){
			steering->targets[i].monitor == NULL, 1000, UINT32_MAX
		};
	for (uint32_t i = 0; i < z->n_steered; i++)
		services[i]->signer = z->signer;
	kt_readers_offline();
	steering_refresh(steering, health, UNIX_NOW, &result);
	kt_readers_online();
	fuzz_check(result.failed == 0 && result.signatures > 0);
	policies[3].steered = (const struct steering_service *const *)services;
	policies[3].n_steered = z->n_steered;
	free(health);
}

static void load_steered(struct zone_set *set, struct zone_builder *b)
{
	static const char *const keys[] = { FUZZ_ZONES
		"/Ksteered.test.+013+09515.private" };
	struct dns_name name = name_of("steered.test");
	const uint8_t *zone = name.wire;
	struct zone_snapshot *z = NULL;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	read_steering();
	struct authority_services *services = authority_services_make(
	    steering, &zone, 1, &errs);
	struct zone_steered *list = authority_services_of(services, 0);
	list->key_files = keys;
	list->n_key_files = 1;
	int err = zone_load_file(b, &name, FUZZ_ZONES "/steered.zone", list, &errs, &z);
	fuzz_check(err == 0);
	fuzz_check(zone_set_add(set, &name, z, 3) == 0);
	start_steering(z);
	authority_services_free(services);
	kt_errs_fini(&errs);
}

static void load_zone(struct zone_set *set, struct zone_builder *b, const char *zone,
    const char *file, uint32_t policy)
{
	char path[4096];
	struct dns_name name = name_of(zone);
	struct zone_snapshot *z = NULL;
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	snprintf(path, sizeof(path), "%s/%s", FUZZ_ZONES, file);
	int err = zone_load_file(b, &name, path, NULL, &errs, &z);
	kt_errs_print(&errs, stderr, false);
	fuzz_check(err == 0);
	fuzz_check(zone_set_add(set, &name, z, policy) == 0);
	zone_snapshot_put(z);
	kt_errs_fini(&errs);
}

static struct zone_set *load_zones(void)
{
	struct zone_set *set = zone_set_new(5);
	struct zone_builder *b = zone_builder_new();
	struct dns_name gone = name_of("gone.test");
	load_zone(set, b, "nsec.test", "nsec.zone", 1);
	load_zone(set, b, "nsec3.test", "nsec3.zone", 2);
	load_zone(set, b, "optout.test", "optout.zone", 0);
	load_steered(set, b);
	fuzz_check(zone_set_add(set, &gone, NULL, 0) == 0);
	zone_builder_free(b);
	return set;
}

static void configure(struct authority_config *c, struct zone_set *zones)
{
	struct dns_name agent = name_of("agent.nsec.test");
	*c = (struct authority_config){
		.zones = zones,
		.policies = policies,
		.n_policies = KT_COUNT(policies),
		.keys = &key,
		.n_keys = 1,
		.nsid = "fuzz",
		.version = "kotae",
		.udp_max = 1232,
		.tcp_keepalive = 100,
		.minimal = true,
		.any_minimal = true,
		.cookies = true,
		.n_cookie_secrets = 1,
	};
	memcpy(c->report_agent, agent.wire, agent.len);
}

static void start(void)
{
	key.name = name_of("key");
	kt_reader_join();
	fuzz_check(kt_prefix_scan("127.0.0.1/32", &peers[0].from) == 0);
	peers[1] = peers[0];
	peers[1].key = &key;
	policies[1] = (struct authority_policy){ .transfer_to = &peers[0],
		.n_transfer_to = 1 };
	policies[2] = (struct authority_policy){ .transfer_to = &peers[1],
		.n_transfer_to = 1 };
	struct zone_set *zones = load_zones();
	for (int i = 0; i < 2; i++) {
		configure(&config[i], zones);
		config[i].steering = &conf_trusting[i];
		slot[i] = &config[i];
		keeping[i] = authority_worker_new(&slot[i], IMAGES_SIZE);
	}
	config[1].udp_max = UDP_BUFFER;
	config[1].minimal = false;
	config[1].any_minimal = false;
	kt_readers_online();
}

/* What is only there when DO asks for it (RFC 4035 s.3.2.1), or the type is asked for. */
static bool is_proof(uint16_t type)
{
	return type == DNS_TYPE_RRSIG || type == DNS_TYPE_NSEC ||
	       type == DNS_TYPE_NSEC3;
}

static void check_records(const struct dns_query *q, const uint8_t *wire, size_t len)
{
	struct kt_reader r = kt_reader_of(wire, len);
	unsigned n = 0, n_opt = 0;
	bool asked = q->qtype == DNS_TYPE_ANY || q->qtype == DNS_TYPE_AXFR ||
		     q->qtype == DNS_TYPE_IXFR || is_proof(q->qtype);
	for (int i = 6; i < 12; i += 2)
		n += kt_get16(wire + i);
	r.at += DNS_HEADER_LEN + (kt_get16(wire + 4) ? q->question_len : 0);
	while (n--) {
		struct dns_message_record rec;
		dns_message_read_record(&r, &rec);
		fuzz_check(!r.err);
		if (rec.type == DNS_TYPE_OPT) {
			n_opt++;
			continue;
		}
		fuzz_check(rec.ttl_s <= 0x7fffffff);
		fuzz_check(!is_proof(rec.type) || asked ||
			   (q->edns.present && q->edns.flags & DNS_EDNS_FLAG_DO));
	}
	fuzz_check(r.at == r.end);
	fuzz_check(n_opt <= q->edns.present);
	if (q->verdict == DNS_VERDICT_ANSWER)
		fuzz_check(n_opt == q->edns.present);
}

static size_t limit_of(const struct dns_query *q, const struct authority_config *c)
{
	size_t limit = 512;
	if (q->client->transport == DNS_OVER_TCP)
		return TCP_BUFFER;
	if (q->edns.present && q->edns.udp_size > limit)
		limit = q->edns.udp_size < c->udp_max ? q->edns.udp_size : c->udp_max;
	return limit;
}

/* RFC 7871 s.7.2.1: there if it was asked by who is trusted, and as it came but for the scope. */
static void check_subnet(const struct dns_query *q, const struct dns_reply *reply,
    const struct authority_config *c)
{
	const struct dns_edns *e = &q->edns;
	const struct sockaddr_in *peer = (const struct sockaddr_in *)q->client->peer;
	bool trusted = c->steering->n_trust_ecs == 0 ||
		       ntohl(peer->sin_addr.s_addr) == CLIENT;
	struct kt_reader r = kt_reader_of(reply->wire, reply->len);
	const uint8_t *found = NULL;
	unsigned n = 0;
	for (int i = 6; i < 12; i += 2)
		n += kt_get16(reply->wire + i);
	r.at += DNS_HEADER_LEN + (kt_get16(reply->wire + 4) ? q->question_len : 0);
	while (n--) {
		struct dns_message_record rec;
		dns_message_read_record(&r, &rec);
		const uint8_t *at = reply->wire + rec.rdata_at, *end = at + rec.rdlen;
		for (; rec.type == DNS_TYPE_OPT && at < end; at += 4 + kt_get16(at + 2))
			if (kt_get16(at) == DNS_EDNS_ECS)
				found = at + 2;
	}
	bool wanted = e->present && e->ecs_present && trusted;
	fuzz_check(wanted == (found != NULL));
	if (!found)
		return;
	fuzz_check(kt_get16(found) == e->ecs_option_len);
	fuzz_check(memcmp(found + 2, e->ecs_option, 3) == 0);
	fuzz_check(memcmp(found + 6, e->ecs_option + 4, e->ecs_option_len - 4) == 0);
	fuzz_check(found[5] <= (e->ecs.family == 4      ? 32
				   : e->ecs.family == 6 ? 128
							: 0));
	fuzz_check(e->ecs.source != 0 || found[5] == 0);
}

static void check_reply(const struct dns_query *q, const struct dns_reply *reply,
    const struct authority_config *c)
{
	const uint8_t *wire = reply->wire;
	if (q->verdict == DNS_VERDICT_DROP || reply->more) {
		fuzz_check(reply->len == 0);
		return;
	}
	fuzz_check(reply->len >= DNS_HEADER_LEN && reply->len <= limit_of(q, c));
	uint16_t flags = kt_get16(wire + 2);
	fuzz_check(kt_get16(wire) == q->id);
	fuzz_check(flags & DNS_FLAG_QR);
	fuzz_check((flags >> 11 & 15) == q->opcode);
	fuzz_check(!(flags & DNS_FLAG_RA));
	fuzz_check(kt_get16(wire + 4) <= 1);
	if (q->verdict == DNS_VERDICT_ANSWER)
		fuzz_check(kt_get16(wire + 4) == (q->question_len != 0));
	if (kt_get16(wire + 4))
		fuzz_check(memcmp(wire + DNS_HEADER_LEN, q->wire + DNS_HEADER_LEN,
			       q->question_len) == 0);
	check_records(q, wire, reply->len);
}

static void check_stream(struct authority_worker *worker, const struct dns_query *q,
    const struct authority_config *c)
{
	static uint8_t buffer[TCP_BUFFER];
	struct authority_stream *stream = authority_begin_stream(worker, q);
	for (int i = 0; stream && i < STREAM_MAX; i++) {
		struct dns_reply reply = { .wire = buffer, .size = sizeof(buffer) };
		authority_continue(stream, UNIX_NOW, &reply);
		if (reply.len)
			check_reply(q, &reply, c);
		if (!reply.more)
			break;
	}
	authority_end_stream(stream);
}

static void read_rdata(const struct dns_reply *reply,
    const struct dns_message_record *rec, struct kt_writer *w)
{
	struct kt_reader r = kt_reader_of(reply->wire, reply->len);
	r.at += rec->rdata_at;
	dns_rdata_read(&r, rec->type, rec->rdlen, w);
	fuzz_check(!r.err && !w->err);
}

static void same_record(const struct dns_reply *a, const struct dns_message_record *x,
    const struct dns_reply *b, const struct dns_message_record *y)
{
	static uint8_t left[DNS_RDATA_MAX], right[DNS_RDATA_MAX];
	struct kt_writer v = kt_writer_of(left, sizeof(left));
	struct kt_writer w = kt_writer_of(right, sizeof(right));
	fuzz_check(dns_name_equal(&x->owner, &y->owner));
	fuzz_check(x->type == y->type && x->class == y->class && x->ttl_s == y->ttl_s);
	read_rdata(a, x, &v);
	read_rdata(b, y, &w);
	fuzz_check(kt_writer_len(&v) == kt_writer_len(&w));
	fuzz_check(dns_rdata_compare(x->type, left, kt_writer_len(&v), right,
		       kt_writer_len(&w)) == 0);
}

static void show(const char *what, const struct dns_reply *reply)
{
	fprintf(stderr, "%s: ", what);
	for (size_t i = 0; i < reply->len; i++)
		fprintf(stderr, "%02x", reply->wire[i]);
	fputc('\n', stderr);
}

/*
 * The same answer: header and records.  Octets may differ, since an image does not compress
 * against those labels of the question that other questions do not have.
 */
static void same(
    const struct dns_query *q, const struct dns_reply *a, const struct dns_reply *b)
{
	fuzz_check(a->more == b->more && !a->len == !b->len);
	if (!a->len)
		return;
	if (memcmp(a->wire, b->wire, DNS_HEADER_LEN) != 0) {
		show("first", a);
		show("second", b);
	}
	fuzz_check(memcmp(a->wire, b->wire, DNS_HEADER_LEN) == 0);
	struct kt_reader r = kt_reader_of(a->wire, a->len),
			 s = kt_reader_of(b->wire, b->len);
	size_t head = DNS_HEADER_LEN + (kt_get16(a->wire + 4) ? q->question_len : 0);
	unsigned n = 0;
	for (int i = 6; i < 12; i += 2)
		n += kt_get16(a->wire + i);
	r.at += head;
	s.at += head;
	while (n--) {
		struct dns_message_record x, y;
		dns_message_read_record(&r, &x);
		dns_message_read_record(&s, &y);
		same_record(a, &x, b, &y);
	}
}

static void check_batch(struct authority_worker *worker, const struct dns_query *q,
    const struct dns_reply *expected)
{
	static uint8_t buffers[BATCH][TCP_BUFFER];
	struct dns_reply replies[BATCH], *reply_at[BATCH];
	const struct dns_query *q_at[BATCH];
	for (int i = 0; i < BATCH; i++) {
		replies[i] = (struct dns_reply){ .wire = buffers[i],
			.size = expected->size };
		reply_at[i] = &replies[i];
		q_at[i] = q;
	}
	authority_answer_batch(worker, q_at, reply_at, BATCH);
	for (int i = 0; i < BATCH; i++)
		same(q, &replies[i], expected);
}

static void check_query(const struct dns_query *q, bool large)
{
	static uint8_t first[TCP_BUFFER], second[TCP_BUFFER];
	size_t size = q->client->transport == DNS_OVER_TCP ? TCP_BUFFER : UDP_BUFFER;
	struct dns_reply a = { .wire = first, .size = size };
	struct dns_reply b = { .wire = second, .size = size };
	/* A new worker has no images. */
	struct authority_worker *building = authority_worker_new(&slot[large], 0);
	authority_answer(building, q, &a);
	check_reply(q, &a, &config[large]);
	if (a.len)
		check_subnet(q, &a, &config[large]);
	authority_answer(keeping[large], q, &b);
	check_reply(q, &b, &config[large]);
	if (b.len)
		check_subnet(q, &b, &config[large]);
	same(q, &b, &a);
	authority_answer(keeping[large], q, &b);
	check_reply(q, &b, &config[large]);
	same(q, &b, &a);
	check_batch(keeping[large], q, &a);
	if (a.more)
		check_stream(building, q, &config[large]);
	authority_worker_free(building);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	static struct dns_query q;
	if (!started)
		start();
	started = true;
	if (size < 1 || size > 65535)
		return 0;
	struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_port = htons(5353),
		.sin_addr.s_addr = htonl(data[0] & 2 ? CLIENT_OTHER : CLIENT) };
	struct sockaddr_in local = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(CLIENT) };
	struct dns_client client = {
		.peer = (struct sockaddr *)&peer,
		.local = (struct sockaddr *)&local,
		.transport = data[0] & 1 ? DNS_OVER_TCP : DNS_OVER_UDP,
		.now = { 1000000000 },
		.unix_now = UNIX_NOW,
	};
	dns_query_read(&q, data + 1, size - 1, &client);
	check_query(&q, (data[0] & 4) != 0);
	kt_readers_quiesce();
	return 0;
}
