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
		kt_write16(&w, 0);
	}
	dns_query_read(&a->q, a->query, kt_writer_len(&w), &a->client);
	a->reply = (struct dns_reply){ .wire = a->wire, .size = sizeof(a->wire) };
	authority_answer(a->worker, &a->q, &a->reply);
	assert_true(a->reply.len >= DNS_HEADER_LEN);
	assert_int_equal(kt_get16(a->wire), 0xabcd);
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
