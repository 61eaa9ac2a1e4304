#include "steering/steering.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <string.h>

/* The client's network for method hash: an address of which n bits count. */
struct network {
	uint64_t high, low;
};

static struct network network_of(const struct kt_addr *addr, unsigned n)
{
	struct network net = { kt_get64(addr->octets), kt_get64(addr->octets + 8) };
	if (n < 64) {
		net.high &= n ? ~UINT64_C(0) << (64 - n) : 0;
		net.low = 0;
	} else if (n < 128) {
		net.low &= n > 64 ? ~UINT64_C(0) << (128 - n) : 0;
	}
	return net;
}

/* No map: all clients are of one class, and the scope is 0. */
static void decide_for_everybody(const struct dns_ecs *ecs,
    const struct kt_addr *resolver, struct steering_decision *out)
{
	*out = (struct steering_decision){ .reason = STEERING_EVERYBODY };
	if (ecs && ecs->source && ecs->family) {
		out->source = ecs->source;
		out->client.family = ecs->family;
		memcpy(out->client.octets, ecs->octets, sizeof(ecs->octets));
		return;
	}
	out->client = *resolver;
	out->source = !ecs ? (resolver->family == 4 ? 32 : 128) : 0;
}

/* Was it the client's own address that counted, and not the resolver's? */
static bool by_client(const struct steering_decision *d, const struct dns_ecs *ecs)
{
	switch (d->reason) {
	case STEERING_CELL:
	case STEERING_SHORT_DECLARED:
	case STEERING_SHORT_SHARE:
		return true;
	case STEERING_EVERYBODY:
		return ecs && ecs->source && ecs->family;
	case STEERING_RESOLVER:
	case STEERING_NO_SOURCE:
	case STEERING_SPECIAL:
		return false;
	}
	return false;
}

/*
 * Bits of the client's address that a service with method hash looks at: as many as it says,
 * not more than are known, not less than the cell.  The scope says so, whatever pool
 * answers just now: health must not change which networks share an answer.
 */
static unsigned refine(const struct steering_service *service,
    const struct dns_ecs *ecs, struct steering_decision *d)
{
	const struct conf_service *conf = service->conf;
	unsigned bits = d->client.family == 4 ? conf->hash_v4 : conf->hash_v6;
	if (!by_client(d, ecs))
		return bits;
	if (bits > d->source)
		bits = d->source;
	if (bits < d->scope)
		bits = d->scope;
	d->scope = (uint8_t)bits;
	return bits;
}

static const struct steering_variant *by_weight(
    const struct steering_choice *choice, uint64_t random)
{
	uint64_t position = (uint64_t)((__uint128_t)random * choice->total >> 64);
	const struct steering_variant *v = choice->variants;
	unsigned n = choice->n;
	while (n > 1) {
		unsigned half = n / 2;
		if (v[half - 1].upto <= position)
			v += half, n -= half;
		else
			n = half;
	}
	return v;
}

/*
 * -log2 of h / 2^64, h above 0, times 2^32: a power of two by counting, the rest by a polynomial
 * that is right to a ten-thousandth.
 */
static uint64_t minus_log2(uint64_t h)
{
	unsigned zeros = (unsigned)__builtin_clzll(h);
	double m = (double)(h << zeros) / 9223372036854775808.0 - 1; /* 0 .. 1 */
	double log =
	    m *
	    (1.4425449 +
		m * (-0.7181452 +
			m * (0.4575485 +
				m * (-0.2779042 + m * (0.1217970 - m * 0.0258407)))));
	return ((uint64_t)zeros + 1) * 4294967296u - (uint64_t)(log * 4294967296.0);
}

/*
 * Rendezvous: every variant draws a number from its id and the network, and the one whose
 * number is best wins; that of u^(1/weight) where weights differ, so each
 * wins in proportion.  When one leaves, only those move who had it.
 */
static const struct steering_variant *by_network(
    const struct steering_choice *choice, const struct network *net, unsigned family)
{
	uint64_t key = kt_hash_mix(kt_hash_mix(net->high, family), net->low);
	const struct steering_variant *best = choice->variants;
	bool alike = choice->total == choice->n;
	double least = 0;
	uint64_t most = 0, upto = 0;
	for (unsigned i = 0; i < choice->n; i++) {
		const struct steering_variant *v = &choice->variants[i];
		uint64_t h = kt_hash_mix(key ^ v->id, key) | 1;
		if (alike) {
			if (h > most)
				most = h, best = v;
			continue;
		}
		double score = (double)minus_log2(h) / (double)(v->upto - upto);
		upto = v->upto;
		if (i == 0 || score < least)
			least = score, best = v;
	}
	return best;
}

static const struct steering_variant *choose_variant(
    const struct steering_choice *choice, const struct steering_decision *d,
    unsigned bits, uint64_t random, uint64_t turn)
{
	switch (choice->pick) {
	case STEERING_PICK_ONE:
		break;
	case STEERING_PICK_RANDOM:
		return by_weight(choice, random);
	case STEERING_PICK_TURN:
		return &choice->variants[(uint32_t)turn % choice->n];
	case STEERING_PICK_HASH: {
		struct network net = network_of(&d->client, bits);
		return by_network(choice, &net, d->client.family);
	}
	}
	return choice->variants;
}

void steering_choose(const struct steering_service *service, enum steering_type type,
    const struct steering_client *client, uint64_t random, uint64_t turn,
    struct steering_answer *out)
{
	const struct dns_ecs *ecs = client->ecs;
	struct steering_decision *d = &out->decision;
	unsigned bits = 0;
	if (kt_unlikely(service->ignores_ecs))
		ecs = NULL;
	if (service->map)
		steering_map_decide(service->map, ecs, &client->resolver, d);
	else
		decide_for_everybody(ecs, &client->resolver, d);
	if (kt_unlikely(service->hashes))
		bits = refine(service, ecs, d);
	/* The map looks at resolvers alone, so all clients of one get the same. */
	if (kt_unlikely(service->ignores_ecs))
		d->scope = 0;
	const struct steering_live *live = kt_published(&service->live);
	const struct steering_choice *choice = NULL;
	if (kt_likely(live != NULL))
		choice = live->choices[(size_t)d->class * STEERING_N_TYPES + type];
	out->choice = choice;
	out->variant = choice ? choose_variant(choice, d, bits, random, turn) : NULL;
}
