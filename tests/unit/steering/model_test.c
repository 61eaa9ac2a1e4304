/*
 * Maps against tries built bit by bit (trie.h): cells, decisions, walks.
 */
#include "steering/map.h"

#include "map_of.h"
#include "trie.h"

#include "base/mem.h"

#include <stdbool.h>

#define N_REGIONS 9

static uint64_t seed;

static unsigned pick(unsigned n)
{
	return (unsigned)(kt_test_random(&seed) % n);
}

static trie_bits random_bits(void)
{
	trie_bits high = kt_test_random(&seed);
	return high << 64 | kt_test_random(&seed);
}

static trie_bits cut(trie_bits bits, unsigned len)
{
	return len ? bits & ~(trie_bits)0 << (128 - len) : 0;
}

static trie_bits bits_of(const struct kt_addr *addr)
{
	trie_bits bits = 0;
	for (unsigned i = 0; i < 16; i++)
		bits = bits << 8 | addr->octets[i];
	return bits;
}

static struct kt_addr addr_at(trie_bits bits, unsigned family)
{
	struct kt_addr addr = { .family = (uint8_t)family };
	for (unsigned i = 0; i < (family == 4 ? 4u : 16u); i++)
		addr.octets[i] = (uint8_t)(bits >> (120 - 8 * i));
	return addr;
}

/* The special blocks once more, from their text. */
static const struct special {
	const char *prefix;
	unsigned offset; /* of the IPv4 address; 0: by the resolver */
} specials[] = {
	{ "10.0.0.0/8", 0 },
	{ "100.64.0.0/10", 0 },
	{ "172.16.0.0/12", 0 },
	{ "192.168.0.0/16", 0 },
	{ "fc00::/7", 0 },
	{ "::ffff:0:0/96", 96 },
	{ "::ffff:0:0:0/96", 96 },
	{ "64:ff9b::/96", 96 },
	{ "2001::/32", 32 },
	{ "2002::/16", 16 },
};

static const struct special *embedding(trie_bits bits, unsigned len)
{
	for (unsigned i = 0; i < KT_COUNT(specials); i++) {
		struct kt_prefix p = prefix_of(specials[i].prefix);
		if (specials[i].offset && p.len <= len &&
		    cut(bits, p.len) == bits_of(&p.addr))
			return &specials[i];
	}
	return NULL;
}

struct model {
	struct conf_map conf;
	const char *names[N_REGIONS];
	struct conf_network *networks;
	struct conf_network declared[12];
	uint16_t class_of[N_REGIONS];
	unsigned n_classes;
	struct steering_regions *regions;
	struct steering_map *map;
	struct trie *tries[2]; /* IPv4, IPv6 */
	unsigned deepest4;
};

/* Some places where prefixes crowd, special blocks and their borders among them. */
static struct kt_prefix random_prefix(unsigned family, unsigned longest)
{
	static const char *const places4[] = { "10.0.0.0", "100.64.0.0", "172.16.0.0",
		"192.168.0.0", "0.0.0.0", "255.255.255.255", "192.0.2.0", "11.0.0.0" };
	static const char *const places6[] = { "::", "::ffff:0:0", "::ffff:0:0:0",
		"64:ff9b::", "2001::", "2002::", "fc00::", "2001:db8::", "2001:db8::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"240b:10:200::", "64:ff9b:0:0:0:1::", "2001:1::" };
	struct kt_addr place = addr_of(family == 4 ? places4[pick(KT_COUNT(places4))]
						   : places6[pick(KT_COUNT(places6))]);
	unsigned width = family == 4 ? 32 : 128;
	unsigned keep = pick(width + 1), len = pick((longest ? longest : width) + 1);
	trie_bits bits = bits_of(&place);
	bits ^= cut(bits ^ random_bits(), width) & ~cut(~(trie_bits)0, keep);
	struct kt_prefix p = { .addr = addr_at(cut(bits, len), family),
		.len = (uint8_t)len };
	return p;
}

/* Many prefixes in little space, and many in one /64: blocks of more than 256 runs. */
static struct kt_prefix crowded_prefix(unsigned family)
{
	/* 11/8: the other half of its /7 has no voice */
	static const char *const places4[] = { "192.0.0.0", "11.0.0.0" };
	static const char *const places6[] = { "2001:db8::", "2001:db8:1:2::" };
	unsigned which = pick(2);
	struct kt_addr place = addr_of(family == 4 ? places4[which] : places6[which]);
	unsigned from = family == 4 ? 8 : which ? 64 : 32;
	unsigned len = from + 4 + pick(which && family == 6 ? 61 : 21);
	trie_bits bits = bits_of(&place);
	bits |= random_bits() & ~cut(~(trie_bits)0, from);
	return (struct kt_prefix){ .addr = addr_at(cut(bits, len), family),
		.len = (uint8_t)len };
}

static bool is_there(
    const struct conf_network *list, size_t n, const struct kt_prefix *p)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].prefix.len == p->len &&
		    kt_addr_equal(&list[i].prefix.addr, &p->addr))
			return true;
	return false;
}

