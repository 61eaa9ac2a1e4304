#include "authority/steer.h"

#include "dns/tsig.h"

#include "steered_example.h"

static int plain(void **state)
{
	*state = steered_example(STEERED_PLAIN);
	return 0;
}

static int with_nsec(void **state)
{
	*state = steered_example(STEERED_NSEC);
	return 0;
}

static int with_nsec3(void **state)
{
	*state = steered_example(STEERED_NSEC3);
	return 0;
}

static int done(void **state)
{
	steered_free(*state);
	return 0;
}

/* One question with a client subnet, what is answered and its scope. */
struct row {
	const char *name, *type, *subnet, *answer;
	int scope;
};

static void expect(struct ask *a, const struct row *rows, size_t n)
{
	/* Not once can an answer come out of what was kept of another. */
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < n; i++) {
			ask_ecs(a, rows[i].subnet);
			assert_string_equal(
			    ask(a, rows[i].name, rows[i].type), rows[i].answer);
			assert_int_equal(ask_scope(a), rows[i].scope);
		}
}

#define WWW(address) "NOERROR aa rd\nanswer www.example. 30 AAAA " address "\n"
#define SOA(ttl)                                \
 "authority example. " ttl " SOA ns1.example. " \
 "host.example. 1 3600 900 604800 60\n"

static void the_table_is_answered_in_any_order(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		{ "www.example.", "AAAA", "240b:10::/40", WWW("2001:db8::1"), 39 },
		{ "www.example.", "AAAA", "240b:10:200::/40", WWW("2001:db8:10::1"),
		    41 },
		{ "www.example.", "AAAA", "240b:10:280::/41", WWW("2001:db8:10::2"),
		    41 },
		{ "www.example.", "AAAA", "240b:10:280::/48", WWW("2001:db8:10::2"),
		    41 },
		{ "www.example.", "AAAA", "240b:10:280::/56", WWW("2001:db8:10::2"),
		    41 },
		{ "www.example.", "AAAA", "240b:10:300::/40", WWW("2001:db8:10::5"),
		    40 },
		{ "www.example.", "AAAA", "240b:10:400::/40", WWW("2001:db8:20::1"),
		    39 },
		{ "www.example.", "AAAA", "240b:10:500::/40", WWW("2001:db8:20::1"),
		    39 },
		{ "www.example.", "AAAA", "240b:10:600::/40", WWW("2001:db8::1"), 39 },
		{ "www.example.", "AAAA", "240b:11::/40", WWW("2001:db8::1"), 32 },
		{ "www.example.", "AAAA", "240b:10::/32", WWW("2001:db8::1"), 41 },
		{ "www.example.", "AAAA", "240b:10:200::/39", WWW("2001:db8:10::5"),
		    41 },
		{ "www.example.", "AAAA", "192.0.2.0/24", WWW("2001:db8::1"), 9 },
	};
	expect(a, rows, KT_COUNT(rows));
	struct row shuffled[KT_COUNT(rows)];
	uint64_t seed = kt_test_seed() | 1;
	memcpy(shuffled, rows, sizeof(rows));
	for (int n = 0; n < 20; n++) {
		for (size_t i = KT_COUNT(rows) - 1; i; i--) {
			size_t j = kt_test_random(&seed) % (i + 1);
			struct row t = shuffled[i];
			shuffled[i] = shuffled[j];
			shuffled[j] = t;
		}
		expect(a, shuffled, KT_COUNT(rows));
	}
}

/* Rules (a) to (k) of what a client subnet may be answered with. */

static void a_source_that_reaches_the_cell_gets_the_cell_as_scope(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		{ "www.example.", "AAAA", "240b:10:300::/128", WWW("2001:db8:10::5"),
		    40 },
		{ "www.example.", "AAAA", "240b:10:3ff:ffff::/64",
		    WWW("2001:db8:10::5"), 40 },
		{ "www.example.", "AAAA", "240b:10:400::/39", WWW("2001:db8:20::1"),
		    39 },
	};
	expect(a, rows, KT_COUNT(rows));
}

