/*
 * ecs/client.h -- queries with a client subnet, and the replies to them.
 *
 * Input:    ecs_answer_read() takes hostile octets: one pass, at most ECS_ANSWERS_MAX records
 *           are kept.
 * Memory:   nothing is allocated.
 * RFC:      1035 s.4.1, 6891, 7871 s.6, 7.2.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/writer.h"
#include "dns/edns.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECS_ANSWERS_MAX 64
#define ECS_UDP_SIZE    1232

struct ecs_question {
	uint16_t id;
	struct dns_name name;
	uint16_t type;
	struct kt_prefix subnet; /* family 0: none is sent */
	bool recursion;          /* RD: the question is for a resolver */
};

struct ecs_answer {
	unsigned rcode;
	bool truncated, authoritative;
	/* at the end of the chain of CNAMEs */
	struct kt_addr addresses[ECS_ANSWERS_MAX];
	size_t n_addresses;
	struct dns_name target; /* the last CNAME's; len 0: none */
	uint32_t ttl_s;         /* the least of the answer */
	bool has_ecs, bad_ecs;  /* bad: malformed */
	struct dns_ecs ecs;
};

KT_NONNULL void ecs_question_write(
    const struct ecs_question *question, struct kt_writer *w);

/*
 * 0; KT_E_CONFLICT: it is no answer to this question (another id, name or type: somebody else's,
 * wait on); KT_E_FORMAT: it is one and cannot be read.
 */
KT_MUST KT_NONNULL int ecs_answer_read(const struct ecs_question *question,
    const uint8_t *wire, size_t len, struct ecs_answer *out);