static size_t random_networks(struct conf_network *list, size_t n, bool crowded)
{
	size_t made = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned family = pick(2) ? 6 : 4;
		struct kt_prefix p = crowded ? crowded_prefix(family)
					     : random_prefix(family, 0);
		if (is_there(list, made, &p) ||
		    (family == 6 && embedding(bits_of(&p.addr), p.len)))
			continue;
		list[made].prefix = p;
		list[made++].region = (uint16_t)pick(N_REGIONS);
	}
	return made;
}

static void build_trie(struct model *m, unsigned family)
{
	struct trie *t = trie_leaf(m->class_of[0]);
	for (unsigned len = 0; len <= 128; len++) {
		for (unsigned i = 0; i < KT_COUNT(specials); i++) {
			struct kt_prefix p = prefix_of(specials[i].prefix);
			if (p.addr.family == family && p.len == len)
				trie_set(t, bits_of(&p.addr), len,
				    specials[i].offset ? STEERING_EMBEDDED
						       : STEERING_BY_RESOLVER);
		}
		for (size_t i = 0; i < m->conf.n_networks; i++) {
			const struct conf_network *n = &m->networks[i];
			if (n->prefix.addr.family == family && n->prefix.len == len)
				trie_set(t, bits_of(&n->prefix.addr), len,
				    m->class_of[n->region]);
		}
	}
	trie_minimize(t);
	m->tries[family == 6] = t;
}

static struct model *random_model(size_t n, bool crowded)
{
	static const char *const names[N_REGIONS] = { "r0", "r1", "r2", "r3", "r4",
		"r5", "r6", "r7", "r8" };
	struct model *m = kt_calloc(1, sizeof(*m));
	struct kt_errs errs;
	memcpy(m->names, names, sizeof(names));
	m->networks = kt_calloc(n + 1, sizeof(*m->networks));
	m->conf = (struct conf_map){ .name = "random",
		.regions = m->names,
		.n_regions = N_REGIONS,
		.networks = m->networks,
		.n_networks = random_networks(m->networks, n, crowded),
		.short_source = m->declared,
		.n_short_source = random_networks(m->declared, pick(12), false) };
	m->n_classes = 1 + pick(N_REGIONS);
	for (unsigned i = 0; i < N_REGIONS; i++)
		m->class_of[i] = (uint16_t)pick(m->n_classes);
	kt_errs_init(&errs, 0);
	assert_int_equal(steering_regions_make(&m->conf, &errs, &m->regions), 0);
	kt_errs_fini(&errs);
	m->map = steering_map_make(m->regions, m->class_of, m->n_classes);
	assert_non_null(m->map);
	build_trie(m, 4);
	build_trie(m, 6);
	m->deepest4 = trie_deepest(m->tries[0], 0, 0);
	return m;
}

static void free_model(struct model *m)
{
	steering_map_free(m->map);
	steering_regions_free(m->regions);
	trie_free(m->tries[0]);
	trie_free(m->tries[1]);
	free(m->networks);
	free(m);
}

static struct steering_cell model_find(
    const struct model *m, const struct kt_addr *addr)
{
	unsigned depth, offset = 0;
	trie_bits bits = bits_of(addr);
	const struct trie *t = trie_at(m->tries[addr->family == 6], bits, 128, &depth);
	if (t->class == STEERING_EMBEDDED) {
		offset = embedding(bits, 128)->offset;
		t = trie_at(m->tries[0], bits << offset, 32, &depth);
	}
	return (struct steering_cell){ .class = t->class,
		.len = (uint8_t)(trie_len(depth) + offset) };
}

static const struct conf_network *model_declared(
    const struct model *m, unsigned family, trie_bits bits, unsigned len)
{
	const struct conf_network *best = NULL;
	for (size_t i = 0; i < m->conf.n_short_source; i++) {
		const struct conf_network *d = &m->declared[i];
		if (d->prefix.addr.family == family && d->prefix.len <= len &&
		    cut(bits, d->prefix.len) == bits_of(&d->prefix.addr) &&
		    (!best || d->prefix.len > best->prefix.len))
			best = d;
	}
	return best;
}

static void model_decide(const struct model *m, const struct dns_ecs *ecs,
    const struct kt_addr *resolver, struct steering_decision *out)
{
	struct kt_addr client = { .family = ecs->family };
	memcpy(client.octets, ecs->octets, 16);
	struct steering_cell cell = model_find(m, &client);
	struct steering_cell by = model_find(m, resolver);
	unsigned family = client.family, offset = 0, len = ecs->source, depth;
	trie_bits bits = bits_of(&client);
	*out = (struct steering_decision){
		.class = cell.class, .scope = cell.len, .reason = STEERING_CELL
	};
	if (cell.len > ecs->source) {
		const struct special *e = family == 6 ? embedding(bits, len) : NULL;
		if (e) {
			offset = e->offset;
			bits <<= offset;
			len -= offset;
			family = 4;
		}
		const struct trie *t = trie_at(
		    m->tries[family == 6], bits, len, &depth);
		const struct conf_network *d = model_declared(m, family, bits, len);
		out->scope = (uint8_t)(offset + trie_deepest(t, depth, m->deepest4));
		out->reason = d ? STEERING_SHORT_DECLARED : STEERING_SHORT_SHARE;
		out->class = d ? m->class_of[d->region] : trie_winner(t, depth);
	}
	if (out->class == STEERING_BY_RESOLVER) {
		out->reason = STEERING_SPECIAL;
		out->class = by.class == STEERING_BY_RESOLVER ? m->class_of[0]
							      : by.class;
	}
}