static void scope_zero_is_for_what_is_the_same_for_everybody(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		{ "one.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer one.example. 30 AAAA 2001:db8::1\n", 0 },
		{ "example.", "A", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer example. 30 A 192.0.2.7\n", 0 },
		{ "plain.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer plain.example. 300 AAAA 2001:db8::3\n", 0 },
		{ "www.example.", "TXT", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer www.example. 300 TXT \"beside\"\n", 0 },
	};
	expect(a, rows, KT_COUNT(rows));
	/* one class in a family, and another in the other: never 0 */
	ask_ecs(a, "198.18.0.0/24");
	ask(a, "halves.example.", "AAAA");
	assert_true(ask_scope(a) > 0);
}

static void a_source_that_is_too_short_is_declared_counted_and_capped(void **state)
{
	struct steered *s = *state;
	struct ask *a = s->ask;
	static const struct row rows[] = {
		{ "declared.example.", "AAAA", "240b:10:200::/40",
		    "NOERROR aa rd\nanswer declared.example. 5 AAAA 2001:db8:10::2\n",
		    41 },
		{ "declared.example.", "AAAA", "240b:10:200::/41",
		    "NOERROR aa rd\nanswer declared.example. 30 AAAA 2001:db8:10::1\n",
		    41 },
	};
	const uint64_t *counters = authority_counters(a->worker);
	struct authority_short_source shorts[4];
	expect(a, rows, KT_COUNT(rows));
	assert_int_equal(counters[AUTHORITY_N_ecs_short], 3);
	assert_int_equal(counters[AUTHORITY_N_steered], 6);
	assert_int_equal(counters[AUTHORITY_N_ecs], 6);
	assert_int_equal(authority_short_sources(a->worker, shorts, 4), 1);
	assert_int_equal(shorts[0].n, 3);
	assert_int_equal(shorts[0].family, 6);
	assert_int_equal(shorts[0].source, 40);
	assert_int_equal(shorts[0].needed, 41);
	assert_string_equal(s->conf->steering.maps[shorts[0].map].name, "declared");
	char text[KT_ADDR_TEXT];
	assert_string_equal(kt_addr_print(&shorts[0].resolver, text), "198.51.100.1");
}

static void source_zero_is_answered_by_the_resolver_with_scope_zero(void **state)
{
	struct steered *s = *state;
	static const struct row from_kyushu[] = {
		{ "www.example.", "AAAA", "::/0", WWW("2001:db8:20::1"), 0 },
		{ "www.example.", "AAAA", "0.0.0.0/0", WWW("2001:db8:20::1"), 0 },
	};
	static const struct row from_elsewhere[] = {
		{ "www.example.", "AAAA", "::/0", WWW("2001:db8::1"), 0 },
	};
	steered_from(s, "240b:10:400::1");
	expect(s->ask, from_kyushu, KT_COUNT(from_kyushu));
	steered_from(s, "198.51.100.1");
	expect(s->ask, from_elsewhere, KT_COUNT(from_elsewhere));
}

static void special_blocks_are_answered_by_the_resolver_with_their_length(void **state)
{
	struct steered *s = *state;
	static const struct row rows[] = {
		{ "www.example.", "AAAA", "10.1.2.0/24", WWW("2001:db8:20::1"), 8 },
		{ "www.example.", "AAAA", "172.16.0.0/24", WWW("2001:db8:20::1"), 12 },
		{ "www.example.", "AAAA", "192.168.7.0/24", WWW("2001:db8:20::1"), 16 },
		{ "www.example.", "AAAA", "100.64.0.0/24", WWW("2001:db8:20::1"), 10 },
		{ "www.example.", "AAAA", "fd00::/48", WWW("2001:db8:20::1"), 7 },
		/* an IPv4 address inside: 192.0.2.0's cell has 9 bits */
		{ "www.example.", "AAAA", "::ffff:192.0.2.0/120", WWW("2001:db8::1"),
		    105 },
		{ "www.example.", "AAAA", "2002:c000:200::/48", WWW("2001:db8::1"),
		    25 },
	};
	steered_from(s, "240b:10:400::1");
	expect(s->ask, rows, KT_COUNT(rows));
}

