#include "steering/special.h"

const struct steering_special steering_specials[STEERING_N_SPECIAL] = {
	/* Private and shared addresses: only the resolver is known (RFC 7871 s.11.1). */
	{ UINT64_C(10) << 56, 0, 8, 4, STEERING_BY_RESOLVER, 0 },
	{ UINT64_C(0x6440) << 48, 0, 10, 4, STEERING_BY_RESOLVER, 0 }, /* RFC 6598 */
	{ UINT64_C(0xac10) << 48, 0, 12, 4, STEERING_BY_RESOLVER, 0 },
	{ UINT64_C(0xc0a8) << 48, 0, 16, 4, STEERING_BY_RESOLVER, 0 },
	{ UINT64_C(0xfc) << 56, 0, 7, 6, STEERING_BY_RESOLVER, 0 }, /* RFC 4193 */
	/* IPv4 in IPv6. */
	{ 0, UINT64_C(0xffff) << 32, 96, 6, STEERING_EMBEDDED, 96 },     /* mapped */
	{ 0, UINT64_C(0xffff) << 48, 96, 6, STEERING_EMBEDDED, 96 },     /* SIIT */
	{ UINT64_C(0x0064ff9b) << 32, 0, 96, 6, STEERING_EMBEDDED, 96 }, /* RFC 6052 */
	{ UINT64_C(0x20010000) << 32, 0, 32, 6, STEERING_EMBEDDED, 32 }, /* RFC 4380 */
	{ UINT64_C(0x2002) << 48, 0, 16, 6, STEERING_EMBEDDED, 16 },     /* RFC 3056 */
};

const struct steering_special *steering_special_embedding(
    steering_key key, unsigned len)
{
	for (unsigned i = 0; i < STEERING_N_SPECIAL; i++) {
		const struct steering_special *s = &steering_specials[i];
		steering_key block = (steering_key)s->high << 64 | s->low;
		if (s->region == STEERING_EMBEDDED && s->len <= len &&
		    (key ^ block) >> (128 - s->len) == 0)
			return s;
	}
	return NULL;
}

steering_key steering_special_inner(
    const struct steering_special *block, steering_key key)
{
	return key << block->offset & (steering_key)UINT32_MAX << 96;
}
