#include "zone/builder.h"

#include "base/mem.h"

#include "zone_of.h"

static const char *const small = "$TTL 300\n"
				 "@ SOA ns1 hostmaster 7 3600 900 604800 60\n"
				 "@ NS ns1\n"
				 "ns1 A 192.0.2.1\n"
				 "WWW A 192.0.2.3\n"
				 "www A 192.0.2.2\n"
				 "www 200 A 192.0.2.2\n"
				 "a.b.c TXT \"deep\"\n"
				 "sub NS ns.sub\n"
				 "ns.sub A 192.0.2.4\n"
				 "*.wild TXT \"any\"\n"
				 "d DNAME other.test.\n"
				 "x.d A 192.0.2.5\n";

static const struct zone_node *node(const struct zone_snapshot *z, const char *name)
{
	struct dns_name n = name_of(name);
	return zone_find_name(z, n.wire);
}

static void every_name_is_a_node_and_nothing_else(void **state)
{
	(void)state;
	struct zone_snapshot *z = zone_of("example.", small);
	static const char *const there[] = { "example.", "ns1.example.", "www.example.",
		"a.b.c.example.", "b.c.example.", "c.example.", "sub.example.",
		"ns.sub.example.", "*.wild.example.", "wild.example.", "d.example.",
		"x.d.example." };
	for (size_t i = 0; i < KT_COUNT(there); i++)
		assert_non_null(node(z, there[i]));
	assert_int_equal(z->n_nodes, KT_COUNT(there));
	static const char *const not_there[] = { ".", "test.", "ww.example.",
		"x.www.example.", "z.a.b.c.example.", "xexample." };
	for (size_t i = 0; i < KT_COUNT(not_there); i++)
		assert_null(node(z, not_there[i]));
	assert_int_equal(z->serial, 7);
	zone_snapshot_put(z);
}

static void nodes_carry_what_lookup_needs_to_know(void **state)
{
	(void)state;
	struct zone_snapshot *z = zone_of("example.", small);
	static const struct {
		const char *name;
		unsigned flags;
	} cases[] = {
		{ "example.", ZONE_NODE_APEX },
		{ "www.example.", 0 },
		{ "b.c.example.", ZONE_NODE_EMPTY },
		{ "sub.example.", ZONE_NODE_CUT },
		{ "ns.sub.example.", ZONE_NODE_BELOW },
		{ "wild.example.", ZONE_NODE_EMPTY | ZONE_NODE_WILDCARD },
		{ "d.example.", ZONE_NODE_DNAME },
		{ "x.d.example.", ZONE_NODE_BELOW },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++)
		assert_int_equal(node(z, cases[i].name)->flags, cases[i].flags);
	zone_snapshot_put(z);
}

static void duplicates_are_one_record_and_the_smallest_ttl_stays(void **state)
{
	(void)state;
	struct zone_snapshot *z = zone_of("example.", small);
	const struct zone_rrset *set = zone_rrset_find(
	    node(z, "www.example."), DNS_TYPE_A);
	assert_int_equal(set->n_rr, 2);
	assert_int_equal(set->ttl_s, 200);
	assert_octets(set->data, set->rr_size, "\0\4\xc0\0\2\2\0\4\xc0\0\2\3", 12);
	zone_snapshot_put(z);
}

static void records_outside_the_zone_are_refused(void **state)
{
	(void)state;
	struct zone_builder *b = zone_builder_new();
	struct dns_name apex = name_of("example."), out = name_of("example.test."),
			near = name_of("xexample.");
	zone_builder_begin(b, &apex);
	struct dns_record record = {
		.type = DNS_TYPE_A, .rdlen = 4, .rdata = (const uint8_t *)"abcd"
	};
	record.owner = out.wire;
	assert_int_equal(zone_builder_add(b, &record), KT_E_RANGE);
	record.owner = near.wire;
	assert_int_equal(zone_builder_add(b, &record), KT_E_RANGE);
	zone_builder_free(b);
}

/* A builder is used for one zone after another; nothing of the one before is left. */
static void a_builder_starts_afresh(void **state)
{
	(void)state;
	struct zone_builder *b = zone_builder_new();
	for (int round = 0; round < 3; round++) {
		struct dns_name apex = name_of(round == 1 ? "test." : "example.");
		struct dns_name owner = name_of(round == 1 ? "a.test." : "a.example.");
		zone_builder_begin(b, &apex);
		struct dns_record record = { .owner = owner.wire,
			.type = DNS_TYPE_A,
			.ttl_s = 1,
			.rdlen = 4,
			.rdata = (const uint8_t *)"abcd" };
		assert_int_equal(zone_builder_add(b, &record), 0);
		struct zone_snapshot *z = zone_builder_finish(b);
		assert_int_equal(z->n_nodes, 2);
		assert_int_equal(z->n_records, 1);
		assert_non_null(zone_find_name(z, owner.wire));
		zone_snapshot_put(z);
	}
	zone_builder_free(b);
}

/* A random name of few letters, so that names share labels; below example. */
static struct dns_name random_name(uint64_t *seed)
{
	struct dns_name name = name_of("example.");
	static const char *const labels[] = { "\1a", "\1b", "\2aa", "\1\0", "\1\1",
		"\2\0\1", "\1*", "\10abcdefgh", "\11abcdefghi", "\1\377", "\2a-" };
	for (unsigned i = kt_test_random(seed) % 5; i; i--) {
		size_t pick = kt_test_random(seed) % KT_COUNT(labels);
		uint8_t label[16] = { 0 };
		static const uint8_t len[] = { 2, 2, 3, 2, 2, 3, 2, 9, 10, 2, 3 };
		memcpy(label, labels[pick], len[pick]);
		label[0] = (uint8_t)(len[pick] - 1);
		if (dns_name_prepend(&name, label))
			break;
	}
	return name;
}