static void a_chain_goes_on_with_the_same_map_and_ends_before_another(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		/* plain aliases: the scope is that of the steered name */
		{ "alias.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer alias.example. 300 CNAME www.example.\n"
		    "answer www.example. 30 AAAA 2001:db8:10::5\n",
		    40 },
		{ "aliases.example.", "AAAA", "240b:10:400::/40",
		    "NOERROR aa rd\n"
		    "answer aliases.example. 300 CNAME alias.example.\n"
		    "answer alias.example. 300 CNAME www.example.\n"
		    "answer www.example. 30 AAAA 2001:db8:20::1\n",
		    39 },
		/* a steered alias to a steered name of the same map */
		{ "near.example.", "AAAA", "240b:10:280::/41",
		    "NOERROR aa rd\n"
		    "answer near.example. 30 CNAME twin.example.\n"
		    "answer twin.example. 30 AAAA 2001:db8:10::2\n",
		    41 },
		/* of the same networks, parted otherwise: the client asks again */
		{ "wide.example.", "AAAA", "240b:10:280::/41",
		    "NOERROR aa rd\n"
		    "answer wide.example. 30 CNAME twin.example.\n",
		    41 },
		/* of another map */
		{ "far.example.", "AAAA", "240b:10:200::/41",
		    "NOERROR aa rd\n"
		    "answer far.example. 30 CNAME declared.example.\n",
		    41 },
		{ "far.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer far.example. 30 CNAME cdn.elsewhere.test.\n",
		    40 },
		{ "far.example.", "CNAME", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer far.example. 30 CNAME cdn.elsewhere.test.\n",
		    40 },
		{ "far.example.", "MX", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer far.example. 30 CNAME cdn.elsewhere.test.\n",
		    40 },
		/* an alias that is the same for everybody declares nothing */
		{ "there.example.", "AAAA", "240b:10:200::/41",
		    "NOERROR aa rd\n"
		    "answer there.example. 30 CNAME www.held.test.\n"
		    "answer www.held.test. 30 AAAA 2001:db8:10::1\n",
		    41 },
		{ "out.example.", "AAAA", "240b:10:280::/41",
		    "NOERROR aa rd\n"
		    "answer out.example. 300 CNAME www.held.test.\n"
		    "answer www.held.test. 30 AAAA 2001:db8:10::2\n",
		    41 },
		/* through a DNAME to a name that is not steered */
		{ "www.d.example.", "TXT", "240b:10:280::/41",
		    "NOERROR aa rd\n"
		    "answer d.example. 300 DNAME sub.example.\n"
		    "answer www.d.example. 300 CNAME www.sub.example.\n"
		    "answer www.sub.example. 300 TXT \"sub\"\n",
		    0 },
	};
	expect(a, rows, KT_COUNT(rows));
}

static void what_is_not_there_has_scope_zero(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		{ "nothing.example.", "A", "240b:10:300::/40",
		    "NXDOMAIN aa rd\n" SOA("60"), 0 },
		{ "www.example.", "A", "240b:10:300::/40", "NOERROR aa rd\n" SOA("60"),
		    0 },
		{ "www.example.", "MX", "240b:10:300::/40", "NOERROR aa rd\n" SOA("60"),
		    0 },
		{ "www.elsewhere.", "A", "240b:10:300::/40", "REFUSED rd\n", 0 },
	};
	expect(a, rows, KT_COUNT(rows));
}

static void chance_and_turns_leave_the_scope_alone(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	unsigned seen[4] = { 0 };
	ask_ecs(a, "240b:10:300::/40");
	for (int i = 0; i < 4000; i++) {
		const char *text = ask(a, "chance.example.", "A");
		seen[strstr(text, "192.0.2.1\n") ? 1 : 2]++;
		assert_int_equal(ask_scope(a), 0);
	}
	/* 3 to 1: six standard deviations of 27 */
	assert_in_range(seen[1], 3000 - 165, 3000 + 165);
	char last[200] = "";
	for (int i = 0; i < 9; i++) {
		const char *text = ask(a, "turns.example.", "A");
		assert_string_not_equal(text, last);
		snprintf(last, sizeof(last), "%s", text);
		seen[0] += strstr(text, "192.0.2.3\n") != NULL;
	}
	assert_int_equal(seen[0], 3);
}

