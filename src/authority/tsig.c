#include "authority/tsig.h"

#include "base/bytes.h"

#include <string.h>

/* Header, the longest question and the OPT record fit in this (RFC 1035 s.4.2.1). */
#define ANSWER_LEAST 512

_Static_assert(sizeof(((struct authority_key *)0)->secret) == DNS_TSIG_SECRET_MAX,
    "a secret of the configuration fits");

/* s.5.2.1: a key is what both names say; a name may have keys of several algorithms. */
static bool find_key(const struct authority_config *config, const struct dns_tsig *tsig,
    struct dns_tsig_key *out)
{
	for (size_t i = 0; i < config->n_keys; i++) {
		const struct authority_key *key = &config->keys[i];
		if (key->algorithm != tsig->algorithm ||
		    !dns_name_equal(&key->name, &tsig->key_name))
			continue;
		out->name = key->name;
		out->algorithm = key->algorithm;
		out->mac_min = 0;
		out->secret_len = key->secret_len;
		memcpy(out->secret, key->secret, key->secret_len);
		return true;
	}
	return false;
}

int authority_tsig_check(const struct authority_config *config,
    const struct dns_query *q, struct dns_tsig_state *state)
{
	struct dns_tsig tsig;
	struct dns_tsig_key key;
	if (dns_tsig_read(q->wire, q->len, q->tsig_at, &tsig) < 0)
		return DNS_RCODE_FORMERR;
	bool found = find_key(config, &tsig, &key);
	int error = dns_tsig_verify(
	    state, &tsig, found ? &key : NULL, q->wire, q->client->unix_now);
	return error ? DNS_RCODE_NOTAUTH : 0;
}

size_t authority_tsig_room(const struct dns_tsig_state *state, size_t limit)
{
	size_t room = dns_tsig_room(state);
	return limit >= room + ANSWER_LEAST ? room : 0;
}

static void cut_to_question(const struct dns_query *q, struct dns_reply *reply)
{
	uint8_t *wire = reply->wire;
	kt_put16(wire + 2, kt_get16(wire + 2) | DNS_FLAG_TC);
	memset(wire + 6, 0, 6);
	reply->len = DNS_HEADER_LEN + (kt_get16(wire + 4) ? q->question_len : 0u);
}

void authority_tsig_sign(struct dns_tsig_state *state, const struct dns_query *q,
    size_t limit, struct dns_reply *reply)
{
	kt_unix now = q->client->unix_now;
	int rc = dns_tsig_sign(state, reply->wire, limit, &reply->len, now);
	if (rc == KT_E_SPACE) {
		cut_to_question(q, reply);
		rc = dns_tsig_sign(state, reply->wire, limit, &reply->len, now);
	}
	if (rc < 0)
		reply->len = 0;
}