static void check_against_list(
    const struct zone_snapshot *z, const struct dns_name *names, unsigned n)
{
	/* canonical order, each node once */
	const struct zone_node *before = NULL;
	unsigned seen = 0;
	for (const struct zone_node *at = zone_apex(z); at;
	     at = zone_node_next(z, at)) {
		assert_true(!before || dns_wire_compare(before->name, at->name) < 0);
		assert_ptr_equal(zone_find_name(z, at->name), at);
		if (at->parent)
			assert_true(dns_wire_equal(
			    zone_parent(z, at)->name, dns_wire_skip(at->name, 1)));
		before = at;
		seen++;
	}
	assert_int_equal(seen, z->n_nodes);
	for (unsigned i = 0; i < n; i++)
		assert_non_null(
		    zone_rrset_find(zone_find_name(z, names[i].wire), DNS_TYPE_TXT));
}

static void random_zones_are_as_a_plain_list_says(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	struct zone_builder *b = zone_builder_new();
	struct dns_name apex = name_of("example.");
	for (int round = 0; round < 300; round++) {
		static struct dns_name names[400];
		unsigned n = 1 + kt_test_random(&seed) % KT_COUNT(names);
		zone_builder_begin(b, &apex);
		for (unsigned i = 0; i < n; i++) {
			names[i] = random_name(&seed);
			struct dns_record record = { .owner = names[i].wire,
				.type = DNS_TYPE_TXT,
				.rdlen = 2,
				.rdata = (const uint8_t *)"\1x" };
			assert_int_equal(zone_builder_add(b, &record), 0);
		}
		struct zone_snapshot *z = zone_builder_finish(b);
		check_against_list(z, names, n);
		zone_snapshot_put(z);
	}
	zone_builder_free(b);
}

/* The chain entry found is the last one at or before the name, by plain comparison. */
static void the_chain_search_agrees_with_a_walk(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	struct zone_builder *b = zone_builder_new();
	struct dns_name apex = name_of("example.");
	for (int round = 0; round < 100; round++) {
		zone_builder_begin(b, &apex);
		struct dns_record record = { .owner = apex.wire,
			.type = DNS_TYPE_NSEC,
			.rdlen = 10,
			.rdata = (const uint8_t *)"\7example\0\0" };
		assert_int_equal(zone_builder_add(b, &record), 0);
		for (unsigned i = kt_test_random(&seed) % 50; i; i--) {
			struct dns_name name = random_name(&seed);
			record.owner = name.wire;
			record.type = kt_test_random(&seed) % 3 ? DNS_TYPE_NSEC
								: DNS_TYPE_TXT;
			assert_int_equal(zone_builder_add(b, &record), 0);
		}
		struct zone_snapshot *z = zone_builder_finish(b);
		assert_int_equal(z->denial, ZONE_DENIAL_NSEC);
		for (int probe = 0; probe < 200; probe++) {
			struct dns_name name = random_name(&seed);
			uint32_t expected = 0;
			bool is_there = false, exact;
			for (uint32_t i = 0; i < z->n_chain; i++) {
				int d = dns_wire_compare(
				    zone_node_at(z, zone_chain(z)[i].node)->name,
				    name.wire);
				if (d <= 0)
					expected = i;
				is_there |= d == 0;
			}
			assert_int_equal(
			    zone_chain_find_name(z, name.wire, &exact), expected);
			assert_int_equal(exact, is_there);
		}
		zone_snapshot_put(z);
	}
	zone_builder_free(b);
}

static void signatures_stand_behind_the_set_that_they_cover(void **state)
{
	(void)state;
	struct zone_snapshot *z = zone_of("example.",
	    "$TTL 300\n"
	    "@ SOA ns hostmaster 1 3600 900 604800 60\n"
	    "@ RRSIG SOA 13 1 300 20300101000000 20200101000000 1 example. AAAA\n"
	    "@ RRSIG MX 13 1 300 20300101000000 20200101000000 1 example. BBBB\n"
	    "@ NS ns\n"
	    "@ RRSIG NS 13 1 300 20300101000000 20200101000000 2 example. AAAA\n"
	    "@ RRSIG NS 13 1 300 20300101000000 20200101000000 1 example. AAAA\n");
	const struct zone_node *apex = zone_apex(z);
	assert_int_equal(zone_rrset_find(apex, DNS_TYPE_SOA)->n_sig, 1);
	assert_int_equal(zone_rrset_find(apex, DNS_TYPE_NS)->n_sig, 2);
	/* the one that covers nothing here is kept */
	assert_int_equal(zone_rrset_find(apex, DNS_TYPE_RRSIG)->n_rr, 1);
	assert_int_equal(apex->n_rrsets, 3);
	assert_int_equal(z->n_records, 6);
	assert_true(z->is_signed);
	zone_snapshot_put(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_a_node_and_nothing_else),
		cmocka_unit_test(nodes_carry_what_lookup_needs_to_know),
		cmocka_unit_test(duplicates_are_one_record_and_the_smallest_ttl_stays),
		cmocka_unit_test(records_outside_the_zone_are_refused),
		cmocka_unit_test(a_builder_starts_afresh),
		cmocka_unit_test(random_zones_are_as_a_plain_list_says),
		cmocka_unit_test(the_chain_search_agrees_with_a_walk),
		cmocka_unit_test(signatures_stand_behind_the_set_that_they_cover),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