static void a_hash_gives_a_network_the_same_and_tells_how_large_it_is(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	char first[200];
	ask_ecs(a, "240b:10:300::/56");
	snprintf(first, sizeof(first), "%s", ask(a, "hash.example.", "AAAA"));
	assert_int_equal(ask_scope(a), 48);
	for (int i = 0; i < 20; i++) {
		ask_ecs(a, i % 2 ? "240b:10:300:ff::/64" : "240b:10:300::/48");
		assert_string_equal(ask(a, "hash.example.", "AAAA"), first);
		assert_int_equal(ask_scope(a), 48);
	}
}

static void health_changes_answers_and_not_cells(void **state)
{
	struct steered *s = *state;
	static const struct row up[] = {
		{ "www.example.", "AAAA", "240b:10:400::/40", WWW("2001:db8:20::1"),
		    39 },
	};
	static const struct row down[] = {
		{ "www.example.", "AAAA", "240b:10:400::/40", WWW("2001:db8:10::5"),
		    39 },
		{ "www.example.", "AAAA", "240b:10:300::/40", WWW("2001:db8:10::5"),
		    40 },
	};
	expect(s->ask, up, KT_COUNT(up));
	steered_set(s, "2001:db8:20::1/push", false);
	steered_refresh(s);
	expect(s->ask, down, KT_COUNT(down));
	steered_set(s, "2001:db8:20::1/push", true);
	steered_refresh(s);
	expect(s->ask, up, KT_COUNT(up));
}

static void the_option_is_there_when_it_was_asked_for(void **state)
{
	struct steered *s = *state;
	struct ask *a = s->ask;
	size_t len;
	a->edns_size = 1232;
	assert_string_equal(ask(a, "www.example.", "AAAA"), WWW("2001:db8::1"));
	assert_int_equal(ask_scope(a), -1);
	steered_from(s, "240b:10:280::53");
	assert_string_equal(ask(a, "www.example.", "AAAA"), WWW("2001:db8:10::2"));
	a->edns_size = 0;
	assert_string_equal(ask(a, "www.example.", "AAAA"), WWW("2001:db8:10::2"));
	assert_null(ask_option(a, DNS_EDNS_ECS, &len));
	/* an address family that nobody knows: not tailored, echoed */
	a->edns_size = 1232;
	memcpy(a->ecs, "\0\3\30\0abc", 7);
	a->ecs_len = 7;
	assert_string_equal(ask(a, "www.example.", "AAAA"), WWW("2001:db8:10::2"));
	assert_int_equal(ask_scope(a), 0);
	/* bits behind the source, a scope in a query, too few octets */
	static const char *const malformed[] = { "\0\2\x20\0\x24\x0b\0\x10\1",
		"\0\2\x20\x20\x24\x0b\0\x10", "\0\2\x20\0\x24\x0b\0",
		"\0\1\x21\0\1\2\3\4\x80" };
	static const size_t lens[] = { 9, 8, 7, 9 };
	for (size_t i = 0; i < KT_COUNT(malformed); i++) {
		memcpy(a->ecs, malformed[i], lens[i]);
		a->ecs_len = lens[i];
		assert_string_equal(ask(a, "www.example.", "AAAA"), "FORMERR rd\n");
		assert_null(ask_option(a, DNS_EDNS_ECS, &len));
	}
}

static void without_steering_no_subnet_is_echoed(void **state)
{
	struct steered *s = *state;
	s->ask->config.steering = NULL;
	ask_ecs(s->ask, "240b:10:300::/40");
	ask(s->ask, "plain.example.", "AAAA");
	assert_int_equal(ask_scope(s->ask), -1);
	assert_int_equal(authority_counters(s->ask->worker)[AUTHORITY_N_ecs], 0);
}