static struct kt_addr random_addr(const struct model *m, unsigned family)
{
	size_t n = m->conf.n_networks;
	struct kt_prefix p = random_prefix(family, 0);
	if (n && pick(4)) {
		const struct kt_prefix *near = &m->networks[pick((unsigned)n)].prefix;
		if (near->addr.family == family)
			p = *near;
	}
	trie_bits bits = bits_of(&p.addr), noise = random_bits();
	if (family == 6 && pick(8) == 0) {
		struct kt_prefix block = prefix_of(specials[5 + pick(5)].prefix);
		bits = bits_of(&block.addr) | noise >> (pick(2) ? 96 : 32);
	}
	bits ^= noise & ~cut(~(trie_bits)0, pick(129));
	return addr_at(bits, family);
}

static void check_decision(const struct model *m, unsigned family)
{
	struct kt_addr client = random_addr(m, family);
	struct kt_addr resolver = random_addr(m, pick(2) ? 6 : 4);
	unsigned width = family == 4 ? 32 : 128, source = 1 + pick(width);
	trie_bits bits = cut(bits_of(&client), source);
	struct kt_addr at = addr_at(bits, family);
	struct dns_ecs ecs = { .family = (uint8_t)family, .source = (uint8_t)source };
	struct steering_decision found, want;
	memcpy(ecs.octets, at.octets, 16);
	steering_map_decide(m->map, &ecs, &resolver, &found);
	model_decide(m, &ecs, &resolver, &want);
	if (found.class == want.class && found.scope == want.scope &&
	    found.reason == want.reason)
		return;
	char text[KT_ADDR_TEXT];
	fail_msg("%s/%u: %u/%u reason %u, expected %u/%u reason %u",
	    kt_addr_print(&at, text), source, found.class, found.scope, found.reason,
	    want.class, want.scope, want.reason);
}

static void check_cell(const struct model *m, unsigned family)
{
	struct kt_addr addr = random_addr(m, family);
	struct steering_cell found = steering_map_find(m->map, &addr);
	struct steering_cell want = model_find(m, &addr);
	if (found.class == want.class && found.len == want.len)
		return;
	char text[KT_ADDR_TEXT];
	fail_msg("%s: %u/%u, expected %u/%u", kt_addr_print(&addr, text), found.class,
	    found.len, want.class, want.len);
}

struct walking {
	const struct trie *trie;
	trie_bits next; /* where the next cell has to begin */
	bool started, done;
	size_t n;
};

static int on_cell(void *ctx, const struct kt_prefix *cell, uint16_t class)
{
	struct walking *w = ctx;
	unsigned depth;
	trie_bits bits = bits_of(&cell->addr);
	assert_false(w->done);
	assert_true(!w->started || bits == w->next);
	const struct trie *t = trie_at(w->trie, bits, 128, &depth);
	assert_int_equal(class, t->class);
	assert_int_equal(cell->len, trie_len(depth));
	w->next = bits | ~cut(~(trie_bits)0, cell->len);
	w->done = w->next == ~(trie_bits)0;
	w->next++;
	w->started = true;
	w->n++;
	return 0;
}

static void check_walk(const struct model *m, unsigned family)
{
	struct walking w = { .trie = m->tries[family == 6], .started = true };
	assert_int_equal(steering_map_walk(m->map, family, NULL, on_cell, &w), 0);
	assert_true(w.done); /* from the first address to the last */
	struct kt_prefix within = random_prefix(family, 0);
	trie_bits first = bits_of(&within.addr);
	w = (struct walking){ .trie = m->tries[family == 6] };
	assert_int_equal(steering_map_walk(m->map, family, &within, on_cell, &w), 0);
	trie_bits past = first | ~cut(~(trie_bits)0, within.len);
	assert_true(w.n && (w.done || w.next > past));
}

static void check_models(unsigned rounds, size_t most, unsigned questions, bool crowded)
{
	for (unsigned i = 0; i < rounds; i++) {
		struct model *m = random_model(
		    crowded ? most : pick((unsigned)most), crowded);
		for (unsigned family = 4; family <= 6; family += 2) {
			check_walk(m, family);
			for (unsigned k = 0; k < questions; k++) {
				check_cell(m, family);
				check_decision(m, family);
			}
		}
		free_model(m);
	}
}

static void small_maps_are_as_their_tries(void **state)
{
	(void)state;
	check_models(600, 30, 60, false);
}

static void crowded_maps_are_as_their_tries(void **state)
{
	(void)state;
	check_models(8, 3000, 3000, true);
}

int main(void)
{
	seed = kt_test_seed() | 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_maps_are_as_their_tries),
		cmocka_unit_test(crowded_maps_are_as_their_tries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
