/*
 * tests/lib/ask.h -- asks an authority worker, without a network.
 */
#pragma once

#include "authority/answer.h"
#include "base/bytes.h"

#include "message_text.h"
#include "zone_of.h"

struct ask {
	struct authority_config config;
	kt_slot slot;
	struct authority_worker *worker;
	struct dns_client client;
	struct dns_query q;
	uint8_t query[512];
	uint8_t wire[DNS_MESSAGE_MAX];
	struct dns_reply reply;
	struct kt_text text;
	unsigned edns_size; /* 0: no EDNS */
	bool dnssec;
	/* the data of an ECS option; ecs_len 0: none */
	uint8_t ecs[40];
	size_t ecs_len;
};

static inline struct ask *ask_new(size_t n_zones)
{
	static const struct authority_policy policy = { 0 };
	struct ask *a = calloc(1, sizeof(*a));
	a->config = (struct authority_config){
		.zones = zone_set_new(n_zones),
		.policies = &policy,
		.n_policies = 1,
		.udp_max = 1232,
		.minimal = true,
		.any_minimal = true,
	};
	a->slot = &a->config;
	a->worker = authority_worker_new(&a->slot, 1 << 20);
	return a;
}

/* text NULL: configured and not loaded. */
static inline void ask_zone(struct ask *a, const char *apex, const char *text)
{
	struct dns_name name = name_of(apex);
	struct zone_snapshot *z = text ? zone_of(apex, text) : NULL;
	assert_int_equal(zone_set_add(a->config.zones, &name, z, 0), 0);
	zone_snapshot_put(z);
}

static inline void ask_free(struct ask *a)
{
	authority_worker_free(a->worker);
	zone_set_free(a->config.zones);
	kt_text_fini(&a->text);
	free(a);
}

/* Asks; the answer is in a->wire, a->reply.len octets. */
static inline void ask_wire(struct ask *a, const struct dns_name *name, uint16_t type)
{
	struct kt_writer w = kt_writer_of(a->query, sizeof(a->query));
	kt_write(&w, "\xab\xcd\1\0\0\1\0\0\0\0\0", 11);
	kt_write8(&w, a->edns_size ? 1 : 0);
	kt_write(&w, name->wire, name->len);
	kt_write16(&w, type);
	kt_write16(&w, DNS_CLASS_IN);
	if (a->edns_size) {
		kt_write(&w, "\0\0\x29", 3);
		kt_write16(&w, (uint16_t)a->edns_size);
		kt_write32(&w, a->dnssec ? DNS_EDNS_FLAG_DO : 0);
		kt_write16(&w, (uint16_t)(a->ecs_len ? 4 + a->ecs_len : 0));
		if (a->ecs_len) {
			kt_write16(&w, DNS_EDNS_ECS);
			kt_write16(&w, (uint16_t)a->ecs_len);
			kt_write(&w, a->ecs, a->ecs_len);
		}
	}
	dns_query_read(&a->q, a->query, kt_writer_len(&w), &a->client);
	a->reply = (struct dns_reply){ .wire = a->wire, .size = sizeof(a->wire) };
	authority_answer(a->worker, &a->q, &a->reply);
	assert_true(a->reply.len >= DNS_HEADER_LEN);
	assert_int_equal(kt_get16(a->wire), 0xabcd);
}

/* The client subnet of the next questions, as "2001:db8::/32"; "": none. */
static inline void ask_ecs(struct ask *a, const char *subnet)
{
	struct kt_prefix p;
	a->ecs_len = 0;
	if (!subnet[0])
		return;
	assert_int_equal(kt_prefix_scan(subnet, &p), 0);
	a->ecs_len = 4u + (p.len + 7u) / 8;
	kt_put16(a->ecs, p.addr.family == 4 ? 1 : 2);
	a->ecs[2] = p.len;
	a->ecs[3] = 0;
	memcpy(a->ecs + 4, p.addr.octets, a->ecs_len - 4);
	if (!a->edns_size)
		a->edns_size = 1232;
}

/* An option of the answer's OPT record, whose len is then set; NULL: not there. */
static inline const uint8_t *ask_option(const struct ask *a, uint16_t code, size_t *len)
{
	struct kt_reader r = kt_reader_of(a->wire, a->reply.len);
	unsigned n = kt_get16(a->wire + 6) + kt_get16(a->wire + 8) +
		     kt_get16(a->wire + 10);
	struct dns_message_record rec;
	r.at += DNS_HEADER_LEN + a->q.question_len;
	while (n--) {
		dns_message_read_record(&r, &rec);
		assert_int_equal(r.err, 0);
		if (rec.type != DNS_TYPE_OPT)
			continue;
		const uint8_t *at = a->wire + rec.rdata_at, *end = at + rec.rdlen;
		for (; at < end; at += 4 + *len) {
			*len = kt_get16(at + 2);
			if (kt_get16(at) == code)
				return at + 4;
		}
	}
	return NULL;
}

/*
 * The scope of the answer's client subnet; -1: it has none.  All else in it must be as it
 * was asked.
 */
static inline int ask_scope(const struct ask *a)
{
	size_t len;
	const uint8_t *data = ask_option(a, DNS_EDNS_ECS, &len);
	if (!data)
		return -1;
	assert_int_equal(len, a->ecs_len);
	assert_memory_equal(data, a->ecs, 3);
	assert_memory_equal(data + 4, a->ecs + 4, len - 4);
	return data[3];
}

/* Asks and gives the answer as text, until the next call. */
static inline const char *ask(struct ask *a, const char *name, const char *type_text)
{
	struct dns_name qname;
	uint16_t type;
	assert_int_equal(dns_name_scan(name, strlen(name), NULL, &qname), 0);
	assert_int_equal(dns_type_scan(type_text, strlen(type_text), &type), 0);
	ask_wire(a, &qname, type);
	kt_text_clear(&a->text);
	message_text(a->wire, a->reply.len, &a->text);
	return kt_text_of(&a->text);
}