static void an_untrusted_resolver_is_answered_by_its_own_address(void **state)
{
	struct steered *s = *state;
	struct conf_steering conf = s->conf->steering;
	struct kt_prefix trusted[2];
	assert_int_equal(kt_prefix_scan("203.0.113.0/24", &trusted[0]), 0);
	assert_int_equal(kt_prefix_scan("240b:10::/32", &trusted[1]), 0);
	conf.trust_ecs = trusted;
	conf.n_trust_ecs = 2;
	s->ask->config.steering = &conf;
	static const struct row untrusted[] = {
		{ "www.example.", "AAAA", "240b:10:300::/40", WWW("2001:db8::1"), -1 },
		{ "plain.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer plain.example. 300 AAAA 2001:db8::3\n", -1 },
	};
	static const struct row trustworthy[] = {
		{ "www.example.", "AAAA", "240b:10:300::/40", WWW("2001:db8:10::5"),
		    40 },
	};
	const uint64_t *counters = authority_counters(s->ask->worker);
	expect(s->ask, untrusted, KT_COUNT(untrusted));
	assert_int_equal(counters[AUTHORITY_N_ecs], 0);
	assert_int_equal(counters[AUTHORITY_N_ecs_untrusted], 6);
	/* an IPv4 address on an IPv6 socket is IPv4 */
	steered_from(s, "::ffff:203.0.113.9");
	expect(s->ask, trustworthy, KT_COUNT(trustworthy));
	steered_from(s, "240b:10:ffff::1");
	expect(s->ask, trustworthy, KT_COUNT(trustworthy));
	assert_int_equal(counters[AUTHORITY_N_ecs], 6);
}

static void a_map_without_ecs_goes_by_the_resolver_with_scope_zero(void **state)
{
	struct steered *s = *state;
	static const struct row far[] = {
		{ "blind.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer blind.example. 30 AAAA 2001:db8::1\n", 0 },
	};
	static const struct row near[] = {
		{ "blind.example.", "AAAA", "198.18.0.0/24",
		    "NOERROR aa rd\nanswer blind.example. 30 AAAA 2001:db8:10::1\n",
		    0 },
	};
	expect(s->ask, far, KT_COUNT(far));
	steered_from(s, "240b:10:1::1");
	expect(s->ask, near, KT_COUNT(near));
}

static void wildcards_answer_with_the_name_that_was_asked(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	static const struct row rows[] = {
		{ "x.w.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer x.w.example. 30 AAAA 2001:db8:10::5\n", 40 },
		{ "y.x.w.example.", "AAAA", "240b:10:280::/41",
		    "NOERROR aa rd\nanswer y.x.w.example. 30 AAAA 2001:db8:10::2\n",
		    41 },
		{ "*.w.example.", "AAAA", "240b:10::/40",
		    "NOERROR aa rd\nanswer *.w.example. 30 AAAA 2001:db8::1\n", 39 },
		{ "x.w.example.", "TXT", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer x.w.example. 300 TXT \"wild\"\n", 0 },
		/* a name that exists blocks it */
		{ "wild.w.example.", "AAAA", "240b:10:300::/40",
		    "NOERROR aa rd\n" SOA("60"), 0 },
	};
	expect(a, rows, KT_COUNT(rows));
}

