/*
 * authority/worker_p.h -- what a worker keeps between queries.
 */
#pragma once

#include "authority/answer.h"
#include "authority/image.h"
#include "authority/random.h"
#include "authority/short.h"
#include "dns/message.h"

struct authority_worker {
	const kt_slot *config;
	uint64_t counters[AUTHORITY_N_COUNTERS];
	struct authority_images *images;
	struct dns_message_writer writer;
	struct dns_query step; /* the name that a chain of aliases has come to */
	struct authority_random random;
	uint64_t turn; /* of methods that take one after the other; begins anywhere */
	struct authority_shorts shorts;
};

/* Answers with an RCODE and empty sections; entry may be NULL, ede DNS_EDE_NONE. */
void authority_reply_error(struct authority_worker *w,
    const struct authority_config *config, const struct dns_query *q,
    const struct zone_entry *entry, unsigned rcode, int ede, struct dns_reply *reply);
