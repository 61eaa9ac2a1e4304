/*
 * cli/ask.h -- asks a DNS server one question after the other.
 *
 * Over UDP, with further tries, then over TCP where the answer is truncated.  Replies to
 * other questions, and those from elsewhere, are passed over.
 *
 * Input:    replies are hostile; ecs/client.h reads them.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "ecs/client.h"

#include <stdint.h>

struct cli_asker {
	struct kt_addr addr;
	uint16_t port;
	unsigned timeout_ms; /* of each try; also of all of TCP */
	unsigned tries;
	int fd; /* -1: not open */
};

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1@5353", "[2001:db8::1]:5353".  KT_E_FORMAT. */
KT_MUST KT_NONNULL int cli_asker_scan(const char *text, struct cli_asker *out);
/* KT_E_SYSTEM with errno. */
KT_MUST KT_NONNULL int cli_asker_open(struct cli_asker *asker);
KT_NONNULL void cli_asker_close(struct cli_asker *asker);

/*
 * Asks, with a new id.  0; KT_E_AGAIN: nobody answered in time; KT_E_SYSTEM with errno: the
 * network refused; KT_E_FORMAT: the reply cannot be read.
 */
KT_MUST KT_NONNULL int cli_asker_ask(
    struct cli_asker *asker, struct ecs_question *question, struct ecs_answer *answer);