static void nothing_up_is_nodata_for_a_short_time_in_its_cell(void **state)
{
	struct steered *s = *state;
	static const struct row rows[] = {
		{ "frail.example.", "A", "240b:10:300::/40", "NOERROR aa rd\n" SOA("7"),
		    0 },
		{ "frail.example.", "TXT", "240b:10:300::/40",
		    "NOERROR aa rd\n" SOA("60"), 0 },
		/* down for one region: who keeps it must not keep it for the others */
		{ "split.example.", "A", "240b:10:400::/40", "NOERROR aa rd\n" SOA("7"),
		    39 },
		{ "split.example.", "A", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer split.example. 30 A 192.0.2.90\n", 38 },
		{ "split.example.", "MX", "240b:10:400::/40",
		    "NOERROR aa rd\n" SOA("60"), 0 },
	};
	steered_set(s, "192.0.2.80/push", false);
	steered_set(s, "2001:db8::80/push", false);
	steered_refresh(s);
	expect(s->ask, rows, KT_COUNT(rows));
	assert_int_equal(authority_counters(s->ask->worker)[AUTHORITY_N_nodata], 12);
}

static void any_prefers_what_is_steered(void **state)
{
	struct steered *s = *state;
	static const struct row udp[] = {
		{ "www.example.", "ANY", "240b:10:300::/40", WWW("2001:db8:10::5"),
		    40 },
		{ "far.example.", "ANY", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer far.example. 30 CNAME cdn.elsewhere.test.\n",
		    40 },
		{ "x.w.example.", "ANY", "240b:10:300::/40",
		    "NOERROR aa rd\nanswer x.w.example. 30 AAAA 2001:db8:10::5\n", 40 },
	};
	static const struct row tcp[] = {
		{ "www.example.", "ANY", "240b:10:300::/40",
		    WWW("2001:db8:10::5") "answer www.example. 300 TXT \"beside\"\n",
		    40 },
		{ "frail.example.", "ANY", "240b:10:300::/40",
		    "NOERROR aa rd\n"
		    "answer frail.example. 30 A 192.0.2.80\n"
		    "answer frail.example. 30 AAAA 2001:db8::80\n",
		    0 },
	};
	expect(s->ask, udp, KT_COUNT(udp));
	s->ask->client.transport = DNS_OVER_TCP;
	expect(s->ask, tcp, KT_COUNT(tcp));
}

static void many_members_are_truncated_and_complete_over_tcp(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	for (int round = 0; round < 3; round++) {
		a->client.transport = DNS_OVER_UDP;
		a->ecs_len = 0;
		a->edns_size = 0;
		assert_string_equal(ask(a, "many.example.", "A"), "NOERROR aa tc rd\n");
		assert_true(a->reply.len <= 512);
		ask_ecs(a, "240b:10:300::/40");
		a->edns_size = 512;
		assert_string_equal(ask(a, "many.example.", "A"), "NOERROR aa tc rd\n");
		assert_int_equal(ask_scope(a), 0);
		/* the option counts: header, question, records, OPT, and its 9 + 4 octets */
		size_t all = 12 + 18 + 40 * 16 + 11 + 13;
		a->edns_size = (unsigned)all;
		assert_null(strstr(ask(a, "many.example.", "A"), " tc"));
		assert_int_equal(a->reply.len, all);
		a->edns_size--;
		assert_string_equal(ask(a, "many.example.", "A"), "NOERROR aa tc rd\n");
		a->client.transport = DNS_OVER_TCP;
		a->edns_size = 512;
		assert_null(strstr(ask(a, "many.example.", "A"), " tc"));
		assert_int_equal(kt_get16(a->wire + 6), 40);
		assert_int_equal(ask_scope(a), 0);
	}
}

static void additional_sections_carry_nothing_that_was_chosen_for_one(void **state)
{
	struct ask *a = ((struct steered *)*state)->ask;
	a->config.minimal = false;
	ask_ecs(a, "240b:10:300::/40");
	const char *text = ask(a, "mx.example.", "MX");
	assert_non_null(strstr(text, "additional plain.example."));
	assert_null(strstr(text, "additional www.example."));
	assert_int_equal(ask_scope(a), 0);
	/* and the answer is still there with all sections */
	text = ask(a, "www.example.", "AAAA");
	assert_non_null(strstr(text, "answer www.example. 30 AAAA 2001:db8:10::5\n"));
	assert_non_null(strstr(text, "authority example. 300 NS ns1.example.\n"));
	assert_int_equal(ask_scope(a), 40);
}

/* A signed question is answered with what was chosen, signed over the scope that it has. */
static void tsig_covers_the_scope(void **state)
{
	struct steered *s = *state;
	struct ask *a = s->ask;
	struct authority_key with = { .name = name_of("key."),
		.algorithm = DNS_TSIG_HMAC_SHA256,
		.secret_len = 32 };
	struct dns_tsig_key key = { .name = with.name,
		.algorithm = with.algorithm,
		.secret_len = with.secret_len };
	struct dns_tsig_state sender;
	struct dns_query answer;
	a->config.keys = &with;
	a->config.n_keys = 1;
	ask_ecs(a, "240b:10:300::/40");
	ask(a, "www.example.", "AAAA"); /* the message, to be signed */
	size_t len = a->q.len;
	dns_tsig_state_init(&sender, &key);
	assert_int_equal(
	    dns_tsig_sign(&sender, a->query, sizeof(a->query), &len, STEERED_NOW), 0);
	dns_query_read(&a->q, a->query, len, &a->client);
	assert_true(a->q.tsig_at != 0);
	a->reply = (struct dns_reply){ .wire = a->wire, .size = sizeof(a->wire) };
	authority_answer(a->worker, &a->q, &a->reply);
	assert_int_equal(a->wire[3] & 15, DNS_RCODE_NOERROR);
	assert_int_equal(kt_get16(a->wire + 6), 1);
	assert_int_equal(ask_scope(a), 40);
	/* read as a query, for the place of its TSIG */
	a->wire[2] &= 0x7f;
	dns_query_read(&answer, a->wire, a->reply.len, &a->client);
	a->wire[2] |= 0x80;
	assert_true(answer.tsig_at != 0);
	/* whoever has the key signs the same, and only over this scope */
	for (unsigned scope = 40; scope <= 41; scope++) {
		struct dns_tsig_state other = sender;
		uint8_t copy[1232];
		len = answer.tsig_at;
		memcpy(copy, a->wire, len);
		kt_put16(copy + 10, 1);
		assert_int_equal(copy[len - a->ecs_len + 3], 40);
		copy[len - a->ecs_len + 3] = (uint8_t)scope;
		other.chained = false;
		assert_int_equal(
		    dns_tsig_sign(&other, copy, sizeof(copy), &len, STEERED_NOW), 0);
		assert_int_equal(len, a->reply.len);
		assert_int_equal(memcmp(copy + answer.tsig_at, a->wire + answer.tsig_at,
				     len - answer.tsig_at) != 0,
		    scope != 40);
	}
}

/* With a cookie and an identifier beside it, and where the room is small. */
static void the_subnet_stands_beside_other_options(void **state)
{
	struct steered *s = *state;
	struct ask *a = s->ask;
	static const uint8_t cookie[] = "\0\12\0\10abcdefgh\0\3\0\0";
	size_t len;
	memcpy(a->config.nsid, "node", 5);
	a->config.cookies = true;
	a->config.n_cookie_secrets = 1;
	for (unsigned size = 512; size <= 1232; size += 720) {
		ask_ecs(a, "240b:10:300::/40");
		a->edns_size = size;
		ask(a, "www.example.", "AAAA");
		size_t at = a->q.len;
		memcpy(a->query + at, cookie, 16);
		kt_put16(a->query + at - 4 - a->ecs_len - 2,
		    (uint16_t)(4 + a->ecs_len + 16));
		dns_query_read(&a->q, a->query, at + 16, &a->client);
		assert_int_equal(a->q.verdict, DNS_VERDICT_ANSWER);
		authority_answer(a->worker, &a->q, &a->reply);
		assert_int_equal(ask_scope(a), 40);
		assert_non_null(ask_option(a, DNS_EDNS_COOKIE, &len));
		assert_int_equal(len, 24);
		assert_non_null(ask_option(a, DNS_EDNS_NSID, &len));
		assert_int_equal(kt_get16(a->wire + 6), 1);
	}
}

/*
 * A worker that has kept images, one that has none, and a batch say the same, whatever was
 * asked before; answers with and without a subnet do not mix.
 */
static void images_change_nothing(void **state)
{
	struct steered *s = *state;
	struct ask *a = s->ask;
	static const char *const names[] = { "www", "alias", "aliases", "near", "far",
		"there", "out", "x.w", "y.x.w", "wild.w", "declared", "one", "blind",
		"frail", "hash", "many", "nothing", "plain", "mx", "www.d" };
	static const char *const types[] = { "A", "AAAA", "CNAME", "TXT", "MX", "ANY",
		"HTTPS" };
	static const char *const subnets[] = { "", "240b:10::/40", "240b:10:200::/40",
		"240b:10:300::/40", "240b:10:400::/40", "10.0.0.0/8", "192.0.2.0/24",
		"::/0" };
	uint64_t seed = kt_test_seed() | 1;
	struct kt_text warm = { 0 };
	for (int n = 0; n < 4000; n++) {
		char name[100];
		snprintf(name, sizeof(name), "%s.example.",
		    names[kt_test_random(&seed) % KT_COUNT(names)]);
		const char *type = types[kt_test_random(&seed) % KT_COUNT(types)];
		a->edns_size = kt_test_random(&seed) % 2 ? 1232 : 0;
		a->dnssec = kt_test_random(&seed) % 2;
		ask_ecs(a, subnets[kt_test_random(&seed) % KT_COUNT(subnets)]);
		kt_text_clear(&warm);
		kt_text_add(&warm, ask(a, name, type));
		int scope = ask_scope(a);
		struct authority_worker *kept = a->worker;
		a->worker = authority_worker_new(&a->slot, 0);
		assert_string_equal(kt_text_of(&warm), ask(a, name, type));
		assert_int_equal(scope, ask_scope(a));
		const struct dns_query *q = &a->q;
		struct dns_reply *reply = &a->reply;
		a->reply.len = 0;
		authority_answer_batch(kept, &q, &reply, 1);
		kt_text_clear(&a->text);
		message_text(a->wire, a->reply.len, &a->text);
		assert_string_equal(kt_text_of(&warm), kt_text_of(&a->text));
		assert_int_equal(scope, ask_scope(a));
		authority_worker_free(a->worker);
		a->worker = kept;
	}
	assert_true(authority_counters(a->worker)[AUTHORITY_N_image_hit] > 500);
	assert_true(authority_counters(a->worker)[AUTHORITY_N_steered] > 2000);
	kt_text_fini(&warm);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plain, done)
/* Who does not ask for signatures sees the same of a signed zone. */
#define TEST_ALL(f)                                            \
 TEST(f), cmocka_unit_test_setup_teardown(f, with_nsec, done), \
     cmocka_unit_test_setup_teardown(f, with_nsec3, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ALL(the_table_is_answered_in_any_order),
		TEST_ALL(a_source_that_reaches_the_cell_gets_the_cell_as_scope),
		TEST_ALL(scope_zero_is_for_what_is_the_same_for_everybody),
		TEST_ALL(a_source_that_is_too_short_is_declared_counted_and_capped),
		TEST_ALL(source_zero_is_answered_by_the_resolver_with_scope_zero),
		TEST_ALL(special_blocks_are_answered_by_the_resolver_with_their_length),
		TEST_ALL(a_chain_goes_on_with_the_same_map_and_ends_before_another),
		TEST_ALL(what_is_not_there_has_scope_zero),
		TEST_ALL(chance_and_turns_leave_the_scope_alone),
		TEST_ALL(a_hash_gives_a_network_the_same_and_tells_how_large_it_is),
		TEST_ALL(health_changes_answers_and_not_cells),
		TEST_ALL(the_option_is_there_when_it_was_asked_for),
		TEST_ALL(without_steering_no_subnet_is_echoed),
		TEST_ALL(an_untrusted_resolver_is_answered_by_its_own_address),
		TEST_ALL(a_map_without_ecs_goes_by_the_resolver_with_scope_zero),
		TEST_ALL(wildcards_answer_with_the_name_that_was_asked),
		TEST(nothing_up_is_nodata_for_a_short_time_in_its_cell),
		TEST(any_prefers_what_is_steered),
		TEST_ALL(many_members_are_truncated_and_complete_over_tcp),
		TEST_ALL(additional_sections_carry_nothing_that_was_chosen_for_one),
		TEST_ALL(tsig_covers_the_scope),
		TEST_ALL(the_subnet_stands_beside_other_options),
		TEST_ALL(images_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
